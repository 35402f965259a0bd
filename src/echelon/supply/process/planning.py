"""The next experiments: one door to every kind of design, and the table of runs to be made."""

import csv
import io
from pathlib import Path
from typing import get_args

from echelon.company.cells import text_of
from echelon.company.diagnostics import nearest
from echelon.supply.process.bayesian import bayesian
from echelon.supply.process.designs import Kind, Plan, classical, refuse
from echelon.supply.process.optimal import d_optimal
from echelon.supply.process.table import Experiments

KINDS: tuple[Kind, ...] = get_args(Kind)


def plan(
    experiments: Experiments, kind: str, runs: int | None = None, centres: int | None = None, seed: int = 1
) -> Plan:
    """Design the next experiments.

    Parameters
    ----------
    kind : one of KINDS. runs : how many (d-optimal, bayesian), or at most how many (fractional-factorial).
    centres : runs at the centre of classical designs.

    Raises
    ------
    CompanyError
        If there is no such kind, or these factors do not allow it.
    """
    if kind not in KINDS:
        raise refuse(experiments, f"`{kind}` is no design; there are {', '.join(KINDS)}", nearest(kind, KINDS))
    if kind == "d-optimal":
        return d_optimal(experiments, runs, seed)
    if kind == "bayesian":
        return bayesian(experiments, runs, seed)
    return classical(experiments, kind, runs, centres, seed)


def plan_text(experiments: Experiments, made: Plan) -> str:
    """The runs as CSV, with blank columns for what is to be measured; it can be filled in and read again."""
    names = ["run", *(["block"] if made.block else []), *(factor.label for factor in experiments.factors)]
    measured = [response.label for response in experiments.responses]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*names, *measured])
    for row in made.rows(experiments):
        cells = [row["run"], *([made.block] if made.block else []), *(row[f.name] for f in experiments.factors)]
        texts = [text_of(round(cell, 10)) if isinstance(cell, float) else str(cell) for cell in cells]
        writer.writerow([*texts, *("" for _ in measured)])
    return out.getvalue()


def write_plan(experiments: Experiments, made: Plan, file: Path) -> Path:
    """Write the runs as a CSV file that is not there yet.

    Raises
    ------
    FileExistsError
        If it is there.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8", newline="") as out:
        out.write(plan_text(experiments, made))
    return file
