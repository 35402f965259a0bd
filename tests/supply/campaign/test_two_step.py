"""Two-step instances: the published optimum, hand-solved ones, brute force, and what must not change an optimum."""

import itertools
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.supply.campaign.build import CAMPAIGNS, published, small, solved

from echelon.supply.campaign.plan import plan, read_instance
from echelon.supply.campaign.problems import TwoStepProblem
from echelon.supply.campaign.programme import Search
from echelon.supply.campaign.two_step import batches


def test_the_published_optimum_is_proved() -> None:
    given = read_instance(CAMPAIGNS / "lakhdar2005-1.json")
    found = plan(given.problem, Search(60.0, threads=2), given.root)
    assert (found.status, found.objective, found.bound) == ("optimal", 490, 490)
    assert found.verdict is not None
    assert found.verdict.parts["sales"] == 680
    assert found.verdict.parts["waste"] == 0


@pytest.mark.parametrize(
    ("data", "profit"),
    [
        # Nothing is wanted, nothing is made.
        (small(demand_batches={"p": [0, 0, 0]}), 0),
        # Two in the last period: both steps start there (2 crude in 50 days; downstream waits, 1 + (60 - 40) / 10 = 3
        # at most): 40 of sales, 4 batches for 8, two starts for 2.
        (small(demand_batches={"p": [0, 0, 2]}), 30),
        # Four: 1 of them must come earlier. Start in t2, go on in t3, 4 crude and 4 final; what t2 makes is kept as one
        # final batch for a period (1), or more: 80 - 16 - 2 - 1.
        (small(demand_batches={"p": [0, 0, 4]}), 61),
        # The same with 2 final batches from one crude: 2 crude started in t3 could feed 4, but a delayed downstream
        # makes 3; downstream starts a period before its crude, idle at no cost: 80 - (2 + 4) × 2 - 2.
        (small(demand_batches={"p": [0, 0, 4]}, downstream__conversion_factor_final_per_crude={"p": 2}), 66),
        # Four in the first period: two can be (late: 2 for one period), the rest a period later: 80 - 16 - 2 - 40.
        (small(demand_batches={"p": [4, 0, 0]}), 22),
    ],
)
def test_hand_solved(data: dict[str, Any], profit: float, tmp_path: Path) -> None:
    found = solved(data, tmp_path)
    assert (found.status, found.objective) == ("optimal", profit)


def test_names_and_their_order_mean_nothing(tmp_path: Path) -> None:
    data = small(
        sets={"usp_suites": ["i1", "i2"], "dsp_suites": ["j"], "products": ["p", "q"], "periods": ["a", "b", "c", "d"]},
        upstream={
            "rate_batches_per_day": {"p": 0.05, "q": 0.08}, "lead_time_days": {"p": 30, "q": 22.5},
            "lifetime_periods": 1, "sales_price": {"p": 20, "q": 15}, "batch_cost": 2, "storage_cost": 5,
        },
        downstream={
            "rate_batches_per_day": 0.1, "lead_time_days": {"p": 40, "q": 35},
            "lateness_penalty_per_batch_per_period": 9, "storage_cost": 1, "changeover_cost": 1, "batch_cost": 2,
        },
        demand_batches={"p": [0, 2, 0, 3], "q": [0, 3, 4, 0]},
    )  # fmt: skip
    one = solved(data, tmp_path)
    turned = dict(data)
    turned["sets"] = {
        "usp_suites": ["z", "y"], "dsp_suites": ["x"], "products": ["q", "p"], "periods": ["w", "v", "u", "t"],
    }  # fmt: skip
    two = solved(turned, tmp_path)
    assert one.status == two.status == "optimal"
    assert one.objective == two.objective


def brute(problem: TwoStepProblem) -> Fraction:
    """The best profit of one suite a step and one product, by trying every plan of whole batches."""
    i = problem.instance
    (p,), times = i.products, range(len(i.periods))
    best = Fraction(-(10**9))
    for up in _plans(i.up, p, i):
        for down in _plans(i.down, p, i):
            if any(up[t][1] and down[t][1] and not down[t][2] for t in times):
                continue
            worth = _money(i, p, up, down)
            best = best if worth is None else max(best, worth)
    return best


def _plans(step: Any, p: str, i: Any) -> list[tuple[tuple[int, bool, bool], ...]]:
    # A period: batches (-1 idle), started, delayed.
    upstream = step is i.up
    found: list[tuple[tuple[int, bool, bool], ...]] = [()]
    for _ in i.periods:
        longer = []
        for before in found:
            running = bool(before) and before[-1][0] >= 0
            longer.append((*before, (-1, False, False)))
            for started, delayed in itertools.product((False, True), repeat=2):
                if (not started and not running) or (upstream and started != delayed):
                    continue
                few, many = batches(step, p, i.days, delayed)
                longer += [(*before, (n, started, delayed)) for n in range(few, many + 1)]
        found = longer
    return found


def _money(i: Any, p: str, up: Any, down: Any) -> Fraction | None:
    # Without limits of life or store and with waste dear, the best sales are: all that is due, as soon as it is there.
    crude = final = late = profit = Fraction(0)
    for t in range(len(i.periods)):
        made, used = max(up[t][0], 0), max(down[t][0], 0)
        crude += made - used / i.yields[p]
        if crude < 0:
            return None
        profit -= i.up.batch[p] * made + i.down.batch[p] * used
        profit -= i.up.changeover[p] * up[t][1] + i.down.changeover[p] * down[t][1]
        final += used
        due = late + i.demand[p][t]
        sold = min(due, final)
        final, late = final - sold, due - sold
        profit += i.price[p] * sold - i.late[p] * late - i.up.storage[p] * crude - i.down.storage[p] * final
    return profit


