"""`echelon reimbursement`: price against volume, and the largest cut to accept."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.choice import FUTURES, PageOut, Plan, Scenario, deliver, head, order, watched
from echelon.cli.options import CompanyPath, Futures, Json, Seed, Threads
from echelon.cli.output import number, out, percent, show_table

if TYPE_CHECKING:
    from echelon.report.sheet import Sheet
    from echelon.runs.reimbursement import Reimbursement


def reimbursement(
    company: CompanyPath,
    program: Annotated[str, typer.Option("--program", metavar="ID", help="One program; all when not given.")] = "",
    futures: Futures = FUTURES,
    seed: Seed = 1,
    scenario: Scenario = "",
    plan: Plan = "",
    out_: PageOut = None,
    threads: Threads = None,
    json_: Json = False,
) -> None:
    """Weigh price against volume for every planned listing.

    Tries the largest cut to accept, from never listing to taking any, in the same futures.
    """
    from echelon.runs.reimbursement import reimbursement as weigh

    asked = order(company, futures, seed, scenario, plan, out_)
    found = watched(lambda progress: weigh(asked, program, threads, progress))
    deliver(found, as_dict, _show, _sheet, out_, json_)


def as_dict(found: "Reimbursement") -> dict[str, Any]:
    """Price against volume under its documented keys."""
    return {
        "info": found.info,
        "listings": found.listings.to_dicts(),
        "choices": found.choices.to_dicts(),
        "rounds": found.rounds.to_dicts(),
    }


def _sheet(found: "Reimbursement") -> "Sheet":
    from echelon.report.choices import reimbursement_sheet

    return reimbursement_sheet(found)


def _show(found: "Reimbursement") -> None:
    head(found.info)
    rows = [
        (
            row["program"],
            row["territory"],
            row["scheme"],
            f"{percent(row['cut_low'])} to {percent(row['cut_high'])}",
            number(row["volume"]),
            number(row["break_even_volume"]),
            percent(row["break_even_cut"]),
            percent(row["p_pays"]),
        )
        for row in found.listings.to_dicts()
    ]
    names = ("program", "territory", "scheme", "cut, 5-95 %", "volume x", "needed x", "break-even cut", "P(cut pays)")
    show_table(names, rows, left=3)
    out(f"Largest cut accepted; million {found.info['currency']} of the company's value against never listing")
    tried = [
        (
            row["program"],
            percent(row["most_cut"]),
            f"{number(row['difference'])} ± {number(row['se'], 2)}",
            percent(row["p_listed"]),
            "best" if row["best"] else "as good" if row["as_good"] else f"-{number(row['behind'])}",
        )
        for row in found.choices.to_dicts()
    ]
    show_table(("program", "largest cut", "difference ± SE", "P(listed)", "to the best"), tried)
