"""campaign: its answers for programs and people, its page, and Ctrl-C."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.conftest import process, within
from tests.supply.campaign.build import CAMPAIGNS, small


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(small()))
    return path


def test_programs_get_five_keys_and_nothing_else_on_stdout(instance: Path) -> None:
    done = process("campaign", instance, "--json", "--threads", 2)
    answer = json.loads(done.stdout)
    assert list(answer) == ["objective", "bound", "status", "seconds", "schedule"]
    assert (answer["objective"], answer["bound"], answer["status"]) == (61, 61, "optimal")
    made = sum(row["batches"] for row in answer["schedule"]["campaigns"] if row["step"] == "downstream")
    assert made == 4


def test_people_read_a_table_and_a_page(instance: Path, tmp_path: Path) -> None:
    page = tmp_path / "plan.html"
    done = within("campaign", instance, "--output", page)
    assert done.exit_code == 0, done.stderr
    assert "profit 61, proved optimal" in done.stdout
    assert "▸p" in done.stdout
    text = page.read_text(encoding="utf-8")
    assert "What is made where, and when?" in text
    assert text.count("<svg") == 2


def test_a_page_of_another_kind_is_refused_before_the_search(instance: Path, tmp_path: Path) -> None:
    done = within("campaign", instance, "--output", tmp_path / "plan.pdf")
    assert done.exit_code == 2
    assert "ends in .html" in done.stderr


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = within("campaign", tmp_path / "none.json", "--json")
    assert done.exit_code == 2
    assert "cannot be read" in json.loads(done.stdout)["error"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--run", "none"), "--run needs --year"),
        (("--example", "two-drugs", "--run", "none", "--year", "2028"), "only one of them"),
        (("--example", "two-drugs", "--site", "s"), "go with --run"),
        (("--run", "none", "--year", "2028"), "there is no run here"),
        (("--run", "none", "--year", "2028", "--write", "plan.txt"), "ends in .json"),
    ],
)
def test_a_year_is_asked_for_in_full(words: tuple[str, ...], said: str) -> None:
    done = within("campaign", *words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())


def test_ctrl_c_keeps_the_best(tmp_path: Path) -> None:
    data = json.loads((CAMPAIGNS / "lakhdar2005-1.json").read_text())
    # Three of everything: hours of proof.
    data["sets"] |= {"usp_suites": list("abc"), "dsp_suites": list("xyz"), "periods": 16}
    data["demand_batches"] = {p: [0, 5, 2, 6] * 4 for p in data["sets"]["products"]}
    path = tmp_path / "large.json"
    path.write_text(json.dumps(data))
    command = [sys.executable, "-m", "echelon", "campaign", str(path), "--json", "--threads", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        began = time.monotonic()
        for line in running.stderr:
            if "best" in line or time.monotonic() - began > 60:
                break
        running.send_signal(signal.SIGINT)
        text, _ = running.communicate(timeout=60)
    answer = json.loads(text)
    assert running.returncode == 0
    assert answer["status"] == "stopped"
    assert answer["objective"] <= answer["bound"]
    assert answer["schedule"]["campaigns"]
