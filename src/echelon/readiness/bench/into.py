"""Writes readiness into a company's `inspections`, and says on the same luck what being so ready is worth."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from echelon.company.amend import SOURCES, Cells, CellsError, amend, sourced
from echelon.company.company import Company
from echelon.company.diagnostics import CompanyError, Diagnostic, Place, nearest
from echelon.company.read import load
from echelon.company.rows.supply import Inspection
from echelon.readiness.score import Readiness, into_company
from echelon.runs.gaps import Gap
from echelon.runs.paired import Pairing
from echelon.runs.simulate import Order

Progress = Callable[[int, int], None]

CONFIDENCE = "derived"


@dataclass(frozen=True)
class Written:
    """What was written: files, and what the cell held before and holds now."""

    files: tuple[Path, ...]
    before: str
    after: str


@dataclass(frozen=True)
class Worth:
    """
    What being so ready is worth, against what the row held: differences in the company's value on the same futures.

    Attributes
    ----------
    held : readiness that the row held.
    low, middle, high : difference at the ends and the middle of readiness.
    futures, currency : how many, and in millions of what.
    """

    held: float
    low: Gap
    middle: Gap
    high: Gap
    futures: int
    currency: str


def write_readiness(folder: Path, site: str, territory: str, made: Readiness, today: date, *, replace: bool) -> Written:
    """
    Put readiness into the row of a site and territory, with its source, every other byte kept.

    Parameters
    ----------
    folder
        Of the company.
    site, territory
        Of the inspection.
    made
        The number.
    today
        Day of the source.
    replace
        Whether a number that is there may be written over.

    Raises
    ------
    CompanyError
        If the company has errors before or after (then nothing is changed), there is no such row, or it holds another
        number and `replace` is not said.
    """
    path, sources = folder / "inspections.csv", folder / "sources.csv"
    if not folder.is_dir():
        raise _wrong(folder, f"{folder} is no company folder", "cells of a workbook are pasted; --rows prints them")
    into_company(load(folder), made, site, territory)
    table = _cells(path)
    row = table.find({"site": site, "territory": territory})
    if row is None:
        raise _wrong(path, f"the row {site}/{territory} is not in this file", "add it first")
    before, after = table.get(row, "readiness"), f"{made.middle:.4f}"
    if before and _differs(before, after) and not replace:
        message = f"the row {site}/{territory} holds readiness {before} already"
        place = Place(str(path), "", table.line(row), table.header.index("readiness") + 1)
        raise CompanyError([Diagnostic(place, "R401", message, "--replace writes over it")])
    told = {"source": _words(made), "as_of": today.isoformat(), "confidence": CONFIDENCE}
    named = sourced(_cells(sources, SOURCES), "inspections", f"{site}/{territory}", "readiness", told)
    files = {path: table.put(row, "readiness", after), sources: named}
    amend(folder, files)
    return Written(tuple(files), before, after)


def _cells(path: Path, header: tuple[str, ...] = ()) -> Cells:
    try:
        return Cells.read(path, header)
    except OSError as error:
        raise _wrong(path, f"the file cannot be read: {(error.strerror or str(error)).lower()}", "") from None
    except (CellsError, UnicodeDecodeError) as error:
        raise _wrong(path, str(error), "save it as `CSV UTF-8`") from None


def _differs(one: str, other: str) -> bool:
    try:
        return abs(float(one) - float(other)) > 1e-9
    except ValueError:
        return True


def _words(made: Readiness) -> str:
    missing = f"; not measured: {', '.join(made.missing)}" if made.missing else ""
    return f"readiness room: {made.middle:.2f}, {made.low:.2f} to {made.high:.2f} with 80 %{missing}"


def _wrong(path: Path, message: str, hint: str) -> CompanyError:
    return CompanyError([Diagnostic(Place(str(path)), "R401", message, hint)])


def worth(
    company: Company,
    site: str,
    territory: str,
    made: Readiness,
    futures: int,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Worth:
    """
    What readiness is worth against what the company's row held: the same futures lived with each.

    Parameters
    ----------
    company
        As it was before readiness was written into it.
    site, territory
        Of the inspection.
    made
        Readiness.
    futures, seed, threads, progress
        As of a run.

    Raises
    ------
    CompanyError
        If there is no such row.
    """
    held = _row(company, site, territory).readiness
    pairing = Pairing(Order(company, futures, seed), threads, progress)
    pairing.expect(4)
    base = pairing.base()
    low, middle, high = (
        pairing.other(_at(pairing.company, site, territory, value)).less(base)
        for value in (made.low, made.middle, made.high)
    )
    return Worth(held, low, middle, high, futures, str(pairing.info["currency"]))


def _row(company: Company, site: str, territory: str) -> Inspection:
    rows = {(row.site, row.territory): row for row in company.rows(Inspection)}
    if (site, territory) not in rows:
        hint = nearest(f"{site}/{territory}", ["/".join(key) for key in rows])
        raise _wrong(Path("inspections"), f"there is no inspection {site}/{territory}", hint)
    return rows[site, territory]


def _at(company: Company, site: str, territory: str, value: float) -> Company:
    old = _row(company, site, territory)
    new = old.model_copy(update={"readiness": value})
    return company.with_rows(Inspection, [new if row is old else row for row in company.rows(Inspection)])
