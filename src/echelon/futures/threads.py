"""Threads: work shared out over workers, its results in order, and Ctrl-C that never leaves a lock taken."""

import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

W = TypeVar("W")
T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2
"""Items a worker has been given and that nobody has taken yet, so that none waits for the reader."""


def in_order(work: Callable[[W, T], R], workers: Sequence[W], items: Sequence[T]) -> Generator[R, None, None]:
    """Results of `work(worker, item)` in the order of the items, each worker doing one item at a time.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, once what is under way has ended.
    """
    idle = list(workers)
    waiting: deque[Future[R]] = deque()
    left = iter(items)

    def task(item: T) -> R:
        worker = idle.pop()
        try:
            return work(worker, item)
        finally:
            idle.append(worker)

    pool = ThreadPoolExecutor(len(idle))
    try:
        while True:
            with interrupts_put_off():
                waiting.extend(pool.submit(task, item) for item in islice(left, AHEAD * len(workers) - len(waiting)))
                if not waiting:
                    break
                result = waiting.popleft().result()
            yield result
    finally:
        with interrupts_put_off():
            pool.shutdown(cancel_futures=True)


@contextmanager
def interrupts_put_off() -> Iterator[None]:
    """Raise what Ctrl-C raises at the end of the block; whoever answers it is told at once.

    Raised in the middle of the waiting for a thread, it can leave a lock taken that the thread needs to end.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    asked: list[BaseException] = []

    def later(number: int, frame: Any) -> None:
        try:
            before(number, frame)
        except BaseException as error:  # noqa: BLE001 - it is raised at the end of the block
            asked.append(error)

    signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise asked[0]
