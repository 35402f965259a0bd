"""Arguments and options that several verbs share."""

from pathlib import Path
from typing import Annotated

import typer

CompanyPath = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the company, or its .xlsx workbook.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run.")]
Json = Annotated[bool, typer.Option("--json", help="Print for programs: JSON under documented keys.")]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        min=1,
        max=1024,
        metavar="N",
        help="Threads; all cores when not given. Results do not depend on it.",
    ),
]
Futures = Annotated[int, typer.Option("--futures", min=1, metavar="N", help="How many futures.")]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="S", help="Seed of every draw.")]
