"""Memory of the rules: one state per thread, and what futures add up to."""

import numpy as np

from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.events import PROGRAMS_PER_WORD
from echelon.futures.state import State, Tally

LINE_BYTES = 64
MARKETED = 2
FUTURES_PER_COUNT = 512
"""Futures whose bins are kept before they are counted, cell by cell: each histogram is fetched once for all of them."""


def new_state(model: Model) -> State:
    """Working memory for one thread."""
    # What starts with noughts comes first: it is set without reading an image.
    fresh = dict(sorted(_fresh(model).items(), key=lambda field: bool(field[1].view(np.uint8).any())))
    noughts = sum(not array.view(np.uint8).any() for array in fresh.values())
    memory, views, starts = _in_a_row(fresh)
    blank = starts[noughts] // memory.itemsize
    _, scratch, _ = _in_a_row(_scratch(model))
    return State(
        image=memory[blank:].copy(),
        blank=memory[:blank],
        memory=memory[blank:],
        **views,
        ledger_bits=views["ledger"].view(np.int64),
        supply_bits=scratch["supply_cells"].view(np.int64),
        **scratch,
    )


def _in_a_row(fields: dict[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray], list[int]]:
    # One block for all, every field on cache lines of its own, which no other thread writes to; where each begins.
    starts = np.cumsum([0] + [-(-array.nbytes // LINE_BYTES) * LINE_BYTES for array in fields.values()]).tolist()
    memory = _aligned(starts[-1])
    views = {}
    for start, (name, array) in zip(starts, fields.items(), strict=False):
        room = memory.view(np.uint8)[start : start + array.nbytes]
        views[name] = room.view(array.dtype).reshape(array.shape)
        views[name][...] = array
    return memory, views, starts


def _aligned(size: int) -> np.ndarray:
    room = np.zeros(size // 8 + LINE_BYTES // 8)
    skip = -room.ctypes.data % LINE_BYTES // 8
    return room[skip : skip + size // 8]


def _fresh(model: Model) -> dict[str, np.ndarray]:
    # What every future starts with: the company as it stands at as_of, and nothing drawn.
    quarters, columns = model.calendar.quarters, model.calendar.columns
    programs, pairs, reports = model.programs, model.pairs, model.reports
    markets, deals, channels = len(model.markets.patients), model.deals.supply_share.size, model.channels.order.size
    supply, visits = model.supply, model.visits.stream.size
    orders, stages, lines = supply.order_asset.size, supply.stage_yield.size, len(supply.capacity)
    known = (model.platforms, quarters if model.switches.beliefs else 0)
    foreseen = model.stages.kind.size if model.switches.foresight else 0
    held = pairs.held == 1
    launched = np.full(reports, np.inf)
    launched[programs.report[pairs.program[held]]] = -1.0
    asset_launched = np.zeros(model.assets, np.int8)
    asset_launched[programs.asset[pairs.program[held]]] = 1
    number = np.zeros(n.NUMBERS)
    number[n.LOSSES], number[n.FIRST_SHORT], number[n.BREAK] = model.money.losses, np.nan, np.nan
    measures = np.zeros(len(n.MEASURES))
    measures[[n.FIRST_LAUNCH, n.FIRST_UNDER_FLOOR]], measures[n.LOWEST_CASH] = np.nan, np.inf
    return {
        "due": np.zeros((quarters, -(-programs.report.size // PROGRAMS_PER_WORD)), np.uint64),
        "launch_head": np.full(quarters, -1, np.int32),
        "status": programs.status,
        "launched": launched,
        "went": np.zeros(model.stages.kind.size, np.int8),
        "begun": _begun(model),
        "passed_at": np.full(model.stages.kind.size, np.nan),
        "answered": np.zeros(programs.report.size),
        "ended": np.full(programs.report.size, np.inf),
        "protected": np.where(programs.status == MARKETED, programs.loss, -np.inf),
        "live": np.array([(programs.status >= 0).sum()], np.int64),
        "standing": _standing(model),
        "decision": np.where(held, pairs.launch, np.nan),
        "first_launch": model.asset_territory_launch,
        "on": np.zeros(pairs.program.size, np.int8),
        "confirmed": np.full(pairs.program.size, np.inf),
        "withdrawn": np.full(pairs.program.size, np.inf),
        "trial_quarter": np.zeros(quarters, np.int8),
        "listed": np.full(pairs.program.size, np.inf),
        "entered": model.markets.entered,
        "rival_since": model.markets.rival_since,
        "opened": np.zeros(markets, np.int8),
        "first_in": np.full(markets, -1, np.int32),
        "market_factor": np.full(markets, np.nan),
        "deal_after": model.deals.after,
        "deal_until": model.deals.until,
        "deal_from": model.deals.from_column,
        "deal_to": model.deals.to_column,
        "deal_year": np.zeros(deals),
        "deal_rate": np.zeros((deals, columns)),
        "partner_sold": np.zeros((deals, quarters)),
        "promoted_sold": np.zeros((deals, quarters)),
        "royalty": np.zeros((deals, quarters)),
        "mile_at": np.full(model.deals.mile_deal.size, np.inf),
        "mile_paid": np.zeros(model.deals.mile_deal.size, np.int8),
        "mile_quarter": np.zeros(quarters, np.int8),
        "team": np.zeros(columns),
        "team_from": np.full(model.territories, columns, np.int32),
        "asked": np.zeros((channels, columns)),
        "others": np.zeros((channels, columns)),
        "capacity": model.supply.capacity,
        "grams": np.zeros((orders, columns)),
        "ordered": np.zeros(orders, np.int8),
        "stocked": np.full(orders, -1, np.int32),
        "tight": np.full(orders, lines, np.int32),
        "built": np.isfinite(supply.expand_at).astype(np.int8),
        "decided_at": np.full(supply.expand_at.size, np.nan),
        "licensed": np.full(supply.expand_at.size, np.nan),
        "made": np.zeros(stages),
        "released": np.zeros(stages),
        "used": np.zeros(stages),
        "counted": np.zeros(stages, np.int8),
        "products": np.zeros(lines, np.int32),
        "shortage": np.zeros(lines + 1, np.int8),
        "delay": np.full(visits, np.nan),
        "learn": np.zeros(known),
        "wins": np.zeros(known),
        "tries": np.zeros(known),
        "taught": np.zeros(model.platforms),
        "known_wins": np.zeros(model.platforms),
        "known_tries": np.zeros(model.platforms),
        "ledger": np.zeros((n.LINES, quarters)),
        "turn": np.zeros((quarters, n.LINES)),
        "read_at": np.full(foreseen, np.nan),
        "answer_at": np.full(pairs.program.size if model.switches.foresight else 0, np.nan),
        "trials": _first(model.calendar.years, model.money.trials_begun),
        "people": _first(quarters, model.money.at_work),
        "evenly": np.zeros(n.LINES),
        "npv": np.zeros(reports),
        "cost": np.zeros(reports),
        "cost_pv": np.zeros(reports),
        "peak": np.zeros(reports),
        "sells": np.zeros(reports, np.int8),
        "year_launches": np.zeros(2, np.int64),
        "asset_launched": asset_launched,
        "number": number,
        "measures": measures,
    }


def _begun(model: Model) -> np.ndarray:
    # Start of each stage: known of those under way.
    programs = model.programs
    found = np.full(model.stages.kind.size, np.nan)
    running = (programs.start < 0.0) & (programs.start_stream < 0) & (np.diff(programs.stage_from) > 0)
    found[programs.stage_from[:-1][running]] = programs.start[running]
    return found


def _first(size: int, value: float) -> np.ndarray:
    # Noughts, but for the first.
    found = np.zeros(size)
    found[:1] = value
    return found


def _standing(model: Model) -> np.ndarray:
    # Programs of each asset by status, those out of all echelons first.
    programs = model.programs
    count = np.zeros((4, model.assets), np.int32)
    seen = programs.status >= -1
    np.add.at(count, (programs.status[seen] + 1, programs.asset[seen]), 1)
    return count


def _scratch(model: Model) -> dict[str, np.ndarray]:
    # Whatever a future reads of these it has written before.
    columns = model.calendar.columns
    programs, pairs, factors = model.programs.report.size, model.pairs.program.size, model.factors.mean.size
    nodes, markets = pairs + model.markets.rival_market.size, len(model.markets.patients)
    deals, supply, quarters = model.deals.supply_share.size, model.supply, model.calendar.quarters
    orders, stocks, lines = supply.order_asset.size, supply.stage_yield.size, len(supply.capacity)
    stages, early = model.stages.kind.size, model.early.key.shape[1]
    ahead = model.switches.foresight
    return {
        "launch_next": np.zeros(nodes, np.int32),
        "launch_time": np.zeros(nodes),
        "time": np.zeros(programs),
        "phase": np.zeros(programs, np.int8),
        "readout": np.zeros(programs),
        "current": np.zeros(programs, np.int32),
        "even": np.zeros(early),
        "words": np.zeros((4, model.early.other.shape[1]), np.uint32),
        "stage_length": np.zeros(stages),
        "stage_cost": np.zeros(stages),
        "stage_rate": np.zeros(stages),
        "margin": np.zeros(stages),
        "verdict": np.zeros(stages, np.int8),
        "shared": np.zeros(programs),
        "normal": np.zeros(model.early.markets - model.early.factors),
        "away": np.zeros(factors),
        "factor": np.zeros(factors),
        "sold": np.zeros(columns + 1),
        "uptake": np.zeros(columns),
        "curve": np.zeros((pairs, columns)),
        "from_column": np.zeros(pairs, np.int32),
        "active": np.zeros(pairs, np.int32),
        "watched": np.zeros(pairs, np.int32),
        "look_at": np.zeros(pairs, np.int32),
        "next_in": np.zeros(pairs, np.int32),
        "pair_grams": np.zeros(pairs),
        "weight": np.zeros(pairs),
        "gap": np.zeros((pairs, columns)),
        "units": np.ones((model.listings.stream.size, columns)),
        "change": np.zeros(columns),
        "loss": np.zeros(pairs),
        "line": np.zeros(model.markets.line_mode.size),
        "group": np.zeros(model.markets.groups),
        "pull": np.zeros((markets, columns)),
        "year_sales": np.zeros((model.reports, model.calendar.quarters // 4)),
        "titer": np.ones(len(supply.titer)),
        "use": np.zeros(supply.use.size),
        "orders": np.zeros(orders, np.int32),
        "staged": np.zeros(stocks, np.int32),
        "chance": np.zeros(pairs if ahead else 0),
        "likely": np.zeros(pairs if ahead else 0),
        "expected": np.zeros(orders if ahead else 0),
        "ready": np.zeros(supply.transfer_at.size),
        "stopped": np.zeros((supply.stop_visit.size, quarters)),
        "stops": np.zeros(supply.stop_visit.size, np.int8),
        "steady": np.zeros(stocks, np.int32),
        "served": np.zeros((orders, columns)),
        "supply_cost": np.zeros(columns),
        "ask": np.zeros(stocks),
        "got": np.zeros(stocks),
        "leg": np.zeros(stocks, np.int32),
        "spent": np.zeros(stocks),
        "left": np.zeros(lines),
        "asked_line": np.zeros(lines),
        "pressed": np.zeros(lines),
        "share": np.zeros(lines),
        "product": np.zeros(lines, np.int32),
        "made_in": np.zeros((stocks, supply.longest + 1 + quarters)),
        "given": np.zeros(orders),
        "released_by": np.zeros((stocks, quarters + 1)),
        "lost": np.zeros(lines + 1),
        "supply_cells": np.zeros((2 * lines + supply.assets, quarters)),
        "mile_program": np.zeros(model.deals.mile_deal.size, np.int32),
        "deal_sold": np.zeros(deals),
        "deal_own": np.zeros(deals),
        "deal_others": np.zeros(deals),
        "kept": np.zeros(2 * lines + supply.assets, np.int64),
        "cells": np.zeros((FUTURES_PER_COUNT, (n.LINES + 2 * lines + supply.assets) * quarters), np.uint16),
    }


def new_tally(model: Model) -> Tally:
    """Sums over futures, all nought."""
    quarters, years = model.calendar.quarters, model.calendar.years
    supply, lines = model.supply, len(model.supply.capacity)
    return Tally(
        launches=np.zeros((model.reports, quarters + 1), np.int64),
        approvals=np.zeros((model.pairs.program.size, years), np.int64),
        listed=np.zeros((model.pairs.program.size, years), np.int64),
        withdrawals=np.zeros((model.pairs.program.size, years), np.int64),
        visits=np.zeros((model.visits.oai.size, len(n.VISIT_OUTCOMES)), np.int64),
        echelons=np.zeros((3, years, n.COUNT_BINS), np.int64),
        filled=np.zeros((4, years), np.int64),
        year_launches=np.zeros((2, years, n.COUNT_BINS), np.int64),
        reached=np.zeros(model.stages.kind.size, np.int64),
        passed=np.zeros(model.stages.kind.size, np.int64),
        ledger_bins=np.zeros((n.LINES, quarters, n.BINS), np.int32),
        supply_bins=np.zeros((2 * lines + supply.assets, quarters, n.BINS), np.int32),
        shortages=np.zeros((lines + 1, quarters + 1), np.int64),
        program_sums=np.zeros((model.reports, n.PROGRAM_SUMS)),
        stage_sums=np.zeros((model.stages.kind.size, 2)),
        asset_sales=np.zeros((model.assets, quarters)),
        ledger_sums=np.zeros((n.LINES, quarters)),
        order_sums=np.zeros((supply.order_asset.size, quarters, 2)),
        stock_sums=np.zeros((supply.stage_yield.size, quarters, len(n.STOCK_FLOWS))),
        deal_sums=np.zeros((model.deals.route.size, len(n.DEAL_FLOWS), quarters)),
    )


FLOATS = ("program_sums", "stage_sums", "asset_sales", "ledger_sums", "order_sums", "stock_sums", "deal_sums")
"""Sums that depend on the order of addition: kept by block and folded in block order."""


BY_QUARTER = ("order_sums", "stock_sums")
"""Sums whose quarters stand before their flows while futures run, so that a quarter's flows lie side by side."""


def floats(tally: Tally) -> dict[str, np.ndarray]:
    """Copies of a tally's floating sums (flows before quarters), which are then set to nought."""
    taken = {}
    for name in FLOATS:
        sums = getattr(tally, name)
        taken[name] = np.ascontiguousarray(sums.swapaxes(1, 2)) if name in BY_QUARTER else sums.copy()
        sums[:] = 0.0
    return taken


def size_of(tally: Tally) -> int:
    """Bytes of a tally."""
    return sum(array.nbytes for array in tally)
