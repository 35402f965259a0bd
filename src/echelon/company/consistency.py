"""Checks that rows agree with each other: dates, markets, deals, currencies, stages, supply."""

from datetime import date
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from echelon.company import countries
from echelon.company.diagnostics import Log
from echelon.company.rows.market import (
    Competitor,
    Deal,
    DealTier,
    Epidemiology,
    Filing,
    FxRate,
    Indication,
    Listing,
    Price,
    Sales,
    Territory,
)
from echelon.company.rows.money import Actual
from echelon.company.rows.science import Discovery, Program, Stage
from echelon.company.rows.supply import Inspection, Recipe
from echelon.company.view import View

if TYPE_CHECKING:
    from collections.abc import Callable

EVER = (date.min, date.max)


def check(view: View, log: Log) -> None:
    """Log every disagreement between rows."""
    rules: tuple[Callable[[View, Log], None], ...] = (
        _stages,
        _programs,
        _markets,
        _filings,
        _deals,
        _tiers,
        _currencies,
        _published_currency,
        _supply,
        _inspections,
        _discovery,
        _competitors,
        _sales,
        _actuals,
        _listings,
        countries.check,
    )
    for rule in rules:
        rule(view, log)


def _as_of(view: View) -> date:
    return view.settings.company.as_of if view.settings else date.max


def _stages(view: View, log: Log) -> None:
    places: dict[tuple[str, int], str] = {}
    for row in view.rows(Stage):
        if bool(row.chain) == bool(row.program):
            said = "both a chain and a program" if row.chain else "neither a chain nor a program"
            log.wrong(view.place("stages", row.key, "stage"), "E315", f"the stage has {said}; it needs one")
            continue
        if row.program:
            _program_stage(view, row, log)
            continue
        for column in ("order", "kind"):
            if getattr(row, column) is None:
                place = view.place("stages", row.key, column)
                log.wrong(place, "E315", f"a stage of a chain needs `{column}`")
        if row.stage == "marketed":
            place = view.place("stages", row.key, "stage")
            log.wrong(place, "E316", "`marketed` follows every chain and is no stage of one")
        if row.order is not None:
            other = places.setdefault((row.chain, row.order), row.stage)
            if other != row.stage:
                place = view.place("stages", row.key, "order")
                log.wrong(place, "E316", f"`{other}` of chain `{row.chain}` has the same `order`, {row.order}")
    for chain in {row.chain for row in view.rows(Stage) if row.chain}:
        _filing_last(view, chain, log)


def _filing_last(view: View, chain: str, log: Log) -> None:
    rows = sorted((row for row in view.rows(Stage) if row.chain == chain), key=lambda row: row.order or 0)
    filings = [row for row in rows if row.kind == "filing"]
    if len(filings) > 1 or (filings and rows[-1].kind != "filing"):
        names = ", ".join(row.stage for row in filings)
        message = f"chain `{chain}` needs one filing stage, its last; it has {names}"
        log.wrong(view.place("stages", filings[0].key, "kind"), "E316", message)
    elif not filings and view.whole("stages") and all(row.kind for row in rows):
        message = f"chain `{chain}` has no stage of kind `filing`; it needs one, its last"
        log.wrong(view.place("stages", rows[-1].key, "kind"), "E316", message)


def _program_stage(view: View, row: Stage, log: Log) -> None:
    program = view.get(Program, row.program)
    if program is None or program.chain not in view.chains:
        return
    stages = view.chains[program.chain]
    if row.stage not in stages:
        message = f"`{row.stage}` is no stage of `{row.program}`, whose chain `{program.chain}` has {', '.join(stages)}"
        log.wrong(view.place("stages", row.key, "stage"), "E204", message)


def _programs(view: View, log: Log) -> None:
    for row in view.rows(Program):
        if row.stage == "marketed" and row.stage_since and row.stage_since > _as_of(view):
            message = f"a marketed program cannot start on {row.stage_since}, after `as_of`"
            log.wrong(view.place("programs", row.key, "stage_since"), "E306", message)
        if row.depends_stage and not row.depends_on:
            place = view.place("programs", row.key, "depends_stage")
            log.wrong(place, "E317", "`depends_stage` is given without `depends_on`")
        first = view.get(Program, row.depends_on) if row.depends_on else None
        if first and row.depends_stage and row.depends_stage not in view.chains.get(first.chain, ()):
            place = view.place("programs", row.key, "depends_stage")
            log.wrong(place, "E317", f"`{row.depends_stage}` is no stage of `{first.key}`")