@pytest.mark.parametrize("seed", range(3))
def test_brute_force_finds_nothing_better(seed: int, tmp_path: Path) -> None:
    luck = random.Random(seed)
    data = small(
        upstream={
            "rate_batches_per_day": luck.choice([0.04, 0.05, 0.06]), "lead_time_days": luck.choice([20, 30, 36]),
            "sales_price": 20, "batch_cost": luck.choice([1, 3]), "storage_cost": luck.choice([0, 2, 5]),
            "min_campaign_days": luck.choice([0, 20]), "waste_cost": 99,
        },
        downstream={
            "rate_batches_per_day": luck.choice([0.05, 0.1]), "lead_time_days": luck.choice([25, 40]),
            "lateness_penalty_per_batch_per_period": luck.choice([0, 5, 20]), "storage_cost": 1,
            "changeover_cost": luck.choice([0, 1, 6]), "batch_cost": 2, "waste_cost": 99,
            "conversion_factor_final_per_crude": luck.choice([1, 0.5, 2]),
        },
        demand_batches={"p": [luck.randint(0, 2), luck.randint(0, 4), luck.randint(0, 5)]},
    )  # fmt: skip
    found = solved(data, tmp_path)
    assert isinstance(found.problem, TwoStepProblem)
    assert found.status == "optimal"
    assert found.objective == pytest.approx(float(brute(found.problem)), abs=1e-6)


@st.composite
def instances(draw: st.DrawFn) -> dict[str, Any]:
    products = ["p", "q"][: draw(st.integers(1, 2))]
    usp = ["i1", "i2"][: draw(st.integers(1, 2))]
    dsp = ["j1", "j2"][: draw(st.integers(1, 2))]
    length = draw(st.integers(1, 4))

    def each(values: Any) -> dict[str, Any]:
        return {p: draw(values) for p in products}

    data = {
        "sets": {"usp_suites": usp, "dsp_suites": dsp, "products": products, "periods": length},
        "horizon_days_per_period": 60,
        "at_most_one_new_campaign_flag_W_per_dsp_suite_period": draw(st.booleans()),
        "upstream": {
            "rate_batches_per_day": each(st.sampled_from([0.05, 0.045, 0.08])),
            "lead_time_days": each(st.sampled_from([22.5, 30, 32])),
            "lifetime_periods": each(st.integers(0, 2)),
            "storage_capacity_batches": each(st.integers(0, 5)),
            "min_campaign_days": each(st.sampled_from([0, 12.5, 20])),
            "storage_cost": 5,
            "sales_price": each(st.integers(0, 30)),
            "batch_cost": 2,
            "waste_cost": 5,
        },
        "downstream": {
            "rate_batches_per_day": each(st.sampled_from([0.05, 0.1])),
            "lead_time_days": each(st.sampled_from([30, 40])),
            "lifetime_periods": each(st.integers(0, 3)),
            "storage_cost": 1,
            "lateness_penalty_per_batch_per_period": each(st.integers(0, 20)),
            "changeover_cost": 1,
            "batch_cost": 2,
            "waste_cost": 5,
            "conversion_factor_final_per_crude": each(st.sampled_from([0.5, 1, 2])),
        },
        "initial_final_batches": each(st.integers(0, 2)),
        "demand_batches": {p: [draw(st.integers(0, 5)) for _ in range(length)] for p in products},
    }
    if len(usp) + len(dsp) == 4 and draw(st.booleans()):
        data["sites"] = {"north": ["i1", "j1"], "south": ["i2", "j2"]}
    return data


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=instances())
def test_any_plan_passes_the_evaluator_and_less_is_never_worth_more(data: dict[str, Any], tmp_path: Path) -> None:
    found = solved(data, tmp_path, 20.0)
    assert found.verdict is not None  # `plan` itself fails where the evaluator finds a rule broken or other money
    assert found.objective is not None
    assert found.verdict.wrong == ()
    if found.status != "optimal":
        return
    wide = {**data, "upstream": {**data["upstream"], "storage_capacity_batches": 9}}
    wide["sites"] = None
    more = solved(wide, tmp_path, 20.0)
    assert more.bound >= found.objective - 1e-6
    if more.status == "optimal":
        assert more.objective is not None


def test_products_keep_to_their_suites(tmp_path: Path) -> None:
    data = published()
    data["allowed_usp"] = {"i1": ["p1", "p2"], "i2": ["p3"]}
    data["sets"]["periods"] = data["sets"]["periods"][:4]
    data["demand_batches"] = {p: row[:4] for p, row in data["demand_batches"].items()}
    found = solved(data, tmp_path)
    assert found.schedule is not None
    made = {(bar.lane, bar.product) for bar in found.schedule.bars() if bar.lane in ("i1", "i2")}
    assert made <= {("i1", "p1"), ("i1", "p2"), ("i2", "p3")}
    data["allowed_usp"] = "all"
    assert (solved(data, tmp_path).objective or 0) >= (found.objective or 0)
