"""`echelon explain`: where every value comes from."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from echelon.cli.errors import VerbError
from echelon.cli.options import CompanyPath, Json
from echelon.cli.output import out, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from echelon.company.company import Company
    from echelon.company.fills import Fill
    from echelon.company.rows import Row
    from echelon.company.rows.money import Source


@dataclass(frozen=True)
class Value:
    """One value of a company, and where it comes from; `given` is "given" or "filled"."""

    table: str
    id: str
    column: str
    value: str
    unit: str
    given: str
    confidence: str | None
    source: str
    n: int | None
    how: str
    meaning: str


def explain(
    company: CompanyPath,
    name: Annotated[
        str, typer.Argument(metavar="ID", help="An asset, program, territory, or any other short name.")
    ] = "",
    json_: Json = False,
) -> None:
    """List filled-in values with sources, or all about one ID."""
    from echelon.company.read import load
    from echelon.company.resolve import resolve

    loaded = load(company)
    resolved, fills = resolve(loaded)
    values = about(resolved, fills, name) if name else [_filled(resolved, fill) for fill in fills]
    if json_:
        key = {"id": name} if name else {}
        print_json({"company": resolved.settings.company.name} | key | {"values": [asdict(value) for value in values]})
        return
    _show(values)
    if not name:
        out(f"{len(values):,} values were filled in; `echelon explain {company} ID` tells everything about one thing.")


def about(company: "Company", fills: "tuple[Fill, ...]", name: str) -> list[Value]:
    """Every value of the rows that are about `name`; for an asset, of its programs, deals and schemes as well.

    Raises
    ------
    VerbError
        If nothing has that name.
    """
    from echelon.company.rows.money import Source

    by_cell = {(fill.table, fill.id, fill.column): fill for fill in fills}
    notes = {(row.table_name, row.id, row.column): row for row in company.rows(Source)}
    wanted = _wanted(company, name)
    values: list[Value] = []
    for table, rows in company.tables.items():
        for key, row in rows.items():
            if table != "sources" and (key == name or not wanted.isdisjoint(_names(row, key))):
                values += _row_values(table, key, row, by_cell, notes)
    if not values:
        msg = f"nothing in this company is called `{name}`"
        raise VerbError(msg, _nearest(company, name))
    return values


def _wanted(company: "Company", name: str) -> set[str]:
    """Names that a row may be about: `name`, programs and deals of the asset, schemes of the program's listings."""
    from echelon.company.rows.market import Deal, Listing
    from echelon.company.rows.science import Program

    programs = {row.key for row in company.rows(Program) if row.asset == name}
    deals = {row.key for row in company.rows(Deal) if row.asset == name}
    listings = [row for row in company.rows(Listing) if row.program in {name, *programs}]
    return {name, *programs, *deals, *(f"{row.scheme}/{row.territory}" for row in listings)}


REFERS = ("asset", "program", "scheme", "after", "confirmed_by", "sublicense_of", "sites")
"""Columns by which a row is about something else than its key says."""


def _names(row: "Row", key: str) -> set[str]:
    """What a row is about: the parts of its key, and what it refers to."""
    found = {key, *key.split("/")}
    for column in REFERS:
        value = getattr(row, column, "")
        found |= {value} if isinstance(value, str) else set(value)
    return found - {""}


def _nearest(company: "Company", name: str) -> str:
    from echelon.company.diagnostics import nearest

    return nearest(name, {part for rows in company.tables.values() for key in rows for part in key.split("/")})


def _row_values(
    table: str,
    key: str,
    row: "Row",
    fills: "Mapping[tuple[str, str, str], Fill]",
    notes: "Mapping[tuple[str, str, str], Source]",
) -> "Iterable[Value]":
    from echelon.company.rows.base import columns

    for column, info in columns(type(row)).items():
        value = getattr(row, column)
        if info.key or column in ("source", "confidence", "note") or value in (None, "", ()):
            continue
        fill = fills.get((table, key, column)) or fills.get((table, key, ""))
        note = notes.get((table, key, column)) or notes.get((table, key, ""))
        text = _text(value)
        if fill:
            yield Value(
                table,
                key,
                column,
                text,
                info.unit,
                "filled",
                fill.confidence,
                fill.source,
                fill.n,
                fill.how,
                info.meaning,
            )
            continue
        default = not info.key and _is_default(row, column, value)
        given = "default" if default else "given"
        confidence = note.confidence if note else row.confidence
        source = "" if default else (note.source if note else row.source)
        remark = "" if default else (note.note if note else row.note)
        shown = None if default else confidence
        yield Value(table, key, column, text, info.unit, given, shown, source, None, remark, info.meaning)


def _is_default(row: "Row", column: str, value: object) -> bool:
    field = type(row).model_fields[column]
    return not field.is_required() and bool(value == field.default)


def _text(value: object) -> str:
    from echelon.company.rows.base import Uncertain

    if isinstance(value, Uncertain):
        if value.dist == "fixed":
            return f"{value.mode:g}"
        return f"{value.low:g} / {value.mode:g} / {value.high:g} {value.dist}"
    if isinstance(value, tuple):
        return "; ".join(str(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _filled(company: "Company", fill: "Fill") -> Value:
    """A filled value as such."""
    from echelon.company.rows import TABLES
    from echelon.company.rows.base import columns

    if fill.table == "company":
        section, _, attribute = fill.column.partition(".")
        info = columns(type(getattr(company.settings, section))).get(attribute)
    else:
        info = columns(TABLES[fill.table]).get(fill.column)
    unit, meaning = (info.unit, info.meaning) if info else ("", "A whole row was added.")
    return Value(
        fill.table,
        fill.id,
        fill.column,
        fill.value,
        unit,
        "filled",
        fill.confidence,
        fill.source,
        fill.n,
        fill.how,
        meaning,
    )


def _show(values: "list[Value]") -> None:
    """Values under their rows, sources by number, the numbers' meaning at the end."""
    sources: dict[str, int] = {}
    heading = None
    for value in values:
        if (value.table, value.id) != heading:
            heading = (value.table, value.id)
            out(f"{value.table} {value.id}".strip())
        out(f"  {_line(value, sources)}")
    if sources:
        out()
        out("Sources")
        for text, index in sources.items():
            out(f"  [{index}] {text}")


def _line(value: Value, sources: dict[str, int]) -> str:
    unit = f" {value.unit}" if value.unit else ""
    text = f"{value.column or '(whole row)'} = {value.value}{unit}"
    if value.given == "default":
        return f"{text}  (default)"
    behind = [value.confidence] if value.confidence else []
    if value.n is not None:
        behind.append(f"{value.n:,} observations")
    if value.source:
        behind.append(f"[{sources.setdefault(value.source, len(sources) + 1)}]")
    text += f"  ({value.given}: {', '.join(behind)})" if behind else f"  ({value.given})"
    return f"{text}  {value.how}" if value.how else text
