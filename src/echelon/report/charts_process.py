"""Charts of a process study: effects, observed against fitted, residuals, and maps of the probability."""

import altair as alt
import numpy as np
import polars as pl

from echelon.report.format import percent, significant
from echelon.report.look import BLUE, GRID, INK, SOFT, VERMILION, WIDE, Chart, NoChart, Size, dressed
from echelon.supply.process.analysis import Analysis
from echelon.supply.process.fit import Fit
from echelon.supply.process.ranges import Map, contour

LABELS = 230
"""Room for names of terms at the left of a wide chart."""

BANDS = 10
"""Steps of the colour of a map."""

COLOURS = (
    "#f1eef6", "#dfe3ef", "#c9d5e8", "#b0c6e0", "#92b5d7", "#72a3cd", "#508fc1", "#2f79b2", "#135f9c", "#08427a",
)  # fmt: skip
MOST_TERMS = 40


def effects(made: Analysis, fit: Fit, size: Size = WIDE) -> Chart:
    """Coefficients in coded units with their 95 % intervals, the largest first."""
    unit = made.experiments.responses[fit.response].unit
    found = [c for c in fit.coefficients if c.kind not in ("intercept", "block")]
    if not found:
        msg = "There is no effect to show."
        raise NoChart(msg)
    found = sorted(found, key=lambda c: -abs(c.estimate))[:MOST_TERMS]
    rows = [
        {
            "label": c.term,
            "value": c.estimate,
            "from": c.low if c.low == c.low else c.estimate,
            "to": c.high if c.high == c.high else c.estimate,
            "what": "clear of nought" if c.p < 0.05 else "not told from nought",
            "tip": f"{c.term}: {significant(c.estimate)} ({significant(c.low)} to {significant(c.high)})",
        }
        for c in found
    ]
    width = size.width if size.narrow else size.width - LABELS
    base = alt.Chart(pl.DataFrame(rows))
    axis = alt.Axis(labels=not size.narrow, labelLimit=LABELS, ticks=False, domain=False)
    y = alt.Y("label:N", sort=None, title=None, axis=axis)
    title = f"Change per coded unit ({unit})" if unit else "Change per coded unit"
    x = alt.X("value:Q", title=title, axis=alt.Axis(tickCount=4 if size.narrow else 8)).scale(zero=True)
    colour = alt.Color("what:N", title=None).scale(
        domain=["clear of nought", "not told from nought"], range=[BLUE, "#9aa5b1"]
    )
    layers: list[alt.Chart] = [
        alt.Chart(pl.DataFrame({"zero": [0.0]})).mark_rule(color=SOFT).encode(x="zero:Q"),
        base.mark_rule(strokeWidth=3).encode(x=alt.X("from:Q", title=title), x2="to:Q", y=y, color=colour),
        base.mark_point(filled=True, opacity=1, size=70, aria=True).encode(x=x, y=y, color=colour, description="tip:N"),
    ]
    if size.narrow:
        layers.append(
            base.mark_text(align="left", dy=-13, fontSize=11, limit=width).encode(x=alt.value(0), y=y, text="label:N")
        )
    return dressed(alt.layer(*layers).properties(width=width, height=alt.Step(36 if size.narrow else 22)))


def residuals(made: Analysis, fit: Fit, size: Size = WIDE) -> Chart:
    """Observed against fitted beside studentised residuals in the order of the table."""
    label = made.experiments.responses[fit.response].label
    values = np.array([[c.observed, c.fitted] for c in fit.cases])
    low, high = float(values.min()), float(values.max())
    pad = 0.05 * (high - low) or 1.0
    low, high = low - pad, high + pad
    frame = pl.DataFrame(
        [
            {
                "observed": c.observed,
                "fitted": c.fitted,
                "residual": c.studentised if np.isfinite(c.studentised) else None,
                "line": c.line,
                "what": "outlier" if c.outlier else "run",
                "tip": f"line {c.line}: observed {significant(c.observed, 4)}, fitted {significant(c.fitted, 4)}",
            }
            for c in fit.cases
        ],
        schema_overrides={"residual": pl.Float64},
    )
    width = size.width if size.narrow else size.part(2)
    colour = alt.Color("what:N", legend=None).scale(domain=["run", "outlier"], range=[BLUE, VERMILION])
    scale = alt.Scale(domain=[low, high], zero=False, nice=False)
    diagonal = pl.DataFrame({"x": [low, high], "y": [low, high]})
    left = alt.layer(
        alt.Chart(diagonal)
        .mark_line(color=SOFT, strokeWidth=1)
        .encode(x=alt.X("x:Q", scale=scale), y=alt.Y("y:Q", scale=scale)),
        alt.Chart(frame)
        .mark_point(filled=True, size=55, opacity=0.9, aria=True)
        .encode(
            x=alt.X("fitted:Q", title=f"Fitted {label}", scale=scale, axis=alt.Axis(tickCount=5)),
            y=alt.Y("observed:Q", title=f"Observed {label}", scale=scale, axis=alt.Axis(tickCount=5)),
            color=colour,
            description="tip:N",
        ),
    ).properties(width=width, height=260)
    if frame["residual"].null_count() == len(frame):
        return dressed(left)
    right = alt.layer(
        alt.Chart(pl.DataFrame({"y": [-2.0, 0.0, 2.0]})).mark_rule(color=GRID).encode(y="y:Q"),
        alt.Chart(frame)
        .mark_point(filled=True, size=55, opacity=0.9, aria=True)
        .encode(
            x=alt.X(
                "line:Q", title="Line of the table", scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6, format="d")
            ),
            y=alt.Y("residual:Q", title="Studentised residual", axis=alt.Axis(tickCount=5)),
            color=colour,
            description="tip:N",
        ),
    ).properties(width=width, height=260)
    return dressed(alt.vconcat(left, right) if size.narrow else alt.hconcat(left, right, spacing=60))


