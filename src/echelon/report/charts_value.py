"""Charts of value: its distribution, one drug against the platform, what breadth buys, what drives the spread."""

from itertools import pairwise

import altair as alt
import polars as pl

from echelon.report.format import SMALLEST, Money, money, money_unit, number, percent
from echelon.report.look import BLUE, INNER, ORANGE, SOFT, VERMILION, WIDE, Chart, NoChart, Size, dressed
from echelon.report.names import names
from echelon.report.reshape import case_label, histogram, largest_of, top_and_rest
from echelon.runs.run import Run

OUTER, MIDDLE, HALF = "outside 5–95 %", "5–95 % of futures", "25–75 % of futures"


def value_unit(run: Run, largest: float) -> Money:
    """Unit of money for one chart."""
    return money_unit(run.info["currency"], largest)


def value_title(run: Run, unit: Money) -> str:
    """Axis title of discounted value."""
    general, rate = run.company.settings.company, run.company.settings.money.discount_rate
    return f"Value at {percent(rate, 0)} a year ({unit.unit}, {general.price_year} prices)"


def value(run: Run, size: Size = WIDE) -> Chart:
    """Distribution of the company's value over futures, with its 5, 25, 50, 75 and 95 % points."""
    row = run.measure("enpv")
    values = run.futures()["enpv"].to_numpy()
    if not len(values):
        msg = "The run has no futures, so there is no distribution to show."
        raise NoChart(msg)
    if values.max() - values.min() < SMALLEST * max(1.0, float(abs(values).max())):
        msg = f"Every future is worth {money(row['mean'], run.info['currency'])}, so there is no distribution to show."
        raise NoChart(msg)
    unit = value_unit(run, float(abs(values).max()))
    edges, shares = histogram(values, 24 if size.narrow else 48)
    currency = run.info["currency"]
    rows = []
    for low, high, share in zip(edges[:-1], edges[1:], shares, strict=True):
        tip = f"{money(low, currency)} to {money(high, currency)}: {percent(share, 2)} of futures"
        for a, b, band in cut_at(float(low), float(high), row):
            rows.append({"low": a / unit.divisor, "high": b / unit.divisor, "share": share, "band": band, "tip": tip})
    frame = pl.DataFrame(rows).filter(pl.col("share") > 0)
    bars = (
        alt.Chart(frame)
        .mark_bar(aria=True, binSpacing=0)
        .encode(
            x=alt.X("low:Q", title=value_title(run, unit), axis=alt.Axis(grid=False)).scale(zero=False),
            x2="high:Q",
            y2=alt.datum(0),
            y=alt.Y("share:Q", title="Share of futures", axis=alt.Axis(format=".1~%")).scale(zero=True),
            color=alt.Color("band:N", title=None, legend=alt.Legend(columns=1 if size.narrow else 0)).scale(
                domain=[HALF, MIDDLE, OUTER], range=[BLUE, INNER, "#B8C4CE"]
            ),
            description="tip:N",
        )
    )
    marks = pl.DataFrame(
        {"at": [row["mean"] / unit.divisor], "label": [f"mean {number(row['mean'] / unit.divisor, 1)}"]}
    )
    mean = alt.Chart(marks).mark_rule(color="black", strokeWidth=2).encode(x="at:Q")
    text = (
        alt.Chart(marks)
        .mark_text(baseline="bottom", fontWeight="bold")
        .encode(x="at:Q", y=alt.value(-3), text="label:N")
    )
    layers = [bars, mean, text]
    if values.min() < 0 < values.max():
        layers.insert(
            1, alt.Chart(pl.DataFrame({"at": [0.0]})).mark_rule(color=VERMILION, strokeDash=[5, 3]).encode(x="at:Q")
        )
    return dressed(alt.layer(*layers).properties(width=size.width, height=230))


def cut_at(low: float, high: float, row: dict[str, float]) -> list[tuple[float, float, str]]:
    """A bin cut where the quantiles lie, each piece with the band that it belongs to."""
    inside = [row[q] for q in ("q05", "q25", "q75", "q95") if low < row[q] < high]
    ends = [low, *inside, high]
    pieces = []
    for a, b in pairwise(ends):
        middle = 0.5 * (a + b)
        band = HALF if row["q25"] <= middle <= row["q75"] else OUTER
        if band == OUTER and row["q05"] <= middle <= row["q95"]:
            band = MIDDLE
        pieces.append((a, b, band))
    return pieces


