"""Deciding: from what may be chosen to a plan that holds up on fresh futures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from echelon.company.company import Company
from echelon.company.overlay import with_scenario
from echelon.company.resolve import resolve
from echelon.company.rows.money import Choice, Resource
from echelon.company.rows.settings import Objective
from echelon.plans.climb import Climb
from echelon.plans.feasible import feasible
from echelon.plans.judging import Judged, judge, misses
from echelon.plans.levers import Lever, Levers, Plan, levers
from echelon.plans.lives import Lives, space
from echelon.plans.screening import Screen, budgets, limited, linear, screen
from echelon.plans.searching import Searched, search
from echelon.plans.yardsticks import AS_IT_STANDS, DO_NOTHING, FUND_EVERYTHING, do_nothing, fund_everything
from echelon.runs.gaps import gap
from echelon.runs.simulate import Order

EFFORT = 200_000
"""Futures that a search lives, beyond the screening."""

SCREENED = 160_000
"""Futures of the screening, over all alternatives; each gets between the two numbers that follow."""
LEAST_SCREENED, MOST_SCREENED = 256, 2048

SELECTED, JUDGED = 4_096, 8_192
"""Fresh futures by which one of the best plans is selected, and those by which it is judged."""

FOUND = "the found plan"

SEARCH, SELECT, JUDGE = "search", "select", "judge"
"""Seed spaces: what is searched on, selected on, judged by."""

Progress = Callable[[str, int, int, float], None]
"""Called with what is going on, how much is done, of how much, and the best objective so far (nan before any)."""


@dataclass(frozen=True)
class Bound:
    """What no plan can be worth more than.

    value : money, None where no bound is known; se : its standard error. gap : how far the found plan lies below it on
    the same futures, as a share of it. why : why there is a bound, or none.
    """

    value: float | None
    se: float
    gap: float | None
    why: str


@dataclass(frozen=True)
class Decision:
    """A plan that was searched, and what it is worth.

    company : resolved, with its objective. levers : what could be chosen. plan : what is chosen. choices : its rows.
    screened : every alternative by itself. searched : the search and what it says, which flatters. judged : fresh
    futures, the found plan first. bound : what no plan can be worth more than, where that is known. selected : which
    of the plans at the end of the search was taken.
    """

    company: Company
    seed: int
    levers: Levers
    plan: Plan
    screened: Screen
    searched: Searched
    selected: str
    judged: tuple[Judged, ...]
    bound: "Bound"

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Rows of the plan."""
        return self.levers.choices(self.plan)

    @property
    def verdict(self) -> Judged:
        """The found plan on fresh futures."""
        return self.judged[0]

    @property
    def misses(self) -> tuple[str, ...]:
        """Limits that the found plan does not keep to on fresh futures; no plan met in the search missed less."""
        return misses(self.company.settings.objective, self.verdict)

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "company": self.company.settings.company.name,
            "as_of": self.company.settings.company.as_of.isoformat(),
            "currency": self.company.settings.company.currency,
            "seed": self.seed,
            "objective": self.company.settings.objective.model_dump(),
            "plan": [row.model_dump(mode="json", exclude_none=True) for row in self.choices],
            "levers": [
                {"action": lever.action, "target": lever.target, "stage": lever.stage}
                | {"taken": one.name, "of": len(lever.alternatives)}
                for lever, one in self.levers.of(self.plan)
            ],
            "in_sample": {"objective": self.searched.value, "futures": self.searched.futures},
            "selected": self.selected,
            "judged": [one.as_dict() for one in self.judged],
            "misses": list(self.misses),
            "bound": self.bound.value,
            "bound_se": None if self.bound.value is None else self.bound.se,
            "gap": self.bound.gap,
            "bound_why": self.bound.why,
            "tried": self.searched.tried,
            "lived": self.searched.lived,
            "stopped": self.searched.stopped,
        }


@dataclass(frozen=True)
class Asked:
    """How a plan is looked for.

    seed : of all seed spaces. effort : futures that the search lives. judged : fresh futures that judge. objective :
    instead of the company's. threads : all cores when None; the plan does not depend on it.
    """

    seed: int = 1
    effort: int = EFFORT
    judged: int = JUDGED
    objective: Objective | None = None
    threads: int | None = None


def decide(
    order: Order,
    asked: Asked,
    progress: Progress | None = None,
    keep: Callable[[tuple[Choice, ...]], None] | None = None,
) -> Decision:
    """Search a plan of a company.

    Parameters
    ----------
    order : company, scenario, and the plan at hand; its seed and futures are not used.
    progress : called as the work goes on. keep : called with the rows of the best plan so far, whenever there is a
    better one, and before the search with the best of those that need none. Ctrl-C during the search ends it, and the
    best plan so far is judged.

    Raises
    ------
    RunError
        If must-haves need more than the limits of a year allow.
    CompanyError
        If the company cannot be resolved.
    """
    company, _ = resolve(with_scenario(order.company, order.scenario) if order.scenario else order.company)
    if asked.objective is not None:
        company = company.with_settings(company.settings.model_copy(update={"objective": asked.objective}))
    made = levers(company, order.choices())
    told = _Told(progress)
    made = feasible(company, made, asked)
    if keep is not None:
        keep(made.choices(_at_hand(company, made, asked)))
    lives = Lives(company, made, space(asked.seed, SEARCH), threads=asked.threads)
    screened = screen(
        Lives(company, made, space(asked.seed, SEARCH), threads=asked.threads, free=limited(lives)),
        screen_futures(made),
        lambda done, total: told("every choice by itself", done, total),
    )
    starts = _starts(screened, made, lives)
    found = search(lives, screened, starts, asked.seed, asked.effort, told.climb(asked.effort, made, keep))
    return judged(company, made, asked, screened, found, told)


