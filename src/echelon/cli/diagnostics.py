"""Diagnostics as people and programs read them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from echelon.company.diagnostics import Diagnostic, Severity


def as_dict(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic under its documented keys; line, column and sheet are null where there is none."""
    place = diagnostic.place
    return {
        "severity": str(diagnostic.severity),
        "code": diagnostic.code,
        "message": diagnostic.message,
        "hint": diagnostic.hint or None,
        "file": place.file,
        "sheet": place.sheet or None,
        "line": place.line or None,
        "column": place.column or None,
    }


def stopping(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """The errors; all messages if none is called an error."""
    return [d for d in diagnostics if d.severity is Severity.ERROR] or list(diagnostics)


def count(diagnostics: Iterable[Diagnostic]) -> str:
    """How many of each severity, in words."""
    found = Counter(d.severity for d in diagnostics)
    words = [_many(found[Severity.ERROR], "error"), _many(found[Severity.WARNING], "warning")]
    if found[Severity.REMEMBERED]:
        words.append(f"{found[Severity.REMEMBERED]:,} remembered, not read")
    return ", ".join(words)


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
