"""Charts of a back-test: calibration, PIT, sales against their bands, approvals against their dates."""

from datetime import date

import altair as alt
import polars as pl

from echelon.report.format import money, number, percent
from echelon.report.look import BAND, BLACK, BLUE, INNER, ORANGE, SOFT, VERMILION, WIDE, Chart, NoChart, Size, dressed
from echelon.runs.backtest import TELLING, Backtest

KINDS = {"approval": "Approvals", "listing": "Listings", "sales": "Sales"}
LEAST = 1.0
"""Smallest sales shown, in millions: a log scale has no nought."""


def pooled(table: pl.DataFrame) -> pl.DataFrame:
    """Rows of all companies together; of the one company where there is only one."""
    every = table.filter(pl.col("company") == "all")
    return table if every.is_empty() else every


def calibration(made: Backtest, size: Size = WIDE) -> Chart:
    """Of what was given a probability, the share that came, by kind."""
    table = pooled(made.tables["calibration"])
    kinds = [kind for kind in KINDS if kind in set(table["kind"])] if not table.is_empty() else []
    if not kinds:
        msg = "No approval or listing has a year's end within its window, so there is no probability to check."
        raise NoChart(msg)
    width = size.width - 60 if size.narrow else min(size.part(len(kinds), 90), 420)
    parts = [_reliability(table.filter(pl.col("kind") == kind), KINDS[kind], width) for kind in kinds]
    return dressed(alt.vconcat(*parts) if size.narrow else alt.hconcat(*parts, spacing=40))


def _reliability(frame: pl.DataFrame, title: str, width: int) -> Chart:
    tips = [
        f"said {percent(said, 0)}: came in {number(came)} of {n}, {percent(share, 0)}"
        for said, came, n, share in frame.select("predicted", "came", "n", "share").iter_rows()
    ]
    base = alt.Chart(frame.with_columns(pl.Series("tip", tips)))
    axis = alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    x = alt.X("predicted:Q", title="Probability given", axis=axis).scale(domain=[0, 1])
    y = alt.Y("share:Q", title="Share that came", axis=axis).scale(domain=[0, 1])
    line = alt.Chart(pl.DataFrame({"a": [0.0, 1.0]})).mark_line(color=SOFT, strokeDash=[5, 3]).encode(x="a:Q", y="a:Q")
    bars = base.mark_rule(color=INNER, strokeWidth=3).encode(x=x, y=alt.Y("share_low:Q"), y2="share_high:Q")
    points = base.mark_point(filled=True, color=BLUE, opacity=1, size=90, aria=True).encode(
        x=x, y=y, description="tip:N"
    )
    text = base.mark_text(dx=8, align="left", fontSize=11).encode(x=x, y=y, text="n:Q")
    made: Chart = alt.layer(line, bars, points, text).properties(width=width, height=min(width, 300), title=title)
    return made


def pit(made: Backtest, size: Size = WIDE) -> Chart:
    """Where outcomes lie in their predicted distributions, by kind; flat if the model is right."""
    table = pooled(made.tables["pit"])
    kinds = [kind for kind in KINDS if kind in set(table["kind"])]
    if not kinds:
        msg = "Nothing was scored."
        raise NoChart(msg)
    width = size.width - 60 if size.narrow else size.part(len(kinds), 80)
    parts = [_pit(table.filter(pl.col("kind") == kind), KINDS[kind], width) for kind in kinds]
    return dressed(alt.vconcat(*parts) if size.narrow else alt.hconcat(*parts, spacing=30))


