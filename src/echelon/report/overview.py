"""Overview: the main charts of a run in one picture."""

import re
from collections.abc import Callable
from html import escape
from typing import Any

import vl_convert

from echelon.report.charts import DRAWINGS
from echelon.report.format import count, day
from echelon.report.look import FONT, INK, SOFT, NoChart, Size, svg
from echelon.runs.run import Run

CELL, GAP, MARGIN, HEAD = 560, 30, 24, 84
WIDTHS = {
    "value": Size(495),
    "filled": Size(490),
    "platform": Size(600),
    "cash": Size(495),
    "capacity": Size(510),
    "launches": Size(520),
}
"""Charts of the picture, in rows of two, each at the width that fills its cell."""


def overview(run: Run) -> str:
    """A run at a glance: value, echelons, one drug against the platform, cash, capacity and launches, as one SVG."""
    cells = [cell for drawing in DRAWINGS if (cell := _cell(run, drawing.name, drawing.title, drawing.draw))]
    cells.sort(key=lambda cell: list(WIDTHS).index(cell[0]))
    parts: list[str] = []
    top = float(HEAD)
    for i in range(0, len(cells), 2):
        row = cells[i : i + 2]
        for j, (_, title, picture, _) in enumerate(row):
            left = MARGIN + j * (CELL + GAP)
            parts.append(_text(left, top + 14, 15, INK, title, bold=True))
            parts.append(f'<g transform="translate({left - 6},{top + 20})">{picture}</g>')
        top += max(cell[3] for cell in row) + 46
    general, width = run.company.settings.company, 2 * CELL + GAP + 2 * MARGIN
    heading = f"{general.name}: {count(run.info['futures'], 'future')} from {day(general.as_of)}"
    head = _text(MARGIN, 36, 21, INK, heading, bold=True) + _text(MARGIN, 58, 12, SOFT, run.info["notice"])
    box = f'width="{width}" height="{top}" viewBox="0 0 {width} {top}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {box}>'
        f'<rect width="{width}" height="{top}" fill="white"/>{head}{"".join(parts)}</svg>'
    )


def overview_png(run: Run, scale: float = 1.5) -> bytes:
    """The same as PNG, `scale` dots to a point."""
    return bytes(vl_convert.svg_to_png(overview(run), scale=scale))


def _cell(run: Run, name: str, title: str, draw: Callable[[Run, Size], Any]) -> tuple[str, str, str, float] | None:
    # Name, title, picture and height of one chart; none when the run has nothing to draw.
    if name not in WIDTHS:
        return None
    try:
        picture = svg(draw(run, WIDTHS[name]), f"overview-{name}")
    except NoChart:
        return None
    height = re.search(r'height="([0-9.]+)"', picture)
    return name, title, picture, float(height.group(1)) if height else 0.0


def _text(x: float, y: float, size: int, colour: str, text: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    look = f'font-family="{FONT}" font-size="{size}" fill="{colour}"{weight}'
    return f'<text x="{x}" y="{y}" {look}>{escape(text)}</text>'
