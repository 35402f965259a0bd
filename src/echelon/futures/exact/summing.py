"""Summing: from the ways of all programs to the figures of a company."""

from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.exact.chances import FILING
from echelon.futures.exact.couplings import shared_exclusivity
from echelon.futures.exact.deals import signing
from echelon.futures.exact.desk import Desk, desk_of, filing_by_factor, launch_chance, pair_launches
from echelon.futures.exact.echelons import counted, first_launches
from echelon.futures.exact.figures import Figures
from echelon.futures.exact.laws import law
from echelon.futures.exact.milestones import book_milestones
from echelon.futures.exact.programs import stage_law
from echelon.futures.exact.teams import team_costs
from echelon.futures.exact.timing import Timing, earliest, known
from echelon.futures.exact.trials import book_trials
from echelon.futures.exact.variances import variances
from echelon.futures.model import Model
from echelon.futures.rules import numbers as n


@dataclass(frozen=True)
class Books:
    """What is booked: ledger f8[line, q], value f8[z, p] by node of the shared factor, sales f8[asset, q]."""

    ledger: F8
    value: F8
    asset_sales: F8


def figures(model: Model, step: float, shared_nodes: int, climb_nodes: int) -> Figures:
    """All figures of a company on one grid."""
    desk = desk_of(model, step, shared_nodes, climb_nodes)
    quarters, programs = model.calendar.quarters, model.programs
    books = Books(
        np.zeros((n.LINES, quarters)),
        np.zeros((desk.chances.weight.size, programs.report.size)),
        np.zeros((model.assets, quarters)),
    )
    launched = pair_launches(desk)
    stages = _spend(desk, books)
    approvals = _decide(desk)
    book_milestones(desk, books.ledger, books.value)
    trial_cost, trial_cost_pv = book_trials(desk, books.ledger, books.value)
    past_horizon = _sell(desk, books, launched)
    rest = _close(desk, books, team_costs(desk, launched))
    npv, cost, cost_pv = np.zeros(model.reports), trial_cost, trial_cost_pv
    np.add.at(npv, programs.report, desk.chances.weight @ books.value)
    owner = np.repeat(programs.report, np.diff(programs.stage_from))
    np.add.at(cost, owner, stages["stage_cost"])
    np.add.at(cost_pv, owner, stages["stage_cost_pv"])
    variance, deviation = variances(desk, launched, books.value)
    first = first_launches(desk)
    technical, regulatory = _pos(desk)
    return Figures(
        **stages,
        technical_pos=technical,
        regulatory_pos=regulatory,
        launches=np.append(first.mean_q, 1.0 - first.mean_q.sum(axis=1, keepdims=True), axis=1) * first.open[:, None],
        approvals=approvals,
        launch_discount=first.discount,
        npv=npv,
        npv_variance=variance,
        cost=cost,
        cost_pv=cost_pv,
        asset_sales=books.asset_sales,
        ledger=books.ledger,
        **counted(desk, first),
        enpv=np.array(rest + npv.sum()),
        enpv_sd=np.array(deviation),
        past_horizon=np.array(past_horizon),
    )


def _spend(desk: Desk, books: Books) -> dict[str, F8]:
    # Research and discovery, stage by stage.
    model, stages, programs = desk.model, desk.model.stages, desk.model.programs
    found = {name: np.zeros(stages.kind.size) for name in ("reached", "passed", "stage_cost", "stage_cost_pv")}
    for p, one in enumerate(desk.ways):
        reach = desk.chances.weight @ one.chances.reach
        passed = desk.chances.weight @ one.chances.passed
        share = float(programs.cost_share[p])
        for j, start in enumerate(one.start):
            s = programs.stage_from[p] + j
            found["reached"][s] = reach[j] * start.total
            found["passed"][s] = passed[j] * start.total
            length, profile = stage_law(model, s), int(stages.spend[s])
            cost = law(stages.cost[s]).mean()
            if cost == 0.0:
                continue
            booked = reach[j] * cost * desk.spending.by_quarter(start, length, profile)
            books.ledger[n.DISCOVERY if stages.kind[s] < 0 else n.RESEARCH] += booked
            if share < 1.0:
                books.ledger[n.REIMBURSED] += booked * (1.0 - share)
            found["stage_cost"][s] = share * cost * reach[j] * desk.spending.share(start, length, profile)
            worth = share * cost * desk.spending.worth(start, length, profile)
            found["stage_cost_pv"][s] = reach[j] * worth
            books.value[:, p] -= one.chances.reach[:, j] * worth
    return found


