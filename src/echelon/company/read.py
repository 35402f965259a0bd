"""Reads a company from a folder of tables or from a workbook; says everything that is wrong at once."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

from echelon.company.check import check_view
from echelon.company.choices import check_plan
from echelon.company.company import Company
from echelon.company.csvfile import read_grid
from echelon.company.diagnostics import CompanyError, Diagnostic, Log, Place, Severity, nearest
from echelon.company.grid import Grid, Table, make_table
from echelon.company.overlay import UNCOUPLED, apply
from echelon.company.rows import REQUIRED, TABLES, Change, Choice, Row
from echelon.company.rows.settings import Settings
from echelon.company.settings import make_settings
from echelon.company.tomlfile import Entry, read_toml
from echelon.company.view import View
from echelon.company.workbook import read_sheets, setting_entries

Cell3 = tuple[str, str, str]

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}", re.ASCII)
"""What a plan or scenario may be called."""


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

    def near(self, table: str, key: str, column: str) -> Place:
        """The place of a cell; of its row, table or file where there is no such cell."""
        if table == "company":
            section = column.partition(".")[0]
            return self._settings.get(column) or self._settings.get(section) or Place("company.toml")
        found = self._tables.get(table)
        return found.place(key, column) if found else Place(table)

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
        found = {name: self.tables[name].rows if name in self.tables else {} for name in TABLES}
        tables = {name: MappingProxyType({key: rows[key] for key in sorted(rows)}) for name, rows in found.items()}
        plans: dict[str, tuple[Choice, ...]] = {}
        scenarios: dict[str, tuple[Change, ...]] = {}
        for name, table in self.tables.items():
            if name.startswith("plans/"):
                plans[name[6:]] = tuple(row for row in table.rows.values() if isinstance(row, Choice))
            elif name.startswith("scenarios/"):
                scenarios[name[10:]] = tuple(row for row in table.rows.values() if isinstance(row, Change))
        return Company(self.settings, MappingProxyType(tables), plans, scenarios)


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
    try:
        _read_any(path, draft, log)
    except OSError as error:
        log.wrong(draft.file, "E020", f"cannot be read: {(error.strerror or str(error)).lower()}")
    if draft.tables:
        _check(draft, log)
    company = None if log.failed else draft.company()
    if company:
        _check_scenarios(company, draft, log)
        company = None if log.failed else company
    return Reading(company, log.diagnostics(), Places(draft.tables, draft.settings_places))


def _read_any(path: Path, draft: Draft, log: Log) -> None:
    if not path.exists():
        log.wrong(draft.file, "E001", "there is no such folder or workbook", _near_path(path))
    elif path.is_dir():
        _read_folder(path, draft, log)
    elif path.suffix.lower() == ".xlsx":
        _read_workbook(path, draft, log)
    else:
        hint = "save it as .xlsx" if path.suffix.lower() in (".xls", ".xlsm", ".xlsb", ".ods") else ""
        hint = hint or ("name the folder that holds it" if path.suffix in (".csv", ".toml") else "")
        log.wrong(draft.file, "E002", "neither a folder nor an .xlsx workbook", hint)


def _near_path(path: Path) -> str:
    names = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
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
    for file in sorted(path.iterdir()):
        if file.suffix.lower() != ".csv" or file.name.startswith("."):
            continue
        if file.suffix == ".csv" and file.stem in TABLES:
            _add(file.stem, TABLES[file.stem], read_grid(file, log), draft, log)
        else:
            log.wrong(Place(str(file)), "E015", f"`{file.name}` is no table of a company", _near_table(file.stem))
    for folder, model in (("plans", Choice), ("scenarios", Change)):
        if not (path / folder).is_dir():
            continue
        for file in sorted((path / folder).iterdir()):
            if file.suffix == ".csv" and not file.name.startswith("."):
                _add_named(folder, file.stem, model, Place(str(file)), read_grid(file, log), draft, log)
    _need_tables(draft, lambda name: Place(str(path / f"{name}.csv")), log)


def _read_workbook(path: Path, draft: Draft, log: Log) -> None:
    sheets = read_sheets(path, log)
    if sheets is None:
        return
    if "company" in sheets:
        entries = setting_entries(sheets["company"], log)
        draft.settings, draft.settings_places = make_settings(entries, Place(str(path), "company"), log)
    else:
        log.wrong(Place(str(path)), "E003", "a company needs the sheet `company`: its name, day, horizon and currency")
    for name, grid in sheets.items():
        kind, _, rest = name.partition(" ")
        place = Place(str(path), name)
        if name in TABLES:
            _add(name, TABLES[name], grid, draft, log)
        elif kind == "plan" and rest:
            _add_named("plans", rest, Choice, place, grid, draft, log)
        elif kind == "scenario" and rest:
            _add_named("scenarios", rest, Change, place, grid, draft, log)
        elif name != "company" and name.lower() != "readme":
            log.wrong(place, "E015", f"sheet `{name}` is no table of a company", _near_table(name))
    _need_tables(draft, lambda name: Place(str(path), name), log)


def _near_table(name: str) -> str:
    return nearest(name, [*TABLES, "company"])


def _need_tables(draft: Draft, place: Callable[[str], Place], log: Log) -> None:
    for name in REQUIRED:
        if name not in draft.tables:
            log.wrong(place(name), "E003", f"a company needs the table `{name}`")
            draft.tables[name] = Table(name, place(name), whole=False, unread=True)


def _add(name: str, model: type[Row], grid: Grid | None, draft: Draft, log: Log) -> None:
    made = make_table(name, grid, model, log) if grid else Table(name, draft.file, whole=False, unread=True)
    draft.tables[name] = made


def _add_named(
    folder: str, name: str, model: type[Row], place: Place, grid: Grid | None, draft: Draft, log: Log
) -> None:
    """Add a plan or scenario."""
    if not NAME.fullmatch(name):
        log.wrong(place, "E022", f"`{name}` is no name for a plan or scenario", "use a-z, 0-9, `-`, `.` and `_`")
    elif folder == "scenarios" and name == UNCOUPLED:
        log.wrong(place, "E022", f"`{UNCOUPLED}` is a scenario that every company has; choose another name")
    _add(f"{folder}/{name}", model, grid, draft, log)


def _check(draft: Draft, log: Log) -> None:
    places = Places(draft.tables, draft.settings_places)
    view = View(
        draft.settings,
        {name: draft.tables[name].rows if name in draft.tables else {} for name in TABLES},
        {name: draft.tables[name].lines if name in draft.tables else {} for name in TABLES},
        frozenset(name for name, table in draft.tables.items() if not table.whole),
        frozenset(name for name, table in draft.tables.items() if table.unread),
        places.near,
    )
    check_view(view, log)
    for name, table in draft.tables.items():
        if name.startswith("plans/"):
            choices = (row for row in table.rows.values() if isinstance(row, Choice))
            check_plan(view, name.removeprefix("plans/"), choices, log)


def _check_scenarios(company: Company, draft: Draft, log: Log) -> None:
    """Apply every scenario, and check the company it makes."""
    places = Places(draft.tables, draft.settings_places)
    for name, changes in company.scenarios.items():
        table = draft.tables[f"scenarios/{name}"]
        spots = [table.place(change.key, "value") for change in changes]
        try:
            changed = apply(company, changes, spots)
        except CompanyError as error:
            log.extend(error.diagnostics)
            continue
        by_cell = {(c.table_name, c.id, c.column): spot for c, spot in zip(changes, spots, strict=True)}

        def place(table: str, key: str, column: str, by_cell: dict[Cell3, Place] = by_cell) -> Place:
            return (
                by_cell.get((table, key, column))
                or by_cell.get((table, "*", column))
                or places.near(table, key, column)
            )

        found = Log()
        check_view(View.of(changed, place), found)
        errors = (d for d in found.diagnostics() if d.severity is Severity.ERROR)
        log.extend(replace(d, message=f"under scenario `{name}`: {d.message}") for d in errors)
