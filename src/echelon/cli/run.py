"""`echelon run`: a company into a run; and a stopped run to its end."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon.cli.errors import INTERRUPTED, VerbError
from echelon.cli.options import Json, Seed, Threads
from echelon.cli.output import out, print_json, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from echelon.runs.run import Run

RUNS = Path("runs")
"""Folder of runs that were given no folder."""


def run(
    company: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="Folder of the company, or its .xlsx workbook.")
    ] = None,
    futures: Annotated[int, typer.Option("--futures", min=1, metavar="N", help="How many futures.")] = 10_000,
    seed: Seed = 1,
    scenario: Annotated[str, typer.Option("--scenario", metavar="X", help="A scenario of the company.")] = "",
    plan: Annotated[str, typer.Option("--plan", metavar="P", help="A plan of the company.")] = "",
    out_: Annotated[
        Path | None, typer.Option("--out", metavar="RUN", help="Folder of the run; runs/NAME when not given.")
    ] = None,
    resume: Annotated[
        Path | None, typer.Option("--resume", metavar="RUN", help="Finish the stopped run in this folder.")
    ] = None,
    threads: Threads = None,
    report: Annotated[bool, typer.Option("--report", help="Write the report as well.")] = False,
    json_: Json = False,
) -> None:
    """Simulate a company, or finish a stopped run."""
    if resume is not None:
        if company is not None or out_ is not None:
            msg = "--resume takes no company and no --out: both are in the run's folder"
            raise VerbError(msg)
        made = finish(resume, threads)
    elif company is None:
        msg = "which company?"
        raise VerbError(msg, "echelon run DIR, or echelon run --resume RUN")
    else:
        folder = out_ or free_folder(_name(company, scenario, plan))
        made = start(company, folder, futures, seed, threads, scenario, plan)
    page = write_page(made) if report else None
    show(made, page, json_)


def start(
    company: Path, folder: Path, futures: int, seed: int, threads: int | None, scenario: str = "", plan: str = ""
) -> "Run":
    """Simulate a company into a folder, showing how far it is."""
    from echelon.company.read import load

    loaded = load(company)

    def work(progress: "Callable[[int, int], None]") -> "Run":
        from echelon.runs.simulate import simulate

        return simulate(loaded, futures, seed, threads, scenario, plan, folder, progress)

    return _watched(work, folder)


def finish(folder: Path, threads: int | None) -> "Run":
    """Finish a stopped run, showing how far it is."""

    def work(progress: "Callable[[int, int], None]") -> "Run":
        from echelon.runs.simulate import resume

        return resume(folder, threads, progress)

    return _watched(work, folder)


def _watched(work: "Callable[[Callable[[int, int], None]], Run]", folder: Path) -> "Run":
    from echelon.cli.progress import Meter

    try:
        with Meter("futures", before="preparing (the first run compiles the rules)") as meter:
            made = work(meter)
    except KeyboardInterrupt:
        say(_stopped(folder))
        raise typer.Exit(INTERRUPTED) from None
    return made


def _stopped(folder: Path) -> str:
    from echelon.runs.run import RunError, read_info

    try:
        info = read_info(folder)
    except (RunError, OSError):
        return "stopped before the run began; nothing was written"
    done = f"{info['done']:,} of {info['futures']:,} futures are kept"
    return f"stopped; {done}. Finish it with: echelon run --resume {folder}"


def _name(company: Path, scenario: str, plan: str) -> str:
    parts = [company.resolve().stem or "company", scenario, plan]
    return "-".join(part for part in parts if part)


def free_folder(name: str) -> Path:
    """A folder under runs/ that is not there yet."""
    folder, count = RUNS / name, 1
    while folder.exists():
        count += 1
        folder = RUNS / f"{name}-{count}"
    return folder


def write_page(run: "Run", file: Path | None = None) -> Path:
    """Write the report of a run; beside its tables when no file is named."""
    from echelon.report.page import report

    file = file or (run.folder or Path()) / "report.html"
    say("writing the report")
    report(run, file)
    return file


def show(run: "Run", page: Path | None, as_json: bool) -> None:
    """Print what came of a run."""
    from echelon.cli.summary import run_json, show_headline

    if as_json:
        print_json(run_json(run) | {"report": page})
        return
    show_headline(run)
    out(f"run:    {run.folder}")
    out(f"report: {page}" if page else f"next:   echelon report {run.folder}")
