"""Writes a company as a folder of tables or as a workbook, and an empty workbook with a note on every column."""

import csv
import io
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

import xlsxwriter
from pydantic import BaseModel

from echelon.company.cells import Cell, Value, cells, row_values, text_of
from echelon.company.company import Company
from echelon.company.diagnostics import CompanyError, Diagnostic, Place
from echelon.company.reference import blank_text, note
from echelon.company.rows import REQUIRED, TABLES, Change, Choice, Row
from echelon.company.settings import sections

WRITTEN = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed day in the file, so that equal companies give equal files
EARLIEST = date(1900, 3, 1)
"""Spreadsheets count days wrongly before this one; an earlier day is written as text."""

LONGEST_SHEET_NAME = 31


def write_company(company: Company, folder: Path) -> None:
    """Write a company as a folder that `load` reads back as an equal company.

    Files of tables, plans and scenarios that the company does not have are removed from the folder; other files stay.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "company.toml").write_text(settings_text(company), encoding="utf-8", newline="\n")
    for name, model in TABLES.items():
        rows = company.tables[name].values()
        _write_file(folder / f"{name}.csv", table_text(model, rows) if rows or name in REQUIRED else None)
    _write_named(folder / "plans", Choice, company.plans)
    _write_named(folder / "scenarios", Change, company.scenarios)


def _write_named(folder: Path, model: type[Row], named: Mapping[str, Iterable[Row]]) -> None:
    if named:
        folder.mkdir(exist_ok=True)
    for old in folder.glob("*.csv"):
        if old.stem not in named:
            old.unlink()
    for name, rows in named.items():
        _write_file(folder / f"{name}.csv", table_text(model, rows))


def _write_file(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(text, encoding="utf-8", newline="")


def used_cells(model: type[Row], rows: Iterable[Mapping[str, Value]]) -> list[Cell]:
    """Columns worth writing: the required ones, and those that some row fills with more than the default."""
    every = list(rows)

    def used(cell: Cell) -> bool:
        return any(values.get(cell.name, cell.default) != cell.default for values in every)

    return [cell for cell in cells(model) if cell.required or used(cell)]


def table_text(model: type[Row], rows: Iterable[Row]) -> str:
    """A table as CSV."""
    values = [row_values(row) for row in rows]
    used = used_cells(model, values)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([cell.name for cell in used])
    writer.writerows([text_of(row.get(cell.name)) for cell in used] for row in values)
    return out.getvalue()


def settings_text(company: Company) -> str:
    """The settings as TOML, each with its meaning."""
    lines: list[str] = []
    for name, model in sections().items():
        values = getattr(company.settings, name)
        lines.append(f"[{name}]")
        for cell in cells(model):
            value = getattr(values, cell.attribute)
            if value is not None:
                lines.append(f"{cell.name} = {_toml(value)}  # {cell.info.meaning}")
        lines.append("")
    return "\n".join(lines)


def _toml(value: object) -> str:
    if isinstance(value, str):
        return f'"{"".join(_escaped(sign) for sign in value)}"'
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(part) for part in value)}]"
    if isinstance(value, float):
        return repr(value)
    return text_of(value)


def _escaped(sign: str) -> str:
    known = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return known.get(sign) or (f"\\u{ord(sign):04X}" if ord(sign) < 32 or ord(sign) == 127 else sign)


def write_workbook(company: Company, file: Path) -> None:
    """Write a company as a workbook that `load` reads back as an equal company.

    Raises
    ------
    CompanyError
        If the name of a plan or scenario is too long for a sheet.
    """
    book = _Book(file)
    book.settings({name: getattr(company.settings, name) for name in sections()})
    for name, model in TABLES.items():
        rows = [row_values(row) for row in company.tables[name].values()]
        if rows or name in REQUIRED:
            book.table(name, model, used_cells(model, rows), rows)
    for prefix, model, named in (("plan", Choice, company.plans), ("scenario", Change, company.scenarios)):
        for name, found in named.items():
            rows = [row_values(row) for row in found]
            book.table(f"{prefix} {name}", model, used_cells(model, rows), rows)
    book.close()


def write_template(file: Path) -> None:
    """Write an empty workbook: every table as a sheet, every column with a note of what it holds."""
    book = _Book(file)
    book.settings({})
    for name, model in TABLES.items():
        book.table(name, model, list(cells(model)), [])
    book.close()


class _Book:
    """A workbook being written: headers with notes, choices as lists, days as days."""

    def __init__(self, file: Path) -> None:
        self.file = Path(file)
        options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(str(file), options)
        self.book.set_properties({"created": WRITTEN})
        self.head = self.book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1})
        self.optional = self.book.add_format({"bg_color": "#F4F6F8", "bottom": 1})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})

    def sheet(self, name: str) -> "xlsxwriter.worksheet.Worksheet":
        if len(name) > LONGEST_SHEET_NAME:
            message = f"`{name}` is too long for a sheet, which takes {LONGEST_SHEET_NAME} characters"
            raise CompanyError([Diagnostic(Place(str(self.file), name), "E022", message, "shorten the name")])
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        return sheet

    def table(self, name: str, model: type[Row], used: list[Cell], rows: list[dict[str, Value]]) -> None:
        sheet = self.sheet(name)
        for column, cell in enumerate(used):
            needed = blank_text(model, cell) == "required" and cell.part in ("", "mode")
            sheet.write_string(0, column, cell.name, self.head if needed else self.optional)
            sheet.write_comment(0, column, note(model, cell), {"x_scale": 2, "y_scale": 1.5})
            sheet.set_column(column, column, max(10, min(len(cell.name) + 2, 40)))
            words = ["true", "false"] if cell.kind == "boolean" else list(cell.choices) if cell.kind == "choice" else []
            if words and len(",".join(words)) <= 255:
                options = {"validate": "list", "source": words, "error_type": "warning"}
                sheet.data_validation(1, column, 1_000, column, options)
            for line, row in enumerate(rows, start=1):
                self.cell(sheet, line, column, row.get(cell.name))

    def settings(self, values: Mapping[str, BaseModel]) -> None:
        """The sheet `company`; without values, the defaults."""
        sheet = self.sheet("company")
        for column, name in enumerate(("section", "key", "value", "meaning")):
            sheet.write_string(0, column, name, self.head)
        sheet.set_column(0, 2, 18)
        sheet.set_column(3, 3, 90)
        line = 0
        for section, model in sections().items():
            for cell in cells(model):
                line += 1
                value = getattr(values[section], cell.attribute) if values else cell.default
                sheet.write_string(line, 0, section)
                sheet.write_string(line, 1, cell.name)
                sheet.write_string(line, 3, note(model, cell).replace("\n", "; "))
                self.cell(sheet, line, 2, value)

    def cell(self, sheet: "xlsxwriter.worksheet.Worksheet", line: int, column: int, value: object) -> None:
        if isinstance(value, bool):
            sheet.write_boolean(line, column, value)
        elif isinstance(value, int | float) and _exact(value):
            sheet.write_number(line, column, value)
        elif isinstance(value, date) and value >= EARLIEST:
            sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), self.day)  # noqa: DTZ001
        elif text_of(value):
            sheet.write_string(line, column, text_of(value))

    def close(self) -> None:
        self.book.close()


def _exact(value: float) -> bool:
    """Whether a sheet, which keeps 16 digits, holds the number exactly; the others are written as text."""
    return math.isfinite(value) and float(f"{value:.16G}") == value
