"""A table as it was read: rows of cell texts that know their places, and the row models made of them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from echelon.company.cells import Cell, Fault, Value, cells, parse, uncertain_required
from echelon.company.diagnostics import Log, Place, nearest
from echelon.company.rows import Row
from echelon.company.rows.base import ColumnError

Locate = Callable[[int, int], Place]
"""Place of a cell from the row's line and the 0-based column; column -1 is the row itself."""

WIDE_COMMA = "\uff0c"
"""Comma of Chinese typesetting, which looks like one and separates no cells."""

REMEMBERED_TEXTS = 4096
"""Different texts per column whose value is kept, since most columns repeat a few."""


class Stopped(Exception):  # noqa: N818 - what happened, said already
    """A file could not be read to its end; the reason has been logged."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One table as read.

    Attributes
    ----------
    file, sheet : where it stands.
    header : column names.
    header_line : line of the header.
    records : line and cell texts of each row that is not blank; may be read once; may raise `Stopped`.
    locate : place of a cell.
    """

    file: str
    sheet: str
    header: list[str]
    header_line: int
    records: Iterator[tuple[int, list[str]]]
    locate: Locate


@dataclass(slots=True)
class Table:
    """Rows made of a grid, with what is needed to say where each cell is.

    Attributes
    ----------
    name : name of the table; plans/NAME and scenarios/NAME for those.
    rows : row key -> row, for rows without errors.
    lines : row key -> line, broken rows included as far as their key can be read.
    columns : column name -> 0-based position in the file.
    whole : whether every row could be made.
    unread : whether not even the keys could be read.
    """

    name: str
    file: Place
    rows: dict[str, Row] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    whole: bool = True
    unread: bool = False
    header_line: int = 0
    locate: Locate | None = None

    def place(self, key: str, column: str = "") -> Place:
        """Place of a cell; of the row where the file has no such column, of the file where no such row."""
        if self.locate is None or key not in self.lines:
            return self.file
        return self.locate(self.lines[key], self.position(column))

    def position(self, column: str) -> int:
        """0-based position of a column, or of the first part of an uncertain one; -1 where there is none."""
        for name in (column, f"{column}_mode", f"{column}_low", f"{column}_high", f"{column}_dist"):
            if name in self.columns:
                return self.columns[name]
        return -1


def make_table(name: str, grid: Grid, model: type[Row], log: Log) -> Table:
    """Make the rows of a grid, logging whatever is wrong with them."""
    table = Table(name, Place(grid.file, grid.sheet), header_line=grid.header_line, locate=grid.locate)
    table.columns = _header(grid, model, log)
    missing = [cell for cell in cells(model) if cell.required and cell.name not in table.columns]
    for required in uncertain_required(model):
        if table.position(required) < 0:
            missing += [cell for cell in cells(model) if cell.name == f"{required}_mode"]
    for cell in missing:
        message = f"the table has no column `{cell.name}`, which it needs"
        log.wrong(grid.locate(grid.header_line, -1), "E012", message, cell.info.meaning)
    if missing:
        table.whole = False
        table.unread = any(cell.info.key for cell in missing)
    reader = _Reader(table, grid, model, log)
    try:
        for line, record in grid.records:
            reader.read(line, record, complete=not missing)
    except Stopped:
        table.whole, table.unread = False, True
    return table


def _header(grid: Grid, model: type[Row], log: Log) -> dict[str, int]:
    known = {cell.name: cell for cell in cells(model)}
    found: dict[str, int] = {}
    for index, name in enumerate(grid.header):
        if not name:
            continue  # a column without a name is wrong only where it holds something; see _Reader
        place = grid.locate(grid.header_line, index)
        if name in found:
            message = f"column `{name}` is there twice; first as column {found[name] + 1}"
            log.wrong(place, "E011", message)
        elif name in known:
            found[name] = index
        else:
            attribute = next((cell for cell in cells(model) if cell.part and cell.attribute == name), None)
            if attribute:
                hint = f"a range is `{name}_low`, `{name}_mode`, `{name}_high`; a single value `{name}_mode`"
            else:
                hint = nearest(name, known)
            log.wrong(place, "E013", f"unknown column `{name}`", hint)
    return found


