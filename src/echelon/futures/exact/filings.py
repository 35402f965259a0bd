"""Filings: when each authority decides, the first launch of a program and the last refusal, by convolution."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from echelon.futures.arrays import F8, I8
from echelon.futures.exact.chances import gets_there, open_pairs
from echelon.futures.exact.laws import law
from echelon.futures.exact.timing import Timing, earliest, either, known, last_of, latest, quarter_ends
from echelon.futures.model import Model

NOW = float(np.nextafter(0.0, 1.0))
"""What is ready by the start of quarter 0 comes before this."""


@dataclass(frozen=True)
class Filed:
    """Decisions of one program's open pairs, given that it is ready to file at `ready` (which happens for sure).

    dated : pairs whose decision does not move with `ready`; for the others `decided` and `launched` count from it.
    fails, failed : chance that a bridging study keeps a pair from being filed, and when it ends.
    """

    pairs: I8
    ready: Timing
    dated: tuple[bool, ...]
    leads: tuple[bool, ...]
    decided: tuple[Timing, ...]
    launched: tuple[Timing, ...]
    fails: tuple[float, ...]
    failed: tuple[Timing, ...]

    def decision(self, i: int) -> Timing:
        """When a pair's decision falls."""
        return self.decided[i] if self.dated[i] else self.ready.add(self.decided[i])

    def launch(self, i: int) -> Timing:
        """When a pair is launched, if approved."""
        return self.launched[i] if self.dated[i] else self.ready.add(self.launched[i])

    def first(self, approve: F8) -> Timing:
        """First launch when each pair is approved with a probability f8[pair], independently."""
        # What relies on another approval launches after it.
        return self._first(self.launched, approve, [i for i in range(self.pairs.size) if self.leads[i]])

    def first_decided(self, approve: F8, some: list[int]) -> Timing:
        """First approval among some pairs, none of which relies on another."""
        return self._first(self.decided, approve, some)

    def _first(self, times: tuple[Timing, ...], approve: F8, some: list[int]) -> Timing:
        found: list[Timing] = []
        for dated in (False, True):
            parts = [times[i].times(float(approve[i])) for i in some if self.dated[i] == dated and approve[i] > 0.0]
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
                self.launched[i] if day else self._protected(model, i, run)
                for i, run, day in zip(mine, years, known_day, strict=True)
            ]
            latest_loss = last_of(losses, approve[mine])
            if not dated:
                latest_loss = self.ready.add(latest_loss)
            refused = float(np.prod(1.0 - approve[mine]))
            whole, none = whole * (refused + latest_loss.below(ends)), none * refused
        return np.asarray(whole - none)

    def _protected(self, model: Model, i: int, years: float) -> Timing:
        # End of exclusivity, or the withdrawal of the approval where that comes sooner.
        pairs, f = model.pairs, self.pairs[i]
        fails = 1.0 - float(pairs.confirm_pos[f]) if pairs.confirm_stream[f] >= 0 else 0.0
        if fails <= 0.0:
            return self.launched[i].shifted(years)
        length, lag = law(pairs.confirm[f], float(pairs.confirm_from[f])), float(pairs.launch_lag[f])
        sooner = float(length.below(np.array(years + lag)))
        withdrawn = known(self.ready.grid, 0.0).plus(length).shifted(-lag).only(-np.inf, years)
        whole = known(self.ready.grid, years).times(1.0 - fails * sooner)
        return self.launched[i].add(either([withdrawn.times(fails), whole]))

    def last(self, approve: F8) -> Timing:
        """Last refusal when every pair is refused; approve : f8[pair], what each was approved with."""
        found = [self.ready]
        for dated in (False, True):
            parts = [
                self._refused(i, float(approve[i]))
                for i in range(self.pairs.size)
                if self.dated[i] == dated and self.leads[i] and approve[i] < 1.0
            ]
            if parts:
                found.append(latest(parts) if dated else self.ready.add(latest(parts)))
        return latest(found) if any(self.dated) else found[-1]

    def _refused(self, i: int, approve: float) -> Timing:
        # Refused by the authority, or never submitted as the bridging study failed.
        study = self.fails[i] / (1.0 - approve)
        if study <= 0.0:
            return self.decided[i]
        return either([self.failed[i].times(study), self.decided[i].times(1.0 - study)])


