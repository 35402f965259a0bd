"""Published designed experiments, fitted again from their tables."""

import csv
from pathlib import Path

from echelon.examples import study
from echelon.runs.published import Check
from echelon.supply.process.fit import Fit, fit
from echelon.supply.process.read import read_experiments
from echelon.supply.process.surface import Canonical, canonical
from echelon.supply.process.table import Experiments


def figures() -> Path:
    """The table of published figures."""
    return study("chemreact").parent / "published" / "figures.csv"


def checks() -> list[Check]:
    """Every published figure of a designed experiment beside ours."""
    fitted: dict[tuple[str, str], tuple[Fit, Canonical]] = {}
    found = []
    with figures().open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        key = row["study"], row["response"]
        if key not in fitted:
            fitted[key] = _fitted(read_experiments(study(row["study"])), row["response"])
        ours = figure(*fitted[key], row["figure"], row["item"])
        found.append(Check.of(row, ours))
    return found


def _fitted(experiments: Experiments, response: str) -> tuple[Fit, Canonical]:
    place = [one.name for one in experiments.responses].index(response)
    one = fit(experiments, place)
    return one, canonical(experiments, one)[0]


def figure(one: Fit, surface: Canonical, name: str, item: str) -> float:
    """One figure by the name it has in the table."""
    if name in ("coefficient", "se"):
        found = next(c for c in one.coefficients if c.term == item)
        return found.estimate if name == "coefficient" else found.se
    if name in ("ss", "p"):
        line = one.source(item)
        assert line is not None
        return line.ss if name == "ss" else line.p
    if name == "stationary_plain":
        return float(surface.plain[item])
    if name == "r2":
        return one.r2
    values = surface.coded if name == "stationary" else surface.eigenvalues
    return float(values[int(item)])
