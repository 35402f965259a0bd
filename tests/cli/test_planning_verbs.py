"""Planning verbs: trials under shared resources, vaccine capacity at risk."""

import json
from functools import partial
from pathlib import Path

import pytest
from tests.cli.conftest import within

import echelon
from echelon.plans import trials

PUBLISHED = echelon.example("published/paul2010").parent / "trials.csv"


def test_trials_for_programs() -> None:
    done = within("trials", PUBLISHED, "--instance", "modeldata3", "--json")
    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert set(said) >= {"instance", "enpv", "bound", "method", "seconds", "first_starts"}
    assert (said["instance"], said["method"], said["first_starts"]) == ("modeldata3", "exact", ["Drug1"])
    assert said["enpv"] == said["bound"] == pytest.approx(1189.8578, abs=5e-5)
    assert said["gap"] == 0.0


def test_every_problem_of_a_file() -> None:
    text = within("trials", PUBLISHED).stdout
    assert all(name in text for name in ("modeldata_4", "modeldata3short", "1,696.8515", "65.4573"))


def test_the_planner_shows_both_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "solve", partial(trials.solve, moves=5))
    text = within("trials", PUBLISHED, "--instance", "modeldatac", "--method", "planner").stdout
    assert "planner" in text
    assert "in the search" in text
    assert "over all outcomes" in text


@pytest.mark.parametrize(
    ("extra", "wanted"),
    [
        (["--instance", "nothing"], "it has: modeldata, modeldata3"),
        (["--method", "guess"], "one of auto, exact, planner"),
    ],
)
def test_what_cannot_be_done_is_said(extra: list[str], wanted: str) -> None:
    done = within("trials", PUBLISHED, *extra)
    assert done.exit_code == 2
    assert wanted in done.stderr


def test_a_broken_file_ends_with_2_and_its_place(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    text = PUBLISHED.read_text(encoding="utf-8")
    file.write_text(text.replace("modeldata,Drug1,1,10.0,2,0.3", "modeldata,Drug1,1,10.0,2,3"), encoding="utf-8")
    done = within("trials", file)
    assert done.exit_code == 2
    assert "t.csv:2:26: E104" in done.stderr
    assert within("trials", tmp_path / "none.csv").exit_code == 2


PERU = ("--population", "31.99", "--gdp", "6.71", "--high-risk", "0.131", "--loss", "0.269", "--price", "10")


def test_vaccines() -> None:
    said = json.loads(within("vaccines", *PERU, "--json").stdout)
    assert [round(one["net"], 6) for one in said["published_search"]] == [1.460368, 3.018579, 3.028222]
    assert said["net"] > 3.0285
    assert sum(one["capacity"] for one in said["candidates"]) == pytest.approx(said["total"])
    assert "3.028222" in within("vaccines", *PERU, "--published-only").stdout
    wrong = within("vaccines", *PERU[:-1], "0")
    assert wrong.exit_code == 2
    assert "--price must be between" in wrong.stderr