def file(model: Model, p: int, ready: Timing) -> Filed:
    """Work out a program's decisions. ready : when it is ready, certain to be within the horizon."""
    pairs = model.pairs
    mine = open_pairs(model, p)
    place = {int(f): i for i, f in enumerate(mine)}
    dated: list[bool] = []
    decided: list[Timing] = []
    launched: list[Timing] = []
    failed: list[Timing] = []
    for f in mine:
        fixed = not np.isnan(pairs.submit_at[f]) or ready.single
        start = ready if ready.single else known(ready.grid, 0.0)
        submit, failure = _submitted(model, int(f), start)
        other = place.get(int(pairs.relies[f]), -1)
        if other >= 0:
            submit = latest([submit, decided[other]])
        decision = submit.plus(law(pairs.validation[f])).plus(law(pairs.review[f], float(pairs.review_from[f])))
        decision = _responded(model, int(f), decision)
        if fixed:
            decision = decision.not_before(0.0)
        dated.append(fixed)
        decided.append(decision)
        launched.append(decision.shifted(float(pairs.launch_lag[f])))
        failed.append(failure)
    leads = tuple(place.get(int(pairs.relies[f]), -1) < 0 for f in mine)
    fails = tuple(1.0 - gets_there(model, int(f)) for f in mine)
    return Filed(mine, ready, tuple(dated), leads, tuple(decided), tuple(launched), fails, tuple(failed))


def _submitted(model: Model, f: int, start: Timing) -> tuple[Timing, Timing]:
    # Submission, given that there is one, and the end of a bridging study that fails; data are there at `start`.
    pairs = model.pairs
    at_once, bridged = _submission(model, f, start), start.not_before(0.0).plus(law(pairs.bridging[f]))
    chance = gets_there(model, f)
    taken = float(pairs.accepts[f]) / chance if pairs.bridge_stream[f] >= 0 and chance > 0.0 else 1.0
    if taken >= 1.0:
        return at_once, bridged
    return either([at_once.times(taken), _submission(model, f, bridged).times(1.0 - taken)]), bridged


def _submission(model: Model, f: int, ready: Timing) -> Timing:
    day = float(model.pairs.submit_at[f])
    if np.isnan(day):
        return ready.plus(law(model.pairs.lag[f]))
    # A planned day waits for the data.
    later = ready.only(NOW, np.inf).not_before(day)
    return either([known(ready.grid, day).times(ready.only(-np.inf, NOW).total), later])


def _responded(model: Model, f: int, decision: Timing) -> Timing:
    # Each decision may be a complete response, as far as cycles allow; a response has a length of its own.
    again, most = float(model.pairs.response[f]), int(model.pairs.cycles[f])
    if again <= 0.0 or most < 1:
        return decision
    found = [decision.times(1.0 - again)]
    for k in range(1, most + 1):
        decision = decision.plus(law(model.pairs.response_delay[f]))
        found.append(decision.times(again**k * (1.0 - again if k < most else 1.0)))
    return either(found)


def filing_key(model: Model, f: int) -> tuple[object, ...]:
    """All that the time and the milestones of a pair's approval depend on, reliance apart."""
    pairs = model.pairs
    shapes = (pairs.lag[f], pairs.review[f], pairs.response_delay[f], pairs.bridging[f], pairs.validation[f])
    return (
        *np.concatenate(shapes).tolist(), str(pairs.submit_at[f]), float(pairs.review_from[f]),
        float(pairs.response[f]), int(pairs.cycles[f]), int(pairs.bridge_stream[f] >= 0), float(pairs.accepts[f]),
        float(pairs.bridging_pos[f]), float(pairs.launch_lag[f]), approval_pay(model, f),
    )  # fmt: skip


def approval_pay(model: Model, f: int) -> float:
    """Milestones that a pair's approval earns, whatever else is approved."""
    pairs, deals = model.pairs, model.deals
    return float(sum(deals.mile_amount[pairs.mile[i]] for i in range(pairs.mile_from[f], pairs.mile_from[f + 1])))
