"""Reads a study: which columns are factors, responses and blocks, and every run in coded units."""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from echelon.company.cells import shown
from echelon.company.diagnostics import CompanyError, Log, Place, nearest
from echelon.company.rows.base import LARGEST
from echelon.supply.process.coding import coding
from echelon.supply.process.setup import Setup, make_setup
from echelon.supply.process.sources import Given, Source, Table, open_source
from echelon.supply.process.table import Experiments, Factor, Response, Settings

MISSING = {"", "na", "n/a", "n.a.", "nan", "nd", "n.d.", "-", ".", "null", "none", "?", "*"}
"""Texts of a cell in which nothing was measured."""

NO_FACTOR = {
    "run", "runs", "run order", "runorder", "std", "std order", "stdorder", "standard order", "order", "id", "no",
    "no.", "nr", "#", "trial", "exp", "experiment", "experiment no", "point", "type", "centerpt",
    "point type", "pttype", "comment", "comments", "note", "notes", "remark", "remarks", "date", "source",
}  # fmt: skip
"""Names of columns that number or describe runs."""

MOST_LEVELS = 12
"""Words that a categorical factor may have."""

COUNTS = "it counts the runs"
FEW_LEVELS, MOSTLY = 7, 0.6
"""Levels that a designed factor has at most, and the share of runs from which a column looks measured."""

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
UNIT = re.compile(r"(.+?)\s*\[([^\[\]]*)\]|(.+?)\s+\(([^()]*)\)")


def read_experiments(
    path: Path, more: Iterable[Given] = (), setup: Path | None = None, runs: bool = True
) -> Experiments:
    """Read a study.

    Parameters
    ----------
    path : a .csv file (settings in the .toml of the same name), a folder of tables, a workbook, or a .toml alone.
    more : settings that beat those of the files.
    setup : another file of settings than the one beside the table.
    runs : whether there must be runs with measured responses; a design to come needs only factors.

    Raises
    ------
    CompanyError
        With every message, if anything is wrong.
    """
    log = Log()
    source = open_source(path, setup, log)
    told = make_setup((*source.given, *more), log)
    readable = source.table is not None or not log.failed
    made = _Reader(source, told, runs, log).read() if readable else None
    if made is None or log.failed:
        raise CompanyError(log.diagnostics())
    return made


def numbers(text: str) -> float | None:
    """The number that a cell holds, nan where nothing was measured, None where it is neither."""
    if text.strip().casefold() in MISSING:
        return float("nan")
    plain = text.strip().replace("\u2212", "-")
    return float(plain) if NUMBER.fullmatch(plain) and np.isfinite(float(plain)) else None


def split_unit(header: str) -> tuple[str, str]:
    """Name and unit of a column: "Temp [°C]" and "Temp (°C)" are both Temp in °C."""
    found = UNIT.fullmatch(header)
    if not found:
        return header, ""
    return (found[1] or found[3]).strip(), (found[2] or found[4] or "").strip()


