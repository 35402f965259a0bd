"""Keeps what was filled and what could not be, while a company is resolved."""

from functools import cache

from echelon.company.diagnostics import CompanyError, Diagnostic, Place
from echelon.company.fills import Fill
from echelon.company.rows import TABLES
from echelon.company.rows.base import Uncertain
from echelon.priors.base import Confidence, Prior, Range, rounded

OURS = "our assumption"
COMPANY = "the company's own tables"


@cache
def uncertain(value: Range) -> Uncertain:
    """The same range as a row holds it."""
    if value.dist == "fixed":
        return Uncertain.fixed(value.mode)
    parts: dict[str, object] = {"low": value.low, "high": value.high, "dist": value.dist}
    if value.dist != "lognormal":  # its median follows from the quantiles
        parts["mode"] = value.mode
    return Uncertain.model_validate(parts)


def shown(value: object) -> str:
    """A value as people read it."""
    if isinstance(value, Uncertain):
        if value.dist == "fixed":
            return f"{rounded(value.mode):g}"
        low, mode, high = (f"{rounded(part):g}" for part in (value.low, value.mode, value.high))
        return f"{low} / {mode} / {high} {value.dist}"
    if isinstance(value, float):
        return f"{rounded(value):g}"
    return str(value)


class Ledger:
    """Fills and errors in the order found; both are handed out in a stable order."""

    def __init__(self) -> None:
        self._fills: dict[tuple[str, str, str], Fill] = {}
        self._errors: dict[Diagnostic, None] = {}

    def add(
        self,
        cell: tuple[str, str, str],
        value: object,
        source: str,
        confidence: Confidence,
        how: str,
        n: int | None = None,
    ) -> None:
        """Note that `cell` (table, key, column) was filled with `value`."""
        self._fills[cell] = Fill(*cell, shown(value), source, confidence, n, how)

    def number(self, cell: tuple[str, str, str], prior: Prior[float]) -> float:
        """Fill `cell` with a prior's number and hand the number back."""
        self.add(cell, prior.value, prior.source, prior.confidence, prior.how, prior.n)
        return prior.value

    def spread(self, cell: tuple[str, str, str], prior: Prior[Range]) -> Uncertain:
        """Fill `cell` with a prior's range and hand it back as a row holds it."""
        value = uncertain(prior.value)
        self.add(cell, value, prior.source, prior.confidence, prior.how, prior.n)
        return value

    def found(self, cell: tuple[str, str, str]) -> Fill | None:
        """What `cell` was filled with, if it was."""
        return self._fills.get(cell)

    def error(self, table: str, code: str, message: str, hint: str = "") -> None:
        """Note what cannot be filled; the same message counts once."""
        self._errors[Diagnostic(Place(f"{table}.csv"), code, message, hint)] = None

    def stop_on_errors(self) -> None:
        """Raise every error noted so far.

        Raises
        ------
        CompanyError
            When there is one.
        """
        if self._errors:
            raise CompanyError(sorted(self._errors))

    def fills(self) -> tuple[Fill, ...]:
        """Every fill, by table in the order of `TABLES` (settings first), then key, then column."""
        place = {name: index for index, name in enumerate(("company", *TABLES))}
        return tuple(self._fills[cell] for cell in sorted(self._fills, key=lambda c: (place[c[0]], c[1], c[2])))
