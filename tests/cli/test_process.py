"""The command as a process: streams, exit status, colours, start-up, and being stopped."""

import json
import os
import pty
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from tests.cli.conftest import process, within

import echelon
from echelon.runs.run import TABLES, read_info

ROOT = Path(__file__).parents[2]
LONG = 200_000
"""Futures of a run that is to be stopped: six ranges, so that it is stopped in the middle."""


def start(*args: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "echelon", *(str(arg) for arg in args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_progress(running: subprocess.Popen[str], folder: Path) -> int:
    """Wait until a run has kept something; how much."""
    for _ in range(1_200):
        if running.poll() is not None:
            pytest.fail(f"the run ended by itself: {running.stderr.read() if running.stderr else ''}")
        if (folder / "run.json").exists() and (done := read_info(folder)["done"]) > 0:
            return int(done)
        time.sleep(0.05)
    running.kill()
    pytest.fail("the run kept nothing in a minute")


@pytest.fixture(scope="module")
def whole(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert process("run", company, "--futures", LONG, "--seed", 9, "--out", folder).returncode == 0
    return folder


def same_results(a: Path, b: Path) -> None:
    for name in TABLES:
        assert_frame_equal(
            pl.read_parquet(a / f"{name}.parquet"), pl.read_parquet(b / f"{name}.parquet"), check_exact=True
        )


@pytest.mark.slow
def test_control_c_says_how_to_go_on_and_resuming_ends_as_if_never_stopped(
    company: Path, whole: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    running = start("run", company, "--futures", LONG, "--seed", 9, "--out", folder)
    wait_for_progress(running, folder)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=120)
    assert running.returncode == 130
    assert out == ""
    assert f"echelon run --resume {folder}" in err
    assert "Traceback" not in err
    info = read_info(folder)
    assert info["status"] == "stopped"
    assert 0 < info["done"] < LONG
    refused = within("export", folder, "--xlsx", tmp_path / "x.xlsx")
    assert refused.exit_code == 2
    assert "echelon run --resume" in refused.stderr
    resumed = process("run", "--resume", folder, "--threads", 1)
    assert resumed.returncode == 0, resumed.stderr
    same_results(folder, whole)


LOST = """
import sys, time, weakref
from echelon.cli import interrupted_later
class Thing: pass
def callback(_): raise KeyboardInterrupt
{hook}
thing = Thing()
kept = weakref.ref(thing, callback)
try:
    del thing
    time.sleep(0.2)
    print("went on")
except KeyboardInterrupt:
    print("stopped")
"""


def test_control_c_that_falls_into_a_callback_is_not_lost() -> None:
    def said(hook: str) -> tuple[str, str]:
        command = [sys.executable, "-c", LOST.format(hook=hook)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip(), done.stderr

    assert said("sys.unraisablehook = interrupted_later") == ("stopped", "")
    assert said("")[0] == "went on"  # so Python left to itself


@pytest.mark.slow
def test_kill_loses_nothing_that_cannot_be_made_again(company: Path, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    running = start("run", company, "--futures", LONG, "--seed", 9, "--out", folder, "--threads", 1)
    wait_for_progress(running, folder)
    running.kill()
    running.communicate(timeout=60)
    assert running.returncode == -signal.SIGKILL
    assert read_info(folder)["status"] == "running"
    again = start("run", "--resume", folder)
    time.sleep(1.5)
    again.kill()
    again.communicate(timeout=60)
    resumed = process("run", "--resume", folder, "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout)["info"]["done"] == LONG
    same_results(folder, whole)
    assert not (folder / "checkpoint").exists()


def test_results_on_stdout_and_logs_on_stderr(company: Path, tmp_path: Path) -> None:
    done = process("run", company, "--futures", 300, "--out", tmp_path / "r", "--json")
    assert done.returncode == 0
    json.loads(done.stdout)
    wrong = process("run", tmp_path / "no")
    assert wrong.returncode == 2
    assert wrong.stdout == ""
    assert "E001" in wrong.stderr
    assert "Traceback" not in wrong.stderr


def test_no_colours_in_a_pipe() -> None:
    for verb in ("examples", "doctor", "--help"):
        assert "\x1b" not in process(verb, FORCE_COLOR="").stdout


def on_terminal(*args: str, **settings: str) -> str:
    """What a process prints on a terminal."""
    leader, follower = pty.openpty()
    env = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    command = [sys.executable, "-m", "echelon", *args]
    running = subprocess.Popen(
        command, stdout=follower, stderr=follower, env=env | {"TERM": "xterm-256color"} | settings
    )
    os.close(follower)
    parts = []
    while True:
        try:
            part = os.read(leader, 65_536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(leader)
    assert running.wait(timeout=60) == 0
    return b"".join(parts).decode()


def test_a_terminal_sees_progress_and_no_color_is_respected(company: Path, tmp_path: Path) -> None:
    args = ("run", str(company), "--futures", "3000", "--out")
    colours = re.compile(r"\x1b\[[0-9;]*3[0-9]")
    assert colours.search(on_terminal(*args, str(tmp_path / "a")))
    assert not colours.search(on_terminal(*args, str(tmp_path / "b"), NO_COLOR="1"))


def test_a_reader_who_has_seen_enough_ends_it_quietly() -> None:
    command = f"{sys.executable} -m echelon explain {echelon.example('top_alliance')} | head -n 2"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_a_full_disk_is_told_in_words() -> None:
    command = f"{sys.executable} -m echelon examples > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.strip() == "error: no space left on device"


def test_help_starts_at_once() -> None:
    times = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = process("--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert "verify" in done.stdout
    assert min(times) < 0.3


def test_nothing_heavy_is_imported_before_a_verb_needs_it() -> None:
    code = "import sys, echelon, echelon.cli.app as a; a.make_app(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "polars", "numba", "altair", "scipy", "jinja2"} & set(done.stdout.split())


def test_a_mistake_of_our_own_shows_no_traceback_unless_asked(company: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from echelon.company import read

    def fail(path: Path) -> None:
        message = "something odd"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(read, "read", fail)
    done = within("check", company)
    assert done.exit_code == 1
    assert "ZeroDivisionError: something odd" in done.stderr
    assert "Traceback" not in done.stderr
    monkeypatch.setenv("ECHELON_TRACEBACK", "1")
    assert isinstance(within("check", company).exception, ZeroDivisionError)


def test_every_key_for_programs_is_documented(company: Path, everything: Path, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    sections = {part.split("\n")[0]: part for part in page.split("\n## ")[1:]}
    assert within("run", company, "--futures", 200, "--out", tmp_path / "r").exit_code == 0
    verbs = {
        "check": ["check", echelon.example("top_alliance")],
        "explain": ["explain", company],
        "run, demo": ["run", "--resume", tmp_path / "r"],
        "compare": ["compare", tmp_path / "r", tmp_path / "r"],
        "indications": ["indications", everything, "--asset", "gamma", "--futures", 64],
        "routes": ["routes", everything, "--futures", 64],
        "reimbursement": ["reimbursement", everything, "--program", "duo-lung", "--futures", 64],
        "export": ["export", tmp_path / "r", "--xlsx", tmp_path / "r.xlsx"],
        "examples": ["examples"],
        "doctor": ["doctor"],
        "init": ["init", tmp_path / "new"],
    }
    for section, args in verbs.items():
        said = json.loads(within(*args, "--json").stdout)
        named = set(re.findall(r"`(\w+)`", sections[section]))
        for item in [said] if isinstance(said, dict) else said:
            assert set(item) <= named, section
            for key, inner in item.items():
                first = inner[0] if isinstance(inner, list) and inner else inner if key == "info" else None
                if isinstance(first, dict):
                    quantiles = {name for name in first if re.fullmatch(r"q\d\d", name)}
                    assert set(first) - quantiles <= named, (section, key)


def test_version_and_unknown_verbs() -> None:
    assert within("--version").stdout == f"echelon {echelon.__version__}\n"
    done = within("simulate")
    assert done.exit_code == 2
    assert "simulate" in done.stderr
