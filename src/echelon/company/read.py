"""Reads a company from a folder of tables or from a workbook; says everything that is wrong at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from echelon.company.company import Company
from echelon.company.csvfile import read_grid
from echelon.company.diagnostics import CompanyError, Diagnostic, Log, Place, Severity, nearest
from echelon.company.grid import Grid, Table, make_table
from echelon.company.rows import REQUIRED, TABLES, Change, Choice, Row
from echelon.company.rows.settings import Settings
from echelon.company.settings import make_settings
from echelon.company.tomlfile import Entry, read_toml


class Places(Mapping[tuple[str, str, str], Place]):
    """(table, key, column) -> place, found when asked.

    The settings are table `company` with a blank key and section.key as column; a plan is table plans/NAME, a
    scenario scenarios/NAME. A blank column is the row itself.
    """

    def __init__(self, tables: Mapping[str, Table], settings: Mapping[str, Place]) -> None:
        self._tables = tables
        self._settings = settings

    def __getitem__(self, cell: tuple[str, str, str]) -> Place:
        table, key, column = cell
        if table == "company":
            return self._settings[column]
        found = self._tables[table]
        if key not in found.lines or (column and found.position(column) < 0):
            raise KeyError(cell)
        return found.place(key, column)

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        yield from (("company", "", name) for name in self._settings)
        for name, table in self._tables.items():
            yield from ((name, key, column) for key in table.lines for column in ("", *table.columns))

    def __len__(self) -> int:
        cells = sum(len(table.lines) * (1 + len(table.columns)) for table in self._tables.values())
        return len(self._settings) + cells


@dataclass(frozen=True)
class Reading:
    """What came of reading a company.

    Attributes
    ----------
    company : the company, or None where anything is wrong.
    diagnostics : every message, by file and line.
    places : (table, key, column) -> place of each cell.
    """

    company: Company | None
    diagnostics: tuple[Diagnostic, ...]
    places: Mapping[tuple[str, str, str], Place]

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The messages that stop a company from being used."""
        return tuple(d for d in self.diagnostics if d.severity is Severity.ERROR)


@dataclass
class Draft:
    """A company while it is being read: what could be made, what could not, and where everything is."""

    file: Place
    settings: Settings | None = None
    settings_places: dict[str, Place] = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)

    def company(self) -> Company | None:
        """The company, as far as its rows could be made."""
        if self.settings is None:
            return None
        rows = (row for name, table in self.tables.items() if name in TABLES for row in table.rows.values())
        plans: dict[str, tuple[Choice, ...]] = {}
        scenarios: dict[str, tuple[Change, ...]] = {}
        for name, table in self.tables.items():
            if name.startswith("plans/"):
                plans[name[6:]] = tuple(row for row in table.rows.values() if isinstance(row, Choice))
            elif name.startswith("scenarios/"):
                scenarios[name[10:]] = tuple(row for row in table.rows.values() if isinstance(row, Change))
        return Company.of(self.settings, rows, plans, scenarios)


def load(path: Path) -> Company:
    """Read a company.

    Parameters
    ----------
    path : a folder with company.toml and CSV tables, or an .xlsx workbook of the same tables.

    Raises
    ------
    CompanyError
        If anything is wrong; it carries every message.
    """
    reading = read(path)
    if reading.company is None:
        raise CompanyError(reading.diagnostics)
    return reading.company


def read(path: Path) -> Reading:
    """Read a company and say everything that is wrong with it, and what is implausible."""
    path = Path(path)
    log = Log()
    draft = Draft(Place(str(path)))
    if not path.exists():
        log.wrong(draft.file, "E001", "there is no such folder or workbook", _near_path(path))
    elif path.is_dir():
        _read_folder(path, draft, log)
    else:
        log.wrong(draft.file, "E002", "neither a folder nor an .xlsx workbook")
    company = None if log.failed else draft.company()
    return Reading(company, log.diagnostics(), Places(draft.tables, draft.settings_places))


def _near_path(path: Path) -> str:
    try:
        names = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError:
        return ""
    return nearest(path.name, names)


def _read_folder(path: Path, draft: Draft, log: Log) -> None:
    toml = path / "company.toml"
    entries: list[Entry] | None = None
    if toml.is_file():
        entries = read_toml(toml, log)
    else:
        log.wrong(Place(str(toml)), "E003", "a company needs this file: its name, day, horizon and currency")
    if entries is not None:
        draft.settings, draft.settings_places = make_settings(entries, Place(str(toml)), log)
    for name in REQUIRED:
        if not (path / f"{name}.csv").is_file():
            log.wrong(Place(str(path / f"{name}.csv")), "E003", "a company needs this table")
    for file in sorted(path.glob("*.csv")):
        if file.stem in TABLES:
            _add(file.stem, TABLES[file.stem], read_grid(file, log), draft, log)
        else:
            hint = nearest(file.stem, TABLES)
            log.wrong(Place(str(file)), "E015", f"`{file.stem}` is no table of a company", hint)
    models: dict[str, type[Row]] = {"plans": Choice, "scenarios": Change}
    for folder, model in models.items():
        for file in sorted((path / folder).glob("*.csv")):
            _add(f"{folder}/{file.stem}", model, read_grid(file, log), draft, log)


def _add(name: str, model: type[Row], grid: Grid | None, draft: Draft, log: Log) -> None:
    draft.tables[name] = make_table(name, grid, model, log) if grid else Table(name, draft.file, whole=False)
