"""Memory of the rules: one state per thread, and what futures add up to."""

import numpy as np

from echelon.futures.model import Model, State, Tally
from echelon.futures.rules import numbers as n


def new_state(model: Model) -> State:
    """Working memory for one thread."""
    quarters, columns = model.calendar.quarters, model.calendar.columns
    programs, stages = model.programs.report.size, model.stages.kind.size
    pairs, rivals = model.pairs.program.size, model.markets.rival_market.size
    markets, sites = len(model.markets.patients), len(model.supply.capacity)
    deals, recipes = model.deals.supply_share.size, len(model.supply.titer)
    factors, reports, platforms = model.factors.mean.size, model.reports, model.platforms
    ledger = np.zeros((n.LINES, quarters))
    site_fans = np.zeros((2 * sites, quarters))
    return State(
        start_head=np.empty(quarters, np.int32),
        start_next=np.empty(programs, np.int32),
        launch_head=np.empty(quarters, np.int32),
        launch_next=np.empty(pairs + rivals, np.int32),
        launch_time=np.empty(pairs + rivals),
        time=np.empty(programs),
        phase=np.zeros(programs, np.int8),
        current=np.zeros(programs, np.int32),
        status=np.zeros(programs, np.int8),
        own=np.empty(programs),
        launched=np.empty(reports),
        passed_at=np.empty(stages),
        normal=np.empty(factors),
        factor=np.empty(factors),
        count=np.zeros((model.assets, 3), np.int32),
        echelon=np.zeros(3, np.int64),
        decision=np.empty(pairs),
        curve=np.zeros((pairs, columns)),
        active=np.zeros(pairs, np.int32),
        sold=np.zeros(pairs),
        pair_load=np.zeros(pairs),
        first_launch=np.empty(model.asset_territory_launch.size),
        pull=np.zeros((markets, columns)),
        reach=np.zeros((markets, columns)),
        entered=np.zeros(markets, np.int32),
        market_factor=np.empty(markets),
        deal_year=np.zeros(deals),
        deal_sold=np.zeros(deals),
        deal_rate=np.zeros(deals),
        deal_paid=np.zeros(deals, np.int8),
        capacity=np.zeros((sites, quarters)),
        load=np.zeros(sites),
        titer=np.empty(recipes),
        delay=np.empty(model.supply.inspect_failure.size),
        learn=np.zeros((platforms, quarters)),
        wins=np.zeros((platforms, quarters)),
        tries=np.zeros((platforms, quarters)),
        taught=np.zeros(platforms),
        known_wins=np.zeros(platforms),
        known_tries=np.zeros(platforms),
        ledger=ledger,
        ledger_bits=ledger.view(np.int64),
        sites=site_fans,
        sites_bits=site_fans.view(np.int64),
        npv=np.zeros(reports),
        cost=np.zeros(reports),
        cost_pv=np.zeros(reports),
        year_sales=np.zeros(reports),
        peak=np.zeros(reports),
        year_launches=np.zeros(2, np.int64),
        asset_launched=np.zeros(model.assets, np.int8),
        number=np.zeros(n.NUMBERS),
        measures=np.zeros(len(n.MEASURES)),
    )


def new_tally(model: Model) -> Tally:
    """Sums over futures, all nought."""
    quarters, years = model.calendar.quarters, model.calendar.years
    sites = len(model.supply.capacity)
    return Tally(
        launches=np.zeros((model.reports, quarters + 1), np.int64),
        approvals=np.zeros((model.pairs.program.size, years), np.int64),
        echelons=np.zeros((3, years, n.COUNT_BINS), np.int64),
        filled=np.zeros((4, years), np.int64),
        year_launches=np.zeros((2, years, n.COUNT_BINS), np.int64),
        reached=np.zeros(model.stages.kind.size, np.int64),
        passed=np.zeros(model.stages.kind.size, np.int64),
        ledger_bins=np.zeros((n.LINES, quarters, n.BINS), np.int64),
        site_bins=np.zeros((2 * sites, quarters, n.BINS), np.int64),
        program_sums=np.zeros((model.reports, n.PROGRAM_SUMS)),
        stage_sums=np.zeros((model.stages.kind.size, 2)),
        asset_sales=np.zeros((model.assets, quarters)),
        ledger_sums=np.zeros((n.LINES, quarters)),
    )


FLOATS = ("program_sums", "stage_sums", "asset_sales", "ledger_sums")
"""Sums that depend on the order of addition: kept by block and folded in block order."""


def floats(tally: Tally) -> dict[str, np.ndarray]:
    """Copies of a tally's floating sums, which are then set to nought."""
    taken = {}
    for name in FLOATS:
        sums = getattr(tally, name)
        taken[name] = sums.copy()
        sums[:] = 0.0
    return taken


def size_of(tally: Tally) -> int:
    """Bytes of a tally."""
    return sum(array.nbytes for array in tally)
