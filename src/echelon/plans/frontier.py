"""Frontier: the plan as the weight of the bad futures, the launches asked for and the cash limit change."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.money import Resource
from echelon.company.rows.settings import Objective
from echelon.futures.arrays import F8
from echelon.plans.deciding import Decision
from echelon.plans.levers import Levers, Plan
from echelon.plans.lives import Lives, space
from echelon.plans.objective import worth
from echelon.plans.screening import Screen, budgets, linear, screen
from echelon.plans.searching import search
from echelon.runs.gaps import gap

EXPLAIN, SEARCH = "explain", "explain/search"
"""Seed spaces: of all that explains, and of what plans of the frontier are searched on."""

WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
FACTORS = (0.6, 0.8, 1.0, 1.2, 1.4)
AROUND, LEAST_AROUND, MOST_AROUND = 12, 64, 1_024
"""Futures of the screening around the found plan, over all alternatives, as often as a point's effort; and of each."""

MOST_STEPS = 4
"""Numbers of launches asked for."""

Path = Literal["tail", "launches", "cash"]
PATHS: tuple[Path, ...] = ("tail", "launches", "cash")


@dataclass(frozen=True)
class Effort:
    """How much a frontier looks: futures that a point's search lives, futures that judge it, the seed, threads."""

    effort: int
    judged: int
    seed: int
    threads: int | None = None


@dataclass(frozen=True)
class Switch:
    """A lever that a point of the frontier sets otherwise than the found plan."""

    action: str
    target: str
    stage: str
    found: str
    here: str


@dataclass(frozen=True)
class Point:
    """A plan of the frontier, on fresh futures that are the same for all points.

    path : what changes along it; at : the weight of the tail, the launches asked for (nan: the found plan), or the
    factor of the cash limit. mean, tail, launches : as of `objective.Worth`, each with its standard error.
    floor_chance : that cash is ever under its floor. kept, kept_tail, kept_launches : the found plan's mean, tail and
    launches under the same limits. lead : how far the mean is above it, money, paired, with its standard error;
    tail_gap_se, launches_gap_se : standard errors of the differences in tail and launches to it, paired. missed : of
    the limits asked for. dominated :
    whether another point of the path has more of both. switches : choices that differ from the found plan's.
    """

    path: Path
    at: float
    plan: Plan
    mean: float
    mean_se: float
    tail: float
    tail_se: float
    launches: float
    launches_se: float
    floor_chance: float
    kept: float
    kept_tail: float
    kept_launches: float
    lead: float
    lead_se: float
    tail_gap_se: float
    launches_gap_se: float
    missed: float
    dominated: bool
    switches: tuple[Switch, ...]

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        said = asdict(self)
        del said["plan"]
        return said


@dataclass(frozen=True)
class Frontier:
    """Points by path.

    limit : what the cash path scales, `rd_budget` or `opening_cash`; binds : whether cash holds starts back at all.
    year : by whose end launches are counted. futures : that judge each. stopped : whether it was stopped.
    """

    points: tuple[Point, ...]
    limit: str
    binds: bool
    year: int
    futures: int
    stopped: bool

    def of(self, path: Path) -> tuple[Point, ...]:
        """Points of one path, in order."""
        return tuple(sorted((one for one in self.points if one.path == path), key=_place))

    def switching(self, path: Path) -> tuple[tuple[str, str, str, int], ...]:
        """Choices a path sets otherwise than the found plan: action, target, stage, at how many of its points."""
        counts: dict[tuple[str, str, str], int] = {}
        for one in self.of(path):
            for switch in one.switches:
                key = (switch.action, switch.target, switch.stage)
                counts[key] = counts.get(key, 0) + 1
        return tuple((*key, count) for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "limit": self.limit,
            "binds": self.binds,
            "year": self.year,
            "futures": self.futures,
            "points": [one.as_dict() for path in PATHS for one in self.of(path)],
            "stopped": self.stopped,
        }


