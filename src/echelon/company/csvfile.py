"""A CSV file as cell texts with exact lines and columns."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from echelon.company.cells import LONGEST
from echelon.company.diagnostics import Log, Place
from echelon.company.grid import Grid, Stopped

LARGEST_FILE = 200_000_000
"""Bytes a file may have."""

MOST_ROWS = 1_000_000
"""Rows a table may have."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read_text(path: Path, log: Log) -> str | None:
    """The text of a UTF-8 file, or None after logging why there is none."""
    place = Place(str(path))
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            limit = LARGEST_FILE // 1_000_000
            log.wrong(
                place,
                "E016",
                f"the file has {size / 1e6:,.0f} million bytes; at most {limit} million are read",
            )
            return None
        data = path.read_bytes()
    except OSError as error:
        log.wrong(place, "E020", f"the file cannot be read: {(error.strerror or str(error)).lower()}")
        return None
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        log.wrong(place, "E005", "the file is UTF-16, not UTF-8", "save it as `CSV UTF-8`")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The position counts from after a byte-order mark, as the text does.
        before = error.object[: error.start].decode("utf-8", "replace")
        line, column = _position(before, len(before))
        message = f"byte 0x{error.object[error.start]:02X} is not UTF-8 (byte {error.start + 1:,} of the file)"
        log.wrong(Place(str(path), "", line, column), "E005", message, "save it as `CSV UTF-8`")
        return None
    control = _CONTROL.search(text)
    if control:
        line, column = _position(text, control.start())
        message = f"the file holds an unprintable character, U+{ord(control[0]):04X}"
        log.wrong(Place(str(path), "", line, column), "E006", message)
        return None
    return text


def _position(text: str, offset: int) -> tuple[int, int]:
    lines = re.split(r"\r\n|\r|\n", text[:offset])
    return len(lines), len(lines[-1]) + 1


def read_grid(path: Path, log: Log) -> Grid | None:
    """A CSV file as a grid, or None after logging why there is none."""
    text = read_text(path, log)
    if text is None:
        return None
    name = str(path)
    lines = list(io.StringIO(text, newline=""))
    start = next((index for index, line in enumerate(lines) if line.strip()), None)
    if start is None:
        log.wrong(Place(name), "E004", "the file is empty; its first line must name the columns")
        return None
    if not _separated_by_commas(name, lines, start, log):
        return None
    records = _records(name, lines, log)
    try:
        first = next(records, None)
    except Stopped:
        return None
    if first is None:
        log.wrong(Place(name), "E004", "the file is empty; its first line must name the columns")
        return None
    header_line, header = first

    def locate(line: int, column: int) -> Place:
        if column < 0:
            return Place(name, "", line, 1)
        return Place(name, "", *_cell_start(lines, line, column))

    return Grid(name, "", [cell.strip() for cell in header], header_line, records, locate)


def _separated_by_commas(name: str, lines: list[str], start: int, log: Log) -> bool:
    header = lines[start]
    if "," in header:
        return True
    for sign, word in ((";", "semicolons"), ("\t", "tabs")):
        if sign in header:
            place = Place(name, "", start + 1, header.index(sign) + 1)
            log.wrong(
                place,
                "E009",
                f"cells are separated by {word}, not commas",
                "save it as `CSV UTF-8 (comma delimited)`",
            )
            return False
    return True


def _records(name: str, lines: list[str], log: Log) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, strict=True)
    line, count = 1, 0
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            _explain(name, lines, line, str(error), log)
            raise Stopped from None
        if not any(cell and not cell.isspace() for cell in record):
            continue
        count += 1
        if count > MOST_ROWS + 1:
            log.wrong(Place(name, "", line, 1), "E016", f"the table has more than {MOST_ROWS:,} rows")
            raise Stopped
        yield line, [_plain(cell) for cell in record]


def _plain(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n") if "\r" in cell else cell


def _explain(name: str, lines: list[str], line: int, error: str, log: Log) -> None:
    """Say what stopped the reader in the record that begins at `line`."""
    opened, closed = _quote_fault(lines, line)
    if "field larger" in error:
        log.wrong(
            Place(name, "", line, 1),
            "E016",
            f"a cell of more than {LONGEST:,} characters, or a quote left open",
        )
    elif closed:
        hint = 'a quote inside a quoted cell is written twice: `""`'
        log.wrong(Place(name, "", *closed), "E008", "text follows the closing quote of a cell", hint)
    else:
        place = Place(name, "", *(opened or (line, 1)))
        log.wrong(place, "E007", "a quote is opened here and never closed")


def _quote_fault(lines: list[str], line: int) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Where the last quoted cell of a faulty record opens, and where text follows a closing quote."""
    opened: tuple[int, int] | None = None
    quoted, after = False, False
    fresh = True
    for number in range(line, len(lines) + 1):
        text = lines[number - 1]
        index = 0
        while index < len(text):
            sign = text[index]
            if quoted:
                if sign == '"' and text[index + 1 : index + 2] == '"':
                    index += 1
                elif sign == '"':
                    quoted, after = False, True
            elif sign == ",":
                fresh, after = True, False
            elif sign in "\r\n":
                if not quoted:
                    return opened, None
            elif after:
                return opened, (number, index + 1)
            elif fresh and sign == '"':
                quoted, fresh, opened = True, False, (number, index + 1)
            else:
                fresh = False
            index += 1
    return opened, None


def _cell_start(lines: list[str], line: int, column: int) -> tuple[int, int]:
    """Line and 1-based character column where a cell begins, in the record that begins at `line`."""
    at, quoted, fresh = 0, False, True
    if column == 0:
        return line, 1
    for number in range(line, len(lines) + 1):
        text = lines[number - 1]
        for index, sign in enumerate(text):
            if sign == '"' and (quoted or fresh):
                quoted, fresh = not quoted, False  # a doubled quote closes and opens again at once
                if not quoted:
                    fresh = text[index + 1 : index + 2] == '"'
            elif sign == "," and not quoted:
                at, fresh = at + 1, True
                if at == column:
                    return number, index + 2
            else:
                fresh = False
        if not quoted:
            return number, len(text.rstrip("\r\n")) + 1
    return line, 1
