"""`echelon capacity`: when capacity is short, what more of it is worth, and when to start building."""

from typing import TYPE_CHECKING, Any

from echelon.cli.choice import FUTURES, PageOut, Plan, Scenario, deliver, head, order, watched
from echelon.cli.options import CompanyPath, Futures, Json, Seed, Threads
from echelon.cli.output import number, out, percent, show_table

if TYPE_CHECKING:
    from echelon.report.sheet import Sheet
    from echelon.runs.capacity import Capacity


def capacity(
    company: CompanyPath,
    futures: Futures = FUTURES,
    seed: Seed = 1,
    scenario: Scenario = "",
    plan: Plan = "",
    out_: PageOut = None,
    threads: Threads = None,
    json_: Json = False,
) -> None:
    """Find when capacity is short and where, and what building is worth, by when it starts.

    Every step of the table `expansions` is tried against building nothing, in the same futures.
    """
    from echelon.runs.capacity import capacity as weigh

    asked = order(company, futures, seed, scenario, plan, out_)
    found = watched(lambda progress: weigh(asked, threads, progress))
    deliver(found, as_dict, _show, _sheet, out_, json_)


def as_dict(found: "Capacity") -> dict[str, Any]:
    """What capacity is worth under its documented keys."""
    return {
        "info": found.info,
        "sizes": found.sizes.to_dicts(),
        "lines": found.lines.to_dicts(),
        "unlimited": found.unlimited,
        "unlimited_se": found.unlimited_se,
    }


def _sheet(found: "Capacity") -> "Sheet":
    from echelon.report.capacity import capacity_sheet

    return capacity_sheet(found)


def _show(found: "Capacity") -> None:
    head(found.info)
    out(f"Value of the company, million {found.info['currency']}, against building nothing; the same futures")
    out("litres: of cell culture at own sites")
    rows = [
        (
            row["built"].replace(";", " + ") or "nothing",
            f"{row['litres']:,.0f}",
            row["starts"] or "-",
            f"{number(row['difference'])} ± {number(row['se'], 2)}" if row["built"] else "-",
            percent(row["p_short_5"]),
            percent(row["p_short_10"]),
            percent(row["p_short"]),
            number(row["lost_sales"]),
            ""
            if not row["built"]
            else ("best start" if row["difference"] > 2 * row["se"] else "least loss")
            if row["best"]
            else "as good"
            if row["as_good"]
            else "",
        )
        for row in found.sizes.to_dicts()
    ]
    names = ("built", "litres", "start", "difference ± SE", "short in 5 y", "in 10 y", "ever", "sales lost", "")
    show_table(names, rows, left=1)
    out(f"lines without any limit, for nothing: {number(found.unlimited)} ± {number(found.unlimited_se, 2)}")
    last = found.lines.group_by("site", "step", maintain_order=True).last()
    held = [
        (row["site"] or "no site may supply", row["step"] or "-", percent(row["p_short_by"]))
        for row in last.sort("p_short_by", descending=True).to_dicts()
        if row["p_short_by"] > 0.0
    ]
    if held:
        out("Lines that hold up sales at some time, with nothing built")
        show_table(("site", "step", "P(ever)"), held, left=2)
