"""What one cell of a table may hold: the kind of each column, and the value that a text stands for."""

import math
import re
import types
import typing
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from echelon.company.currencies import CURRENCIES
from echelon.company.diagnostics import nearest
from echelon.company.rows.base import (
    SUFFIXES,
    Column,
    ColumnError,
    Dist,
    Slug,
    Uncertain,
    check_range,
    columns,
)
from echelon.company.rows.money import Quarter

Kind = Literal["text", "slug", "number", "integer", "boolean", "date", "choice", "quarter", "currency", "list", "slugs"]
Value = str | float | int | bool | date | tuple[str, ...]

LONGEST = 32_767
"""Characters a cell may hold: the most a spreadsheet can."""

FIRST_YEAR, LAST_YEAR = 1900, 2200

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)
_QUARTER = re.compile(r"(19|20)\d\dQ[1-4]", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_TRUTH = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell's text is not a value of its column."""

    code: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of a file: the attribute it belongs to, and what its cells may hold.

    Attributes
    ----------
    name : column name in the file.
    attribute : attribute of the row model; `part` is low, mode, high or dist of an uncertain one, else "".
    kind : what the text is read as.
    required : whether the cell must be filled.
    default : value of a blank cell where one is declared, else None.
    choices : allowed words of a choice.
    info : the declaration.
    """

    name: str
    attribute: str
    part: str
    kind: Kind
    required: bool
    default: object
    choices: tuple[str, ...]
    info: Column


@cache
def cells(model: type[BaseModel]) -> tuple[Cell, ...]:
    """Columns of a table's file, or keys of a settings section, in declared order."""
    hints = typing.get_type_hints(model, include_extras=True)
    found: list[Cell] = []
    for attribute, info in columns(model).items():
        field = model.model_fields[attribute]
        required = field.is_required()
        default = None if required else field.get_default(call_default_factory=True)
        kind, choices = _kind(hints[attribute], attribute)
        if kind != "uncertain":
            found.append(Cell(attribute, attribute, "", kind, required, default, choices, info))
            continue
        for part in SUFFIXES:
            part_kind: Kind = "choice" if part == "dist" else "number"
            words = get_args(Dist) if part == "dist" else ()
            found.append(Cell(f"{attribute}_{part}", attribute, part, part_kind, False, None, words, info))
    return tuple(found)


def uncertain_required(model: type[BaseModel]) -> tuple[str, ...]:
    """Uncertain attributes that a row cannot do without."""
    found = {cell.attribute: cell for cell in cells(model) if cell.part}
    return tuple(name for name in found if model.model_fields[name].is_required())


def _kind(annotation: object, attribute: str) -> tuple[Kind | Literal["uncertain"], tuple[str, ...]]:
    if annotation == Slug:
        return "slug", ()
    if annotation == Quarter:
        return "quarter", ()
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0], attribute)
    if origin in (Union, types.UnionType):
        return _kind(next(part for part in get_args(annotation) if part is not type(None)), attribute)
    if origin is Literal:
        return "choice", tuple(word for word in get_args(annotation) if word)
    if origin is tuple:
        entry = get_args(annotation)[0]
        words = get_args(entry) if get_origin(entry) is Literal else ()
        return ("slugs" if entry == Slug else "list"), words
    plain: dict[object, Kind | Literal["uncertain"]] = {
        float: "number",
        int: "integer",
        bool: "boolean",
        date: "date",
        Uncertain: "uncertain",
    }
    if annotation is str and attribute == "currency":
        return "currency", ()
    return plain.get(annotation, "text"), ()


def parse(cell: Cell, text: str) -> Value | Fault:
    """The value that a filled cell's text stands for, or why it is none."""
    if len(text) > LONGEST:
        return Fault("E016", f"a cell of {len(text):,} characters; at most {LONGEST:,} are read")
    control = _CONTROL.search(text)
    if control:
        return Fault("E006", f"the cell holds an unprintable character, U+{ord(control[0]):04X}")
    match cell.kind:
        case "number":
            return _within(cell, _number(cell.name, text))
        case "integer":
            return _within(cell, _integer(cell.name, text))
        case "date":
            return _date(cell.name, text)
        case "boolean":
            return _boolean(cell.name, text)
        case "choice":
            return _choice(cell, text)
        case "slug":
            return _slug(cell.name, text)
        case "quarter":
            return _quarter(cell.name, text)
        case "currency":
            return _currency(cell.name, text)
        case "list" | "slugs":
            return _list(cell, text)
        case _:
            return text


