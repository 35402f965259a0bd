"""`echelon decide`: a plan written, read back and run; what cannot be done is said."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import within
from tests.support.pockets import Pocket, pockets

from echelon.company.read import load
from echelon.company.rows.choosing import Option
from echelon.company.rows.money import Resource
from echelon.company.write import write_company, write_workbook
from echelon.plans import deciding
from echelon.plans.lives import Lives
from echelon.plans.screening import Screen
from echelon.plans.searching import Searched

QUICK = ("--effort", "4000", "--judged", "512")
PROGRAMS = (Pocket(0.6, 40.0, 120.0), Pocket(0.2, 60.0, 60.0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_company(pockets(PROGRAMS), tmp_path / "company")
    return tmp_path / "company"


def test_a_plan_is_written_and_runs(folder: Path) -> None:
    done = within("decide", folder, *QUICK)
    assert done.exit_code == 0
    assert "do nothing" in done.stdout
    assert "it was fitted to these" in done.stdout
    plan = load(folder).plans["decided"]
    assert ("stop", "p1") in {(row.action, row.target) for row in plan}
    assert all(row.note.endswith("same futures") for row in plan)
    assert "what they are worth" in done.stdout
    assert within("run", folder, "--plan", "decided", "--futures", "64", "--out", folder.parent / "run").exit_code == 0


def test_for_programs(folder: Path) -> None:
    said = json.loads(within("decide", folder, *QUICK, "--json", "--tail", "0.5", "--by", "2032").stdout)
    assert said["objective"]["tail"] == 0.5
    assert said["objective"]["launches_by"] == 2032
    assert [one["name"] for one in said["judged"]] == [
        "the found plan",
        "as it stands",
        "do nothing",
        "fund everything",
    ]
    assert Path(said["file"]).exists()
    assert {one["target"]: one["taken"] for one in said["why"]["reasons"]}["p1"] == "stop"
    assert {one["path"] for one in said["frontier"]["points"]} == {"tail", "launches", "cash"}
    assert {one["program"] for one in said["information"]["rows"]} == {"p0", "p1"}
    assert len(said["firm"]["rows"]) == 2
    assert said["page"] is None


def test_a_page_and_a_quick_one(folder: Path) -> None:
    page = folder.parent / "page.html"
    said = json.loads(within("decide", folder, *QUICK, "--json", "--quick", "--out", page).stdout)
    assert (said["frontier"], said["information"], said["firm"]) == (None, None, None)
    short = page.read_text(encoding="utf-8")
    assert within("decide", folder, *QUICK, "--replace", "--tail", "0.25", "--out", page).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "What would it be worth to know an outcome first?" in text
    assert "What would it be worth to know an outcome first?" not in short
    assert "--effort 4000 --judged 512 --seed 1 --tail 0.25 --out PAGE.html" in text
    assert within("decide", folder, *QUICK, "--replace", "--out", folder / "page.txt").exit_code == 2


def test_nothing_is_written_over_unasked(folder: Path) -> None:
    (folder / "plans").mkdir()
    mine = folder / "plans" / "decided.csv"
    mine.write_text("action,target\nfund,p0\n")
    done = within("decide", folder, *QUICK)
    assert (done.exit_code, mine.read_text()) == (2, "action,target\nfund,p0\n")
    assert "--replace" in done.stderr
    assert within("decide", folder, *QUICK, "--replace").exit_code == 0
    assert mine.read_text() != "action,target\nfund,p0\n"


def test_a_workbook_needs_a_file(tmp_path: Path) -> None:
    book = tmp_path / "company.xlsx"
    write_workbook(pockets(PROGRAMS), book)
    done = within("decide", book, *QUICK)
    assert done.exit_code == 2
    assert "--file" in done.stderr
    assert within("decide", book, *QUICK, "--file", tmp_path / "found.csv").exit_code == 0
    assert (tmp_path / "found.csv").read_text().startswith("action,target")


def test_limits_that_cannot_hold_are_named(folder: Path) -> None:
    rows = [Option(action="start", target="p0", rule="must"), Resource(resource="rd_budget", year=2026, amount=5.0)]
    write_company(pockets(PROGRAMS, rows), folder)
    done = within("decide", folder, *QUICK)
    assert done.exit_code == 2
    assert "2026: must-haves need 20, limit 5" in done.stderr
    assert not (folder / "plans").exists()


def test_launches_by_a_year_outside_the_horizon(folder: Path) -> None:
    done = within("decide", folder, "--launches", "1", "--by", "2090")
    assert done.exit_code == 2
    assert "--by 2090 lies outside the horizon" in done.stderr
    assert "2026 to 2035" in done.stderr
    assert not (folder / "plans").exists()


def test_a_stopped_search_shows_its_best_and_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(lives: Lives, screened: Screen, starts: list[tuple[int, ...]], *rest: object) -> Searched:
        return Searched(starts[0], 1.0, 256, tried=1, taken=0, lived=256, stopped=True)

    monkeypatch.setattr(deciding, "search", stopped)
    done = within("decide", folder, *QUICK)
    assert done.exit_code == 130
    assert "stopped before its end" in done.stdout
    assert load(folder).plans["decided"]
    done = within("decide", folder, *QUICK, "--json", "--replace")
    assert done.exit_code == 130
    answer = json.loads(done.stdout)
    assert answer["stopped"]
    assert answer["frontier"] is None


def test_stopped_before_the_search_the_best_that_needs_none_is_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*rest: object) -> Screen:
        raise KeyboardInterrupt

    monkeypatch.setattr(deciding, "screen", stopped)
    done = within("decide", folder, *QUICK)
    assert done.exit_code == 130
    assert f"the best plan so far is in {folder / 'plans' / 'decided.csv'}" in done.stderr.replace("\n", "")
    assert "decided" in load(folder).plans
    monkeypatch.setattr(deciding, "feasible", stopped)
    done = within("decide", folder, *QUICK, "--name", "other")
    assert done.exit_code == 130
    assert "stopped before there was a plan" in done.stderr
    assert not (folder / "plans" / "other.csv").exists()


def test_a_plan_that_is_not_there(folder: Path) -> None:
    done = within("decide", folder, *QUICK, "--plan", "none")
    assert done.exit_code == 2
    assert "no plan `none`" in done.stderr
