"""The workbook of a run: measures, programs, yearly P&L, fans and every assumption with its source."""

import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from echelon.futures.rules.numbers import VISIT_OUTCOMES
from echelon.runs.run import Run

WRITTEN = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed day in the file, so that equal runs give equal files
WIDEST = 60
MOST_ROWS = 1_000_000

SHARES = {
    "below_nought",
    "happens",
    "happens_se",
    "technical_pos",
    "regulatory_pos",
    "variance_share",
    "probability",
    "at_least",
    "at_least_se",
    "passed_given_reached",
    "reached",
    *(f"{name}{end}" for name in VISIT_OUTCOMES for end in ("", "_se")),
}
"""Columns that hold shares, beside those whose names begin with p_."""

PROFIT_AND_LOSS = (
    ("sales", "own product sales", "in"),
    ("royalties", "royalties", "in"),
    ("milestones", "upfront and milestone payments", "in"),
    ("reimbursed", "costs that partners pay back", "in"),
    ("cogs", "cost of goods", "out"),
    ("selling", "selling", "out"),
    ("partner_share", "partners' share of profit", "out"),
    ("research", "development", "out"),
    ("discovery", "discovery", "out"),
    ("overhead", "general overhead", "out"),
    ("capital", "capital", "out"),
    ("tax", "tax", "out"),
    ("net", "net cash flow", "net"),
    ("cash", "cash at the end of the year", "level"),
    ("partner_sales", "sales booked by partners (not ours)", "memo"),
    ("unserved", "sales lost for want of capacity", "memo"),
)
"""Lines of the ledger in the order of the sheet: name, what it is, and how it counts."""


@dataclass(frozen=True)
class Sheet:
    """A sheet: its name, one sentence on what it holds, and its table."""

    name: str
    about: str
    frame: pl.DataFrame


def write_results(run: Run, file: Path | str) -> list[str]:
    """Write a run as a workbook, in one step: an old file stays until the new one is whole.

    Every text is a text cell, never a formula, whatever sign it begins with.

    Parameters
    ----------
    run : a finished run.
    file : where to; the folder is made where it is not there.

    Returns
    -------
    list of str
        Names of the sheets.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    found = sheets(run)
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}-", suffix=".xlsx")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from error
    os.close(handle)
    draft = Path(name)
    try:
        _write(run, found, draft)
        draft.chmod(0o644)
        draft.replace(file)
    except XlsxWriterException as error:
        raise OSError(str(error)) from error
    finally:
        draft.unlink(missing_ok=True)
    return ["about", *(sheet.name for sheet in found)]


def sheets(run: Run) -> list[Sheet]:
    """What the workbook holds, beside the sheet that says so."""
    money = f"millions of {run.info['currency']}"
    return [
        Sheet("measures", f"Measures of the company over all futures; money in {money}.", run.measures()),
        Sheet("programs", f"One row per program, discovery by platform; money in {money}.", run.programs()),
        Sheet("yearly", f"Mean of each line of the ledger by calendar year, in {money}.", profit_and_loss(run)),
        Sheet("fans", "Mean and quantiles by quarter: the ledger's lines, and capacity by site.", run.fans()),
        Sheet(
            "echelons", "Assets at each year's end, and the chance that the echelon is filled.", run.table("echelons")
        ),
        Sheet("launches", "New programs and assets by calendar year.", run.table("launches")),
        Sheet("approvals", "Chance that approval is held, by program, territory and year.", run.table("approvals")),
        Sheet(
            "territories",
            "Where each asset is held, filed or planned, who sells there, and the chance of any approval by year.",
            run.territories().filter((pl.col("status") != "open") | (pl.col("sells") != "")),
        ),
        Sheet(
            "listings",
            "Chance of a first listing, and of a withdrawn approval, by program, territory and year.",
            run.table("listings"),
        ),
        Sheet("inspections", "Visits a future by site and authority, and how they end.", run.table("inspections")),
        Sheet("deals", f"Mean flows of each deal by calendar year, in {money}.", run.table("deals")),
        Sheet("couplings", "What ties outcomes together: every loading.", run.table("couplings")),
        Sheet("assumptions", "Every number of the model, with where it comes from.", run.table("assumptions")),
    ]


def profit_and_loss(run: Run) -> pl.DataFrame:
    """The yearly ledger with lines down and years across."""
    yearly = run.table("yearly")
    known = [line for line in PROFIT_AND_LOSS if line[0] in yearly.columns]
    columns: dict[str, list[object]] = {
        "line": [name for name, _, _ in known],
        "what": [what for _, what, _ in known],
        "counts as": [kind for _, _, kind in known],
    }
    for row in yearly.iter_rows(named=True):
        columns[str(row["year"])] = [row[name] for name, _, _ in known]
    return pl.DataFrame(columns)


def _write(run: Run, found: Sequence[Sheet], draft: Path) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(draft), options) as book:
        book.set_properties({"created": WRITTEN, "title": str(run.info["company"])})
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1, "text_wrap": True}),
            "share": book.add_format({"num_format": "0.0%"}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "plain": book.add_format({"num_format": "0"}),
        }
        _about(book, run, found, formats["head"])
        for sheet in found:
            _sheet(book, sheet, formats)


def _about(book: "xlsxwriter.Workbook", run: Run, found: Sequence[Sheet], head: object) -> None:
    sheet = book.add_worksheet("about")
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 110)
    info = run.info
    rows = [
        ("company", info["company"]),
        ("as of", info["as_of"]),
        ("scenario", info["scenario"] or "none"),
        ("plan", info["plan"] or "none"),
        ("futures", f"{info['futures']:,}"),
        ("seed", str(info["seed"])),
        ("money", f"millions of {info['currency']}, real terms"),
        ("made with", f"Echelon {info['versions']['echelon']}, generator {info['generator']}"),
        ("digest", info["digest"]),
        ("notice", info["notice"]),
    ]
    for line, (name, text) in enumerate(rows):
        sheet.write_string(line, 0, name)
        sheet.write_string(line, 1, str(text))
    line = len(rows) + 1
    sheet.write_string(line, 0, "sheet", head)
    sheet.write_string(line, 1, "what it holds", head)
    for offset, one in enumerate(found, start=1):
        sheet.write_string(line + offset, 0, one.name)
        sheet.write_string(line + offset, 1, one.about)


def _sheet(book: "xlsxwriter.Workbook", content: Sheet, formats: dict[str, object]) -> None:
    sheet = book.add_worksheet(content.name)
    frame = content.frame.head(MOST_ROWS)
    sheet.freeze_panes(1, 1)
    for column, name in enumerate(frame.columns):
        sheet.write_string(0, column, name, formats["head"])
        values = frame[name].to_list()
        chosen = formats[_format(name)]
        for row, value in enumerate(values, start=1):
            _cell(sheet, row, column, value, chosen)
        texts = [len(value) for value in values if isinstance(value, str)]
        sheet.set_column(column, column, min(WIDEST, max([11, len(name) + 1, *texts])))
    if frame.height:
        sheet.autofilter(0, 0, frame.height, frame.width - 1)


def _format(name: str) -> str:
    if name.startswith("p_") or name in SHARES:
        return "share"
    return "plain" if name in ("year", "n") else "money"


def _cell(sheet: "xlsxwriter.worksheet.Worksheet", row: int, column: int, value: object, chosen: object) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, int | float):
        if math.isfinite(value):
            sheet.write_number(row, column, value, chosen)
    elif isinstance(value, str | date) and str(value):
        sheet.write_string(row, column, str(value))
