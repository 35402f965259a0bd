"""How far a run is, on stderr: a bar on a terminal, a line now and then elsewhere; and Ctrl-C, answered at once."""

import signal
import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from echelon.cli.output import console, say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

LINE_SECONDS = 5.0


class Meter:
    """Shows progress as it is called with (done, all); a context manager, so that a bar never outlives its work.

    Ctrl-C is answered at once, since what is under way (a block, or the compiler) may take a while to end. Where
    nobody passed on what it raised, it is raised again at the next count.

    Parameters
    ----------
    what : what is counted, such as "futures".
    before, after : what is going on before the first count and after the last.
    """

    def __init__(self, what: str, before: str = "preparing", after: str = "adding up") -> None:
        self.what, self.before, self.after = what, before, after
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._from: tuple[float, int] | None = None
        self._said = time.monotonic()
        self._stopping = False
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._stop)
        if sys.stderr.isatty():
            from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[text]}"),
            )
            self._bar = Progress(*columns, console=console(stderr=True), transient=True)
            self._task = self._bar.add_task(self.before, total=None, text="")
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._before is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._before)
        if self._bar is not None:
            self._bar.stop()

    def _stop(self, *_: object) -> None:
        say("stopping")
        self._stopping = True
        raise KeyboardInterrupt

    def __call__(self, done: int, total: int) -> None:
        """Take note that `done` of `total` are done."""
        if self._stopping:
            raise KeyboardInterrupt
        now = time.monotonic()
        began, first = self._from = self._from or (now, done)
        text = progress_text(done, total, done - first, now - began, self.what)
        if self._bar is not None and self._task is not None:
            doing = self.after if done == total else "simulating"
            self._bar.update(self._task, completed=done, total=total, description=doing, text=text)
        elif now - self._said >= LINE_SECONDS and done < total:
            say(text)
            self._said = now


def progress_text(done: int, total: int, fresh: int, seconds: float, what: str) -> str:
    """Count, rate and time left; the last two once there is something to go by."""
    text = f"{done:,} of {total:,} {what}"
    if fresh > 0 and seconds > 0:
        rate = fresh / seconds
        text += f", {rate:,.0f} a second"
        if done < total:
            text += f", {duration((total - done) / rate)} left"
    return text


def duration(seconds: float) -> str:
    """A time span for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
