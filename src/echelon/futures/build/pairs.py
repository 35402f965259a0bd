"""Pairs: a program in a territory, from filing to sales, as arrays."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Filing, FxRate, Listing, Price, Sales, Territory
from echelon.company.rows.money import Actual
from echelon.futures.build.calendar import years_from
from echelon.futures.build.deals import DealBook
from echelon.futures.build.markets import MarketBook
from echelon.futures.build.roster import Unit
from echelon.futures.build.shapes import Shape, array, fixed, mass_below, mean, shape
from echelon.futures.build.streams import Streams
from echelon.futures.build.supply import SupplyBook
from echelon.futures.model import Calendar, Channels, Pairs
from echelon.priors import commercial

WORLD_PEAK_YEARS = 30.0
"""How long before as_of a marketed program without dates is taken to have launched: long enough to be at peak."""


NOTHING = fixed(0.0)


@dataclass
class Pair:
    """One pair while it is put together; fields as in `model.Pairs`."""

    unit: int
    program: str
    asset: str
    territory: str
    held: bool
    filing: Filing
    launch: float = math.nan
    submit_at: float = math.nan
    lag: Shape = NOTHING
    review: Shape = NOTHING
    review_from: float = 0.0
    market: int = -1
    value: Shape = NOTHING
    value_name: str = ""
    to_peak: Shape = NOTHING
    growth: float = 0.0
    decline: float = 0.0
    exclusivity: float = 0.0
    loss: float = math.nan
    scale: float = 1.0
    reported: bool = False
    strength: Uncertain = field(default_factory=lambda: Uncertain.fixed(1.0))
    price_per_month: float = 0.0


def by_reliance(filings: tuple[Filing, ...]) -> list[Filing]:
    """Filings ordered so that one that relies on another comes after it."""
    left = {filing.territory: filing for filing in filings}
    done: list[Filing] = []
    while left:
        ready = [t for t, filing in left.items() if filing.relies_on not in left or filing.relies_on == t]
        done += [left.pop(territory) for territory in ready or list(left)]
    return done


class PairBook:
    """Puts pairs together from a resolved company."""

    def __init__(self, company: Company, units: list[Unit], markets: MarketBook, streams: Streams) -> None:
        self._company = company
        self._as_of = company.settings.company.as_of
        self._streams = streams
        self.markets = markets
        self.units = units
        self._fx = {row.currency: row.rate for row in company.rows(FxRate)}
        self._fx[company.settings.company.currency] = 1.0
        self.pairs: list[Pair] = []
        self.pair_from = [0]
        for u, unit in enumerate(units):
            if unit.discovery is not None:
                self.pairs.append(self._slot(u, unit))
            for filing in by_reliance(unit.filings):
                self.pairs.append(self._pair(u, unit, filing))
            self.pair_from.append(len(self.pairs))

    def fx(self, currency: str) -> float:
        """Company currency for one unit of a currency."""
        return self._fx[currency] if currency else 1.0

    def pos(self) -> list[list[float]]:
        """PoS of each pair, by unit."""
        return [
            [pair.filing.pos if pair.filing.pos is not None else 1.0 for pair in self.pairs[a:b]]
            for a, b in zip(self.pair_from[:-1], self.pair_from[1:], strict=True)
        ]

    def _slot(self, u: int, unit: Unit) -> Pair:
        row = unit.discovery
        assert row is not None
        last = unit.ahead[-1]
        filing = Filing(program=unit.report, territory="world", pos=last.pos, launch_lag=2.0)
        years = commercial.exclusivity_years(unit.modality).value
        assert last.duration is not None
        return Pair(
            unit=u,
            program=unit.report,
            asset=unit.asset,
            territory="world",
            held=False,
            filing=filing,
            review=shape(last.duration, 1 / 12),
            value=shape(row.peak_sales),
            to_peak=shape(row.years_to_peak or Uncertain.fixed(6.0)),
            decline=_log_decline(commercial.decline(unit.modality).value),
            exclusivity=years,
        )

    def _pair(self, u: int, unit: Unit, filing: Filing) -> Pair:
        held = unit.status == 2
        pair = Pair(u, unit.report, unit.asset, filing.territory, held, filing, strength=unit.strength)
        pair.exclusivity = unit.exclusivity_years
        pair.decline = _log_decline(commercial.decline(unit.modality).value)
        if unit.exclusivity_end is not None:
            pair.loss = years_from(self._as_of, unit.exclusivity_end)
        if held:
            day = filing.approved
            lag = filing.launch_lag / 12.0
            pair.launch = years_from(self._as_of, day) + lag if day else -WORLD_PEAK_YEARS
        else:
            self._review(pair, filing)
        self._sales(pair)
        return pair

    def _review(self, pair: Pair, filing: Filing) -> None:
        assert filing.review is not None
        assert filing.submission_lag is not None
        pair.lag = shape(filing.submission_lag, 1 / 12)
        pair.review = shape(filing.review, 1 / 12)
        if filing.submitted is not None:
            pair.submit_at = years_from(self._as_of, filing.submitted)
            out = mass_below(pair.review, -pair.submit_at)
            if out < 1.0 - 1e-6:
                pair.review_from = max(0.0, out)
            else:
                pair.review = (1, -pair.submit_at, -pair.submit_at + 1.0, 0.0)

    def _sales(self, pair: Pair) -> None:
        direct = self._company.get(Sales, f"{pair.program}/{pair.territory}")
        program = self._company.tables["programs"][pair.program]
        indication = str(getattr(program, "indication", ""))
        if direct is not None:
            pair.value = shape(direct.peak_sales, self.fx(direct.currency))
            pair.to_peak = shape(direct.years_to_peak or Uncertain.fixed(6.0))
            if direct.decline is not None:
                pair.decline = _log_decline(direct.decline)
            return
        price = self._company.get(Price, f"{pair.asset}/{pair.territory}")
        if price is None:
            return
        m = self.markets.find(indication, pair.territory)
        if m < 0:
            return
        territory = self._company.get(Territory, pair.territory)
        rate = self.fx(territory.currency if territory else "")
        pair.market = m
        pair.value = shape(price.net_price, rate * self.markets.months(m) / 1e6)
        pair.value_name = f"price/{pair.asset}/{pair.territory}"
        pair.price_per_month = price.net_price.mode * rate / 1e6
        pair.growth = math.log1p(price.growth)
        climb = getattr(program, "years_to_peak", None)
        assert climb is not None, "a resolved company has the years to peak of every program in a market"
        pair.to_peak = shape(climb)

    def settle(self) -> dict[int, float]:
        """Let held pairs into their markets; then bring each reported asset to its reported sales."""
        held: dict[int, list[tuple[float, float, float, int]]] = defaultdict(list)
        for f, pair in enumerate(self.pairs):
            if pair.held and pair.market >= 0:
                held[pair.market].append((pair.launch, pair.strength.mode, mean(pair.to_peak), f))
        weights = self.markets.settle(held)
        self._pass_through(weights)
        return weights

    def past_sales(self, f: int, weights: dict[int, float]) -> float:
        """Modelled sales of a held pair in the year before as_of, at the modes."""
        pair = self.pairs[f]
        uptake = self.markets.past_uptake(pair.launch, mean(pair.to_peak))
        level = pair.value[2] if pair.value[0] == 2 else mean(pair.value)
        fading = 0.0 if math.isnan(pair.loss) else max(0.0, -0.5 - pair.loss) * pair.decline
        value = level * uptake * math.exp(-fading)
        if pair.market < 0:
            return value
        market = list(self.markets.markets.values())[pair.market]
        if market.past_pull <= 0.0:
            return 0.0
        return float(value * market.patients[0] * market.past_reach * weights[f] / market.past_pull)

    def _pass_through(self, weights: dict[int, float]) -> None:
        reported = last_four_quarters(self._company)
        done: set[int] = set()
        for (asset, territory), amount in sorted(reported.items(), key=lambda item: item[0][1] == ""):
            mine = [
                f
                for f, pair in enumerate(self.pairs)
                if pair.held and pair.asset == asset and territory in ("", pair.territory) and f not in done
            ]
            if not mine:
                continue
            done.update(mine)
            modelled = [self.past_sales(f, weights) for f in mine]
            uptake = [self.markets.past_uptake(self.pairs[f].launch, mean(self.pairs[f].to_peak)) for f in mine]
            for f, scale in zip(mine, scales(amount, modelled, uptake), strict=True):
                pair = self.pairs[f]
                pair.reported = True
                if scale > 0.0 or amount == 0.0:
                    pair.scale = scale
                else:
                    pair.market = -1
                    pair.value = fixed(amount / len(mine))
                    pair.to_peak = fixed(0.0)
                    pair.value_name = ""
                    if pair.launch > -1.0:
                        pair.launch = -1.0


def scales(amount: float, modelled: list[float], uptake: list[float]) -> list[float]:
    """Factors that bring the modelled sales of several pairs to what was reported for them together.

    Sales beyond the model were made by what was sold: the excess of a pair's factor over 1 goes with its uptake in that
    year, so that a pair launched only yesterday keeps what the model says of it. Less than modelled is less of all.
    Noughts where the model gives nothing.
    """
    total = sum(modelled)
    if total <= 0.0:
        return [0.0] * len(modelled)
    carried = sum(m * u for m, u in zip(modelled, uptake, strict=True))
    if amount <= total or carried <= 0.0:
        return [amount / total] * len(modelled)
    return [1.0 + (amount - total) / carried * u for u in uptake]


def last_four_quarters(company: Company) -> dict[tuple[str, str], float]:
    """Reported sales of the last four quarters to as_of, by asset and territory ("" for all); fewer are scaled up."""
    as_of = company.settings.company.as_of
    last = as_of.year * 4 + (as_of.month - 1) // 3
    if not _ends_quarter(as_of):
        last -= 1
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in company.rows(Actual):
        if row.item != "sales" or not row.asset:
            continue
        quarter = int(row.quarter[:4]) * 4 + int(row.quarter[5]) - 1
        if last - 4 < quarter <= last:
            found[(row.asset, row.territory)].append(row.amount)
    return {key: sum(values) * 4.0 / len(values) for key, values in found.items()}


def _ends_quarter(day: date) -> bool:
    return (day.month, day.day) in ((3, 31), (6, 30), (9, 30), (12, 31))


def _log_decline(share: float) -> float:
    return -math.log1p(-share) if share < 1.0 else math.inf


def arrays(
    book: PairBook,
    weights: dict[int, float],
    cuts: list[float],
    deals: DealBook,
    supply: SupplyBook,
    calendar: Calendar,
    territories: dict[str, int],
    asset_territories: dict[tuple[str, str], int],
    inspections: dict[tuple[str, str], int],
) -> tuple[Pairs, Channels]:
    """Pairs as arrays, and the channels they are sold through."""
    company, streams = book._company, book._streams  # noqa: SLF001 - two halves of one module
    common = math.sqrt(company.settings.couplings.filing)
    place = {(pair.unit, pair.territory): f for f, pair in enumerate(book.pairs)}
    listings = {row.key: row for row in company.rows(Listing) if row.status == "planned"}
    # A deal pays once for each program's first approval under it; what is held at as_of has been paid for.
    sold_by = [deals.find(pair.asset, pair.territory) for pair in book.pairs]
    paid = {
        (pair.program, sold.index)
        for pair, sold in zip(book.pairs, sold_by, strict=True)
        if pair.held and sold is not None
    }
    rows: list[dict[str, object]] = []
    keep = 1.0 - company.settings.money.cogs - company.settings.money.selling
    channels: dict[tuple[int, int], int] = {}
    declines: dict[float, int] = {}
    for f, pair in enumerate(book.pairs):
        name = f"filing/{pair.program}/{pair.territory}"
        listing = listings.get(f"{pair.program}/{pair.territory}")
        route = supply.route(pair.asset, pair.territory, pair.price_per_month, pair.held)
        deal = sold_by[f]
        filing = pair.filing
        site = route.site if route else -1
        channel = (site, deal.index if deal else -1)
        share = book.units[pair.unit].economic_share
        paid_away = deals.paid_away(pair.asset, pair.territory)
        ours = (keep - paid_away) * share
        decline = min(pair.decline, 1e12)
        visit = inspections.get((supply.site_name(site), pair.territory), -1) if site >= 0 else -1
        rows.append(
            {
                "program": pair.unit,
                "territory": territories[pair.territory],
                "asset_territory": asset_territories[(pair.asset, pair.territory)],
                "held": int(pair.held),
                "launch": pair.launch,
                "submit_at": pair.submit_at,
                "lag": pair.lag,
                "review": pair.review,
                "review_from": pair.review_from,
                "relies": place.get((pair.unit, filing.relies_on), -1) if filing.relies_on else -1,
                "threshold": cuts[f],
                "common": common,
                "response": filing.complete_response,
                "response_delay": filing.response.mode / 12.0 if filing.response else 0.0,
                "launch_lag": filing.launch_lag / 12.0,
                "inspection": visit,
                "filing_stream": streams.add(name),
                "other_stream": streams.add(f"{name}/after"),
                "market": pair.market,
                "value": pair.value,
                "value_stream": streams.add(pair.value_name) if pair.value_name else -1,
                "to_peak": pair.to_peak,
                "growth": pair.growth,
                "decline": decline,
                "fade": declines.setdefault(decline, len(declines)),
                "exclusivity": pair.exclusivity,
                "loss": pair.loss,
                "scale": pair.scale,
                "reported": int(pair.reported),
                "static_share": (
                    book.markets.static_share(pair.market, weights.get(f), pair.strength.mode)
                    if pair.market >= 0
                    else 1.0
                ),
                "weight": weights.get(f, 1.0),
                "list_chance": listing.probability if listing and listing.probability is not None else -1.0,
                "list_cut": shape(listing.price_cut) if listing and listing.price_cut else fixed(0.0),
                "list_volume": listing.volume or 1.0 if listing else 1.0,
                "list_lag": (12.0 if listing.months_to_list is None else listing.months_to_list) / 12.0
                if listing
                else 0.0,
                "site": site,
                "load": route.load if route else 0.0,
                "titer": route.recipe if route else -1,
                "deal": deal.index if deal else -1,
                "deal_until": deal.until if deal else math.inf,
                "deal_after": deal.after if deal else -math.inf,
                "milestone": 0.0 if not deal or (pair.program, deal.index) in paid else deals.milestone(deal.index),
                "paid_away": paid_away,
                "channel": channels.setdefault(channel, len(channels)),
                "ours": ours,
                "away": keep - ours,
                "economic_share": share,
            }
        )
    columns = {name: _column(name, [row[name] for row in rows]) for name in Pairs._fields if name != "fading"}
    reach = max(calendar.quarters, 4 * (calendar.columns - calendar.quarters))
    fading = np.exp(-0.25 * np.outer(list(declines), np.arange(reach)))
    sold_at = np.array(list(channels), np.int32).reshape(-1, 2)
    return Pairs(fading=fading, **columns), Channels(sold_at[:, 0].copy(), sold_at[:, 1].copy())


_WHOLE = {
    "program", "territory", "asset_territory", "relies", "inspection", "filing_stream", "other_stream", "market",
    "value_stream", "site", "titer", "deal", "fade", "channel",
}  # fmt: skip
_SMALL = {"held", "reported"}
_SHAPES = {"lag", "review", "value", "to_peak", "list_cut"}


def _column(name: str, values: list[object]) -> np.ndarray:
    if name in _SHAPES:
        return array(values or [])  # type: ignore[arg-type]
    kind: type = np.int32 if name in _WHOLE else np.int8 if name in _SMALL else np.float64
    return np.array(values, kind)
