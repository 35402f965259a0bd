"""Charts of the pipeline: the matrix, the three echelons, launches, approvals by territory."""

import math

import altair as alt
import polars as pl

from echelon.report.format import count, number, percent
from echelon.report.look import (
    BLACK,
    BLUE,
    GREEN,
    INK,
    INNER,
    ORANGE,
    SOFT,
    VERMILION,
    WIDE,
    Chart,
    NoChart,
    Size,
    dressed,
)
from echelon.report.names import capital, names, plan_years, whole_years, word
from echelon.report.reshape import (
    Placed,
    expected_approvals,
    largest_of,
    nice_step,
    pipeline,
    stage_label,
    stages_of,
    territories_by_weight,
)
from echelon.runs.run import Run

ECHELONS = ("marketed", "clinic", "reserve")
COLOURS = {"marketed": GREEN, "clinic": BLUE, "reserve": ORANGE, "all three": BLACK}


def matrix(run: Run, size: Size = WIDE) -> Chart:
    """Assets by stage, against therapeutic area and against modality."""
    placed = pipeline(run)
    if not placed:
        msg = "The company has no active asset, so the pipeline is empty."
        raise NoChart(msg)
    width = size.width - 130 if size.narrow else size.part(2, 150)
    areas = _matrix(placed, "area", "Therapeutic area", width)
    modalities = _matrix(placed, "modality", "Modality", width)
    joined = alt.vconcat(areas, modalities) if size.narrow else alt.hconcat(areas, modalities, spacing=30)
    return dressed(joined.resolve_scale(color="shared"))


def _matrix(placed: list[Placed], by: str, title: str, width: int) -> Chart:
    stages = stages_of(placed)
    rows = pl.DataFrame(
        {
            "row": [capital(word(getattr(one, by))) for one in placed],
            "stage": [stage_label(one.stage) for one in placed],
        }
    )
    frame = rows.group_by("row", "stage").len("assets").sort("row", "stage")
    order = rows.group_by("row").len().sort("len", "row", descending=[True, False])["row"].to_list()
    tips = [f"{row}, {stage}: {n} assets" for row, stage, n in frame.iter_rows()]
    most = frame["assets"].max()
    base = alt.Chart(frame.with_columns(pl.Series("tip", tips)))
    x = alt.X(
        "stage:O",
        sort=[stage_label(s) for s in stages],
        title=None,
        axis=alt.Axis(orient="top", labelAngle=-40, domain=False, ticks=False),
    )
    y = alt.Y("row:O", sort=order, title=None, axis=alt.Axis(domain=False, ticks=False, labelLimit=125))
    cells = base.mark_rect(aria=True, stroke="white", strokeWidth=2).encode(
        x=x, y=y, color=alt.Color("assets:Q", legend=None).scale(scheme="blues", domainMin=-3), description="tip:N"
    )
    dark = f"datum.assets > {0.55 * most if isinstance(most, int) else 1}"
    text = base.mark_text(fontSize=13, fontWeight="bold").encode(
        x=x, y=y, text="assets:Q", color=alt.condition(dark, alt.value("white"), alt.value(INK))
    )
    return alt.layer(cells, text).properties(width=width, height=alt.Step(30), title=f"{title} (assets)")


def plan_band(run: Run, x: alt.X, height: int, label_at: int | None = None) -> list[alt.Chart]:
    """Shading of the five-year plan behind a chart whose x axis holds years; its name `label_at` down, if given."""
    years = plan_years(run)
    if not years:
        return []
    frame = pl.DataFrame({"a": [years[0] - 0.5], "b": [years[-1] + 0.5], "label": [f"plan {years[0]}–{years[-1]}"]})
    start = alt.X("a:Q", title=x["title"], axis=x["axis"], scale=x["scale"])
    base = alt.Chart(frame)
    band = base.mark_rect(color="#EDF0F2").encode(x=start, x2="b:Q", y=alt.value(0), y2=alt.value(height))
    if label_at is None:
        return [band]
    text = base.mark_text(align="left", baseline="bottom", dx=3, fontSize=11, color=SOFT).encode(
        x=start, y=alt.value(label_at), text="label:N"
    )
    return [band, text]


def year_axis(run: Run, title: str, narrow: bool) -> alt.X:
    """X axis of calendar years."""
    years = whole_years(run)
    every = 5 if narrow and len(years) > 8 else 2 if len(years) > 12 else 1
    values = [year for year in years if year % every == 0]
    return alt.X("year:Q", title=title, axis=alt.Axis(format="d", values=values, grid=False)).scale(
        domain=[min(years) - 0.7, max(years) + 0.7], nice=False
    )


def bar_width(run: Run, width: int) -> float:
    """Width of a bar for one year on an axis of `year_axis`."""
    return 0.76 * width / (len(whole_years(run)) + 0.4)


