"""What the SimPy model stands on: its clock, a company as plain lists, and what a future comes to."""

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import simpy


def company_of(model: Any) -> SimpleNamespace:
    """A model's arrays as plain lists, section by section: indexing lists is what plain Python does well."""
    found: dict[str, Any] = {}
    for name, value in model._asdict().items():
        if isinstance(value, np.ndarray):
            found[name] = value.tolist()
        else:
            found[name] = company_of(value) if hasattr(value, "_asdict") else value
    return SimpleNamespace(**found)


@dataclass(frozen=True)
class Outcome:
    """What one future came to.

    launched : by reported program, time of first launch, inf never, -1 before as_of. approved : by pair, inf never.
    echelons : by calendar year, assets in reserve, clinic and market. use : by line and quarter, what is asked
    of it over what it can do.
    lost : by line and quarter, sales lost. stock : by supplied asset and quarter, grams.
    shortages : by line, and no site at all, 1 in the quarter in which it first held sales up, the last one never.
    orders : by order, grams asked for and served, by quarter. flows : by stage, grams made, released, used, expired,
    in stock, waiting for release, by quarter.
    listed, withdrawn : by pair and calendar year, 1 where its first listing, or its withdrawal, falls in it.
    visits : by site and authority, visits that ended NAI, VAI, OAI, and that were missed or found a control gap.
    deals : by deal, flow and quarter, what passes between the partner and us.
    """

    measures: dict[str, float]
    lines: dict[str, list[float]]
    worth: list[float]
    launched: list[float]
    approved: list[float]
    echelons: list[list[int]]
    use: list[list[float]]
    lost: list[list[float]]
    stock: list[list[float]]
    shortages: list[list[int]]
    orders: list[list[list[float]]]
    flows: list[list[list[float]]]
    listed: list[list[int]]
    withdrawn: list[list[int]]
    visits: list[list[int]]
    deals: list[list[list[float]]]


class Moment(simpy.Event):
    """Something that happens after a delay; of several at one time, lower orders first."""

    def __init__(self, clock: "Clock", delay: float, order: int) -> None:
        super().__init__(clock)
        self._ok, self._value = True, None
        clock.schedule(self, order, delay)  # type: ignore[arg-type]


class Clock(simpy.Environment):
    """Waiting until a time, not for a while: sums of delays would drift off the edges of quarters."""

    def until(self, time: float, order: int) -> Moment:
        """Wait until a time (no time at all, if that is past)."""
        now = self.now
        delay = max(0.0, time - now)
        while now + delay < time:
            delay = math.nextafter(delay, math.inf)
        while delay > 0.0 and now + delay > time:
            delay = math.nextafter(delay, 0.0)
        return Moment(self, delay, order)
