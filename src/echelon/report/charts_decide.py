"""Charts of a found plan: its lead, what its choices are worth, its frontiers, and what knowing would be worth."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import altair as alt
import polars as pl

from echelon.plans.frontier import Frontier, Point
from echelon.plans.information import Information
from echelon.plans.judging import Judged
from echelon.plans.why import Reason
from echelon.report.charts_choices import bars
from echelon.report.format import money_unit, money_with_error, number, percent, with_error
from echelon.report.look import BLUE, GREEN, ORANGE, SOFT, VERMILION, WIDE, Chart, NoChart, Size, dressed

MOST = 18
"""Bars of a chart; tables hold all."""

Name = Callable[[str, str, str], str]
"""What a lever is called, by action, target and stage."""


@dataclass(frozen=True)
class Dot:
    """A mean with its standard error under a label; tip is read under the pointer."""

    label: str
    value: float
    se: float
    tip: str


def leads(judged: Sequence[Judged], currency: str, size: Size = WIDE) -> Chart:
    """How far the found plan is ahead of each yardstick, paired."""
    dots = [
        Dot(
            one.name, one.lead, one.lead_se, f"ahead of {one.name}: {money_with_error(one.lead, one.lead_se, currency)}"
        )
        for one in judged[1:]
    ]
    return _bars(dots, "The plan is ahead by", currency, BLUE, size)


def worths(reasons: Sequence[Reason], currency: str, name: Name, size: Size = WIDE) -> Chart:
    """What the choices that most hangs on are worth against leaving them undone, or the best other."""
    dots = []
    for one in reasons[:MOST]:
        other = one.without or one.best
        if other is not None and one.size > 0.0:
            label = f"{name(one.action, one.target, one.stage)}: {one.taken}"
            tip = f"{label}, against {other.name}: {money_with_error(other.loss, other.se, currency)}"
            dots.append(Dot(label, other.loss, other.se, tip))
    return _bars(dots, "Worth of the choice", currency, GREEN, size)


def _bars(dots: Sequence[Dot], title: str, currency: str, colour: str, size: Size) -> Chart:
    if not dots:
        msg = "There is no choice that changes anything."
        raise NoChart(msg)
    unit = money_unit(currency, max(abs(one.value) for one in dots))
    frame = pl.DataFrame(
        [
            {
                "label": one.label,
                "value": one.value / unit.divisor,
                "from": (one.value - 2 * one.se) / unit.divisor,
                "to": (one.value + 2 * one.se) / unit.divisor,
                "tip": one.tip,
            }
            for one in dots
        ]
    )
    width = size.width if size.narrow else size.width - 420
    return dressed(bars(frame, f"{title} ({unit.unit})", colour, size, width, True))


@dataclass(frozen=True)
class Axes:
    """The two sides of a frontier chart: attribute and its error, title, whether it is money."""

    x: str
    x_title: str
    y: str
    y_title: str
    x_money: bool


TAIL = Axes("tail", "Mean of the worst 5 % of futures", "mean", "Mean value", True)
LAUNCHES = Axes("launches", "Programs launched by the end of {year}, mean", "mean", "Mean value", False)


def frontier(points: Sequence[Point], axes: Axes, currency: str, said: Callable[[Point], str], size: Size) -> Chart:
    """A frontier: each point with two paired standard errors either way, dominated ones hollow."""
    if len(points) < 2:
        msg = "No further point was asked for or reached."
        raise NoChart(msg)
    if len({one.plan for one in points}) == 1:
        msg = "Every point is one and the same plan."
        raise NoChart(msg)
    y_unit = money_unit(currency, max(abs(one.mean) for one in points))
    x_unit = money_unit(currency, max(abs(getattr(one, axes.x)) for one in points))
    x_by = x_unit.divisor if axes.x_money else 1.0
    middle = sum(f(getattr(one, axes.x) / x_by for one in points) for f in (min, max)) / 2.0
    rows = []
    for one, label in _apart(points, said):
        at, at_se = getattr(one, axes.x) / x_by, getattr(one, f"{axes.x}_gap_se") / x_by
        mean, error = one.mean / y_unit.divisor, one.lead_se / y_unit.divisor
        rows.append(
            {"x": at, "x0": at - 2 * at_se, "x1": at + 2 * at_se,
             "y": mean, "y0": mean - 2 * error, "y1": mean + 2 * error,
             "label": label, "left": at <= middle, "kind": "dominated" if one.dominated else "not dominated",
             "tip": f"{label}: mean {money_with_error(one.mean, one.mean_se, currency)}"}
        )  # fmt: skip
    frame = pl.DataFrame(rows)
    base = alt.Chart(frame)
    x_title = f"{axes.x_title} ({x_unit.unit})" if axes.x_money else axes.x_title
    y_title = f"{axes.y_title} ({y_unit.unit})"
    x = alt.X("x:Q", title=x_title, axis=alt.Axis(tickCount=5)).scale(zero=False)
    y = alt.Y("y:Q", title=y_title, axis=alt.Axis(tickCount=5)).scale(zero=False)
    fill = alt.Fill("kind:N", legend=_legend(size)).scale(domain=["not dominated", "dominated"], range=[BLUE, "white"])
    made = alt.layer(
        base.mark_rule(color=SOFT, opacity=0.5).encode(x=x, y=alt.Y("y0:Q", title=y_title), y2="y1:Q"),
        base.mark_rule(color=SOFT, opacity=0.5).encode(x=alt.X("x0:Q", title=x_title), x2="x1:Q", y=y),
        base.mark_point(size=90, stroke=BLUE, strokeWidth=2, aria=True, filled=True, opacity=1).encode(
            x=x, y=y, fill=fill, description="tip:N"
        ),
        *(
            base.transform_filter(alt.datum.left == left)
            .mark_text(align="left" if left else "right", dx=8 if left else -8, dy=-9, fontSize=11)
            .encode(x=x, y=y, text="label:N")
            for left in (True, False)
        ),
    )
    width = size.width - 20 if size.narrow else size.width - 220
    return dressed(made.properties(width=width, height=300 if size.narrow else 340))


def _apart(points: Sequence[Point], said: Callable[[Point], str]) -> list[tuple[Point, str]]:
    """Points that are one plan stand as one, with all their labels."""
    plans: dict[tuple[int, ...], list[Point]] = {}
    for one in points:
        plans.setdefault(one.plan, []).append(one)
    short = [
        [said(one), *(said(more).removeprefix("weight ").removeprefix("at least ") for more in group)]
        for one, *group in plans.values()
    ]
    return [(group[0], ", ".join(words)) for group, words in zip(plans.values(), short, strict=True)]


def _legend(size: Size) -> alt.Legend:
    return alt.Legend(
        orient="top", title=None, columns=1 if size.narrow else 0, symbolStrokeColor=BLUE, symbolOpacity=1
    )


PLANNED, KEPT = "planned for that limit", "the found plan kept"


def cash(found: Frontier, currency: str, size: Size = WIDE) -> Chart:
    """Value with the cash limit: planned anew, and with the found plan unchanged."""
    points = found.of("cash")
    if len(points) < 2:
        msg = "No other cash limit was reached."
        raise NoChart(msg)
    unit = money_unit(currency, max(abs(one.mean) for one in points))
    rows = []
    for one in points:
        for plan, value in ((PLANNED, one.mean), (KEPT, one.kept)):
            rows.append(
                {"at": one.at, "plan": plan, "value": value / unit.divisor,
                 "from": (value - 2 * one.mean_se) / unit.divisor, "to": (value + 2 * one.mean_se) / unit.divisor,
                 "tip": f"{percent(one.at, 0)} of the limit, {plan}: {money_with_error(value, one.mean_se, currency)}"}
            )  # fmt: skip
    base = alt.Chart(pl.DataFrame(rows))
    shown = alt.Color("plan:N", sort=[PLANNED, KEPT], legend=_legend(size))
    colour = shown.scale(domain=[PLANNED, KEPT], range=[BLUE, ORANGE])
    what = "Yearly research budgets" if found.limit == "rd_budget" else "Opening cash"
    x = alt.X("at:Q", title=f"{what}, against today’s", axis=alt.Axis(format=".0%", values=[one.at for one in points]))
    title = f"Mean value ({unit.unit})"
    y = alt.Y("value:Q", title=title).scale(zero=False)
    made = alt.layer(
        base.mark_area(opacity=0.15).encode(x=x, y=alt.Y("from:Q", title=title), y2="to:Q", color=colour),
        base.mark_line(strokeWidth=2.5).encode(x=x, y=y, color=colour),
        base.mark_point(filled=True, size=60, aria=True).encode(x=x, y=y, color=colour, description="tip:N"),
    )
    return dressed(made.properties(width=size.width if size.narrow else size.width - 120, height=280))


def knowing(found: Information, currency: str, name: Name, size: Size = WIDE) -> Chart:
    """What perfect and partial information on each program would be worth."""
    rows = [one for one in found.rows if one.perfect.value > 0.0][:MOST]
    if not rows:
        msg = "Knowing any one program's outcome would change no choice."
        raise NoChart(msg)
    unit = money_unit(currency, max(one.perfect.value for one in rows))
    frames = []
    for part, words in (("perfect", "if it were known"), ("partial", f"at {percent(found.sharp, 0)} accuracy")):
        frame = []
        for one in rows:
            known = getattr(one, part)
            label = name("start", one.program, "")
            frame.append(
                {"label": label, "value": known.value / unit.divisor,
                 "from": max(0.0, known.value - 2 * known.se) / unit.divisor,
                 "to": (known.value + 2 * known.se) / unit.divisor,
                 "tip": f"{label}, {words}: {money_with_error(known.value, known.se, currency)}"}
            )  # fmt: skip
        frames.append((pl.DataFrame(frame), words))
    width = size.width if size.narrow else (size.width - 400) // 2
    (first, one_title), (second, two_title) = frames
    left = bars(first, f"Worth {one_title} ({unit.unit})", BLUE, size, width, True)
    right = bars(second, f"Worth {two_title} ({unit.unit})", VERMILION, size, width, False)
    return dressed(alt.vconcat(left, right) if size.narrow else alt.hconcat(left, right, spacing=30))


def point_said(one: Point) -> str:
    """A point's label: the weight of the tail, or the launches asked for."""
    if one.at != one.at:
        return "found plan"
    if one.path == "tail":
        return f"weight {percent(one.at, 0)}"
    if one.path == "launches":
        return f"at least {number(one.at, 0 if one.at == int(one.at) else 1)}"
    return percent(one.at, 0)


def launches_said(one: Point) -> str:
    """Launches of a point with their error."""
    return with_error(one.launches, one.launches_se)