def _pit(frame: pl.DataFrame, title: str, width: int) -> Chart:
    n = int(frame["n"][0])
    tips = [
        f"{percent(low, 0)} to {percent(high, 0)} of futures lie under it: {number(count, 1)} of {n}"
        for low, high, count in frame.select("low", "high", "count").iter_rows()
    ]
    base = alt.Chart(frame.with_columns(pl.Series("tip", tips)))
    bars = base.mark_bar(color=BLUE, aria=True).encode(
        x=alt.X("low:Q", title="Place in the prediction", axis=alt.Axis(format=".0%", grid=False)).scale(domain=[0, 1]),
        x2="high:Q",
        y=alt.Y("count:Q", title="Outcomes").scale(zero=True),
        y2=alt.datum(0),
        description="tip:N",
    )
    flat = alt.Chart(pl.DataFrame({"y": [n / 10]})).mark_rule(color=VERMILION, strokeDash=[5, 3]).encode(y="y:Q")
    made: Chart = alt.layer(bars, flat).properties(width=width, height=190, title=f"{title} ({n})")
    return made


def sales(made: Backtest, size: Size = WIDE) -> Chart:
    """Yearly sales: predicted bands, and what came."""
    table = made.tables["scores"].filter(pl.col("kind") == "sales")
    if table.is_empty():
        msg = "No sales were scored."
        raise NoChart(msg)
    groups = list(table.group_by("company", "what", "territory", maintain_order=True))
    width = size.width - 70 if size.narrow else size.part(min(len(groups), 3), 90)
    currency = {one["as_of"]: one["currency"] for one in made.info["companies"]}
    parts = [
        _bands(frame, f"{what}, {territory}, as known on {day}", currency.get(str(day), ""), width)
        for (day, what, territory), frame in groups
    ]
    if size.narrow:
        return dressed(alt.vconcat(*parts))
    rows = [alt.hconcat(*parts[at : at + 3], spacing=30) for at in range(0, len(parts), 3)]
    return dressed(alt.vconcat(*rows))


def _bands(frame: pl.DataFrame, title: str, currency: str, width: int) -> Chart:
    levels = ("q10", "q25", "q50", "q75", "q90")
    tips = [
        f"{year}: {money(came, currency)}; predicted {money(low, currency)} to {money(high, currency)}"
        for year, came, low, high in frame.select("year", "amount", "q10", "q90").iter_rows()
    ]
    shown = frame.with_columns(
        *(pl.col(name).clip(lower_bound=LEAST) for name in (*levels, "amount")),
        pl.Series("tip", tips),
        pl.Series("left", [year - 0.35 for year in frame["year"]]),
        pl.Series("right", [year + 0.35 for year in frame["year"]]),
    )
    base = alt.Chart(shown)
    ends = [float(value) for name in (*levels, "amount") for value in shown[name]]
    low, high = min(ends) / 1.5, max(ends) * 1.3
    steps = (1, 3) if high / low > 100.0 else (1, 2, 5)
    ticks = [step * 10.0**power for power in range(9) for step in steps if low <= step * 10.0**power <= high]
    years = frame["year"].to_list()
    x = alt.X("left:Q", title=None, axis=alt.Axis(format="d", values=years, grid=False)).scale(
        domain=[min(years) - 0.6, max(years) + 0.6], nice=False
    )

    def y(name: str) -> alt.Y:
        axis = alt.Axis(format=",.0f", values=ticks)
        scale = alt.Scale(type="log", nice=False, domain=[low, high])
        return alt.Y(f"{name}:Q", title=f"{currency} million, log scale", axis=axis, scale=scale)

    outer = base.mark_bar(color=BAND).encode(x=x, x2="right:Q", y=y("q10"), y2="q90:Q")
    inner = base.mark_bar(color=INNER).encode(x=x, x2="right:Q", y=y("q25"), y2="q75:Q")
    middle = base.mark_rule(color=BLUE, strokeWidth=2.5).encode(x=x, x2="right:Q", y=y("q50"))
    came = base.mark_point(filled=True, color=BLACK, opacity=1, size=90, aria=True).encode(
        x=alt.X("year:Q"), y=y("amount"), description="tip:N"
    )
    made: Chart = alt.layer(outer, inner, middle, came).properties(width=width, height=220, title=title)
    return made


