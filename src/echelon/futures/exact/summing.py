"""Summing: from the ways of all programs to the figures of a company."""

from dataclasses import dataclass

import numpy as np

from echelon.futures.exact.chances import FILING, ChanceBook
from echelon.futures.exact.counting import all_filled, counts
from echelon.futures.exact.couplings import Group, exclusivity_groups, shared_exclusivity
from echelon.futures.exact.figures import Figures
from echelon.futures.exact.filings import payers
from echelon.futures.exact.laws import law
from echelon.futures.exact.programs import CLINIC, MARKETED, RESERVE, Way, launches, stage_law, stands, way
from echelon.futures.exact.sales import SalesBook
from echelon.futures.exact.spending import Clock, SpendBook
from echelon.futures.exact.timing import Grid, Timing, earliest, grid_of, known, quarter_ends
from echelon.futures.model import F8, Model
from echelon.futures.rules import numbers as n


@dataclass
class Desk:
    """What all parts of one calculation share."""

    model: Model
    grid: Grid
    chances: ChanceBook
    clock: Clock
    spending: SpendBook
    sales: SalesBook
    ways: list[Way]


def desk_of(model: Model, step: float, shared_nodes: int, climb_nodes: int) -> Desk:
    """Follow every program."""
    spans = model.programs.start[model.programs.start_stream >= 0]
    grid = grid_of(model.calendar.quarters, float(spans.min(initial=0.0)), step)
    clock = Clock(model.calendar)
    chances = ChanceBook(model, shared_nodes)
    ways = [way(model, grid, chances, p) for p in range(model.programs.report.size)]
    return Desk(model, grid, chances, clock, SpendBook(grid, clock), SalesBook(model, grid, climb_nodes), ways)


def figures(model: Model, step: float, shared_nodes: int, climb_nodes: int) -> Figures:
    """All figures of a company on one grid."""
    desk = desk_of(model, step, shared_nodes, climb_nodes)
    ledger = np.zeros((n.LINES, model.calendar.quarters))
    reports = {name: np.zeros(model.reports) for name in ("npv", "cost", "cost_pv")}
    stages = _spend(desk, ledger, reports)
    approvals = _milestones(desk, ledger, reports)
    asset_sales, past_horizon = _sell(desk, ledger, reports)
    value = _close(desk, ledger) + float(reports["npv"].sum())
    first = _first_launches(desk)
    counted = _counts(desk, first)
    technical, regulatory = _pos(desk)
    return Figures(
        **stages,
        technical_pos=technical,
        regulatory_pos=regulatory,
        launches=np.append(first.mean_q, 1.0 - first.mean_q.sum(axis=1, keepdims=True), axis=1) * first.open[:, None],
        approvals=approvals,
        launch_discount=first.discount,
        npv=reports["npv"],
        npv_variance=np.full(model.reports, np.nan),
        cost=reports["cost"],
        cost_pv=reports["cost_pv"],
        asset_sales=asset_sales,
        ledger=ledger,
        **counted,
        enpv=np.array(value),
        enpv_sd=np.array(np.nan),
        past_horizon=np.array(past_horizon),
    )


def _spend(desk: Desk, ledger: F8, reports: dict[str, F8]) -> dict[str, F8]:
    # Research and discovery, stage by stage.
    model, stages, programs = desk.model, desk.model.stages, desk.model.programs
    found = {name: np.zeros(stages.kind.size) for name in ("reached", "passed", "stage_cost", "stage_cost_pv")}
    for p, one in enumerate(desk.ways):
        reach = desk.chances.weight @ one.chances.reach
        passed = desk.chances.weight @ one.chances.passed
        share, r = float(programs.cost_share[p]), programs.report[p]
        for j, start in enumerate(one.start):
            s = programs.stage_from[p] + j
            found["reached"][s] = reach[j] * start.total
            found["passed"][s] = passed[j] * start.total
            length, profile = stage_law(model, s), int(stages.spend[s])
            cost = reach[j] * law(stages.cost[s]).mean()
            if cost == 0.0:
                continue
            booked = cost * desk.spending.by_quarter(start, length, profile)
            ledger[n.DISCOVERY if stages.kind[s] < 0 else n.RESEARCH] += booked
            if share < 1.0:
                ledger[n.REIMBURSED] += booked * (1.0 - share)
            found["stage_cost"][s] = share * cost * desk.spending.share(start, length, profile)
            found["stage_cost_pv"][s] = share * cost * desk.spending.worth(start, length, profile)
            reports["cost"][r] += found["stage_cost"][s]
            reports["cost_pv"][r] += found["stage_cost_pv"][s]
            reports["npv"][r] -= found["stage_cost_pv"][s]
    return found