def _decide(desk: Desk) -> F8:
    # Approvals by calendar year, f8[f, y].
    model, pairs = desk.model, desk.model.pairs
    approvals = np.zeros((pairs.program.size, model.calendar.years))
    for p, one in enumerate(desk.ways):
        if one.filed is None:
            continue
        nodes = filing_by_factor(desk, p)
        chance = desk.chances.weight @ nodes @ one.chances.approve
        for i, f in enumerate(one.filed.pairs):
            when = one.filed.decision(i)
            np.add.at(approvals[f], model.calendar.year, chance[i] * when.by_quarter())
    return approvals


def _sell(desk: Desk, books: Books, launched: dict[int, Timing]) -> float:
    # Sales of all pairs, through deals into money; returns the value past the horizon.
    model, pairs = desk.model, desk.model.pairs
    quarters = model.calendar.quarters
    shared = shared_exclusivity(model)
    past = 0.0
    for f, launch in launched.items():
        p = int(pairs.program[f])
        mine = shared.get(int(pairs.asset_territory[f]), np.zeros(0, np.int64))
        rivals = [launched[o] for o in mine.tolist() if pairs.program[o] != p and o in launched]
        sold = desk.sales.sold(f, launch, earliest(rivals) if rivals and pairs.held[f] == 0 else None)
        value = sold * desk.sales.unit_value(f)
        books.value[:, p] += float(value.sum()) * _relative_chance(desk, f)
        past += float(value[quarters:].sum())
        books.asset_sales[pairs.asset[f]] += sold[:quarters]
        _book_sales(desk, books.ledger, f, sold[:quarters])
    return past


def _relative_chance(desk: Desk, f: int) -> F8:
    # Chance of a pair's launch on each node of the shared factor, over its mean.
    chance = launch_chance(desk, f)
    return np.asarray(chance / (desk.chances.weight @ chance))


def _book_sales(desk: Desk, ledger: F8, f: int, sold: F8) -> None:
    model, pairs, money = desk.model, desk.model.pairs, desk.model.money
    partner, promoted, rate = (column[: sold.size] for column in desk.sales.route(f))
    share, away = float(pairs.economic_share[f]), pairs.paid_away[f] + promoted * desk.sales.commission(f)
    own, theirs = sold * (1.0 - partner), sold * partner
    supplied = theirs * float(model.deals.supply_cost[pairs.deal[f]]) if pairs.deal[f] >= 0 else 0.0
    ledger[n.SALES] += own
    ledger[n.COGS] += own * money.cogs + supplied
    ledger[n.SELLING] += own * money.selling
    ledger[n.PARTNER_SALES] += theirs
    ledger[n.ROYALTIES] += theirs * rate + supplied
    ledger[n.PARTNER_SHARE] += own * ((1.0 - money.cogs - money.selling - away) * (1.0 - share) + away)
    ledger[n.PARTNER_SHARE] += theirs * rate * (1.0 - share)


def _signings(desk: Desk) -> tuple[F8, float]:
    # Payments at signing by quarter, f8[q], and their value.
    booked, value = np.zeros(desk.grid.quarters), 0.0
    for d in range(desk.model.deals.upfront.size):
        chance, time = signing(desk.model, d)
        if 0.0 <= time < desk.grid.horizon:
            amount = chance * float(desk.model.deals.upfront[d])
            booked += amount * known(desk.grid, time).by_quarter()
            value += amount * float(desk.clock.at(np.array(time)))
    return booked, value


def untied_value(desk: Desk) -> float:
    """Value of what no program brings: payments at signing less overhead, expansions and own teams apart."""
    discount = desk.model.calendar.discount[: desk.grid.quarters]
    return _signings(desk)[1] - float(desk.model.money.overhead @ discount)


def _close(desk: Desk, books: Books, teams: F8) -> float:
    # Overhead, payments at signing, teams, capital; then net flow and cash. Returns what no program brings.
    model, supply, ledger = desk.model, desk.model.supply, books.ledger
    ledger[n.OVERHEAD] += model.money.overhead
    ledger[n.MILESTONES] += _signings(desk)[0]
    ledger[n.SELLING] += teams
    ledger[n.COGS] += supply.fixed_cost
    value = untied_value(desk) - float(supply.fixed_cost @ model.calendar.discount[: desk.grid.quarters])
    value -= float(teams @ model.calendar.discount[: desk.grid.quarters])
    for x in range(supply.expand_at.size):
        if supply.expand_at[x] >= desk.grid.horizon:
            continue
        start, length = known(desk.grid, float(supply.expand_at[x])), law(supply.expand_build[x])
        ledger[n.CAPITAL] += supply.expand_capital[x] * desk.spending.by_quarter(start, length, 0)
        value -= float(supply.expand_capital[x]) * desk.spending.worth(start, length, 0)
    ledger[n.NET] = ledger[list(n.INFLOWS)].sum(axis=0) - ledger[list(n.OUTFLOWS)].sum(axis=0)
    ledger[n.CASH] = model.money.opening + np.cumsum(ledger[n.NET])
    return value


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
