"""Two-step instances: the published optimum, hand-solved ones, and what must not change an optimum."""

import json
import time
from pathlib import Path
from typing import Any

import echelon.examples
from echelon.supply.campaign.plan import Planned, plan, read_instance
from echelon.supply.campaign.programme import Search

CAMPAIGNS = Path(echelon.examples.__file__).parent / "campaigns"


def solved(data: dict[str, Any], folder: Path, seconds: float = 60.0) -> Planned:
    path = folder / "instance.json"
    path.write_text(json.dumps(data))
    return plan(read_instance(path)[0], Search(seconds, threads=2))


def small(**changes: Any) -> dict[str, Any]:
    """One suite a step, one product, three periods of 60 days; a start makes 2 of 60 days, going on 3."""
    data = {
        "sets": {"usp_suites": ["i"], "dsp_suites": ["j"], "products": ["p"], "periods": ["t1", "t2", "t3"]},
        "horizon_days_per_period": 60,
        "upstream": {
            "rate_batches_per_day": {"p": 0.05},
            "lead_time_days": {"p": 30},
            "lifetime_periods": {"p": 1},
            "storage_cost": {"p": 5},
            "sales_price": {"p": 20},
            "batch_cost": {"p": 2},
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
    for key, value in changes.items():
        where, _, name = key.partition("__")
        if name:
            data[where] = {**data[where], name: value}  # type: ignore[dict-item]
        else:
            data[where] = value
    return data


def test_the_published_optimum_is_proved_in_time() -> None:
    began = time.monotonic()
    found = plan(read_instance(CAMPAIGNS / "lakhdar2005-1.json")[0], Search(60.0, threads=2))
    assert found.status == "optimal"
    assert found.objective == 490
    assert found.bound == 490
    assert found.verdict is not None
    assert found.verdict.parts["sales"] == 680
    assert time.monotonic() - began < 60


def test_nothing_is_made_where_nothing_is_wanted(tmp_path: Path) -> None:
    found = solved(small(demand_batches={"p": [0, 0, 0]}), tmp_path)
    assert (found.status, found.objective) == ("optimal", 0)
