"""What is said of a study's columns, checked: keys, types, choices."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import get_args

from echelon.company.cells import shown
from echelon.company.diagnostics import Log, Place, nearest
from echelon.supply.process.sources import Given
from echelon.supply.process.table import Goal, Order, Recipe, Region

KEYS: Mapping[str, Mapping[str, str | tuple[str, ...]]] = {
    "process": {
        "title": "text", "model": get_args(Order), "region": get_args(Region), "reliability": "number",
        "block": "text", "ignore": "words",
    },
    "factors": {
        "low": "number", "high": "number", "unit": "text", "levels": "words", "set_point": "either", "sd": "number",
    },
    "responses": {
        "low": "number", "high": "number", "unit": "text", "goal": get_args(Goal)[1:], "target": "number",
        "recipe": get_args(Recipe)[1:],
    },
}  # fmt: skip
"""Keys of each section: what kind of value, or which words."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_RANGE = re.compile(r"(?P<name>[^=]+?)\s*=\s*(?P<low>[^.]*(?:\.\d[^.]*)?)\.\.(?P<high>.+)")
_LIMIT = re.compile(r"(?P<name>.+?)\s*(?P<sign>>=|<=|≥|≤)\s*(?P<value>.+)")
OPTION = Place("command line")


@dataclass
class Setup:
    """Settings by section, column and key, with their places.

    Attributes
    ----------
    names : section -> column name -> place where it is first named.
    values : (section, column name, key) -> value and place; the column is blank for section process.
    """

    names: dict[str, dict[str, Place]] = field(default_factory=lambda: {"factors": {}, "responses": {}})
    values: dict[tuple[str, str, str], tuple[object, Place]] = field(default_factory=dict)

    def get(self, section: str, name: str, key: str) -> object:
        """A value, or None."""
        return self.values.get((section, name, key), (None, OPTION))[0]

    def number(self, section: str, name: str, key: str) -> float | None:
        """A value that is a number, or None."""
        value = self.get(section, name, key)
        return float(value) if isinstance(value, int | float) else None

    def text(self, section: str, name: str, key: str) -> str:
        """A value that is a text, or ""."""
        value = self.get(section, name, key)
        return value if isinstance(value, str) else ""

    def words(self, section: str, name: str, key: str) -> tuple[str, ...]:
        """A value that is a list of words."""
        value = self.get(section, name, key)
        return value if isinstance(value, tuple) else ()

    def place(self, section: str, name: str, key: str) -> Place:
        """Where a value stands; where the column is named, if the value stands nowhere."""
        if (section, name, key) in self.values:
            return self.values[section, name, key][1]
        return self.names.get(section, {}).get(name, OPTION)


def make_setup(given: Iterable[Given], log: Log) -> Setup:
    """Check what is said; of what is said twice the later holds, so that options beat files."""
    setup = Setup()
    for one in given:
        if one.name:
            setup.names[one.section].setdefault(one.name, one.place)
        if not one.key:
            continue
        known = KEYS[one.section]
        if one.key not in known:
            if one.key not in ("source", "note", "meaning"):
                where = one.section if one.name == "" else f"{one.section} `{one.name}`"
                hint = nearest(one.key, known) or f"keys are {', '.join(known)}"
                log.wrong(one.place, "E603", f"unknown key `{one.key}` of {where}", hint)
            continue
        value = _value(one, known[one.key], log)
        if value is not None:
            setup.values[one.section, one.name, one.key] = (value, one.place)
    _check(setup, log)
    return setup


def _value(one: Given, kind: str | tuple[str, ...], log: Log) -> object:
    """A value as its kind, or None after logging why it is none."""
    value = one.value
    if kind == "words":
        parts = value.split(";") if isinstance(value, str) else value
        if isinstance(parts, list | tuple) and all(isinstance(part, str | int | float) for part in parts):
            return tuple(str(part).strip() for part in parts if str(part).strip())
        log.wrong(one.place, "E604", f"`{one.key}` must be a list of words", 'write ["a", "b"]')
        return None
    if kind in ("number", "either"):
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        if isinstance(value, str) and not one.typed and _NUMBER.fullmatch(value.strip()):
            return float(value)
        if kind == "either" and isinstance(value, str):
            return value
        log.wrong(one.place, "E604", f"`{one.key}` must be a number, not `{shown(str(value))}`")
        return None
    if not isinstance(value, str):
        log.wrong(one.place, "E604", f"`{one.key}` must be text, not `{shown(str(value))}`", "put it in quotes")
        return None
    if isinstance(kind, tuple) and value not in kind:
        message = f"`{one.key}` must be one of {', '.join(kind)}; not `{shown(value)}`"
        log.wrong(one.place, "E606", message, nearest(value, kind))
        return None
    return value


