"""Lock: one process at a time in a run's folder; a killed process leaves no lock behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from echelon.runs.run import RunError

LOCK = ".lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold a run's folder for the time of a block.

    Raises
    ------
    RunError
        If another process holds it.
    """
    try:
        import fcntl
    except ImportError:  # no such locks on this system: two processes in one folder are then the user's care
        yield
        return
    path = folder / LOCK
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            msg = f"{folder}: another process is making this run; wait for it, or stop it"
            raise RunError(msg) from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
