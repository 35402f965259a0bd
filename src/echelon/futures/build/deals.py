"""Deals: who sells where, and what flows from it, as arrays."""

import math
from dataclasses import dataclass

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.market import Deal, DealTier, FxRate
from echelon.company.rows.money import Choice
from echelon.futures.build.calendar import years_from
from echelon.futures.model import Calendar, Deals


@dataclass(frozen=True)
class Route:
    """The deal under which a territory is sold: index, and the times between which it runs."""

    index: int
    after: float
    until: float


class DealBook:
    """Deals that run: active ones, and offered ones that the plan takes."""

    def __init__(self, company: Company, choices: tuple[Choice, ...]) -> None:
        self._company = company
        as_of = company.settings.company.as_of
        taken = {choice.target: choice.on for choice in choices if choice.action == "license"}
        self._fx = {row.currency: row.rate for row in company.rows(FxRate)} | {company.settings.company.currency: 1.0}
        self.deals: list[tuple[Deal, float, float]] = []
        self._inward: dict[tuple[str, str], float] = {}
        self._routes: dict[tuple[str, str], Route] = {}
        for deal in company.rows(Deal):
            signed = taken.get(deal.id, deal.signed)
            if deal.status != "active" and not (deal.status == "offered" and deal.id in taken):
                continue
            after = years_from(as_of, signed) if signed else -math.inf
            until = years_from(as_of, deal.ends) if deal.ends else math.inf
            if until <= 0:
                continue
            if deal.direction == "in":
                for territory in deal.territories:
                    key = (deal.asset, territory)
                    self._inward[key] = self._inward.get(key, 0.0) + (self._tiers(deal)[0][1])
                continue
            for territory in deal.territories:
                self._routes.setdefault((deal.asset, territory), Route(len(self.deals), after, until))
            self.deals.append((deal, after, until))

    def find(self, asset: str, territory: str) -> Route | None:
        """Deal under which an asset is sold in a territory."""
        return self._routes.get((asset, territory))

    def paid_away(self, asset: str, territory: str) -> float:
        """Royalty that we pay on our own sales."""
        return min(1.0, self._inward.get((asset, territory), 0.0))

    def milestone(self, index: int) -> float:
        """Payment at a program's first approval under a deal, company currency."""
        deal = self.deals[index][0]
        return deal.approval_milestone * self.fx(deal)

    def fx(self, deal: Deal) -> float:
        """Company currency for one unit of the deal's."""
        return self._fx[deal.currency] if deal.currency else 1.0

    def _tiers(self, deal: Deal) -> list[tuple[float, float]]:
        tiers = sorted(
            (tier.from_sales * self.fx(deal), tier.royalty)
            for tier in self._company.rows(DealTier)
            if tier.deal == deal.id
        )
        if tiers and tiers[0][0] > 0.0:
            tiers.insert(0, (0.0, 0.0))
        return tiers or [(0.0, deal.royalty or 0.0)]

    def arrays(self, calendar: Calendar) -> Deals:
        """Deals as arrays."""
        tier_from, sales, rates = [0], [], []
        upfront = np.zeros(calendar.quarters)
        for deal, after, _ in self.deals:
            for start, rate in self._tiers(deal):
                sales.append(start)
                rates.append(rate)
            tier_from.append(len(sales))
            if 0.0 <= after < calendar.quarters * 0.25:
                upfront[int(after * 4)] += deal.upfront * self.fx(deal)
        return Deals(
            tier_from=np.array(tier_from, np.int32),
            tier_sales=np.array(sales, np.float64),
            tier_rate=np.array(rates, np.float64),
            approval_milestone=np.array([self.milestone(i) for i in range(len(self.deals))], np.float64),
            sales_milestone=np.array([d.sales_milestone * self.fx(d) for d, _, _ in self.deals], np.float64),
            sales_milestone_at=np.array(
                [
                    d.sales_milestone_at * self.fx(d) if d.sales_milestone_at is not None else math.inf
                    for d, _, _ in self.deals
                ],
                np.float64,
            ),
            supply_share=np.array([d.supply_share for d, _, _ in self.deals], np.float64),
            from_column=np.array([np.searchsorted(calendar.middle, after) for _, after, _ in self.deals], np.int32),
            to_column=np.array([np.searchsorted(calendar.middle, until) for _, _, until in self.deals], np.int32),
            upfront=upfront,
        )
