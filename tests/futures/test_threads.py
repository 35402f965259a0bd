"""Threads: results in order, whatever happens to a worker, and Ctrl-C at any moment."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from echelon.futures.threads import in_order, interrupts_put_off

AT_EVERY_LOCK = """
import signal, threading
from echelon.futures.threads import in_order

taken, main = threading.Condition.__enter__, threading.get_ident()
count = 0

def take(self):
    # Ctrl-C at the worst moment: a lock is taken, and what gives it back is not yet in charge.
    global count
    result = taken(self)
    if threading.get_ident() == main:
        count -= 1
        if count == 0:
            signal.raise_signal(signal.SIGINT)
    return result

threading.Condition.__enter__ = take
stopped = 0
for at in range(1, 60):
    count = at
    try:
        for _ in in_order(lambda worker, item: item, [0, 1], range(40)):
            pass
    except KeyboardInterrupt:
        stopped += 1
print("never stuck", stopped > 30)
"""


@pytest.fixture
def answered() -> Iterator[list[int]]:
    """Ctrl-C is noted, then raised."""
    told: list[int] = []

    def answer(number: int, frame: object) -> None:
        del frame
        told.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, answer)
    yield told
    signal.signal(signal.SIGINT, before)


def test_results_come_in_order_and_each_worker_does_one_thing_at_a_time() -> None:
    busy: set[int] = set()

    def work(worker: int, item: int) -> int:
        assert worker not in busy
        busy.add(worker)
        time.sleep(0.001 * (item % 3))
        busy.discard(worker)
        return item * item

    assert list(in_order(work, [0, 1, 2], range(60))) == [item * item for item in range(60)]
    assert list(in_order(work, [0], [])) == []


def test_a_failure_of_a_worker_is_raised_and_the_rest_is_not_done() -> None:
    seen: list[int] = []

    def work(worker: int, item: int) -> int:
        del worker
        seen.append(item)
        if item == 3:
            raise ValueError(item)
        return item

    with pytest.raises(ValueError, match="3"):
        list(in_order(work, [0, 1], range(1_000)))
    assert len(seen) < 20


def test_who_reads_no_further_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    results = in_order(lambda worker, item: item, [0, 1], range(1_000))
    assert next(results) == 0
    results.close()
    assert threading.active_count() == before


def test_ctrl_c_is_answered_at_once_and_raised_at_the_end_of_the_block(answered: list[int]) -> None:
    steps: list[str] = []

    def interrupted() -> None:
        with interrupts_put_off():
            os.kill(os.getpid(), signal.SIGINT)
            steps.append(f"answered {len(answered)}")
        steps.append("after")

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert steps == ["answered 1"]
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
    assert answered == [signal.SIGINT] * 2


def test_ctrl_c_that_is_ignored_stays_ignored_and_other_threads_put_nothing_off(answered: list[int]) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    with interrupts_put_off():
        os.kill(os.getpid(), signal.SIGINT)
    signal.signal(signal.SIGINT, before)
    handlers: list[object] = []

    def elsewhere() -> None:
        with interrupts_put_off():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert handlers == [before]
    assert answered == []


def test_ctrl_c_at_any_moment_never_leaves_it_stuck() -> None:
    command = [sys.executable, "-c", AT_EVERY_LOCK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "never stuck True\n", done.stderr
