"""Amends single cells of a company's CSV files, every other byte kept: quotes, line ends, blanks, order.

What leaves the company wrong is put back as it was.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from echelon.company.diagnostics import CompanyError, Severity
from echelon.company.read import read

_SPECIAL = re.compile(r'[",\r\n]')


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    end: int
    text: str


class CellsError(ValueError):
    """A file's cells cannot be told apart."""


class Cells:
    """
    A CSV file as text, with the place of each cell.

    Parameters
    ----------
    text
        Of the file, with its byte-order mark and line ends as they are.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        rows = [row for row in _rows(text) if any(cell.text.strip() for cell in row)]
        if not rows:
            msg = "the file is empty"
            raise CellsError(msg)
        self.header = [cell.text.strip().removeprefix("\ufeff") for cell in rows[0]]
        self._head, self._rows = rows[0], rows[1:]

    @classmethod
    def read(cls, path: Path, header: Iterable[str] = ()) -> "Cells":
        """The cells of a UTF-8 file; where a header is given and there is no file, an empty one with that header."""
        if header and not path.exists():
            return cls(",".join(header) + "\n")
        return cls(path.read_bytes().decode("utf-8"))

    @property
    def end(self) -> str:
        """How its lines end."""
        found = re.search(r"\r\n|\n|\r", self.text)
        return found[0] if found else "\n"

    def find(self, key: dict[str, str]) -> int | None:
        """Number of the row with these cells, from 0; None without one."""
        return next(iter(self.rows(key)), None)

    def rows(self, key: dict[str, str]) -> list[int]:
        """Numbers of all rows with these cells."""
        numbers = range(len(self._rows))
        return [number for number in numbers if all(self.get(number, name) == value for name, value in key.items())]

    def line(self, row: int) -> int:
        """Line of the file on which a row begins, from 1."""
        return self.text.count("\n", 0, self._rows[row][0].start) + 1

    def get(self, row: int, name: str) -> str:
        """A cell, without blanks around it; empty where there is no such column."""
        if name not in self.header:
            return ""
        cells, column = self._rows[row], self.header.index(name)
        return cells[column].text.strip() if column < len(cells) else ""

    def put(self, row: int, name: str, value: str) -> "Cells":
        """The file with one cell changed; a column that is not there is added at the end of every row."""
        if name not in self.header:
            return self._with_column(name).put(row, name, value)
        cells, column = self._rows[row], self.header.index(name)
        if column < len(cells):
            cell = cells[column]
            old = self.text[cell.start : cell.end]
            return self._spliced([(cell.start, cell.end, _written(value, quoted=old.startswith('"')))])
        end = cells[-1].end
        return self._spliced([(end, end, "," * (column - len(cells) + 1) + _written(value))])

    def put_all(self, row: int, values: dict[str, str]) -> "Cells":
        """The file with several cells of a row changed."""
        made = self
        for name, value in values.items():
            made = made.put(row, name, value)
        return made

    def add(self, values: dict[str, str]) -> "Cells":
        """The file with a row more at its end; columns that are not there are added."""
        made = self
        for name in values:
            if name not in made.header:
                made = made._with_column(name)
        line = ",".join(_written(values.get(name, "")) for name in made.header)
        gap = "" if made.text.endswith(("\n", "\r")) else made.end
        return Cells(f"{made.text}{gap}{line}{made.end}")

    def _with_column(self, name: str) -> "Cells":
        width = len(self.header)
        edits = [(self._head[-1].end, self._head[-1].end, f",{_written(name)}")]
        edits += [(row[-1].end, row[-1].end, "," * max(1, width - len(row) + 1)) for row in self._rows]
        return self._spliced(edits)

    def _spliced(self, edits: list[tuple[int, int, str]]) -> "Cells":
        text = self.text
        for start, end, new in sorted(edits, reverse=True):
            text = text[:start] + new + text[end:]
        return Cells(text)


def _written(value: str, *, quoted: bool = False) -> str:
    if quoted or _SPECIAL.search(value) or value != value.strip():
        return '"' + value.replace('"', '""') + '"'
    return value


def _rows(text: str) -> list[list[_Cell]]:
    rows: list[list[_Cell]] = []
    cells: list[_Cell] = []
    at, size = 0, len(text)
    while True:
        start = at
        # A byte-order mark stands before the first cell, and what follows it may be quoted.
        inside = at + 1 if at == 0 and text.startswith("\ufeff") else at
        if text.startswith('"', inside):
            at = _closing(text, inside)
            value = text[inside + 1 : at - 1].replace('""', '"')
        else:
            while at < size and text[at] not in ",\r\n":
                at += 1
            value = text[start:at]
        cells.append(_Cell(start, at, value))
        if at < size and text[at] == ",":
            at += 1
            continue
        rows.append(cells)
        cells = []
        at += 2 if text.startswith("\r\n", at) else 1
        if at >= size:
            return rows


def _closing(text: str, start: int) -> int:
    # Just behind the quote that ends a cell; a doubled one is part of it.
    at = start + 1
    while True:
        at = text.find('"', at)
        if at < 0:
            msg = f"a cell on line {text.count(chr(10), 0, start) + 1} begins with a quote that is never closed"
            raise CellsError(msg)
        if text.startswith('""', at):
            at += 2
            continue
        return at + 1


SOURCES = ("table_name", "id", "column", "source", "as_of", "confidence")


def sourced(sources: Cells, table: str, row: str, column: str, told: dict[str, str]) -> Cells:
    """The table of sources with what is told of one cell, in its row or in a new one."""
    key = {"table_name": table, "id": row, "column": column}
    at = sources.find(key)
    return sources.add(key | told) if at is None else sources.put_all(at, told)


def amend(folder: Path, files: dict[Path, Cells]) -> None:
    """Write files of a company; if it is then wrong, or on any failure, put back what was there.

    Raises
    ------
    CompanyError
        If the company has errors with these files.
    """
    before = {file: file.read_bytes() if file.exists() else None for file in files}
    try:
        for file, cells in files.items():
            draft = file.with_name(f"{file.name}.draft")
            draft.write_bytes(cells.text.encode())
            draft.replace(file)
        errors = [found for found in read(folder).diagnostics if found.severity is Severity.ERROR]
    except BaseException:
        _restore(before)
        raise
    if errors:
        _restore(before)
        raise CompanyError(errors)


def _restore(before: dict[Path, bytes | None]) -> None:
    for file, data in before.items():
        if data is None:
            file.unlink(missing_ok=True)
        else:
            file.write_bytes(data)
