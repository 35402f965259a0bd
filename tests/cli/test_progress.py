"""Progress on stderr, and Ctrl-C while it is shown."""

import os
import signal

import pytest

from echelon.cli.progress import Meter, duration, progress_text


def test_count_rate_and_time_left() -> None:
    assert progress_text(0, 1_000, 0, 0.0, "futures") == "0 of 1,000 futures"
    assert progress_text(500, 1_000, 400, 2.0, "futures") == "500 of 1,000 futures, 200 a second, 2 s left"
    assert progress_text(1_000, 1_000, 1_000, 2.0, "futures") == "1,000 of 1,000 futures, 500 a second"
    assert [duration(seconds) for seconds in (12.4, 600.0, 9_000.0)] == ["12 s", "10 min", "2.5 h"]


def test_ctrl_c_is_answered_at_once_and_the_usual_answer_comes_back(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt), Meter("futures"):
            os.kill(os.getpid(), signal.SIGINT)
        assert capsys.readouterr().err == "stopping\n"
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


def swallowed(meter: Meter) -> None:
    """What a library does that catches everything."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:  # noqa: BLE001 - the point of the test
        meter.after = "caught"


def test_ctrl_c_that_somebody_swallowed_stops_the_work_at_the_next_count() -> None:
    counted: list[int] = []

    def work() -> None:
        with Meter("futures") as meter:
            for i in range(10):
                if i == 3:
                    swallowed(meter)
                meter(i, 10)
                counted.append(i)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            work()
    finally:
        signal.signal(signal.SIGINT, before)
    assert counted == [0, 1, 2]
