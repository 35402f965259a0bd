"""`echelon verify`: published results, and ours beside them."""

import typer

from echelon.cli.options import Json, Threads
from echelon.cli.output import number, out, print_json, show_table


def verify(json_: Json = False, threads: Threads = None) -> None:
    """Reproduce published results, and say how far off we are."""
    from echelon.cli.errors import NO
    from echelon.runs.published import verify as published

    rows = published(threads=threads)
    if json_:
        print_json(rows)
    else:
        shown = [
            (
                "ok" if row["ok"] else "NO",
                row["name"],
                row["source"],
                number(row["published"], 5),
                number(row["ours"], 5),
            )
            for row in rows
        ]
        show_table(("", "result", "source", "published", "ours"), shown, left=3)
        out(f"{sum(row['ok'] for row in rows)} of {len(rows)} published results are reproduced to the digits printed")
    if not all(row["ok"] for row in rows):
        raise typer.Exit(NO)
