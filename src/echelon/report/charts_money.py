"""Charts of capacity and money: utilisation of sites, cash, the floor, income and costs by year."""

import altair as alt
import polars as pl

from echelon.report.charts_pipeline import bar_width, year_axis
from echelon.report.format import money, money_unit, percent, quarter
from echelon.report.look import (
    BAND,
    BLACK,
    BLUE,
    GREEN,
    INNER,
    ORANGE,
    PURPLE,
    SKY,
    SOFT,
    VERMILION,
    WIDE,
    Chart,
    NoChart,
    Size,
    dressed,
)
from echelon.report.loop import GROWN, flows
from echelon.report.names import names, whole_years
from echelon.report.reshape import largest_of, under_floor, with_years
from echelon.runs.run import Run

LAYERS = ("5–95 % of futures", "25–75 %", "median")
MOST_LINES = 4
"""Lines that are drawn."""
INCOME = {"Product sales": ("sales",), "Royalties and milestones": ("royalties", "milestones", "reimbursed")}
COSTS = {
    "Cost of goods": ("cogs",),
    "Selling and partners' share": ("selling", "partner_share"),
    "Research and discovery": ("research", "discovery"),
    "Overhead": ("overhead",),
    "Capital": ("capital",),
    "Tax": ("tax",),
}
LINE_COLOURS = (BLUE, SKY, ORANGE, VERMILION, GREEN, PURPLE, "#7B8794", "#3E4C59")


def time_axis(run: Run, narrow: bool) -> alt.X:
    """X axis of quarters, as years with fractions."""
    years = whole_years(run) or [run.company.settings.company.as_of.year]
    every = 5 if narrow and len(years) > 8 else 2 if len(years) > 12 else 1
    return alt.X(
        "time:Q", title="Year", axis=alt.Axis(format="d", values=[y for y in years if y % every == 0], grid=False)
    ).scale(zero=False, nice=False)


def fan(frame: pl.DataFrame, x: alt.X, y: alt.Y, narrow: bool) -> list[alt.Chart]:
    """Layers of a fan: 5–95 %, 25–75 %, median, and what a pointer reads; frame has time, quantiles and `tip`."""
    base = alt.Chart(frame)
    legend = alt.Legend(columns=2 if narrow else 0, symbolType="square", symbolOpacity=1)
    colour = alt.Color("layer:N", title=None, sort=list(LAYERS), legend=legend).scale(
        domain=list(LAYERS), range=[BAND, INNER, BLUE]
    )
    named = [base.transform_calculate(layer=f"'{name}'") for name in LAYERS]
    outer = named[0].mark_area(opacity=1).encode(x=x, y=y, y2="q95:Q", color=colour)
    inner = named[1].mark_area(opacity=1).encode(x=x, y="q25:Q", y2="q75:Q", color=colour)
    line = named[2].mark_line(strokeWidth=2.5).encode(x=x, y="q50:Q", color=colour)
    tips = (
        base.transform_calculate(a="datum.time - 0.125", b="datum.time + 0.125")
        .mark_rect(opacity=0, aria=True)
        .encode(x="a:Q", x2="b:Q", y="q05:Q", y2="q95:Q", description="tip:N")
    )
    return [outer, inner, line, tips]


def capacity(run: Run, size: Size = WIDE) -> Chart:
    """Demand of each line as a share of its capacity, the busiest lines first."""
    table = run.fans().filter(pl.col("measure") == "utilisation")
    if table.is_empty():
        msg = "The company has no lines, so capacity is not modelled."
        raise NoChart(msg)
    if (table["q95"].max() or 0.0) == 0.0:
        msg = "No demand reaches a site of the company, so capacity is never used."
        raise NoChart(msg)
    known = names(run)
    heavy = table.group_by("entity", maintain_order=True).agg(pl.col("q95").max(), pl.col("q50").max().alias("typical"))
    heavy = heavy.filter(pl.col("q95") > 0).sort("typical", descending=True, maintain_order=True).head(MOST_LINES)
    used = heavy["entity"].to_list()
    across = 1 if size.narrow else min(len(used), 2)
    width = size.width if size.narrow else size.part(across, 90)
    charts = [_site(run, table.filter(pl.col("entity") == line), known.line(line), width, size) for line in used]
    rows = [alt.hconcat(*charts[i : i + across], spacing=40) for i in range(0, len(charts), across)]
    return dressed(alt.vconcat(*rows))


