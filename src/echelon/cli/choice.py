"""What the verbs that weigh a choice share: their order, progress, and the page they may write."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from echelon.cli.errors import INTERRUPTED, VerbError
from echelon.cli.options import Futures, Seed, Threads
from echelon.cli.output import out, print_json, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from echelon.report.sheet import Sheet
    from echelon.runs.simulate import Order

PageOut = Annotated[Path | None, typer.Option("--out", metavar="F", help="Write a page (.html) as well.")]
Scenario = Annotated[str, typer.Option("--scenario", metavar="X", help="A scenario of the company.")]
Plan = Annotated[str, typer.Option("--plan", metavar="P", help="A plan of the company.")]
FUTURES = 4_096

Found = TypeVar("Found")

__all__ = ["FUTURES", "Futures", "PageOut", "Plan", "Scenario", "Seed", "Threads", "order", "watched", "write"]


def order(company: Path, futures: int, seed: int, scenario: str, plan: str, page: Path | None) -> "Order":
    """Read the company and say what is asked for; a page with another ending is refused before anything is done."""
    from echelon.company.read import load
    from echelon.runs.simulate import Order

    if page is not None and page.suffix.lower() not in (".html", ".htm"):
        msg = f"{page}: a page's name ends in .html"
        raise VerbError(msg)
    return Order(load(company), futures, seed, scenario, plan)


def watched(work: "Callable[[Callable[[int, int], None]], Found]") -> Found:
    """Do the work while showing how far it is; Ctrl-C ends it at once, with nothing written."""
    from echelon.cli.progress import Meter

    try:
        with Meter("futures", before="preparing (the first time compiles the rules)") as meter:
            return work(meter)
    except KeyboardInterrupt:
        say("stopped; nothing was written")
        raise typer.Exit(INTERRUPTED) from None


def write(sheet: "Sheet", page: Path | None) -> Path | None:
    """Write the page where one is asked for."""
    if page is None:
        return None
    from echelon.report.sheet import write_sheet

    say("writing the page")
    return write_sheet(sheet, page)


def deliver(
    found: Found,
    as_dict: "Callable[[Found], dict[str, Any]]",
    show: "Callable[[Found], None]",
    sheet: "Callable[[Found], Sheet]",
    page: Path | None,
    as_json: bool,
) -> None:
    """Write the page where one is asked for, then print what was found: as JSON, or for people."""
    file = write(sheet(found), page) if page is not None else None
    if as_json:
        print_json(as_dict(found) | {"page": file})
        return
    show(found)
    if file:
        out(f"page: {file}")


def head(info: dict[str, Any]) -> None:
    """Print whose futures these are."""
    under = [f"scenario {info['scenario']}"] if info["scenario"] else []
    under += [f"plan {info['plan']}"] if info["plan"] else []
    seed = f"{info['futures']:,} futures, seed {info['seed']}"
    out(f"{info['company']}, as of {info['as_of']} ({', '.join([*under, seed])})")