def filing_nodes(desk: Desk, p: int) -> F8:
    """Probability f8[i] that a program's filing starts within the horizon with data worth i."""
    one = desk.ways[p]
    if one.filed is None:
        return np.zeros(one.chances.approve.shape[0])
    reach = desk.chances.weight * one.chances.reach[:, -1] * one.ready
    return np.asarray(reach @ one.chances.weight)


def _milestones(desk: Desk, ledger: F8, reports: dict[str, F8]) -> F8:
    # Approvals by calendar year, and what partners pay for the first under their deal.
    model, pairs = desk.model, desk.model.pairs
    approvals = np.zeros((pairs.program.size, model.calendar.years))
    for p, one in enumerate(desk.ways):
        if one.filed is None:
            continue
        nodes = filing_nodes(desk, p)
        chance = nodes @ one.chances.approve
        pays = nodes @ np.array([payers(model, one.filed.pairs, row) for row in one.chances.approve])
        share, r = float(model.programs.economic_share[p]), model.programs.report[p]
        for i, f in enumerate(one.filed.pairs):
            when = one.filed.decision(i)
            np.add.at(approvals[f], model.calendar.year, chance[i] * when.by_quarter())
            if pays[i] > 0.0:
                paid = when.only(float(pairs.deal_after[f]), float(pairs.deal_until[f]))
                amount = pays[i] * float(model.deals.approval_milestone[pairs.deal[f]])
                booked = amount * paid.by_quarter()
                ledger[n.MILESTONES] += booked
                ledger[n.PARTNER_SHARE] += booked * (1.0 - share)
                worth = paid.mean_of(desk.clock.at(paid.at), desk.clock.around(desk.grid.middles, desk.grid.step))
                reports["npv"][r] += share * amount * float(worth)
    return approvals


def pair_launches(desk: Desk) -> dict[int, Timing]:
    """Launch of every pair, with its probability as the mass."""
    pairs = desk.model.pairs
    found: dict[int, Timing] = {}
    for f in np.flatnonzero(pairs.held == 1):
        found[int(f)] = known(desk.grid, float(pairs.launch[f]))
    for p, one in enumerate(desk.ways):
        if one.filed is None:
            continue
        chance = filing_nodes(desk, p) @ one.chances.approve
        for i, f in enumerate(one.filed.pairs):
            if chance[i] > 0.0:
                found[int(f)] = one.filed.launch(i).times(float(chance[i]))
    return found


def _sell(desk: Desk, ledger: F8, reports: dict[str, F8]) -> tuple[F8, float]:
    # Sales of all pairs, through deals into money.
    model, pairs, programs = desk.model, desk.model.pairs, desk.model.programs
    quarters = model.calendar.quarters
    asset_sales = np.zeros((model.assets, quarters))
    shared = shared_exclusivity(model)
    launched = pair_launches(desk)
    past = 0.0
    for f, launch in launched.items():
        p = pairs.program[f]
        mine = shared.get(int(pairs.asset_territory[f]), np.zeros(0, np.int64))
        rivals = [launched[o] for o in mine.tolist() if pairs.program[o] != p and o in launched]
        sold = desk.sales.sold(f, launch, earliest(rivals) if rivals and pairs.held[f] == 0 else None)
        value = sold * desk.sales.unit_value(f)
        reports["npv"][programs.report[p]] += value.sum()
        past += float(value[quarters:].sum())
        asset_sales[programs.asset[p]] += sold[:quarters]
        _book_sales(desk, ledger, f, sold[:quarters])
    return asset_sales, past


def _book_sales(desk: Desk, ledger: F8, f: int, sold: F8) -> None:
    model, pairs, money = desk.model, desk.model.pairs, desk.model.money
    partner, rate = (column[: sold.size] for column in desk.sales.route(f))
    share = float(model.programs.economic_share[pairs.program[f]])
    away = float(pairs.paid_away[f])
    own = sold * (1.0 - partner)
    royalty = sold * partner * rate
    ledger[n.SALES] += own
    ledger[n.COGS] += own * money.cogs
    ledger[n.SELLING] += own * money.selling
    ledger[n.PARTNER_SALES] += sold * partner
    ledger[n.ROYALTIES] += royalty
    ledger[n.PARTNER_SHARE] += own * ((1.0 - money.cogs - money.selling - away) * (1.0 - share) + away)
    ledger[n.PARTNER_SHARE] += royalty * (1.0 - share)


