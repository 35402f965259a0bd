"""Published optima of trial planning and of vaccine capacity at risk, worked out again."""

import csv

from echelon.examples import example
from echelon.plans.capacity_at_risk import Buyer, Country, World, candidates, published_search
from echelon.plans.trial_exact import solve
from echelon.plans.trial_table import read_instances
from echelon.plans.vaccine_table import read_candidates, shipped
from echelon.runs.published import Check

PERU = Country(population=31.99, gdp=6.71, high_risk=0.131, loss=0.269, price=10.0)
"""As in the package's vignette: 2020 population, GDP a head, World Bank projection of the loss."""


def checks() -> list[Check]:
    """Every published figure of planning beside ours."""
    folder = example("published/paul2010").parent
    with (folder / "plans.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    instances = read_instances(folder / "trials.csv")
    peru = capacity_figures()
    found = []
    for row in rows:
        ours = solve(instances[row["item"]]).enpv if row["figure"] == "trials" else peru[row["item"]]
        found.append(Check.of(row, ours))
    return found


def capacity_figures() -> dict[str, float]:
    """Figures of the published search for Peru; the names are those of column `item` in published/plans.csv."""
    world = World()
    after = published_search(Buyer(PERU, candidates(read_candidates(shipped()), world), world))
    last = after[-1]
    nets = {f"net_{one.step:g}": one.net for one in after}
    return nets | {
        "benefit": last.benefit,
        "cost": last.cost,
        "total": last.total,
        "any_works": last.any_works,
        "working": last.working,
    }
