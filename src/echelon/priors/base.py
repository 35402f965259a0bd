"""What a look-up returns, and how the tables of published numbers are read."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Generic, Literal, TypeVar

Confidence = Literal["read", "derived", "remembered", "assumed"]
"""How a number is known, best first."""

RANKS: Mapping[str, int] = MappingProxyType({"read": 0, "derived": 1, "remembered": 2, "assumed": 3})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Range:
    """An uncertain value.

    ``triangular``: smallest, likeliest, largest. ``lognormal``: 10 % quantile, median, 90 % quantile.
    ``fixed``: one value three times.
    """

    low: float
    mode: float
    high: float
    dist: Literal["fixed", "triangular", "lognormal"] = "triangular"

    @classmethod
    def fixed(cls, value: float) -> "Range":
        """One value, without spread."""
        return cls(value, value, value, "fixed")

    def scaled(self, factor: float) -> "Range":
        """The range times `factor`."""
        return Range(self.low * factor, self.mode * factor, self.high * factor, self.dist)


@dataclass(frozen=True, slots=True)
class Prior(Generic[T]):
    """One default with its provenance.

    Attributes
    ----------
    value : the number or range.
    unit : its unit.
    source : where it was published, or whose assumption it is.
    confidence : read, derived, remembered or assumed: the weakest of the numbers its centre was made from.
        A stated rule or spread of ours does not lower it; `how` names both.
    n : observations behind it, where known; of several cells the smallest.
    how : one plain sentence with the arithmetic.
    """

    value: T
    unit: str
    source: str
    confidence: Confidence
    n: int | None
    how: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One published number as its table says it."""

    value: float
    unit: str
    source: str
    confidence: Confidence
    n: int | None
    note: str


def weakest(marks: Iterable[Confidence]) -> Confidence:
    """The weakest of several marks, at least `derived` when there is more than one."""
    found = list(marks)
    worst = max(found, key=lambda mark: RANKS[mark])
    return "derived" if len(found) > 1 and worst == "read" else worst


def confidence(text: str) -> Confidence:
    """Check a mark of a table."""
    for known in ("read", "derived", "remembered", "assumed"):
        if text == known:
            return known
    msg = f"`{text}` is no confidence mark"
    raise ValueError(msg)


@cache
def table(name: str) -> tuple[Mapping[str, str], ...]:
    """Rows of one CSV table of this room."""
    text = files("echelon.priors").joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return tuple(MappingProxyType(row) for row in csv.DictReader(text.splitlines()))


def fact(row: Mapping[str, str]) -> Fact:
    """Read the shared columns of a table's row."""
    count = row.get("n", "")
    return Fact(
        float(row["value"]),
        row.get("unit", ""),
        row["source"],
        confidence(row["confidence"]),
        int(count) if count else None,
        row.get("note", ""),
    )


@cache
def facts(name: str, *keys: str) -> Mapping[tuple[str, ...], Fact]:
    """A table's numbers by the values of its key columns."""
    return MappingProxyType({tuple(row[key] for key in keys): fact(row) for row in table(name)})


def assumption(name: str) -> Fact:
    """One of our stated assumptions."""
    return facts("assumptions", "name")[(name,)]


@cache
def area_group(area: str, column: Literal["transitions", "trials"]) -> str:
    """The published group that stands for one of our therapeutic areas; blank where there is none.

    Raises
    ------
    ValueError
        When `area` is not one of ours.
    """
    for row in table("areas"):
        if row["area"] == area:
            return row[column]
    msg = f"`{area}` is not a therapeutic area"
    raise ValueError(msg)


def rounded(value: float, digits: int = 4) -> float:
    """`value` to so many significant digits, so that filled tables stay readable."""
    return float(f"{value:.{digits}g}")
