"""Partners: what each deal brings us, what the partner sells and keeps, in the plan and to the horizon."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from echelon.company.rows.market import Deal
from echelon.report.format import Money, money, money_unit, number, percent
from echelon.report.names import Names, capital, plan_years
from echelon.runs.run import Run

COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "partner_sales": "Partner’s sales",
        "royalties": "Royalties",
        "supply": "Supply",
        "profit_share": "Profit share",
        "milestones": "Upfront, milestones",
        "supply_cost": "less cost of supply",
        "commission": "less commission",
        "ours": "What we get",
        "kept": "Licensee keeps",
        "theirs": "Partner keeps",
    }
)
INCOME = ("royalties", "supply", "profit_share", "milestones")
MOST_SHOWN = 8
REST = "All other deals"


@dataclass(frozen=True)
class Span:
    """Years added up: what they are called, and per deal the amounts in the order of `COLUMNS`, the total last."""

    title: str
    rows: list[tuple[str, list[str]]]


def flows(run: Run) -> pl.DataFrame:
    """Deal and year with the mean flows of `COLUMNS`; royalties are what reaches us.

    Of each year, partner's sales = royalties + supply + profit share + milestones + what a licensee keeps of a
    sub-licence + what the partner keeps; and what we get = the first four less the cost of supply and commission.
    """
    table = run.table("deals").with_columns((pl.col("royalties") - pl.col("kept")).alias("royalties"))
    income = pl.sum_horizontal(*INCOME)
    return table.with_columns(
        (income - pl.col("supply_cost") - pl.col("commission")).alias("ours"),
        (pl.col("partner_sales") - income - pl.col("kept")).alias("theirs"),
        income.alias("income"),
    )


def added(run: Run, years: list[int]) -> pl.DataFrame:
    """Flows of each deal over some years, those that bring most first; deals without any flow are left out."""
    chosen = flows(run).filter(pl.col("year").is_in(years))
    summed = chosen.group_by("deal", maintain_order=True).agg(pl.col(*COLUMNS, "income").sum())
    moving = pl.any_horizontal(pl.col("partner_sales", *INCOME, "commission") != 0)
    return summed.filter(moving).sort("ours", "deal", descending=[True, False])


def all_years(run: Run) -> list[int]:
    """Every calendar year of the run, the first and the last in part."""
    years: list[int] = run.table("deals")["year"].unique().sort().to_list()
    return years


def only(run: Run) -> str:
    """The asset of all deals by which anything flows; blank where there are several."""
    moving = set(added(run, all_years(run))["deal"])
    assets = {row.asset for row in run.company.rows(Deal) if row.id in moving}
    return assets.pop() if len(assets) == 1 else ""


def labels(run: Run, known: Names) -> dict[str, str]:
    """Name of each deal: partner, and asset where there are several; the id where two would be called alike."""
    deals, one = run.company.rows(Deal), only(run)
    asset = {row.id: "" if row.asset == one else f": {known.asset(row.asset)}" for row in deals}
    first = {row.id: f"{row.partner}{asset[row.id]}{' (option)' * (row.status == 'option')}" for row in deals}
    seen = Counter(first[deal] for deal in run.table("deals")["deal"].unique())
    return {deal: name if seen[name] < 2 else f"{name} [{deal}]" for deal, name in first.items()}


def spans(run: Run, known: Names) -> tuple[Money, list[Span]]:
    """The plan's years and the whole horizon, in one unit."""
    whole, plan = all_years(run), plan_years(run)
    table = added(run, whole)
    unit = money_unit(run.info["currency"], 0.0)
    if table.is_empty():
        return unit, []
    years = run.company.settings.company.horizon_years
    found = [Span(f"{plan[0]}–{plan[-1]}", _rows(run, known, plan))] if plan else []
    return unit, [*found, Span(f"all {years} years", _rows(run, known, whole))]


def _rows(run: Run, known: Names, years: list[int]) -> list[tuple[str, list[str]]]:
    table, name = added(run, years), labels(run, known)
    rows = [(capital(name.get(row["deal"], row["deal"])), _cells(row)) for row in table.iter_rows(named=True)]
    return [*rows, ("Together", _cells(table.select(pl.col(*COLUMNS).sum()).row(0, named=True)))]


def _cells(row: dict[str, float]) -> list[str]:
    return [number(row[name], 0 if abs(row[name]) >= 100 or row[name] == 0 else 1) for name in COLUMNS]


def answer(run: Run, known: Names) -> str:
    """What partners bring in the plan's years, who brings most, and what that is of their sales."""
    if run.table("deals").is_empty():
        return "No partner has rights to a drug of the company in this run."
    years = plan_years(run) or all_years(run)
    table, currency = added(run, years), run.info["currency"]
    if table.is_empty():
        return f"No deal brings or costs anything in {years[0]}–{years[-1]}."
    total = table.select(pl.col("partner_sales", "ours").sum()).row(0, named=True)
    top = table.row(0, named=True)
    text = (
        f"In {years[0]}–{years[-1]} partners bring {money(total['ours'], currency)} on average, after the cost of what "
        "we supply"
    )
    if total["partner_sales"] > 0:
        text += (
            f", {percent(total['ours'] / total['partner_sales'], 0)} of the {money(total['partner_sales'], currency)}"
        )
        text += " that they sell"
    name = labels(run, known).get(top["deal"], top["deal"])
    return f"{text}; most comes from {name} ({money(top['ours'], currency)})."


def by_year(run: Run, known: Names, years: list[int]) -> pl.DataFrame:
    """Income before the cost of supply by deal and year: the deals that bring most, the rest together."""
    table, name = flows(run).filter(pl.col("year").is_in(years)), labels(run, known)
    total = table.group_by("deal").agg(pl.col("income").sum()).filter(pl.col("income") != 0)
    ranked = total.sort("income", "deal", descending=[True, False])["deal"].to_list()
    top = ranked[:MOST_SHOWN]
    called = {deal: capital(name.get(deal, deal)) if deal in top else REST for deal in ranked}
    kept = table.filter(pl.col("deal").is_in(ranked)).with_columns(
        pl.col("deal").replace_strict(called, return_dtype=pl.String).alias("name")
    )
    return kept.group_by("name", "year", maintain_order=True).agg(pl.col("income").sum())


def section(run: Run, known: Names) -> dict[str, object]:
    """What the page's section shows."""
    unit, found = spans(run, known)
    one = only(run)
    return {
        "asset": f" on {known.asset(one)}" if one else "",
        "unit": unit.unit,
        "spans": found,
        "columns": list(COLUMNS.values()),
    }
