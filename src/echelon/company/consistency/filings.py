"""Checks that filings agree with their programs, their days and each other."""

from echelon.company.diagnostics import Log
from echelon.company.rows.market import Filing
from echelon.company.rows.science import Program
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log every disagreement of filings."""
    _filings(view, log)


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
    as_of = view.as_of
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