def _site(run: Run, table: pl.DataFrame, name: str, width: int, size: Size) -> Chart:
    tips = [
        f"{name}, {quarter(row['quarter'])}: median {percent(row['q50'], 0)}, "
        f"5–95 % {percent(row['q05'], 0)} to {percent(row['q95'], 0)}"
        for row in table.iter_rows(named=True)
    ]
    frame = with_years(table).with_columns(pl.Series("tip", tips))
    scale = alt.Scale(domain=[0, max(1.2, 1.04 * largest_of(table, "q95"))])
    y = alt.Y("q05:Q", title="Demand as share of capacity", axis=alt.Axis(format=".0%"), scale=scale)
    full = pl.DataFrame({"y": [1.0], "label": ["full"]})
    rule = alt.Chart(full).mark_rule(color=VERMILION, strokeDash=[6, 3], strokeWidth=1.5).encode(y="y:Q")
    text = (
        alt.Chart(full)
        .mark_text(align="left", baseline="bottom", dx=4, dy=-2, color="#A34700")
        .encode(x=alt.value(0), y="y:Q", text="label:N")
    )
    layers = fan(frame, time_axis(run, True), y, size.narrow)
    return alt.layer(*layers, rule, text).properties(width=width, height=200, title=name)


def loop(run: Run, size: Size = WIDE) -> Chart:
    """What products leave over by year, against what is spent on research, building, overhead and tax."""
    table = flows(run)
    if table.is_empty():
        msg = "The horizon holds no whole calendar year."
        raise NoChart(msg)
    currency = run.info["currency"]
    unit = money_unit(
        currency, float(table.select(pl.max_horizontal("left", pl.sum_horizontal(*GROWN)).abs().max()).item())
    )
    spent = table.unpivot(index="year", on=list(GROWN), variable_name="what", value_name="value").with_columns(
        pl.col("value") / unit.divisor, pl.Series("order", [i for i in range(len(GROWN)) for _ in range(len(table))])
    )
    tips = [f"{row['year']}, {row['what']}: {money(row['value'] * unit.divisor, currency)}" for row in spent.to_dicts()]
    spent = spent.with_columns(pl.Series("tip", tips))
    left = table.select("year", (pl.col("left") / unit.divisor).alias("value")).with_columns(
        pl.lit("Left over by products").alias("what")
    )
    told = [f"{year}, left over: {money(value * unit.divisor, currency)}" for year, value, _ in left.iter_rows()]
    left = left.with_columns(pl.Series("tip", told))
    names = [*GROWN, "Left over by products"]
    colour = alt.Color(
        "what:N", sort=names, legend=alt.Legend(orient="top", title=None, columns=2 if size.narrow else 5)
    )
    colour = colour.scale(domain=names, range=[SKY, ORANGE, PURPLE, "#B8C4CE", BLUE])
    x = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    y = alt.Y("value:Q", title=f"{unit.unit} a year")
    made = alt.layer(
        alt.Chart(spent).mark_bar(aria=True).encode(x=x, y=y, color=colour, order="order:Q", description="tip:N"),
        alt.Chart(left).mark_line(strokeWidth=3, point=True).encode(x=x, y=y, color=colour, description="tip:N"),
    )
    return dressed(made.properties(width=size.width if size.narrow else size.part(1, 90), height=260))


def cash(run: Run, size: Size = WIDE) -> Chart:
    """Cash at quarter ends, against the floor."""
    table = run.fans().filter((pl.col("entity") == "company") & (pl.col("measure") == "cash"))
    if table.is_empty():
        msg = "The run keeps no cash by quarter."
        raise NoChart(msg)
    currency, floor = run.info["currency"], run.company.settings.money.cash_floor
    unit = money_unit(currency, largest_of(table, "q05", "q95"))
    tips = [
        f"{quarter(row['quarter'])}: median {money(row['q50'], currency)}, "
        f"5–95 % {money(row['q05'], currency)} to {money(row['q95'], currency)}"
        for row in table.iter_rows(named=True)
    ]
    scaled = table.with_columns(pl.col("^q[0-9]+$") / unit.divisor)
    frame = with_years(scaled).with_columns(pl.Series("tip", tips))
    price_year = run.company.settings.company.price_year
    y = alt.Y("q05:Q", title=f"Cash ({unit.unit}, {price_year} prices)").scale(zero=True)
    layers = fan(frame, time_axis(run, size.narrow), y, size.narrow)
    if floor is not None:
        line = pl.DataFrame({"y": [floor / unit.divisor], "label": [f"floor {money(floor, currency)}"]})
        layers.append(alt.Chart(line).mark_rule(color=VERMILION, strokeDash=[6, 3], strokeWidth=1.5).encode(y="y:Q"))
        layers.append(
            alt.Chart(line)
            .mark_text(align="right", baseline="bottom", dx=-4, dy=-3, color="#A34700")
            .encode(x=alt.value(size.width), y="y:Q", text="label:N")
        )
    return dressed(alt.layer(*layers).properties(width=size.width, height=260))


