"""Solving a trial-planning problem: by the exact method where it ends in time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from echelon.plans import trial_exact
from echelon.plans.trial_program import Instance

EXACT_SECONDS = 600.0
"""Seconds that the exact method is given."""


@dataclass(frozen=True)
class Solution:
    """What came of a problem.

    instance : its name. enpv : expected net present value, USD m. bound : no plan can have a higher one.
    method : "exact". seconds : from the problem to the answer, compiling or loading compiled code included.
    first_starts : products that start their first trial in period 1. states : states of knowledge that were valued.
    """

    instance: str
    enpv: float
    bound: float
    method: str
    seconds: float
    first_starts: tuple[str, ...]
    states: int

    @property
    def gap(self) -> float:
        """How far the bound lies above, as a share of the bound."""
        return (self.bound - self.enpv) / abs(self.bound) if self.bound != self.enpv else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "instance": self.instance,
            "enpv": self.enpv,
            "bound": self.bound,
            "gap": self.gap,
            "method": self.method,
            "seconds": self.seconds,
            "first_starts": list(self.first_starts),
            "states": self.states,
        }


def solve(
    instance: Instance,
    seconds: float = EXACT_SECONDS,
    progress: Callable[[int, float], None] | None = None,
) -> Solution:
    """Plan the trials of a problem.

    Parameters
    ----------
    seconds : after which the exact method gives up. progress : called with states seen and seconds gone.

    Raises
    ------
    trial_exact.Unfinished
        When the exact method does not end in time, or has more states than there is room for.
    """
    began = time.perf_counter()
    found = trial_exact.solve(instance, seconds, progress)
    first = tuple(instance.products[i].name for i in found.first)
    gone = time.perf_counter() - began
    return Solution(instance.name, found.enpv, found.enpv, "exact", gone, first, found.states)
