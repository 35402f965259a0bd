"""Checks that deals, their tiers and their territories agree."""

from datetime import date
from itertools import combinations, pairwise

from echelon.company.consistency import milestones, terms
from echelon.company.diagnostics import Log
from echelon.company.rows.market import Deal, DealTier
from echelon.company.view import View

EVER = (date.min, date.max)


def check(view: View, log: Log) -> None:
    """Log every disagreement of deals and their tiers."""
    _deals(view, log)
    _rights(view, log)
    _tiers(view, log)
    terms.check(view, log)
    milestones.check(view, log)


def _deals(view: View, log: Log) -> None:
    tiered = {row.deal for row in view.rows(DealTier)}
    for row in view.rows(Deal):
        if row.royalty is not None and row.key in tiered:
            place = view.place("deals", row.key, "royalty")
            log.wrong(place, "E307", "the deal has both a `royalty` and rows in `deal_tiers`")
        if row.signed and row.ends and row.ends < row.signed:
            place = view.place("deals", row.key, "ends")
            log.wrong(place, "E314", f"ends on {row.ends}, before it was signed on {row.signed}")
        if row.sales_milestone > 0 and row.sales_milestone_at is None:
            place = view.place("deals", row.key, "sales_milestone_at")
            log.wrong(place, "E324", "a sales milestone needs `sales_milestone_at`")


def _rights(view: View, log: Log) -> None:
    """One active deal holds an asset in a territory at a time; a sub-licence shares with the deal it is under."""
    active: dict[tuple[str, str, str], list[Deal]] = {}
    for row in view.rows(Deal):
        for territory in dict.fromkeys(row.territories) if row.status == "active" else ():
            active.setdefault((row.direction, row.asset, territory), []).append(row)
    told: set[tuple[str, str]] = set()
    for (_, asset, territory), deals in active.items():
        for first, second in combinations(deals, 2):
            if first.key == second.sublicense_of or second.key == first.sublicense_of:
                continue
            if _overlap(first, second) and (first.key, second.key) not in told:
                told.add((first.key, second.key))
                message = f"`{first.key}` holds `{asset}` in `{territory}` at the same time"
                log.wrong(view.place("deals", second.key, "territories"), "E310", message)


def _overlap(first: Deal, second: Deal) -> bool:
    starts = max(first.signed or EVER[0], second.signed or EVER[0])
    return starts < min(first.ends or EVER[1], second.ends or EVER[1])


def _tiers(view: View, log: Log) -> None:
    tiers: dict[str, list[DealTier]] = {}
    for row in view.rows(DealTier):
        tiers.setdefault(row.deal, []).append(row)
    for deal, rows in tiers.items():
        rows.sort(key=lambda row: row.from_sales)
        for lower, upper in pairwise(rows):
            if upper.royalty <= lower.royalty:
                message = (
                    f"the royalty of `{deal}` must rise with sales: {lower.royalty:g} from {lower.from_sales:g}, "
                    f"then {upper.royalty:g} from {upper.from_sales:g}"
                )
                log.wrong(view.place("deal_tiers", upper.key, "royalty"), "E308", message)