def _within(cell: Cell, value: float | Fault) -> float | Fault:
    if isinstance(value, Fault):
        return value
    try:
        check_range(cell.name, value, cell.info)
    except ColumnError as error:
        hint = ""
        if cell.info.low == 0 and cell.info.high == 1 and 1 < value <= 100:
            hint = f"a share or probability is written from 0 to 1: `{value / 100:g}`"
        return Fault("E104", str(error), hint)
    return value


def _number(name: str, text: str) -> float | Fault:
    if _NUMBER.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
        return Fault("E105", f"`{name}` is too large to be a number: `{shown(text)}`")
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        message = f"`{name}` must be a finite number, not `{text}`"
        return Fault("E105", message, "leave the cell blank if unknown")
    return Fault("E102", f"`{name}` must be a number, not `{shown(text)}`", _number_hint(text))


def _number_hint(text: str) -> str:
    plain = text.replace("\u2212", "-").strip()
    if plain != text and _NUMBER.fullmatch(plain):
        return f"write `{plain}` with an ordinary minus sign"
    narrow = unicodedata.normalize("NFKC", plain)
    if narrow != plain and _NUMBER.fullmatch(narrow):
        return f"write `{narrow}`, in ordinary digits"
    if plain.endswith("%") and _NUMBER.fullmatch(plain[:-1].strip()):
        return f"write `{float(plain[:-1]) / 100:.12g}` instead of a percentage"
    if re.fullmatch(r"[+-]?\d{1,3}([, '\u00a0\u202f_]\d{3})+(\.\d*)?", plain):
        whole = re.sub(r"[, '\u00a0\u202f_]", "", plain)
        return f"write `{whole}`, without separators between thousands"
    if re.fullmatch(r"[+-]?\d*,\d+", plain):
        return f"write `{plain.replace(',', '.')}`, with a point"
    if re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+,\d+", plain):
        return f"write `{plain.replace('.', '').replace(',', '.')}`"
    inner = re.search(r"[+-]?\d+(\.\d+)?", plain)
    if inner:
        return f"write the number alone, such as `{inner[0]}`; the column has one unit"
    return "leave the cell blank if unknown"


def _integer(name: str, text: str) -> int | Fault:
    if _INTEGER.fullmatch(text):
        return int(text)
    number = _number(name, text)
    if isinstance(number, Fault):
        return number
    if number != int(number):
        return Fault("E103", f"`{name}` must be a whole number, not `{shown(text)}`")
    return int(number)


def _date(name: str, text: str) -> date | Fault:
    parts = _DATE.fullmatch(text)
    if not parts:
        message = f"`{name}` must be a day as yyyy-mm-dd, not `{shown(text)}`"
        return Fault("E107", message, _date_hint(text))
    year, month, day = (int(part) for part in parts.groups())
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = f"`{name}` must lie between {FIRST_YEAR} and {LAST_YEAR}, not in {year:04d}"
        return Fault("E108", message)
    if not 1 <= month <= 12:
        message = f"`{name}` is not a day: `{text}` has month {month:02d}"
        return Fault("E107", message, "write yyyy-mm-dd")
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        message = f"`{name}` is a day that does not exist: `{text}`"
        return Fault("E107", message, f"{year:04d}-{month:02d} has {days} days")
    return date(year, month, day)


def _date_hint(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    found = re.match(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})(?!\d)", text, re.ASCII) or re.fullmatch(
        r"(\d{4})(\d\d)(\d\d)", text, re.ASCII
    )
    if found:
        year, month, day = (int(part) for part in found.groups())
        if 1 <= month <= 12 and 1 <= day <= 31:
            return f"write `{year:04d}-{month:02d}-{day:02d}`"
    if re.fullmatch(r"\d{4}", text, re.ASCII):
        return f"name a day, such as `{text}-07-01`"
    if re.fullmatch(r"\d{5}(\.\d*)?", text, re.ASCII):
        return "format the cell as a date, or write yyyy-mm-dd"
    return "year first, such as `2026-03-31`"


def _boolean(name: str, text: str) -> bool | Fault:
    value = _TRUTH.get(text.lower())
    if value is None:
        hint = {"1": "write `true`", "0": "write `false`"}.get(text, nearest(text, _TRUTH))
        return Fault("E109", f"`{name}` must be true or false, not `{shown(text)}`", hint)
    return value


