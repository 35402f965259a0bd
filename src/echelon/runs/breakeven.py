"""Break-even: yearly sales at which selling ourselves pays as much as a partner does, in closed form."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Terms:
    """What a partner pays us on its yearly sales S in a territory.

    tiers : (sales from which, rate) of the royalty, ascending, the first from nought. reaches : share of a royalty
    that is worth something to us (less than one where a licensee keeps part of it, or where it lowers our share of a
    venture's profit). per_sale : what else each unit of sales brings. yearly : what comes whatever is sold. base : the
    partner's sales of the year elsewhere under the same tiers.
    """

    tiers: tuple[tuple[float, float], ...] = ((0.0, 0.0),)
    reaches: float = 1.0
    per_sale: float = 0.0
    yearly: float = 0.0
    base: float = 0.0

    def income(self, sales: float) -> float:
        """Our income in a year from the partner's sales in the territory."""
        royalty = tiered(self.tiers, self.base, self.base + sales)
        return self.reaches * royalty + self.per_sale * sales + self.yearly


@dataclass(frozen=True)
class Own:
    """What selling ourselves brings: a margin on sales, and what a team costs a year whatever is sold."""

    margin: float
    team: float

    def income(self, sales: float) -> float:
        """Our income in a year from our own sales."""
        return self.margin * sales - self.team


def tiered(tiers: Sequence[tuple[float, float]], lower: float, upper: float) -> float:
    """Royalty on sales between two amounts of a year, tier by tier."""
    due = 0.0
    for i, (start, rate) in enumerate(tiers):
        top = tiers[i + 1][0] if i + 1 < len(tiers) else math.inf
        due += rate * max(0.0, min(upper, top) - max(lower, start))
    return due


def break_even(own: Own, partner: Terms) -> float:
    """Least yearly sales from which selling ourselves pays as much as the partner.

    Both incomes are straight between tiers, so the difference is followed from tier to tier to where it turns. Nought
    where our own sale is never behind at the start; infinite where it never catches up. Where higher tiers let the
    partner win again above that, this is the first of the crossings.
    """
    edges = [0.0, *(start - partner.base for start, _ in partner.tiers if start > partner.base)]
    if _behind(own, partner, 0.0) <= 0.0 and _slope(own, partner, 0.0) >= 0.0:
        return 0.0
    for i, lower in enumerate(edges):
        behind, slope = _behind(own, partner, lower), _slope(own, partner, lower)
        upper = edges[i + 1] if i + 1 < len(edges) else math.inf
        if behind <= 0.0 and i > 0:
            return lower
        if slope > 0.0 and behind > 0.0 and lower + behind / slope <= upper:
            return lower + behind / slope
    return math.inf


def _behind(own: Own, partner: Terms, sales: float) -> float:
    # How much more the partner pays.
    return partner.income(sales) - own.income(sales)


def _slope(own: Own, partner: Terms, sales: float) -> float:
    # How much faster our own income grows, just above `sales`.
    rate = next((rate for start, rate in reversed(partner.tiers) if start <= partner.base + sales), 0.0)
    return own.margin - partner.reaches * rate - partner.per_sale


def volume_to_break_even(cut: float) -> float:
    """Times as many patients that make up for a price cut: 1 / (1 - cut); infinite where no price is left."""
    return 1.0 / (1.0 - cut) if cut < 1.0 else math.inf


def cut_to_break_even(volume: float) -> float:
    """Price cut that so many times the patients make up for: the inverse of `volume_to_break_even`."""
    return 1.0 - 1.0 / volume if volume > 0.0 else -math.inf
