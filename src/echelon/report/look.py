"""Look: sizes, colours and type of every chart, and how a chart becomes a picture."""

import re
from dataclasses import dataclass

import altair as alt
import vl_convert

FONT = "Arial, Helvetica, Liberation Sans, sans-serif"
INK = "#1f2933"
SOFT = "#52606d"
GRID = "#e4e7eb"

# Okabe and Ito's colours, told apart with any colour vision; yellow is left out because it is faint on white.
BLUE, ORANGE, GREEN, VERMILION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PURPLE, SKY, BLACK = "#CC79A7", "#56B4E9", "#000000"
BAND = "#D6E9F5"
INNER = "#8FC3E3"


# A mark's description becomes what a pointer reads; roles inside say nothing more than the picture's own label.
_MARK = re.compile(r'aria-label="([^"]*)" role="graphics-symbol" aria-roledescription="[^"]*"')
_ROLE = re.compile(r' (?:role="graphics-[a-z]+"|aria-[a-z]+="[^"]*"|pointer-events="none"|xml:space="preserve")')


@dataclass(frozen=True)
class Size:
    """How wide a chart is drawn; a narrow one has less room for ticks and stacks what a wide one sets side by side."""

    width: int
    narrow: bool = False

    def part(self, of: int, gap: int = 70) -> int:
        """Width of one of several charts side by side."""
        return max((self.width - gap * (of - 1)) // of, 120)


WIDE = Size(1020)
NARROW = Size(284, narrow=True)


class NoChart(Exception):  # noqa: N818 - the absence of a chart is no error
    """There is nothing to draw; the message says why in one sentence."""


Chart = alt.LayerChart | alt.VConcatChart | alt.HConcatChart | alt.Chart | alt.FacetChart


def dressed(chart: Chart) -> Chart:
    """The chart with the house's type and colours."""
    made: Chart = (
        chart.configure(font=FONT, background="white", padding=6)
        .configure_axis(
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor=INK,
            gridColor=GRID,
            domainColor=SOFT,
            tickColor=SOFT,
            titlePadding=8,
        )
        .configure_legend(
            orient="top", labelFontSize=12, titleFontSize=12, labelColor=INK, titleColor=INK, labelLimit=320, columns=0
        )
        .configure_title(fontSize=13, color=INK, anchor="start", fontWeight="bold", offset=8)
        .configure_view(stroke=None)
        .configure_mark(aria=False)
        .configure_text(fontSize=12, color=INK)
    )
    return made


def svg(chart: Chart, prefix: str = "") -> str:
    """The chart as SVG; ids inside begin with `prefix`, so that several can stand in one page."""
    text = str(vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=vega_lite_version()))
    text = _MARK.sub(r'data-tip="\1"', text)
    text = _ROLE.sub("", text)
    # The library counts ids through a whole process; numbered anew, the same run gives the same page.
    for i, name in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', text))):
        text = text.replace(f'id="{name}"', f'id="{prefix}i{i}"').replace(f"url(#{name})", f"url(#{prefix}i{i})")
        text = text.replace(f'href="#{name}"', f'href="#{prefix}i{i}"')
    return text


def png(chart: Chart, scale: float = 2.0) -> bytes:
    """The chart as PNG, `scale` dots to a point."""
    return bytes(vl_convert.vegalite_to_png(chart.to_dict(), vl_version=vega_lite_version(), scale=scale))


def vega_lite_version() -> str:
    """The Vega-Lite that Altair writes, as vl-convert names it."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
