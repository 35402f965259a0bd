"""Checks limits per year: people that nobody needs, and starts that a limit forbids for ever."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

from echelon.company.diagnostics import Log
from echelon.company.rows.money import Choice, Resource
from echelon.company.rows.science import Program, Stage
from echelon.company.rows.settings import General
from echelon.company.view import View

YEAR, QUARTER = timedelta(days=365.25), timedelta(days=365.25 / 4)


def check(view: View, log: Log) -> None:
    """Log a limit on people where no stage has any."""
    if not view.whole("resources", "stages") or any(row.people for row in view.rows(Stage)):
        return
    limit = next((row for row in view.rows(Resource) if row.resource == "headcount"), None)
    if limit is not None:
        message = "headcount is limited, and no stage in `stages` has `people`, so the limit holds nothing back"
        hint = "give `people` on the stages of a chain or of a program"
        log.warn(view.place("resources", limit.key, "resource"), "W426", message, hint)


def check_funded(view: View, table: str, choices: Iterable[Choice], log: Log) -> None:
    """Log programs that are to start whatever the cash, and that another limit forbids to start in every year."""
    if not view.settings or not view.whole("resources", "stages", "programs"):
        return
    for choice in choices:
        program = view.get(Program, choice.target) if choice.action == "fund" else None
        if program is None or program.status != "active":
            continue
        for stage, why in forbidden(view, program):
            if choice.stage in ("", stage):
                message = f"`fund` starts `{program.key}` whatever the cash, and its stage `{stage}` never can: {why}"
                hint = "raise the limit of one year at least, or take the choice out; `fund` lifts cash limits only"
                log.wrong(view.place(table, choice.key, "target"), "E350", message, hint)
                break


def forbidden(view: View, program: Program) -> Iterator[tuple[str, str]]:
    """Stages still to start that a limit of every year forbids, and why."""
    starts, people = _most(view, "trial_starts"), _most(view, "headcount")
    names = view.stages_ahead(program)
    begun = program.stage_since is None or program.stage_since <= view.as_of
    for name in names[1:] if begun else names:
        row = view.stage_row(program, name)
        kind = _kind(view, program, name)
        if starts is not None and starts < 1 and kind == "clinic":
            yield name, "`trial_starts` is under 1 in every year"
        if row and row.people and people is not None and row.people > people:
            yield name, f"it needs {row.people:g} people, and `headcount` is {people:g} at most"


def _kind(view: View, program: Program, stage: str) -> str:
    # Kind of a stage: as its chain says; the standard chain's trials are phases.
    row = view.get(Stage, f"{program.chain}/{stage}")
    if row is not None and row.kind is not None:
        return row.kind
    return "clinic" if stage.startswith("phase") else ""


def _most(view: View, resource: str) -> float | None:
    # Largest limit of all years to the horizon; None where a year has none.
    assert view.settings is not None
    limits = {row.year: row.amount for row in view.rows(Resource) if row.resource == resource}
    told = years(view.settings.company)
    return max(limits[year] for year in told) if all(year in limits for year in told) else None


def years(general: General) -> range:
    """Calendar years of the horizon; a quarter belongs to the year of its middle."""
    first = general.as_of + 0.5 * QUARTER
    last = first + general.horizon_years * YEAR - QUARTER
    return range(first.year, last.year + 1)
