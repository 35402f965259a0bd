"""indications, routes, reimbursement: choices weighed in paired futures."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.conftest import within

from echelon.company.read import load
from echelon.runs.indications import indications
from echelon.runs.routes import routes
from echelon.runs.simulate import Order

VERBS = {"indications": ["--asset", "gamma"], "routes": [], "reimbursement": ["--program", "duo-lung"]}
"""Verbs, and what keeps each short."""


@pytest.mark.parametrize("verb", VERBS)
def test_says_the_same_for_programs_whatever_the_threads(everything: Path, verb: str) -> None:
    one, two = (
        within(verb, everything, *VERBS[verb], "--futures", 64, "--threads", count, "--json") for count in (1, 3)
    )
    assert one.exit_code == 0, one.stderr
    assert one.stdout == two.stdout
    said = json.loads(one.stdout)
    assert said["info"]["futures"] == 64
    assert said["page"] is None


def test_json_is_what_the_analysis_found(everything: Path) -> None:
    said = json.loads(within("indications", everything, "--asset", "gamma", "--futures", 64, "--json").stdout)
    found = indications(Order(load(everything), 64, 1), "gamma")
    assert [row["program"] for row in said["indications"]] == found.rows["program"].to_list()
    assert said["indications"][0]["wait"] == found.rows["wait"][0]
    said = json.loads(within("routes", everything, "--on", "2028-01-01", "--futures", 64, "--json").stdout)
    assert {row["on"] for row in said["deals"]} == {"2028-01-01", None}
    same = routes(Order(load(everything), 64, 1))
    assert said["routes"][0]["sales"] == same.rows["sales"][0]


def test_people_read_tables(everything: Path) -> None:
    text = within("indications", everything, "--asset", "gamma", "--futures", 64).stdout
    assert "gamma: 2 candidates" in text
    assert "±" in text
    assert "a year's wait" in text
    text = within("routes", everything, "--futures", 64).stdout
    assert "own less deal ± SE" in text
    assert "Partner" in text
    text = within("reimbursement", everything, "--program", "duo-lung", "--futures", 64).stdout
    assert "duo-lung" in text
    assert "alpha-lung" not in text


@pytest.mark.parametrize("verb", VERBS)
def test_scenario_and_plan_reach_it(everything: Path, verb: str) -> None:
    args = [verb, everything, *VERBS[verb], "--futures", 64, "--seed", 2, "--json"]
    planned = json.loads(within(*args, "--plan", "all", "--scenario", "uncoupled").stdout)
    assert (planned["info"]["plan"], planned["info"]["scenario"], planned["info"]["seed"]) == ("all", "uncoupled", 2)
    plain = json.loads(within(*args).stdout)
    lists = [key for key in planned if isinstance(planned[key], list)]
    assert any(planned[key] != plain[key] for key in lists)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["indications", "--asset", "alfa"], "there is no asset `alfa`"),
        (["routes", "--on", "2020-01-01"], "after the company's day"),
        (["routes", "--on", "soon"], "soon"),
        (["reimbursement", "--program", "none"], "there is no program `none`"),
        (["indications", "--plan", "no"], "there is no plan `no`"),
        (["routes", "--out", "page.pdf"], "ends in .html"),
    ],
)
def test_a_wrong_order_says_what_would_be_right(
    everything: Path, tmp_path: Path, args: list[str], message: str
) -> None:
    done = within(args[0], everything, "--futures", 32, *args[1:])
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("verb", VERBS)
def test_writes_a_page(everything: Path, tmp_path: Path, verb: str) -> None:
    page = tmp_path / "new" / "page.html"
    done = within(verb, everything, *VERBS[verb], "--futures", 64, "--out", page, "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["page"] == str(page)
    text = page.read_text(encoding="utf-8")
    assert f"echelon {verb} COMPANY" in text
    assert "Everything" in text
    assert [path.name for path in page.parent.iterdir()] == ["page.html"]


@pytest.mark.slow
def test_control_c_ends_it_with_nothing_written(everything: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    command = [
        sys.executable,
        "-m",
        "echelon",
        "indications",
        str(everything),
        "--futures",
        "400000",
        "--out",
        str(page),
    ]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(12)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert out == ""
    assert "stopped; nothing was written" in err
    assert "Traceback" not in err
    assert not page.exists()
