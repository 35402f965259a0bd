"""`echelon routes`: partner or own, territory by territory."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.choice import FUTURES, PageOut, Plan, Scenario, deliver, head, order, watched
from echelon.cli.options import CompanyPath, Futures, Json, Seed, Threads
from echelon.cli.output import number, out, percent, show_table

if TYPE_CHECKING:
    from echelon.report.sheet import Sheet
    from echelon.runs.routes import Routes


def routes(
    company: CompanyPath,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], metavar="DAY", help="Day of taking back; in a year when not given."),
    ] = None,
    futures: Futures = FUTURES,
    seed: Seed = 1,
    scenario: Scenario = "",
    plan: Plan = "",
    out_: PageOut = None,
    threads: Threads = None,
    json_: Json = False,
) -> None:
    """Compare partner and own sale, territory by territory.

    Break-even sales, both sides of every deal, and what taking it back is worth in the same futures.
    """
    from echelon.runs.routes import routes as compare

    asked = order(company, futures, seed, scenario, plan, out_)
    day = on.date() if on else None
    found = watched(lambda progress: compare(asked, day, threads, progress))
    deliver(found, as_dict, _show, _sheet, out_, json_)


def as_dict(found: "Routes") -> dict[str, Any]:
    """Routes under their documented keys."""
    return {
        "info": found.info,
        "routes": found.rows.to_dicts(),
        "deals": found.deals.to_dicts(),
        "flows": found.flows.to_dicts(),
    }


def sales_at(value: float | None) -> str:
    """Break-even sales for people."""
    return "never" if value == float("inf") else number(value)


def _sheet(found: "Routes") -> "Sheet":
    from echelon.report.choices import routes_sheet

    return routes_sheet(found)


def _show(found: "Routes") -> None:
    head(found.info)
    out(f"money in million {found.info['currency']} a year, at the sales expected in the deal's best year")
    rows = [
        (
            row["asset"] or "all",
            row["territory"],
            row["partner"] or "own",
            row["route"],
            number(row["sales"]),
            percent(row["partner_rate"]),
            percent(row["own_margin"]),
            number(row["own_team"]),
            sales_at(row["break_even"]),
            number(row["team_even"]),
            row["verdict"],
        )
        for row in found.rows.to_dicts()
    ]
    names = ("asset", "territory", "partner", "route", "sales", "partner pays", "own margin", "team")
    show_table((*names, "break-even", "a team may cost", "verdict"), rows, left=4)
    if len(found.deals):
        out("Having the territories ourselves, against the deal (million, company's value)")
        taken = [
            (row["deal"], row["status"], row["on"] or "-", f"{number(row['difference'])} ± {number(row['se'], 2)}",
             percent(row["p_own_better"]), number(row["milestones_pv"]))
            for row in found.deals.to_dicts()
        ]  # fmt: skip
        show_table(("deal", "status", "on", "own less deal ± SE", "P(own better)", "milestones to come"), taken, left=3)
    out("Own sale in the futures sells as much as the partner would; what a partner's reach adds is not in the model.")