def _close(desk: Desk, ledger: F8) -> float:
    # Overhead, upfront payments, capital; then net flow and cash. Returns the value of what no program brings.
    model, supply = desk.model, desk.model.supply
    discount = model.calendar.discount[: model.calendar.quarters]
    ledger[n.OVERHEAD] += model.money.overhead
    ledger[n.MILESTONES] += model.deals.upfront
    value = float((model.deals.upfront - model.money.overhead) @ discount)
    for x in range(supply.expand_site.size):
        if supply.expand_at[x] >= desk.grid.horizon:
            continue
        start, length = known(desk.grid, float(supply.expand_at[x])), law(supply.expand_build[x])
        ledger[n.CAPITAL] += supply.expand_capital[x] * desk.spending.by_quarter(start, length, 0)
        value -= float(supply.expand_capital[x]) * desk.spending.worth(start, length, 0)
    ledger[n.NET] = ledger[list(n.INFLOWS)].sum(axis=0) - ledger[list(n.OUTFLOWS)].sum(axis=0)
    ledger[n.CASH] = model.money.opening + np.cumsum(ledger[n.NET])
    return value


@dataclass(frozen=True)
class FirstLaunches:
    """First launches of reports: by_q f8[z, r, q] on the nodes of the shared factor, and their means."""

    by_q: F8
    mean_q: F8
    discount: F8
    open: F8


def _first_launches(desk: Desk) -> FirstLaunches:
    model, programs, pairs = desk.model, desk.model.programs, desk.model.pairs
    quarters = model.calendar.quarters
    by_q = np.zeros((desk.chances.nodes.size, model.reports, quarters))
    discount = np.zeros(model.reports)
    marketed = np.ones(model.reports)
    marketed[programs.report[pairs.program[pairs.held == 1]]] = 0.0
    rate = model.calendar.rate
    for p, one in enumerate(desk.ways):
        r = programs.report[p]
        if one.filed is None or marketed[r] == 0.0:
            continue
        by_q[:, r] += launches(one, quarters)
        for chance, first in zip(filing_nodes(desk, p), one.first, strict=True):
            when = first.only(0.0, np.inf)
            worth = when.mean_of(np.exp(-rate * when.at), np.exp(-rate * desk.grid.middles))
            discount[r] += chance * float(worth)
    return FirstLaunches(by_q, np.tensordot(desk.chances.weight, by_q, axes=1), discount, marketed)


def _pos(desk: Desk) -> tuple[F8, F8]:
    # Technical and regulatory probability of success by report.
    model, programs = desk.model, desk.model.programs
    technical, regulatory = np.ones(model.reports), np.ones(model.reports)
    for p, one in enumerate(desk.ways):
        last = programs.stage_from[p + 1] - 1
        if not one.start or programs.status[p] == -2:
            continue
        r = programs.report[p]
        reach = desk.chances.weight @ one.chances.reach
        passed = desk.chances.weight @ one.chances.passed
        if model.stages.kind[last] == FILING:
            technical[r] = reach[-1]
            regulatory[r] = passed[-1] / reach[-1] if reach[-1] > 0.0 else 0.0
        else:
            technical[r] = passed[-1]
    return technical, regulatory


def _levels(desk: Desk) -> tuple[F8, float]:
    # Chances f8[z, asset, 3, q] that an asset's foremost program stands in each echelon; and program-quarters alive.
    model, programs, pairs = desk.model, desk.model.programs, desk.model.pairs
    lower = np.ones((desk.chances.weight.size, model.assets, 3, model.calendar.quarters))
    live = 0.0
    launched = pair_launches(desk)
    groups = exclusivity_groups(model)
    bound = {p: group.place for group in groups for p in group.bound}
    together = {*bound, *(p for group in groups for p, _ in group.free)}
    for p, one in enumerate(desk.ways):
        others = [f for f in launched if pairs.asset_territory[f] == bound.get(p, -1) and pairs.program[f] != p]
        stand = stands(model, one, p, earliest([launched[f] for f in others]) if others else None)
        live += float(desk.chances.weight @ stand.sum(axis=(1, 2)))
        if p not in together:
            lower[:, programs.asset[p]] *= 1.0 - np.cumsum(stand[:, ::-1], axis=1)[:, ::-1]
    for group in groups:
        asset = programs.asset[(*group.bound, *(p for p, _ in group.free))[0]]
        lower[:, asset] *= _group_lower(desk, group, launched)
    levels = 1.0 - lower
    levels[:, :, :2] -= levels[:, :, 1:].copy()
    return levels, live