def floor(run: Run, size: Size = WIDE) -> Chart:
    """Probability that cash has been under the floor by each quarter's end."""
    if run.company.settings.money.cash_floor is None:
        msg = "The company sets no cash floor."
        raise NoChart(msg)
    if run.measure("first_under_floor")["happens"] == 0:
        msg = f"In none of the run's {run.info['futures']:,} futures does a quarter end with cash under the floor."
        raise NoChart(msg)
    frame = under_floor(run)
    tips = [f"by the end of {quarter(q)}: {percent(p, 2)}" for q, p in frame.select("quarter", "share").iter_rows()]
    base = alt.Chart(frame.with_columns(pl.Series("tip", tips)))
    y = alt.Y("share:Q", title="Probability", axis=alt.Axis(format=".1~%")).scale(zero=True)
    area = base.mark_area(color=INNER, opacity=0.6, line={"color": BLUE}).encode(x=time_axis(run, size.narrow), y=y)
    points = base.mark_point(size=30, opacity=0, filled=True, aria=True).encode(
        x="time:Q", y="share:Q", description="tip:N"
    )
    return dressed(alt.layer(area, points).properties(width=size.width, height=180))


def profit(run: Run, size: Size = WIDE) -> Chart:
    """Mean income and costs by whole calendar year, and what is left."""
    years = whole_years(run)
    table = run.table("yearly").filter(pl.col("year").is_in(years))
    if table.is_empty():
        msg = "The horizon holds no whole calendar year, so there is no yearly profit and loss."
        raise NoChart(msg)
    currency = run.info["currency"]
    largest = table.select(pl.sum_horizontal("sales", "royalties", "milestones", "reimbursed").max()).item()
    unit = money_unit(currency, float(largest or largest_of(table, "net")))
    rows = []
    for sign, groups in ((1.0, INCOME), (-1.0, COSTS)):
        for line, columns in groups.items():
            for row in table.iter_rows(named=True):
                amount = sum(row[column] for column in columns)
                if amount:
                    tip = f"{row['year']}, {line.lower()}: {money(amount, currency)}"
                    rows.append({"year": row["year"], "line": line, "amount": sign * amount / unit.divisor, "tip": tip})
    used = [line for line in (*INCOME, *COSTS) if any(row["line"] == line for row in rows)]
    colours = dict(zip((*INCOME, *COSTS), LINE_COLOURS, strict=True))
    if not rows:
        msg = "Nothing is booked in any whole year."
        raise NoChart(msg)
    frame = pl.DataFrame(rows)
    x = year_axis(run, "Year", size.narrow)
    bars = (
        alt.Chart(frame)
        .mark_bar(aria=True, orient="vertical", size=bar_width(run, size.width))
        .encode(
            x=x,
            y=alt.Y("amount:Q", title=f"Mean of futures ({unit.unit} a year)", stack="zero").scale(zero=True),
            color=alt.Color("line:N", sort=used, title=None, legend=alt.Legend(columns=1 if size.narrow else 4)).scale(
                domain=[*used, "Net cash flow"], range=[*(colours[line] for line in used), BLACK]
            ),
            order=alt.Order("rank:Q"),
            description="tip:N",
        )
        .transform_calculate(rank=f"indexof({used!r}, datum.line)")
    )
    net = table.select("year", (pl.col("net") / unit.divisor).alias("net"))
    line = (
        alt.Chart(net)
        .transform_calculate(line="'Net cash flow'")
        .mark_line(strokeWidth=2, point={"size": 26, "color": BLACK})
        .encode(x=x, y="net:Q", color="line:N")
    )
    nought = alt.Chart(pl.DataFrame({"y": [0.0]})).mark_rule(color=SOFT).encode(y="y:Q")
    return dressed(alt.layer(bars, nought, line).properties(width=size.width, height=280))
