"""Charts of capacity: what building is worth by when it starts, and which lines are short by when."""

from datetime import date

import altair as alt
import polars as pl

from echelon.report.format import money_unit, money_with_error, percent
from echelon.report.look import BLUE, GREEN, ORANGE, PURPLE, VERMILION, WIDE, Chart, NoChart, Size, dressed
from echelon.report.reshape import largest_of
from echelon.runs.capacity import Capacity, told_apart

NAMED = 2
"""Expansions of a set that a legend names before it only counts the others."""
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, VERMILION)


def one_column(size: Size) -> alt.Legend:
    """A legend above the chart, one entry in a row where the page is narrow, in full colour."""
    columns = 1 if size.narrow else 0
    return alt.Legend(orient="top", title=None, columns=columns, symbolOpacity=1, labelLimit=size.width - 60)


def short_list(built: str) -> str:
    """Expansions of a set, those that come last, with a count of those before them."""
    names = built.split(";")
    shown = " + ".join(names[-NAMED:])
    return shown if len(names) <= NAMED else f"{len(names) - NAMED} more + {shown}"


def by_start(found: Capacity, size: Size = WIDE) -> Chart:
    """Difference in value to building nothing, by set of expansions and year of the start."""
    table = found.sizes.filter(pl.col("built").is_in(told_apart(found)))
    if table.is_empty():
        msg = "The company names no expansions, so there is nothing to build."
        raise NoChart(msg)
    currency = found.info["currency"]
    unit = money_unit(currency, largest_of(table, "difference"))
    rows = [
        {
            "set": f"{row['litres']:,.0f} L ({short_list(row['built'])})",
            "start": years_of(row["starts"]),
            "value": row["difference"] / unit.divisor,
            "from": (row["difference"] - 2 * row["se"]) / unit.divisor,
            "to": (row["difference"] + 2 * row["se"]) / unit.divisor,
            "tip": f"{row['built']}, start {row['starts']}: {money_with_error(row['difference'], row['se'], currency)}",
        }
        for row in table.to_dicts()
    ]
    frame = pl.DataFrame(rows)
    sets = frame["set"].unique(maintain_order=True).to_list()
    legend = one_column(size)
    colour = alt.Color("set:N", sort=sets, legend=legend).scale(domain=sets, range=list(COLOURS[: len(sets)]))
    base = alt.Chart(frame)
    x = alt.X("start:Q", title="Decision to build", axis=alt.Axis(format="d", tickMinStep=1, tickCount=6)).scale(
        zero=False
    )
    worth = f"Against building nothing ({unit.unit})"
    y = alt.Y("value:Q", title=worth).scale(zero=True)
    nought = alt.Chart(pl.DataFrame({"y": [0.0]})).mark_rule(strokeWidth=1).encode(y="y:Q")
    made = alt.layer(
        nought,
        base.mark_area(opacity=0.18).encode(x=x, y=alt.Y("from:Q", title=worth), y2="to:Q", color=colour),
        base.mark_line(strokeWidth=2.5).encode(x=x, y=y, color=colour),
        base.mark_point(filled=True, size=60, aria=True).encode(x=x, y=y, color=colour, description="tip:N"),
    )
    return dressed(made.properties(width=size.width if size.narrow else size.part(1, 90), height=300))


def years_of(day: str) -> float:
    """A day as a year and its part, so that starts stand as far apart as they are."""
    found = date.fromisoformat(day)
    first, last = date(found.year, 1, 1), date(found.year + 1, 1, 1)
    return found.year + (found - first).days / (last - first).days


def lines_short(found: Capacity, size: Size = WIDE) -> Chart:
    """Chance that each line has held up sales, by quarter."""
    worst = found.lines.group_by("site", "step").agg(pl.col("p_short_by").max()).filter(pl.col("p_short_by") > 0.0)
    if worst.is_empty():
        msg = "No line holds up a sale in any future."
        raise NoChart(msg)
    year, within = (pl.col("quarter").str.slice(at, n).cast(pl.Float64) for at, n in ((0, 4), (5, 1)))
    frame = (
        found.lines.join(worst.select("site", "step"), on=["site", "step"])
        .with_columns(
            pl.when(pl.col("site") == "")
            .then(pl.lit("no site may supply"))
            .otherwise(pl.col("site") + ", " + pl.col("step"))
            .alias("line"),
            (year + within / 4).alias("time"),
            (pl.col("p_short_by") - 2 * pl.col("p_short_by_se")).clip(0, 1).alias("from"),
            (pl.col("p_short_by") + 2 * pl.col("p_short_by_se")).clip(0, 1).alias("to"),
        )
    )  # fmt: skip
    tips = [f"{row['line']}, by {row['quarter']}: {percent(row['p_short_by'])}" for row in frame.to_dicts()]
    frame = frame.with_columns(pl.Series("tip", tips))
    names = frame["line"].unique(maintain_order=True).to_list()
    legend = one_column(size)
    shown = [COLOURS[i % len(COLOURS)] for i in range(len(names))]
    colour = alt.Color("line:N", sort=names, legend=legend).scale(domain=names, range=shown)
    x = alt.X("time:Q", title="Year", axis=alt.Axis(format="d", tickCount=6)).scale(zero=False)
    y_title = "Chance of having held up sales"
    y = alt.Y("p_short_by:Q", title=y_title, axis=alt.Axis(format=".0%"))
    y = y.scale(domain=[0, 1])
    base = alt.Chart(frame)
    made = alt.layer(
        base.mark_area(opacity=0.18).encode(x=x, y=alt.Y("from:Q", title=y_title), y2="to:Q", color=colour),
        base.mark_line(strokeWidth=2.5).encode(x=x, y=y, color=colour),
        base.mark_point(opacity=0, aria=True).encode(x=x, y=y, description="tip:N"),
    )
    return dressed(made.properties(width=size.width if size.narrow else size.part(1, 90), height=260))
