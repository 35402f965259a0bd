"""Outcomes: what happened after a company's day, as a table read like the company's own."""

from datetime import date
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import model_validator

from echelon.company.company import Company
from echelon.company.csvfile import read_grid
from echelon.company.diagnostics import CompanyError, Log, Place, nearest
from echelon.company.grid import Table, make_table
from echelon.company.rows.base import ColumnError, Row, Slug, column

BESIDE = Path("backtest") / "outcomes.csv"
"""Where a company's folder keeps what happened to it."""


class Outcome(Row):
    """Something that happened after the company's day, or had not by a known day."""

    table: ClassVar[str] = "outcomes"

    kind: Literal["approval", "listing", "sales"] = column("What is told.", key=True)
    program: str = column("Program, for an approval or a listing.", default="", key=True, ref="programs")
    asset: str = column("Molecule, for sales.", default="", key=True, ref="assets")
    territory: Slug = column("Territory.", key=True, ref="territories")
    year: int | None = column("Calendar year, for sales.", default=None, key=True, low=1950, high=2150)
    happened: date | None = column("Day of it; blank means not by `until`.", default=None)
    until: date | None = column("Last day on which it is known whether it had happened.", default=None)
    amount: float | None = column(
        "Sales of the year in the company's currency; through a partner, the partner's.",
        default=None,
        unit="money",
        low=0,
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "Outcome":
        sales = self.kind == "sales"
        wanted = ("asset", "year", "amount") if sales else ("program", "until")
        barred = ("program", "happened", "until") if sales else ("asset", "year", "amount")
        for name in wanted:
            if getattr(self, name) in (None, ""):
                raise ColumnError(name, f"`{name}` must not be blank for kind `{self.kind}`")
        for name in barred:
            if getattr(self, name) not in (None, ""):
                raise ColumnError(name, f"`{name}` has no meaning for kind `{self.kind}`; leave it blank")
        if self.happened and self.until and self.happened > self.until:
            name = "happened"
            raise ColumnError(name, f"`{name}` is after `until`, {self.until}")
        return self


def beside(folder: Path) -> Path:
    """The outcomes file of a company's folder, whether or not it is there."""
    return Path(folder) / BESIDE


def read_outcomes(path: Path, company: Company) -> tuple[Outcome, ...]:
    """Read the table of outcomes of a company.

    Raises
    ------
    CompanyError
        If anything is wrong with the file, or it names what the company does not have; it carries every message.
    """
    log = Log()
    path = Path(path)
    if not path.is_file():
        hint = f"a company's outcomes stand in {BESIDE} of its folder, or in a file named with --outcomes"
        log.wrong(Place(str(path)), "E001", "there is no such table of outcomes", hint)
        raise CompanyError(log.diagnostics())
    grid = read_grid(path, log)
    table = make_table(Outcome.table, grid, Outcome, log) if grid else None
    rows = tuple(row for row in table.rows.values() if isinstance(row, Outcome)) if table else ()
    if table is not None:
        for row in rows:
            _check(row, company, table, log)
        if not rows and not log.failed:
            log.wrong(Place(str(path)), "E004", "the table has no rows; nothing can be scored")
    if log.failed:
        raise CompanyError(log.diagnostics())
    return rows


def _check(row: Outcome, company: Company, table: Table, log: Log) -> None:
    known = {
        "program": ("programs", row.program),
        "asset": ("assets", row.asset),
        "territory": ("territories", row.territory),
    }
    for name, (other, word) in known.items():
        if word and word not in company.tables[other]:
            message = f"`{word}` is not in table `{other}` of the company"
            log.wrong(table.place(row.key, name), "E201", message, nearest(word, company.tables[other]))
    as_of = company.settings.company.as_of
    for name, day in (("happened", row.happened), ("until", row.until)):
        if day is not None and day <= as_of:
            message = f"`{name}` is {day}; an outcome lies after the company's day, {as_of}"
            log.wrong(table.place(row.key, name), "E314", message)
    if row.year is not None and row.year <= as_of.year and (as_of.month, as_of.day) != (1, 1):
        message = f"sales of {row.year} are not all after the company's day, {as_of}"
        log.wrong(table.place(row.key, "year"), "E314", message)