def echelons(run: Run, size: Size = WIDE) -> Chart:
    """Assets in each echelon at year ends, against what the company calls filled."""
    years = whole_years(run)
    table = run.table("echelons").filter(pl.col("year").is_in(years))
    if table.is_empty():
        msg = "The horizon holds no whole calendar year, so there is no year end to count at."
        raise NoChart(msg)
    width, height = (size.width if size.narrow else size.part(3, 60)), 190
    charts = [_echelon(run, table, level, width, height) for level in ECHELONS]
    return dressed(alt.vconcat(*charts) if size.narrow else alt.hconcat(*charts, spacing=24))


def _echelon(run: Run, table: pl.DataFrame, level: str, width: int, height: int) -> Chart:
    target = getattr(run.company.settings.echelons, level)
    frame = table.filter(pl.col("echelon") == level)
    tips = [
        f"{row['year']}: median {number(row['q50'])} assets, 10–90 % {number(row['q10'])} to {number(row['q90'])}"
        for row in frame.iter_rows(named=True)
    ]
    frame = frame.with_columns(pl.Series("tip", tips))
    colour = COLOURS[level]
    largest = max(float(target), *frame["q90"].to_list())
    step = nice_step(max(largest, 1.0) * 1.08 / 4)
    scale = alt.Scale(domain=[0, math.ceil(largest * 1.08 / step) * step or step], nice=False)
    x = year_axis(run, "Year end", narrow=True)
    base = alt.Chart(frame)
    area = base.mark_area(color=colour, opacity=0.25).encode(
        x=x,
        y=alt.Y("q10:Q", title="Assets", scale=scale, axis=alt.Axis(tickCount=5, format="d", tickMinStep=1)),
        y2="q90:Q",
    )
    line = base.mark_line(color=colour, strokeWidth=2.5).encode(x=x, y="q50:Q")
    points = base.mark_point(color=colour, filled=True, size=40, opacity=1, aria=True).encode(
        x=x, y="q50:Q", description="tip:N"
    )
    goal = pl.DataFrame({"y": [target], "label": [f"filled: {target} or more"]})
    rule = alt.Chart(goal).mark_rule(color=VERMILION, strokeDash=[6, 3], strokeWidth=1.5).encode(y="y:Q")
    text = (
        alt.Chart(goal)
        .mark_text(align="right", baseline="bottom", dx=-2, dy=-2, color="#A34700", fontSize=11)
        .encode(x=alt.value(width), y="y:Q", text="label:N")
    )
    return alt.layer(*plan_band(run, x, height, 15), area, line, points, rule, text).properties(
        width=width, height=height, title=f"{capital(level)}: median, 10–90 %"
    )


def filled(run: Run, size: Size = WIDE) -> Chart:
    """Probability at each year end that each echelon, and all three, are filled."""
    years = whole_years(run)
    table = run.table("echelons").filter(pl.col("year").is_in(years))
    if table.is_empty():
        msg = "The horizon holds no whole calendar year, so there is no year end to look at."
        raise NoChart(msg)
    tips = [
        f"{row['echelon']}, end of {row['year']}: {percent(row['p_filled'])} ± {percent(row['p_filled_se'])}"
        for row in table.iter_rows(named=True)
    ]
    frame = table.select("echelon", "year", "p_filled").with_columns(pl.Series("tip", tips))
    height = 240
    x = year_axis(run, "Year end", size.narrow)
    order = [*ECHELONS, "all three"]
    lines = (
        alt.Chart(frame)
        .mark_line(strokeWidth=2.5, point={"size": 34, "aria": True})
        .encode(
            x=x,
            y=alt.Y("p_filled:Q", title="Probability of being filled", axis=alt.Axis(format=".0%")).scale(
                domain=[0, 1]
            ),
            color=alt.Color(
                "echelon:N",
                sort=order,
                title=None,
                legend=alt.Legend(
                    columns=2 if size.narrow else 0, symbolType="stroke", symbolStrokeWidth=3, symbolSize=400
                ),
            ).scale(domain=order, range=[COLOURS[name] for name in order]),
            strokeDash=alt.StrokeDash("echelon:N", sort=order, title=None).scale(
                domain=order, range=[[1, 0], [8, 3], [3, 2], [1, 0]]
            ),
            description="tip:N",
        )
    )
    return dressed(alt.layer(*plan_band(run, x, height, -3), lines).properties(width=size.width, height=height))


