"""The command line: one file per verb."""

import sys


def main() -> None:
    """Run the command line."""
    try:
        from echelon.cli.app import make_app

        make_app()(prog_name="echelon")
    except KeyboardInterrupt:
        sys.exit(130)