def _check(setup: Setup, log: Log) -> None:
    """Low below high, a probability between 0 and 1, a spread not negative, a goal with its target."""
    for section, names in setup.names.items():
        for name in names:
            low, high = setup.number(section, name, "low"), setup.number(section, name, "high")
            if low is not None and high is not None and low >= high:
                message = f"`{name}`: low {low:g} must be below high {high:g}"
                log.wrong(setup.place(section, name, "high"), "E605", message)
            sd = setup.number(section, name, "sd")
            if sd is not None and sd < 0:
                log.wrong(setup.place(section, name, "sd"), "E604", f"`sd` of `{name}` must be 0 or more, not {sd:g}")
            target = setup.number(section, name, "target")
            if setup.text(section, name, "goal") == "target" and target is None:
                message = f"`{name}` is to meet a target, and none is given"
                log.wrong(setup.place(section, name, "goal"), "E612", message, "give `target` as well")
            if target is not None and not (low if low is not None else target) <= target <= (
                high if high is not None else target
            ):
                message = f"`target` of `{name}`, {target:g}, lies outside its own limits"
                log.wrong(setup.place(section, name, "target"), "E612", message)
            if section == "factors" and (low is None) != (high is None):
                there, missing = ("low", "high") if high is None else ("high", "low")
                message = f"`{name}` has `{there}` and no `{missing}`"
                log.wrong(setup.place(section, name, there), "E605", message, "give both, or neither")
    share = setup.number("process", "", "reliability")
    if share is not None and not 0 < share < 1:
        message = f"`reliability` must lie between 0 and 1, not {share:g}"
        log.wrong(setup.place("process", "", "reliability"), "E604", message)


def options(
    responses: Iterable[str],
    factors: Iterable[str],
    limits: Iterable[str],
    ignore: Iterable[str],
    plain: Iterable[tuple[str, str | float | None]],
    log: Log,
) -> list[Given]:
    """What the command line says: NAME, NAME or NAME=low..high, NAME>=value or NAME=low..high, and plain settings."""
    found = [Given("responses", name.strip(), "", "", OPTION) for name in responses]
    for text in factors:
        found += _ranged("factors", text, log) if "=" in text else [Given("factors", text.strip(), "", "", OPTION)]
    for text in limits:
        part = _LIMIT.fullmatch(text.strip())
        if part:
            key = "low" if part["sign"] in (">=", "≥") else "high"
            name = part["name"].strip()
            found.append(Given("responses", name, key, _plain(part["value"], text, log), OPTION))
        else:
            found += _ranged("responses", text, log)
    for key, value in plain:
        if value not in ("", None):
            found.append(Given("process", "", key, value, OPTION))
    names = tuple(ignore)
    if names:
        found.append(Given("process", "", "ignore", names, OPTION))
    return [one for one in found if one.value is not None]


def _ranged(section: str, text: str, log: Log) -> list[Given]:
    part = _RANGE.fullmatch(text.strip())
    if not part:
        right = "NAME=low..high" if section == "factors" else "NAME>=low, NAME<=high or NAME=low..high"
        log.wrong(OPTION, "E613", f"`{shown(text)}` is not understood", f"write {right}")
        return []
    name = part["name"].strip()
    return [Given(section, name, key, _plain(part[key], text, log), OPTION) for key in ("low", "high")]


def _plain(text: str, whole: str, log: Log) -> float | None:
    if _NUMBER.fullmatch(text.strip()):
        return float(text)
    log.wrong(OPTION, "E613", f"`{shown(text.strip())}` in `{shown(whole)}` is not a number")
    return None