def frontier(
    found: Decision, lives: Lives, how: Effort, progress: Callable[[int, int], None] | None = None
) -> Frontier:
    """Follow the found plan along three paths.

    Every point solves two linear programmes, on the first screening and on one around the found plan, and climbs a
    little from the best of their plans, the found one and the point before. Points are not pulled onto a curve: what a
    short search misses shows as dominated.

    Parameters
    ----------
    found : the plan and its screening. lives : fresh futures that judge, of seed space `explain`. Ctrl-C ends it after
    the points done.
    """
    company = found.company
    tracing = _Tracing(found, lives, how)
    asked = [*_weights(company), *_launches(found), *_cash(company)]
    points: list[Point] = []
    stopped = False
    try:
        for path, at, wanted, factor in asked:
            points.append(tracing.point(path, at, wanted, factor))
            if progress is not None:
                progress(len(points), len(asked))
    except KeyboardInterrupt:
        stopped = True
    limit, binds = _limit(company)
    return Frontier(tuple(_marked(points)), limit, binds, _year(company), how.judged, stopped)


def _place(one: Point) -> tuple[bool, float]:
    return not np.isnan(one.at), one.at  # the found plan first


Asking = tuple[Path, float, Objective, float]


def _weights(company: Company) -> Iterator[Asking]:
    wanted = company.settings.objective
    for weight in sorted({*WEIGHTS, wanted.tail}):
        yield "tail", weight, wanted.model_copy(update={"tail": weight}), 1.0


def _launches(found: Decision) -> Iterator[Asking]:
    wanted = found.company.settings.objective
    yield "launches", float("nan"), wanted, 1.0
    most = max(one.launches for one in found.judged)
    for asked in steps(found.verdict.launches, most):
        yield "launches", asked, wanted.model_copy(update={"launches": asked}), 1.0


def steps(least: float, most: float) -> list[float]:
    """Numbers of launches to ask for between what a plan reaches and what can be reached: whole ones where they fit."""
    whole = np.arange(np.floor(least) + 1.0, np.floor(most) + 1.0)
    if len(whole) >= 2:
        return [float(one) for one in whole[np.unique(np.linspace(0, len(whole) - 1, MOST_STEPS).astype(int))]]
    tenths = np.floor(np.linspace(least, most, MOST_STEPS + 1)[1:] * 10.0 + 1e-9) / 10.0
    return [float(one) for one in np.unique(tenths) if one > least]


def _cash(company: Company) -> Iterator[Asking]:
    for factor in FACTORS:
        yield "cash", factor, company.settings.objective, factor


def scaled(company: Company, factor: float) -> Company:
    """The company with its yearly research budgets times a factor, or, where it has none, its opening cash."""
    rows = company.rows(Resource)
    if any(row.resource == "rd_budget" for row in rows):
        more = (
            row.model_copy(update={"amount": row.amount * factor}) if row.resource == "rd_budget" else row
            for row in rows
        )
        return company.with_rows(Resource, list(more))
    money = company.settings.money
    money = money.model_copy(update={"opening_cash": money.opening_cash * factor})
    return company.with_settings(company.settings.model_copy(update={"money": money}))


def _limit(company: Company) -> tuple[str, bool]:
    on = company.settings.couplings.cash
    if any(row.resource == "rd_budget" for row in company.rows(Resource)):
        return "rd_budget", on
    return "opening_cash", on and company.settings.money.cash_floor is not None


def _year(company: Company) -> int:
    from echelon.futures.build.calendar import quarter_dates

    wanted = company.settings.objective.launches_by
    first = quarter_dates(company.settings.company.as_of, 1)[0]
    return wanted or first.year + (4 if first.month <= 3 else 5)  # the fifth whole year


