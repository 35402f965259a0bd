"""echelon backtest: both shipped companies, any other, and every wrong order told without a traceback."""

import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest
from tests.cli.conftest import within

import echelon

ROOT = Path(__file__).parents[2]
FEW = ("--futures", 64)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    shutil.copytree(echelon.example("top_alliance_2018"), folder)
    return folder


def test_without_a_company_it_does_both_shipped_ones(tmp_path: Path) -> None:
    done = within("backtest", *FEW, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    for word in ("2018-12-31", "2021-12-31", "approval", "listing", "sales", "in 80 %", "skill", "js001"):
        assert word in done.stdout
    assert "Traceback" not in done.stderr
    page = (tmp_path / "out" / "backtest.html").read_text(encoding="utf-8")
    assert "Tested against what came" in page
    scores = pl.read_parquet(tmp_path / "out" / "scores.parquet")
    assert set(scores["company"]) == {"2018-12-31", "2021-12-31"}
    assert {path.name for path in (tmp_path / "out").glob("*.csv")} == {
        f"{name}.csv" for name in ("scores", "chances", "summary", "calibration", "pit", "unforeseen")
    }


def test_a_company_of_ones_own_with_its_outcomes(mine: Path, tmp_path: Path) -> None:
    table = tmp_path / "what.csv"
    table.write_text("kind,asset,territory,year,amount\nsales,js001,cn,2020,900\n")
    done = within("backtest", mine, "--outcomes", table, *FEW, "--seed", 5, "--json")
    said = json.loads(done.stdout)
    assert (said["info"]["futures"], said["info"]["seed"]) == (64, 5)
    assert [(row["kind"], row["year"], row["amount"]) for row in said["scores"]] == [("sales", 2020, 900.0)]
    assert said["files"] == []
    beside = json.loads(within("backtest", mine, *FEW, "--json").stdout)
    assert len(beside["scores"]) == 49


def test_every_key_for_programs_is_documented(mine: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    part = next(part for part in page.split("\n## ") if part.startswith("backtest\n"))
    named = set(re.findall(r"`(\w+)`", part))
    said = json.loads(within("backtest", mine, *FEW, "--out", tmp_path / "o", "--json").stdout)
    assert set(said) <= named
    assert set(said["info"]) | set(said["info"]["companies"][0]) <= named
    for name in ("scores", "chances", "summary", "calibration", "pit"):
        assert {key for key in said[name][0] if not re.fullmatch(r"q\d\d", key)} <= named, name


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nowhere"], "E001 there is no such folder or workbook"),
        (["--outcomes", "x.csv"], "--outcomes needs the company that they belong to"),
        (["{mine}", "--outcomes", "nothing.csv"], "nothing.csv: E001 there is no such table of outcomes"),
        (["{mine}", "--outcomes", "{mine}"], "E001 there is no such table of outcomes"),
        (["{mine}", "--outcomes", "{mine}/filings.csv"], "E012 the table has no column `kind`"),
        (["{mine}", "--outcomes", "{mine}/company.toml"], "E0"),
        (["{mine}", "--futures", "1"], "futures"),
        (["{mine}", "--futures", "some"], "futures"),
        (["{mine}", "--seed", "-1"], "seed"),
        (["{mine}", "--out", "{mine}/filings.csv"], "is a file, not a folder"),
        (["{mine}", "more"], "more"),
    ],
)
def test_a_wrong_order_is_told_and_writes_nothing(mine: Path, tmp_path: Path, args: list[str], message: str) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = within("backtest", *(arg.replace("{mine}", str(mine)) for arg in args))
    assert done.exit_code == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_a_broken_company_and_a_missing_table_are_told(mine: Path) -> None:
    (mine / "backtest" / "outcomes.csv").unlink()
    done = within("backtest", mine, *FEW)
    assert done.exit_code == 2
    assert "outcomes.csv: E001 there is no such table of outcomes" in done.stderr
    assert "stand in backtest/outcomes.csv of its folder" in done.stderr
    text = (mine / "programs.csv").read_text().replace("phase3", "phase33")
    (mine / "programs.csv").write_text(text)
    said = within("backtest", mine, *FEW, "--json")
    assert said.exit_code == 2
    assert json.loads(said.stdout)["diagnostics"][0]["code"] == "E204"


def test_outcomes_of_what_the_company_does_not_file_are_named(mine: Path, tmp_path: Path) -> None:
    table = tmp_path / "what.csv"
    table.write_text(
        "kind,program,territory,happened,until\n"
        "approval,js001-melanoma-2l,cn,,2025-09-30\n"
        "listing,ubp1211-first,cn,2020-01-01,2025-09-30\n"
    )
    done = within("backtest", mine, "--outcomes", table, *FEW, "--out", tmp_path / "o")
    assert done.exit_code == 0, done.stderr
    assert "not scored: approval of js001-melanoma-2l in cn after 2018-12-31" in done.stdout
    assert "not scored: listing of ubp1211-first in cn" in done.stdout
