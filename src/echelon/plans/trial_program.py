"""Clinical-trial planning under shared resources: products, their trials, and what a start or a wait is worth."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DETERIORATION = 0.025
"""Share of a trial's cost that falls away with each period its start is later (Colvin & Maravelias 2008)."""

OPEN_SHARE = 0.9
"""Share of the top revenue that an unfinished product is credited with at the end (Colvin & Maravelias 2008)."""

F8 = NDArray[np.float64]
I8 = NDArray[np.int64]


@dataclass(frozen=True)
class Trial:
    """One trial of a product.

    cost : USD m at the first period. duration : periods, 1 or more. success : probability. needs : resource -> units.
    """

    cost: float
    duration: int
    success: float
    needs: Mapping[str, int]


@dataclass(frozen=True)
class Product:
    """A product and its trials in order.

    revenue : USD m when nothing is late. late : USD m lost for each period until the last trial ends.
    wait : USD m lost for each period in which it waits before a trial other than its first.
    """

    name: str
    trials: tuple[Trial, ...]
    revenue: float
    late: float
    wait: float

    def success_from(self, j: int) -> float:
        """Probability that all trials from the j-th (from 0) succeed."""
        return math.prod(trial.success for trial in self.trials[j:])

    def duration_from(self, j: int) -> int:
        """Periods that the trials from the j-th take without a wait."""
        return sum(trial.duration for trial in self.trials[j:])

    def revenue_at(self, ends: int) -> float:
        """USD m of a success whose last trial ends at a period."""
        return self.revenue - self.late * ends

    def open_share(self, j: int, periods: int) -> float:
        """Share of its revenue with which a product is credited that still has the trials from the j-th before it."""
        ahead = OPEN_SHARE * self.revenue - self.late * periods - sum(trial.cost for trial in self.trials[j:])
        return ahead / self.revenue_at(periods)


@dataclass(frozen=True)
class Instance:
    """A planning problem.

    name : as in the file. products : in the file's order. periods : decisions are taken at 1, 2, … periods.
    capacity : resource -> units in each period; amounts of resources are whole, in parts of which `units` make one.
    """

    name: str
    products: tuple[Product, ...]
    periods: int
    capacity: Mapping[str, int]
    units: int = 1


class Tables(NamedTuple):
    """A problem as arrays over period (from 0), product and local state, for the compiled solvers.

    Local states of a product: 0 is over; then waiting before each trial; then, for each trial, running with 1, 2, …
    periods to go after which its outcome is known.

    states : i8[product]. after : i8[product, state], the state a period later, on success where an outcome comes.
    chance : f8[product, state], probability of that success; -1 where no outcome comes. begun : i8[product, state],
    the state a period after a start at it, on success; -1 where nothing waits. begun_chance : as `chance`.
    start, wait : f8[period, product, state], USD m. needs : i8[product, state, resource], of a running state, or of a
    start at a waiting one. capacity : i8[resource].
    lasts : i8[product, state], duration of the trial that is waited for. final : b1[product, state], whether it is the
    last one.
    """

    states: I8
    after: I8
    chance: F8
    begun: I8
    begun_chance: F8
    start: F8
    wait: F8
    needs: I8
    capacity: I8
    lasts: I8
    final: NDArray[np.bool_]


def tables(instance: Instance) -> Tables:
    """The arrays of a problem.

    The rewards are those of Colvin & Maravelias 2008, Computers & Chemical Engineering 32:2626-2642, in expectation
    over what is still to be revealed.
    """
    products, resources = instance.products, list(instance.capacity)
    counts = [1 + len(p.trials) + sum(_span(trial, instance.periods) - 1 for trial in p.trials) for p in products]
    shape = (len(products), max(counts))
    made = Tables(
        states=np.array(counts, np.int64),
        after=np.zeros(shape, np.int64),
        chance=np.full(shape, -1.0),
        begun=np.full(shape, -1, np.int64),
        begun_chance=np.full(shape, -1.0),
        start=np.zeros((instance.periods, *shape)),
        wait=np.zeros((instance.periods, *shape)),
        needs=np.zeros((*shape, len(resources)), np.int64),
        capacity=np.array([instance.capacity[name] for name in resources], np.int64),
        lasts=np.zeros(shape, np.int64),
        final=np.zeros(shape, np.bool_),
    )
    for i, product in enumerate(products):
        _fill(made, i, product, resources, instance.periods)
    return made


def _span(trial: Trial, periods: int) -> int:
    # Beyond the horizon it makes no difference to what is known or in use how much longer a trial takes.
    return min(trial.duration, periods + 1)


def _fill(made: Tables, i: int, product: Product, resources: list[str], periods: int) -> None:
    last = len(product.trials) - 1
    running = len(product.trials) + 1  # state of the current trial with one period to go
    for j, trial in enumerate(product.trials):
        state, success = 1 + j, 0 if j == last else 2 + j
        chance = -1.0 if j == last else trial.success
        needs = [trial.needs.get(name, 0) for name in resources]
        made.needs[i, state] = needs
        made.after[i, state] = state
        span = _span(trial, periods)
        made.lasts[i, state], made.final[i, state] = span, j == last
        long = span > 1
        made.begun[i, state] = running + span - 2 if long else success
        made.begun_chance[i, state] = -1.0 if long else chance
        for left in range(1, span):
            made.after[i, running + left - 1] = running + left - 2 if left > 1 else success
            made.chance[i, running + left - 1] = -1.0 if left > 1 else chance
            made.needs[i, running + left - 1] = needs
        running += span - 1
        for t in range(1, periods + 1):
            made.start[t - 1, i, state] = start_worth(product, j, t, periods)
            made.wait[t - 1, i, state] = wait_worth(product, j, t, periods)


def start_worth(product: Product, j: int, t: int, periods: int) -> float:
    """Expected USD m of starting trial j (from 0) at period t, beside what later decisions bring."""
    trial = product.trials[j]
    cost = trial.cost * (1.0 - DETERIORATION * (t - 1))
    success = product.success_from(j)
    if j == len(product.trials) - 1:
        return success * product.revenue_at(t + trial.duration) - cost
    if t + trial.duration > periods:  # not known in time to decide on the next: credited as it runs
        ends = t + product.duration_from(j)
        return success * product.open_share(j + 1, periods) * product.revenue_at(ends) - cost
    return -cost


def wait_worth(product: Product, j: int, t: int, periods: int) -> float:
    """Expected USD m of waiting at period t before trial j (from 0)."""
    success = product.success_from(j)
    worth = -product.wait * success if j > 0 else 0.0
    if t == periods:
        worth += success * product.open_share(j, periods) * product.revenue_at(periods + product.duration_from(j))
    return worth
