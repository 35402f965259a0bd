"""The one declaration per attribute: type, unit, range, default, reference and meaning of every column."""

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Dist = Literal["fixed", "uniform", "triangular", "lognormal"]
Confidence = Literal["read", "derived", "remembered", "assumed"]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]

LARGEST = 1e15
"""No amount, count or rate of a company is larger, in millions of any currency; sums of squares stay finite."""

SUFFIXES = ("low", "mode", "high", "dist")
"""Ends of the four columns that an uncertain value occupies, such as ``duration_low``."""


class Uncertain(BaseModel):
    """An uncertain quantity: low, mode, high and the shape between them.

    triangular (default): low and high are the smallest and largest value, mode the likeliest.
    uniform: every value from low to high alike. lognormal: low and high are the 10 % and 90 % quantiles;
    mode, where given, is the median and need not lie at their geometric middle only if left blank.
    fixed: one value, the mode.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: float
    mode: float
    high: float
    dist: Dist = "triangular"

    @classmethod
    def fixed(cls, value: float) -> Self:
        """One value, without spread."""
        return cls(low=value, mode=value, high=value, dist="fixed")

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        low, mode, high, dist = (data.get(name) for name in SUFFIXES)
        if low is None and high is None and mode is not None:
            return {"low": mode, "mode": mode, "high": mode, "dist": dist or "fixed"}
        if low is None or high is None:
            msg = "needs both `low` and `high`, or only `mode` for a fixed value"
            raise ValueError(msg)
        dist = dist or "triangular"
        if mode is None:
            if dist == "triangular":
                msg = "needs `mode` as well as `low` and `high`, or `dist` uniform or lognormal"
                raise ValueError(msg)
            low_f, high_f = float(low), float(high)
            geometric = dist == "lognormal" and low_f > 0 and high_f > 0
            mode = math.sqrt(low_f * high_f) if geometric else 0.5 * (low_f + high_f)
        return {"low": low, "mode": mode, "high": high, "dist": dist}

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for name in ("low", "mode", "high"):
            if not math.isfinite(getattr(self, name)):
                msg = f"`{name}` must be a finite number"
                raise ValueError(msg)
        if not self.low <= self.mode <= self.high:
            msg = f"low {self.low:g}, mode {self.mode:g}, high {self.high:g} must not decrease"
            raise ValueError(msg)
        if self.dist == "lognormal":
            if self.low <= 0:
                msg = f"a lognormal value needs `low` above 0, not {self.low:g}"
                raise ValueError(msg)
            median = math.sqrt(self.low * self.high)
            if abs(self.mode - median) > 0.005 * median:
                msg = f"a lognormal value has its median at √(low × high), {median:.6g}; leave `mode` blank"
                raise ValueError(msg)
        if self.dist == "fixed" and self.low != self.high:
            msg = "a fixed value has no range; drop `low` and `high`, or the `dist`"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class Column:
    """What is declared of one attribute; validation, reference page, workbook and errors all read it."""

    meaning: str
    unit: str = ""
    key: bool = False
    ref: str | None = None
    low: float | None = None
    high: float | None = None
    filled_from: str = ""


def column(
    meaning: str,
    *,
    default: Any = ...,
    unit: str = "",
    key: bool = False,
    ref: str | None = None,
    low: float | None = None,
    high: float | None = None,
    filled_from: str = "",
) -> Any:
    """Declare one attribute.

    Parameters
    ----------
    meaning : one line, shown in the reference, the workbook and the errors.
    default : value of a blank cell; none given means the cell is required.
    unit : unit of the value; "money" stands for millions of the company's or the row's currency.
    key : the attribute is (part of) the row's identity.
    ref : table in which the value must be an id.
    low, high : smallest and largest allowed value (of every part of an uncertain value).
    filled_from : where a blank cell is filled from, when not from `default`.
    """
    info = Column(meaning, unit, key, ref, low, high, filled_from)
    return Field(default=default, description=meaning, json_schema_extra={"column": info})  # type: ignore[dict-item]


class Row(BaseModel):
    """One row of a table. Rows are frozen, compare by value, and know their table and key."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    table: ClassVar[str]
    keyed: ClassVar[bool] = True

    source: str = column("Where the row's numbers come from.", default="")
    confidence: Confidence | None = column(
        "How the row is known: read in a source, derived from one, remembered, or assumed.", default=None
    )
    note: str = column("Anything a reader should know.", default="")

    @property
    def key(self) -> str:
        """The row's identity within its table: its key columns joined by "/"."""
        parts = [str(getattr(self, name)) for name in _key_names(type(self))]
        return "/".join(part for part in parts if part and part != "None")

    @model_validator(mode="after")
    def _in_range(self) -> Self:
        for name, info in _numbers(type(self)):
            value = getattr(self, name)
            if isinstance(value, Uncertain):
                single = value.dist == "fixed"
                for part in ("mode",) if single else ("low", "mode", "high"):
                    check_range(f"{name}_{part}", getattr(value, part), info)
            elif value is not None:
                check_range(name, value, info)
        return self


