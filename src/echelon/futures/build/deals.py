"""Deals: who sells where, and what flows from it, as arrays."""

import math
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.market import Deal, DealTier, FxRate
from echelon.company.rows.money import Choice
from echelon.futures.arrays import F8
from echelon.futures.build.calendar import years_from
from echelon.futures.build.milestones import Milestones, ragged
from echelon.futures.build.streams import Streams
from echelon.futures.model import Calendar, Deals
from echelon.futures.rules.deals import PROMOTES, SELLS, VENTURE

ROUTES = {"license": SELLS, "distribution": SELLS, "promotion": PROMOTES, "venture": VENTURE}


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
        ended = {choice.target: choice.on for choice in choices if choice.action == "own" and choice.on is not None}
        self._fx = {row.currency: row.rate for row in company.rows(FxRate)} | {company.settings.company.currency: 1.0}
        self.deals: list[tuple[Deal, float, float]] = []
        self._ended: dict[str, float] = {}
        self._inward: dict[tuple[str, str], float] = {}
        self._routes: dict[tuple[str, str], Route] = {}
        for deal in company.rows(Deal):
            signed = taken.get(deal.id, deal.signed)
            option = deal.status == "option" and deal.option_on is not None and deal.option_chance > 0.0
            if deal.status != "active" and not option and not (deal.status == "offered" and deal.id in taken):
                continue
            after = years_from(as_of, signed) if signed else -math.inf
            if option and deal.option_on is not None:
                after = max(after, years_from(as_of, deal.option_on))
            until = years_from(as_of, deal.ends) if deal.ends else math.inf
            if deal.id in ended:
                self._ended[deal.id] = years_from(as_of, ended[deal.id])
                until = min(until, self._ended[deal.id])
            if until <= 0:
                continue
            if deal.direction == "in":
                for territory in deal.territories:
                    key = (deal.asset, territory)
                    self._inward[key] = self._inward.get(key, 0.0) + (self._tiers(deal)[0][1])
                continue
            for territory in deal.territories:
                key = (deal.asset, territory)
                known = self._routes.get(key)
                # A sub-licence stands before the licence it is under.
                if known is None or self.deals[known.index][0].id == deal.sublicense_of:
                    self._routes[key] = Route(len(self.deals), after, until)
            self.deals.append((deal, after, until))

    def find(self, asset: str, territory: str) -> Route | None:
        """Deal under which an asset is sold in a territory."""
        return self._routes.get((asset, territory))

    def paid_away(self, asset: str, territory: str) -> float:
        """Royalty that we pay on our own sales."""
        return min(1.0, self._inward.get((asset, territory), 0.0))

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

    def _extension(self, deal: Deal, until: float) -> float:
        # The plan ends a deal whether its partner would have extended it or not.
        return float(min(deal.extension_years, max(0.0, self._ended.get(deal.id, math.inf) - until)))

    def arrays(self, calendar: Calendar, miles: Milestones, streams: Streams, costed: Collection[int] = ()) -> Deals:
        """Deals as arrays. costed : deals whose goods are booked as they are made, not as a share of sales."""
        tier_from, sales, rates = [0], [], []
        for deal, _, _ in self.deals:
            for start, rate in self._tiers(deal):
                sales.append(start)
                rates.append(rate)
            tier_from.append(len(sales))
        rows = [deal for deal, _, _ in self.deals]
        after = np.array([after for _, after, _ in self.deals], np.float64)
        until = np.array([until for _, _, until in self.deals], np.float64)
        # What the plan ends is not extended.
        drawn = [deal.status == "option" or deal.extension_chance > 0.0 for deal in rows]
        sale_from, sale = ragged(miles.on_sales(len(rows)))

        def column(name: str) -> F8:
            return np.array([getattr(deal, name) for deal in rows], np.float64)

        return Deals(
            tier_from=np.array(tier_from, np.int32),
            tier_sales=np.array(sales, np.float64),
            tier_rate=np.array(rates, np.float64),
            route=np.array([ROUTES[deal.route] for deal in rows], np.int8),
            supply_share=column("supply_share"),
            supply_cost=np.array([0.0 if d in costed else row.supply_cost for d, row in enumerate(rows)], np.float64),
            partner_cost=np.array([deal.partner_cost or 0.0 for deal in rows], np.float64),
            commission=column("commission"),
            profit_share=column("profit_share"),
            pass_on=np.array([deal.pass_on if deal.sublicense_of else 1.0 for deal in rows], np.float64),
            after=after,
            until=until,
            from_column=np.searchsorted(calendar.middle, after).astype(np.int32),
            to_column=np.searchsorted(calendar.middle, until).astype(np.int32),
            upfront=np.array([deal.upfront * self.fx(deal) for deal in rows], np.float64),
            option_chance=np.array([d.option_chance if d.status == "option" else 1.0 for d in rows], np.float64),
            option_at=after,
            extension_chance=column("extension_chance"),
            extension=np.array([self._extension(deal, until) for deal, _, until in self.deals], np.float64),
            stream=np.array(
                [streams.add(f"deal/{d.id}") if yes else -1 for d, yes in zip(rows, drawn, strict=True)], np.int32
            ),
            mile_deal=np.array([mile.deal for mile in miles.rows], np.int32),
            mile_amount=np.array([mile.amount for mile in miles.rows], np.float64),
            mile_sales=np.array([mile.at_sales for mile in miles.rows], np.float64),
            sale_from=sale_from,
            sale=sale,
        )
