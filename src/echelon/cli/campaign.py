"""`echelon campaign`: batches on suites, period by period, by a mixed-integer programme."""

import time
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.errors import INTERRUPTED, WRONG, VerbError
from echelon.cli.options import Json, Threads
from echelon.cli.output import number, out, print_json, say, show_table
from echelon.cli.progress import LINE_SECONDS

if TYPE_CHECKING:
    from echelon.supply.campaign.plan import Given, Planned
    from echelon.supply.campaign.programme import Search, Seen

YEAR_GAP = 0.001
"""Gap that is near enough for a year of a company, whose demand is not known to a thousandth."""
YEAR_SECONDS = 60.0
"""Longest that a year's search takes unless told otherwise."""

MOST_ACROSS = 14
"""Periods that one table shows side by side."""


@dataclass(frozen=True)
class Year:
    """What is asked for of a run."""

    run: Path
    year: int
    quantile: float
    site: str
    trains: int
    write: Path | None


def campaign(
    instance: Annotated[
        Path | None,
        typer.Argument(metavar="[INSTANCE]", help="JSON file of the instance; its layout is in docs/campaigns.md."),
    ] = None,
    example: Annotated[
        str, typer.Option("--example", metavar="NAME", help="An instance that comes with Echelon.")
    ] = "",
    time_limit: Annotated[
        float | None, typer.Option("--time-limit", min=0.1, metavar="S", help="Seconds to search; any, with --run 60.")
    ] = None,
    gap: Annotated[
        float | None,
        typer.Option(
            "--gap", min=0.0, max=1.0, metavar="G", help="Relative gap that is near enough; 0, with --run 0.001."
        ),
    ] = None,
    run: Annotated[
        Path | None, typer.Option("--run", metavar="RUN", help="Plan a year of a finished run's company instead.")
    ] = None,
    year: Annotated[int | None, typer.Option("--year", metavar="Y", help="With --run: the year.")] = None,
    quantile: Annotated[
        float, typer.Option("--quantile", min=0.0, max=1.0, metavar="Q", help="With --run: of the year's demand.")
    ] = 0.8,
    site: Annotated[str, typer.Option("--site", metavar="S", help="With --run: one site only.")] = "",
    trains: Annotated[
        int, typer.Option("--trains", min=1, max=24, metavar="N", help="With --run: most trains of reactors to a line.")
    ] = 6,
    write: Annotated[
        Path | None, typer.Option("--write", metavar="F", help="With --run: keep the instance (.json), to edit.")
    ] = None,
    out_: Annotated[
        Path | None, typer.Option("--output", "--out", metavar="F", help="Write a page with a Gantt chart (.html).")
    ] = None,
    threads: Threads = None,
    json_: Json = False,
) -> None:
    """Schedule campaigns: which product in which suite when, for the most profit.

    Ctrl-C ends the search and keeps the best schedule so far.
    """
    from echelon.supply.campaign.plan import read_instance
    from echelon.supply.campaign.programme import Search

    if out_ is not None and out_.suffix.lower() not in (".html", ".htm"):
        msg = f"{out_}: a page's name ends in .html"
        raise VerbError(msg)
    if run is not None:
        if instance is not None or example:
            msg = "give an instance, --example NAME or --run RUN, and only one of them"
            raise VerbError(msg)
        from echelon.cli.campaign_year import plan_from_run

        asked = Year(run, _needed(year), quantile, site, trains, write)
        plan_from_run(
            asked,
            Search(
                YEAR_SECONDS if time_limit is None else time_limit, YEAR_GAP if gap is None else gap, threads, Told()
            ),
            json_,
            out_,
        )
        return
    if year is not None or site or write is not None:
        msg = "--year, --site and --write go with --run RUN"
        raise VerbError(msg)
    path = _path(instance, example)
    began = time.monotonic()
    given = or_infeasible(lambda: read_instance(path), json_, began)
    for warning in given.warnings:
        say(str(warning))
    answer(
        given,
        Search(time_limit, gap or 0.0, threads, Told()),
        json_,
        out_,
        f"echelon campaign {f'--example {example}' if example else path.name}",
    )


def _needed(year: int | None) -> int:
    if year is None:
        msg = "--run needs --year YEAR, the year to plan"
        raise VerbError(msg)
    return year


