"""Feasible: whether must-haves keep to yearly limits at all, and on which days, or else which years are short."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Protocol

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.money import Choice
from echelon.futures.arrays import F8
from echelon.futures.rules import numbers as n
from echelon.plans.levers import ROUNDING, Levers, Room
from echelon.plans.lives import Lives, space
from echelon.plans.screening import budgets, by_year
from echelon.plans.yardsticks import do_nothing
from echelon.runs.run import RunError

SPACE = "search"
"""Seed space of the futures that needs are means over."""

FUTURES = 1_024
"""Futures that needs are means over."""

SHORT = 1e-7
"""Share of a limit under which a lack is the solver's rounding."""


class Seeded(Protocol):
    """What is asked for, as far as it matters here."""

    @property
    def seed(self) -> int:
        """Of all seed spaces."""

    @property
    def threads(self) -> int | None:
        """All cores when None."""


def feasible(company: Company, made: Levers, asked: Seeded) -> Levers:
    """Levers whose must-haves keep to the yearly limits of research spending, in the mean.

    Other starts wait until there is budget, in every future; must-haves do not, so all else is stopped here. Where the
    first days of all must-haves break a limit, and some may wait, an integer programme chooses among their days; what
    a program books is taken to add up.

    Raises
    ------
    RunError
        If no days of the must-haves keep to the limits; it names each year that is short where least is lacking.
    """
    lives = Lives(company, made, space(asked.seed, SPACE), threads=asked.threads, free=True)
    limits = budgets(lives)
    if not np.isfinite(limits).any():
        return made
    musts = {i: lever for i, lever in enumerate(made.rows) if lever.must}
    names = {row.target for lever in musts.values() for one in lever.alternatives for row in one.choices}
    rest = tuple(row for row in do_nothing(company) if row.target not in names)
    never = tuple(row for row in do_nothing(company) if row.target in names)

    def spent(chosen: Sequence[Choice]) -> F8:
        mine = {row.target for row in chosen}
        idle = tuple(row for row in never if row.target not in mine)
        _, ledger = lives.live((*rest, *idle, *chosen), 0, FUTURES)
        return by_year(lives, ledger[n.RESEARCH] + ledger[n.DISCOVERY])

    first = spent([row for lever in musts.values() for row in lever.alternatives[lever.everything].choices])
    if (first <= limits * (1.0 + ROUNDING)).all():
        return made
    if all(len(lever.alternatives) == 1 for lever in musts.values()):
        raise _too_little(company, first, limits)
    base = spent([])
    needs = {i: np.array([spent(one.choices) - base for one in lever.alternatives]) for i, lever in musts.items()}
    held = days(needs, limits - base)
    booked = base + sum(need[held[i]] for i, need in needs.items())
    if (booked > limits * (1.0 + SHORT)).any():
        raise _too_little(company, booked, limits)
    room = Room(MappingProxyType(needs), np.maximum(limits, booked) - base, MappingProxyType(held))
    narrowed = replace(made, room=room)
    return replace(narrowed, stands=narrowed.fitted(made.stands))


def days(needs: Mapping[int, F8], limits: F8) -> dict[int, int]:
    """Alternatives, one for each place, that lack least over all years.

    Parameters
    ----------
    needs : by place, f8[alternative, year], money. limits : f8[year], money; inf where there is none.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    years = np.flatnonzero(np.isfinite(limits))
    columns = [(i, a) for i, need in needs.items() for a in range(len(need))]
    width = len(columns) + len(years)
    one = np.array([[float(i == at) for at, _ in columns] + [0.0] * len(years) for i in needs])
    room = np.array([[*(needs[i][a, y] for i, a in columns), *(-1.0 * (years == y))] for y in years])
    cost = np.concatenate([np.zeros(len(columns)), np.ones(len(years))])
    whole = np.concatenate([np.ones(len(columns)), np.zeros(len(years))])
    found = milp(
        cost,
        constraints=[LinearConstraint(one, 1.0, 1.0), LinearConstraint(room, -np.inf, limits[years])],
        integrality=whole,
        bounds=Bounds(np.zeros(width), np.where(whole > 0.0, 1.0, np.inf)),
    )
    chosen = dict.fromkeys(needs, 0)
    for (i, a), share in zip(columns, found.x, strict=False):
        if share > 0.5:
            chosen[i] = a
    return chosen


def _too_little(company: Company, needs: F8, limits: F8) -> RunError:
    years = range(_first_year(company), _first_year(company) + len(limits))
    short = [
        f"{year}: must-haves need {need:,.0f}, limit {limit:,.0f}"
        for year, need, limit in zip(years, needs, limits, strict=False)
        if need > limit * (1.0 + ROUNDING)
    ]
    word = company.settings.company.currency
    return RunError(
        f"no plan keeps the yearly limits of `resources` (rd_budget, million {word}, in the mean):\n  "
        + "\n  ".join(short)
        + "\nraise these limits, or let a must-have wait (`first`, or a `last` until which it may) or go in `options`"
    )


def _first_year(company: Company) -> int:
    from echelon.futures.build.calendar import quarter_dates

    return quarter_dates(company.settings.company.as_of, 1)[0].year
