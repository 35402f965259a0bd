"""Charts of a five-year plan: events, launches, cash, money and value by year, beside what it is measured against."""

import altair as alt
import polars as pl

from echelon.plans.five_years import FiveYears
from echelon.report.charts_money import COSTS, INCOME, LINE_COLOURS
from echelon.report.five_years_rows import likeliest, places
from echelon.report.format import Money, money, money_unit, money_with_error, number, percent, quarter
from echelon.report.look import (
    BLACK,
    BLUE,
    GREEN,
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
from echelon.report.reshape import largest_of

PLAN_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY, SOFT)
PANELS = {
    "trials": "Clinical stages started",
    "positive": "Clinical stages read out and passed",
    "first_launch": "Programs launched for the first time",
}
MARKS = {"starts": "clinical stage starts", "passes": "clinical stage passes", "first_launch": "first launch"}
LABELS = 250
MOST_PLACES = 16
"""Territories that are drawn."""


def colour(found: FiveYears, narrow: bool = False) -> alt.Color:
    """One colour for each plan, the plan itself first."""
    if len(found.plans) > len(PLAN_COLOURS):
        msg = f"{len(found.plans)} plans are too many for one chart; the table has them all."
        raise NoChart(msg)
    return alt.Color(
        "plan:N", title=None, sort=list(found.plans), legend=alt.Legend(columns=2 if narrow else 0, symbolOpacity=1)
    ).scale(domain=list(found.plans), range=list(PLAN_COLOURS[: len(found.plans)]))


def bands(frame: pl.DataFrame, found: FiveYears, title: str, width: int, narrow: bool) -> Chart:
    """Mean by year and plan as points, 10 to 90 % of futures as bars; frame has plan, year, mean, q10, q90 and tip."""
    base = alt.Chart(frame)
    x = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0))
    side = alt.XOffset("plan:N", sort=list(found.plans))
    thick = 5 if narrow or len(found.plans) > 4 else 7
    bar = base.mark_bar(size=thick, opacity=0.35).encode(
        x=x, xOffset=side, y=alt.Y("q10:Q", title=title).scale(zero=True), y2="q90:Q", color=colour(found, narrow)
    )
    point = base.mark_point(filled=True, opacity=1, size=55, aria=True).encode(
        x=x, xOffset=side, y=alt.Y("mean:Q", title=title), color=colour(found, narrow), description="tip:N"
    )
    made: Chart = alt.layer(bar, point).properties(width=width, height=190)
    return made


def counts(found: FiveYears, size: Size = WIDE) -> Chart:
    """Trials started, trials passed and first launches by year, plan by plan."""
    if found.counts.filter(pl.col("what").is_in(list(PANELS)) & (pl.col("mean") > 0.0)).is_empty():
        msg = "Nothing starts, reads out or is launched in these years under any of the plans."
        raise NoChart(msg)
    width = size.width - 20 if size.narrow else size.part(len(PANELS), 65)
    charts = []
    for kind, title in PANELS.items():
        table = found.counts.filter(pl.col("what") == kind)
        tips = [
            f"{row['plan']}, {row['year']}: {number(row['mean'], 2)} expected, "
            f"10–90 % {number(row['q10'])} to {number(row['q90'])}"
            for row in table.to_dicts()
        ]
        frame = table.with_columns(pl.Series("tip", tips))
        charts.append(bands(frame, found, "Number a year", width, size.narrow).properties(title=title))
    return dressed(alt.vconcat(*charts, spacing=24) if size.narrow else alt.hconcat(*charts, spacing=24))


