"""Supply as arrays: lines and what may be added, orders with their stages, legs and what these take of the lines."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from echelon.company.rows.supply import Inspection, Recipe
from echelon.futures.build.lines import size
from echelon.futures.build.orders import CONJUGATE, PRODUCT, SUBSTANCE, Leg, Order, SupplyBook
from echelon.futures.build.shapes import array, fixed, relative, shape
from echelon.futures.build.streams import Streams
from echelon.futures.model import Supply

NEVER = 1 << 20
"""Quarters of shelf life of what does not expire."""
MONTHS_PER_QUARTER = 3.0


ROUNDING = 1e-12

_FLOATS = ("stage_yield", "stage_lag", "stage_cover", "ahead", "leg_cost", "leg_after", "use")


@dataclass
class _Columns:
    # What orders, stages and legs hold, row by row.
    order_asset: list[int] = field(default_factory=list)
    order_class: list[int] = field(default_factory=list)
    order_from: list[int] = field(default_factory=lambda: [0])
    stage_yield: list[float] = field(default_factory=list)
    stage_lag: list[float] = field(default_factory=list)
    stage_life: list[int] = field(default_factory=list)
    stage_cover: list[float] = field(default_factory=list)
    ahead_from: list[int] = field(default_factory=lambda: [0])
    ahead: list[float] = field(default_factory=list)
    change_from: list[int] = field(default_factory=lambda: [0])
    change: list[int] = field(default_factory=list)
    leg_from: list[int] = field(default_factory=lambda: [0])
    leg_cost: list[float] = field(default_factory=list)
    leg_after: list[float] = field(default_factory=list)
    leg_transfer: list[int] = field(default_factory=list)
    leg_stop: list[int] = field(default_factory=list)
    use_from: list[int] = field(default_factory=lambda: [0])
    use_line: list[int] = field(default_factory=list)
    use: list[float] = field(default_factory=list)
    use_titer: list[int] = field(default_factory=list)


def supply_arrays(book: SupplyBook, streams: Streams, visits: dict[tuple[str, str], int]) -> Supply:
    """Supply as arrays. visits : place of (site, territory) among the inspections."""
    company, lines = book.company, book.lines
    stops = [row for row in company.rows(Inspection) if row.supply_stop > 0.0]
    columns = _columns(book, {row.key: z for z, row in enumerate(stops)})
    recipes, setup = list(company.rows(Recipe)), lines.setup()
    found: dict[str, Any] = {n: np.array(v, np.float64 if n in _FLOATS else np.int32) for n, v in vars(columns).items()}
    lag = found["stage_lag"]
    return Supply(
        capacity=lines.capacity,
        setup=setup,
        fixed_cost=lines.fixed_cost(),
        titer=array([relative(recipe.titer) if recipe.titer else fixed(1.0) for recipe in recipes]),
        titer_stream=np.array([streams.add(f"recipe/{row.key}/titer") for row in recipes], np.int32),
        transfer_at=np.array(lines.transfer_at, np.float64),
        transfer_length=array([shape(row.transfer, 1 / 12) for row in lines.transfers if row.transfer]),
        transfer_cost=np.array([row.transfer_cost for row in lines.transfers], np.float64),
        transfer_stream=np.array([streams.add(f"transfer/{row.key}") for row in lines.transfers], np.int32),
        expand_line=np.array([lines.place[(row.site, row.step)] for row in lines.expansions], np.int32),
        expand_at=np.array(lines.expand_at, np.float64),
        expand_trigger=np.array([math.inf if row.trigger is None else row.trigger for row in lines.expansions]),
        expand_ahead=np.array([round(4 * row.trigger_years) for row in lines.expansions], np.int32),
        expand_above=np.array([above for above, _, _ in lines.above], np.float64),
        expand_sight=np.array([sight for _, sight, _ in lines.above], np.int32),
        expand_group=np.array([group for _, _, group in lines.above], np.int32),
        expand_size=np.array([size(row) for row in lines.expansions], np.float64),
        expand_capital=np.array([row.capital for row in lines.expansions], np.float64),
        expand_build=array([shape(row.build, 1 / 12) for row in lines.expansions]),
        expand_licence=array([shape(row.licence, 1 / 12) for row in lines.expansions]),
        expand_stream=np.array([streams.add(f"expansion/{row.id}") for row in lines.expansions], np.int32),
        stop_visit=np.array([visits[(row.site, row.territory)] for row in stops], np.int32),
        stop_chance=np.array([row.supply_stop for row in stops], np.float64),
        **found,
        stage_order=np.repeat(np.arange(len(columns.order_asset), dtype=np.int32), np.diff(columns.order_from)),
        stage_intake=1.0 / found["stage_yield"],
        stage_wait=np.floor(lag).astype(np.int32),
        stage_late=lag - np.floor(lag),
        longest=int(np.floor(lag).max(initial=0.0)),
        passes=int(np.diff(columns.leg_from).max(initial=0)),
        classes=max(columns.order_class, default=-1) + 1,
        assets=len(set(columns.order_asset)),
        setups=bool((setup > 0.0).any()),
    )


def _columns(book: SupplyBook, stops: dict[str, int]) -> _Columns:
    columns, setup = _Columns(), book.lines.setup()
    classes = book.classes()
    assets = {asset: i for i, asset in enumerate(dict.fromkeys(asset for asset, _ in book.labels()))}
    titers = {row.key: r for r, row in enumerate(book.company.rows(Recipe))}
    transfers = {row.key: i for i, row in enumerate(book.lines.transfers)}
    for k in book.arranged():
        order = book.orders[k]
        columns.order_asset.append(assets[order.asset])
        columns.order_class.append(classes[k])
        for legs in order.stages:
            _stage(book, columns, order, legs[0])
            for leg in legs:
                _leg(book, columns, leg, titers, transfers, stops)
            columns.leg_from.append(len(columns.leg_cost))
            columns.change += [line for line, _, _ in book.uses(legs[0]) if setup[line] > 0.0]
            columns.change_from.append(len(columns.change))
        _look_ahead(columns, columns.order_from[-1])
        columns.order_from.append(len(columns.stage_yield))
    return columns


def _stage(book: SupplyBook, columns: _Columns, order: Order, first: Leg) -> None:
    # A stage is as its first site has it. What is conjugated straight away is neither released nor stored.
    held = book.company.settings.supply
    recipe, product = first.recipe, first.stage == PRODUCT
    passes_on = first.stage == SUBSTANCE and any(legs[0].stage == CONJUGATE for legs in order.stages)
    release = recipe.product_release if product else recipe.substance_release
    shelf = recipe.product_shelf if product else recipe.substance_shelf
    cover = held.product_cover if product else held.substance_cover
    columns.stage_yield.append(book.leg_yield(first))
    columns.stage_lag.append(0.0 if passes_on else release / MONTHS_PER_QUARTER)
    columns.stage_life.append(NEVER if passes_on or shelf is None else int(shelf / MONTHS_PER_QUARTER))
    columns.stage_cover.append(0.0 if passes_on else cover / MONTHS_PER_QUARTER)


def _look_ahead(columns: _Columns, first: int) -> None:
    # What an order's stages, the first of which is given, make now for a gram asked for in each quarter to come: until
    # it is released, and the cover. Times are in quarters from the end of this one; what is only rounding is dropped.
    start, grams, found = 0.0, 1.0, []
    for j in range(len(columns.stage_yield) - 1, first - 1, -1):
        released = start + columns.stage_lag[j]
        covered = released + (1.0 if columns.stage_cover[j] > 0.0 else 0.0)
        weights = [
            grams * (_common(start, released, q) + columns.stage_cover[j] * _common(released, covered, q))
            for q in range(math.ceil(covered - ROUNDING))
        ]
        found.append(weights)
        start = released
        grams /= columns.stage_yield[j]
    for weights in reversed(found):
        columns.ahead += weights
        columns.ahead_from.append(len(columns.ahead))


def _common(start: float, end: float, q: int) -> float:
    # Part of quarter q that a time from start to end covers.
    covered = min(end, q + 1.0) - max(start, float(q))
    return covered if covered > ROUNDING else 0.0


def _leg(
    book: SupplyBook,
    columns: _Columns,
    leg: Leg,
    titers: dict[str, int],
    transfers: dict[str, int],
    stops: dict[str, int],
) -> None:
    columns.leg_cost.append(book.leg_cost(leg))
    columns.leg_after.append(leg.after)
    columns.leg_transfer.append(transfers.get(leg.recipe.key, -1))
    columns.leg_stop.append(stops[f"{leg.recipe.site}/{leg.stop}"] if leg.stop else -1)
    for line, use, by_titer in book.uses(leg):
        columns.use_line.append(line)
        columns.use.append(use)
        columns.use_titer.append(titers[leg.recipe.key] if by_titer else -1)
    columns.use_from.append(len(columns.use))
