"""Format: numbers, money, shares and dates as people read them, in one place."""

import math
from dataclasses import dataclass
from datetime import date

MISSING = "–"
NBSP = "\u00a0"
MINUS = "\u2212"
SMALLEST = 5e-7
"""What is smaller shows as nought: no more than six decimals are shown, and sums round."""

_STEPS = ((1e6, "trillion"), (1e3, "billion"), (1.0, "million"))


@dataclass(frozen=True)
class Money:
    """A unit for amounts held in millions of a currency: what to divide by, and what to call it."""

    currency: str
    divisor: float
    word: str

    @property
    def unit(self) -> str:
        """Name for an axis or a heading, such as "CNY billion"."""
        return f"{self.currency} {self.word}"


def money_unit(currency: str, largest: float) -> Money:
    """The unit in which amounts up to `largest` (millions) read best."""
    size = abs(largest) if math.isfinite(largest) else 0.0
    for divisor, word in _STEPS:
        if size >= 2.0 * divisor:
            return Money(currency, divisor, word)
    return Money(currency, 1.0, "million")


def number(value: float | None, digits: int = 0) -> str:
    """A number with thousands separated and `digits` decimals; a dash when missing."""
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{abs(value):,.{digits}f}"
    negative = value < 0 and any(ch in "123456789" for ch in text)
    return f"{MINUS}{text}" if negative else text


def significant(value: float | None, digits: int = 3) -> str:
    """A number with about `digits` significant digits and never an exponent."""
    if value is None or not math.isfinite(value):
        return MISSING
    if abs(value) < SMALLEST:
        return "0"
    decimals = digits - 1 - math.floor(math.log10(abs(value)))
    return number(value, min(max(decimals, 0), 6))


def money(value: float | None, currency: str) -> str:
    """An amount held in millions, with the unit that reads best: "CNY 20.1 billion"."""
    if value is None or not math.isfinite(value):
        return MISSING
    unit = money_unit(currency, value)
    return f"{currency}{NBSP}{significant(value / unit.divisor)}{NBSP}{unit.word}"


def error_digits(error: float) -> int:
    """Decimals at which a standard error shows one digit, or two when the first is a 1."""
    power = math.floor(math.log10(error))
    return min(max(-power + (error < 1.95 * 10.0**power), 0), 6)


def money_with_error(value: float | None, error: float | None, currency: str) -> str:
    """An amount and its standard error in one unit, to the digits that the error leaves sure."""
    if value is None or not math.isfinite(value):
        return MISSING
    unit = money_unit(currency, value)
    if error is None or not math.isfinite(error) or error / unit.divisor < SMALLEST:
        return money(value, currency)
    value, error = value / unit.divisor, error / unit.divisor
    digits = error_digits(error)
    return f"{currency}{NBSP}{number(value, digits)} ±{NBSP}{number(error, digits)}{NBSP}{unit.word}"


def with_error(value: float | None, error: float | None) -> str:
    """A number and its standard error, to the digits that the error leaves sure."""
    if value is None or not math.isfinite(value):
        return MISSING
    if error is None or not math.isfinite(error) or error < SMALLEST:
        return significant(value)
    digits = error_digits(error)
    return f"{number(value, digits)}{NBSP}±{NBSP}{number(error, digits)}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share as a percentage; what is nearly but not quite 0 or 100 % says so."""
    if share is None or not math.isfinite(share):
        return MISSING
    value = 100.0 * share
    shown = round(value, digits)
    if shown == 0.0 < value:
        return f"<{NBSP}{number(10.0**-digits, digits)}{NBSP}%"
    if value < 100.0 == shown:
        return f">{NBSP}{number(100.0 - 10.0**-digits, digits)}{NBSP}%"
    if value in (0.0, 100.0):
        return f"{value:.0f}{NBSP}%"
    return f"{number(value, digits)}{NBSP}%"


def percent_with_error(share: float | None, error: float | None) -> str:
    """A share and its standard error in percentage points."""
    if share is None or not math.isfinite(share):
        return MISSING
    if error is None or not math.isfinite(error) or error * 100.0 < 0.005:
        return percent(share)
    digits = min(max(error_digits(error * 100.0), 1), 2)
    return f"{number(100.0 * share, digits)}{NBSP}±{NBSP}{number(100.0 * error, digits)}{NBSP}%"


def day(value: date | str) -> str:
    """A day in words: "30 September 2025"."""
    when = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{when.day}{NBSP}{when:%B}{NBSP}{when.year}"


def quarter(label: str) -> str:
    """A quarter's label as people read it: "2028 Q1"."""
    return f"{label[:4]}{NBSP}{label[4:]}"


def count(amount: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 program", "20 programs"."""
    return f"{amount:,}{NBSP}{one if amount == 1 else many or one + 's'}"


def listed(parts: list[str], most: int = 0) -> str:
    """Parts in a sentence: "a, b and c"; more than `most` are counted."""
    if most and len(parts) > most:
        parts = [*parts[:most], f"{len(parts) - most:,} more"]
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
