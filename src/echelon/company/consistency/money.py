"""Checks that every currency in use has a rate."""

from echelon.company.diagnostics import Log
from echelon.company.rows.market import Deal, FxRate, Price, Sales, Territory
from echelon.company.rows.science import Discovery, Program, Stage
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log every disagreement of currencies."""
    _currencies(view, log)
    _published_currency(view, log)


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
