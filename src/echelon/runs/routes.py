"""Routes: partner against own by territory; break-even sales, both sides' flows, the worth of taking back."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from echelon.company.company import Company
from echelon.company.rows.market import Deal, Territory
from echelon.company.rows.money import Choice
from echelon.company.rows.science import Asset
from echelon.futures.rules import numbers as n
from echelon.futures.rules.deals import PROMOTES, VENTURE
from echelon.runs.breakeven import Own, Terms, break_even
from echelon.runs.gaps import Gap
from echelon.runs.markets import Seen, look
from echelon.runs.paired import Lived, Pairing, Progress
from echelon.runs.run import RunError
from echelon.runs.sides import sides
from echelon.runs.simulate import Order

ROWS: dict[str, Any] = dict.fromkeys(
    ("asset", "territory", "deal", "partner", "route", "status", "verdict", "why"), pl.String
) | dict.fromkeys(
    ("sales", "partner_rate", "own_margin", "own_team", "own_rate", "break_even", "team_even"), pl.Float64
)  # fmt: skip

DEALS: dict[str, Any] = dict.fromkeys(
    ("deal", "partner", "asset", "route", "status", "territories", "on"), pl.String
) | dict.fromkeys(("difference", "se", "p_own_better", "milestones_pv"), pl.Float64)  # fmt: skip


@dataclass(frozen=True)
class Routes:
    """Partner against own.

    info : as of a run. rows : one per asset, territory and deal, or own territory with a team. deals : one per deal,
    with the paired difference in the company's value of having the territories ourselves. flows : as `sides.sides`.
    """

    info: dict[str, Any]
    rows: pl.DataFrame
    deals: pl.DataFrame
    flows: pl.DataFrame


def routes(
    order: Order, on: date | None = None, threads: int | None = None, progress: Progress | None = None
) -> Routes:
    """Compare partner and own sale for every deal that runs, may run or is offered.

    Parameters
    ----------
    order : company, scenario, plan, seed and number of futures.
    on : day on which an active deal is taken back, or an offered one taken; a year from as_of when None.
    threads, progress : as in `simulate`.

    Raises
    ------
    RunError
        If the company has neither such a deal nor a territory with an own team; or if `on` is not after as_of.
    """
    pairing = Pairing(order, threads, progress)
    as_of = pairing.company.settings.company.as_of
    day = on or as_of + timedelta(days=365)
    if day <= as_of:
        msg = f"a deal is taken back after the company's day, {as_of}, not on {day}"
        raise RunError(msg)
    deals = open_deals(pairing.company, pairing.built.labels.deals)
    teams = [row.id for row in pairing.company.rows(Territory) if row.own_team > 0.0]
    if not deals and not teams:
        msg = "the company has no deal under which others sell, and no own team, so there is no route to compare"
        raise RunError(msg)
    pairing.expect(1 + len(deals))
    base = pairing.base()
    seen = look(base.built, order.futures)
    rows: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []
    flows = [sides(base.results, pairing.company)]
    for deal in deals:
        kept, own = both(pairing, base, deal, day)
        mine = seen if kept is base else look(kept.built, order.futures)
        if kept is not base:
            flows.append(sides(kept.results, pairing.company).filter(pl.col("deal") == deal.id))
        rows += [row for row in (_under(pairing.company, kept, mine, deal, where) for where in deal.territories) if row]
        told.append(_told(kept, own.less(kept), own, deal, day))
    rows += _own_rows(pairing.company, base, seen, teams)
    return Routes(pairing.info, pl.DataFrame(rows, ROWS), pl.DataFrame(told, DEALS), pl.concat(flows))


def open_deals(company: Company, running: tuple[str, ...]) -> list[Deal]:
    """Deals under which others sell an active asset: those that run, options that may be exercised, and offers."""
    active = {row.id for row in company.rows(Asset) if row.status == "active"}
    return [
        row
        for row in company.rows(Deal)
        if row.direction == "out" and row.asset in active and (row.id in running or row.status == "offered")
    ]


def both(pairing: Pairing, base: Lived, deal: Deal, day: date) -> tuple[Lived, Lived]:
    """The futures with a deal, and with its territories our own."""
    if deal.status == "active":
        return base, pairing.chosen(Choice(action="own", target=deal.id, on=day))
    if deal.status == "option":
        left = [row for row in pairing.company.rows(Deal) if row.id != deal.id]
        return base, pairing.other(pairing.company.with_rows(Deal, left))
    if deal.id in base.built.labels.deals:
        rest = tuple(row for row in pairing.choices if (row.action, row.target) != ("license", deal.id))
        return base, pairing.other(pairing.company, rest)
    return pairing.chosen(Choice(action="license", target=deal.id, on=day)), base


def _told(kept: Lived, difference: Gap, own: Lived, deal: Deal, day: date) -> dict[str, Any]:
    paid = kept.results.sums["deal_sums"][_index(kept, deal), n.PAID] / kept.results.futures
    discount = kept.built.model.calendar.discount[: len(paid)]
    return {
        "deal": deal.id,
        "partner": deal.partner,
        "asset": deal.asset,
        "route": deal.route,
        "status": deal.status,
        "territories": ";".join(deal.territories),
        "on": None if deal.status == "option" else day.isoformat(),
        "difference": difference.mean,
        "se": difference.se,
        "p_own_better": float((own.value > kept.value).mean()),
        "milestones_pv": float(paid @ discount),
    }


def _index(lived: Lived, deal: Deal) -> int:
    return lived.built.labels.deals.index(deal.id)


def _pairs(lived: Lived, asset: str, territory: str) -> list[int]:
    labels = lived.built.labels
    return [
        f
        for f, ((_, where, _), sold) in enumerate(zip(labels.pairs, labels.pair_assets, strict=True))
        if (sold, where) == (asset, territory)
    ]


def _under(company: Company, lived: Lived, seen: Seen, deal: Deal, where: str) -> dict[str, Any] | None:
    # One territory of a deal; None where another deal stands before it, or nothing of the asset is filed.
    d = _index(lived, deal)
    pairs = [f for f in _pairs(lived, deal.asset, where) if lived.built.model.pairs.deal[f] == d]
    if not pairs:
        return None
    every = np.flatnonzero(lived.built.model.pairs.deal == d)
    y = int(seen.sales[every].sum(axis=0).argmax())
    whole, sales = float(seen.sales[every, y].sum()), float(seen.sales[pairs, y].sum())
    row = company.get(Territory, where)
    # Where a partner promotes what we sell, the team is there on either route and says nothing about the choice.
    team = row.own_team if row and deal.route != "promotion" else 0.0
    own = Own(float(lived.built.model.pairs.ours[pairs[0]]), team)
    milestones = _yearly(lived, d) * (sales / whole if whole > 0.0 else 0.0)
    terms = terms_of(lived, d, pairs[0], whole - sales, milestones)
    return _row(deal.asset, where, deal, own, terms, sales)


def terms_of(lived: Lived, d: int, f: int, base: float, milestones: float) -> Terms:
    """Terms of a deal for one of its pairs, our share taken."""
    deals, pairs = lived.built.model.deals, lived.built.model.pairs
    share = float(pairs.economic_share[f])
    if deals.route[d] == PROMOTES:
        return Terms(per_sale=float(pairs.promoted[f]), yearly=milestones * share)
    a, b = int(deals.tier_from[d]), int(deals.tier_from[d + 1])
    tiers = tuple(zip(deals.tier_sales[a:b].tolist(), deals.tier_rate[a:b].tolist(), strict=True))
    supply = float(deals.supply_share[d])
    profit = float(deals.profit_share[d]) if deals.route[d] == VENTURE else 0.0
    per_sale = supply - float(deals.supply_cost[d]) + profit * (1.0 - float(deals.partner_cost[d]) - supply)
    reaches = float(deals.pass_on[d]) - profit
    return Terms(tiers or ((0.0, 0.0),), reaches * share, per_sale * share, milestones * share, base)


def _yearly(lived: Lived, d: int) -> float:
    # Expected payments of a deal as an even amount a year over the quarters in which it runs.
    calendar, deals = lived.built.model.calendar, lived.built.model.deals
    paid = lived.results.sums["deal_sums"][d, n.PAID] / lived.results.futures
    discount = calendar.discount[: calendar.quarters]
    runs = np.arange(calendar.quarters) < min(int(deals.to_column[d]), calendar.quarters)
    whole = float((discount * 0.25)[runs].sum())
    return float(paid @ discount) / whole if whole > 0.0 else 0.0


def _row(asset: str, where: str, deal: Deal, own: Own, terms: Terms, sales: float) -> dict[str, Any]:
    least = break_even(own, terms)
    spare = own.margin * sales - terms.income(sales)
    verdict, why = judged(own, terms, sales, deal.route == "promotion")
    return {
        "asset": asset,
        "territory": where,
        "deal": deal.id,
        "partner": deal.partner,
        "route": deal.route,
        "status": deal.status,
        "sales": sales,
        "partner_rate": terms.income(sales) / sales if sales > 0.0 else None,
        "own_margin": own.margin,
        "own_team": own.team,
        "own_rate": own.income(sales) / sales if sales > 0.0 else None,
        "break_even": least,
        "team_even": spare,
        "verdict": verdict,
        "why": why,
    }


def judged(own: Own, terms: Terms, sales: float, promoted: bool = False) -> tuple[str, str]:
    """Which route pays more at some yearly sales, and why in a sentence."""
    if sales <= 0.0:
        return "neither", "Nothing is expected to be sold here."
    if own.margin == 0.0 and own.team == 0.0 and terms.income(sales) == 0.0:
        return "neither", "Nothing of these sales is ours either way."
    if promoted:
        return "own", "We sell already; the commission buys volume that the model does not see."
    least = break_even(own, terms)
    times = f"Expected sales are {sales / least:.2g} times break-even." if least > 0.0 else ""
    if terms.income(sales) >= own.income(sales):
        if math.isinf(least):
            return "partner", "The partner pays more of each sale than our own margin leaves, whatever is sold."
        return "partner", times or "The partner pays more at these sales."
    if own.team <= 0.0:
        return "the team decides", "No cost of an own team is given: own pays more if it costs less a year than shown."
    return "own", times or "Own wins from the first sale."


def _own_rows(company: Company, base: Lived, seen: Seen, teams: list[str]) -> list[dict[str, Any]]:
    # Territories where we sell ourselves with a team: all our assets there share it, so they stand together.
    rows = []
    pairs = base.built.model.pairs
    names = base.built.labels.territories
    for where in teams:
        mine = [f for f in range(len(pairs.deal)) if names[pairs.territory[f]] == where and pairs.deal[f] < 0]
        if not mine:
            continue
        y = int(seen.sales[mine].sum(axis=0).argmax())
        by_pair = seen.sales[mine, y]
        sales = float(by_pair.sum())
        territory = company.get(Territory, where)
        # What recipes cost a gram is ours whole and stands in no share of sales; a partner's sales would cost it, too.
        kept = pairs.ours[mine] - pairs.unit_cost[mine] * pairs.grams[mine]
        margin = float(by_pair @ kept) / sales if sales > 0.0 else float(kept[0])
        own = Own(margin, territory.own_team if territory else 0.0)
        least = break_even(own, Terms())
        pays = own.income(sales) > 0.0
        rows.append(
            {
                "asset": "",
                "territory": where,
                "deal": "",
                "partner": "",
                "route": "own",
                "status": "own",
                "sales": sales,
                "partner_rate": None,
                "own_margin": margin,
                "own_team": own.team,
                "own_rate": own.income(sales) / sales if sales > 0.0 else None,
                "break_even": least,
                "team_even": margin * sales,
                "verdict": "own" if pays else "partner or nobody",
                "why": "All that we sell here ourselves, against the team it needs; any partner who pays more than "
                "our income for each sale is better."
                if pays
                else "What we sell here ourselves does not pay for the team: any partner who pays is better.",
            }
        )
    return rows