def milestones(found: FiveYears, size: Size = WIDE) -> Chart:
    """The programs likeliest to be launched, and when each starts, passes and is launched."""
    frame = likeliest(found)
    if frame.is_empty():
        msg = "Under this plan no program starts, passes a trial or is launched in these years."
        raise NoChart(msg)
    tips = [f"{row['name']}, {row['year']}: {row['told']}, {percent(row['mean'], 0)}" for row in frame.to_dicts()]
    frame = frame.with_columns(pl.col("kind").replace_strict(MARKS).alias("mark"), pl.Series("tip", tips))
    order = frame["name"].unique(maintain_order=True).to_list()
    marks = list(MARKS.values())
    width = size.width if size.narrow else size.width - LABELS - 30
    axis = alt.Axis(labels=not size.narrow, labelLimit=LABELS, ticks=False, domain=False, grid=True)
    y = alt.Y("name:N", sort=order, title=None, axis=axis)
    base = alt.Chart(frame)
    dots = base.mark_point(filled=True, opacity=0.9, aria=True).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, orient="bottom" if size.narrow else "top")).scale(
            paddingInner=0.2
        ),
        xOffset=alt.XOffset("mark:N", sort=marks),
        y=y,
        size=alt.Size(
            "mean:Q", title="chance in the year", legend=alt.Legend(format=".0%", values=[0.1, 0.5, 1])
        ).scale(domain=[0, 1], range=[0, 190], clamp=True),
        color=alt.Color("mark:N", sort=marks, title=None, legend=alt.Legend(columns=1 if size.narrow else 0)).scale(
            domain=marks, range=[SKY, BLUE, VERMILION]
        ),
        description="tip:N",
    )
    layers = [dots]
    if size.narrow:
        names = pl.DataFrame({"name": order})
        text = alt.Chart(names).mark_text(align="left", dy=-15, fontSize=11, limit=width)
        layers.append(text.encode(x=alt.value(0), y=alt.Y("name:N", sort=order), text="name:N"))
    return dressed(alt.layer(*layers).properties(width=width, height=alt.Step(40 if size.narrow else 24)))


def territories(found: FiveYears, size: Size = WIDE) -> Chart:
    """Expected launches of programs by territory and year under the plan."""
    frame = places(found)
    if frame.is_empty():
        msg = "Under this plan nothing is launched in any territory in these years."
        raise NoChart(msg)
    keep = frame["name"].unique(maintain_order=True).to_list()[:MOST_PLACES]
    frame = frame.filter(pl.col("name").is_in(keep)).with_columns(
        pl.format("{}, {}: {} launches expected", "name", "year", pl.col("mean").round(2)).alias("tip"),
        pl.col("mean").map_elements(lambda v: number(v, 1 if v >= 0.05 else 2), pl.String).alias("text"),
    )  # fmt: skip
    width = size.width - 110 if size.narrow else 460
    base = alt.Chart(frame).encode(
        x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0, orient="top", domain=False, ticks=False)),
        y=alt.Y("name:N", sort=keep, title=None,
                axis=alt.Axis(labelLimit=100 if size.narrow else LABELS, domain=False, ticks=False)),
    )  # fmt: skip
    top = float(frame["mean"].max() or 1.0)  # type: ignore[arg-type]
    shade = base.mark_rect(aria=True).encode(
        color=alt.Color("mean:Q", title="launches expected", legend=alt.Legend(orient="bottom", tickCount=4)).scale(
            domain=[0, top], range=["#EEF5FA", BLUE], interpolate="rgb"
        ),
        description="tip:N",
    )
    text = base.mark_text(fontSize=11).encode(
        text="text:N", color=alt.condition(alt.datum.mean > 0.55 * top, alt.value("white"), alt.value("#1f2933"))
    )
    return dressed(alt.layer(shade, text).properties(width=width, height=alt.Step(22)))


