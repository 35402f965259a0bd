"""Writes readiness into a company's `inspections`, and says on the same luck what being so ready is worth."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from echelon.company.company import Company
from echelon.company.diagnostics import CompanyError, Diagnostic, Place, Severity, nearest
from echelon.company.read import load, read
from echelon.company.rows.supply import Inspection
from echelon.readiness.bench.cells import Cells, CellsError
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
    texts = {path: table.put(row, "readiness", after).text}
    texts[sources] = _sourced(sources, f"{site}/{territory}", _words(made), today)
    _write(folder, texts)
    return Written(tuple(texts), before, after)


def _cells(path: Path) -> Cells:
    try:
        return Cells.read(path)
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


def _sourced(path: Path, id: str, source: str, today: date) -> str:  # noqa: A002 - the column's name
    """The table of sources with one for this cell."""
    key = {"table_name": "inspections", "id": id, "column": "readiness"}
    told = {"source": source, "as_of": today.isoformat(), "confidence": CONFIDENCE}
    if not path.exists():
        return Cells("table_name,id,column,source,as_of,confidence\n").add(key | told).text
    table = _cells(path)
    row = table.find(key)
    if row is None:
        return table.add(key | told).text
    for name, value in told.items():
        table = table.put(row, name, value)
    return table.text


def _write(folder: Path, texts: dict[Path, str]) -> None:
    """Write the files; if the company is then wrong, put back what was there."""
    before = {file: file.read_bytes() if file.exists() else None for file in texts}
    try:
        for file, text in texts.items():
            draft = file.with_name(f"{file.name}.draft")
            draft.write_bytes(text.encode())
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