def judged(
    company: Company, made: Levers, asked: Asked, screened: Screen, found: Searched, told: "_Told | None" = None
) -> Decision:
    """Select among the plans at the end of a search, and judge the one taken, each on luck of its own."""
    told = told or _Told(None)
    plan, selected = select(company, made, asked, screened, found)
    fresh = Lives(company, made, space(asked.seed, JUDGE), threads=asked.threads)
    plans = {
        FOUND: made.choices(plan),
        AS_IT_STANDS: made.at_hand,
        DO_NOTHING: do_nothing(company),
        FUND_EVERYTHING: fund_everything(company),
    }
    verdicts = judge(fresh, plans, asked.judged, lambda done, total: told("judging", done, total))
    searched = Lives(company, made, space(asked.seed, SEARCH), threads=asked.threads, free=True)
    bound = upper_bound(screened, searched, plan)
    return Decision(company, asked.seed, made, plan, screened, found, selected, verdicts, bound)


def select(company: Company, made: Levers, asked: Asked, screened: Screen, found: Searched) -> tuple[Plan, str]:
    """The best of the found plan and the plans that need no search, on luck that was not searched on."""
    lives = Lives(company, made, space(asked.seed, SELECT), threads=asked.threads)
    named = {
        "the search's": found.plan,
        "the linear programme's": linear(screened, made, company.settings.objective, budgets(lives)),
        "as it stands": made.stands,
        "nothing": made.musts,
        "everything": made.everything,
    }
    best = "the search's"
    for name, plan in named.items():
        if plan == named[best]:
            continue
        one, top = lives.worth(plan, SELECTED), lives.worth(named[best], SELECTED)
        gain, error = gap(one.each - top.each)
        if one.missed < top.missed or (one.missed == top.missed and gain > 2.0 * error):
            best = name
    return named[best], best


def screen_futures(made: Levers) -> int:
    """Futures on which each alternative is looked at by itself."""
    alternatives = sum(len(lever.alternatives) - 1 for lever in made.rows)
    return int(min(MOST_SCREENED, max(LEAST_SCREENED, SCREENED // max(1, alternatives) // 64 * 64)))


def _at_hand(company: Company, made: Levers, asked: Asked) -> Plan:
    """The best of the plans that need no search: something to keep if the search is stopped before it begins."""
    lives = Lives(company, made, space(asked.seed, SEARCH), threads=asked.threads)

    def rank(plan: Plan) -> tuple[float, float]:
        one = lives.worth(plan, LEAST_SCREENED)
        return -one.missed, one.mean

    return max((made.stands, made.everything, made.musts), key=rank)


def _starts(screened: Screen, made: Levers, lives: Lives) -> list[Plan]:
    wanted = lives.wanted
    starts = [linear(screened, made, wanted, budgets(lives)), made.stands, made.everything, made.musts]
    return list(dict.fromkeys(starts))


def upper_bound(screened: Screen, lives: Lives, plan: Plan) -> Bound:
    """What no plan can be worth more than, where choices add up; and why there is one or none.

    Where nothing ties programs together in value, each lever's best alternative by itself gives the best plan, and the
    largest of sampled means lies above the mean of the best one. screened : on the futures of `lives`.
    """
    tied = ties(lives.company, lives.levers)
    if tied:
        return Bound(None, 0.0, None, f"no bound: {', '.join(tied)} tie choices to each other")
    best: dict[int, int] = {}
    for c, ((i, _), mean) in enumerate(zip(screened.at, screened.mean, strict=True)):
        if mean > max(0.0, screened.mean[best[i]] if i in best else 0.0):
            best[i] = c
    value, error = gap(screened.stands + screened.value[sorted(best.values())].sum(axis=0))
    behind = value - lives.worth(plan, screened.value.shape[1]).mean
    below = max(0.0, behind / abs(value)) if value != 0.0 else 0.0
    return Bound(value, error, below, "choices add up here: the best of each by itself, on the futures of the search")


def ties(company: Company, made: Levers) -> list[str]:
    """What makes the value of one choice depend on another."""
    couplings, money = company.settings.couplings, company.settings.money
    return [
        word
        for word, on in (
            ("competition", couplings.competition),
            ("supply", couplings.supply),
            ("cash", couplings.cash and (money.cash_floor is not None or bool(company.rows(Resource)))),
            ("learning", couplings.learning > 0.0),
            ("tax", money.tax_rate > 0.0),
            ("inspections", couplings.inspections),
            ("a weight on the tail", company.settings.objective.tail > 0.0),
            ("choices other than starts", any(lever.action != "start" for lever in made.rows)),
            ("programs that wait for others", any(_waits(company, lever) for lever in made.rows)),
        )
        if on
    ]


def _waits(company: Company, lever: Lever) -> bool:
    from echelon.company.rows.science import Program

    row = company.get(Program, lever.target)
    return bool(row and row.depends_on)


class _Told:
    """Passes on how far the work is."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def __call__(self, what: str, done: int, total: int, best: float = float("nan")) -> None:
        if self._progress is not None:
            self._progress(what, done, total, best)

    def climb(
        self, effort: int, made: Levers, keep: Callable[[tuple[Choice, ...]], None] | None
    ) -> Callable[[Climb[Plan], float, int], None]:
        """For the search: its best so far, kept, and how much of its effort is done."""
        kept: list[Plan] = []

        def told(climbed: Climb[Plan], best: float, lived: int) -> None:
            if keep is not None and kept != [climbed.plan]:
                keep(made.choices(climbed.plan))
                kept[:] = [climbed.plan]
            self("searching", min(lived, effort), effort, best)

        return told


__all__ = ["FOUND", "Asked", "Decision", "decide", "judged", "select", "upper_bound"]
