"""Charts of access: how visits to sites end, listings by year, and what partners bring by deal and year."""

import altair as alt
import polars as pl

from echelon.report import listings, partners, sites
from echelon.report.charts_pipeline import bar_width, year_axis
from echelon.report.format import money, money_unit, percent
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
from echelon.report.names import Names, capital, names, whole_years
from echelon.runs.run import Run

ENDS = {"nai": "NAI: nothing found", "vai": "VAI: voluntary action", "oai": "OAI: official action, delay"}
END_COLOURS = ("#B5DBF0", "#3F9BD3", VERMILION)
LATE = {"oai": "OAI", "missed": "visit missed", "control_gap": "control gap"}
LATE_COLOURS = (VERMILION, BLUE, BLACK)
ROW = 32
MOST_YEARS = 15
"""Years of the chart of listings; what has a chance has mostly come by then."""
DEAL_COLOURS = (BLUE, SKY, ORANGE, VERMILION, GREEN, PURPLE, "#7B8794", "#3E4C59", "#CBD2D9")
PLACE_COLOURS = (BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, "#3E4C59", "#7B8794")


def readiness(run: Run, size: Size = WIDE) -> Chart:
    """How visits end by site and authority, and beside it the ends that delay, with their intervals."""
    known = names(run)
    frame = sites.outcomes(run, known)
    if frame.is_empty():
        raise NoChart(sites.answer(run, known))
    largest = float(frame.filter(pl.col("end").is_in(list(LATE)))["high"].max() or 0.0)  # type: ignore[arg-type]
    parts: list[alt.LayerChart | alt.FacetChart | alt.Chart | alt.HConcatChart] = []
    label = 84 if size.narrow else 130
    width = size.width - label - 10 if size.narrow else size.part(2, 230)
    for i, site in enumerate(frame["site"].unique(maintain_order=True)):
        part = frame.filter(pl.col("site") == site)
        ends = _ends(part, width, label, i == 0).properties(title=site)
        late = _late(part, width, label, largest, i == 0)
        if size.narrow:
            parts += [ends, late]
        else:
            parts.append(alt.hconcat(ends, late, spacing=24).resolve_scale(color="independent"))
    joined: Chart = alt.vconcat(*parts, spacing=14).resolve_scale(color="independent")
    return dressed(joined)


def _who(part: pl.DataFrame, label: int) -> alt.Y:
    order = part["who"].unique(maintain_order=True).to_list()
    axis = alt.Axis(domain=False, ticks=False, labelLimit=label, minExtent=label, maxExtent=label)
    return alt.Y("who:N", sort=order, title=None, axis=axis)


def _key(colours: tuple[str, ...], words: dict[str, str], narrow: bool, told: bool) -> alt.Color:
    # The first site's chart explains the colours for all.
    key = alt.Legend(title=None, columns=1 if narrow else 0, symbolType="square", symbolOpacity=1)
    legend = key if told else None
    coloured: alt.Color = alt.Color("end:N", sort=list(words.values()), legend=legend).scale(
        domain=list(words.values()), range=list(colours)
    )
    return coloured


def _ends(part: pl.DataFrame, width: int, label: int, told: bool) -> alt.Chart:
    frame = part.filter(pl.col("end").is_in(list(ENDS))).with_columns(
        pl.col("end").replace_strict(list(ENDS), list(range(len(ENDS))), return_dtype=pl.Int64).alias("rank"),
        pl.col("end").replace_strict(ENDS, return_dtype=pl.String),
    )
    x = alt.X("share:Q", title="Share of visits", stack="zero", axis=alt.Axis(format=".0%", tickCount=5)).scale(
        domain=[0, 1]
    )
    bars: alt.Chart = (
        alt.Chart(frame)
        .mark_bar(aria=True, orient="horizontal", height=ROW * 0.6)
        .encode(
            x=x,
            y=_who(part, label),
            color=_key(END_COLOURS, ENDS, label < 100, told),
            order="rank:Q",
            description="tip:N",
        )
        .properties(width=width, height=ROW * part["who"].n_unique())
    )
    return bars


def _late(part: pl.DataFrame, width: int, label: int, largest: float, told: bool) -> alt.LayerChart | alt.FacetChart:
    frame = part.filter(pl.col("end").is_in(list(LATE))).with_columns(
        pl.col("end").replace_strict(LATE, return_dtype=pl.String)
    )
    axis = alt.Axis(format=".0%", tickCount=5)
    x = alt.X("low:Q", title="Share of visits with a delay, 95 % interval", axis=axis).scale(
        domain=[0, max(0.02, 1.05 * largest)]
    )
    base = alt.Chart(frame)
    offset = alt.YOffset("end:N", sort=list(LATE.values())).scale(domain=list(LATE.values()), paddingInner=0.1)
    colour = _key(LATE_COLOURS, LATE, False, told)
    bars = base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q", y=_who(part, label), yOffset=offset, color=colour)
    points = base.mark_point(filled=True, size=42, opacity=1, aria=True).encode(
        x="share:Q", y=_who(part, label), yOffset=offset, color=colour, description="tip:N"
    )
    return alt.layer(bars, points).properties(width=width, height=ROW * part["who"].n_unique())


