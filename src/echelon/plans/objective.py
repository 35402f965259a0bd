"""Objective: what a plan is worth, by the mean and the worst 5 % of its futures, and what it must keep to."""

from dataclasses import dataclass

import numpy as np

from echelon.company.rows.settings import Objective as Wanted
from echelon.futures.arrays import F8
from echelon.futures.rules import numbers as n

TAIL = 0.05
"""Share of futures that the tail is the mean of."""

KEPT = (n.ENPV, n.FIRST_UNDER_FLOOR, n.LAUNCHED_BY, n.FILLED_FIVE)
"""Measures of a future that an objective needs, in this order."""


@dataclass(frozen=True)
class Worth:
    """What a plan is worth over some futures.

    each : f8[future], their mean is the objective, money. mean, tail : of the company's value, money. floor_chance :
    that cash is ever under its floor. launches : programs launched by the objective's year, in the mean.
    launches_chance : that as many as asked for are. filled : chance that all echelons are filled in the first five
    years. missed : by how much the limits are missed, nought where all hold.
    """

    each: F8
    mean: float
    tail: float
    floor_chance: float
    launches: float
    launches_chance: float
    filled: float
    missed: float

    @property
    def value(self) -> float:
        """The objective, money."""
        return float(self.each.mean())


def worth(wanted: Wanted, kept: F8) -> Worth:
    """Weigh a plan.

    The tail is the mean of the worst 5 % of futures: the largest t - mean((t - value)+) / 0.05 over t (Rockafellar and
    Uryasev 2000, Journal of Risk 2(3):21-41), so that every future has its own part in it.

    Parameters
    ----------
    wanted : the company's objective. kept : f8[future, 4], measures of `KEPT`.
    """
    value = kept[:, 0]
    under = float(np.isfinite(kept[:, 1]).mean())
    launched = kept[:, 2]
    cut = float(np.sort(value)[min(len(value) - 1, max(0, int(np.ceil(TAIL * len(value))) - 1))])
    part = cut - np.maximum(cut - value, 0.0) / TAIL
    each = (1.0 - wanted.tail) * value + wanted.tail * part if wanted.tail > 0.0 else value
    enough = float((launched >= wanted.launches).mean()) if wanted.launches is not None else 1.0
    missed = 0.0
    if wanted.floor_chance is not None:
        missed += max(0.0, under - wanted.floor_chance)
    filled = float(kept[:, 3].mean())
    if wanted.filled_chance is not None:
        missed += max(0.0, wanted.filled_chance - filled)
    if wanted.launches is not None:
        if wanted.launches_chance is not None:
            missed += max(0.0, wanted.launches_chance - enough)
        elif wanted.launches > 0.0:
            missed += max(0.0, 1.0 - float(launched.mean()) / wanted.launches)
    return Worth(each, float(value.mean()), float(part.mean()), under, float(launched.mean()), enough, filled, missed)
