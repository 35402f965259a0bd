"""The page of a campaign plan: the Gantt chart, what it earns, and its tables."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import altair as alt
import polars as pl

from echelon import __version__
from echelon.report.format import count, listed, percent
from echelon.report.look import BLUE, GREEN, ORANGE, PURPLE, SKY, VERMILION, WIDE, Chart, NoChart, Size, dressed
from echelon.report.sheet import Cell, Grid, Part, Sheet, drawn

if TYPE_CHECKING:
    from echelon.supply.campaign.plan import Planned

COLOURS = (
    BLUE,
    ORANGE,
    GREEN,
    VERMILION,
    PURPLE,
    SKY,
    "#8C6D31",
    "#637939",
    "#7F7F7F",
    "#BCBD22",
    "#1B9E77",
    "#A6761D",
)
NARROW_PERIODS = 6
"""Periods that a narrow chart shows side by side; more are set under each other."""


def plain(value: float) -> str:
    """A number to six digits or the last whole one, without noughts at its end."""
    return f"{float(f'{value:.6g}') if abs(value) < 1e6 else round(value):,.12g}"


def gantt(found: "Planned", size: Size = WIDE) -> Chart:
    """Campaigns as bars: suites down, periods across; a white gap in a bar is idle time of its period."""
    if found.schedule is None:
        msg = "No schedule was found."
        raise NoChart(msg)
    bars = found.schedule.bars()
    if not bars:
        msg = "The best schedule makes nothing."
        raise NoChart(msg)
    problem = found.problem
    names = sorted({bar.product for bar in bars})
    sites = {site for site, _ in problem.lanes}
    told = len(sites) > 1 and not size.narrow
    label = {lane: f"{lane} ({site})" if told and site != lane else lane for site, lane in problem.lanes}
    across = NARROW_PERIODS if size.narrow else len(problem.periods)
    parts = [problem.periods[i : i + across] for i in range(0, len(problem.periods), across)]
    while size.narrow and len(parts) > 1 and not any(bar.period in parts[-1] for bar in bars):
        parts.pop()
    charts = []
    for part in parts:
        rows = []
        for bar in bars:
            if bar.period in part:
                at = part.index(bar.period)
                rows.append(
                    {
                        "lane": label[bar.lane], "product": bar.product, "begin": at + 0.02,
                        "end": at + max(0.98 * bar.days / problem.days, 0.05), "text": f"{bar.batches:g}",
                        "mid": at + 0.5 * max(0.98 * bar.days / problem.days, 0.05),
                        "tip": f"{bar.lane} in {bar.period}: {bar.product}, {bar.batches:g} batches in {bar.days:.0f} "
                        f"of {problem.days:g} days{', a new campaign' if bar.started else ''}",
                    }
                )  # fmt: skip
        charts.append(_part(rows, part, list(label.values()), names, size))
    return dressed(alt.vconcat(*charts, spacing=14) if len(charts) > 1 else charts[0])


def _part(
    rows: list[dict[str, object]], periods: Sequence[str], lanes: list[str], names: list[str], size: Size
) -> Chart:
    frame = pl.DataFrame(
        rows or {key: [] for key in ("lane", "product", "begin", "end", "text", "mid", "tip")},
        schema_overrides={"begin": pl.Float64, "end": pl.Float64, "mid": pl.Float64},
    )
    every = max(1, -(-len(periods) // (6 if size.narrow else 20)))
    ticks = list(range(0, len(periods), every))
    shown = "[" + ",".join(f"'{name}'" for name in (p.replace("\\", "").replace("'", "’") for p in periods)) + "]"
    axis = alt.Axis(values=ticks, labelExpr=f"{shown}[datum.value]", labelAlign="left", grid=True, tickCount=len(ticks))
    x = alt.X("begin:Q", title=None, axis=axis).scale(domain=[0, len(periods)], nice=False)
    y = alt.Y("lane:N", sort=None, title=None, axis=alt.Axis(labelLimit=90 if size.narrow else 220, ticks=False))
    y = y.scale(domain=lanes)
    colours = [COLOURS[i % len(COLOURS)] for i in range(len(names))]
    base = alt.Chart(frame)
    marks = base.mark_bar(aria=True, height=18, cornerRadius=2).encode(
        x=x, x2="end:Q", y=y, description="tip:N",
        color=alt.Color("product:N", title=None, sort=None, legend=alt.Legend(columns=4 if size.narrow else 10)).scale(
            domain=names, range=colours
        ),
    )  # fmt: skip
    layers: list[alt.Chart] = [marks]
    if len(periods) <= (NARROW_PERIODS if size.narrow else 24):
        layers.append(
            base.mark_text(color="white", fontSize=11, fontWeight="bold").encode(x="mid:Q", y=y, text="text:N")
        )
    width = size.width - (100 if size.narrow else 120)
    made: Chart = alt.layer(*layers).properties(width=width, height=alt.Step(28))
    return made


def campaign_sheet(found: "Planned", title: str = "Campaign plan", money: str = "", command: str = "") -> Sheet:
    """The page of a plan; `money` is its unit where it is known."""
    unit = f" {money}" if money else ""
    facts = (
        ("Instance", found.problem.name),
        ("Periods", f"{len(found.problem.periods)} of {found.problem.days:g} days"),
        ("Suites", str(len(found.problem.lanes))),
        ("Search", f"{found.status}, {found.seconds:.1f} s"),
    )
    parts = [_plan(found, unit)]
    if found.schedule is not None:
        parts.append(_tables(found))
    return Sheet(
        title,
        _lead(found, unit),
        {"notice": "", "versions": {"echelon": __version__}},
        parts,
        command or "echelon campaign INSTANCE --output PAGE.html",
        facts=facts,
        subject=found.problem.name,
        same="Searched until it is proved, an instance earns the same; of several best schedules any may be shown.",
    )


def _lead(found: "Planned", unit: str) -> str:
    if found.objective is None:
        return f"No schedule was found ({found.status})."
    if found.status == "optimal":
        return f"Profit {plain(found.objective)}{unit}: proved to be the most that any schedule earns."
    gap = percent(found.gap or 0.0)
    most = plain(found.bound)
    return f"Profit {plain(found.objective)}{unit}; no schedule earns more than {most} (gap {gap})."


def _plan(found: "Planned", unit: str) -> Part:
    answers = []
    if found.schedule is not None and found.verdict is not None:
        bars = found.schedule.bars()
        made: dict[str, float] = {}
        for bar in bars:
            made[f"{bar.product} {bar.step}"] = made.get(f"{bar.product} {bar.step}", 0.0) + bar.batches
        starts = sum(bar.started for bar in bars)
        answers.append(f"{count(starts, 'campaign')}; batches: {listed([f'{k} {v:g}' for k, v in made.items()], 20)}.")
        money = [f"{name} {plain(float(value))}" for name, value in found.verdict.parts.items() if value]
        answers.append(f"Money{unit}: {listed(money, 10)}.")
    chart = drawn("gantt", "Campaigns by suite and period", lambda size: gantt(found, size))
    return Part(
        "plan",
        "What is made where, and when?",
        answers,
        [(chart, "Numbers in bars: batches. A bar is as long as its days of the period.")],
    )


def _tables(found: "Planned") -> Part:
    assert found.schedule is not None
    shown = found.schedule.as_dict()
    grids = []
    for key, caption in (("campaigns", "Campaigns by period"), ("balances", "Stocks and sales at each period’s end")):
        rows = shown[key]
        if not rows:
            continue
        names = [name for name in rows[0] if not isinstance(rows[0][name], list | tuple)]
        columns = tuple((name.replace("_", " "), isinstance(rows[0][name], str)) for name in names)
        grids.append(Grid(caption, columns, [[_cell(row[name]) for name in names] for row in rows], folded=True))
    return Part("tables", "Which batches and stocks are these?", [], [], grids)


def _cell(value: object) -> Cell:
    if isinstance(value, bool):
        return Cell("yes" if value else "", float(value))
    if isinstance(value, int | float):
        return Cell(plain(float(value)), float(value))
    return Cell(str(value), str(value))
