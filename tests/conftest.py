"""What every test runs under, whoever starts it and from where."""

import os
import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def same_everywhere() -> Iterator[None]:
    """No width of a terminal; and processes that tests start hear Ctrl-C, also under a shell that ignores it."""
    columns = os.environ.pop("COLUMNS", None)
    heard = signal.getsignal(signal.SIGINT)
    if heard is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, heard)
    if columns is not None:
        os.environ["COLUMNS"] = columns
