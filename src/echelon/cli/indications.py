"""`echelon indications`: which indication of an asset is worth most, and which must not wait."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.choice import FUTURES, PageOut, Plan, Scenario, deliver, head, order, watched
from echelon.cli.options import CompanyPath, Futures, Json, Seed, Threads
from echelon.cli.output import number, out, percent, show_table

if TYPE_CHECKING:
    from echelon.report.sheet import Sheet
    from echelon.runs.indications import Indications


def indications(
    company: CompanyPath,
    asset: Annotated[
        str, typer.Option("--asset", metavar="ID", help="One asset; every asset with two or more when not given.")
    ] = "",
    futures: Futures = FUTURES,
    seed: Seed = 1,
    scenario: Scenario = "",
    plan: Plan = "",
    out_: PageOut = None,
    threads: Threads = None,
    json_: Json = False,
) -> None:
    """Rank candidate indications by value, and by what a wait costs.

    Each program that is still to be launched waits a year in turn, in the same futures.
    """
    from echelon.runs.indications import indications as rank

    asked = order(company, futures, seed, scenario, plan, out_)
    found = watched(lambda progress: rank(asked, asset, threads=threads, progress=progress))
    deliver(found, as_dict, _show, _sheet, out_, json_)


def as_dict(found: "Indications") -> dict[str, Any]:
    """A ranking under its documented keys."""
    return {
        "info": found.info,
        "years": found.years,
        "indications": found.rows.to_dicts(),
        "markets": found.markets.to_dicts(),
    }


def _sheet(found: "Indications") -> "Sheet":
    from echelon.report.choices import indications_sheet

    return indications_sheet(found)


def _show(found: "Indications") -> None:
    head(found.info)
    for asset in found.assets:
        rows = found.of(asset).to_dicts()
        out(f"{asset}: {len(rows)} candidates; money in million {found.info['currency']}")
        cells = [
            (
                str(row["rank"]),
                row["program"],
                f"{number(row['rnpv'])} ± {number(row['rnpv_se'], 2)}",
                percent(row["p_launch"]),
                (row["launch_day"] or "-")[:7],
                number(row["patients"]),
                number(row["price"]),
                number(row["rivals"], 2),
                percent(row["share"]),
                number(row["cost"]),
                number(row["productivity"], 2),
                f"{number(row['wait'])} ± {number(row['wait_se'], 2)}",
                str(row["first"]),
            )
            for row in rows
        ]
        names = ("", "program", "rNPV ± SE", "P(launch)", "launch", "patients", "price", "rivals", "share", "cost")
        show_table((*names, "rNPV/cost", "a year's wait ± SE", "first"), cells, left=2)
        for row in rows:
            out(f"{row['rank']:>3}. {row['program']}: {row['why']}")
        out()
    out("patients a year and price of a month at the median launch, in the territory that sells most; price in full")
    out(f"{found.info['currency']}; share of the class six years after launch; cost still ahead, not discounted.")
    out("a year's wait: value that the company loses if this one begins a year later; first: by that loss.")
