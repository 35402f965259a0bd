"""The command line: one file per verb."""

import signal
import sys
from _thread import interrupt_main
from typing import Any

LATER = 0.05
"""Seconds after which a lost interrupt is raised again."""


def main() -> None:
    """Run the command line."""
    sys.unraisablehook = interrupted_later
    try:
        from echelon.cli.app import make_app

        make_app()(prog_name="echelon")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        # All is done and said; Ctrl-C while the interpreter takes itself down has nothing to stop.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def interrupted_later(lost: Any) -> None:
    """Interrupt again where Ctrl-C came while Python could raise nothing, as in a callback of an import.

    lost : what `sys.unraisablehook` is given; all else is told as ever.
    """
    if issubclass(lost.exc_type, KeyboardInterrupt):
        from threading import Timer

        # From beside: what is raised at once would be lost in here as well.
        later = Timer(LATER, interrupt_main)
        later.daemon = True
        later.start()
    else:
        sys.__unraisablehook__(lost)
