"""Small two-step instances for tests."""

import copy
import json
from pathlib import Path
from typing import Any

import echelon.examples
from echelon.supply.campaign.plan import Planned, plan, read_instance
from echelon.supply.campaign.programme import Search

CAMPAIGNS = Path(echelon.examples.__file__).parent / "campaigns"


def solved(data: dict[str, Any], folder: Path, seconds: float = 60.0) -> Planned:
    path = folder / "instance.json"
    path.write_text(json.dumps(data))
    given = read_instance(path)
    return plan(given.problem, Search(seconds, threads=1), given.root)


def published() -> dict[str, Any]:
    return json.loads((CAMPAIGNS / "lakhdar2005-1.json").read_text())  # type: ignore[no-any-return]


SMALL: dict[str, Any] = {
    "sets": {"usp_suites": ["i"], "dsp_suites": ["j"], "products": ["p"], "periods": ["t1", "t2", "t3"]},
    "horizon_days_per_period": 60,
    "upstream": {
        "rate_batches_per_day": {"p": 0.05},
        "lead_time_days": {"p": 30},
        "lifetime_periods": {"p": 1},
        "storage_cost": {"p": 5},
        "sales_price": {"p": 20},
        "batch_cost": {"p": 2},
        "waste_cost": {"p": 5},
    },
    "downstream": {
        "rate_batches_per_day": {"p": 0.1},
        "lead_time_days": {"p": 40},
        "lateness_penalty_per_batch_per_period": {"p": 20},
        "storage_cost": {"p": 1},
        "changeover_cost": {"p": 1},
        "batch_cost": {"p": 2},
    },
    "demand_batches": {"p": [0, 0, 4]},
}
"""One suite a step, one product; upstream a started period makes 2 batches, one that goes on 3."""


def small(**changes: Any) -> dict[str, Any]:
    """SMALL with other values: top-level keys as they are, a step's as upstream__key."""
    data = copy.deepcopy(SMALL)
    for key, value in changes.items():
        where, _, name = key.partition("__")
        if name:
            data[where][name] = value
        else:
            data[where] = value
    return data
