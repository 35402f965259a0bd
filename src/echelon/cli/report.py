"""`echelon report`: a run as one page that opens offline."""

from pathlib import Path
from typing import Annotated

import typer

from echelon.cli.options import Json, RunPath
from echelon.cli.output import out, print_json


def report(
    run: RunPath,
    out_: Annotated[
        Path | None, typer.Option("--out", metavar="F", help="The page; RUN/report.html when not given.")
    ] = None,
    charts: Annotated[
        Path | None, typer.Option("--charts", metavar="DIR", help="Write each chart here too, as PNG and SVG.")
    ] = None,
    json_: Json = False,
) -> None:
    """Write the report of a run: one page, opens offline."""
    from echelon.cli.run import write_page
    from echelon.runs.run import open_run

    made = open_run(run)
    page = write_page(made, out_)
    drawn: list[Path] = []
    if charts is not None:
        from echelon.report.charts import export_charts

        drawn = export_charts(made, charts)
    if json_:
        print_json({"report": page, "bytes": page.stat().st_size, "charts": drawn})
        return
    out(f"report: {page} ({page.stat().st_size / 1e6:.1f} MB)")
    if drawn:
        out(f"charts: {len(drawn)} files in {charts}")
