"""Events of a future: one list of programs and one of launches per quarter."""

from echelon.futures.model import Model, State
from echelon.futures.rules.compiling import part

STARTS, PASSES, FAILS, LAUNCHES, LOSES, STOPS = 0, 1, 2, 3, 4, 5
"""What a program's next event is: a stage starts; its readout passes, or fails; first sale; loss of exclusivity; stopped."""


@part
def quarter_of(time: float) -> int:
    """Quarter in which a time lies; the past counts as quarter 0."""
    return int(time * 4.0) if time > 0.0 else 0


@part
def push_program(state: State, quarters: int, p: int, time: float, phase: int) -> None:
    """Put a program's next event into its quarter, among the others in the order in which cash is given."""
    state.time[p] = time
    state.phase[p] = phase
    if time >= quarters * 0.25:
        return
    q = quarter_of(time)
    head = state.start_head[q]
    if head < 0 or head > p:
        state.start_next[p] = head
        state.start_head[q] = p
        return
    before = head
    while state.start_next[before] >= 0 and state.start_next[before] < p:
        before = state.start_next[before]
    state.start_next[p] = state.start_next[before]
    state.start_next[before] = p


@part
def push_launch(state: State, quarters: int, node: int, time: float) -> None:
    """Put a launch (a pair, or a rival after all pairs) into its quarter, earliest first."""
    if time >= quarters * 0.25:
        return
    state.launch_time[node] = time
    q = quarter_of(time)
    head = state.launch_head[q]
    if head < 0 or state.launch_time[head] > time or (state.launch_time[head] == time and head > node):
        state.launch_next[node] = head
        state.launch_head[q] = node
        return
    before = head
    after = state.launch_next[before]
    while after >= 0 and (state.launch_time[after] < time or (state.launch_time[after] == time and after < node)):
        before = after
        after = state.launch_next[before]
    state.launch_next[node] = after
    state.launch_next[before] = node


@part
def set_status(model: Model, state: State, p: int, status: int) -> None:
    """Move a program between echelons and its asset with it: the asset stands where its foremost program does."""
    old = state.status[p]
    if old == status or old == -2:
        return
    a = model.programs.asset[p]
    count = state.count
    before = 2 if count[a, 2] > 0 else (1 if count[a, 1] > 0 else (0 if count[a, 0] > 0 else -1))
    if old >= 0:
        count[a, old] -= 1
        state.number[10] -= 1.0
    if status >= 0:
        count[a, status] += 1
        state.number[10] += 1.0
    state.status[p] = status
    after = 2 if count[a, 2] > 0 else (1 if count[a, 1] > 0 else (0 if count[a, 0] > 0 else -1))
    if before != after:
        if before >= 0:
            state.echelon[before] -= 1
        if after >= 0:
            state.echelon[after] += 1