def chart_of(made: Analysis, one: Map, size: Size = WIDE) -> Chart:
    """One map: probability in steps of a tenth, the line at R, and the set point."""
    e = made.experiments
    cells = pl.DataFrame(_cells(one))
    if cells.is_empty():
        msg = "No point of this map lies in the region of the experiments."
        raise NoChart(msg)
    width = size.width - 60 if size.narrow else 520
    x_ends, y_ends = (_ends(values) for values in (one.x_values, one.y_values))
    x_scale, y_scale = (alt.Scale(domain=ends, zero=False, nice=False) for ends in (x_ends, y_ends))
    ticks = alt.Axis(tickCount=5, grid=False)
    x = alt.X("x0:Q", title=one.x, scale=x_scale, axis=ticks)
    y = alt.Y("y0:Q", title=one.y, scale=y_scale, axis=ticks)
    steps = [f"{10 * band} to {10 * band + 10} %" for band in range(BANDS)]
    colour = alt.Color(
        "band:N",
        title="Probability that all limits hold",
        legend=alt.Legend(
            orient="bottom" if size.narrow else "right", columns=2 if size.narrow else 1, symbolType="square"
        ),
    ).scale(domain=steps[::-1], range=list(COLOURS[::-1]))
    layers: list[alt.Chart] = [
        alt.Chart(cells)
        .mark_rect(aria=True, strokeWidth=1)
        .encode(
            x=x,
            x2="x1:Q",
            y=y,
            y2="y1:Q",
            color=colour,
            stroke=alt.Stroke("band:N", legend=None).scale(domain=steps[::-1], range=list(COLOURS[::-1])),
            description="tip:N",
        )
    ]
    pieces = contour(one, e.settings.reliability)
    if pieces:
        frame = pl.DataFrame(pieces, schema=["x0", "y0", "x1", "y1"], orient="row")
        layers.append(
            alt.Chart(frame).mark_rule(color=VERMILION, strokeWidth=2.5).encode(x=x, x2="x1:Q", y=y, y2="y1:Q")
        )
    names = [f.label for f in e.factors]
    at = [e.factors[names.index(label)].plain(float(made.at[names.index(label)])) for label in (one.x, one.y)]
    spot = pl.DataFrame({"x0": [at[0]], "y0": [at[1]], "tip": [f"set point: {one.x} {at[0]:.5g}, {one.y} {at[1]:.5g}"]})
    layers.append(
        alt.Chart(spot)
        .mark_point(
            shape="cross", filled=True, size=140, color="white", stroke=INK, strokeWidth=1.5, opacity=1, aria=True
        )
        .encode(x=x, y=y, description="tip:N")
    )
    return dressed(alt.layer(*layers).properties(width=width, height=width if size.narrow else 380))


def _ends(values: np.ndarray) -> list[float]:
    half = 0.5 * float(values[1] - values[0])
    return [float(values[0]) - half, float(values[-1]) + half]


def _cells(one: Map) -> list[dict[str, float | str]]:
    """Rectangles of one band each, as long as it lasts along a row: a tenth of the cells, and the same picture."""
    bands = np.where(np.isfinite(one.p), np.minimum((np.nan_to_num(one.p) * BANDS).astype(int), BANDS - 1), -1)
    half_x = 0.5 * float(one.x_values[1] - one.x_values[0])
    half_y = 0.5 * float(one.y_values[1] - one.y_values[0])
    found: list[dict[str, float | str]] = []
    for j, row in enumerate(bands):
        start = 0
        for i in range(1, len(row) + 1):
            if i < len(row) and row[i] == row[start]:
                continue
            if row[start] >= 0:
                part = one.p[j, start:i]
                span = percent(float(part.min()), 0)
                found.append(
                    {
                        "x0": float(one.x_values[start]) - half_x,
                        "x1": float(one.x_values[i - 1]) + half_x,
                        "y0": float(one.y_values[j]) - half_y,
                        "y1": float(one.y_values[j]) + half_y,
                        "band": f"{10 * row[start]} to {10 * row[start] + 10} %",
                        "tip": f"{one.y} {one.y_values[j]:.4g}: from {span} to {percent(float(part.max()), 0)}",
                    }
                )
            start = i
    return found