def launches(run: Run, size: Size = WIDE) -> Chart:
    """New programs launched by year, and the probability of at least one launch by then."""
    years = whole_years(run)
    table = run.table("launches").filter(pl.col("year").is_in(years))
    if table.is_empty():
        msg = "The horizon holds no whole calendar year, so launches are not counted by year."
        raise NoChart(msg)
    if (run.measure("programs_launched")["mean"] or 0.0) == 0.0:
        msg = "No future has a launch within the horizon."
        raise NoChart(msg)
    width, height = (size.width if size.narrow else size.part(2, 90)), 220
    tips = [
        f"{row['year']}: {number(row['programs'], 2)} programs expected, "
        f"10–90 % {number(row['programs_q10'])} to {number(row['programs_q90'])}"
        for row in table.iter_rows(named=True)
    ]
    base = alt.Chart(table.with_columns(pl.Series("tip", tips)))
    x = year_axis(run, "Year", size.narrow)
    bars = base.mark_bar(color=INNER, aria=True, orient="vertical", size=bar_width(run, width)).encode(
        x=x, y=alt.Y("programs:Q", title="Programs launched in the year").scale(zero=True), description="tip:N"
    )
    whiskers = base.mark_rule(color=INK).encode(x=x, y="programs_q10:Q", y2="programs_q90:Q")
    left = alt.layer(*plan_band(run, x, height), bars, whiskers).properties(
        width=width, height=height, title="New programs: mean, 10–90 %"
    )
    chance = [f"by end of {y}: {percent(p, 2)}" for y, p in table.select("year", "p_any_launch_by").iter_rows()]
    line = (
        alt.Chart(table.with_columns(pl.Series("tip", chance)))
        .mark_line(color=BLUE, strokeWidth=2.5, point={"size": 34, "aria": True, "color": BLUE})
        .encode(
            x=x,
            y=alt.Y("p_any_launch_by:Q", title="Probability", axis=alt.Axis(format=".0%")).scale(domain=[0, 1]),
            description="tip:N",
        )
    )
    right = alt.layer(*plan_band(run, x, height), line).properties(
        width=width, height=height, title="At least one launch by then"
    )
    return dressed(alt.vconcat(left, right) if size.narrow else alt.hconcat(left, right, spacing=40))


def launched(run: Run, size: Size = WIDE) -> Chart:
    """Distribution of the number of programs launched within the horizon."""
    table = run.table("launch_counts")
    if len(table) < 2:
        msg = "No future has a launch within the horizon."
        raise NoChart(msg)
    used = table.filter(pl.col("probability") > 0)
    frame = table.filter(pl.col("programs") >= used["programs"].min())
    tips = [
        f"{count(n, 'program')}: {percent(p, 2)} of futures; {n} or more: {percent(m, 2)}"
        for n, p, m in frame.select("programs", "probability", "at_least").iter_rows()
    ]
    every = max(1, math.ceil(len(frame) / (8 if size.narrow else 20)))
    ticks = [n for n in frame["programs"] if n % every == 0]
    x = alt.X("programs:O", title="Programs launched within the horizon", axis=alt.Axis(values=ticks, labelAngle=0))
    bars = (
        alt.Chart(frame.with_columns(pl.Series("tip", tips)))
        .mark_bar(color=BLUE, aria=True)
        .encode(
            x=x,
            y=alt.Y("probability:Q", title="Share of futures", axis=alt.Axis(format=".1~%")).scale(zero=True),
            description="tip:N",
        )
    )
    return dressed(alt.layer(bars).properties(width=size.width, height=170))


def approvals(run: Run, size: Size = WIDE) -> Chart:
    """Expected number of programs approved, by territory and year end."""
    years = whole_years(run)
    table = run.table("approvals")
    if table.is_empty() or not years:
        msg = "No program is filed or planned to be filed in any territory."
        raise NoChart(msg)
    frame = expected_approvals(run).filter(pl.col("year").is_in(years))
    known, order = names(run), territories_by_weight(frame)
    labels = [known.territory(t) for t in order]
    frame = frame.with_columns(
        pl.col("territory").map_elements(known.territory, pl.String).alias("name"),
        pl.Series("text", [number(v, 1) for v in frame["programs"]]),
    )
    tips = [
        f"{n}, end of {y}: {number(v, 2)} programs expected, {h} held now"
        for n, y, v, h in frame.select("name", "year", "programs", "held").iter_rows()
    ]
    base = alt.Chart(frame.with_columns(pl.Series("tip", tips)))
    every = 5 if size.narrow else 1
    ticks = [year for year in years if year % every == 0] or years
    x = alt.X(
        "year:O", title="Year end", axis=alt.Axis(orient="top", values=ticks, labelAngle=0, ticks=False, domain=False)
    )
    y = alt.Y(
        "name:O",
        sort=labels,
        title=None,
        axis=alt.Axis(ticks=False, domain=False, labelLimit=138 if size.narrow else 230),
    )
    top = largest_of(frame, "programs") or 1.0
    cells = base.mark_rect(aria=True).encode(
        x=x,
        y=y,
        color=alt.Color(
            "programs:Q", title="Programs approved (expected)", legend=alt.Legend(gradientLength=150)
        ).scale(scheme="blues", domain=[0, top], type="sqrt"),
        description="tip:N",
    )
    layers: list[alt.Chart] = [cells]
    if not size.narrow:
        layers.append(
            base.mark_text(fontSize=11).encode(
                x=x,
                y=y,
                text="text:N",
                color=alt.condition(f"datum.programs > {0.4 * top}", alt.value("white"), alt.value(INK)),
            )
        )
    width = size.width - 138 if size.narrow else size.width - 130
    return dressed(alt.layer(*layers).properties(width=width, height=alt.Step(22)))