def listed(run: Run, size: Size = WIDE) -> Chart:
    """Probability that the most valuable programs with a listing to come have been listed, by territory and year."""
    known, years = names(run), whole_years(run)[:MOST_YEARS]
    chosen = listings.shown(run)
    chance = listings.to_come(run).filter(pl.col("program").is_in(chosen) & pl.col("year").is_in(years))
    if chance.is_empty():
        msg = "No listing to come is counted in any future, so there is no chart of them."
        raise NoChart(msg)
    places = chance.group_by("territory").len().sort("len", "territory", descending=[True, False])["territory"]
    order = places.to_list()
    across = 1 if size.narrow else 4
    width = size.width - 50 if size.narrow else size.part(across, 84)
    high = 1.96 * pl.col("p_listed_se")
    frame = chance.with_columns(
        (pl.col("p_listed") - high).clip(0.0, 1.0).alias("low"),
        (pl.col("p_listed") + high).clip(0.0, 1.0).alias("high"),
        pl.col("territory").map_elements(known.territory, return_dtype=pl.String).alias("place"),
    )
    domain = [known.territory(place) for place in order]
    multiples = [
        _multiple(frame.filter(pl.col("program") == program), known, program, domain, years, width)
        for program in chosen
    ]
    rows = [alt.hconcat(*multiples[i : i + across], spacing=14) for i in range(0, len(multiples), across)]
    return dressed(alt.vconcat(*rows, spacing=16))


def _multiple(
    frame: pl.DataFrame, known: Names, program: str, domain: list[str], years: list[int], width: int
) -> alt.LayerChart | alt.FacetChart:
    tips = [
        f"{capital(known.program(program))}, {row['place']}, end of {row['year']}: {percent(row['p_listed'])}"
        for row in frame.iter_rows(named=True)
    ]
    told = frame.with_columns(pl.Series("tip", tips))
    base = alt.Chart(told)
    ticks = [year for year in years if year % 5 == 0]
    x = alt.X("year:Q", title=None, axis=alt.Axis(format="d", values=ticks, grid=False)).scale(
        domain=[years[0], years[-1]], nice=False, zero=False
    )
    axis = alt.Axis(format=".0%", values=[0, 0.5, 1])
    y = alt.Y("p_listed:Q", title="P(listed)", axis=axis).scale(domain=[0, 1])
    legend = alt.Legend(title=None, columns=2 if width > 220 else 0, symbolType="stroke", symbolOpacity=1)
    colours = [PLACE_COLOURS[i % len(PLACE_COLOURS)] for i in range(len(domain))]
    colour = alt.Color("place:N", sort=domain, legend=legend).scale(domain=domain, range=colours)
    band = base.mark_area(opacity=0.2).encode(x=x, y="low:Q", y2="high:Q", color=colour)
    line = base.mark_line(strokeWidth=2.2).encode(x=x, y=y, color=colour)
    moving = (pl.col("p_listed") > 0.0) & (pl.col("p_listed") < 0.9995)
    said = alt.Chart(told.filter(moving))
    points = said.mark_point(size=50, opacity=0, filled=True, aria=True).encode(x=x, y=y, description="tip:N")
    title = alt.TitleParams(capital(known.program(program)), fontSize=12, limit=width + 40)
    return alt.layer(band, line, points).properties(width=width, height=110 if width < 220 else 84, title=title)


def partners_income(run: Run, size: Size = WIDE) -> Chart:
    """Mean income from partners by deal and whole calendar year, before the cost of what we supply."""
    known, years = names(run), whole_years(run)
    table = partners.by_year(run, known, years)
    if table.is_empty():
        msg = "No partner pays anything in any whole year, so there is no chart of it."
        raise NoChart(msg)
    currency = run.info["currency"]
    total = table.group_by("year").agg(pl.col("income").sum())["income"]
    unit = money_unit(currency, float(total.max() or 0.0))  # type: ignore[arg-type]
    ranked = table.group_by("name").agg(pl.col("income").sum()).sort("income", "name", descending=[True, False])["name"]
    order = sorted(ranked.to_list(), key=lambda name: name == partners.REST)
    tips = [f"{row['year']}, {row['name']}: {money(row['income'], currency)}" for row in table.iter_rows(named=True)]
    frame = table.with_columns(
        (pl.col("income") / unit.divisor).alias("amount"),
        pl.col("name").replace_strict(order, list(range(len(order))), return_dtype=pl.Int64).alias("rank"),
        pl.Series("tip", tips),
    )
    legend = alt.Legend(columns=1 if size.narrow else 3)
    bars = (
        alt.Chart(frame)
        .mark_bar(aria=True, orient="vertical", size=bar_width(run, size.width))
        .encode(
            x=year_axis(run, "Year", size.narrow),
            y=alt.Y("amount:Q", title=f"Mean of futures ({unit.unit} a year)", stack="zero").scale(zero=True),
            color=alt.Color("name:N", sort=order, title=None, legend=legend).scale(
                domain=order, range=list(DEAL_COLOURS[: len(order)])
            ),
            order=alt.Order("rank:Q"),
            description="tip:N",
        )
    )
    nought = alt.Chart(pl.DataFrame({"y": [0.0]})).mark_rule(color=SOFT).encode(y="y:Q")
    return dressed(alt.layer(bars, nought).properties(width=size.width, height=260))
