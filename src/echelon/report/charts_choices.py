"""Charts of choices: indications by value and by what waiting costs, routes and their sides, price against volume."""

import math
from typing import Any

import altair as alt
import polars as pl

from echelon.report.format import money, money_unit, money_with_error, number, percent
from echelon.report.look import (
    BLUE,
    GREEN,
    INNER,
    ORANGE,
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
from echelon.runs.breakeven import volume_to_break_even
from echelon.runs.indications import Indications
from echelon.runs.reimbursement import Reimbursement
from echelon.runs.routes import Routes

LABELS = 330
"""Room for names at the left of a wide chart."""

GETS = {
    "ours": ("us, less supply", BLUE),
    "supply_cost": ("product supplied", SKY),
    "licensee": ("licensee above", GREEN),
    "partner": ("partner", ORANGE),
    "partner_costs": ("partner’s costs", "#B8C4CE"),
}
"""Where a partner's sales go, and in which colour."""

MOST_VOLUME = 10.0
"""Largest multiple of patients shown."""


def bars(frame: pl.DataFrame, x_title: str, colour: str, size: Size, width: int, labels: bool) -> Chart:
    """Horizontal bars with whiskers of two standard errors; frame has label, value, from, to and tip, in order."""
    base = alt.Chart(frame)
    axis = alt.Axis(labels=labels and not size.narrow, labelLimit=LABELS, ticks=False, domain=False)
    y = alt.Y("label:N", sort=None, title=None, axis=axis)
    marks: list[alt.Chart] = [
        base.mark_bar(color=colour, aria=True, height=13).encode(
            x=alt.X("value:Q", title=x_title, axis=alt.Axis(tickCount=5)).scale(zero=True), y=y, description="tip:N"
        ),
        base.mark_rule(color=SOFT).encode(x="from:Q", x2="to:Q", y=y),
    ]
    if size.narrow:
        marks.append(
            base.mark_text(align="left", dy=-15, fontSize=11, limit=width).encode(x=alt.value(0), y=y, text="label:N")
        )
    step = alt.Step(40 if size.narrow else 24)
    made: Chart = alt.layer(*marks).properties(width=width, height=step)
    return made


def ranking(found: Indications, asset: str, size: Size = WIDE) -> Chart:
    """Value of an asset's candidate indications beside what a wait of each would cost the company."""
    table = found.of(asset)
    if table.is_empty():
        msg = "There is no candidate to rank."
        raise NoChart(msg)
    currency = found.info["currency"]
    unit = money_unit(currency, largest_of(table, "rnpv", "wait"))
    frames = []
    for value, error in (("rnpv", "rnpv_se"), ("wait", "wait_se")):
        rows = [
            {
                "label": row["name"],
                "value": row[value] / unit.divisor,
                "from": (row[value] - 2 * row[error]) / unit.divisor,
                "to": (row[value] + 2 * row[error]) / unit.divisor,
                "tip": f"{row['name']}: {money_with_error(row[value], row[error], currency)}",
            }
            for row in table.to_dicts()
        ]
        frames.append(pl.DataFrame(rows))
    width = size.width if size.narrow else (size.width - LABELS - 60) // 2
    left = bars(frames[0], f"rNPV ({unit.unit})", BLUE, size, width, True)
    right = bars(frames[1], f"Lost by a wait of {found.years:g} year ({unit.unit})", VERMILION, size, width, False)
    return dressed(alt.vconcat(left, right) if size.narrow else alt.hconcat(left, right, spacing=30))


def thresholds(found: Routes, size: Size = WIDE) -> Chart:
    """Expected yearly sales of each territory beside the sales at which own sale breaks even."""
    table = found.rows.filter((pl.col("sales") > 0.0) & (pl.col("break_even") > 0.0) & pl.col("break_even").is_finite())
    if table.is_empty():
        msg = "No territory has a break-even: one route wins there whatever is sold."
        raise NoChart(msg)
    currency, several = found.info["currency"], table["asset"].n_unique() > 2
    rows = []
    for row in table.sort("sales", descending=True).to_dicts():
        name = f"{row['territory']}: {row['partner'] or 'own'}"
        name = f"{row['asset']}, {name}" if several and row["asset"] else name
        tip = (
            f"{name}: expected {money(row['sales'], currency)} a year, break-even {money(row['break_even'], currency)}"
        )
        rows.append({"label": name, "sales": row["sales"], "even": row["break_even"], "tip": tip})
    frame = pl.DataFrame(rows)
    width = size.width if size.narrow else size.width - LABELS
    base = alt.Chart(frame)
    axis = alt.Axis(labels=not size.narrow, labelLimit=LABELS, ticks=False, domain=False)
    y = alt.Y("label:N", sort=None, title=None, axis=axis)
    ticks = alt.Axis(tickCount=4 if size.narrow else 8, format=",~r")
    x = alt.X("sales:Q", title=f"Yearly sales (million {currency}, log scale)", axis=ticks).scale(type="log")
    colour = alt.Color("what:N", title=None).scale(domain=["expected sales", "break-even"], range=[BLUE, VERMILION])
    layers: list[alt.Chart] = [
        base.mark_rule(color=INNER, strokeWidth=3).encode(x=x, x2="even:Q", y=y),
        base.transform_calculate(what="'expected sales'")
        .mark_point(filled=True, opacity=1, size=90, aria=True)
        .encode(x=x, y=y, color=colour, description="tip:N"),
        base.transform_calculate(what="'break-even'")
        .mark_tick(thickness=4, height=16)
        .encode(x="even:Q", y=y, color=colour),
    ]
    if size.narrow:
        layers.append(
            base.mark_text(align="left", dy=-14, fontSize=11, limit=width).encode(x=alt.value(0), y=y, text="label:N")
        )
    step = alt.Step(40 if size.narrow else 26)
    return dressed(alt.layer(*layers).properties(width=width, height=step))


def shares(found: Routes, size: Size = WIDE) -> Chart:
    """Who gets what of the partner's sales under each deal, over the horizon."""
    total = (
        found.flows.group_by("deal", maintain_order=True).agg(pl.exclude("year").sum()).filter(pl.col("sales") > 0.0)
    )
    if total.is_empty():
        msg = "No partner is expected to sell anything within the horizon."
        raise NoChart(msg)
    partner = partners(found)
    rows = []
    for row in total.sort("sales", descending=True).to_dicts():
        name = partner.get(row["deal"], row["deal"])
        for place, (part, (words, _)) in enumerate(GETS.items()):
            amount = row[part] - (row["supply_cost"] if part == "ours" else 0.0)
            share = amount / row["sales"]
            if abs(share) > 1e-9:
                tip = f"{name}, {words}: {percent(share)} of {money(row['sales'], found.info['currency'])}"
                rows.append({"label": name, "who": words, "share": share, "place": place, "tip": tip})
    frame = pl.DataFrame(rows)
    used = [words for words, _ in GETS.values() if words in set(frame["who"])]
    colours = dict(GETS.values())
    width = size.width if size.narrow else size.width - LABELS
    axis = alt.Axis(labels=not size.narrow, labelLimit=LABELS, ticks=False, domain=False)
    y = alt.Y("label:N", sort=None, title=None, axis=axis)
    base = alt.Chart(frame)
    marks: list[alt.Chart] = [
        base.mark_bar(aria=True, height=16).encode(
            x=alt.X("share:Q", title="Share of the partner’s sales", axis=alt.Axis(format=".0%"), stack="zero"),
            y=y,
            color=alt.Color("who:N", title=None, sort=used, legend=alt.Legend(columns=2 if size.narrow else 0)).scale(
                domain=used, range=[colours[words] for words in used]
            ),
            order="place:Q",
            description="tip:N",
        )
    ]
    if size.narrow:
        marks.append(
            base.transform_filter(alt.datum.place == 0)
            .mark_text(align="left", dy=-16, fontSize=11, limit=width)
            .encode(x=alt.value(0), y=y, text="label:N")
        )
    return dressed(alt.layer(*marks).properties(width=width, height=alt.Step(42 if size.narrow else 28)))


def partners(found: Routes) -> dict[str, str]:
    """What each deal is called: its partner, with its id where one partner has several."""
    table = found.deals.select("deal", "partner").to_dicts()
    names = [row["partner"] for row in table]
    return {
        row["deal"]: row["partner"] if names.count(row["partner"]) == 1 else f"{row['partner']} ({row['deal']})"
        for row in table
    }


def apart(rounds: pl.DataFrame, least: float = 0.03) -> pl.DataFrame:
    """Rounds whose labels do not run into one another: each so far from the one before, the deepest first."""
    kept: list[float] = []
    rows = []
    for row in rounds.sort("cut", descending=True).to_dicts():
        if all(abs(row["cut"] - other) >= least for other in kept):
            kept.append(row["cut"])
            rows.append(row)
    return pl.DataFrame(rows, rounds.schema)


def price_volume(found: Reimbursement, size: Size = WIDE) -> Chart:
    """Price cut against volume: the break-even curve, published rounds on it, and each listing's range."""
    curve = pl.DataFrame({"cut": [i / 100 for i in range(91)]}).with_columns(
        pl.col("cut").map_elements(volume_to_break_even, pl.Float64).alias("volume")
    )
    rounds = found.rounds.with_columns(
        pl.col("cut").map_elements(volume_to_break_even, pl.Float64).alias("volume"), pl.col("year").cast(pl.String)
    )
    tips = [
        f"NRDL {year}: mean cut {percent(cut)}; {number(volume, 2)} times the patients make up for it"
        for year, cut, volume in rounds.select("year", "cut", "volume").iter_rows()
    ]
    x = alt.X("cut:Q", title="Price cut", axis=alt.Axis(format=".0%", values=[i / 10 for i in range(10)])).scale(
        domain=[0, 0.9]
    )
    scale = alt.Scale(type="log", domain=[1, MOST_VOLUME], clamp=True)
    y = alt.Y(
        "volume:Q",
        title="Patients, times as many (log scale)",
        scale=scale,
        axis=alt.Axis(values=[1, 1.5, 2, 3, 5, 10], format="~g"),
    )
    names = ["break-even", "published NRDL rounds", "listings to be negotiated"]
    legend = alt.Legend(columns=1 if size.narrow else 0)
    colour = alt.Color("what:N", title=None, legend=legend).scale(domain=names, range=[SOFT, ORANGE, BLUE])
    line = (
        alt.Chart(curve)
        .transform_calculate(what=f"'{names[0]}'")
        .mark_line(strokeWidth=2.5)
        .encode(x=x, y=y, color=colour)
    )
    known = alt.Chart(rounds.with_columns(pl.Series("tip", tips))).transform_calculate(what=f"'{names[1]}'")
    dots = known.mark_point(filled=True, opacity=1, size=60, aria=True).encode(
        x=x, y=y, color=colour, description="tip:N"
    )
    # Listings on the same terms are one mark.
    terms = found.listings.group_by("cut_low", "cut_mean", "cut_high", "volume", maintain_order=True).agg(
        pl.col("program")
    )
    told = [
        f"{', '.join(row['program'])}: cut {percent(row['cut_low'])} to {percent(row['cut_high'])} (5–95 %), "
        f"mean {percent(row['cut_mean'])}; {number(row['volume'], 1)} times the patients"
        for row in terms.to_dicts()
    ]
    ours = alt.Chart(terms.drop("program").with_columns(pl.Series("tip", told))).transform_calculate(
        what=f"'{names[2]}'"
    )
    reach = ours.mark_rule(strokeWidth=4).encode(x=alt.X("cut_low:Q"), x2="cut_high:Q", y=y, color=colour)
    means = ours.mark_point(filled=True, opacity=1, size=130, shape="diamond", aria=True).encode(
        x="cut_mean:Q", y=y, color=colour, description="tip:N"
    )
    layers = [line, dots, reach, means]
    if not size.narrow:
        layers.append(
            alt.Chart(apart(rounds)).mark_text(dx=7, dy=11, align="left", fontSize=10).encode(x=x, y=y, text="year:N")
        )
    return dressed(alt.layer(*layers).properties(width=size.width - 60, height=320 if not size.narrow else 260))


def largest_cut(found: Reimbursement, size: Size = WIDE) -> Chart:
    """What each largest cut accepted is worth against never listing, program by program."""
    table = found.choices
    if table.filter(pl.col("difference") != 0.0).is_empty():
        msg = "No listing changes the company’s value in these futures."
        raise NoChart(msg)
    currency = found.info["currency"]
    unit = money_unit(currency, largest_of(table, "difference"))
    programs = table["program"].unique(maintain_order=True).to_list()
    across = 1 if size.narrow else min(3, len(programs))
    width = size.width - 60 if size.narrow else size.part(across, 80)
    parts = [
        _tried(table.filter(pl.col("program") == one), one, unit.divisor, unit.unit, currency, width)
        for one in programs
    ]
    rows = [alt.hconcat(*parts[i : i + across], spacing=30) for i in range(0, len(parts), across)]
    return dressed(alt.vconcat(*rows))


def _tried(table: pl.DataFrame, program: str, divisor: float, unit: str, currency: str, width: int) -> Chart:
    rows = [
        {
            "cut": row["most_cut"],
            "value": row["difference"] / divisor,
            "from": (row["difference"] - 2 * row["se"]) / divisor,
            "to": (row["difference"] + 2 * row["se"]) / divisor,
            "best": "not told from the best" if row["as_good"] else "worse",
            "tip": _tip(program, row, currency),
        }
        for row in table.to_dicts()
    ]
    base = alt.Chart(pl.DataFrame(rows))
    axis = alt.Axis(format=".0%", values=[0, 0.2, 0.4, 0.6, 0.8, 1])
    x = alt.X("cut:Q", title="Largest cut accepted", axis=axis).scale(domain=[0, 1])
    y = alt.Y("value:Q", title=f"Against never listing ({unit})").scale(zero=True)
    colour = alt.Color("best:N", title=None).scale(domain=["not told from the best", "worse"], range=[BLUE, ORANGE])
    line = base.mark_line(color=INNER, strokeWidth=2, interpolate="linear").encode(x=x, y=y)
    whiskers = base.mark_rule(color=SOFT).encode(x=x, y="from:Q", y2="to:Q")
    points = base.mark_point(filled=True, opacity=1, size=80, aria=True).encode(
        x=x, y=y, color=colour, description="tip:N"
    )
    made: Chart = alt.layer(line, whiskers, points).properties(width=width, height=210, title=program)
    return made


def _tip(program: str, row: dict[str, Any], currency: str) -> str:
    worth = money_with_error(row["difference"], row["se"], currency)
    return f"{program}, up to {percent(row['most_cut'], 0)}: {worth}, listed in {percent(row['p_listed'])}"


def finite(value: float | None) -> bool:
    """Whether a number is known and finite."""
    return value is not None and math.isfinite(value)
