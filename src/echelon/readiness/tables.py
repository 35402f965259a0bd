"""Tables people hand over: read with strict messages from CSV or .xlsx, written so that no cell can be a formula."""

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

from echelon.company.csvfile import read_grid
from echelon.company.diagnostics import Diagnostic, Log, Place, Severity, nearest
from echelon.company.grid import Grid, Stopped

LONGEST_CELL = 4_000
"""Characters a cell of these tables may hold."""

MOST_RECORDS = 50_000
"""Rows a table may have."""

LARGEST_BYTES = 20_000_000
"""Bytes a file handed over may have."""

LARGEST_UNPACKED = 60_000_000
"""Bytes that all parts of a workbook may have together when unpacked: two kilobytes hold a question."""

LIST_SIGN = ";"
"""Separates entries of one cell."""

_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MADE = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed day, so that equal tables give equal files


class TableError(Exception):
    """A table could not be used; carries every message."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [found for found in self.diagnostics if found.severity is Severity.ERROR]
        super().__init__("\n".join(str(found) for found in errors[:20]) or "the table could not be read")


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of a table.

    Attributes
    ----------
    name : as the header writes it.
    meaning : one line.
    required : whether the column must be there and every cell of it filled.
    choices : words a cell may hold; blank for any.
    many : whether a cell holds several entries, separated by semicolons.
    number : smallest and largest value, where a cell holds a number.
    """

    name: str
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    many: bool = False
    number: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One row as read: texts by column, and where each stands."""

    texts: Mapping[str, str]
    place: Callable[[str], Place]

    def __getitem__(self, name: str) -> str:
        return self.texts.get(name, "")

    def list(self, name: str) -> tuple[str, ...]:
        """Entries of a cell that holds several."""
        return entries(self[name])

    def number(self, name: str, default: float = 0.0) -> float:
        """Number of a cell that was checked to hold one; `default` where it is blank."""
        return float(self[name]) if self[name] else default


def entries(text: str) -> tuple[str, ...]:
    """Parts of a text between semicolons, without blanks."""
    return tuple(part.strip() for part in text.split(LIST_SIGN) if part.strip())


def read_table(path: Path, headings: Sequence[Heading], log: Log) -> list[Record]:
    """Rows of a CSV file or of the first sheet of an .xlsx workbook.

    Parameters
    ----------
    path : the file; its ending says which.
    headings : columns that the table may have, in any order.
    log : receives every message; a row with an error is left out.

    Returns
    -------
    list of Record
        The good rows, in the file's order. Nothing is returned that was not checked against `headings`.
    """
    grid = _grid(Path(path), log)
    if grid is None:
        return []
    found = _columns(grid, headings, log)
    if found is None:
        return []
    records: list[Record] = []
    try:
        for line, texts in grid.records:
            if len(records) >= MOST_RECORDS:
                log.wrong(grid.locate(line, -1), "R003", f"the table has more than {MOST_RECORDS:,} rows")
                break
            record = _record(grid, line, texts, found, headings, log)
            if record:
                records.append(record)
    except Stopped:
        return []
    return records


def need(log: Log) -> None:
    """Raise every message where one is an error.

    Raises
    ------
    TableError
        With all of them.
    """
    if log.failed:
        raise TableError(log.diagnostics())


def _grid(path: Path, log: Log) -> Grid | None:
    place = Place(str(path))
    if not path.is_file():
        log.wrong(place, "R001", "there is no such file")
        return None
    if path.stat().st_size > LARGEST_BYTES:
        size = path.stat().st_size / 1e6
        log.wrong(place, "R003", f"the file has {size:,.0f} million bytes; at most {LARGEST_BYTES // 10**6} are read")
        return None
    if path.suffix.lower() == ".csv":
        return read_grid(path, log)
    if path.suffix.lower() != ".xlsx":
        log.wrong(place, "R001", f"a table is a .csv or an .xlsx file, not `{path.suffix or path.name}`")
        return None
    from echelon.company.workbook import read_sheets

    if _unpacks_to_more(path):
        size = LARGEST_UNPACKED // 10**6
        log.wrong(place, "R003", f"the workbook has more than {size} million bytes unpacked, which are not read")
        return None
    sheets = read_sheets(path, log)
    if sheets is None:
        return None
    if not sheets:
        log.wrong(place, "R002", "the workbook is empty; the first row of its first sheet must name the columns")
        return None
    return next(iter(sheets.values()))


def _unpacks_to_more(path: Path) -> bool:
    """Whether a zip holds more than `LARGEST_UNPACKED`, counted and not taken from what it says of itself."""
    left = LARGEST_UNPACKED
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            if sum(part.file_size for part in archive.infolist()) > left:
                return True
            for part in archive.infolist():
                raw.seek(part.header_offset)
                head = raw.read(30)
                raw.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
                packed = raw.read(part.compress_size)
                unpacker = zlib.decompressobj(-15)
                left -= len(unpacker.decompress(packed, left + 1)) if part.compress_type else len(packed)
                if left < 0:
                    return True
    except (zipfile.BadZipFile, zlib.error, NotImplementedError):
        return False  # told when it is opened
    return False


def _columns(grid: Grid, headings: Sequence[Heading], log: Log) -> dict[str, int] | None:
    """Position of each known column, or None after logging why the header cannot be used."""
    names = {heading.name for heading in headings}
    found: dict[str, int] = {}
    good = True
    for position, name in enumerate(grid.header):
        place = grid.locate(grid.header_line, position)
        if name in found:
            log.wrong(place, "R004", f"column `{name}` is there twice")
            good = False
        elif name not in names:
            known = ", ".join(heading.name for heading in headings)
            log.wrong(place, "R004", f"unknown column `{name}`", nearest(name, names) or f"the columns are {known}")
            good = False
        else:
            found[name] = position
    for heading in headings:
        if heading.required and heading.name not in found:
            log.wrong(grid.locate(grid.header_line, -1), "R005", f"column `{heading.name}` is missing", heading.meaning)
            good = False
    return found if good else None


def _record(
    grid: Grid, line: int, texts: Sequence[str], found: Mapping[str, int], headings: Sequence[Heading], log: Log
) -> Record | None:
    if len(texts) > len(grid.header) and any(text.strip() for text in texts[len(grid.header) :]):
        message = f"the row has {len(texts)} cells; the header names {len(grid.header)} columns"
        log.wrong(grid.locate(line, -1), "R006", message, "a cell with a comma in it is written in quotes")
        return None

    def place(name: str) -> Place:
        return grid.locate(line, found.get(name, -1))

    values: dict[str, str] = {}
    good = True
    for heading in headings:
        position = found.get(heading.name, -1)
        raw = texts[position] if 0 <= position < len(texts) else ""
        text = raw_text(raw).strip()
        fault = _fault(heading, text)
        if fault:
            log.wrong(place(heading.name), *fault)
            good = False
        values[heading.name] = text
    return Record(MappingProxyType(values), place) if good else None


def _fault(heading: Heading, text: str) -> tuple[str, str, str] | None:
    """Code, message and hint of what is wrong with a cell's text."""
    name = heading.name
    if not text:
        return ("R101", f"`{name}` is blank", heading.meaning) if heading.required else None
    if len(text) > LONGEST_CELL:
        return "R102", f"`{name}` has {len(text):,} characters; at most {LONGEST_CELL:,} are read", ""
    if _CONTROL.search(text):
        return "R102", f"`{name}` holds an unprintable character", ""
    if heading.number:
        return _number_fault(heading, text)
    for part in entries(text) if heading.many else (text,):
        if heading.choices and part not in heading.choices:
            words = ", ".join(heading.choices)
            return "R104", f"`{name}` must be one of {words}; not `{part[:60]}`", nearest(part, heading.choices)
    return None


