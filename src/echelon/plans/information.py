"""Information: what knowing a program's technical outcome before deciding on it would be worth."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from echelon.company.rows.science import Program
from echelon.futures.arrays import F8
from echelon.futures.engine import Engine
from echelon.futures.rules.research import FILING
from echelon.plans.levers import Levers, Plan
from echelon.plans.lives import Lives
from echelon.plans.why import swapped
from echelon.plans.yardsticks import fund_everything
from echelon.runs.gaps import gap

BUDGET = 60_000
"""Futures lived beyond those that are lived already."""

LEAST, MOST = 256, 4_096
"""Futures behind one program's figure."""

SHARP = 0.8
"""Sensitivity and specificity of the partial information that is looked at."""

FOLDS = 4
"""Parts of the futures: each is decided on by the others."""

LEAN = 2.0**0.5
"""By how much the standard error grows because parts that decide for each other are not independent."""

SMALL = 1e-5
"""Share of the plan's value under which a figure is not looked at longer."""


@dataclass(frozen=True)
class Known:
    """What an answer would be worth before deciding.

    value : gain in the mean, money, each part of the futures decided on by the others; se : its standard error. naive :
    the same with every future decided on by all, which errs where alternatives are close.
    """

    value: float
    se: float
    naive: float


@dataclass(frozen=True)
class Worth:
    """What it would be worth to know whether one program succeeds technically before anything is decided on it.

    success : share of futures in which all its trials succeed. perfect : knowing it for sure. partial : an answer that
    is right with probability `sharp`, whichever it is. if_success, if_failure : what would be done. futures : on which.
    """

    program: str
    taken: str
    success: float
    perfect: Known
    partial: Known
    if_success: str
    if_failure: str
    futures: int


@dataclass(frozen=True)
class Information:
    """Programs by what perfect information on them is worth.

    sharp : sensitivity and specificity of partial information. stopped : whether it was stopped before its end.
    """

    rows: tuple[Worth, ...]
    sharp: float
    stopped: bool

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {"sharp": self.sharp, "rows": [asdict(one) for one in self.rows], "stopped": self.stopped}


def known(gains: F8, succeeds: np.ndarray, sharp: float = 1.0, folds: int = FOLDS) -> Known:
    """Expected value of information on an outcome, perfect or partial.

    Perfect: the mean of the best alternative in each group of futures, less the best of means (Raiffa and Schlaifer
    1961, Applied Statistical Decision Theory). Partial: the groups are the answers of a test, and each future counts in
    them by its chance of the answer. The largest of noisy means flatters, so what is done in a part of the futures is
    decided on by the others only, with and without the answer alike.

    Parameters
    ----------
    gains : f8[alternative, future], money, over any one plan in the same futures. succeeds : bool[future]. sharp :
    probability that the answer is right, 1 for perfect information. folds : parts of the futures.
    """
    futures = gains.shape[1]
    says = np.where(succeeds, sharp, 1.0 - sharp)
    weights = np.stack([says, 1.0 - says, np.ones(futures)])
    part = np.arange(futures) % folds
    sums = np.stack([(gains[:, part == k] @ weights[:, part == k].T) for k in range(folds)])
    others = sums.sum(axis=0) - sums  # [part, alternative, answer]
    chosen = others.argmax(axis=1)[part]  # [future, answer]
    each = np.arange(futures)
    got = says * gains[chosen[:, 0], each] + (1.0 - says) * gains[chosen[:, 1], each] - gains[chosen[:, 2], each]
    value, se = gap(got)
    best = sums.sum(axis=0).max(axis=0) / futures
    return Known(max(0.0, value), LEAN * se, float(best[0] + best[1] - best[2]))


def technical(lives: Lives, futures: int) -> Mapping[str, np.ndarray]:
    """Whether each program passes every stage before filing, bool[future], if it is funded whatever the cash.

    Outcomes are drawn by name, so they are the same under any plan that runs the program.
    """
    built = lives.built(fund_everything(lives.company))
    engine = Engine(built.model, 1)
    kinds, places = built.model.stages.kind, dict[str, list[int]]()
    for s, (program, _) in enumerate(built.labels.stages):
        if kinds[s] < FILING:
            places.setdefault(program, []).append(s)
    found = {program: np.empty(futures, np.bool_) for program in places}
    for future in range(futures):
        _, state = engine.one(future)
        passed = np.isfinite(state.passed_at)
        for program, at in places.items():
            found[program][future] = passed[at].all()
    lives.lived += futures
    return found