def _markets(view: View, log: Log) -> None:
    """Every program that runs has sales, or patients and a price somewhere, or reported sales."""
    if not view.whole("sales", "epidemiology", "prices", "indications", "actuals"):
        return
    direct = {row.program for row in view.rows(Sales)}
    patients: dict[str, set[str]] = {}
    for epidemiology in view.rows(Epidemiology):
        patients.setdefault(epidemiology.disease, set()).add(epidemiology.territory)
    prices: dict[str, set[str]] = {}
    for price in view.rows(Price):
        prices.setdefault(price.asset, set()).add(price.territory)
    reported = {row.asset for row in view.rows(Actual) if row.item == "sales"}
    for row in view.rows(Program):
        if row.status != "active" or row.key in direct or (row.stage == "marketed" and row.asset in reported):
            continue
        indication = view.get(Indication, row.indication) if row.indication else None
        treated = patients.get(indication.disease, set()) if indication else set()
        if treated & prices.get(row.asset, set()):
            continue
        if row.indication and indication is None:
            continue  # the missing indication is reported as a reference
        lack = "a row in `sales`"
        if indication and not treated:
            lack += f", or patients of `{indication.disease}` in `epidemiology`"
        elif indication:
            lack += f", or a price of `{row.asset}` in a territory that has patients"
        else:
            lack += ", or an `indication` with patients and prices"
        log.wrong(view.place("programs", row.key, "id"), "E301", f"`{row.key}` has no market; it needs {lack}")


def _filings(view: View, log: Log) -> None:
    home = view.settings.company.home if view.settings else ()
    for row in view.rows(Filing):
        _filing_days(view, row, log)
        relied = row.relies_on
        known = not relied or relied in home or f"{row.program}/{relied}" in view.known("filings")
        if not known and relied in view.known("territories"):
            place = view.place("filings", row.key, "relies_on")
            log.wrong(place, "E305", f"relies on `{relied}`, where `{row.program}` has no filing")


def _filing_days(view: View, row: Filing, log: Log) -> None:
    as_of = _as_of(view)
    program = view.get(Program, row.program)
    if row.submitted and row.approved and row.approved < row.submitted:
        place = view.place("filings", row.key, "approved")
        log.wrong(place, "E302", f"approved on {row.approved}, before it was submitted on {row.submitted}")
    if row.status == "approved" and not row.approved:
        place = view.place("filings", row.key, "approved")
        log.wrong(place, "E303", "an approved filing needs its day in `approved`")
    if row.status != "approved" and row.approved:
        place = view.place("filings", row.key, "approved")
        message = f"the filing has a day of approval but its status is `{row.status}`"
        log.wrong(place, "E303", message)
    if row.status == "approved" and row.approved and row.approved > as_of:
        place = view.place("filings", row.key, "approved")
        hint = "a filing still to be approved is `planned` or `filed`"
        log.wrong(place, "E303", f"approved on {row.approved}, after `as_of` {as_of}", hint)
    if row.status in ("filed", "approved", "refused") and row.submitted and row.submitted > as_of:
        place = view.place("filings", row.key, "submitted")
        log.wrong(place, "E303", f"{row.status}, but submitted on {row.submitted}, after `as_of` {as_of}")
    if program and row.status == "approved" and program.stage != "marketed":
        ahead = view.stages_ahead(program)
        if len(ahead) > 1:
            place = view.place("filings", row.key, "status")
            message = f"approved here, but `{program.key}` is in stage `{program.stage}`"
            log.wrong(place, "E304", message, "an approved program is `marketed`, or in its filing stage")


def _deals(view: View, log: Log) -> None:
    tiered = {row.deal for row in view.rows(DealTier)}
    active: dict[tuple[str, str, str], list[Deal]] = {}
    for row in view.rows(Deal):
        seen: set[str] = set()
        for territory in row.territories:
            if territory in seen:
                place = view.place("deals", row.key, "territories")
                log.wrong(place, "E309", f"`{territory}` is there twice")
            elif row.status == "active":
                active.setdefault((row.direction, row.asset, territory), []).append(row)
            seen.add(territory)
        if row.royalty is not None and row.key in tiered:
            place = view.place("deals", row.key, "royalty")
            log.wrong(place, "E307", "the deal has both a `royalty` and rows in `deal_tiers`")
        if row.signed and row.ends and row.ends < row.signed:
            place = view.place("deals", row.key, "ends")
            log.wrong(place, "E314", f"ends on {row.ends}, before it was signed on {row.signed}")
        if row.sales_milestone > 0 and row.sales_milestone_at is None:
            place = view.place("deals", row.key, "sales_milestone_at")
            log.wrong(place, "E324", "a sales milestone needs `sales_milestone_at`")
    told: set[tuple[str, str]] = set()
    for (_, asset, territory), deals in active.items():
        for first, second in combinations(deals, 2):
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


def _currencies(view: View, log: Log) -> None:
    """Every currency that is used can be changed into the company's."""
    if not view.settings or not view.whole("fx"):
        return
    own = view.settings.company.currency
    own_rate = view.get(FxRate, own)
    if own_rate and own_rate.rate != 1:
        place = view.place("fx", own, "rate")
        log.wrong(place, "E312", f"the rate of the company's own currency {own} is 1, not {own_rate.rate:g}")
    known = set(view.known("fx")) | {own, ""}
    priced = {row.territory for row in view.rows(Price)}
    for territory in view.rows(Territory):
        if territory.key in priced and territory.currency not in known:
            _no_rate(view, "territories", territory.key, territory.currency, log)
    for sales in view.rows(Sales):
        if sales.currency not in known:
            _no_rate(view, "sales", sales.key, sales.currency, log)
    for deal in view.rows(Deal):
        if deal.currency not in known:
            _no_rate(view, "deals", deal.key, deal.currency, log)


