"""`echelon export`: a run as a workbook."""

from pathlib import Path
from typing import Annotated

import typer

from echelon.cli.errors import VerbError
from echelon.cli.options import Json, RunPath
from echelon.cli.output import out, print_json


def export(
    run: RunPath,
    xlsx: Annotated[Path, typer.Option("--xlsx", metavar="F", help="The workbook to write.")],
    json_: Json = False,
) -> None:
    """Write a run as an .xlsx workbook.

    Sheets: measures, fans, yearly P&L, programs, assumptions with sources.
    """
    from echelon.report.workbook import write_results
    from echelon.runs.run import open_run

    if xlsx.suffix.lower() != ".xlsx":
        msg = f"{xlsx}: a workbook's name ends in .xlsx"
        raise VerbError(msg)
    sheets = write_results(open_run(run), xlsx)
    if json_:
        print_json({"workbook": xlsx, "bytes": xlsx.stat().st_size, "sheets": sheets})
    else:
        out(f"workbook: {xlsx} ({', '.join(sheets)})")
