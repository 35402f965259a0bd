"""Outlook as arrays: the means of times, chances and sizes that stand for a pipeline nobody has launched yet."""

from collections.abc import Sequence

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.build.pairs import Pair
from echelon.futures.build.shapes import mean
from echelon.futures.model import Markets, Outlook, Pairs, Programs, Stages, Supply, Visits
from echelon.futures.rules.draws import TRIANGULAR, quantile


def outlook(
    programs: Programs,
    stages: Stages,
    pairs: Pairs,
    markets: Markets,
    supply: Supply,
    visits: Visits | None,
    found: Sequence[Pair],
) -> Outlook:
    """Outlook of a company. visits : None where inspections are switched off. found : pairs, in the arrays' order."""
    open_pairs = (pairs.held == 0) & (pairs.order >= 0)
    titer = means(supply.titer)
    use = supply.use.copy()
    drawn = supply.use_titer >= 0
    use[drawn] /= titer[supply.use_titer[drawn]]
    return Outlook(
        program=np.unique(pairs.program[open_pairs]).astype(np.int32),
        start=programs.start + 0.5 * programs.start_span,
        read=stages.overlap * means(stages.duration),
        chance=_chances(pairs, found),
        bridging=(1.0 - pairs.accepts) * means(pairs.bridging),
        lag=means(pairs.lag),
        answer=_answers(pairs, visits),
        grams=_grams(pairs, markets),
        to_peak=means(pairs.to_peak),
        strength=means(programs.strength),
        use=use,
    )


def means(shapes: F8) -> F8:
    """Means of rows of shapes."""
    return np.array([mean((row[0], row[1], row[2], row[3])) for row in shapes.tolist()], np.float64)


def _chances(pairs: Pairs, found: Sequence[Pair]) -> F8:
    # What relies on another approval is approved no more often than that one.
    chance = np.array([1.0 if pair.filing.pos is None else pair.filing.pos for pair in found], np.float64)
    for f, other in enumerate(pairs.relies.tolist()):
        if other >= 0 and pairs.held[other] == 0:
            chance[f] = min(chance[f], chance[other])
    return chance


def _answers(pairs: Pairs, visits: Visits | None) -> F8:
    # Validation, review, complete responses one after the other, and the visit that delays most on average.
    cycles = np.array([sum(r**i for i in range(1, n + 1)) for r, n in zip(pairs.response, pairs.cycles, strict=True)])
    answer = means(pairs.validation) + means(pairs.review) + cycles * means(pairs.response_delay)
    if visits is not None and visits.oai.size:
        late = visits.oai * means(visits.oai_delay) + visits.missed * means(visits.missed_delay)
        late += visits.gap * means(visits.gap_delay)
        for f in range(answer.size):
            answer[f] += max(late[pairs.visit[pairs.visit_from[f] : pairs.visit_from[f + 1]]], default=0.0)
    return np.asarray(answer, np.float64)


def _grams(pairs: Pairs, markets: Markets) -> F8:
    # Direct sales vary by volume: their mean; in a market, patients do not follow the price: its middle.
    sizes = _sizes(markets)
    grams = np.zeros(pairs.program.size)
    for f, m in enumerate(pairs.market.tolist()):
        row = pairs.value[f]
        if m < 0:
            amount = mean((row[0], row[1], row[2], row[3]))
        else:
            amount = row[2] if row[0] == TRIANGULAR else quantile(pairs.value, f, 0.5)
            amount *= sizes[m]
        grams[f] = amount * pairs.grams[f] * pairs.scale[f]
    return grams


def _sizes(markets: Markets) -> F8:
    # Patients, share of them and months on therapy of each market, over their modes, with every draw at its mean.
    share, months = means(markets.lines), means(markets.months)
    asked = np.zeros(markets.groups)
    np.add.at(asked, markets.line_group, share * markets.line_mode)
    reached = share / np.maximum(1.0, asked[markets.line_group])
    for j, parent in enumerate(markets.line_parent.tolist()):
        if parent >= 0:
            reached[j] *= reached[parent]
    return np.asarray(means(markets.counts)[markets.count_of] * (reached * months)[markets.line_of], np.float64)
