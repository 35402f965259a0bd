"""Filings: when each authority decides, the first launch of a program and the last refusal, by convolution."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from echelon.futures.exact.chances import open_pairs
from echelon.futures.exact.laws import law
from echelon.futures.exact.timing import Timing, earliest, either, known, last_of, latest, quarter_ends
from echelon.futures.model import F8, I8, Model


@dataclass(frozen=True)
class Filed:
    """Decisions of one program's open pairs, given that it is ready to file at `ready` (which happens for sure).

    dated : pairs whose decision does not move with `ready`; for the others `decided` and `launched` count from it.
    """

    pairs: I8
    ready: Timing
    dated: tuple[bool, ...]
    leads: tuple[bool, ...]
    decided: tuple[Timing, ...]
    launched: tuple[Timing, ...]

    def decision(self, i: int) -> Timing:
        """When a pair's decision falls."""
        return self.decided[i] if self.dated[i] else self.ready.add(self.decided[i])

    def launch(self, i: int) -> Timing:
        """When a pair is launched, if approved."""
        return self.launched[i] if self.dated[i] else self.ready.add(self.launched[i])

    def first(self, approve: F8) -> Timing:
        """First launch when each pair is approved with a probability f8[pair], independently."""
        found: list[Timing] = []
        for dated in (False, True):
            # What relies on another approval launches after it.
            parts = [
                self.launched[i].times(float(approve[i]))
                for i in range(self.pairs.size)
                if self.dated[i] == dated and self.leads[i] and approve[i] > 0.0
            ]
            if parts:
                found.append(earliest(parts) if dated else self.ready.add(earliest(parts)))
        return earliest(found) if found else self.ready.times(0.0)

    def lost(self, model: Model, approve: F8) -> F8:
        """Probability f8[q] that something is approved and all of it has lost exclusivity by each quarter's end.

        What another approval relies on launches sooner and so loses exclusivity sooner: the later one counts.
        """
        pairs, ends = model.pairs, quarter_ends(model.calendar.quarters)
        followed = {int(pairs.relies[f]) for f, chance in zip(self.pairs, approve, strict=True) if chance > 0.0}
        some = [i for i, f in enumerate(self.pairs) if approve[i] > 0.0 and int(f) not in followed]
        dates = {i: self._date(model, i) for i in some}
        found = np.zeros(ends.size)
        # Before a day on which exclusivity is known to end, whatever ends then must not have been approved.
        for after, until in pairwise(sorted({-np.inf, *dates.values(), np.inf})):
            here = (ends > after) & (ends <= until)
            over = [i for i in some if dates[i] <= after]
            barred = float(np.prod([1.0 - approve[i] for i in some if dates[i] > after]))
            found[here] = barred * self._over(model, approve, over)[here]
        return found

    def _date(self, model: Model, i: int) -> float:
        # Day on which a pair's exclusivity ends, -inf where that depends on its launch.
        pairs, f = model.pairs, self.pairs[i]
        before = model.asset_territory_launch[pairs.asset_territory[f]]
        date = float(before + pairs.exclusivity[f]) if np.isnan(pairs.loss[f]) else float(pairs.loss[f])
        return date if np.isfinite(date) else -np.inf

    def _over(self, model: Model, approve: F8, some: list[int]) -> F8:
        # Probability f8[q] that one of some pairs is approved and every approved one has launched and lost exclusivity.
        ends = quarter_ends(model.calendar.quarters)
        whole, none = np.ones(ends.size), 1.0
        for dated in (False, True):
            mine = [i for i in some if self.dated[i] == dated]
            if not mine:
                continue
            years = [float(model.pairs.exclusivity[self.pairs[i]]) for i in mine]
            known_day = [np.isfinite(self._date(model, i)) for i in mine]
            losses = [
                self.launched[i].shifted(0.0 if day else run)
                for i, run, day in zip(mine, years, known_day, strict=True)
            ]
            latest_loss = last_of(losses, approve[mine])
            if not dated:
                latest_loss = self.ready.add(latest_loss)
            refused = float(np.prod(1.0 - approve[mine]))
            whole, none = whole * (refused + latest_loss.below(ends)), none * refused
        return np.asarray(whole - none)

    def last(self) -> Timing:
        """Last refusal when every pair is refused."""
        found = [self.ready]
        for dated in (False, True):
            parts = [self.decided[i] for i in range(self.pairs.size) if self.dated[i] == dated and self.leads[i]]
            if parts:
                found.append(latest(parts) if dated else self.ready.add(latest(parts)))
        return latest(found) if any(self.dated) else found[-1]


def file(model: Model, p: int, ready: Timing) -> Filed:
    """Work out a program's decisions. ready : when it is ready, certain to be within the horizon."""
    pairs = model.pairs
    mine = open_pairs(model, p)
    place = {int(f): i for i, f in enumerate(mine)}
    dated: list[bool] = []
    decided: list[Timing] = []
    launched: list[Timing] = []
    for f in mine:
        by_date = not np.isnan(pairs.submit_at[f])
        fixed = by_date or ready.single
        start = ready if ready.single else known(ready.grid, 0.0)
        submit = known(ready.grid, float(pairs.submit_at[f])) if by_date else start.plus(law(pairs.lag[f]))
        other = place.get(int(pairs.relies[f]), -1)
        if other >= 0:
            submit = latest([submit, decided[other]])
        decision = submit.plus(law(pairs.review[f], pairs.review_from[f]))
        response = float(pairs.response[f])
        if response > 0.0:
            delayed = decision.shifted(float(pairs.response_delay[f])).times(response)
            decision = either([decision.times(1.0 - response), delayed])
        if fixed:
            decision = decision.not_before(0.0)
        dated.append(fixed)
        decided.append(decision)
        launched.append(decision.shifted(float(pairs.launch_lag[f])))
    leads = tuple(place.get(int(pairs.relies[f]), -1) < 0 for f in mine)
    return Filed(mine, ready, tuple(dated), leads, tuple(decided), tuple(launched))


def payers(model: Model, mine: I8, approve: F8) -> F8:
    """Probability f8[pair] that a pair is the first approved, in the order of filing, under its deal."""
    found = np.zeros(mine.size)
    for i, f in enumerate(mine):
        d = model.pairs.deal[f]
        if d < 0 or model.deals.approval_milestone[d] == 0.0:
            continue
        earlier = [j for j in range(i) if model.pairs.deal[mine[j]] == d]
        found[i] = approve[i] * np.prod([1.0 - approve[j] for j in earlier])
    return found
