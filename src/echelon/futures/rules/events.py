"""Events of a future: per quarter one set of programs, and one list of launches."""

import numpy as np

from echelon.futures.model import Model
from echelon.futures.rules.compiling import inner, part
from echelon.futures.state import State

STARTS, PASSES, FAILS, LOSES, STOPS, RISKS = 0, 1, 2, 3, 4, 5
"""A program's next event: a stage starts; its readout passes, or fails; loss of exclusivity; stopped; start at risk."""

UNSEEN = -2
"""Status of what stands in no echelon: further filings of a program that is marketed already."""

PROGRAMS_PER_WORD = 64


@inner
def quarter_of(time: float) -> int:
    """Quarter in which a time lies; the past counts as quarter 0."""
    return int(time * 4.0) if time > 0.0 else 0


@inner
def push_program(state: State, quarters: int, p: int, time: float, phase: int) -> None:
    """Put a program's next event into its quarter, among the others in the order in which cash is given."""
    state.time[p] = time
    state.phase[p] = phase
    if time < quarters * 0.25:
        state.due[quarter_of(time), p // PROGRAMS_PER_WORD] |= np.uint64(1) << np.uint64(p % PROGRAMS_PER_WORD)


@part
def push_launch(state: State, quarters: int, node: int, time: float) -> None:
    """Put a launch (a pair, or a rival after all pairs) into its quarter, earliest first."""
    if time >= quarters * 0.25:
        return
    state.launch_time[node] = time
    q = quarter_of(time)
    before = -1
    after = state.launch_head[q]
    while after >= 0 and (state.launch_time[after] < time or (state.launch_time[after] == time and after < node)):
        before = after
        after = state.launch_next[before]
    state.launch_next[node] = after
    if before < 0:
        state.launch_head[q] = node
    else:
        state.launch_next[before] = node


@inner
def set_status(model: Model, state: State, p: int, status: int) -> None:
    """Move a program between echelons and its asset with it."""
    old = state.status[p]
    if old == UNSEEN:
        return
    a = model.programs.asset[p]
    state.standing[old + 1, a] -= 1
    state.standing[status + 1, a] += 1
    state.live[0] += (1 if status >= 0 else 0) - (1 if old >= 0 else 0)
    state.status[p] = status