@cache
def _key_names(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(name for name, info in columns(model).items() if info.key)


@cache
def _numbers(model: type[BaseModel]) -> tuple[tuple[str, Column], ...]:
    # Attributes that hold a number or a range of numbers.
    numeric = re.compile(r"\b(float|int|Uncertain)\b")
    fields = model.model_fields
    return tuple(item for item in columns(model).items() if numeric.search(str(fields[item[0]].annotation)))


def check_range(name: str, number: float, info: Column) -> None:
    """Raise `ColumnError` if a number lies outside the declared range of its column."""
    if not math.isfinite(number):
        raise ColumnError(name, f"`{name}` must be a finite number, not {number:g}")
    if abs(number) > LARGEST:
        raise ColumnError(name, f"`{name}` must be at most {LARGEST:g} in size, not {number:g}")
    below = info.low is not None and number < info.low
    above = info.high is not None and number > info.high
    if below or above:
        if info.low is not None and info.high is not None:
            want = f"between {info.low:g} and {info.high:g}"
        elif info.low is not None:
            want = "0 or more" if info.low == 0 else f"at least {info.low:g}"
        else:
            want = f"at most {info.high:g}"
        raise ColumnError(name, f"`{name}` must be {want}, not {number:g}")


class ColumnError(ValueError):
    """A row is wrong in one named column."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def columns(model: type[BaseModel]) -> dict[str, Column]:
    """Declared attributes of a row model or settings section, in declared order, shared ones last."""
    cached: dict[str, Column] | None = model.__dict__.get("__echelon_columns__")
    if cached is not None:
        return cached
    own: dict[str, Column] = {}
    shared: dict[str, Column] = {}
    for name, field in model.model_fields.items():
        extra: object = field.json_schema_extra
        info = extra.get("column") if isinstance(extra, dict) else None
        if not isinstance(info, Column):
            continue
        (shared if name in ("source", "confidence", "note") else own)[name] = info
    found = own | shared
    setattr(model, "__echelon_columns__", found)  # noqa: B010 - a cache on the class, outside the model's fields
    return found


def is_uncertain(model: type[BaseModel], name: str) -> bool:
    """Whether attribute `name` takes the four columns of an uncertain value."""
    return "Uncertain" in str(model.model_fields[name].annotation)


def is_list(model: type[BaseModel], name: str) -> bool:
    """Whether attribute `name` is a list, written with semicolons in one cell."""
    return "tuple[" in str(model.model_fields[name].annotation)


def csv_columns(model: type[Row]) -> list[str]:
    """Column names of the table's file, uncertain values expanded."""
    names: list[str] = []
    for name in columns(model):
        names += [f"{name}_{part}" for part in SUFFIXES] if is_uncertain(model, name) else [name]
    return names