def platform(run: Run, size: Size = WIDE) -> Chart:
    """Value of the lead drug, of the pipeline with drugs independent and linked, and of the company."""
    table = run.table("platform")
    if table.is_empty():
        msg = "No asset is still on its way to market, so there is no pipeline to compare with one drug."
        raise NoChart(msg)
    known = names(run)
    unit = value_unit(run, largest_of(table, "value"))
    rows = []
    for case in table["case"].unique(maintain_order=True):
        part = table.filter(pl.col("case") == case)
        at = {round(p * 100): v / unit.divisor for p, v in part.select("probability", "value").iter_rows()}
        label = case_label(case, known)
        tip = f"{label}: median {number(at[50], 2)}, 5–95 % {number(at[5], 2)} to {number(at[95], 2)} {unit.unit}"
        rows.append(
            {"case": label, "q05": at[5], "q25": at[25], "q50": at[50], "q75": at[75], "q95": at[95], "tip": tip}
        )
    frame = pl.DataFrame(rows)
    axis = alt.Axis(labelLimit=0 if size.narrow else 300, labels=not size.narrow, ticks=False, domain=False)
    y = alt.Y("case:N", sort=None, title=None, axis=axis)
    x_title = value_title(run, unit)
    base = alt.Chart(frame)
    thin = base.mark_bar(height=10, color=INNER).encode(
        x=alt.X("q05:Q", title=x_title).scale(zero=True), x2="q95:Q", y=y
    )
    thick = base.mark_bar(height=22, color=BLUE).encode(x="q25:Q", x2="q75:Q", y=y)
    median = base.mark_tick(color="black", thickness=2, height=30).encode(x="q50:Q", y=y)
    tips = base.mark_bar(height=30, opacity=0, aria=True).encode(x="q05:Q", x2="q95:Q", y=y, description="tip:N")
    layers = [thin, thick, median, tips]
    if size.narrow:
        layers.append(base.mark_text(align="left", dy=-20).encode(x=alt.value(0), y=y, text="case:N"))
    height = alt.Step(58 if size.narrow else 46)
    return dressed(alt.layer(*layers).properties(width=size.width if size.narrow else size.width - 240, height=height))


def growth(run: Run, size: Size = WIDE) -> Chart:
    """Chance of a launch, chance of a loss and relative spread as assets are added, most valuable first."""
    table = run.table("growth")
    if table.is_empty():
        msg = "No asset is still on its way to market, so there is no breadth to add."
        raise NoChart(msg)
    if table.height < 2:
        msg = "One asset is still on its way to market, so there is no breadth to set against it."
        raise NoChart(msg)
    width = size.width if size.narrow else size.part(3, 80)
    columns = [
        ("p_any_launch", "Chance of at least one launch"),
        ("p_loss", "Chance of a loss"),
        ("spread", "Relative spread"),
    ]
    spread = table.with_columns(
        pl.when(pl.col("mean") > 0).then(pl.col("sd") / pl.col("mean")).alias("spread"),
        pl.when(pl.col("mean") > 0).then(pl.col("sd_independent") / pl.col("mean")).alias("spread_independent"),
    )
    charts = []
    for column, title in columns:
        parts = [spread.select("assets", pl.col(column).alias("y"), pl.lit("linked, as in the model").alias("case"))]
        if column != "p_any_launch":
            other = f"{column}_independent"
            parts.append(spread.select("assets", pl.col(other).alias("y"), pl.lit("if independent").alias("case")))
        charts.append(_growth_part(pl.concat(parts).drop_nulls(), title, column, width))
    joined = alt.vconcat(*charts) if size.narrow else alt.hconcat(*charts, spacing=30)
    return dressed(joined)


def _growth_part(frame: pl.DataFrame, title: str, column: str, width: int) -> Chart:
    y_title = "Standard deviation over mean" if column == "spread" else "Share of futures"
    axis = alt.Axis(format=".1~f" if column == "spread" else ".1~%")
    scale = alt.Scale(zero=True, domainMax=1.0) if column == "p_any_launch" else alt.Scale(zero=True)
    tips = [
        f"{case}, {k} assets: {number(y, 2) if column == 'spread' else percent(y, 2)}"
        for k, y, case in frame.select("assets", "y", "case").iter_rows()
    ]
    most = frame["assets"].max()
    ticks = [k for k in (1, 2, 3, 5, 10, 20, 50, 100, 200, 500) if isinstance(most, int) and k <= most]
    base = alt.Chart(frame.with_columns(pl.Series("tip", tips)))
    lines = base.mark_line(strokeWidth=2.5).encode(
        x=alt.X(
            "assets:Q",
            title="Assets, most valuable first (log scale)",
            axis=alt.Axis(values=ticks, format="d", grid=False),
        ).scale(type="log", nice=False),
        y=alt.Y("y:Q", title=y_title, axis=axis, scale=scale),
        color=alt.Color(
            "case:N", title=None, legend=alt.Legend(symbolType="stroke", symbolStrokeWidth=3, symbolSize=300)
        ).scale(domain=["linked, as in the model", "if independent"], range=[BLUE, ORANGE]),
        strokeDash=alt.StrokeDash("case:N", title=None).scale(
            domain=["linked, as in the model", "if independent"], range=[[1, 0], [5, 3]]
        ),
    )
    points = base.mark_point(filled=True, size=60, opacity=0, aria=True).encode(
        x="assets:Q", y="y:Q", description="tip:N"
    )
    made: Chart = alt.layer(lines, points).properties(width=width, height=200, title=title)
    return made


