"""Chart of the world: one tile for each country, coloured by where an asset stands there."""

import altair as alt
import polars as pl

from echelon.priors.world import Country, countries
from echelon.report.look import INK, ORANGE, WIDE, Chart, NoChart, Size, dressed
from echelon.report.names import capital, names
from echelon.report.tables import milestones_years
from echelon.report.world import LABELS, NONE, PARTNER, RANK, by_country, lead, tip
from echelon.runs.run import Run

COLOURS = {"held": "#00588C", "filed": "#3F9BD3", "planned": "#B5DBF0", PARTNER: ORANGE, NONE: "#E9EDF1"}
LETTERS = {"held": "#FFFFFF", "filed": "#000000", "planned": INK, PARTNER: "#000000", NONE: "#5A6672"}
TILE, SMALL_TILE = 31, 17
EAST = ("Central and South Asia", "East and South-East Asia", "Oceania")
SUEZ = 15
"""Column of the tile map from which the Middle East lies in Asia."""


def world(run: Run, size: Size = WIDE, asset: str = "") -> Chart:
    """Tile map of the world: where an asset (the lead asset where none is named) is approved, filed or planned."""
    asset = asset or lead(run)
    if not asset:
        msg = "No asset is approved, filed or planned in any territory, so there is no map."
        raise NoChart(msg)
    known = by_country(run, asset)
    if not known:
        msg = "No territory of the company names a country, so there is no map."
        raise NoChart(msg)
    years = milestones_years(run)[:3]
    tiles = [
        (one, known[one.iso2].kind if one.iso2 in known else NONE, tip(one.iso2, known.get(one.iso2), years))
        for one in countries().values()
    ]
    title = f"{capital(names(run).asset(asset))} by country"
    if not size.narrow:
        return dressed(_map(tiles, TILE, 12).properties(title=title))
    west = _map([tile for tile in tiles if not _eastern(tile[0])], SMALL_TILE, 10)
    east = _map([tile for tile in tiles if _eastern(tile[0])], SMALL_TILE, 10)
    parts = alt.vconcat(
        west.properties(title=[title, "The Americas, Europe, Africa"]),
        east.properties(title="Asia and Oceania"),
        spacing=14,
    )
    return dressed(parts.resolve_scale(color="shared"))


def _eastern(one: Country) -> bool:
    return one.region in EAST or (one.region.startswith("Middle East") and one.column >= SUEZ)


def _map(tiles: list[tuple[Country, str, str]], side: int, letters: int) -> alt.LayerChart | alt.FacetChart:
    left, top = (min(getattr(one, name) for one, _, _ in tiles) for name in ("column", "row"))
    frame = pl.DataFrame(
        [(one.column - left, one.row - top, one.iso2, kind, LABELS[kind], text) for one, kind, text in tiles],
        schema=["column", "row", "code", "kind", "status", "tip"],
        orient="row",
    )
    wide, high = int(frame["column"].max()) + 1, int(frame["row"].max()) + 1  # type: ignore[arg-type]
    x = alt.X("column:O", axis=None).scale(domain=list(range(wide)), padding=0)
    y = alt.Y("row:O", axis=None).scale(domain=list(range(high)), padding=0)
    key = alt.Legend(title=None, symbolType="square", symbolSize=170, symbolOpacity=1, columns=2 if side < TILE else 0)
    shown = [LABELS[kind] for kind in RANK]
    colour = alt.Color("status:N", legend=key).scale(domain=shown, range=list(COLOURS.values()))
    base = alt.Chart(frame)
    squares = base.mark_rect(aria=True, stroke="white", strokeWidth=2 if side == TILE else 1, cornerRadius=2).encode(
        x=x, y=y, color=colour, description="tip:N"
    )
    named = [
        base.transform_filter(alt.datum.kind == kind)
        .mark_text(fontSize=letters, color=LETTERS[kind])
        .encode(x=x, y=y, text="code:N")
        for kind in RANK
    ]
    return alt.layer(squares, *named).properties(width=wide * side, height=high * side)
