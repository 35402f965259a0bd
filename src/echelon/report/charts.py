"""Charts: every chart of a run by name, as Altair objects; and all of them as picture files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from echelon.report import charts_access, charts_money, charts_pipeline, charts_value, charts_world
from echelon.report.look import WIDE, Chart, NoChart, Size, png, svg
from echelon.runs.run import Run, RunError


@dataclass(frozen=True)
class Drawing:
    """A chart by name: what it is called, and how it is drawn."""

    name: str
    title: str
    draw: Callable[[Run, Size], Chart]


DRAWINGS: tuple[Drawing, ...] = (
    Drawing("value", "Distribution of the company's value", charts_value.value),
    Drawing("pipeline", "Assets by stage, area and modality", charts_pipeline.matrix),
    Drawing("echelons", "Assets in the three echelons", charts_pipeline.echelons),
    Drawing("filled", "Probability that the echelons are filled", charts_pipeline.filled),
    Drawing("platform", "One drug against the platform", charts_value.platform),
    Drawing("growth", "What breadth buys", charts_value.growth),
    Drawing("launches", "Launches by year", charts_pipeline.launches),
    Drawing("launched", "Programs launched within the horizon", charts_pipeline.launched),
    Drawing("approvals", "Programs approved by territory", charts_pipeline.approvals),
    Drawing("world", "Where the lead asset is approved, country by country", charts_world.world),
    Drawing("ready", "How visits to sites end", charts_access.readiness),
    Drawing("listed", "Listings to come", charts_access.listed),
    Drawing("partners", "Income from partners by deal and year", charts_access.partners_income),
    Drawing("capacity", "Demand against capacity by line", charts_money.capacity),
    Drawing("loop", "What products leave over, and what it pays for", charts_money.loop),
    Drawing("cash", "Cash by quarter", charts_money.cash),
    Drawing("floor", "Probability that cash has been under the floor", charts_money.floor),
    Drawing("profit", "Income and costs by year", charts_money.profit),
    Drawing("attribution", "Where the spread of value comes from", charts_value.attribution),
    Drawing("tornado", "What moves the company's value", charts_value.tornado),
)
"""Every chart of a run, in the order of the page."""


def draw(run: Run, name: str, size: Size = WIDE) -> Chart:
    """One chart of a run.

    Parameters
    ----------
    run : a finished run.
    name : one of the names in `DRAWINGS`.
    size : how wide.

    Raises
    ------
    NoChart
        If the run has nothing to draw there; the message says why.
    RunError
        If there is no chart of that name.
    """
    for drawing in DRAWINGS:
        if drawing.name == name:
            return drawing.draw(run, size)
    msg = f"there is no chart `{name}`; there are {', '.join(drawing.name for drawing in DRAWINGS)}"
    raise RunError(msg)


def export_charts(run: Run, folder: Path | str) -> list[Path]:
    """Write every chart of a run as NAME.svg and NAME.png into a folder.

    Charts that the run has no data for are left out. Returns the files written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for drawing in DRAWINGS:
        try:
            chart = drawing.draw(run, WIDE)
        except NoChart:
            continue
        (folder / f"{drawing.name}.svg").write_text(svg(chart), encoding="utf-8")
        (folder / f"{drawing.name}.png").write_bytes(png(chart))
        written += [folder / f"{drawing.name}.svg", folder / f"{drawing.name}.png"]
    return written
