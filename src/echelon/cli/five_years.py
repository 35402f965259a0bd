"""`echelon five-years`: what a plan does year by year, beside doing nothing and funding everything."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.choice import FUTURES, PageOut, Plan, Scenario, deliver, head, order, watched
from echelon.cli.options import CompanyPath, Futures, Json, Seed, Threads
from echelon.cli.output import number, out, percent, show_table

if TYPE_CHECKING:
    from echelon.plans.five_years import FiveYears
    from echelon.report.sheet import Sheet

USUAL = "do-nothing,fund-everything"


def five_years(
    company: CompanyPath,
    plan: Plan = "",
    against: Annotated[
        str,
        typer.Option(
            "--against",
            metavar="A,B",
            help="What it is measured against: plans of the company, do-nothing, fund-everything, as-it-stands.",
        ),
    ] = USUAL,
    futures: Futures = FUTURES,
    seed: Seed = 1,
    scenario: Scenario = "",
    out_: PageOut = None,
    threads: Threads = None,
    json_: Json = False,
) -> None:
    """Tell what a plan starts, reads out, launches, builds, earns and spends in its first five years.

    Without --plan it is the company as it stands. All plans are lived in the same futures.
    """
    from echelon.plans.five_years import five_years as tell

    asked = order(company, futures, seed, scenario, plan, out_)
    others = [part.strip() for part in against.split(",") if part.strip()]
    found = watched(lambda progress: tell(asked, None, others, threads, progress))
    deliver(found, as_dict, _show, _sheet, out_, json_)


def as_dict(found: "FiveYears") -> dict[str, Any]:
    """Plans year by year under their documented keys."""
    tables = ("values", "differences", "counts", "money", "cash", "floor", "events", "choices")
    return {"info": found.info, "years": list(found.years), "plans": list(found.plans)} | {
        name: getattr(found, name).to_dicts() for name in tables
    }


def _sheet(found: "FiveYears") -> "Sheet":
    from echelon.report.five_years import five_years_sheet

    return five_years_sheet(found)


def _show(found: "FiveYears") -> None:
    from echelon.plans.five_years import COUNTS

    head(found.info)
    years = tuple(str(year) for year in found.years)
    out(f"{found.plan}: mean number in each year, and money in million {found.info['currency']}")
    rows = []
    for frame, names in ((found.counts, COUNTS), (found.money, MONEY)):
        for what, words in names.items():
            mine = [row for row in frame.to_dicts() if row["plan"] == found.plan and row["what"] == what]
            if any(row["mean"] for row in mine):
                rows.append((words, *(number(row["mean"], 2 if names is COUNTS else 3) for row in mine)))
    floor = [row["p_under_floor"] for row in found.floor.to_dicts() if row["plan"] == found.plan]
    if floor[0] is not None:
        rows.append(("P(cash under its floor)", *(percent(p) for p in floor)))
    show_table(("", *years), rows, left=1)
    out("Plans on the same futures")
    cells = [
        (
            row["plan"],
            f"{number(row['enpv'])} ± {number(row['se'], 2)}",
            number(row["cvar_5"]),
            percent(row["p_loss"]),
            percent(row["p_under_floor"]) if row["p_under_floor"] is not None else "-",
            number(row["launches"], 2),
        )
        for row in found.values.to_dicts()
    ]
    show_table(("plan", "value ± SE", "CVaR 5 %", "P(loss)", "P(under floor)", "launches"), cells, left=1)
    for row in found.differences.to_dicts():
        out(
            f"{row['plan']} less {row['against']}: {number(row['mean'])} ± {number(row['se'], 2)}, "
            f"at least {number(row['low_95'])} (one-sided 95 %), better in {percent(row['p_better'])}"
        )


MONEY = {
    "money in": "money in",
    "money out": "money out",
    "net": "net cash flow",
    "cash": "cash at the year's end",
}