def information(
    lives: Lives,
    plan: Plan,
    budget: int = BUDGET,
    sharp: float = SHARP,
    progress: Callable[[int, int], None] | None = None,
) -> Information:
    """Value of knowing each program's technical outcome before deciding on it, all else as in the plan.

    By the mean of the company's value, whatever the objective weighs. The answer is free and at once, and other
    choices do not react to it.

    Parameters
    ----------
    lives : futures that the plan was neither searched nor judged on. plan : what is done elsewhere. budget : futures
    lived beyond those known. sharp : as in `Information`. Ctrl-C ends it and keeps what is done.
    """
    asking = _Asking(lives, plan, budget, sharp, progress)
    stopped = False
    try:
        asking.first()
        while asking.longer():
            pass
    except KeyboardInterrupt:
        stopped = True
    return Information(tuple(sorted(asking.found.values(), key=lambda one: -one.perfect.value)), sharp, stopped)


class _Asking:
    """Programs asked about, and on how many futures."""

    def __init__(
        self,
        lives: Lives,
        plan: Plan,
        budget: int,
        sharp: float,
        progress: Callable[[int, int], None] | None,
    ) -> None:
        self._lives, self._plan, self._sharp, self._progress = lives, plan, sharp, progress
        self._began, self._budget = lives.lived, budget
        self._succeeds: Mapping[str, np.ndarray] = {}
        self.found: dict[int, Worth] = {}

    def first(self) -> None:
        """Look at every program whose start may be chosen and whose outcome is open."""
        company, levers = self._lives.company, self._lives.levers
        self._succeeds = technical(self._lives, MOST if self._budget >= 4 * MOST else LEAST)
        for i, lever in enumerate(levers.rows):
            open_ = lever.target in self._succeeds and 0.0 < self._succeeds[lever.target].mean() < 1.0
            if lever.action == "start" and len(lever.alternatives) > 1 and open_ and company.get(Program, lever.target):
                self._look(i, LEAST)

    def longer(self) -> bool:
        """Look longer at the least sure figure; False when nothing is left to look with, or nothing worth it."""
        if self._lives.lived - self._began >= self._budget:
            return False
        most = len(next(iter(self._succeeds.values()), ()))
        value = abs(self._lives.worth(self._plan, LEAST).mean)
        unsure = [
            i for i, one in self.found.items() if one.futures < most and one.perfect.naive > SMALL * value
        ]  # no program whose outcome changes nothing
        if not unsure:
            return False
        i = max(unsure, key=lambda at: (self.found[at].perfect.se, -at))
        self._look(i, 2 * self.found[i].futures)
        return True

    def _look(self, i: int, futures: int) -> None:
        levers = self._lives.levers
        lever = levers.rows[i]
        others = (a for a in range(len(lever.alternatives)) if a != self._plan[i])
        order = [self._plan[i], *(a for a in others if levers.fits(swapped(levers, self._plan, i, a)))]
        gains = self._gains(levers, i, order, futures)
        succeeds = self._succeeds[lever.target][:futures]
        names = [lever.alternatives[a].name for a in order]
        best = [names[int(gains[:, group].mean(axis=1).argmax())] if group.any() else names[0]
                for group in (succeeds, ~succeeds)]  # fmt: skip
        self.found[i] = Worth(
            program=lever.target,
            taken=names[0],
            success=float(succeeds.mean()),
            perfect=known(gains, succeeds),
            partial=known(gains, succeeds, self._sharp),
            if_success=best[0],
            if_failure=best[1],
            futures=futures,
        )
        if self._progress is not None:
            self._progress(min(self._lives.lived - self._began, self._budget), self._budget)

    def _gains(self, levers: Levers, i: int, order: list[int], futures: int) -> F8:
        mine = self._lives.measures(self._plan, futures)[:, 0]
        return np.stack([self._lives.measures(swapped(levers, self._plan, i, a), futures)[:, 0] - mine for a in order])
