"""A year of a company: the instance counted from the company's own futures, and the plan of it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import echelon.examples
from echelon.company.read import load
from echelon.runs.demand import built_again
from echelon.runs.replay import Asked, replay
from echelon.runs.run import Run, RunError
from echelon.runs.simulate import simulate
from echelon.supply.campaign.plan import plan, read_instance
from echelon.supply.campaign.programme import Search
from echelon.supply.campaign.trains import MONTH
from echelon.supply.campaign.year import Year, plan_year

BIOTECH = Path(echelon.examples.__file__).parent / "biotech"
PER_GRAM = 5_000.0
TITER, VOLUME, RECOVERY, SUCCESS, BATCH_DAYS, CHANGEOVER, USED = 4.0, 0.75, 0.6, 0.9, 15.0, 5.0, 0.8
YEAR, LEVEL = 2036, 0.95


def with_plant(folder: Path, reactors: int = 8, more: str = "", purification: str = "") -> Path:
    """The biotech example with a plant of 2,000 L reactors. more : columns added to the recipe, as name=value."""
    shutil.copytree(BIOTECH, folder)
    (folder / "sites.csv").write_text("id,source\nhere,own\n")
    rows = [f"cc,here,cell-culture,{reactors * 2_000},,{reactors},{CHANGEOVER},{USED},own"]
    rows += [f"dsp,here,purification,,{purification},1,0,1,own"] if purification else []
    head = "id,site,step,litres,rate,reactors,changeover_days,utilisation,source\n"
    (folder / "lines.csv").write_text(head + "\n".join(rows) + "\n")
    extra = [item.split("=") for item in more.split()]
    names = ["asset", "site", "titer_low", "titer_mode", "titer_high", "recovery", "batch_days", "batch_success"]
    names += ["working_volume", "sales_per_gram", "source", *(name for name, _ in extra)]
    values = ["eb101", "here", 2, TITER, 6, RECOVERY, BATCH_DAYS, SUCCESS, VOLUME, PER_GRAM, "own"]
    values += [value for _, value in extra]
    (folder / "recipes.csv").write_text(",".join(names) + "\n" + ",".join(map(str, values)) + "\n")
    return folder


def ran(folder: Path, futures: int = 600) -> Run:
    return simulate(load(folder), futures, 3, threads=1)


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return ran(with_plant(tmp_path_factory.mktemp("year") / "company"))


@pytest.fixture(scope="module")
def made(plant: Run) -> Year:
    return plan_year(plant, YEAR, LEVEL)


def test_demand_is_the_quantile_of_the_sales_of_the_same_futures(plant: Run, made: Year) -> None:
    sold = replay(built_again(plant), Asked((), (), (("eb101", "world"),), (YEAR,)), 600).sales[:, 0, 0]
    assert np.quantile(sold, LEVEL) > 0
    wanted = np.quantile(sold, LEVEL) * 1e6 / PER_GRAM / 1000
    assert made.products[0].wanted == pytest.approx(wanted, rel=1e-9)
    assert sum(made.document["demand_kg"]["eb101"]) == pytest.approx(wanted, rel=1e-4)


def test_a_batch_and_its_rate_are_those_of_the_line(made: Year) -> None:
    trains = made.document["sets"]["facilities"]
    batch = 2_000 * VOLUME * TITER * RECOVERY * SUCCESS / 1000
    assert [row["eb101"] for row in made.document["yield_kg_per_batch"].values()] == [pytest.approx(batch)] * 2
    rates = [made.document["rate_batches_per_day"][t]["eb101"] for t in trains]
    assert sum(rates) == pytest.approx(8 * USED / BATCH_DAYS, rel=1e-5)
    assert sum(train.reactors for train in made.trains) == 8


def test_the_plan_serves_what_is_wanted(made: Year, tmp_path: Path) -> None:
    path = tmp_path / "year.json"
    path.write_text(json.dumps(made.document))
    given = read_instance(path)
    assert not given.warnings
    found = plan(given.problem, Search(30, 1e-3, threads=1), given.root)
    assert found.schedule is not None
    shown = found.schedule.as_dict()
    assert sum(row["late"] for row in shown["balances"]) == pytest.approx(0, abs=1e-6)
    assert sum(row["sold"] for row in shown["balances"]) == pytest.approx(made.products[0].wanted, rel=1e-4)


def test_a_first_month_loses_the_changeover_and_no_more(made: Year, tmp_path: Path) -> None:
    path = tmp_path / "year.json"
    path.write_text(json.dumps(made.document))
    instance = read_instance(path).problem.instance  # type: ignore[attr-defined]
    for pair, rate in instance.rate.items():
        assert instance.batches(pair, True)[1] == int(float(rate) * (MONTH - CHANGEOVER) + 1e-6)
        assert instance.batches(pair, False)[1] == int(float(rate) * MONTH)


def test_a_purification_line_holds_batches_up(tmp_path: Path) -> None:
    grams = 2_000 * VOLUME * TITER * RECOVERY * SUCCESS  # out of a batch
    run = ran(with_plant(tmp_path / "company", purification="1000"))
    found = plan_year(run, YEAR, LEVEL).document["rate_batches_per_day"]
    assert sum(row["eb101"] for row in found.values()) == pytest.approx(1000 / (grams / 1.0), rel=1e-4)


def test_what_is_released_late_has_months_after_the_year(tmp_path: Path) -> None:
    run = ran(with_plant(tmp_path / "company", more="substance_release=2 substance_shelf=24"))
    found = plan_year(run, YEAR, LEVEL).document
    assert found["sets"]["periods"][-1] == f"{YEAR + 1}-02"
    assert found["scalars"]["release_periods"] == {"eb101": 2}
    assert found["scalars"]["product_lifetime_periods"] == {"eb101": 24}
    stocks = run.table("stocks").filter(quarter=f"{YEAR - 1}Q4", stage="substance").to_dicts()[0]
    assert found["initial_stock_kg"]["eb101"] == pytest.approx(stocks["stock"] / 1000, rel=1e-4)
    assert sum(found["arriving_kg"]["eb101"]) == pytest.approx(stocks["waiting"] / 1000, rel=1e-4)


@pytest.mark.parametrize(
    ("year", "quantile", "site", "said"),
    [
        (YEAR, 0.1, "", "nothing is wanted in 2036"),
        (2100, 0.5, "", "does not hold the whole of 2100; whole years are"),
        (YEAR, 0.5, "there", "there is at: here"),
    ],
)
def test_what_cannot_be_planned_is_said(plant: Run, year: int, quantile: float, site: str, said: str) -> None:
    with pytest.raises(RunError, match=said):
        plan_year(plant, year, quantile, site)


def test_a_run_without_lines(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="the run has no lines"):
        plan_year(ran(BIOTECH, 8), YEAR, 0.5)


@pytest.mark.slow
def test_top_alliance_is_planned_with_all_its_reactors(tmp_path: Path) -> None:
    run = simulate(load(BIOTECH.parent / "top_alliance"), 400, 1, threads=1)
    made = plan_year(run, 2028, 0.8)
    litres = {
        site: sum(t.litres * t.reactors for t in made.trains if t.site == site) for site in made.document["sites"]
    }
    assert litres == {"suzhou-wujiang": 4_500, "lingang": 42_000}
    path = tmp_path / "year.json"
    path.write_text(json.dumps(made.document))
    found = plan(read_instance(path).problem, Search(20, 0.05, threads=1))
    assert found.gap is not None
    assert found.gap < 0.1