def _choice(cell: Cell, text: str) -> str | Fault:
    if text in cell.choices:
        return text
    hint = nearest(text, cell.choices)
    words = ", ".join(cell.choices)
    return Fault("E110", f"`{cell.name}` must be one of {words}; not `{shown(text)}`", hint)


def _slug(name: str, text: str) -> str | Fault:
    if _SLUG.fullmatch(text) and len(text) <= 80:
        return text
    if len(text) > 80:
        return Fault("E111", f"`{name}` is {len(text)} characters long; a short name has at most 80")
    slug = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")
    message = f"`{name}` must be a short name of a-z, 0-9, `-`, `.` and `_`, not `{shown(text)}`"
    return Fault("E111", message, f"write `{slug}`" if slug else "")


def _quarter(name: str, text: str) -> str | Fault:
    if _QUARTER.fullmatch(text):
        return text
    found = re.fullmatch(r"((?:19|20)\d\d)\s*[-/ ]?\s*[qQ]?([1-4])", text) or None
    turned = re.fullmatch(r"[qQ]([1-4])\s*[-/ ]?\s*((?:19|20)\d\d)", text)
    hint = f"write `{found[1]}Q{found[2]}`" if found else f"write `{turned[2]}Q{turned[1]}`" if turned else ""
    return Fault("E112", f"`{name}` must be a calendar quarter such as 2025Q3, not `{shown(text)}`", hint)


def _currency(name: str, text: str) -> str | Fault:
    if text in CURRENCIES:
        return text
    hint = f"write `{text.upper()}`" if text.upper() in CURRENCIES else ""
    common = {
        "RMB": "CNY",
        "YUAN": "CNY",
        "$": "USD",
        "US$": "USD",
        "€": "EUR",
        "£": "GBP",
        "¥": "CNY` or `JPY",
    }
    hint = hint or (f"write `{common[text.upper()]}`" if text.upper() in common else nearest(text, CURRENCIES))
    return Fault("E114", f"`{name}` must be a currency code of ISO 4217, not `{shown(text)}`", hint)


def _list(cell: Cell, text: str) -> tuple[str, ...] | Fault:
    parts = [part.strip() for part in text.split(";")]
    if parts and not parts[-1]:
        parts.pop()
    if not all(parts) or not parts:
        return Fault("E115", f"`{cell.name}` has an empty entry: `{shown(text)}`", "one semicolon between entries")
    if cell.info.ref and len(parts) == 1 and "," in text:
        message = f"`{cell.name}` takes entries separated by semicolons, not `{shown(text)}`"
        return Fault("E115", message, f"write `{';'.join(p.strip() for p in text.split(','))}`")
    if cell.choices:
        for part in parts:
            word = _choice(cell, part)
            if isinstance(word, Fault):
                return word
    if cell.kind == "slugs":
        for part in parts:
            slug = _slug(cell.name, part)
            if isinstance(slug, Fault):
                return slug
    return tuple(parts)


def text_of(value: object) -> str:
    """The text that stands for a value in a cell; the inverse of `parse`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return ";".join(str(part) for part in value)
    return str(value)


def shown(text: str) -> str:
    """A text short and plain enough for a message."""
    plain = " ".join(text.split())
    return plain if len(plain) <= 60 else f"{plain[:57]}…"


def row_values(row: BaseModel) -> dict[str, Value]:
    """The filled cells of a row by column name; read again they make an equal row.

    What follows from other cells is left out: the shape and mode of an uncertain value where they are the usual ones.
    """
    found: dict[str, Value] = {}
    for cell in cells(type(row)):
        value = getattr(row, cell.attribute)
        plain = None if value in (None, "", ()) else value
        part = _part(value, cell.part) if isinstance(value, Uncertain) else plain
        if part is not None:
            found[cell.name] = part
    return found


def _part(value: Uncertain, part: str) -> Value | None:
    if value.dist == "fixed":
        return value.mode if part == "mode" else None
    if part == "dist":
        return None if value.dist == "triangular" else value.dist
    if part == "mode" and value.dist != "triangular":
        usual = Uncertain.model_validate({"low": value.low, "high": value.high, "dist": value.dist})
        return None if usual.mode == value.mode else value.mode
    number: float = getattr(value, part)
    return number
