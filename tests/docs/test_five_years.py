"""The page of the five-year plan: what it says to type runs, and what it tells of Top Alliance is found again."""

import re
from pathlib import Path

import polars as pl
import pytest
from tests.docs.test_docs import agrees, run, steps

import echelon
from echelon.plans.five_years import five_years
from echelon.runs.simulate import Order

PAGE = Path(__file__).parents[2] / "docs/five-years.md"
COUNTED = {
    "clinical stages started": "trials",
    "of those read out, passed": "positive",
    "programs launched for the first time": "first_launch",
}
FUTURES = 1_024


def test_what_the_page_says_to_type_runs(tmp_path: Path) -> None:
    found = steps(PAGE.read_text(encoding="utf-8"))
    assert len(found) >= 4
    for step in found:
        if step.language == "csv":
            (tmp_path / step.wanted).parent.mkdir(exist_ok=True)
            (tmp_path / step.wanted).write_text(step.text, encoding="utf-8")
            continue
        done = run(step, tmp_path)
        assert done.returncode == 0, f"{step.text}\n{done.stdout}\n{done.stderr}"
        assert agrees(step.wanted, done.stdout), f"{step.text}\n{done.stdout}"


@pytest.mark.slow
def test_what_it_tells_of_top_alliance_is_found_on_other_futures() -> None:
    text = PAGE.read_text(encoding="utf-8")
    lines = {row[0]: row[1:] for row in ([c.strip() for c in x.strip("|").split("|")] for x in text.splitlines())}
    found = five_years(Order(echelon.load(echelon.example("top_alliance")), FUTURES, 7, plan="base"), threads=2)
    mine = found.counts.filter(pl.col("plan") == "base")
    for words, kind in COUNTED.items():
        rows = mine.filter(pl.col("what") == kind).to_dicts()
        for cell, row in zip(lines[words], rows, strict=True):
            told = float(cell.split(" ")[0])
            # Other futures, a quarter as many, and a printed unit of rounding.
            assert abs(told - row["mean"]) < 5.0 * 1.5 * row["se"] + 0.05, (words, row["year"])
    net = found.money.filter((pl.col("plan") == "base") & (pl.col("what") == "net")).to_dicts()
    for cell, row in zip(lines["net cash flow"], net, strict=True):
        assert abs(float(cell) * 1000 - row["mean"]) < 5.0 * 1.5 * row["se"] + 5.0
    said = re.search(r"is worth ([\d.]+) ± ([\d.]+) billion, ([\d.]+) ± ([\d.]+) more", text)
    assert said is not None
    value, nothing = found.values.row(0, named=True), found.differences.row(0, named=True)
    for told_mean, told_se, mean, se in (
        (said[1], said[2], value["enpv"], value["se"]),
        (said[3], said[4], nothing["mean"], nothing["se"]),
    ):
        assert abs(float(told_mean) * 1000 - mean) < 5.0 * (float(told_se) * 1000 + se)
