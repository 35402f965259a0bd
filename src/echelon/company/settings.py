"""The settings of a company, made from the entries of company.toml or of the sheet `company`."""

from datetime import date

from pydantic import BaseModel

from echelon.company.cells import Cell, Fault, cells, parse, text_of
from echelon.company.diagnostics import Log, Place, nearest
from echelon.company.rows.settings import Settings
from echelon.company.tomlfile import Entry

WANTED = {
    "text": "a text in double quotes",
    "slug": "a text in double quotes",
    "currency": "a text in double quotes",
    "choice": "a text in double quotes",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "date": "a day such as 2026-06-30, without quotes",
    "list": "a list of texts in brackets",
    "slugs": "a list of texts in brackets",
}
"""What a TOML value of each kind looks like."""


def sections() -> dict[str, type[BaseModel]]:
    """Sections of company.toml and their models, in order."""
    found: dict[str, type[BaseModel]] = {}
    for name, field in Settings.model_fields.items():
        assert isinstance(field.annotation, type)
        found[name] = field.annotation
    return found


def make_settings(entries: list[Entry], file: Place, log: Log) -> tuple[Settings | None, dict[str, Place]]:
    """Settings, or None where any is wrong; and the place of each value by section.key."""
    known = sections()
    data: dict[str, dict[str, object]] = {}
    places: dict[str, Place] = {}
    good = True
    for entry in entries:
        model = known.get(entry.section)
        if model is None:
            good = False
            if not (entry.section and entry.key and entry.typed):  # a section of TOML is reported once
                _unknown_section(entry, known, log)
            continue
        places.setdefault(entry.section, entry.key_place)
        if not entry.key:
            continue
        found = {cell.name: cell for cell in cells(model)}
        if entry.key not in found:
            message = f"unknown key `{entry.key}` in section `{entry.section}`"
            log.wrong(
                entry.key_place,
                "E018",
                message,
                _other_section(entry.key, known) or nearest(entry.key, found),
            )
            good = False
            continue
        name = f"{entry.section}.{entry.key}"
        if name in places:
            log.wrong(entry.key_place, "E113", f"`{name}` is there twice")
            good = False
            continue
        places[name] = entry.value_place
        value = _value(found[entry.key], entry)
        if isinstance(value, Fault):
            log.wrong(entry.value_place, value.code, value.message, value.hint)
            good = False
            continue
        if value is not None:
            data.setdefault(entry.section, {})[entry.key] = value
    for section, model in known.items():
        for cell in cells(model):
            if cell.required and f"{section}.{cell.name}" not in places:
                place = places.get(section, file)
                message = f"the settings lack `{cell.name}` in section `{section}`, which they need"
                log.wrong(place, "E019", message, cell.info.meaning)
                good = False
    return (Settings.model_validate(data) if good else None), places


def _unknown_section(entry: Entry, known: dict[str, type[BaseModel]], log: Log) -> None:
    if not entry.section:
        hint = _other_section(entry.key, known) or nearest(entry.key, known)
        log.wrong(entry.key_place, "E018", f"key `{entry.key}` stands before any section", hint)
        return
    place = entry.key_place
    log.wrong(place, "E018", f"unknown section `{entry.section}`", nearest(entry.section, known))


def _other_section(key: str, known: dict[str, type[BaseModel]]) -> str:
    home = next((name for name, model in known.items() if key in model.model_fields), "")
    return f"`{key}` belongs under `[{home}]`" if home else ""


def _value(cell: Cell, entry: Entry) -> object:
    value = entry.value
    if entry.typed:
        fault = _check_type(cell, value)
        if fault:
            return fault
        if isinstance(value, list):
            if not value:
                return ()
            value = ";".join(str(part) for part in value)
    text = text_of(value).strip()
    if not text:
        if cell.required:
            return Fault("E101", f"`{cell.name}` must not be blank", cell.info.meaning)
        return None
    return parse(cell, text)


def _check_type(cell: Cell, value: object) -> Fault | None:
    match cell.kind:
        case "number":
            right = isinstance(value, int | float) and not isinstance(value, bool)
        case "integer":
            right = isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            right = isinstance(value, bool)
        case "date":
            right = type(value) is date or isinstance(value, str)
        case "list" | "slugs":
            right = isinstance(value, list) and all(isinstance(part, str) for part in value)
        case _:
            right = isinstance(value, str)
    if right:
        return None
    kinds = {bool: "a boolean", str: "a text", list: "a list", dict: "a section", int: "a whole number"}
    found = kinds.get(type(value), "a number" if isinstance(value, float) else f"a {type(value).__name__}")
    hint = ""
    if isinstance(value, str) and cell.kind in ("number", "integer", "boolean"):
        hint = "drop the quotes"
    elif isinstance(value, str) and cell.kind in ("list", "slugs"):
        hint = f'write `["{value}"]`'
    return Fault("E116", f"`{cell.name}` must be {WANTED[cell.kind]}, not {found}", hint)
