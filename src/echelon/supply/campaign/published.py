"""Published campaign plans, planned again from their instances."""

from echelon.examples import plannable
from echelon.runs.published import Check, rounds_to
from echelon.supply.campaign.plan import plan, read_instance
from echelon.supply.campaign.programme import Search

PLANS = (
    (
        "Campaigns of three products in two suites a step, best profit",
        "lakhdar2005-1",
        "490",
        (
            "Lakhdar et al. 2005, Biotechnol Prog 21:1478-1489, example 1, as proved by CPLEX in the restatement by "
            "the authors\u2019 group (repository karolisjan/MILP-Models)"
        ),
    ),
)
"""Name, instance, printed profit and source."""


def checks() -> list[Check]:
    """Every published profit beside ours, which is proved."""
    found = []
    for name, instance, printed, source in PLANS:
        given = read_instance(plannable(instance))
        planned = plan(given.problem, Search(threads=2), given.root)
        ours = planned.objective if planned.objective is not None else float("nan")
        ok = planned.status == "optimal" and rounds_to(ours, printed)
        published = float(printed)
        found.append(Check(name, source, published, ours, ours - published, ok, None, None, "read", ""))
    return found
