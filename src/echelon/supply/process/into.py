"""Writes what a study found into a company's recipes, with its source, and never over something unasked."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from echelon.company.diagnostics import CompanyError, Diagnostic, Place, Severity, nearest
from echelon.company.read import load, read
from echelon.company.rows.base import columns, is_uncertain
from echelon.company.rows.supply import Recipe
from echelon.supply.process.recipe import Distribution

CONFIDENCE = "derived"

DOSE = ("grams_per_month", "sales_per_gram")
"""Columns of a recipe that are the molecule's, wherever it is made; a new row takes them from its other sites."""


@dataclass(frozen=True)
class Written:
    """What was written: files, and each cell with what it held before."""

    files: tuple[Path, ...]
    cells: tuple[tuple[str, str, str], ...]


def recipe_cells(found: Sequence[Distribution]) -> dict[str, str]:
    """Cells of a row of `recipes`; a column that takes one number gets the mean of the batches."""
    cells: dict[str, str] = {}
    for one in found:
        if one.column not in columns(Recipe):
            continue
        cells |= one.cells if is_uncertain(Recipe, one.column) else {one.column: f"{one.mean:.4g}"}
    return cells


def write_recipe(
    folder: Path, asset: str, site: str, found: Sequence[Distribution], source: str, replace: bool
) -> Written:
    """Put the distributions into the row of an asset and site; a new row is made where there is none.

    Parameters
    ----------
    source : where the numbers come from; for a new row its `source`, for cells of an old one rows of `sources`.
    replace : whether cells that hold something else may be written over.

    Raises
    ------
    CompanyError
        If the company has errors before or after (then nothing is changed), the asset or site is unknown, or a cell is
        held by something else and `replace` is not said.
    """
    if not folder.is_dir():
        raise _refused(folder, f"{folder} is no company folder", "cells of a workbook are pasted; they are printed")
    company = load(folder)
    for table, name in (("assets", asset), ("sites", site)):
        if name not in company.tables[table]:
            raise _refused(
                folder / f"{table}.csv", f"there is no `{name}` in {table}", nearest(name, company.tables[table])
            )
    path, sources = folder / "recipes.csv", folder / "sources.csv"
    before = {file: file.read_bytes() if file.exists() else None for file in (path, sources)}
    cells = recipe_cells(found)
    recipes = _Table.read(path, ["asset", "site"])
    # A triangle is what a blank shape means; the column is not made for it.
    cells = {name: text for name, text in cells.items() if not name.endswith("_dist") or name in recipes.header}
    row = recipes.row({"asset": asset, "site": site})
    changed = _held(path, recipes, row, cells, replace)
    if row is None:
        dose = {name: text for name in DOSE if (text := recipes.shared({"asset": asset}, name))}
        recipes.add({"asset": asset, "site": site, **dose, **cells, "source": source, "confidence": CONFIDENCE})
        texts = {path: recipes.text()}
    else:
        recipes.set(row, cells)
        named = _Table.read(sources, ["table_name", "id", "column", "source", "confidence"])
        for one in found:
            place = {"table_name": "recipes", "id": f"{asset}/{site}", "column": one.column}
            at = named.row(place)
            told = {**place, "source": source, "confidence": CONFIDENCE}
            named.add(told) if at is None else named.set(at, told)
        texts = {path: recipes.text(), sources: named.text()}
    _write(folder, texts, before)
    return Written(tuple(texts), changed)


def _held(
    path: Path, table: "_Table", row: int | None, cells: dict[str, str], replace: bool
) -> tuple[tuple[str, str, str], ...]:
    """Cells that change, with what they hold; an error if that is something and nobody said to replace it."""
    if row is None:
        return tuple((name, "", value) for name, value in cells.items())
    changed = [(name, table.get(row, name), value) for name, value in cells.items() if table.get(row, name) != value]
    held = [f"{name} {old}" for name, old, _ in changed if old]
    if held and not replace:
        message = f"the recipe holds {', '.join(held)} already"
        line = table.lines[row]
        raise CompanyError([Diagnostic(Place(str(path), "", line, 1), "E615", message, "--replace writes over it")])
    return tuple(changed)


def _write(folder: Path, texts: dict[Path, str], before: dict[Path, bytes | None]) -> None:
    """Write the files; if the company is then wrong, put back what was there."""
    try:
        for file, text in texts.items():
            draft = file.with_name(f"{file.name}.draft")
            draft.write_text(text, encoding="utf-8", newline="")
            draft.replace(file)
        errors = [d for d in read(folder).diagnostics if d.severity is Severity.ERROR]
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


def _refused(path: Path, message: str, hint: str) -> CompanyError:
    return CompanyError([Diagnostic(Place(str(path)), "E615", message, hint)])


class _Table:
    """A CSV file whose other cells, columns and line ends stay as they are."""

    def __init__(self, header: list[str], rows: list[list[str]], lines: list[int], end: str, mark: str) -> None:
        self.header, self.rows, self.lines, self.end, self.mark = header, rows, lines, end, mark

    @classmethod
    def read(cls, path: Path, header: list[str]) -> "_Table":
        """The table of a file; an empty one with a header where there is none."""
        if not path.exists():
            return cls(header, [], [], "\n", "")
        text = path.read_text(encoding="utf-8")
        mark = "\ufeff" if text.startswith("\ufeff") else ""
        with path.open(encoding="utf-8", newline="") as file:
            end = "\r\n" if "\r\n" in file.read() else "\n"
        reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
        rows, lines = [], []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(cells)
                lines.append(reader.line_num)
        return cls([cell.strip() for cell in rows[0]], rows[1:], lines[1:], end, mark)

    def row(self, key: dict[str, str]) -> int | None:
        """Place of the row with these cells."""
        for i in range(len(self.rows)):
            if all(self.get(i, name) == value for name, value in key.items()):
                return i
        return None

    def get(self, row: int, name: str) -> str:
        """A cell, blank where there is no such column."""
        return self.rows[row][self.header.index(name)].strip() if name in self.header else ""

    def shared(self, key: dict[str, str], name: str) -> str:
        """What every row with these cells says in a column, blank where they differ."""
        rows = [i for i in range(len(self.rows)) if all(self.get(i, part) == value for part, value in key.items())]
        texts = {self.get(i, name) for i in rows}
        return texts.pop() if len(texts) == 1 else ""

    def add(self, cells: dict[str, str]) -> None:
        """A new row."""
        self.rows.append([""] * len(self.header))
        self.set(len(self.rows) - 1, cells)

    def set(self, row: int, cells: dict[str, str]) -> None:
        """Cells of a row; columns that are not there are added at the end."""
        for name, value in cells.items():
            if name not in self.header:
                self.header.append(name)
                for other in self.rows:
                    other.append("")
            self.rows[row][self.header.index(name)] = value

    def text(self) -> str:
        """The file as text."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator=self.end)
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return self.mark + out.getvalue()