def attribution(run: Run, size: Size = WIDE) -> Chart:
    """Share of the variance of the company's value by asset; discovery by platform."""
    table = run.table("attribution").filter(pl.col("variance_share").is_finite())
    if table.is_empty() or run.measure("enpv")["sd"] in (None, 0.0):
        msg = "Every future has the same value, so there is no spread to explain."
        raise NoChart(msg)
    frame = top_and_rest(table, names(run), 12)
    tips = [f"{label}: {percent(share)} of the variance" for label, share, _ in frame.iter_rows()]
    frame = frame.with_columns(pl.Series("tip", tips), pl.Series("text", [percent(s) for s in frame["variance_share"]]))
    base = alt.Chart(frame)
    labels = alt.Axis(labels=not size.narrow, labelLimit=330, ticks=False, domain=False)
    y = alt.Y("label:N", sort=None, title=None, axis=labels)
    x = alt.X(
        "variance_share:Q", title="Share of the variance of value", axis=alt.Axis(format=".0%", tickCount=6)
    ).scale(zero=True)
    bars = base.mark_bar(color=BLUE, aria=True, height=14).encode(x=x, y=y, description="tip:N")
    text = (
        base.mark_text(align="left", dx=4)
        .encode(x=alt.X("end:Q"), y=y, text="text:N")
        .transform_calculate(end="max(datum.variance_share, 0)")
    )
    layers: list[alt.Chart] = [bars, text]
    if size.narrow:
        layers.append(base.mark_text(align="left", dy=-15).encode(x=alt.value(0), y=y, text="label:N"))
    width = size.width if size.narrow else size.width - 340
    return dressed(alt.layer(*layers).properties(width=width, height=alt.Step(38 if size.narrow else 22)))


def tornado(run: Run, size: Size = WIDE) -> Chart:
    """How far the company's mean value moves where one driver comes out low or high."""
    table = run.table("drivers").head(12 if size.narrow else 20)
    if table.is_empty():
        msg = "No single driver moves the company's mean value by more than twice its standard error in this run."
        raise NoChart(msg)
    known, mean = names(run), run.measure("enpv")["mean"]
    largest = max(abs(v - mean) for row in table.iter_rows(named=True) for v in (row["low"], row["high"]))
    unit = value_unit(run, largest)
    rows = []
    for row in table.iter_rows(named=True):
        label = known.driver(row["kind"], row["driver"])
        sides = ("not launched", "launched") if row["kind"] == "launch" else ("lowest tenth", "highest tenth")
        for side, word in zip(("low", "high"), sides, strict=True):
            moved, error = (row[side] - mean) / unit.divisor, row[f"{side}_se"] / unit.divisor
            tip = f"{label}, {word}: {'+' if moved > 0 else ''}{number(moved, 2)} ± {number(error, 2)} {unit.unit}"
            rows.append(
                {
                    "label": label,
                    "side": "not launched, or lowest tenth" if side == "low" else "launched, or highest tenth",
                    "moved": moved,
                    "from": moved - 2 * error,
                    "to": moved + 2 * error,
                    "tip": tip,
                }
            )
    return dressed(
        _tornado(pl.DataFrame(rows), size, f"Change of mean value ({unit.unit}); whiskers: ± 2 standard errors")
    )


def _tornado(frame: pl.DataFrame, size: Size, title: str) -> Chart:
    base = alt.Chart(frame)
    lines = alt.Axis(labels=not size.narrow, labelLimit=420, ticks=False, domain=False)
    y = alt.Y("label:N", sort=None, title=None, axis=lines)
    domain = ["not launched, or lowest tenth", "launched, or highest tenth"]
    colour = alt.Color("side:N", title=None, legend=alt.Legend(columns=1 if size.narrow else 0)).scale(
        domain=domain, range=[ORANGE, BLUE]
    )
    axis_title = "Change of mean value" + title.removeprefix("Change of mean value")
    words: str | list[str] = axis_title.split("; ") if size.narrow else axis_title
    bars = base.mark_bar(aria=True, height=13).encode(
        x=alt.X("moved:Q", title=words).scale(zero=True), y=y, color=colour, description="tip:N"
    )
    whiskers = base.mark_rule(color=SOFT).encode(x="from:Q", x2="to:Q", y=y)
    layers: list[alt.Chart] = [bars, whiskers]
    if size.narrow:
        layers.append(
            base.transform_filter(alt.datum.side == domain[0])
            .mark_text(align="left", dy=-15, fontSize=11, limit=size.width)
            .encode(x=alt.value(0), y=y, text="label:N")
        )
    step = alt.Step(40 if size.narrow else 23)
    return alt.layer(*layers).properties(width=size.width if size.narrow else size.width - 400, height=step)
