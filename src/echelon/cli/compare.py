"""`echelon compare`: what changed between two runs, and what it did."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.options import Json, RunPath
from echelon.cli.output import number, out, percent, print_json, say, show_table

if TYPE_CHECKING:
    from echelon.runs.compare import Comparison

SHOWN = 12


def compare(
    a: RunPath,
    b: RunPath,
    steps: Annotated[
        bool, typer.Option("--steps/--no-steps", help="Simulate what each group of changes does to value.")
    ] = True,
    json_: Json = False,
) -> None:
    """Compare two runs: differences, and value step by step.

    Runs with one seed share their luck, so that the differences are sharp.
    """
    from echelon.cli.progress import Meter
    from echelon.runs.compare import compare as compare_runs
    from echelon.runs.run import open_run

    first, second = open_run(a), open_run(b)
    with Meter("steps", before="comparing", after="comparing") as meter:
        found = compare_runs(first, second, steps, meter)
    if json_:
        print_json(as_dict(found))
        return
    for note in found.notes:
        say(f"note: {note}")
    _show(found)


def as_dict(found: "Comparison") -> dict[str, Any]:
    """A comparison under its documented keys."""
    return {
        "info": found.info,
        "paired": found.paired,
        "notes": found.notes,
        "measures": found.measures.to_dicts(),
        "programs": found.programs.to_dicts(),
        "waterfall": found.waterfall.to_dicts(),
        "changes": found.changes.to_dicts(),
    }


def _show(found: "Comparison") -> None:
    rows = [
        (
            row["measure"],
            number(row["a"]),
            number(row["b"]),
            number(row["difference"]),
            number(row["se"], 2),
            number(row["se_unpaired"], 2),
            percent(row["p_b_above"]),
        )
        for row in found.measures.to_dicts()
    ]
    out(f"Differences over the {found.info['futures']:,} futures both runs have")
    show_table(("measure", "A", "B", "B - A", "± (SE)", "± unpaired", "P(B > A)"), rows)
    changed = [row for row in found.programs.to_dicts() if row["difference"]]
    if changed:
        out(
            f"Programs that changed in value: {len(changed)}" + (f", the first {SHOWN}" if len(changed) > SHOWN else "")
        )
        values = [
            (row["program"], number(row["rnpv_a"]), number(row["rnpv_b"]), number(row["difference"]))
            for row in changed[:SHOWN]
        ]
        show_table(("program", "rNPV in A", "in B", "B - A"), values)
    if not found.waterfall.is_empty():
        out("Value, step by step from A to B")
        walk = [
            (
                row["step"],
                str(row["changed"] or ""),
                number(row["value"], 4),
                number(row["difference"]),
                number(row["se"], 2),
            )
            for row in found.waterfall.to_dicts()
        ]
        show_table(("step", "cells changed", "value", "difference", "± (SE)"), walk)
    out(f"{len(found.changes):,} cells differ; --json lists them")