def _no_rate(view: View, table: str, key: str, currency: str, log: Log) -> None:
    message = f"`fx` has no rate for {currency}"
    log.wrong(view.place(table, key, "currency"), "E311", message, f"add a row for {currency} to the table `fx`")


def _published_currency(view: View, log: Log) -> None:
    """Published costs are in USD: where one fills a blank, USD must be changed into the company's currency."""
    settings = view.settings
    if not settings or settings.company.currency == "USD" or "USD" in view.known("fx"):
        return
    if not view.whole("programs", "stages", "discovery", "fx"):
        return
    blank: list[str] = []
    for row in view.rows(Program):
        if row.status == "active":
            ahead = view.stages_ahead(row)
            blank += [f"{row.key}, {name}" for name in ahead if _no_cost(view.stage_row(row, name))]
    for platform in view.rows(Discovery):
        chain = view.chains.get(platform.chain, ())
        ahead = chain[chain.index(platform.entry_stage) :] if platform.entry_stage in chain else ()
        rows = [(name, view.get(Stage, f"{platform.chain}/{name}")) for name in ahead]
        blank += [f"{platform.key}, {name}" for name, stage in rows if _no_cost(stage)]
    if blank:
        more = f" and {len(blank) - 1} more" if len(blank) > 1 else ""
        message = f"costs are filled from published ones in USD ({blank[0]}{more}), and `fx` has no rate for USD"
        place = view.place("company", "", "company.currency")
        log.wrong(place, "E311", message, "add a row for USD to the table `fx`, or give every cost in `stages`")


def _no_cost(row: Stage | None) -> bool:
    return row is None or row.cost is None


def _supply(view: View, log: Log) -> None:
    for row in view.rows(Recipe):
        if row.grams_per_month is None and row.sales_per_gram is None:
            place = view.place("recipes", row.key, "grams_per_month")
            message = "the recipe needs `grams_per_month` or `sales_per_gram`, or demand has no grams"
            log.wrong(place, "E313", message)


def _inspections(view: View, log: Log) -> None:
    for row in view.rows(Inspection):
        odds = (row.oai or 0.0) + (row.vai or 0.0)
        if odds > 1.0:
            place = view.place("inspections", row.key, "vai")
            log.wrong(place, "E323", f"`oai` and `vai` together are {odds:g}, more than 1")
        if row.visited and row.visited > _as_of(view):
            place = view.place("inspections", row.key, "visited")
            log.wrong(place, "E323", f"the last visit is on {row.visited}, after `as_of`")


def _discovery(view: View, log: Log) -> None:
    for row in view.rows(Discovery):
        if row.starts and row.ends and row.ends < row.starts:
            place = view.place("discovery", row.key, "ends")
            log.wrong(place, "E314", f"ends on {row.ends}, before it starts on {row.starts}")
        if row.candidates_per_year is None and (row.budget_per_year is None or row.cost_per_candidate == 0):
            place = view.place("discovery", row.key, "candidates_per_year")
            message = "needs `candidates_per_year`, or `budget_per_year` and a `cost_per_candidate` above 0"
            log.wrong(place, "E320", message)


def _competitors(view: View, log: Log) -> None:
    for row in view.rows(Competitor):
        if (row.entry is None) == (row.entry_years is None):
            said = "both `entry` and `entry_years`" if row.entry else "neither `entry` nor `entry_years`"
            log.wrong(view.place("competitors", row.key, "entry"), "E319", f"the rival has {said}; it needs one")


def _sales(view: View, log: Log) -> None:
    split = {row.program for row in view.rows(Sales) if row.territory}
    for row in view.rows(Sales):
        if not row.territory and row.program in split:
            message = f"`{row.program}` has sales of all territories together and of single ones"
            log.wrong(view.place("sales", row.key, "program"), "E321", message, "keep one or the other")


def _actuals(view: View, log: Log) -> None:
    as_of = _as_of(view)
    for row in view.rows(Actual):
        place = view.place("actuals", row.key, "quarter")
        first_month = 3 * int(row.quarter[5]) - 2
        if date(int(row.quarter[:4]), first_month, 1) > as_of:
            log.wrong(place, "E322", f"{row.quarter} is after `as_of` {as_of}, so nothing of it is reported yet")
        if row.item == "sales" and not row.asset:
            log.wrong(view.place("actuals", row.key, "asset"), "E322", "reported sales need their `asset`")


def _listings(view: View, log: Log) -> None:
    for row in view.rows(Listing):
        if row.status == "listed" and row.listed and row.listed > _as_of(view):
            place = view.place("listings", row.key, "listed")
            hint = "a listing still to come is `planned`"
            log.wrong(place, "E325", f"listed on {row.listed}, after `as_of`", hint)
        if row.status == "planned" and row.listed:
            place = view.place("listings", row.key, "listed")
            log.wrong(place, "E325", "the listing has a day but its status is `planned`")
