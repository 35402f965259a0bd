"""Lets `python -m echelon` stand for the command `echelon`."""

from echelon.cli import main

if __name__ == "__main__":
    main()