def booked(found: FiveYears, size: Size = WIDE) -> Chart:
    """Money in and out by year under the plan: means stacked, and the net flow with 10 to 90 % of futures."""
    table = found.money.filter(pl.col("plan") == found.plan)
    unit = money_unit(found.info["currency"], largest_of(table.filter(pl.col("what") == "money in"), "mean"))
    rows = _stack(table, unit)
    if not rows:
        msg = "Nothing is booked in these years under this plan."
        raise NoChart(msg)
    used = [line for line in (*INCOME, *COSTS) if any(row["line"] == line for row in rows)]
    colours = dict(zip((*INCOME, *COSTS), LINE_COLOURS, strict=True))
    x = alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0))
    legend = alt.Legend(columns=1 if size.narrow else 4)
    shades = alt.Color("line:N", sort=used, title=None, legend=legend).scale(
        domain=[*used, "Net cash flow, 10–90 %"], range=[*(colours[line] for line in used), BLACK]
    )
    y = alt.Y("amount:Q", title=f"{unit.unit} a year", stack="zero").scale(zero=True)
    bars = (
        alt.Chart(pl.DataFrame(rows))
        .transform_calculate(rank=f"indexof({used!r}, datum.line)")
        .mark_bar(aria=True, size=34 if size.narrow else 74)
        .encode(x=x, y=y, color=shades, order="rank:Q", description="tip:N")
    )
    net = _scaled(table.filter(pl.col("what") == "net"), unit, found.info["currency"])
    base = alt.Chart(net).transform_calculate(line="'Net cash flow, 10–90 %'")
    nought = alt.Chart(pl.DataFrame({"y": [0.0]})).mark_rule(color=SOFT).encode(y="y:Q")
    band = base.mark_rule(strokeWidth=2.5).encode(x=x, y="q10:Q", y2="q90:Q", color=shades)
    point = base.mark_point(filled=True, size=60, opacity=1, aria=True).encode(
        x=x, y="mean:Q", color=shades, description="tip:N"
    )
    made = alt.layer(bars, nought, band, point)
    return dressed(made.properties(width=size.width - 60, height=290))


def _stack(table: pl.DataFrame, unit: Money) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for sign, groups in ((1.0, INCOME), (-1.0, COSTS)):
        for line, parts in groups.items():
            mine = table.filter(pl.col("what").is_in(list(parts))).group_by("year", maintain_order=True)
            for year, amount in mine.agg(pl.col("mean").sum()).iter_rows():
                if amount:
                    tip = f"{year}, {line.lower()}: {money(amount, unit.currency)}"
                    rows.append({"year": year, "line": line, "amount": sign * amount / unit.divisor, "tip": tip})
    return rows


def _scaled(table: pl.DataFrame, unit: Money, currency: str) -> pl.DataFrame:
    tips = [
        f"{row['plan']}, {row.get('year') or quarter(row['quarter'])}: {money(row['mean'], currency)} in the mean, "
        f"10–90 % {money(row['q10'], currency)} to {money(row['q90'], currency)}"
        for row in table.to_dicts()
    ]
    return table.with_columns(pl.col("mean", "q10", "q50", "q90") / unit.divisor, pl.Series("tip", tips))


def net(found: FiveYears, size: Size = WIDE) -> Chart:
    """Net cash flow by year, plan by plan."""
    table = found.money.filter(pl.col("what") == "net")
    unit = money_unit(found.info["currency"], largest_of(table, "q10", "q90"))
    frame = _scaled(table, unit, found.info["currency"])
    width = size.width - 60
    return dressed(bands(frame, found, f"Net cash flow ({unit.unit} a year)", width, size.narrow))


