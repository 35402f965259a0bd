"""Warns of what is allowed but implausible, and of numbers without a source or only remembered."""

from collections.abc import Callable, Iterator
from datetime import date

from echelon.company import plausibility_supply, plausibility_world
from echelon.company.cells import cells
from echelon.company.diagnostics import Log, Severity
from echelon.company.rows import TABLES, Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import DealTier, Epidemiology, Filing, Indication, Sales
from echelon.company.rows.money import Source
from echelon.company.rows.science import Asset, Program, Stage
from echelon.company.view import View
from echelon.priors.base import table as published

DAYS_PER_MONTH = 365.25 / 12
WIDEST = 100.0
"""High over low beyond which a range says nothing."""


def check(view: View, log: Log) -> None:
    """Log every implausible value and every number without a source."""
    rules: tuple[Callable[[View, Log], None], ...] = (
        _probabilities,
        _ranges,
        _overdue,
        _filing_days,
        _exclusivity,
        _assets,
        _unused,
        _tiers,
        plausibility_world.check,
        plausibility_supply.check,
        _provenance,
    )
    for rule in rules:
        rule(view, log)


def _probabilities(view: View, log: Log) -> None:
    seen: dict[str, list[float]] = {}
    for fact in published("transitions"):
        seen.setdefault(fact["step"], []).append(float(fact["value"]))
    for row in view.rows(Stage):
        if row.pos is not None and row.stage in seen:
            low, high = min(seen[row.stage]), max(seen[row.stage])
            if not low <= row.pos <= high:
                message = f"`pos` {row.pos:g} of `{row.stage}` lies outside the published {low:g} to {high:g}"
                log.warn(view.place("stages", row.key, "pos"), "W401", message)


def _spread(view: View) -> Iterator[tuple[str, str, str, Uncertain]]:
    """The uncertain values in which a range is expected."""
    for stage in view.rows(Stage):
        for name in ("duration", "cost"):
            value = getattr(stage, name)
            if value is not None:
                yield "stages", stage.key, name, value
    for sales in view.rows(Sales):
        yield "sales", sales.key, "peak_sales", sales.peak_sales


def _ranges(view: View, log: Log) -> None:
    for table, key, name, value in _spread(view):
        if value.dist == "fixed" and value.mode > 0:
            message = f"`{name}` is the single value {value.mode:g}, where a range is expected"
            hint = f"give `{name}_low`, `{name}_mode` and `{name}_high`"
            log.warn(view.place(table, key, name), "W402", message, hint)
        elif value.low > 0 and value.high / value.low > WIDEST:
            message = f"`{name}` ranges {value.high / value.low:,.0f} to one"
            log.warn(view.place(table, key, name), "W407", message)


def _overdue(view: View, log: Log) -> None:
    if not view.settings:
        return
    as_of = view.settings.company.as_of
    for row in view.rows(Program):
        stage = view.stage_row(row, row.stage)
        if row.status != "active" or not row.stage_since or stage is None or stage.duration is None:
            continue
        months = (as_of - row.stage_since).days / DAYS_PER_MONTH
        if months > stage.duration.high:
            message = f"`{row.stage}` began {months:.0f} months ago and lasts {stage.duration.high:g} at most"
            log.warn(view.place("programs", row.key, "stage_since"), "W403", message)


def _filing_days(view: View, log: Log) -> None:
    if not view.settings:
        return
    as_of = view.settings.company.as_of
    for row in view.rows(Filing):
        if row.status == "planned" and row.submitted and row.submitted <= as_of:
            message = f"planned, but its submission on {row.submitted} is past"
            hint = "a filing that was submitted is `filed`"
            log.warn(view.place("filings", row.key, "submitted"), "W404", message, hint)
        if row.status == "filed" and not row.submitted:
            log.warn(view.place("filings", row.key, "submitted"), "W404", "filed, but the day is not given")


def _exclusivity(view: View, log: Log) -> None:
    launched: dict[str, date] = {}
    for row in view.rows(Filing):
        if row.status == "approved" and row.approved:
            launched[row.program] = min(launched.get(row.program, date.max), row.approved)
    for program in view.rows(Program):
        end = program.exclusivity_end
        start = launched.get(program.key)
        if end and start and end <= start:
            message = f"exclusivity ends on {end}, before the first approval on {start}"
            log.warn(view.place("programs", program.key, "exclusivity_end"), "W405", message)


def _assets(view: View, log: Log) -> None:
    with_program = {row.asset for row in view.rows(Program)}
    for asset in view.rows(Asset):
        alone = asset.key not in with_program and not asset.stage
        if alone and asset.status == "active" and view.whole("programs"):
            message = f"`{asset.key}` has neither a program nor a stage, so it is not simulated"
            log.warn(view.place("assets", asset.key, "id"), "W406", message)
    for row in view.rows(Program):
        owner = view.get(Asset, row.asset)
        if owner and owner.status == "discontinued" and row.status == "active":
            message = f"`{row.asset}` is discontinued, so its active program is not simulated"
            log.warn(view.place("programs", row.key, "status"), "W406", message)


def _unused(view: View, log: Log) -> None:
    if not view.whole("indications"):
        return
    diseases = {row.disease for row in view.rows(Indication)}
    for row in view.rows(Epidemiology):
        if row.disease not in diseases:
            message = f"no indication is of disease `{row.disease}`, so its patients are not used"
            log.warn(view.place("epidemiology", row.key, "disease"), "W409", message)


def _tiers(view: View, log: Log) -> None:
    lowest: dict[str, DealTier] = {}
    for row in view.rows(DealTier):
        if row.deal not in lowest or row.from_sales < lowest[row.deal].from_sales:
            lowest[row.deal] = row
    for row in lowest.values():
        if row.from_sales > 0:
            message = f"`{row.deal}` pays no royalty on sales below {row.from_sales:g}"
            log.warn(view.place("deal_tiers", row.key, "from_sales"), "W410", message)


def _provenance(view: View, log: Log) -> None:
    """Every row with a number has a source; what is remembered says so."""
    sourced = {(row.table_name, row.id) for row in view.rows(Source)}
    for table, model in TABLES.items():
        if table == "sources":
            continue
        numbers = {cell.attribute for cell in cells(model) if cell.kind == "number"}
        for key, row in view.tables[table].items():
            if row.confidence == "remembered":
                place = view.place(table, key, "confidence")
                message = f"`{key}` is remembered, not read"
                log.add(place, "W502", message, "", Severity.REMEMBERED)
            if not row.source and not row.note and (table, key) not in sourced and _has_number(row, numbers):
                log.warn(view.place(table, key, ""), "W501", f"`{key}` has numbers and no source")


def _has_number(row: Row, numbers: set[str]) -> bool:
    return any(name in numbers and getattr(row, name) is not None for name in row.model_fields_set)
