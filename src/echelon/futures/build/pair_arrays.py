"""Pairs as arrays: what each files for, leans on, sells and pays, and the channels they are sold through."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.market import Territory
from echelon.futures.build.deals import DealBook
from echelon.futures.build.listings import ListingBook
from echelon.futures.build.milestones import ragged
from echelon.futures.build.orders import SupplyBook
from echelon.futures.build.pairs import Pair, PairBook
from echelon.futures.build.shapes import Shape, array, fixed, shape
from echelon.futures.build.streams import Streams
from echelon.futures.build.visits import VisitBook
from echelon.futures.model import Calendar, Channels, Pairs

NOTHING = fixed(0.0)


@dataclass(frozen=True)
class Books:
    """Everything that a pair refers to, and the places of its names."""

    company: Company
    streams: Streams
    pairs: PairBook
    deals: DealBook
    supply: SupplyBook
    visits: VisitBook
    listings: ListingBook
    territories: Mapping[str, int]
    assets: Mapping[str, int]
    asset_territories: Mapping[tuple[str, str], int]
    confirming: Mapping[str, int]  # report -> unit that is still to succeed


def arrays(
    books: Books, weights: dict[int, float], cuts: list[float], miles: list[list[int]], calendar: Calendar
) -> tuple[Pairs, Channels]:
    """Pairs as arrays, and the channels they are sold through.

    weights : order weight of held pairs. cuts : thresholds. miles : milestones that each pair's approval may earn.
    """
    places = _Places({}, {}, {})
    found = books.pairs.pairs
    place = {(pair.unit, pair.territory): f for f, pair in enumerate(found) if pair.leader < 0}
    rows = [
        _files(books, pair, cuts[f], place) | _sells(books, pair, weights.get(f), places)
        for f, pair in enumerate(found)
    ]
    lists = {
        "mile": miles,
        "visit": [books.visits.of(pair, books.supply) for pair in found],
        "part": [[g for g, other in enumerate(found) if other.leader == f] for f in range(len(found))],
    }
    columns: dict[str, Any] = {
        name: _column(name, [row[name] for row in rows]) for name in Pairs._fields if rows and name in rows[0]
    }
    if not rows:
        columns = {name: _column(name, []) for name in Pairs._fields}
    for name, values in lists.items():
        columns[f"{name}_from"], columns[name] = ragged(values)
    columns["base"] = np.array([_base(books, pair, calendar) for pair in found]).reshape(len(found), -1)
    reach = max(calendar.quarters, 4 * (calendar.columns - calendar.quarters))
    counted = {f: row for row, f in enumerate(f for f in weights if found[f].held)}
    columns["counted"] = np.array([counted.get(f, -1) for f in range(len(found))], np.int32)
    columns["pulls"] = np.array([books.pairs.counted_pull(f, weights) for f in counted]).reshape(-1, calendar.columns)
    trial = (columns["confirm_stream"] >= 0) & (columns["confirm_cost"] > 0.0)
    columns["trial"] = np.flatnonzero(trial).astype(np.int32)
    columns["conditional"] = np.flatnonzero(columns["confirm_stream"] >= 0).astype(np.int32)
    columns["fading"] = np.exp(-0.25 * np.outer(list(places.declines), np.arange(reach)))
    arranged = np.argsort(books.supply.arranged()).astype(np.int32)  # order as met -> its place in the arrays
    columns["levels"] = np.exp(np.outer(list(places.growths), calendar.middle))
    sold_at = np.array([at[:2] for at in places.channels], np.int32).reshape(-1, 2)
    columns["order"] = _rearranged(columns["order"], arranged)
    cogs = np.array([cogs for _, _, cogs in places.channels], np.float64)
    return Pairs(**columns), Channels(_rearranged(sold_at[:, 0], arranged), sold_at[:, 1].copy(), cogs)


def _rearranged(orders: np.ndarray, arranged: np.ndarray) -> np.ndarray:
    found = orders.copy()
    found[orders >= 0] = arranged[orders[orders >= 0]]
    return found


def _base(books: Books, pair: Pair, calendar: Calendar) -> np.ndarray:
    # What a pair sells in each column for each unit of its level, before uptake.
    base = calendar.length * np.exp(pair.growth * calendar.middle)
    return base * books.pairs.markets.patients(pair.market) if pair.market >= 0 else base


@dataclass(frozen=True)
class _Places:
    channels: dict[tuple[int, int, float], int]
    declines: dict[float, int]
    growths: dict[float, int]


def _files(books: Books, pair: Pair, cut: float, place: dict[tuple[int, str], int]) -> dict[str, object]:
    # What a pair files, and when.
    filing, streams = pair.filing, books.streams
    name = f"filing/{pair.program}/{pair.territory}"
    years = 1.0 / 12.0
    bridged = pair.accepts < 1.0 or pair.validation != NOTHING
    own_trial = filing.pathway == "conditional" and filing.confirm is not None and filing.confirm_pos is not None
    by_program = books.confirming.get(filing.confirmed_by, -1) if filing.pathway == "conditional" else -1
    leads = pair.leader < 0
    return {
        "program": pair.unit,
        "asset": books.assets[pair.asset],
        "territory": books.territories[pair.territory],
        "asset_territory": books.asset_territories[(pair.asset, pair.territory)],
        "held": int(pair.held),
        "launch": pair.launch,
        "submit_at": pair.submit_at,
        "lag": pair.lag,
        "review": pair.review,
        "review_from": pair.review_from,
        "relies": place.get((pair.unit, filing.relies_on), -1) if filing.relies_on else -1,
        "accepts": pair.accepts,
        "bridging": shape(filing.bridging, years) if filing.bridging else NOTHING,
        "bridging_cost": filing.bridging_cost,
        "bridging_pos": filing.bridging_pos,
        "validation": pair.validation,
        "threshold": cut,
        "common": math.sqrt(books.company.settings.couplings.filing),
        "response": filing.complete_response,
        "response_delay": shape(filing.response, years) if filing.response else NOTHING,
        "cycles": filing.cycles,
        "confirm": pair.confirm,
        "confirm_from": pair.confirm_from,
        "confirm_pos": 1.0 if filing.confirm_pos is None else filing.confirm_pos,
        "confirm_cost": filing.confirm_cost,
        "confirm_program": by_program if leads else -1,
        "launch_lag": filing.launch_lag * years,
        "filing_stream": streams.add(name),
        "response_stream": streams.add(f"{name}/responses") if filing.complete_response > 0.0 else -1,
        "bridge_stream": streams.add(f"{name}/bridging") if bridged else -1,
        "confirm_stream": streams.add(f"{name}/confirmation") if own_trial and leads else -1,
        "leader": pair.leader,
    }


def _sells(books: Books, pair: Pair, weight: float | None, places: _Places) -> dict[str, object]:
    # What a pair sells, where it is made and who gets what of it.
    company, markets, streams = books.company, books.pairs.markets, books.streams
    deal = books.deals.find(pair.asset, pair.territory)
    route = books.supply.route(pair.asset, pair.territory, pair.price_per_month, deal is not None)
    cogs = 0.0 if route and books.supply.costed(pair.asset) else company.settings.money.cogs
    keep = 1.0 - cogs - company.settings.money.selling
    paid_away = books.deals.paid_away(pair.asset, pair.territory)
    share = pair.economic_share
    ours = (keep - paid_away) * share
    commission = books.deals.deals[deal.index][0].commission if deal else 0.0
    channel = (route.order if route else -1, deal.index if deal else -1, cogs)
    decline = min(pair.decline, 1e12)
    territory = company.get(Territory, pair.territory)
    return {
        "market": pair.market,
        "value": pair.value,
        "value_stream": streams.add(pair.value_name) if pair.value_name else -1,
        "to_peak": pair.to_peak,
        "growth": pair.growth,
        "level": places.growths.setdefault(pair.growth, len(places.growths)),
        "decline": decline,
        "fade": places.declines.setdefault(decline, len(places.declines)),
        "exclusivity": pair.exclusivity,
        "loss": pair.loss,
        "scale": pair.scale,
        "reported": int(pair.reported),
        "static_share": markets.static_share(pair.market, weight, pair.strength.mode) if pair.market >= 0 else 1.0,
        "weight": 1.0 if weight is None else weight,
        "listing": books.listings.add(pair),
        "order": route.order if route else -1,
        "grams": route.grams if route else 0.0,
        "unit_cost": route.unit_cost if route else 0.0,
        "deal": deal.index if deal else -1,
        "paid_away": paid_away,
        "channel": places.channels.setdefault(channel, len(places.channels)),
        "ours": ours,
        "away": keep - ours,
        "promoted": (keep - paid_away - commission) * share,
        "economic_share": share,
        "team": territory.own_team if territory else 0.0,
    }


_WHOLE = {
    "program", "asset", "territory", "asset_territory", "relies", "cycles", "confirm_program", "filing_stream",
    "response_stream", "bridge_stream", "confirm_stream", "leader", "market", "value_stream", "listing", "order",
    "deal", "fade", "level", "channel",
}  # fmt: skip
_SMALL = {"held", "reported"}
_SHAPES = {
    "lag", "review", "bridging", "validation", "response_delay", "confirm", "value", "to_peak",
}  # fmt: skip


def _column(name: str, values: list[Any]) -> np.ndarray:
    if name in _SHAPES:
        shapes: list[Shape] = values
        return array(shapes)
    kind: type = np.int32 if name in _WHOLE else np.int8 if name in _SMALL else np.float64
    return np.array(values, kind)
