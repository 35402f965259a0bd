"""Screening: every alternative of every lever by itself, and the linear programme that puts them together."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echelon.company.rows.money import Resource
from echelon.company.rows.settings import Objective
from echelon.futures.arrays import F8
from echelon.futures.rules import numbers as n
from echelon.plans.levers import Levers, Plan
from echelon.plans.lives import Lives
from echelon.plans.objective import KEPT, TAIL


@dataclass(frozen=True)
class Screen:
    """What each alternative changes by itself, against leaving everything as it stands.

    at : (lever, alternative) of each column, those that stand left out. value : f8[column, future], company's value,
    money. launches : f8[column, future]. spend : f8[column, year], research and discovery in the mean, money. stands,
    stands_launches : f8[future] and stands_spend : f8[year], of everything as it stands.
    """

    at: tuple[tuple[int, int], ...]
    value: F8
    launches: F8
    spend: F8
    stands: F8
    stands_launches: F8
    stands_spend: F8

    @property
    def mean(self) -> F8:
        """Mean change in value, f8[column], money."""
        return np.asarray(self.value.mean(axis=1))

    @property
    def error(self) -> F8:
        """Its standard error, f8[column], money."""
        return np.asarray(self.value.std(axis=1, ddof=1) / np.sqrt(self.value.shape[1]))


def screen(lives: Lives, futures: int, progress: Callable[[int, int], None] | None = None) -> Screen:
    """Live every alternative by itself."""
    levers = lives.levers
    at = tuple(
        (i, a) for i, lever in enumerate(levers.rows) for a in range(len(lever.alternatives)) if a != levers.stands[i]
    )
    stands, stands_spend = _lived(lives, levers.stands, futures)
    value, launches = np.empty((len(at), futures)), np.empty((len(at), futures))
    spend = np.empty((len(at), len(stands_spend)))
    for c, (i, a) in enumerate(at):
        kept, spent = _lived(lives, changed(levers.stands, i, a), futures)
        value[c] = kept[:, 0] - stands[:, 0]
        launches[c] = kept[:, 2] - stands[:, 2]
        spend[c] = spent - stands_spend
        if progress is not None:
            progress(c + 1, len(at))
    return Screen(at, value, launches, spend, stands[:, 0], stands[:, 2], stands_spend)


def changed(plan: Plan, lever: int, alternative: int) -> Plan:
    """A plan with one lever set to another alternative."""
    return (*plan[:lever], alternative, *plan[lever + 1 :])


def _lived(lives: Lives, plan: Plan, futures: int) -> tuple[F8, F8]:
    measures, ledger = lives.live(lives.levers.choices(plan), 0, futures)
    return measures[:, KEPT], by_year(lives, ledger[n.RESEARCH] + ledger[n.DISCOVERY])


def by_year(lives: Lives, quarters: F8) -> F8:
    """Sums by calendar year of what stands by quarter, f8[year]."""
    calendar = lives.built(lives.levers.kept).model.calendar
    return np.add.reduceat(quarters, calendar.year_from[:-1][calendar.year_from[:-1] < len(quarters)])


def budgets(lives: Lives) -> F8:
    """Yearly limits of research and discovery, f8[year]; inf where there is none."""
    return lives.built(lives.levers.kept).model.money.rd_budget


def limited(lives: Lives) -> bool:
    """Whether the company has yearly limits."""
    return bool(lives.company.rows(Resource))


def linear(screened: Screen, levers: Levers, wanted: Objective, limits: F8) -> Plan:
    """The start of the search: a linear programme on the sampled futures, rounded.

    Its variables are the shares in which each lever takes each alternative. Changes add up, future by future; the
    objective weighs their mean and the mean of the worst 5 %; budgets hold in the mean of each year, and so do
    launches. What is rounded takes each lever's largest share.
    """
    from scipy.optimize import linprog
    from scipy.sparse import coo_matrix

    columns, futures = screened.value.shape
    if columns == 0:
        return levers.stands
    weight = wanted.tail
    tailed = weight > 0.0
    # Columns: alternatives, then (with a tail) the cut and how far each future lies under it.
    width = columns + (1 + futures if tailed else 0)
    cost = np.zeros(width)
    cost[:columns] = -(1.0 - weight) * screened.mean
    rows: list[F8] = []
    right: list[float] = []
    for i in range(len(levers.rows)):
        row = np.zeros(width)
        row[[c for c, (lever, _) in enumerate(screened.at) if lever == i]] = 1.0
        if row.any():
            rows.append(row)
            right.append(1.0)
    for word in sorted({lever.one_of for lever in levers.rows} - {""}):
        row, room = _one_of(screened, levers, word, width)
        rows.append(row)
        right.append(room)
    for y in np.flatnonzero(np.isfinite(limits)):
        row = np.zeros(width)
        row[:columns] = screened.spend[:, y]
        rows.append(row)
        right.append(float(limits[y] - screened.stands_spend[y]))
    if wanted.launches is not None:
        row = np.zeros(width)
        row[:columns] = -screened.launches.mean(axis=1)
        rows.append(row)
        right.append(float(screened.stands_launches.mean() - wanted.launches))
    if tailed:
        cost[columns] = -weight
        cost[columns + 1 :] = weight / (TAIL * futures)
        below = np.zeros((futures, width))
        below[:, :columns] = -screened.value.T
        below[:, columns] = 1.0
        below[np.arange(futures), columns + 1 + np.arange(futures)] = -1.0
        rows += list(below)
        right += list(screened.stands)
    bounds = [(0.0, 1.0)] * columns + ([(None, None)] + [(0.0, None)] * futures if tailed else [])
    found = linprog(cost, A_ub=coo_matrix(np.array(rows)).tocsr(), b_ub=np.array(right), bounds=bounds, method="highs")
    if found.status != 0:  # limits that cannot all hold in the mean: the search begins with what stands
        return levers.stands
    return rounded(screened, levers, found.x[:columns])


def _one_of(screened: Screen, levers: Levers, word: str, width: int) -> tuple[F8, float]:
    # Shares of levers that exclude each other and leave `nothing` add up to one at most.
    row, room = np.zeros(width), 1.0
    for i, lever in enumerate(levers.rows):
        if lever.one_of != word:
            continue
        stood = lever.uses(levers.stands[i])
        room -= 1.0 if stood else 0.0
        for c, (at, a) in enumerate(screened.at):
            if at == i:
                row[c] = float(lever.uses(a)) - float(stood)
    return row, room


def rounded(screened: Screen, levers: Levers, shares: F8) -> Plan:
    """The plan in which each lever takes the alternative of its largest share."""
    plan = list(levers.stands)
    best = np.ones(len(levers.rows))
    for c, (i, _) in enumerate(screened.at):
        best[i] -= shares[c]  # what is left to what stands
    for c, (i, a) in enumerate(screened.at):
        if shares[c] > best[i] + 1e-9:
            best[i], plan[i] = shares[c], a
    return levers.fitted(tuple(plan))