def cash(found: FiveYears, size: Size = WIDE) -> Chart:
    """Cash at quarter ends, plan by plan, against the floor."""
    currency, floor = found.info["currency"], found.company.settings.money.cash_floor
    unit = money_unit(currency, largest_of(found.cash, "q10", "q90"))
    at = pl.col("quarter").str.slice(0, 4).cast(pl.Float64) + pl.col("quarter").str.slice(5, 1).cast(pl.Float64) / 4
    frame = _scaled(found.cash, unit, currency).with_columns(at.alias("time"))
    x = alt.X("time:Q", title="Year", axis=alt.Axis(format="d", values=[*found.years, found.years[-1] + 1]))
    x = x.scale(zero=False, nice=False)
    title = f"Cash ({unit.unit})"
    y = alt.Y("mean:Q", title=title).scale(zero=True)
    base = alt.Chart(frame)
    shades = colour(found, size.narrow)
    layers: list[alt.Chart] = [
        base.mark_area(opacity=0.16).encode(x=x, y=alt.Y("q10:Q", title=title), y2="q90:Q", color=shades),
        base.mark_line(strokeWidth=2.5).encode(x=x, y=y, color=shades),
        base.mark_point(size=30, opacity=0, filled=True, aria=True).encode(x=x, y=y, description="tip:N"),
    ]
    width = size.width - 60
    if floor is not None:
        line = pl.DataFrame({"y": [floor / unit.divisor], "label": [f"floor {money(floor, currency)}"]})
        layers.append(alt.Chart(line).mark_rule(color=VERMILION, strokeDash=[6, 3], strokeWidth=1.5).encode(y="y:Q"))
        layers.append(
            alt.Chart(line)
            .mark_text(align="left", baseline="bottom", dx=4, dy=-3, color="#A34700")
            .encode(x=alt.value(0), y="y:Q", text="label:N")
        )
    return dressed(alt.layer(*layers).properties(width=width, height=280))


def value(found: FiveYears, size: Size = WIDE) -> Chart:
    """Value of the company under each plan: mean, 10 to 90 % of futures, and the mean of the worst 5 %."""
    currency, table = found.info["currency"], found.values
    unit = money_unit(currency, largest_of(table, "q10", "q90", "cvar_5"))
    tips = [
        f"{row['plan']}: {money_with_error(row['enpv'], row['se'], currency)}, 10–90 % {money(row['q10'], currency)} "
        f"to {money(row['q90'], currency)}, worst 5 % {money(row['cvar_5'], currency)}, "
        f"loss in {percent(row['p_loss'])}"
        for row in table.to_dicts()
    ]
    frame = table.with_columns(
        *((pl.col(name) / unit.divisor).alias(name) for name in ("enpv", "q10", "q90", "cvar_5")),
        pl.Series("tip", tips),
    )
    width = size.width if size.narrow else size.width - LABELS
    y = alt.Y("plan:N", sort=list(found.plans), title=None,
              axis=alt.Axis(labels=not size.narrow, labelLimit=LABELS, ticks=False, domain=False))  # fmt: skip
    title = f"Value of the company (eNPV, {unit.unit})"
    marks = ["mean (eNPV)", "mean of the worst 5 % (CVaR)"]
    shades = alt.Color("what:N", title=None, legend=alt.Legend(orient="top", columns=1 if size.narrow else 0)).scale(
        domain=marks, range=[BLUE, VERMILION]
    )
    base = alt.Chart(frame)
    layers: list[alt.Chart] = [
        base.mark_rule(strokeWidth=8, opacity=0.25, color=BLUE).encode(
            x=alt.X("q10:Q", title=title).scale(zero=True), x2="q90:Q", y=y
        )
    ]
    for what, column in zip(marks, ("enpv", "cvar_5"), strict=True):
        one = base.transform_calculate(what=f"'{what}'")
        shape = "circle" if column == "enpv" else "diamond"
        layers.append(
            one.mark_point(filled=True, opacity=1, size=90, shape=shape, aria=True).encode(
                x=f"{column}:Q", y=y, color=shades, description="tip:N"
            )
        )
    if size.narrow:
        text = base.mark_text(align="left", dy=-15, fontSize=11, limit=width)
        layers.append(text.encode(x=alt.value(0), y=y, text="plan:N"))
    return dressed(alt.layer(*layers).properties(width=width, height=alt.Step(42 if size.narrow else 34)))


__all__ = ["booked", "cash", "counts", "milestones", "net", "territories", "value"]