def _path(instance: Path | None, example: str) -> Path:
    from echelon.examples import plannable

    if (instance is None) == (not example):
        msg = "give the JSON file of an instance, --example NAME, or --run RUN"
        raise VerbError(msg)
    if instance is not None:
        return instance
    try:
        return plannable(example)
    except ValueError as error:
        raise VerbError(str(error)) from None


def answer(given: "Given", search: "Search", json_: bool, page: Path | None, command: str) -> "Planned":
    """Plan and show; exit status 130 where a search was stopped before it had any schedule."""
    from echelon.supply.campaign.plan import as_dict, plan

    began = time.monotonic()
    found: Planned = or_infeasible(lambda: plan(given.problem, search, given.root), json_, began)
    if json_:
        print_json(as_dict(found))
    else:
        _show(found)
    if page is not None:
        from echelon.report.campaign import campaign_sheet
        from echelon.report.sheet import write_sheet

        say(f"page: {write_sheet(campaign_sheet(found, command=f'{command} --output PAGE.html'), page)}")
    if found.status == "stopped" and found.schedule is None:
        raise typer.Exit(INTERRUPTED)
    return found


def or_infeasible(work: Any, json_: bool, began: float) -> Any:
    """Do the work; what cannot be met is an answer and ends the verb."""
    # With --json it has the keys of every answer beside those of an error.
    from echelon.supply.campaign.plan import InfeasibleError

    try:
        return work()
    except InfeasibleError as error:
        from echelon.cli.diagnostics import as_dict

        say("infeasible: no schedule can meet this instance")
        for diagnostic in error.diagnostics:
            say(str(diagnostic))
        if json_:
            none = {"objective": None, "bound": None, "status": "infeasible", "seconds": time.monotonic() - began}
            said = {"error": str(error.diagnostics[0]), "diagnostics": [as_dict(d) for d in error.diagnostics]}
            print_json(none | {"schedule": None} | said)
        raise typer.Exit(WRONG) from None


class Told:
    """Says now and then how far a search is."""

    def __init__(self) -> None:
        self._said = time.monotonic() - LINE_SECONDS + 1.0

    def __call__(self, seen: "Seen") -> None:
        """Take note of how far it is."""
        now = time.monotonic()
        if now - self._said < LINE_SECONDS:
            return
        self._said = now
        if not isfinite(seen.bound):
            return
        if seen.objective is None:
            say(f"{seen.seconds:,.0f} s: no schedule yet, none earns more than {number(seen.bound, 6)}")
            return
        gap = (seen.bound - seen.objective) / max(abs(seen.objective), 1e-9)
        words = f"best {number(seen.objective, 6)}, none earns more than {number(seen.bound, 6)}, gap {100 * gap:.2f} %"
        say(f"{seen.seconds:,.0f} s: {words}")


def _show(found: "Planned") -> None:
    from echelon.report.campaign import plain

    if found.schedule is None or found.verdict is None:
        out(f"{found.status}: no schedule found in {found.seconds:.1f} s; none earns more than {plain(found.bound)}")
        return
    if found.status == "optimal":
        out(f"{found.problem.name}: profit {plain(found.objective or 0.0)}, proved optimal in {found.seconds:.1f} s")
    else:
        gap = f"gap {100 * (found.gap or 0):.2f} %"
        out(
            f"{found.problem.name}: profit {plain(found.objective or 0.0)} ({found.status} after {found.seconds:.1f} s)"
        )
        out(f"no schedule earns more than {plain(found.bound)}: {gap}")
    out("; ".join(f"{name} {plain(float(value))}" for name, value in found.verdict.parts.items()))
    bars = found.schedule.bars()
    periods = found.problem.periods
    for first in range(0, len(periods), MOST_ACROSS):
        part = periods[first : first + MOST_ACROSS]
        rows = []
        for site, lane in found.problem.lanes:
            cells = {
                bar.period: f"{'▸' if bar.started else ''}{bar.product} {bar.batches:g}"
                for bar in bars
                if bar.lane == lane
            }
            rows.append(
                (lane if site in (lane, found.problem.name) else f"{lane} ({site})", *(cells.get(t, "") for t in part))
            )
        show_table(("suite", *part), rows, left=1 + len(part))
    out("product and batches; ▸ begins a campaign")