class _Reader:
    """Gives each column its role, and each run its numbers."""

    def __init__(self, source: Source, setup: Setup, runs: bool, log: Log) -> None:
        self.source, self.setup, self.runs, self.log = source, setup, runs, log
        self.table: Table | None = source.table
        self.columns = {name: i for i, name in enumerate(self.table.header) if name} if self.table else {}
        self.notes: list[str] = []

    def read(self) -> Experiments | None:
        settings = self._settings()
        if self.table is None:
            return self._to_come(settings)
        if not self.table.rows and self.runs:
            self.log.wrong(Place(self.source.file), "E609", "the table has no runs, only a header")
            return None
        block = self._block()
        responses = self._roles("responses", block)
        ignored = {self._find(name, "process", "ignore") for name in self.setup.words("process", "", "ignore")}
        taken = {block, *responses.values(), *ignored}
        factors = self._roles("factors", block) or self._other_columns(taken)
        for name, column in factors.items():
            if column in responses.values():
                self.log.wrong(self.table.head(column), "E610", f"`{name}` is named as a factor and as a response")
        if not responses and self.runs and not self.log.failed:
            names = ", ".join(name for name, column in self.columns.items() if column != block)
            hint = f"name them with --response, or in a section [responses.NAME]; the columns are {names}"
            self.log.wrong(Place(self.source.file), "E601", "it is not said which columns are responses", hint)
        if not factors and not self.log.failed:
            self.log.wrong(Place(self.source.file), "E609", "no column is left as a factor")
        return self._runs(settings, factors, responses, block)

    def _settings(self) -> Settings:
        get = self.setup.text
        return Settings(
            title=get("process", "", "title") or Path(self.source.file).stem.replace("_", " "),
            model=get("process", "", "model") or "auto",  # type: ignore[arg-type]
            region=get("process", "", "region") or "auto",  # type: ignore[arg-type]
            reliability=self.setup.number("process", "", "reliability") or 0.9,
        )

    def _find(self, name: str, section: str, key: str = "") -> int:
        """Place of a column by its whole header or by its name without unit; -1 after logging that there is none."""
        if name in self.columns:
            return self.columns[name]
        alike = [i for header, i in self.columns.items() if split_unit(header)[0].casefold() == name.casefold()]
        alike = alike or [i for header, i in self.columns.items() if header.casefold() == name.casefold()]
        if len(alike) == 1:
            return alike[0]
        place = self.setup.place(section, "" if section == "process" else name, key)
        hint = nearest(name, self.columns) or f"columns are {', '.join(self.columns)}"
        self.log.wrong(place, "E602", f"`{name}` is not a column of the table", hint)
        return -1

    def _block(self) -> int:
        name = self.setup.text("process", "", "block")
        if name:
            return self._find(name, "process", "block")
        named = [i for header, i in self.columns.items() if header.casefold() in ("block", "blocks")]
        wanted = {*self.setup.names["factors"], *self.setup.names["responses"]}
        if named and self.table and self.table.header[named[0]] not in wanted:
            self.notes.append(f"Column {self.table.header[named[0]]} is taken as the block.")
            return named[0]
        return -1

    def _roles(self, section: str, block: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for name in self.setup.names[section]:
            column = self._find(name, section)
            if column >= 0:
                if column in found.values() or column == block:
                    role = "the block" if column == block else f"{section} twice"
                    self.log.wrong(self.setup.place(section, name, ""), "E610", f"`{name}` is named as {role}")
                found[name] = column
        return found

    def _other_columns(self, taken: set[int]) -> dict[str, int]:
        """Columns that may be factors where none is named: not what numbers or describes the runs."""
        assert self.table is not None
        found: dict[str, int] = {}
        why: dict[str, str] = {}
        for header, column in self.columns.items():
            if column not in taken:
                found[header] = column
                why[header] = _not_a_factor(header, [cells[column] for _, cells in self.table.rows])
        spread = {header: _levels_of(self.table, column) for header, column in found.items() if not why[header]}
        for header, (levels, runs) in spread.items():
            if levels > max(FEW_LEVELS, MOSTLY * runs) and min(count for count, _ in spread.values()) <= FEW_LEVELS:
                why[header] = "it has about as many values as runs, like something measured; --factor would make it one"
        if all(why.values()):
            # A lone column that counts may well be time.
            why = {header: "" if reason == COUNTS else reason for header, reason in why.items()}
        self.notes += [f"Column {header} is left out: {reason}." for header, reason in why.items() if reason]
        found = {header: column for header, column in found.items() if not why[header]}
        if found:
            self.notes.append(f"Taken as factors: {', '.join(found)}.")
        return found

    def _to_come(self, settings: Settings) -> Experiments | None:
        if self.runs:
            message = "there are no runs to fit, only settings"
            hint = "--design makes the first ones"
            self.log.wrong(Place(self.source.file), "E609", message, hint)
            return None
        factors = [self._factor(name, name, ()) for name in self.setup.names["factors"]]
        for factor in factors:
            if not factor.categorical and self.setup.number("factors", factor.name, "low") is None:
                place = self.setup.place("factors", factor.name, "")
                self.log.wrong(place, "E605", f"`{factor.name}` needs `low` and `high`, or `levels`")
        if not factors:
            self.log.wrong(Place(self.source.file), "E609", "no factors are named", "add sections [factors.NAME]")
        responses = [self._response(name, name) for name in self.setup.names["responses"]]
        empty = np.zeros((0, len(factors))), np.zeros((0, len(responses)))
        return Experiments(self.source.file, tuple(factors), tuple(responses), settings, *empty)

    def _factor(self, name: str, header: str, texts: tuple[str, ...]) -> Factor:
        get = self.setup
        short, unit = split_unit(header)
        unit = get.text("factors", name, "unit") or unit
        levels = get.words("factors", name, "levels")
        filled = [text for text in texts if text.strip().casefold() not in MISSING]
        if not levels and filled and sum(numbers(text) is not None for text in filled) < 0.5 * len(filled):
            levels = tuple(dict.fromkeys(filled))
        set_point = get.get("factors", name, "set_point")
        sd = get.number("factors", name, "sd") or 0.0
        if levels:
            return self._categorical(name, short, unit, levels, set_point)
        values = [value for value in map(numbers, filled) if value is not None]
        low, high = get.number("factors", name, "low"), get.number("factors", name, "high")
        guessed = low is None or high is None
        if guessed:
            low, high = coding(values) if values else (-1.0, 1.0)
        if isinstance(set_point, str):
            message = f"`set_point` of `{name}` must be a number, not `{shown(set_point)}`"
            self.log.wrong(get.place("factors", name, "set_point"), "E612", message)
            set_point = None
        return Factor(short, unit, low or 0.0, high or 0.0, (), set_point, sd, guessed)  # type: ignore[arg-type]

    def _categorical(self, name: str, short: str, unit: str, levels: tuple[str, ...], set_point: object) -> Factor:
        place = self.setup.place("factors", name, "set_point")
        if isinstance(set_point, float):
            set_point = f"{set_point:g}"
        if set_point is not None and set_point not in levels:
            message = f"`set_point` of `{name}` must be one of {', '.join(levels)}; not `{set_point}`"
            self.log.wrong(place, "E611", message, nearest(str(set_point), levels))
        if len(levels) > MOST_LEVELS or len(set(levels)) < len(levels):
            message = f"`{name}` has {len(levels)} levels; different ones, and at most {MOST_LEVELS}, are read"
            self.log.wrong(self.setup.place("factors", name, "levels"), "E606", message)
        return Factor(short, unit, -1.0, 1.0, levels, str(set_point) if set_point is not None else None)

    def _response(self, name: str, header: str) -> Response:
        get = self.setup
        short, unit = split_unit(header)
        target = get.number("responses", name, "target")
        goal = get.text("responses", name, "goal") or ("target" if target is not None else "")
        return Response(
            short,
            get.text("responses", name, "unit") or unit,
            get.number("responses", name, "low"),
            get.number("responses", name, "high"),
            goal,  # type: ignore[arg-type]
            target,
            get.text("responses", name, "recipe"),  # type: ignore[arg-type]
        )

    def _runs(
        self, settings: Settings, factors: dict[str, int], responses: dict[str, int], block: int
    ) -> Experiments | None:
        assert self.table is not None
        header, rows = self.table.header, self.table.rows
        made = [
            self._factor(name, header[column], tuple(cells[column] for _, cells in rows))
            for name, column in factors.items()
        ]
        measured = [self._response(name, header[column]) for name, column in responses.items()]
        x = np.full((len(rows), len(made)), np.nan)
        for i, (factor, column) in enumerate(zip(made, factors.values(), strict=True)):
            x[:, i] = self._levels(factor, column)
        y = np.full((len(rows), len(measured)), np.nan)
        for j, column in enumerate(responses.values()):
            y[:, j] = self._numbers(column)
        if self.log.failed:
            return None
        blocks = [cells[block] for _, cells in rows] if block >= 0 else []
        return self._whole(settings, made, measured, x, y, blocks)

    def _levels(self, factor: Factor, column: int) -> np.ndarray:
        assert self.table is not None
        if not factor.categorical:
            values = self._numbers(column)
            known = values[np.isfinite(values)]
            if len(known) and known.min() == known.max() and factor.guessed:
                place = self.table.head(column)
                message = f"`{factor.name}` is {known[0]:g} in every run, so nothing can be said of it"
                self.log.wrong(place, "E607", message, "leave the column out with --ignore")
                return values
            return (values - 0.5 * (factor.low + factor.high)) / factor.half
        found = np.full(len(self.table.rows), np.nan)
        at = {level: i for i, level in enumerate(factor.levels)}
        for i, (line, cells) in enumerate(self.table.rows):
            text = cells[column]
            if text.casefold() in MISSING and text not in at:
                continue
            if text in at:
                found[i] = at[text]
            else:
                message = f"`{shown(text)}` is not a level of `{factor.name}`, which has {', '.join(factor.levels)}"
                self.log.wrong(self.table.place(line, column), "E611", message, nearest(text, at))
        if len(set(found[np.isfinite(found)])) == 1:
            self.log.wrong(self.table.head(column), "E607", f"`{factor.name}` has the same level in every run")
        return found

    def _numbers(self, column: int) -> np.ndarray:
        assert self.table is not None
        name = self.table.header[column]
        found = np.full(len(self.table.rows), np.nan)
        for i, (line, cells) in enumerate(self.table.rows):
            value = numbers(cells[column])
            if value is None:
                place = self.table.place(line, column)
                message = f"`{name}` must be a number here, not `{shown(cells[column])}`"
                self.log.wrong(place, "E608", message, _number_hint(cells[column]))
            elif abs(value) > LARGEST:
                message = f"`{name}` must be at most {LARGEST:g} in size, not {value:g}"
                self.log.wrong(self.table.place(line, column), "E608", message)
            else:
                found[i] = value
        return found

    def _whole(
        self,
        settings: Settings,
        factors: list[Factor],
        responses: list[Response],
        x: np.ndarray,
        y: np.ndarray,
        blocks: list[str],
    ) -> Experiments | None:
        """Leave out runs whose levels are not known; a response without any number is wrong."""
        assert self.table is not None
        whole = np.isfinite(x).all(axis=1) & np.array([bool(b) for b in blocks] or [True] * len(x), dtype=bool)
        lines = [line for line, _ in self.table.rows]
        for i in np.flatnonzero(~whole):
            self.notes.append(f"The run of line {lines[i]} is left out: a factor or its block is blank.")
        for j, response in enumerate(responses):
            count = int(np.isfinite(y[whole, j]).sum())
            if not count and self.runs:
                message = f"`{response.name}` was measured in no run"
                self.log.wrong(Place(self.source.file), "E609", message)
            elif count < whole.sum() and self.runs:
                self.notes.append(
                    f"{response.name} is blank in {_runs(int(whole.sum()) - count)}; the others are used."
                )
        if not whole.any() and self.runs:
            self.log.wrong(Place(self.source.file), "E609", "the table has no whole run")
        guessed = [f"{f.name} {f.low:g} to {f.high:g}" for f in factors if f.guessed]
        if guessed:
            self.notes.append(f"Coded -1 to +1, as read off the table: {', '.join(guessed)}.")
        kept = np.flatnonzero(whole)
        return Experiments(
            self.source.file,
            tuple(factors),
            tuple(responses),
            settings,
            x[kept],
            y[kept],
            tuple(blocks[i] for i in kept) if len(set(blocks)) > 1 else (),
            tuple(lines[i] for i in kept),
            tuple(self.notes),
        )


def _levels_of(table: Table, column: int) -> tuple[int, int]:
    """How many different values a column has, in how many runs."""
    filled = [cells[column] for _, cells in table.rows if cells[column].casefold() not in MISSING]
    return len(set(filled)), len(filled)


def _runs(count: int) -> str:
    return f"{count} run{'' if count == 1 else 's'}"


def _not_a_factor(header: str, texts: list[str]) -> str:
    """Why a column that nobody named is no factor, or ""."""
    filled = [text for text in texts if text.casefold() not in MISSING]
    name = split_unit(header)[0].casefold()
    if not filled:
        return "it is blank"
    if name in NO_FACTOR or name.replace("_", " ") in NO_FACTOR:
        return "its name says that it numbers or describes the runs"
    if len(set(filled)) == 1:
        return f"it is {shown(filled[0])} in every run"
    values = [numbers(text) for text in filled]
    if None not in values:
        counts = sorted(float(value) for value in values if value is not None)
        if len(counts) > 3 and counts == [float(i) for i in range(1, len(counts) + 1)]:
            return COUNTS
        return ""
    words = sum(value is None for value in values)
    if words > 0.5 * len(values) and len(set(filled)) > min(MOST_LEVELS, max(2, len(filled) // 2)):
        return "its texts differ from run to run"
    return ""


def _number_hint(text: str) -> str:
    plain = text.replace(",", ".").strip()
    if NUMBER.fullmatch(plain):
        return f"write `{plain}`, with a point"
    inner = re.search(r"[+-]?\d+(\.\d+)?", text)
    if inner and text.lstrip()[:1] in "<>≤≥":
        return (
            "a result beyond what can be measured is no number; write a value and say so in a note, or leave it blank"
        )
    return f"write the number alone, such as `{inner[0]}`" if inner else "leave the cell blank if it was not measured"
