"""Searching: a plan improved on coupled futures, lever by lever, close rivals looked at longest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.plans.climb import Climb, Rules, climb, weighted
from echelon.plans.levers import Levers, Plan
from echelon.plans.lives import Lives
from echelon.plans.screening import Screen, changed

RUNGS = (256, 1024, 4096)
"""Futures on which a change is compared, one after the other."""

SURE = 2.0
"""Standard errors that settle a comparison before the last rung."""

FLATTEST = 6.0
"""Standard errors of the screening beyond which an alternative that is behind is hardly tried."""


@dataclass(frozen=True)
class Searched:
    """What a search found.

    plan : the best. value : its objective on the futures that it was searched on, which flatters, money. futures :
    how many those are. tried, taken : changes. lived : futures lived in all. stopped : whether it was stopped.
    """

    plan: Plan
    value: float
    futures: int
    tried: int
    taken: int
    lived: int
    stopped: bool


class LivesField:
    """Lives as a field to climb."""

    def __init__(self, lives: Lives) -> None:
        self.lives = lives

    def each(self, plan: Plan, futures: int) -> F8:
        """What a plan is worth in each of the first futures, f8[future]."""
        return self.lives.worth(plan, futures).each

    def missed(self, plan: Plan, futures: int) -> float:
        """By how much it misses the limits of the objective."""
        return self.lives.worth(plan, futures).missed


class Changes:
    """Changes of a plan: mostly one lever to an alternative that the screening found close, at times two, or a swap."""

    def __init__(self, levers: Levers, screened: Screen, seed: int) -> None:
        self._levers = levers
        self._random = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, 77])))
        mean, error = screened.mean, screened.error
        self._mean = {at: float(m) for at, m in zip(screened.at, mean, strict=True)}
        self._error = {at: float(e) for at, e in zip(screened.at, error, strict=True)}
        self._free = [i for i, lever in enumerate(levers.rows) if len(lever.alternatives) > 1]

    def __call__(self, plan: Plan) -> Plan:
        """A changed plan that fits."""
        if not self._free:
            return plan
        kind = self._random.random()
        made = self._one(plan)
        if kind > 0.7 and len(self._free) > 1:
            made = self._one(made)
        return made if self._levers.fits(made) else self._room(plan, made)

    def fitting(self, plan: Plan, lever: int, alternative: int) -> Plan:
        """The plan with one lever changed, and those that it excludes set to nothing."""
        made = changed(plan, lever, alternative)
        return made if self._levers.fits(made) else self._room(plan, made)

    def better_screened(self, plan: Plan) -> list[tuple[int, int]]:
        """Levers and the alternative screened best, where it is ahead of what the plan takes; furthest ahead first."""
        found = []
        for i in self._free:
            screened = [self._mean.get((i, a), 0.0) for a in range(len(self._levers.rows[i].alternatives))]
            best = int(np.argmax(screened))
            if screened[best] > screened[plan[i]]:
                found.append((screened[plan[i]] - screened[best], i, best))
        return [(i, a) for _, i, a in sorted(found)]

    def _one(self, plan: Plan) -> Plan:
        moves = [(i, a) for i in self._free for a in range(len(self._levers.rows[i].alternatives)) if a != plan[i]]
        i, a = moves[weighted([self._weight(plan, i, a) for i, a in moves], self._random)]
        return changed(plan, i, a)

    def _weight(self, plan: Plan, i: int, a: int) -> float:
        # Alternatives that the screening found far behind the one taken are tried seldom.
        behind = self._mean.get((i, plan[i]), 0.0) - self._mean.get((i, a), 0.0)
        error = float(np.hypot(self._error.get((i, plan[i]), 0.0), self._error.get((i, a), 0.0)))
        if behind <= 0.0:
            return 1.0
        away = min(behind / error, FLATTEST) if error > 0.0 else FLATTEST
        return float(np.exp(-0.5 * away * away / 4.0)) + 1e-3

    def _room(self, plan: Plan, made: Plan) -> Plan:
        # Of levers that exclude each other the one just changed is kept.
        moved = [i for i, (before, after) in enumerate(zip(plan, made, strict=True)) if before != after]
        words = {self._levers.rows[i].one_of for i in moved} - {""}
        fitted = list(made)
        for i, lever in enumerate(self._levers.rows):
            if lever.one_of in words and i not in moved:
                fitted[i] = lever.nothing
        return self._levers.fitted(tuple(fitted))


def search(
    lives: Lives,
    screened: Screen,
    starts: Sequence[Plan],
    seed: int,
    effort: int,
    told: Callable[[Climb[Plan], float, int], None] | None = None,
) -> Searched:
    """Improve the best of some plans.

    At the end each choice that the screening liked better than the one taken is tried once more by itself: a change
    of two levers that pays may have brought one that does not.

    Parameters
    ----------
    lives : futures that are searched on. screened : every alternative by itself. starts : plans to begin with. effort :
    futures lived after which only that last sweep is made; the plan found depends on nothing but this and the seed.
    """
    field_ = LivesField(lives)
    rules = Rules(RUNGS, SURE)
    queue = list(starts[1:])
    begun = climb(field_, starts[0], lambda _: queue.pop(0), len(queue), rules)
    limit = lives.lived + effort

    def tell(made: Climb[Plan]) -> None:
        if told is not None:
            told(made, lives.worth(made.plan, RUNGS[0]).value, lives.lived - limit + effort)

    changes = Changes(lives.levers, screened, seed)
    most = 0 if begun.stopped else 50 * sum(len(lever.alternatives) for lever in lives.levers.rows)
    made = climb(field_, begun.plan, changes, most, rules, tell, lambda: lives.lived >= limit)
    stopped = begun.stopped or made.stopped
    again = [] if stopped else changes.better_screened(made.plan)
    swept = climb(field_, made.plan, lambda plan: changes.fitting(plan, *again.pop(0)), len(again), rules, tell)
    last = max(lives.seen().get(swept.plan, 0), RUNGS[0])
    return Searched(
        plan=swept.plan,
        value=lives.worth(swept.plan, last).value,
        futures=last,
        tried=made.tried + swept.tried,
        taken=made.taken + swept.taken,
        lived=lives.lived,
        stopped=stopped or swept.stopped,
    )
