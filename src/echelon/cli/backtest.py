"""`echelon backtest`: companies as known on an earlier day, scored against what happened since."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.errors import VerbError
from echelon.cli.options import Json, Seed
from echelon.cli.output import number, out, percent, print_json, show_table

if TYPE_CHECKING:
    from echelon.company.company import Company
    from echelon.runs.backtest import Backtest
    from echelon.runs.outcomes import Outcome

MISSES = 8


def backtest(
    company: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]", help="Folder of a company as known on its day; both shipped ones when not given."
        ),
    ] = None,
    outcomes: Annotated[
        Path | None,
        typer.Option("--outcomes", metavar="FILE", help="What happened; DIR/backtest/outcomes.csv when not given."),
    ] = None,
    futures: Annotated[int, typer.Option("--futures", min=2, metavar="N", help="How many futures.")] = 4_096,
    seed: Seed = 1,
    out_: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Write the tables and a page here.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the figures of docs/backtest.md.")] = False,
    json_: Json = False,
) -> None:
    """Score companies as known on an earlier day against what happened since."""
    from echelon.cli.progress import Meter
    from echelon.runs.backtest import backtest as replay

    cases = _cases(company, outcomes)
    if out_ is not None and out_.exists() and not out_.is_dir():
        msg = f"{out_} is a file, not a folder"
        raise VerbError(msg)
    with Meter("futures", before="preparing (the first run compiles the rules)", after="scoring") as meter:
        made = replay(cases, futures, seed, meter)
    files = _written(made, out_) if out_ is not None else []
    if json_:
        print_json(as_dict(made) | {"files": files})
        return
    if markdown:
        from echelon.runs.backtest_page import markdown as figures

        sys.stdout.write(figures(made))
        return
    _show(made)
    if files:
        out(f"page:   {files[-1]}")
        out(f"tables: {len(files) - 1} files beside it")


def as_dict(made: "Backtest") -> dict[str, Any]:
    """A back-test under its documented keys."""
    return {"info": made.info} | {name: frame.to_dicts() for name, frame in made.tables.items()}


def _cases(company: Path | None, outcomes: Path | None) -> "list[tuple[Company, tuple[Outcome, ...]]]":
    from echelon.company.read import load
    from echelon.examples import example
    from echelon.runs.backtest_page import SHIPPED
    from echelon.runs.outcomes import beside, read_outcomes

    if company is None and outcomes is not None:
        msg = "--outcomes needs the company that they belong to"
        raise VerbError(msg, "echelon backtest DIR --outcomes FILE")
    cases = []
    for folder in [company] if company is not None else [example(name) for name in SHIPPED]:
        read = load(folder)
        cases.append((read, read_outcomes(outcomes or beside(folder), read)))
    return cases


def _written(made: "Backtest", folder: Path) -> list[Path]:
    from echelon.report.backtest import report

    files = made.write(folder)
    return [*files, report(made, folder / "backtest.html")]


def _show(made: "Backtest") -> None:
    for one in made.info["companies"]:
        out(f"{one['name']}, as of {one['as_of']} ({made.info['futures']:,} futures, seed {made.info['seed']})")
        if one["without_outcome"]:
            out(f"  open filings without an outcome: {', '.join(one['without_outcome'])}")
    rows = [
        (
            row["company"],
            row["kind"],
            str(row["n"]),
            str(row["expected"]),
            percent(row["cover_50"]),
            percent(row["cover_80"]),
            number(row["crps"]),
            number(row["crps_naive"]),
            number(row["skill"], 2),
            number(row["brier"], 2),
            number(row["brier_naive"], 2),
            number(row["foretold"], 3),
            "-" if row["came"] is None else str(row["came"]),
        )
        for row in made.tables["summary"].to_dicts()
    ]
    heads = ("known on", "kind", "n", "expected", "in 50 %", "in 80 %", "CRPS", "reference", "skill", "Brier", "ref.")
    show_table((*heads, "foretold", "came"), rows, left=2)
    missed = made.tables["scores"].sort("crps", descending=True)
    for kind, unit in (("approval", "months"), ("listing", "months"), ("sales", "millions")):
        worst = [row for row in missed.to_dicts() if row["kind"] == kind and not row["in_80"]][:MISSES]
        if worst:
            out(f"Outside the central 80 % of futures, {kind}, by CRPS in {unit}")
            show_table(("known on", "what", "where", "year", "came", "10 %", "90 %", "CRPS"), map(_miss, worst), left=3)
    for day, kind, what, where in made.tables["unforeseen"].iter_rows():
        out(f"not scored: {kind} of {what} in {where} after {day}; the company has no open filing or planned listing")


def _miss(row: dict[str, Any]) -> tuple[str, ...]:
    sold = row["kind"] == "sales"
    came = row["amount"] if sold else row["happened"]
    ends = (number(row[name], 4 if sold else 2) if row[name] is not None else "never" for name in ("q10", "q90"))
    return (
        row["company"],
        row["what"],
        row["territory"],
        str(row["year"] or ""),
        number(came, 4 if sold else 2) if came is not None else "not yet",
        *ends,
        number(row["crps"]),
    )
