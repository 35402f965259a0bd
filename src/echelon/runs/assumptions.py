"""Assumptions: every number of a resolved company with where it comes from."""

from datetime import date

import polars as pl

from echelon.company.company import Company
from echelon.company.fills import Fill
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain, columns
from echelon.company.rows.money import Source

SCHEMA = {
    "table": pl.String,
    "id": pl.String,
    "column": pl.String,
    "value": pl.String,
    "unit": pl.String,
    "given": pl.String,
    "confidence": pl.String,
    "source": pl.String,
    "how": pl.String,
    "n": pl.Int64,
}


def assumptions(company: Company, fills: tuple[Fill, ...]) -> pl.DataFrame:
    """One row per number: table, row, column, value, unit, whether given or filled, how sure, from where, and how."""
    filled = {(fill.table, fill.id, fill.column): fill for fill in fills}
    named = {(row.table_name, row.id, row.column): row for row in company.rows(Source)}
    rows: list[tuple[object, ...]] = []
    for section in ("company", "money", "echelons", "couplings"):
        values = getattr(company.settings, section)
        for name, info in columns(type(values)).items():
            value = getattr(values, name)
            if not isinstance(value, int | float | date) or value is None:
                continue
            key = f"{section}.{name}"
            note = named.get(("company", "", key))
            fill = filled.get(("company", "", key))
            rows.append(_entry("company", "", key, value, info.unit, fill, note, None))
    for table, found in company.tables.items():
        if table == "sources":
            continue
        for key, row in found.items():
            whole = filled.get((table, key, ""))
            for name, info in columns(type(row)).items():
                value = getattr(row, name)
                place_in_chain = table == "stages" and name == "order"
                if (
                    info.key
                    or place_in_chain
                    or isinstance(value, bool)
                    or not isinstance(value, int | float | Uncertain | date)
                ):
                    continue
                fill = filled.get((table, key, name)) or whole
                note = named.get((table, key, name)) or named.get((table, key, ""))
                rows.append(_entry(table, key, name, value, info.unit, fill, note, row))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _entry(
    table: str,
    key: str,
    name: str,
    value: object,
    unit: str,
    fill: Fill | None,
    note: Source | None,
    row: Row | None,
) -> tuple[object, ...]:
    text = show(value)
    if fill is not None:
        return (table, key, name, text, unit, "filled", fill.confidence, fill.source, fill.how, fill.n)
    if note is not None:
        return (table, key, name, text, unit, "given", note.confidence, note.source, note.note, None)
    if row is not None:
        return (table, key, name, text, unit, "given", row.confidence, row.source, row.note, None)
    return (table, key, name, text, unit, "given", None, "company.toml", "", None)


def is_number(value: object) -> bool:
    """Whether a cell holds a number or a day (a stage's place in its chain is neither an assumption nor a fact)."""
    return isinstance(value, int | float | Uncertain | date) and not isinstance(value, bool)


def show(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, Uncertain):
        if value.dist == "fixed":
            return f"{value.mode:g}"
        return f"{value.mode:g} ({value.low:g} to {value.high:g}, {value.dist})"
    return f"{value:g}" if isinstance(value, float) else str(value)
