"""Checks that filings agree with their programs, their days and each other."""

from echelon.company.diagnostics import Log
from echelon.company.rows.market import Filing
from echelon.company.rows.science import Program
from echelon.company.view import View

LIVE = ("planned", "filed", "approved")
OPEN = ("planned", "filed")


def check(view: View, log: Log) -> None:
    """Log every disagreement of filings."""
    _filings(view, log)


def _filings(view: View, log: Log) -> None:
    home = view.settings.company.home if view.settings else ()
    for row in view.rows(Filing):
        _filing_days(view, row, log)
        if row.status in LIVE:
            _confirmation(view, row, log)
            _reliance(view, row, log)
        if row.status == "planned":
            _data(view, row, log)
        if row.status in OPEN:
            _cycles(view, row, log)
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


def _confirmation(view: View, row: Filing, log: Log) -> None:
    """A conditional approval has one thing that confirms it; no other has any."""
    own = [name for name in ("confirm", "confirm_pos") if getattr(row, name) is not None]
    if row.confirm_cost > 0:
        own.append("confirm_cost")
    given = (["confirmed_by"] if row.confirmed_by else []) + own
    if row.pathway != "conditional":
        if given:
            message = f"`{given[0]}` belongs to a conditional approval, and the pathway is `{row.pathway}`"
            hint = f"write `conditional` as the pathway, or leave {_listed(given)} blank"
            log.wrong(view.place("filings", row.key, given[0]), "E330", message, hint)
    elif row.confirmed_by and own:
        message = f"the approval is confirmed by `{row.confirmed_by}` and by a trial of its own, {_listed(own)}"
        log.wrong(view.place("filings", row.key, "confirmed_by"), "E330", message, "keep one or the other")
    elif not row.confirmed_by and row.confirm is None and row.confirm_pos is None:
        hint = (
            "give `confirmed_by`, or `confirm` (months to the result) and `confirm_pos`; "
            "an approval already confirmed is `standard`"
        )
        message = "a conditional approval needs what confirms it"
        log.wrong(view.place("filings", row.key, "pathway"), "E330", message, hint)
    elif not row.confirmed_by and (row.confirm is None or row.confirm_pos is None):
        lack, has = ("confirm", "confirm_pos") if row.confirm is None else ("confirm_pos", "confirm")
        hint = "the trial needs its length, `confirm`, and its probability of success, `confirm_pos`"
        log.wrong(view.place("filings", row.key, has), "E330", f"`{has}` is given without `{lack}`", hint)


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _reliance(view: View, row: Filing, log: Log) -> None:
    if row.pathway == "reliance" and not row.relies_on:
        place = view.place("filings", row.key, "relies_on")
        hint = "name the territory whose authority decides first"
        log.wrong(place, "E330", "the pathway `reliance` needs `relies_on`", hint)


def _data(view: View, row: Filing, log: Log) -> None:
    """Data that may not be taken have a bridging study, and its risk is within the probability of approval."""
    if row.accepts_data < 1 and row.bridging is None:
        place = view.place("filings", row.key, "bridging")
        message = f"the data are refused with chance {1 - row.accepts_data:g}, and the bridging study has no length"
        hint = "give `bridging_low`, `bridging_mode` and `bridging_high` in months, or leave `accepts_data` blank"
        log.wrong(place, "E331", message, hint)
    most = row.accepts_data + (1 - row.accepts_data) * row.bridging_pos
    if row.pos is not None and row.pos > most + 1e-9:
        message = f"`pos` {row.pos:g} is more than the chance that there are data to approve, {most:.4g}"
        hint = (
            f"`pos` is the whole probability of approval, so at most {most:.4g}: "
            f"`accepts_data` {row.accepts_data:g} + {1 - row.accepts_data:g} × `bridging_pos` {row.bridging_pos:g}"
        )
        log.wrong(view.place("filings", row.key, "pos"), "E332", message, hint)


def _cycles(view: View, row: Filing, log: Log) -> None:
    if row.complete_response > 0 and row.cycles == 0:
        place = view.place("filings", row.key, "cycles")
        message = f"a complete response has a chance of {row.complete_response:g}, and `cycles` allows none to follow"
        log.wrong(place, "E333", message, "give `cycles` 1 to 3, or leave `complete_response` blank")
