"""The command line: one file per verb."""

import signal
import sys


def main() -> None:
    """Run the command line."""
    try:
        from echelon.cli.app import make_app

        make_app()(prog_name="echelon")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        # All is done and said; Ctrl-C while the interpreter takes itself down has nothing to stop.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