def _group_lower(desk: Desk, group: Group, launched: dict[int, Timing]) -> F8:
    """Chance f8[z, 3, q] that programs which share exclusivity all stand under each echelon.

    Bound programs are on the market together from their first launch until `years` after the first launch there,
    which may be a free program's. A free program that launched there so long ago has lost its own exclusivity too.
    """
    model, quarters = desk.model, desk.model.calendar.quarters
    ends = quarter_ends(quarters)
    whole, recent, none, free, still = np.ones((5, 1, 3, quarters))
    for p in group.bound:
        one = desk.ways[p]
        under = _off_market(stands(model, one, p, None))
        by_now, long_ago = np.zeros((2, *under.shape))
        if one.filed is not None:
            chance = one.chances.reach[:, -1, None] * one.chances.weight * one.ready
            by_now = (chance @ np.array([first.below(ends) for first in one.first]))[:, None]
            long_ago = (chance @ np.array([first.below(ends - group.years) for first in one.first]))[:, None]
        whole, recent, none = whole * under, recent * (under - long_ago), none * (under - by_now)
    for p, f in group.free:
        stand = stands(model, desk.ways[p], p, None)
        under = _off_market(stand) - stand[:, MARKETED, None]
        free = free * under
        still = still * (under - (launched[f].below(ends - group.years) if f in launched else 0.0))
    return np.asarray(free * (none + whole - recent) + (free - still) * (recent - none))


def _off_market(stand: F8) -> F8:
    # Chance f8[z, 3, q] to stand neither at a level nor above it, the market apart.
    under = np.ones_like(stand)
    under[:, CLINIC] -= stand[:, CLINIC]
    under[:, RESERVE] -= stand[:, CLINIC] + stand[:, RESERVE]
    return under


def _counts(desk: Desk, first: FirstLaunches) -> dict[str, F8]:
    # Distributions of counts: given the shared factor all programs are independent; then its mean.
    model, programs = desk.model, desk.model.programs
    weight, years = desk.chances.weight, model.calendar.year
    ends = np.flatnonzero(model.calendar.year_end == 1)
    levels, live = _levels(desk)
    asset_of = np.zeros(model.reports, np.int64)
    asset_of[programs.report] = programs.asset
    marketed = np.zeros(model.assets, bool)
    marketed[asset_of[first.open == 0.0]] = True
    summed = np.cumsum(first.by_q, axis=2)
    not_yet = np.ones((weight.size, model.assets, model.calendar.quarters))
    for r in range(model.reports):
        not_yet[:, asset_of[r]] *= 1.0 - summed[:, r]
    not_yet[:, marketed] = 1.0
    kinds = (summed, 1.0 - not_yet)
    found = {
        "echelons": np.zeros((3, model.calendar.years, n.COUNT_BINS)),
        "filled": np.zeros((4, model.calendar.years)),
        "year_launches": np.zeros((2, model.calendar.years, n.COUNT_BINS)),
        "launched_by": np.zeros((2, model.calendar.years, n.COUNT_BINS)),
        "launched": np.zeros((2, n.COUNT_BINS)),
        "live_program_quarters": np.array(live),
    }
    target = (int(model.money.target[0]), int(model.money.target[1]), int(model.money.target[2]))
    for z, share in enumerate(weight):
        at_ends = levels[z][:, :, ends]
        spread = counts(at_ends)
        found["echelons"][:, years[ends]] += share * spread
        for level in range(3):
            found["filled"][level, years[ends]] += share * spread[level, :, target[level] :].sum(axis=-1)
        found["filled"][3, years[ends]] += share * all_filled(at_ends, target)
        for kind, by in enumerate(kinds):
            at = by[z][:, ends]
            new = np.diff(at, axis=1, prepend=0.0)
            found["year_launches"][kind, years[ends]] += share * counts(new)
            found["launched_by"][kind, years[ends]] += share * counts(at)
            found["launched"][kind] += share * counts(by[z][:, -1:])[0]
    return found
