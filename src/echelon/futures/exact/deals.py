"""Deals: when each runs, as chances, and what a unit of a partner's sales brings us."""

from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.model import Model
from echelon.futures.rules.deals import PROMOTES, VENTURE


@dataclass(frozen=True)
class Window:
    """Times between which a deal runs, and the chance that it is these."""

    chance: float
    after: float
    until: float


def windows(model: Model, d: int) -> tuple[Window, ...]:
    """All ways in which a deal may run: exercised where it is an option, extended or not."""
    deals = model.deals
    taken, longer = float(deals.option_chance[d]), float(deals.extension_chance[d])
    after, until = float(deals.after[d]), float(deals.until[d])
    both = (
        Window(taken * (1.0 - longer), after, until),
        Window(taken * longer, after, until + float(deals.extension[d])),
    )
    return tuple(one for one in both if one.chance > 0.0)


def is_drawn(model: Model, d: int) -> bool:
    """Whether luck settles when a deal runs."""
    deals = model.deals
    longer = deals.extension_chance[d] > 0.0 and deals.extension[d] != 0.0
    return bool(deals.option_chance[d] < 1.0 or (longer and np.isfinite(deals.until[d])))


def running(model: Model, d: int, middle: F8) -> F8:
    """Chance that a deal runs in each column, f8[c]."""
    found = np.zeros(middle.size)
    for one in windows(model, d):
        found += one.chance * ((one.after <= middle) & (middle < one.until))
    return found


def promotes(model: Model, d: int) -> bool:
    """Whether the partner promotes what we sell."""
    return bool(model.deals.route[d] == PROMOTES)


def income(model: Model, d: int) -> float:
    """Net income for each unit that a partner sells, when the royalty has one tier."""
    deals = model.deals
    royalty = float(deals.tier_rate[deals.tier_from[d]])
    supply = float(deals.supply_share[d])
    found = royalty * float(deals.pass_on[d]) + supply - float(deals.supply_cost[d])
    if deals.route[d] == VENTURE:
        found += float(deals.profit_share[d]) * (1.0 - float(deals.partner_cost[d]) - royalty - supply)
    return found


def signing(model: Model, d: int) -> tuple[float, float]:
    """Chance of the payment at signing, or at the exercise of an option, and its time."""
    return float(model.deals.option_chance[d]), float(model.deals.after[d])
