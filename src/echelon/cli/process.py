"""`echelon process`: from designed experiments to a design space and the titer that recipes use."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.errors import VerbError
from echelon.cli.options import Json, Seed
from echelon.cli.output import out, print_json

if TYPE_CHECKING:
    from echelon.supply.process.analysis import Analysis
    from echelon.supply.process.into import Written
    from echelon.supply.process.sources import Given
    from echelon.supply.process.table import Experiments

Many = list[str] | None
PAGES = (".html", ".htm")


@dataclass(frozen=True)
class Into:
    """Which recipe of which company is to take the numbers."""

    folder: Path
    asset: str
    site: str
    replace: bool


def process(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Table of experiments (.csv, .xlsx), its folder, or settings (.toml)."),
    ] = None,
    example: Annotated[str, typer.Option("--example", metavar="NAME", help="A study that comes with Echelon.")] = "",
    response: Annotated[Many, typer.Option("--response", metavar="NAME", help="A column that was measured.")] = None,
    factor: Annotated[
        Many, typer.Option("--factor", metavar="NAME=LOW..HIGH", help="A column that was varied, coded from -1 to +1.")
    ] = None,
    limit: Annotated[
        Many, typer.Option("--limit", metavar="NAME>=LOW", help="A quality limit; NAME<=HIGH and NAME=LOW..HIGH too.")
    ] = None,
    block: Annotated[str, typer.Option("--block", metavar="NAME", help="The column of blocks.")] = "",
    ignore: Annotated[Many, typer.Option("--ignore", metavar="NAME", help="A column to leave out.")] = None,
    model: Annotated[
        str, typer.Option("--model", metavar="FORM", help="linear, interactions, quadratic, or auto.")
    ] = "",
    region: Annotated[str, typer.Option("--region", metavar="R", help="box, sphere, or auto.")] = "",
    reliability: Annotated[
        float | None, typer.Option("--reliability", metavar="R", help="Probability that a design space must reach.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar="F", help="Settings; the .toml beside FILE when not given.")
    ] = None,
    design: Annotated[
        str, typer.Option("--design", metavar="KIND", help="Plan the next experiments: central-composite, d-optimal, …")
    ] = "",
    runs: Annotated[int | None, typer.Option("--runs", min=1, max=512, metavar="N", help="How many to plan.")] = None,
    centres: Annotated[
        int | None, typer.Option("--centres", min=0, max=64, metavar="N", help="How many of them at the centre.")
    ] = None,
    out_: Annotated[
        Path | None,
        typer.Option("--out", "--output", metavar="F", help="Write a page (.html); with --design the runs (.csv)."),
    ] = None,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="Write titer and recovery into this company's recipes.")
    ] = None,
    asset: Annotated[str, typer.Option("--asset", metavar="ID", help="The recipe's asset.")] = "",
    site: Annotated[str, typer.Option("--site", metavar="ID", help="The recipe's site.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Let --into write over what the recipe holds.")] = False,
    seed: Seed = 1,
    json_: Json = False,
) -> None:
    """Fit response surfaces to designed experiments, map the design space, or plan the next runs."""
    target = _target(into, asset, site, replace)
    path = _path(file, example)
    _page_or_table(out_, bool(design))
    plain = [("block", block), ("model", model), ("region", region), ("reliability", reliability)]
    more = _options(response, factor, limit, ignore, plain)
    if design:
        if target is not None:
            msg = "--into takes what an analysis found, and --design makes none"
            raise VerbError(msg, "leave out one of them")
        _plan(_read(path, more, settings, False), design, runs, centres, out_, seed, json_)
        return
    if runs is not None or centres is not None:
        msg = "--runs and --centres belong to --design"
        raise VerbError(msg, "say which design, such as --design d-optimal")
    _analyse(_read(path, more, settings, True), out_, target, seed, json_)


def _target(into: Path | None, asset: str, site: str, replace: bool) -> Into | None:
    if into is None:
        if asset or site or replace:
            msg = "--asset, --site and --replace belong to --into"
            raise VerbError(msg, "echelon process FILE --into DIR --asset ID --site ID")
        return None
    if not asset or not site:
        msg = "--into needs --asset and --site: a recipe is of an asset at a site"
        raise VerbError(msg)
    return Into(into, asset, site, replace)


def _path(file: Path | None, example: str) -> Path:
    if (file is None) == (not example):
        msg = (
            "name a table of experiments, or one study with --example"
            if file is None
            else "FILE or --example, not both"
        )
        raise VerbError(msg, f"studies that come with Echelon: {', '.join(_studies())}")
    if file is not None:
        return file
    from echelon.examples import study

    try:
        return study(example)
    except ValueError as error:
        raise VerbError(str(error)) from None


def _studies() -> list[str]:
    from echelon.examples import studies

    return studies()


def _page_or_table(file: Path | None, design: bool) -> None:
    if file is None:
        return
    if design and file.suffix.lower() != ".csv":
        msg = f"{file}: a table of runs has a name that ends in .csv"
        raise VerbError(msg)
    if not design and file.suffix.lower() not in PAGES:
        msg = f"{file}: a page's name ends in .html"
        raise VerbError(msg)
    if design and file.exists():
        msg = f"{file} is there already; nothing is written over"
        raise VerbError(msg)


def _options(
    response: Many, factor: Many, limit: Many, ignore: Many, plain: list[tuple[str, str | float | None]]
) -> "list[Given]":
    from echelon.company.diagnostics import CompanyError, Log
    from echelon.supply.process.setup import options

    log = Log()
    more = options(response or (), factor or (), limit or (), ignore or (), plain, log)
    if log.failed:
        raise CompanyError(log.diagnostics())
    return more


def _read(path: Path, more: "list[Given]", settings: Path | None, runs: bool) -> "Experiments":
    from echelon.supply.process.read import read_experiments

    return read_experiments(path, more, settings, runs)


def _plan(
    experiments: "Experiments",
    design: str,
    runs: int | None,
    centres: int | None,
    file: Path | None,
    seed: int,
    json_: bool,
) -> None:
    from echelon.cli.process_words import show_plan
    from echelon.supply.process.planning import plan, write_plan

    made = plan(experiments, design, runs, centres, seed)
    written = write_plan(experiments, made, file) if file is not None else None
    if json_:
        print_json(
            {
                "study": experiments.settings.title,
                "design": made.kind,
                "seed": seed,
                "said": made.said,
                "runs": made.rows(experiments),
                "coded": made.x.tolist(),
                "file": written,
            }
        )
        return
    show_plan(experiments, made)
    if written:
        out(f"runs: {written}")


def _analyse(experiments: "Experiments", file: Path | None, target: Into | None, seed: int, json_: bool) -> None:
    from echelon.cli.process_words import show
    from echelon.supply.process.analysis import analyse, as_dict

    made = analyse(experiments, seed)
    written = _written(made, target) if target else None
    page = _page(made, file) if file else None
    if json_:
        cells = written.cells if written else ()
        changed: list[dict[str, Any]] = [{"column": name, "was": old, "is": new} for name, old, new in cells]
        print_json(as_dict(made) | {"page": page, "written": changed, "files": list(written.files) if written else []})
        return
    show(made)
    if written and target:
        for name, old, new in written.cells:
            out(f"recipes {target.asset}/{target.site}: {name} = {new}{f' (was {old})' if old else ''}")
        out(f"written: {', '.join(str(path) for path in written.files)}")
    if page:
        out(f"page: {page}")


def _written(made: "Analysis", target: Into) -> "Written":
    from echelon.supply.process.into import write_recipe

    if not made.recipes:
        why = " ".join(made.no_recipe) or 'no response says `recipe = "titer"` or `recipe = "recovery"`'
        msg = f"there is nothing for a recipe to take: {why}"
        raise VerbError(msg)
    return write_recipe(target.folder, target.asset, target.site, made.recipes, made.provenance, target.replace)


def _page(made: "Analysis", file: Path) -> Path:
    from echelon.cli.output import say
    from echelon.report.process import write_process

    say("writing the page")
    return write_process(made, file)
