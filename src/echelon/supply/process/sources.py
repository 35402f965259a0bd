"""Opens what a study is written in: a CSV file with its TOML, a folder of tables, or a workbook."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from echelon.company.csvfile import read_grid, read_text
from echelon.company.diagnostics import Log, Place
from echelon.company.grid import Grid, Stopped
from echelon.company.tomlfile import key_spots, read_toml
from echelon.company.workbook import read_sheets

RUNS = "experiments"
SECTIONS = ("process", "factors", "responses")
BOOKS = (".xlsx", ".xlsm")


@dataclass(frozen=True)
class Given:
    """One thing said of a study: section (process, factors, responses), name of the column, key and value.

    A blank key says only that the column has the section's role; `typed` where the value has a type of its own.
    """

    section: str
    name: str
    key: str
    value: object
    place: Place
    typed: bool = True


@dataclass(frozen=True)
class Table:
    """The runs as texts: column names with their places, and rows with theirs."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    grid: Grid

    def place(self, line: int, column: int) -> Place:
        """Place of a cell."""
        return self.grid.locate(line, column)

    def head(self, column: int) -> Place:
        """Place of a column's name."""
        return self.grid.locate(self.grid.header_line, column)


@dataclass(frozen=True)
class Source:
    """What was opened: the runs, if any, and what is said of their columns."""

    file: str
    table: Table | None
    given: tuple[Given, ...]


def open_source(path: Path, setup: Path | None, log: Log) -> Source:
    """Open a study; what is wrong with its files goes to the log.

    A CSV file has its settings in the TOML file of the same name beside it, unless `setup` names another.
    """
    place = Place(str(path))
    if not path.exists():
        log.wrong(place, "E600", "there is no such file", "name a .csv, .xlsx or .toml file, or a folder of tables")
        return Source(str(path), None, ())
    if path.is_dir():
        return _folder(path, setup, log)
    kind = path.suffix.lower()
    if kind in BOOKS:
        return _workbook(path, setup, log)
    if kind == ".toml":
        return Source(str(path), None, tuple(_toml(path, log)))
    if kind not in (".csv", ".txt", ""):
        log.wrong(place, "E600", f"`{kind}` is no kind of table that is read", "save it as .csv (UTF-8) or .xlsx")
        return Source(str(path), None, ())
    beside = setup or path.with_suffix(".toml")
    given = _toml(beside, log) if setup or beside.is_file() else []
    return Source(str(path), _table(read_grid(path, log), log), tuple(given))


def _folder(path: Path, setup: Path | None, log: Log) -> Source:
    found = {name: path / f"{name}.csv" for name in (RUNS, *SECTIONS)}
    if not any(file.is_file() for file in found.values()):
        message = f"the folder has no {RUNS}.csv, and no factors.csv from which to design any"
        log.wrong(Place(str(path)), "E600", message)
    given = [] if setup is None else _toml(setup, log)
    for name in SECTIONS:
        if found[name].is_file():
            given += _from_sheet(name, read_grid(found[name], log), log)
    table = _table(read_grid(found[RUNS], log), log) if found[RUNS].is_file() else None
    return Source(str(path), table, tuple(given))


def _workbook(path: Path, setup: Path | None, log: Log) -> Source:
    sheets = read_sheets(path, log)
    if sheets is None:
        return Source(str(path), None, ())
    by_name = {name.strip().casefold(): grid for name, grid in sheets.items()}
    given = [] if setup is None else _toml(setup, log)
    for name in SECTIONS:
        if name in by_name:
            given += _from_sheet(name, by_name[name], log)
    first = next((grid for name, grid in by_name.items() if name not in SECTIONS), None)
    table = _table(by_name.get(RUNS, first), log)
    if table is None and not given and not log.failed:
        log.wrong(Place(str(path)), "E600", "the workbook holds no table")
    return Source(str(path), table, tuple(given))