class _Tracing:
    """Searches and judges points; what was lived for one serves the others."""

    def __init__(self, found: Decision, lives: Lives, how: Effort) -> None:
        self._found, self._how = found, how
        self._judges = {1.0: lives}
        self._searches: dict[float, Lives] = {}
        self._last = found.plan
        self._around: Screen | None = None

    def point(self, path: Path, at: float, wanted: Objective, factor: float) -> Point:
        plan = self._found.plan if np.isnan(at) else self._plan(wanted, factor)
        self._last = plan
        judge = self._lives(self._judges, factor, EXPLAIN)
        measures = judge.measures(plan, self._how.judged)
        before = judge.measures(self._found.plan, self._how.judged)
        return _point(path, at, plan, self._found, wanted, measures, before)

    def _plan(self, wanted: Objective, factor: float) -> Plan:
        found, how = self._found, self._how
        lives = self._lives(self._searches, factor, SEARCH).under(wanted)
        programme = linear(found.screened, found.levers, wanted, budgets(lives))
        near = linear(self._screened(), replace(found.levers, stands=found.plan), wanted, budgets(lives))
        starts = list(dict.fromkeys([found.plan, programme, near, self._last]))
        searched = search(lives, found.screened, starts, how.seed, how.effort)
        if searched.stopped:
            raise KeyboardInterrupt
        return searched.plan

    def _screened(self) -> Screen:
        # Every alternative by itself again, around the found plan: the first screening knows things as they stood.
        if self._around is None:
            levers = replace(self._found.levers, stands=self._found.plan)
            columns = sum(len(row.alternatives) - 1 for row in levers.rows)
            futures = min(MOST_AROUND, max(LEAST_AROUND, AROUND * self._how.effort // max(1, columns) // 64 * 64))
            seed = space(self._how.seed, SEARCH)
            lives = Lives(self._found.company, levers, seed, threads=self._how.threads)
            self._around = screen(lives, futures)
        return self._around

    def _lives(self, known: dict[float, Lives], factor: float, name: str) -> Lives:
        if factor not in known:
            company, seed = self._found.company, space(self._how.seed, name)
            company = company if factor == 1.0 else scaled(company, factor)
            known[factor] = Lives(company, self._found.levers, seed, threads=self._how.threads)
        return known[factor]


def _point(path: Path, at: float, plan: Plan, found: Decision, wanted: Objective, measures: F8, before: F8) -> Point:
    mean, mean_se = gap(measures[:, 0])
    tailed, tailed_before = (worth(wanted.model_copy(update={"tail": 1.0}), one) for one in (measures, before))
    launches, launches_se = gap(measures[:, 2])
    lead, lead_se = gap(measures[:, 0] - before[:, 0])
    return Point(
        path=path,
        at=at,
        plan=plan,
        mean=mean,
        mean_se=mean_se,
        tail=tailed.tail,
        tail_se=gap(tailed.each)[1],
        launches=launches,
        launches_se=launches_se,
        floor_chance=tailed.floor_chance,
        kept=float(before[:, 0].mean()),
        kept_tail=tailed_before.tail,
        kept_launches=tailed_before.launches,
        lead=lead,
        lead_se=lead_se,
        tail_gap_se=gap(tailed.each - tailed_before.each)[1],
        launches_gap_se=gap(measures[:, 2] - before[:, 2])[1],
        missed=tailed.missed,
        dominated=False,
        switches=switches(found.levers, found.plan, plan),
    )


def switches(levers: Levers, found: Plan, other: Plan) -> tuple[Switch, ...]:
    """Levers that two plans set differently."""
    return tuple(
        Switch(lever.action, lever.target, lever.stage, lever.alternatives[a].name, lever.alternatives[b].name)
        for lever, a, b in zip(levers.rows, found, other, strict=True)
        if a != b
    )


def _marked(points: Sequence[Point]) -> Iterator[Point]:
    # Dominated: another point of the path has at least as much of both, and more of one.
    for one in points:
        rivals = [other for other in points if other.path == one.path and other is not one]
        yield replace(one, dominated=one.path != "cash" and any(_over(other, one) for other in rivals))


def _over(other: Point, one: Point) -> bool:
    mine, theirs = (_both(each) for each in (one, other))
    return theirs != mine and all(a >= b for a, b in zip(theirs, mine, strict=True))


def _both(one: Point) -> tuple[float, float]:
    return one.mean, one.tail if one.path == "tail" else one.launches
