"""Writes what a study found into a company's recipes, with its source, and never over something unasked."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from echelon.company.amend import SOURCES, Cells, amend, sourced
from echelon.company.diagnostics import CompanyError, Diagnostic, Place, nearest
from echelon.company.read import load
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
    cells = recipe_cells(found)
    recipes = Cells.read(path, ("asset", "site"))
    # A triangle is what a blank shape means; the column is not made for it.
    cells = {name: text for name, text in cells.items() if not name.endswith("_dist") or name in recipes.header}
    row = recipes.find({"asset": asset, "site": site})
    changed = _held(path, recipes, row, cells, replace)
    if row is None:
        dose = {name: text for name in DOSE if (text := _shared(recipes, {"asset": asset}, name))}
        new = {"asset": asset, "site": site, **dose, **cells, "source": source, "confidence": CONFIDENCE}
        files = {path: recipes.add(new)}
    else:
        named, told = Cells.read(sources, SOURCES), {"source": source, "confidence": CONFIDENCE}
        for one in found:
            named = sourced(named, "recipes", f"{asset}/{site}", one.column, told)
        files = {path: recipes.put_all(row, cells), sources: named}
    amend(folder, files)
    return Written(tuple(files), changed)


def _held(
    path: Path, table: Cells, row: int | None, cells: dict[str, str], replace: bool
) -> tuple[tuple[str, str, str], ...]:
    """Cells that change, with what they hold; an error if that is something and nobody said to replace it."""
    if row is None:
        return tuple((name, "", value) for name, value in cells.items())
    changed = [(name, table.get(row, name), value) for name, value in cells.items() if table.get(row, name) != value]
    held = [f"{name} {old}" for name, old, _ in changed if old]
    if held and not replace:
        message = f"the recipe holds {', '.join(held)} already"
        line = table.line(row)
        raise CompanyError([Diagnostic(Place(str(path), "", line, 1), "E615", message, "--replace writes over it")])
    return tuple(changed)


def _refused(path: Path, message: str, hint: str) -> CompanyError:
    return CompanyError([Diagnostic(Place(str(path)), "E615", message, hint)])


def _shared(table: Cells, key: dict[str, str], name: str) -> str:
    """What every row with these cells says in a column, blank where they differ."""
    texts = {table.get(row, name) for row in table.rows(key)}
    return texts.pop() if len(texts) == 1 else ""
