"""Pairs: a program in a territory, from filing to sales, as arrays."""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from echelon.company.company import Company
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Filing, FxRate, Listing, Price, Sales, Scheme, Territory
from echelon.company.rows.money import Actual
from echelon.company.rows.science import Asset
from echelon.futures.arrays import F8
from echelon.futures.build.calendar import years_from
from echelon.futures.build.markets import Market, MarketBook
from echelon.futures.build.roster import Unit
from echelon.futures.build.shapes import Shape, fixed, mass_below, mean, shape
from echelon.futures.build.streams import Streams
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
    validation: Shape = NOTHING
    accepts: float = 1.0
    confirm: Shape = NOTHING
    confirm_from: float = 0.0
    leader: int = -1
    """Pair of a combination whose part of another own asset this one sells; -1 none."""
    economic_share: float = 1.0

    @property
    def listing_key(self) -> str:
        """Key of its row in `listings`."""
        return f"{self.program}/{self.territory}"


def under_way(row: Shape, elapsed: float) -> tuple[Shape, float]:
    """A time that has begun `elapsed` years ago: its shape, and the probability mass below what has elapsed.

    Where even the longest time has elapsed, it ends evenly within the next year.
    """
    if elapsed <= 0.0:
        return row, 0.0
    out = mass_below(row, elapsed)
    if out < 1.0 - 1e-6:
        return row, max(0.0, out)
    return (1, elapsed, elapsed + 1.0, 0.0), 0.0


def _decision_pos(pair: Pair) -> float:
    # `pos` of a filing is all in: what can fail before the decision is taken out of it.
    if pair.filing.pos is None:
        return 1.0
    filed = pair.accepts + (1.0 - pair.accepts) * pair.filing.bridging_pos
    return min(1.0, pair.filing.pos / filed) if filed > 0.0 else 0.0


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
            self._add_parts(unit, self.pair_from[-1])
            self.pair_from.append(len(self.pairs))

    def fx(self, currency: str) -> float:
        """Company currency for one unit of a currency."""
        return self._fx[currency] if currency else 1.0

    def pos(self) -> list[list[float]]:
        """PoS of each pair's decision, by unit, given that its data are accepted or bridged."""
        return [
            [_decision_pos(pair) for pair in self.pairs[a:b]]
            for a, b in zip(self.pair_from[:-1], self.pair_from[1:], strict=True)
        ]

    def _add_parts(self, unit: Unit, first: int) -> None:
        # A combination with another asset of ours sells that one too, to the same patients.
        for leader in range(first, len(self.pairs)):
            of = self.pairs[leader]
            if of.market < 0:
                continue
            for part in unit.parts:
                pair = self._part(of, part, leader)
                if pair is not None:
                    self.pairs.append(pair)

    def _part(self, of: Pair, part: str, leader: int) -> Pair | None:
        asset = self._company.get(Asset, part)
        price = self._company.get(Price, f"{part}/{of.territory}")
        if asset is None or price is None:
            return None
        years = commercial.exclusivity_years(asset.modality).value
        pair = Pair(of.unit, of.program, part, of.territory, of.held, of.filing, launch=of.launch, leader=leader)
        pair.exclusivity = years
        pair.decline = _log_decline(commercial.decline(asset.modality).value)
        pair.economic_share = asset.economic_share
        pair.strength, pair.to_peak, pair.market = of.strength, of.to_peak, of.market
        self._priced(pair, price)
        return pair

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
            economic_share=unit.economic_share,
        )

    def _pair(self, u: int, unit: Unit, filing: Filing) -> Pair:
        held = unit.status == 2
        pair = Pair(u, unit.report, unit.asset, filing.territory, held, filing, strength=unit.strength)
        pair.exclusivity = unit.exclusivity_years
        pair.economic_share = unit.economic_share
        pair.decline = _log_decline(commercial.decline(unit.modality).value)
        if unit.exclusivity_end is not None:
            pair.loss = years_from(self._as_of, unit.exclusivity_end)
        if held:
            day = filing.approved
            lag = filing.launch_lag / 12.0
            pair.launch = years_from(self._as_of, day) + lag if day else -WORLD_PEAK_YEARS
            self._confirmation(pair, filing, pair.launch - lag)
        else:
            self._review(pair, filing)
        self._sales(pair)
        return pair

    def _review(self, pair: Pair, filing: Filing) -> None:
        assert filing.review is not None
        assert filing.submission_lag is not None
        pair.lag = shape(filing.submission_lag, 1 / 12)
        pair.review = shape(filing.review, 1 / 12)
        pair.validation = shape(filing.validation, 1 / 12) if filing.validation else NOTHING
        pair.accepts = filing.accepts_data
        self._confirmation(pair, filing, 0.0)
        if filing.submitted is not None:
            pair.submit_at = years_from(self._as_of, filing.submitted)
            if pair.submit_at <= 0.0:  # what came before submission is over
                pair.accepts = 1.0
            pair.review, pair.review_from = under_way(pair.review, -pair.submit_at - mean(pair.validation))

    def _confirmation(self, pair: Pair, filing: Filing, approved: float) -> None:
        if filing.pathway != "conditional" or filing.confirm is None or filing.confirm_pos is None:
            return
        pair.confirm, pair.confirm_from = under_way(shape(filing.confirm, 1 / 12), -approved)

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
        pair.market = m
        self._priced(pair, price)
        climb = getattr(program, "years_to_peak", None)
        assert climb is not None, "a resolved company has the years to peak of every program in a market"
        pair.to_peak = shape(climb)

    def _priced(self, pair: Pair, price: Price) -> None:
        territory = self._company.get(Territory, pair.territory)
        rate = self.fx(territory.currency if territory else "")
        pair.value = shape(price.net_price, rate * self.markets.months(pair.market) / 1e6)
        pair.value_name = f"price/{pair.asset}/{pair.territory}"
        pair.price_per_month = price.net_price.mode * rate / 1e6
        pair.growth = math.log1p(price.growth)

    def settle(self) -> dict[int, float]:
        """Let held pairs into their markets; then bring each reported asset to its reported sales."""
        held: dict[int, list[tuple[float, float, float, int]]] = defaultdict(list)
        for f, pair in enumerate(self.pairs):
            if pair.held and pair.market >= 0 and pair.leader < 0:
                held[pair.market].append((pair.launch, pair.strength.mode, mean(pair.to_peak), f))
        weights = self.markets.settle(held)
        weights |= {f: weights[pair.leader] for f, pair in enumerate(self.pairs) if pair.leader in weights}
        self._pass_through(weights)
        return weights

    def counted_pull(self, f: int, weights: dict[int, float]) -> F8:
        """Order weight x uptake of a held pair in each column, as its class counts it, f8[c]."""
        pair = self.pairs[f]
        return weights[f] * self.markets.uptake(pair.launch, mean(pair.to_peak))

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
        whole = market.past_pull + weights[f] * (1.0 - uptake)
        if whole <= 0.0:
            return 0.0
        listing = self._company.get(Listing, pair.listing_key)
        unlisted = 1.0 / (listing.volume or 1.0) if listing and listing.status == "planned" else 1.0
        return float(value * market.patients[0] * unlisted * self._shared(listing, market) * weights[f] / whole)

    def _shared(self, listing: Listing | None, market: Market) -> float:
        # Patients of a listing that a rival had ended being the only one before as_of.
        scheme = self._company.get(Scheme, f"{listing.scheme}/{listing.territory}") if listing else None
        return 1.0 / scheme.exclusive_volume if scheme and market.rival_in else 1.0

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
