"""Inspections: the visit of an authority to a site that every filing leaning on it waits for.

A visit's outcome holds for all filings due in the same interval of years. OAI, a visit that does not happen in time and
a gap in the site's control strategy each delay them; what is late in one interval carries into the next, so that being
ready earlier never makes a filing later.
"""

import math

from echelon.futures.model import Model
from echelon.futures.rules.compiling import part
from echelon.futures.rules.draws import quantile, uniform_32, uniform_53
from echelon.futures.rules.early import drawn
from echelon.futures.state import State, Tally

NAI, VAI, OAI, MISSED, GAP = 0, 1, 2, 3, 4


@part
def visit_delay(model: Model, state: State, tally: Tally, u: int, visit: int) -> float:
    """Delay in years that one visit brings; drawn once per future."""
    if not math.isnan(state.delay[visit]):
        return float(state.delay[visit])
    visits = model.visits
    w0, w1, w2, w3 = drawn(model, state, visits.stream[visit])
    v0, v1, v2, _ = drawn(model, state, visits.other_stream[visit])
    luck = uniform_53(w0, w1)
    delay = 0.0
    outcome = NAI
    if luck < visits.oai[u]:
        outcome = OAI
        delay = quantile(visits.oai_delay, u, uniform_32(w2))
    elif luck < visits.oai[u] + visits.vai[u]:
        outcome = VAI
    tally.visits[u, outcome] += 1
    if uniform_32(w3) < visits.missed[u]:
        tally.visits[u, MISSED] += 1
        delay += quantile(visits.missed_delay, u, uniform_32(v0))
    if uniform_32(v1) < visits.gap[u]:
        tally.visits[u, GAP] += 1
        delay += quantile(visits.gap_delay, u, uniform_32(v2))
    state.delay[visit] = delay
    return delay


@part
def after_visit(model: Model, state: State, tally: Tally, u: int, due: float) -> float:
    """Time of a decision that is due at a time and waits for a site to be inspected."""
    visits = model.visits
    past = due - visits.base[u]
    if visits.base[u] > 0.0 and past < 0.0:
        return due
    first, count = visits.first[u], visits.first[u + 1] - visits.first[u]
    last = min(int(max(past, 0.0) / visits.interval[u]), count - 1)
    late = due + visit_delay(model, state, tally, u, first + last)
    for i in range(last):
        ends = visits.base[u] + (i + 1) * visits.interval[u]
        late = max(late, ends + visit_delay(model, state, tally, u, first + i))
    return late


@part
def inspected(model: Model, state: State, tally: Tally, f: int, due: float) -> float:
    """Time of a pair's decision, once every site it leans on has been inspected."""
    decided = due
    for i in range(model.pairs.visit_from[f], model.pairs.visit_from[f + 1]):
        decided = max(decided, after_visit(model, state, tally, model.pairs.visit[i], due))
    return decided
