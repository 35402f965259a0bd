"""The load test judges rightly: what a screen was told counts once it is whole; what is wrong or missing is said."""

import json

import pytest
from benchmarks.readiness_callers import Case
from benchmarks.readiness_screens import Screen, Told

from benchmarks import readiness_load


def event(seq):
    return f'id: 1-{seq}\nevent: record\ndata: {{"seq": {seq}, "words": "x\\nid: 1-99"}}\n\n'.encode()


def screen(told):
    made = Screen(1, "token", told)
    made.data_received(b"HTTP/1.1 200 OK\r\n\r\n1a\r\nretry: 1000\n\n\r\n")
    return made


def test_an_event_counts_once_its_blank_line_has_come():
    told = Told()
    one = screen(told)
    assert one.open.is_set()
    whole = b"40\r\n" + event(5) + event(6) + b"\r\n"
    for at in range(0, len(whole), 7):
        one.data_received(whole[at : at + 7])
    assert (told.seqs, one.last, one.wrong) == ([5, 6], "1-6", 0)
    one.data_received(b"20\r\n" + event(7)[:-1])
    assert one.last == "1-6"
    one.data_received(b"\n\r\n")
    assert one.last == "1-7"


@pytest.mark.parametrize(("seqs", "wrong"), [((5, 6, 7), 0), ((5, 7), 1), ((5, 7, 6), 1), ((5, 5, 6), 1), ((6, 7), 1)])
def test_a_screen_that_misses_repeats_or_swaps_is_wrong(seqs, wrong):
    told = Told()
    right, other = screen(told), screen(told)
    for number in (5, 6, 7):
        right.data_received(b"40\r\n" + event(number) + b"\r\n")
    for number in seqs:
        other.data_received(b"40\r\n" + event(number) + b"\r\n")
    assert min(other.wrong, 1) == wrong


ROW = {
    "case": "ten times", "listeners": 1500, "items": 3000, "actions": 24000, "p50": 0.02, "p95": 0.25, "max": 1.5,
    "seen": 0.6, "lost": 0, "twice": 0, "wrong_screens": 0, "events": 36_000_000, "reconnected": 0, "retried": 0,
    "kills": 0, "findings": [], "seconds": 600.0, "cpu": 120.0, "memory": 240.0,
}  # fmt: skip


def test_the_page_says_what_was_measured_and_what_was_not():
    page = readiness_load.page(
        [ROW, ROW | {"kills": 20, "findings": ["entry 3: changed"]}], "full", ["x (interrupted)"]
    )
    assert "| ten times | 1,500 | 3,000 | 24,000 | 600 | 20 | 250 | 1,500 | 600 | 36,000,000 | 0 |" in page
    assert "Not finished: x (interrupted)." in page
    assert "entry 3: changed" in page


@pytest.fixture
def cases(monkeypatch, tmp_path):
    monkeypatch.setattr(readiness_load, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(readiness_load, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(readiness_load, "CASES", {"full": (Case("one", 1, 1, 1), Case("two", 1, 1, 1))})
    monkeypatch.setattr("sys.argv", ["readiness_load"])
    return tmp_path


def test_a_load_that_was_interrupted_goes_on_after_what_has_run(cases, monkeypatch):
    ran = []

    async def run(case, folder):
        ran.append(case.name)
        if ran == ["one", "two"]:
            raise KeyboardInterrupt
        return ROW | {"case": case.name}

    monkeypatch.setattr(readiness_load, "run", run)
    assert readiness_load.main() == 1
    assert "Not finished: two (interrupted)." in (cases / "page.md").read_text()
    assert readiness_load.main() == 0
    assert ran == ["one", "two", "two"]
    page = (cases / "page.md").read_text()
    assert "| one |" in page
    assert "| two |" in page
    assert "Not finished" not in page


@pytest.mark.parametrize("wrong", [{"lost": 1}, {"twice": 1}, {"wrong_screens": 2}, {"findings": ["x"]}])
def test_what_is_lost_or_out_of_order_fails_the_run(cases, monkeypatch, wrong, capsys):
    async def run(case, folder):
        return ROW | wrong

    monkeypatch.setattr(readiness_load, "run", run)
    assert readiness_load.main() == 1
    assert json.loads(capsys.readouterr().out.splitlines()[0])["case"] == "ten times"
