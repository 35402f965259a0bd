"""`echelon demo`: the worked example, from its tables to its report."""

import time
from pathlib import Path
from typing import Annotated

import typer

from echelon.cli.options import Json, Seed, Threads
from echelon.cli.output import out, print_json, say


def demo(
    futures: Annotated[int, typer.Option("--futures", min=1, metavar="N", help="How many futures.")] = 20_000,
    seed: Seed = 1,
    out_: Annotated[
        Path | None, typer.Option("--out", metavar="RUN", help="Folder of the run; runs/demo-… when not given.")
    ] = None,
    threads: Threads = None,
    json_: Json = False,
) -> None:
    """Simulate the worked example and write its report."""
    from echelon.cli.progress import duration
    from echelon.cli.run import free_folder, start, write_page
    from echelon.cli.summary import run_json, show_headline
    from echelon.examples import example

    began = time.monotonic()
    say(f"Top Alliance, {futures:,} futures of twenty years; the very first run also compiles the rules.")
    run = start(example("top_alliance"), out_ or free_folder("demo-top-alliance"), futures, seed, threads)
    page = write_page(run)
    if json_:
        print_json(run_json(run) | {"report": page})
        return
    show_headline(run)
    if run.info["notice"]:
        out(run.info["notice"])
    out()
    out(f"Done in {duration(time.monotonic() - began)}. The report, to be opened in a browser:")
    out(f"  {page.resolve()}")
    out(f"The run: {run.folder}. Next: echelon init DIR makes a company of your own.")