class _Reader:
    """Makes the rows of one table, remembering the values of texts seen before."""

    def __init__(self, table: Table, grid: Grid, model: type[Row], log: Log) -> None:
        self.table, self.grid, self.model, self.log = table, grid, model, log
        found = [(table.columns[cell.name], cell) for cell in cells(model) if cell.name in table.columns]
        self.used: list[tuple[int, Cell, dict[str, Value | Fault]]] = [(index, cell, {}) for index, cell in found]
        self.width = len(grid.header)
        self.needed = uncertain_required(model)

    def read(self, line: int, record: list[str], complete: bool) -> None:
        """Make one row; a broken one leaves its key, so that references to it are not reported as well."""
        failed = not complete
        if len(record) != self.width:
            while len(record) > self.width and not record[-1].strip():
                record.pop()
            if len(record) != self.width:
                self._wrong_width(line, record)
                failed = True
                record = record + [""] * (self.width - len(record))
        data = None if failed else self._values(line, record)
        row = None if data is None else self._row(line, data)
        if row is None:
            self.table.whole = False
            key = self._key_text(record)
            if key:
                self.table.lines.setdefault(key, line)
        else:
            self._keep(line, row)

    def _wrong_width(self, line: int, record: list[str]) -> None:
        more = len(record) > self.width
        place = self.grid.locate(line, self.width if more else -1)
        message = f"the row has {len(record)} cells, the header {self.width}"
        hint = "put a cell that holds a comma in double quotes" if more else "a blank cell still needs its comma"
        if not more and any(WIDE_COMMA in cell for cell in record):
            hint = f"cells are separated by an ordinary comma, not by `{WIDE_COMMA}`"
        self.log.wrong(place, "E010", message, hint)

    def _values(self, line: int, record: list[str]) -> dict[str, object] | None:
        data: dict[str, object] = {}
        good = True
        for index, cell, seen in self.used:
            text = record[index].strip()
            if not text:
                if cell.required:
                    self._blank(line, index, cell)
                    good = False
                continue
            value = seen.get(text)
            if value is None:
                value = parse(cell, text)
                if len(seen) < REMEMBERED_TEXTS:
                    seen[text] = value
            if isinstance(value, Fault):
                self.log.wrong(self.grid.locate(line, index), value.code, value.message, value.hint)
                good = False
                continue
            if cell.part:
                parts = data.setdefault(cell.attribute, {})
                assert isinstance(parts, dict)
                parts[cell.part] = value
            else:
                data[cell.attribute] = value
        for index, name in enumerate(self.grid.header):
            if not name and record[index].strip():
                place = self.grid.locate(line, index)
                self.log.wrong(place, "E014", f"a cell in column {index + 1}, which has no name")
                good = False
        for attribute in self.needed:
            if attribute not in data and good:
                column = f"{attribute}_mode" if f"{attribute}_mode" in self.table.columns else attribute
                place = self.grid.locate(line, self.table.position(attribute))
                self.log.wrong(place, "E101", f"`{column}` must not be blank")
                good = False
        return data if good else None

    def _blank(self, line: int, index: int, cell: Cell) -> None:
        message = f"`{cell.name}` must not be blank"
        self.log.wrong(self.grid.locate(line, index), "E101", message, cell.info.meaning)

    def _row(self, line: int, data: Mapping[str, object]) -> Row | None:
        try:
            return self.model.model_validate(data)
        except ValidationError as errors:
            for error in errors.errors(include_url=False):
                column = str(error["loc"][0]) if error["loc"] else ""
                cause = (error.get("ctx") or {}).get("error")
                message = str(cause) if cause else str(error["msg"])
                if isinstance(cause, ColumnError):
                    column = f"{column}_{cause.column}" if column else cause.column
                place = self.grid.locate(line, self.table.position(column))
                name = str(error["loc"][0]) if error["loc"] else ""
                self.log.wrong(place, "E106", f"`{name}`: {message}" if name else message)
            return None

    def _key_text(self, record: list[str]) -> str:
        parts = [record[index].strip() for index, cell, _ in self.used if cell.info.key and index < len(record)]
        return "/".join(part for part in parts if part)

    def _keep(self, line: int, row: Row) -> None:
        key = row.key
        if key in self.table.lines:
            first = self.table.place(key, self._key_column())
            place = self.grid.locate(line, self.table.position(self._key_column()))
            message = f"`{key}` is there twice; first at {_short(first)}"
            self.log.wrong(place, "E113", message)
            self.table.whole = False
            return
        self.table.rows[key] = row
        self.table.lines[key] = line

    def _key_column(self) -> str:
        return next((cell.name for _, cell, _ in self.used if cell.info.key), "")


def _short(place: Place) -> str:
    if place.sheet:
        return str(Place("", place.sheet, place.line, place.column)).strip("[]")
    return f"line {place.line}"
