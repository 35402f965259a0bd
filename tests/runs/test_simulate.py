"""Runs: the same whatever the threads, kept and read back, resumed bit for bit, compared with paired luck."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.support.random_companies import random_company

import echelon
from echelon.futures.rules import numbers as n
from echelon.runs import simulate as simulating
from echelon.runs.compare import compare
from echelon.runs.lock import alone
from echelon.runs.results import bin_values, quantiles, worst_mean
from echelon.runs.run import TABLES, Run, RunError, open_run, read_info


@pytest.fixture(scope="module")
def run() -> Run:
    return echelon.simulate(random_company(4), futures=3000, seed=11, threads=2)


def same_tables(a: Run, b: Run) -> None:
    for name in TABLES:
        assert_frame_equal(a.tables[name], b.tables[name], check_exact=True)


def test_a_run_has_every_table_and_a_standard_error_for_every_measure(run: Run) -> None:
    assert set(run.tables) == set(TABLES)
    assert run.measures()["measure"].to_list() == [name for name, _ in n.MEASURES]
    known = run.measures().filter(pl.col("mean").is_not_null())
    assert known["se"].null_count() == 0
    assert run.info["status"] == "complete"
    assert run.info["futures"] == len(run.futures()) == 3000


def test_threads_change_no_table(run: Run) -> None:
    same_tables(run, echelon.simulate(random_company(4), futures=3000, seed=11, threads=1))


def test_the_first_futures_of_a_longer_run_are_the_same(run: Run) -> None:
    longer = echelon.simulate(random_company(4), futures=4000, seed=11)
    assert_frame_equal(longer.futures().head(3000), run.futures())


def test_another_seed_gives_other_futures_and_the_same_company(run: Run) -> None:
    other = echelon.simulate(random_company(4), futures=3000, seed=12)
    assert other.futures()["enpv"].to_list() != run.futures()["enpv"].to_list()
    a, b = run.measure("enpv"), other.measure("enpv")
    assert abs(a["mean"] - b["mean"]) < 4 * np.hypot(a["se"], b["se"])


def test_fans_are_quantiles_of_the_futures(run: Run) -> None:
    last = run.fans().filter(pl.col("measure") == "cash")[-1].to_dicts()[0]
    final = run.futures()["final_cash"].to_numpy()
    for name, probability in (("q05", 0.05), ("q50", 0.5), ("q95", 0.95)):
        exact = np.sort(final)[int(np.ceil(probability * len(final))) - 1]
        assert last[name] == pytest.approx(exact, rel=1 / 100, abs=1e-3)
    assert last["mean"] == pytest.approx(final.mean(), rel=1e-12)


def test_variance_shares_add_up_to_one(run: Run) -> None:
    assert run.table("attribution")["variance_share"].sum() == pytest.approx(1.0, abs=1e-9)
    assert run.table("attribution")["value"].sum() == pytest.approx(run.measure("enpv")["mean"], rel=1e-9)


def test_launches_agree_between_tables(run: Run) -> None:
    programs = run.table("reports")
    expected = programs.filter(~pl.col("marketed"))["p_launch"].sum()
    assert run.measure("programs_launched")["mean"] == pytest.approx(expected, abs=1e-9)
    events = run.table("events").filter(pl.col("event") == "launched")
    counted = run.futures().head(1000)["programs_launched"].sum()
    assert len(events) == counted


def test_kept_and_read_back(run: Run, tmp_path: Path) -> None:
    kept = echelon.simulate(random_company(4), futures=3000, seed=11, out=tmp_path / "run")
    again = open_run(tmp_path / "run")
    same_tables(again, kept)
    same_tables(again, run)
    assert again.company.tables == kept.company.tables
    assert again.fills == kept.fills
    assert not (tmp_path / "run" / "checkpoint").exists()


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="not empty"):
        echelon.simulate(random_company(4), futures=10, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(("futures", "seed"), [(0, 1), (-5, 1), (10, -1), (10**12, 1)])
def test_impossible_orders_are_refused(futures: int, seed: int) -> None:
    with pytest.raises(RunError):
        echelon.simulate(random_company(4), futures=futures, seed=seed)


def test_unknown_plan_names_what_there_is() -> None:
    with pytest.raises(RunError, match="there is no plan `bold`"):
        echelon.simulate(random_company(4), futures=10, plan="bold")


def test_interrupted_then_resumed_is_the_same_run(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulating, "BLOCKS_PER_RANGE", 1)
    monkeypatch.setattr(simulating, "CHECKPOINT_SECONDS", 0.0)

    def stop(done: int, _: int) -> None:
        if done >= 2048:
            raise KeyboardInterrupt

    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        echelon.simulate(random_company(4), futures=3000, seed=11, out=folder, progress=stop)
    info = read_info(folder)
    assert info["status"] == "stopped"
    assert info["done"] == 1024
    with pytest.raises(RunError, match="--resume"):
        open_run(folder)
    same_tables(simulating.resume(folder), run)
    same_tables(open_run(folder), run)


KILLED = """
import sys
from pathlib import Path
import echelon
from echelon.runs import simulate as simulating
from tests.support.random_companies import random_company
simulating.BLOCKS_PER_RANGE = 1
simulating.CHECKPOINT_SECONDS = 0.0
print("ready", flush=True)
echelon.simulate(random_company(4), futures=60_000, seed=11, threads=1, out=Path(sys.argv[1]))
"""


def test_killed_then_resumed_is_the_same_run(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], cwd=Path(__file__).parents[2]) as process:
        for _ in range(3000):
            time.sleep(0.1)
            if (folder / "run.json").exists() and read_info(folder)["done"] >= 3 * 1024:
                break
        os.kill(process.pid, signal.SIGKILL)
    assert 3 * 1024 <= read_info(folder)["done"] < 60_000
    same_tables(simulating.resume(folder), echelon.simulate(random_company(4), futures=60_000, seed=11))


def test_one_process_at_a_time_in_a_folder(tmp_path: Path) -> None:
    def stop(_: int, __: int) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        echelon.simulate(random_company(4), futures=2000, out=folder, progress=stop)
    with alone(folder), pytest.raises(RunError, match="another process"):
        simulating.resume(folder)
    simulating.resume(folder)
    assert not (folder / ".lock").exists()


def test_a_changed_model_is_not_resumed(tmp_path: Path) -> None:
    def stop(_: int, __: int) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        echelon.simulate(random_company(4), futures=2000, out=folder, progress=stop)
    settings = folder / "model" / "company.toml"
    settings.write_text(settings.read_text().replace("tax_rate = 0.2", "tax_rate = 0.3"))
    with pytest.raises(RunError, match="is not the one the run began with"):
        simulating.resume(folder)


def test_not_a_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"run\.json is missing"):
        open_run(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(RunError, match="not readable as JSON"):
        open_run(tmp_path)


def test_compare_is_paired_and_walks_from_a_to_b(run: Run) -> None:
    company = random_company(4)
    money = company.settings.money.model_copy(update={"selling": 0.25, "tax_rate": 0.1})
    prices = [
        row.model_copy(update={"net_price": row.net_price.model_copy(update={"high": row.net_price.high * 1.1})})
        for row in company.rows(type(next(iter(company.tables["prices"].values()))))
    ]
    changed = company.with_settings(company.settings.model_copy(update={"money": money}))
    changed = changed.with_rows(type(prices[0]), prices)
    other = echelon.simulate(changed, futures=3000, seed=11)
    found = compare(run, other)
    value = found.measures.filter(pl.col("measure") == "enpv").to_dicts()[0]
    assert value["difference"] == pytest.approx(other.measure("enpv")["mean"] - run.measure("enpv")["mean"], rel=1e-9)
    assert value["se"] < 0.5 * value["se_unpaired"]
    assert found.changes["table"].unique().sort().to_list() == ["company", "deals", "prices"]
    steps = found.waterfall
    assert steps["step"].to_list() == ["A", "settings: money", "prices", "deals", "B"]
    assert steps["difference"].sum() == pytest.approx(steps["value"][-1] - steps["value"][0], rel=1e-9)
    assert steps["value"][0] == pytest.approx(run.measure("enpv")["mean"], rel=1e-9)
    assert steps["value"][-1] == pytest.approx(other.measure("enpv")["mean"], rel=1e-9)


def test_comparing_a_run_with_itself_finds_nothing(run: Run) -> None:
    found = compare(run, run)
    assert found.changes.is_empty()
    assert found.measures["difference"].abs().sum() == 0
    assert found.waterfall["step"].to_list() == ["A", "B"]


def test_histogram_quantiles_are_within_the_stated_error() -> None:
    values = bin_values()
    sample = np.random.default_rng(1).lognormal(3.0, 1.5, 20_000) * np.random.default_rng(2).choice([-1, 1], 20_000)
    edges = (values[1:] + values[:-1]) / 2
    counts = np.bincount(np.searchsorted(edges, sample), minlength=len(values))
    found = quantiles(counts, values, (0.1, 0.9))
    exact = np.sort(sample)[[int(0.1 * 20_000) - 1, int(0.9 * 20_000) - 1]]
    np.testing.assert_allclose(found, exact, rtol=1 / 100)


def test_worst_mean_counts_part_of_the_last_future() -> None:
    values = np.arange(30.0)
    assert worst_mean(values, 0.05) == pytest.approx((0 * 1 + 1 * 0.5) / 1.5)
    assert worst_mean(values, 1.0) == pytest.approx(values.mean())
