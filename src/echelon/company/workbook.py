"""Reads a company from the sheets of an .xlsx workbook, and writes one: filled, or as a template with notes."""

import html
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from pathlib import Path

from python_calamine import CalamineError, load_workbook

from echelon.company.cells import text_of
from echelon.company.csvfile import LARGEST_FILE, MOST_ROWS
from echelon.company.diagnostics import Log, Place
from echelon.company.grid import Grid
from echelon.company.tomlfile import Entry

MOST_COLUMNS = 700
MOST_CELLS = 60_000_000
LARGEST_SHEET = 2_000_000_000
"""Bytes a sheet may have when unpacked."""

UNREADABLE = (
    CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    NotImplementedError,
    RuntimeError,
)
"""What opening a damaged or protected workbook may raise."""

_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*?\bname=\"([^\"]*)\"[^>]*?\b\w+:id=\"([^\"]*)\"")
_RELATION = re.compile(r"<Relationship\b[^>]*>")
_REFERENCE = re.compile(rb"(?<![\w:])r\s*=\s*[\"']([A-Za-z]*)([0-9]{0,18})([^\"']?)")
_ERROR_CELL = re.compile(rb"<(?:\w+:)?c (?=[^>]*\bt=\"e\")[^>]*?\br=\"([A-Z]{1,3})([0-9]{1,7})\"")


def read_sheets(path: Path, log: Log) -> dict[str, Grid] | None:
    """Sheets that hold anything, by name, or None after logging why there are none."""
    file = str(path)
    if path.stat().st_size > LARGEST_FILE:
        limit = LARGEST_FILE // 1_000_000
        log.wrong(Place(file), "E016", f"the workbook is too large; at most {limit} million bytes are read")
        return None
    if not path.stat().st_size:
        log.wrong(Place(file), "E004", "the workbook is empty")
        return None
    try:
        if not _within_limits(path, log):
            return None
        book = load_workbook(str(path))
        found = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
    except UNREADABLE as error:
        reason = " ".join(str(error).split())[:80]
        log.wrong(
            Place(file),
            "E021",
            f"the workbook cannot be opened: {reason}",
            "save it again as .xlsx, without a password",
        )
        return None
    grids: dict[str, Grid] = {}
    for name, sheet in found.items():
        if sheet.end is not None:
            grid = _grid(file, name, sheet.to_python(skip_empty_area=False), log)
            if grid:
                grids[name] = grid
    return grids


def _within_limits(path: Path, log: Log) -> bool:
    """Look for cells far out and for error values before the sheets are unpacked whole, which takes all memory."""
    good = True
    with zipfile.ZipFile(path) as archive:
        names = {member: name for name, member in _sheet_files(archive).items()}
        for member in archive.namelist():
            if "sheets/" not in member or not member.endswith(".xml"):
                continue
            name = names.get(member, member)
            size = archive.getinfo(member).file_size
            place = Place(str(path), name)
            if size > LARGEST_SHEET:
                log.wrong(place, "E016", f"the sheet has {size:,} bytes unpacked; at most {LARGEST_SHEET:,} are read")
                return False
            data = archive.read(member)
            rows, columns = _extent(data)
            if rows > MOST_ROWS + 1 or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
                message = f"the sheet reaches to row {rows:,} and column {columns:,}; that is more than is read"
                log.wrong(place, "E016", message, "delete the stray cell, or the empty rows and columns")
                return False
            for found in _ERROR_CELL.finditer(data):
                at = Place(str(path), name, int(found[2]), _column_number(found[1]))
                log.wrong(at, "E102", "the cell holds an error of the spreadsheet, such as #N/A or #DIV/0!")
                good = False
    return good


def _extent(data: bytes) -> tuple[int, int]:
    """Last row and column that any cell of a sheet names."""
    rows, letters = 0, {b""}
    for found in _REFERENCE.finditer(data):
        column, row, rest = found.groups()
        if rest or len(column) > 3:
            message = f"a cell is named {found[0].decode('ascii', 'replace')}"
            raise ValueError(message)
        letters.add(column)
        rows = max(rows, int(row or 0))
    return rows, max(_column_number(word) for word in letters)


def _sheet_files(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name -> member of the archive."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    targets: dict[str, str] = {}
    for relation in _RELATION.findall(relations):
        parts = dict(re.findall(r"(\w+)=\"([^\"]*)\"", relation))
        if {"Id", "Target"} <= parts.keys():
            targets[parts["Id"]] = parts["Target"]
    names = set(archive.namelist())
    found: dict[str, str] = {}
    for name, key in _SHEET.findall(book):
        target = targets.get(key, "")
        member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if member in names:
            found[html.unescape(name)] = member
    return found


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _grid(file: str, sheet: str, rows: Sequence[Sequence[object]], log: Log) -> Grid | None:
    texts = ((line, [cell_text(value) for value in row]) for line, row in enumerate(rows, start=1))
    records = ((line, row) for line, row in texts if any(row))
    first = next(records, None)
    if first is None:
        return None
    header_line, header = first
    while header and not header[-1]:
        header.pop()
    if len(rows) > MOST_ROWS + 1:
        log.wrong(Place(file, sheet), "E016", f"the table has more than {MOST_ROWS:,} rows")
        return None

    def locate(line: int, column: int) -> Place:
        return Place(file, sheet, line, max(column, 0) + 1)

    return Grid(file, sheet, header, header_line, _fitted(records, len(header)), locate)


def _fitted(records: Iterator[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str]]]:
    """Rows cut to the header where what follows is blank; the grid of a sheet is as wide as its widest row."""
    for line, row in records:
        end = len(row)
        while end > width and not row[end - 1]:
            end -= 1
        yield line, row[:end]


def cell_text(value: object) -> str:
    """The text that a cell of a sheet stands for."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return text_of(value)


def setting_entries(grid: Grid, log: Log) -> list[Entry]:
    """Settings from the sheet `company`: section, key, value."""
    names = ("section", "key", "value")
    at = {name: grid.header.index(name) for name in names if name in grid.header}
    for name in names:
        if name not in at:
            log.wrong(grid.locate(grid.header_line, -1), "E012", f"the sheet has no column `{name}`, which it needs")
    if len(at) < len(names):
        return []
    found: list[Entry] = []
    for line, row in grid.records:
        section, key, value = (row[at[name]].strip() for name in names)
        place, value_place = grid.locate(line, at["key"]), grid.locate(line, at["value"])
        if value:
            found.append(Entry(section, key, value, place, value_place, typed=False))
    return found
