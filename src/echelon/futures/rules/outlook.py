"""Outlook: what the pipeline may ask of lines: by the chances believed now, at its usual times and sizes.

Only what is known at a quarter's start counts: which stages have begun and read out, what authorities have answered,
who is in each class. Of what is not known yet the means are taken, never this future's own draws.
"""

import math
from typing import Any

from echelon.futures.model import Model
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.launching import CLIFF
from echelon.futures.rules.listings import MOST_ROUNDS, first_round
from echelon.futures.rules.market import sales_years
from echelon.futures.rules.plan import believed
from echelon.futures.rules.selling import LEAST
from echelon.futures.state import State

FILING = 2


@part
def foresee(model: Model, state: State, now: float) -> None:
    """Find for every pair still to be launched the chance that it will be sold, and when it is likely decided on."""
    for i in range(model.outlook.program.size):
        p = model.outlook.program[i]
        chance, ready = filed_at(model, state, p, now)
        for f in range(model.programs.pair_from[p], model.programs.pair_from[p + 1]):
            leader = model.pairs.leader[f]
            if leader >= 0:
                state.chance[f], state.likely[f] = state.chance[leader], state.likely[leader]
            elif model.pairs.held[f] == 1:
                state.chance[f], state.likely[f] = 0.0, state.decision[f]
            elif state.answer_at[f] < now:
                state.chance[f], state.likely[f] = answered(model, state, f, now), state.decision[f]
            else:
                due = max(decided(model, state, f, ready), now)
                state.likely[f] = due
                state.chance[f] = chance * model.outlook.chance[f] if due < model.programs.stop_at[p] else 0.0


@part
def filed_at(model: Model, state: State, p: int, now: float) -> Any:
    """Chance that a program is filed, as believed now, and when it likely is, or was."""
    stages = model.stages
    if state.ended[p] < now:
        return 0.0, math.inf
    chance, time, ready = 1.0, model.outlook.start[p], now
    for s in range(model.programs.stage_from[p], model.programs.stage_from[p + 1]):
        begun = state.begun[s]
        start = max(max(time, now), stages.not_before[s]) if math.isnan(begun) else begun
        if stages.kind[s] == FILING:
            return chance, max(start, ready) if math.isnan(begun) else begun
        if state.read_at[s] < now:
            time = state.read_at[s]
            continue
        chance *= believed(model, state, p, s)
        read = max(start + model.outlook.read[s], ready)
        time = read
        if stages.kind[s + 1] != FILING:
            time = max(ready, read - stages.at_risk[s + 1] * (read - start))
        ready = read
    return 0.0, math.inf


@inner
def answered(model: Model, state: State, f: int, now: float) -> float:
    """Whether what an authority has answered will still be sold: 1 from its approval to its launch, else 0."""
    confirming = model.pairs.confirm_program[f]
    lost = state.withdrawn[f] < now or (confirming >= 0 and state.ended[confirming] < now)
    return 0.0 if math.isinf(state.decision[f]) or state.on[f] > 0 or lost else 1.0


@inner
def decided(model: Model, state: State, f: int, ready: float) -> float:
    """When a filing is likely decided on whose data are ready at a time; never, if what it relies on was refused."""
    pairs, outlook = model.pairs, model.outlook
    data = ready + outlook.bridging[f]
    submit = pairs.submit_at[f]
    if math.isnan(submit):
        submit = data + outlook.lag[f]
    elif data > 0.0:
        submit = max(submit, data)
    if pairs.relies[f] >= 0:
        submit = max(submit, state.likely[pairs.relies[f]])
    return float(submit + outlook.answer[f])