def _table(grid: Grid | None, log: Log) -> Table | None:
    """The runs of a grid; rows of another width than the header are wrong."""
    if grid is None:
        return None
    good = True
    first: dict[str, int] = {}
    for column, name in enumerate(grid.header):
        if name and name in first:
            log.wrong(grid.locate(grid.header_line, column), "E011", f"column `{name}` is there twice")
            good = False
        first.setdefault(name, column)
    width = len(grid.header)
    rows: list[tuple[int, tuple[str, ...]]] = []
    try:
        for line, record in grid.records:
            cells = [cell.strip() for cell in record]
            while len(cells) > width and not cells[-1]:
                cells.pop()
            if grid.sheet:
                cells += [""] * (width - len(cells))
            if len(cells) != width:
                place = grid.locate(line, width if len(cells) > width else -1)
                message = f"the row has {len(cells)} cells, the header {width}"
                more = "put a cell that holds a comma in double quotes"
                log.wrong(place, "E010", message, more if len(cells) > width else "a blank cell still needs its comma")
                good = False
                continue
            for column, name in enumerate(grid.header):
                if not name and cells[column]:
                    log.wrong(grid.locate(line, column), "E014", f"a cell in column {column + 1}, which has no name")
                    good = False
            rows.append((line, tuple(cells)))
    except Stopped:
        return None
    return Table(tuple(grid.header), tuple(rows), grid) if good else None


def _from_sheet(section: str, grid: Grid | None, log: Log) -> list[Given]:
    """What a table of factors, of responses, or of keys and values says."""
    table = _table(grid, log)
    if table is None or grid is None:
        return []
    key = "key" if section == "process" else "name"
    if key not in table.header:
        log.wrong(table.head(-1), "E012", f"the table has no column `{key}`, which it needs")
        return []
    at = table.header.index(key)
    found: list[Given] = []
    for line, cells in table.rows:
        if not cells[at]:
            log.wrong(table.place(line, at), "E101", f"`{key}` must not be blank")
            continue
        if section != "process":
            found.append(Given(section, cells[at], "", "", table.place(line, at), typed=False))
        for column, name in enumerate(table.header):
            if column == at or not name or not cells[column]:
                continue
            place = table.place(line, column)
            if section != "process":
                found.append(Given(section, cells[at], name, cells[column], place, typed=False))
            elif name == "value":
                found.append(Given(section, "", cells[at], cells[column], place, typed=False))
    return found


def _toml(path: Path, log: Log) -> list[Given]:
    """What a TOML file says: [process], [factors.NAME], [responses.NAME]."""
    if not path.is_file():
        log.wrong(Place(str(path)), "E600", "there is no such file of settings")
        return []
    if read_toml(path, log) is None:
        return []
    text = read_text(path, log) or ""
    spots = key_spots(text)

    def place(*keys: str) -> Place:
        for length in range(len(keys), 0, -1):
            if keys[:length] in spots:
                return Place(str(path), "", *spots[keys[:length]][0])
        near = next((spot for found, spot in spots.items() if found[:1] == keys[:1]), ((1, 1), (1, 1)))
        return Place(str(path), "", *near[0])

    found: list[Given] = []
    for section, values in tomllib.loads(text).items():
        if section not in SECTIONS or not isinstance(values, Mapping):
            message = f"unknown section `{section}`; the sections are {', '.join(SECTIONS)}"
            log.wrong(place(section), "E603", message)
            continue
        for name, value in values.items():
            if section == "process":
                found.append(Given(section, "", name, value, place(section, name)))
            elif isinstance(value, Mapping):
                found.append(Given(section, name, "", "", place(section, name)))
                found += [Given(section, name, key, one, place(section, name, key)) for key, one in value.items()]
            else:
                hint = f"write `[{section}.{name}]` and its keys under it, or `{name} = {{ low = 1, high = 2 }}`"
                log.wrong(place(section, name), "E604", f"`{name}` of {section} must be a section of its own", hint)
    return found
