"""The table of vaccine candidates: how many there are by platform, subcategory and phase."""

from pathlib import Path
from typing import ClassVar

from echelon.company.csvfile import read_grid
from echelon.company.diagnostics import CompanyError, Log, Place
from echelon.company.grid import make_table
from echelon.company.rows.base import Row, column
from echelon.examples import example


class VaccineRow(Row):
    """Candidates of one subcategory of a platform."""

    table: ClassVar[str] = "vaccines"

    platform: str = column("Platform, such as RNA.", key=True)
    subcategory: str = column("Subcategory of the platform.", key=True)
    preclinical: int = column("Candidates before the clinic.", low=0, high=1000)
    phase1: int = column("Candidates in phase 1.", low=0, high=1000)
    phase2: int = column("Candidates in phase 2.", low=0, high=1000)
    phase3: int = column("Candidates in phase 3.", low=0, high=1000)


def shipped() -> Path:
    """The candidates of 9 September 2020 that come with Echelon."""
    return example("published/paul2010").parent / "vaccine_candidates.csv"


def read_candidates(path: Path) -> tuple[VaccineRow, ...]:
    """Read a table of candidates.

    Raises
    ------
    CompanyError
        If anything is wrong with the file; it carries every message.
    """
    log = Log()
    grid = read_grid(Path(path), log)
    table = make_table(VaccineRow.table, grid, VaccineRow, log) if grid else None
    rows = tuple(row for row in table.rows.values() if isinstance(row, VaccineRow)) if table else ()
    if table is not None and not rows and not log.failed:
        log.wrong(Place(str(path)), "E004", "the table has no rows; there is no candidate to buy capacity for")
    if log.failed:
        raise CompanyError(log.diagnostics())
    return rows