@part
def expect(model: Model, state: State, q: int) -> None:
    """Add up, by order, the grams that the pipeline is expected to ask for in a quarter, also past the horizon."""
    quarters, calendar, pairs = model.calendar.quarters, model.calendar, model.pairs
    for k in range(state.expected.size):
        state.expected[k] = 0.0
    c = q if q < quarters else quarters + (q - quarters) // 4
    if c >= calendar.columns:
        return
    part_of = 1.0 if q < quarters else 0.25 * calendar.per_year[c]
    for i in range(model.outlook.program.size):
        p = model.outlook.program[i]
        for f in range(model.programs.pair_from[p], model.programs.pair_from[p + 1]):
            if state.chance[f] > 0.0 and pairs.order[f] >= 0:
                state.expected[pairs.order[f]] += part_of * state.chance[f] * usual(model, state, p, f, c)


@part
def usual(model: Model, state: State, p: int, f: int, c: int) -> float:
    """Grams that a pair would ask for in a column, were it launched when that is likely and as large as on average."""
    calendar, outlook, pairs = model.calendar, model.outlook, model.pairs
    launch = state.likely[f] + pairs.launch_lag[f]
    start, end = calendar.start[c], calendar.start[c] + calendar.length[c]
    sold = sales_years(model, end - launch, outlook.to_peak[f]) - sales_years(model, start - launch, outlook.to_peak[f])
    if not sold > 0.0:
        return 0.0
    grams = outlook.grams[f] * pairs.base[f, c] / pairs.levels[pairs.level[f], c] * sold * calendar.per_year[c]
    m = pairs.market[f]
    if m >= 0:
        grams *= class_share(model, state, p, f, m, c)
    if pairs.listing[f] >= 0:
        grams *= treated(model, state, f, m, c, launch)
    loss = pairs.loss[f]
    if math.isnan(loss):
        loss = min(state.first_launch[pairs.asset_territory[f]], launch) + pairs.exclusivity[f]
    late = calendar.middle[c] - loss
    if late > 0.0:
        grams *= math.exp(-pairs.decline[f] * late) if pairs.decline[f] < CLIFF else 0.0
    return float(grams)


@inner
def class_share(model: Model, state: State, p: int, f: int, m: int, c: int) -> float:
    """Share of a class for an entrant at its peak: the next in rank, among those that are in it now."""
    markets = model.markets
    if not model.switches.competition:
        return model.pairs.static_share[f]
    rank = min(state.entered[m] + 1, markets.order_power.size - 1)
    weight = model.outlook.strength[p] * markets.order_power[rank]
    others = state.pull[m, c] if state.opened[m] == 1 else markets.pull[m, c]
    return float(weight / max(others + weight, LEAST))


@inner
def treated(model: Model, state: State, f: int, m: int, c: int, launch: float) -> float:
    """Patients treated, over the pair's level, by the chance that it is listed by the middle of a column."""
    listings, y = model.listings, model.pairs.listing[f]
    found = 1.0
    if math.isnan(listings.listed_at[y]):
        found = listings.before[y]
        late = model.calendar.middle[c] - first_round(model, y, state.likely[f], launch)
        if late > 0.0:
            rounds = 1.0 if not math.isnan(listings.lag[y]) else min(math.ceil(late), MOST_ROUNDS)
            listed = listings.accept[y] * (1.0 - math.pow(1.0 - listings.chance[y], rounds))
            found += (listings.after[y] - found) * listed
    if m >= 0 and model.switches.competition and c >= state.rival_since[m]:
        found *= listings.shared[y]
    return float(found)


@part
def pipeline_on(model: Model, state: State, line: int) -> float:
    """Capacity of a line that the pipeline is expected to ask for, were each order made at its first sites."""
    supply = model.supply
    total = 0.0
    for k in range(state.expected.size):
        grams = state.expected[k]
        if grams <= 0.0:
            continue
        for j in range(supply.order_from[k + 1] - 1, supply.order_from[k] - 1, -1):
            g = supply.leg_from[j]
            if g < supply.leg_from[j + 1]:
                for i in range(supply.use_from[g], supply.use_from[g + 1]):
                    if supply.use_line[i] == line:
                        total += grams * model.outlook.use[i]
            grams *= supply.stage_intake[j]
    return total
