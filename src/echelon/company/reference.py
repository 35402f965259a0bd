"""The reference of a company's tables, made from the declarations of the row models.

``python -m echelon.company.reference > docs/model.md`` writes the page.
"""

import sys

from pydantic import BaseModel

from echelon.company.cells import Cell, cells, text_of
from echelon.company.rows import REQUIRED, TABLES, Change, Choice, Row
from echelon.company.rows.base import SUFFIXES
from echelon.company.settings import sections

KINDS = {
    "text": "text",
    "slug": "short name",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "date": "day",
    "quarter": "quarter",
    "currency": "currency",
    "list": "list",
    "slugs": "list of short names",
}

_HEAD = """# What a company is made of

This page is made from the declarations in `echelon/company/rows`; do not edit it.

A company is a folder: `company.toml`, one CSV file per table (only `assets` and `programs` must be there, and every
program needs a market), and, if wanted, `plans/NAME.csv` and `scenarios/NAME.csv`. The same tables as sheets of one
.xlsx workbook are equally a company: sheet `company` has columns section, key and value, and plans and scenarios are
sheets `plan NAME` and `scenario NAME`.

- A blank cell takes its default, or is filled as the page says; `echelon explain` lists what was filled and why.
- An uncertain value `x` is up to four columns. `x_low`, `x_mode`, `x_high`: smallest, likeliest and largest value
  (triangular). `x_dist` names another shape: `uniform`, or `lognormal`, where low and high are the 10 % and 90 %
  quantiles. `x_mode` alone is one value without spread.
- Days are yyyy-mm-dd, truth is true or false (yes and no as well), lists have semicolons between entries, numbers have
  a point and no separators, and shares and probabilities run from 0 to 1.
- A short name is made of a-z, 0-9, `-`, `.` and `_`.
- Money is in millions of the company's currency unless the table says otherwise.
- A row's key is its key columns joined by `/`; it must be unique in its table.
"""


def model_reference() -> str:
    """The reference page as Markdown: settings, every table and column, plans and scenarios."""
    parts = [_HEAD, "## Settings: company.toml\n"]
    for name, section in sections().items():
        parts.append(f"### [{name}]\n\n{_docline(section)}\n\n{_columns(section, 'key')}")
    parts.append("## Tables\n")
    for name, model in TABLES.items():
        needed = " Required." if name in REQUIRED else ""
        parts.append(f"### {name}\n\n{_docline(model)}{needed}\n\n{_columns(model, 'column')}")
    parts.append("## Plans: plans/NAME.csv\n")
    parts.append(f"{_docline(Choice)} A plan is a set of them.\n\n{_columns(Choice, 'column')}")
    parts.append("## Scenarios: scenarios/NAME.csv\n")
    parts.append(
        f"{_docline(Change)} A scenario is a list of them, made in order. `*0.8` and `/2` are factors; on the bare "
        "name of an uncertain value they scale low, mode and high alike. A scenario never adds rows and never changes "
        "keys. Every company also has the scenario `uncoupled`, in which nothing ties outcomes together and no tax is "
        "paid (losses carried forward tie programs together, too).\n\n"
        f"{_columns(Change, 'column')}"
    )
    return "\n".join(parts)


def _docline(model: type[BaseModel]) -> str:
    text = " ".join((model.__doc__ or "").split())
    head, _, rest = text.partition("]: ")
    return f"{rest[:1].upper()}{rest[1:]}" if head.startswith("[") else text


def _columns(model: type[BaseModel], what: str) -> str:
    lines = [f"| {what} | type | unit | range | when blank | meaning |", "| --- | --- | --- | --- | --- | --- |"]
    seen: set[str] = set()
    for cell in cells(model):
        if cell.attribute in seen:
            continue
        seen.add(cell.attribute)
        name = f"`{cell.attribute}`" if not cell.part else ", ".join(f"`{cell.attribute}_{p}`" for p in SUFFIXES)
        key = " (key)" if cell.info.key else ""
        facts = (kind_text(cell), cell.info.unit, range_text(cell), blank_text(model, cell), cell.info.meaning)
        lines.append(f"| {' | '.join((name + key, *(fact or '-' for fact in facts)))} |")
    return "\n".join(lines) + "\n"


def kind_text(cell: Cell) -> str:
    """What a column holds, in words."""
    if cell.part:
        return "range"
    text = ", ".join(cell.choices) if cell.kind == "choice" else KINDS[cell.kind]
    if cell.kind == "list" and cell.choices:
        text = f"{text}: {', '.join(cell.choices)}"
    return f"{text} of `{cell.info.ref}`" if cell.info.ref else text


def range_text(cell: Cell) -> str:
    """Smallest and largest value of a column, in words."""
    low, high = cell.info.low, cell.info.high
    if low is None and high is None:
        return ""
    if low is None:
        return f"at most {high:g}"
    return f"{low:g} or more" if high is None else f"{low:g} to {high:g}"


def blank_text(model: type[BaseModel], cell: Cell) -> str:
    """What becomes of a blank cell, in words."""
    field = model.model_fields[cell.attribute]
    if field.is_required():
        return "required"
    if cell.info.filled_from:
        return f"filled from {cell.info.filled_from}"
    default = text_of(cell.default)
    return f"`{default}`" if default else ""


def note(model: type[Row] | type[BaseModel], cell: Cell) -> str:
    """A column's declaration as the note of a cell."""
    blank = blank_text(model, cell)
    facts = (
        ("Holds", KINDS["number"] if cell.part and cell.part != "dist" else kind_text_of_part(cell)),
        ("Unit", cell.info.unit),
        ("Range", range_text(cell) if cell.part != "dist" else ""),
        ("Blank", "" if blank == "required" else blank.replace("`", "")),
    )
    lines = [cell.info.meaning, *(f"{name}: {text}" for name, text in facts if text)]
    return "\n".join([*lines, "Required."] if blank == "required" and not cell.part else lines)


def kind_text_of_part(cell: Cell) -> str:
    """What one column of a file holds, in words."""
    return ", ".join(cell.choices) if cell.kind == "choice" else kind_text(cell).replace("`", "")


if __name__ == "__main__":
    sys.stdout.write(model_reference())