def _number_fault(heading: Heading, text: str) -> tuple[str, str, str] | None:
    assert heading.number is not None
    low, high = heading.number
    if not _NUMBER.fullmatch(text):
        return "R103", f"`{heading.name}` must be a number, not `{text[:60]}`", heading.meaning
    if not low <= float(text) <= high:
        return "R103", f"`{heading.name}` must be between {low:g} and {high:g}, not {text[:60]}", heading.meaning
    return None


def safe_text(text: str) -> str:
    """A cell's text that no spreadsheet takes for a formula; `raw_text` undoes it exactly.

    A text that begins with a sign of a formula, after any number of apostrophes, gets one apostrophe in front.
    """
    return f"'{text}" if _DANGEROUS.match(text) else text


def raw_text(text: str) -> str:
    """The text that `safe_text` made safe."""
    return text[1:] if text.startswith("'") and _DANGEROUS.match(text) else text


def csv_text(headings: Sequence[Heading], rows: Iterable[Mapping[str, object]]) -> str:
    """A table as CSV, every cell quoted and safe; `read_table` reads the same texts again."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow([heading.name for heading in headings])
    for row in rows:
        writer.writerow([_cell(heading, row.get(heading.name)) for heading in headings])
    return out.getvalue()


def write_xlsx(path: Path, sheet: str, headings: Sequence[Heading], rows: Iterable[Mapping[str, object]]) -> None:
    """A table as a workbook of one sheet: texts as texts, numbers as numbers, no formula and no link anywhere."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": _MADE})
    page = book.add_worksheet(sheet)
    page.freeze_panes(1, 0)
    head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for column, heading in enumerate(headings):
        page.write_string(0, column, heading.name, head)
        page.write_comment(0, column, heading.meaning)
        page.set_column(column, column, 60 if heading.name in ("question", "points", "evidence") else 16)
    for line, row in enumerate(rows, start=1):
        for column, heading in enumerate(headings):
            text = _cell(heading, row.get(heading.name))
            if heading.number and text:
                page.write_number(line, column, float(text))
            elif text:
                page.write_string(line, column, text, wrap)
    book.close()


def _cell(heading: Heading, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple | list):
        return safe_text(f"{LIST_SIGN} ".join(str(part) for part in value))
    if heading.number and isinstance(value, int | float):
        return f"{value:.12g}"
    return safe_text(str(value))


def own_table(package: str, name: str) -> tuple[Mapping[str, str], ...]:
    """Rows of one of this room's own tables."""
    text = files(package).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(MappingProxyType(row) for row in csv.DictReader(text.splitlines()))