def events(made: Backtest, company: str, kind: str, size: Size = WIDE) -> Chart:
    """Predicted dates of approvals or listings of one company, and when they came."""
    table = made.tables["scores"].filter((pl.col("company") == company) & (pl.col("kind") == kind))
    shown = table.filter((pl.col("chance") >= TELLING) | pl.col("happened").is_not_null())
    if shown.is_empty():
        msg = "None of them had a chance worth showing, and none came."
        raise NoChart(msg)
    day = date.fromisoformat(company)
    start = day.year + day.timetuple().tm_yday / 365.25
    end = start + float(shown["window"].to_numpy().max())
    came = [start + at if at is not None else None for at in shown["happened"]]
    names = [f"{what} ({territory})" for what, territory in shown.select("what", "territory").iter_rows()]
    rows = shown.select(
        pl.Series("name", names),
        (pl.col("if_10") + start).alias("low"),
        (pl.col("if_50") + start).alias("middle"),
        (pl.col("if_90") + start).alias("high"),
        pl.col("chance"),
        pl.Series("at", [at if at is not None else end for at in came]),
        pl.Series("what came", ["came" if at is not None else "not yet" for at in came]),
        pl.Series("label", [percent(chance, 0) for chance in shown["chance"]]),
        pl.Series("tip", _event_tips(shown, names, start)),
    ).sort("middle", "name", nulls_last=True)
    return dressed(_ranges(rows, start, end, size))


def _event_tips(shown: pl.DataFrame, names: list[str], start: float) -> list[str]:
    tips = []
    for name, row in zip(names, shown.to_dicts(), strict=True):
        if row["if_10"] is None:
            said = "foreseen in no future"
        else:
            said = f"if ever, {start + row['if_10']:.1f} to {start + row['if_90']:.1f}; {percent(row['chance'], 0)}"
        came = "not yet" if row["happened"] is None else f"came {start + row['happened']:.1f}"
        tips.append(f"{name}: {said}; {came}")
    return tips


def _ranges(rows: pl.DataFrame, start: float, end: float, size: Size) -> Chart:
    base = alt.Chart(rows)
    axis = alt.Axis(labels=not size.narrow, labelLimit=400, ticks=False, domain=False)
    y = alt.Y("name:N", sort=None, title=None, axis=axis)
    highest = max([end, *(float(high) for high in rows["high"] if high is not None)])
    years = list(range(int(start + 0.99), int(highest) + 2))
    every = 2 if len(years) > 8 or size.narrow else 1
    x = alt.X("low:Q", title="Year", axis=alt.Axis(format="d", values=years[::every])).scale(
        domain=[start, highest + 1.3], nice=False
    )
    bars = base.mark_bar(color=BLUE, height=9, aria=True).encode(
        x=x, x2="high:Q", y=y, opacity=alt.Opacity("chance:Q", legend=None).scale(domain=[0, 1], range=[0.15, 1])
    )
    middle = base.mark_tick(color=BLACK, thickness=2, height=14).encode(x=alt.X("middle:Q"), y=y)
    marks = base.mark_point(size=75, filled=True, opacity=1, aria=True).encode(
        x=alt.X("at:Q"),
        y=y,
        color=alt.Color("what came:N", title=None).scale(domain=["came", "not yet"], range=[VERMILION, ORANGE]),
        shape=alt.Shape("what came:N", title=None).scale(
            domain=["came", "not yet"], range=["diamond", "triangle-right"]
        ),
        description="tip:N",
    )
    text = base.mark_text(align="right", fontSize=11).encode(
        x=alt.value(size.width if size.narrow else 560), y=y, text="label:N"
    )
    layers: list[alt.Chart] = [bars, middle, marks, text]
    if size.narrow:
        layers.append(base.mark_text(align="left", dy=-14, fontSize=11).encode(x=alt.value(0), y=y, text="name:N"))
    width = size.width if size.narrow else 560
    made: Chart = alt.layer(*layers).properties(width=width, height=alt.Step(36 if size.narrow else 22))
    return made
