"""Scenarios: a company with some cells changed. A scenario never adds rows and never changes a key."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from echelon.company.cells import Cell, Fault, Value, cells, parse, row_values, text_of
from echelon.company.company import Company
from echelon.company.diagnostics import CompanyError, Diagnostic, Log, Place, nearest
from echelon.company.rows import TABLES, Change, Row
from echelon.company.rows.base import Column
from echelon.company.settings import sections

UNCOUPLED = "uncoupled"
"""Name of the scenario that every company has: nothing ties outcomes together, and no tax is paid."""

_FACTOR = re.compile(r"([*/])\s*(.+)")


def apply(company: Company, changes: Sequence[Change], places: Sequence[Place] = ()) -> Company:
    """A company with a scenario's changes made, in their order.

    A value such as ``*0.8`` or ``/2`` is a factor; on the bare name of an uncertain value it scales low, mode and
    high alike. Anything else is the new text of the cell. Id ``*`` means every row; a factor then leaves blank
    cells blank, since there is nothing to multiply.

    Parameters
    ----------
    company : the company as read.
    changes : the scenario.
    places : where each change stands, for messages; without it they are counted as lines of `scenario`.

    Raises
    ------
    CompanyError
        If a change names an unknown table, row or column, a key, or gives a wrong value; it carries every message.
    """
    edit = _Edit(company)
    for index, change in enumerate(changes):
        place = places[index] if index < len(places) else Place("scenario", "", index + 1, 1)
        if change.table_name == "company":
            edit.change_setting(change, place)
        else:
            edit.change_rows(change, place)
    result = edit.result()
    if edit.log.failed:
        raise CompanyError(edit.log.diagnostics())
    return result


def uncoupled(company: Company) -> Company:
    """The company with nothing that ties outcomes together, and no tax: what the exact engine needs."""
    couplings = company.settings.couplings.model_copy(
        update={
            "asset": 0.0,
            "target": 0.0,
            "platform": 0.0,
            "learning": 0.0,
            "filing": 1.0,
            "competition": False,
            "supply": False,
            "cash": False,
            "listing": False,
            "inspections": False,
        }
    )
    money = company.settings.money.model_copy(update={"tax_rate": 0.0})
    return company.with_settings(company.settings.model_copy(update={"couplings": couplings, "money": money}))


def with_scenario(company: Company, name: str) -> Company:
    """The company under one of its scenarios, or under `uncoupled`.

    Raises
    ------
    CompanyError
        If there is no such scenario, or it does not apply.
    """
    if name in company.scenarios:
        return apply(company, company.scenarios[name])
    if name == UNCOUPLED:
        return uncoupled(company)
    hint = nearest(name, [*company.scenarios, UNCOUPLED])
    raise CompanyError([Diagnostic(Place("scenarios"), "E209", f"no scenario `{name}`", hint)])


@dataclass
class _Edit:
    """A company being changed: texts of the touched rows and settings, turned into rows at the end."""

    company: Company
    log: Log = field(default_factory=Log)
    rows: dict[tuple[str, str], dict[str, Value]] = field(default_factory=dict)
    touched: dict[tuple[str, str, str], Place] = field(default_factory=dict)
    settings: dict[str, dict[str, Value]] = field(default_factory=dict)

    def change_setting(self, change: Change, place: Place) -> None:
        """Change a value of company.toml."""
        section, _, key = change.column.partition(".")
        models = sections()
        if change.id not in ("", "*"):
            self.log.wrong(place, "E208", "a change of `company` has a blank id", "or `*`")
            return
        found = {cell.name: cell for cell in cells(models[section])} if section in models else {}
        if key not in found:
            names = [f"{name}.{cell.name}" for name, model in models.items() for cell in cells(model)]
            message = f"company.toml has no `{change.column}`"
            self.log.wrong(place, "E208", message, nearest(change.column, names))
            return
        values = getattr(self.company.settings, section)
        old = self.settings.setdefault(section, {}).get(key, getattr(values, key))
        value = self._new(found[key], old, change.value, place)
        if value is not None:
            self.settings[section][key] = value

    def change_rows(self, change: Change, place: Place) -> None:
        """Change a column in one row or in all."""
        model = TABLES.get(change.table_name)
        if model is None:
            message = f"no table `{change.table_name}`"
            self.log.wrong(place, "E208", message, nearest(change.table_name, [*TABLES, "company"]))
            return
        chosen = self._cells(model, change, place)
        known = self.company.tables[change.table_name]
        keys = list(known) if change.id == "*" else [change.id] if change.id in known else []
        if not keys:
            message = f"`{change.table_name}` has no row `{change.id}`" if change.id != "*" else "the table has no rows"
            self.log.wrong(place, "E208", message, nearest(change.id, known))
        if not chosen or not keys:
            return
        count = sum(self._change(model, key, chosen, change, place) for key in keys)
        if not count and _FACTOR.fullmatch(change.value):
            message = f"`{change.column}` is blank, so there is nothing to multiply"
            self.log.wrong(place, "E208", message, "give a value first")

    def _cells(self, model: type[Row], change: Change, place: Place) -> list[Cell]:
        """The columns that a change names: one, or the three numbers of an uncertain value for a factor."""
        named = [cell for cell in cells(model) if cell.name == change.column]
        parts = [cell for cell in cells(model) if cell.part and cell.attribute == change.column]
        if named and named[0].info.key:
            self.log.wrong(place, "E208", f"`{change.column}` is a key; a scenario does not change keys")
            return []
        if parts and not _FACTOR.fullmatch(change.value):
            message = f"`{change.column}` is a range; only a factor such as `*0.8` changes all of it"
            self.log.wrong(place, "E208", message, f"`{change.column}_mode` is one of its columns")
            return []
        if not named and not parts:
            names = {name for cell in cells(model) for name in (cell.name, cell.attribute)}
            message = f"`{change.table_name}` has no column `{change.column}`"
            self.log.wrong(place, "E208", message, nearest(change.column, names))
        return named or [cell for cell in parts if cell.part != "dist"]

    def _change(self, model: type[Row], key: str, chosen: list[Cell], change: Change, place: Place) -> bool:
        """Change cells of one row; False where there was nothing to multiply."""
        where = (model.table, key)
        values = self.rows.get(where) or row_values(self.company.tables[model.table][key])
        factor = bool(_FACTOR.fullmatch(change.value))
        found = [cell for cell in chosen if not factor or cell.name in values]
        for cell in found:
            value = self._new(cell, values.get(cell.name), change.value, place)
            if value is None:
                return True
            values[cell.name] = value
            self.touched[(*where, cell.attribute)] = place
        if found:
            self.rows[where] = values
        return bool(found)

    def _new(self, cell: Cell, old: object, text: str, place: Place) -> Value | None:
        """A cell's new value, or None after logging why there is none."""
        factor = _FACTOR.fullmatch(text)
        if factor and cell.kind in ("number", "integer"):
            made = _multiplied(cell, old, factor[1], factor[2])
        else:
            made = parse(cell, text.strip())
        if isinstance(made, Fault):
            self.log.wrong(place, made.code, made.message, made.hint)
            return None
        return made

    def result(self) -> Company:
        """The changed company."""
        company = self.company
        by_table: dict[str, dict[str, Row]] = {}
        for (table, key), values in self.rows.items():
            row = self._row(table, key, values)
            if row is not None:
                by_table.setdefault(table, {})[key] = row
        for table, changed in by_table.items():
            company = company.with_rows(TABLES[table], (dict(company.tables[table]) | changed).values())
        updates = {
            section: getattr(company.settings, section).model_copy(update=values)
            for section, values in self.settings.items()
        }
        return company.with_settings(company.settings.model_copy(update=updates)) if updates else company

    def _row(self, table: str, key: str, values: dict[str, Value]) -> Row | None:
        model = TABLES[table]
        data: dict[str, object] = {}
        for cell in cells(model):
            if cell.name in values:
                if cell.part:
                    parts = data.setdefault(cell.attribute, {})
                    assert isinstance(parts, dict)
                    parts[cell.part] = values[cell.name]
                else:
                    data[cell.attribute] = values[cell.name]
        try:
            return model.model_validate(data)
        except ValidationError as errors:
            for error in errors.errors(include_url=False):
                name = str(error["loc"][0]) if error["loc"] else ""
                cause = (error.get("ctx") or {}).get("error") or error["msg"]
                place = self.touched.get((table, key, name), Place("scenario"))
                self.log.wrong(place, "E106", f"`{name}` of `{key}`: {cause}")
            return None


def _multiplied(cell: Cell, old: object, sign: str, text: str) -> Value | Fault:
    """A number times or over a factor, checked like a cell's own text."""
    plain = Cell(cell.name, cell.attribute, cell.part, "number", False, None, (), Column(""))
    factor = parse(plain, text.strip())
    if isinstance(factor, Fault):
        return Fault("E208", f"`{sign}{text}` is not a factor", "write `*0.8` or `/2`")
    assert isinstance(factor, int | float)
    if not isinstance(old, int | float):
        return Fault("E208", f"`{cell.name}` is blank, so there is nothing to multiply", "give a value first")
    if sign == "/" and factor == 0:
        return Fault("E208", "a factor cannot divide by 0")
    product = old * factor if sign == "*" else old / factor
    return parse(cell, text_of(product))
