"""What is wrong, where, and what would be right: the messages of reading and checking a company."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from itertools import islice
from types import MappingProxyType
from typing import ClassVar

MOST_OPTIONS = 500
"""Right words among which the nearest is looked for."""


class Severity(StrEnum):
    """How much a message matters; only errors stop anything."""

    ERROR = "error"
    WARNING = "warning"
    REMEMBERED = "remembered"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A cell: file and line:column of a text file, or sheet and cell of a workbook."""

    file: str
    sheet: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if self.sheet:
            cell = f"{column_letters(self.column)}{self.line}" if self.line else ""
            return f"{self.file}[{self.sheet}!{cell}]" if cell else f"{self.file}[{self.sheet}]"
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One message.

    Codes: E0xx the file itself, E1xx a value, E2xx a reference, E3xx consistency,
    W4xx implausible, W5xx provenance.
    """

    place: Place
    code: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        text = f"{self.place}: {self.code} {self.message}"
        return f"{text}\n  hint: {self.hint}" if self.hint else text


Hint = str | Callable[[], str]
"""A hint, or how to find it; it is looked for only if the message is kept."""


class Log:
    """Collects messages; of one code in one file the first hundred errors are kept and the rest counted."""

    MOST: ClassVar[Mapping[Severity, int]] = MappingProxyType(
        {Severity.ERROR: 100, Severity.WARNING: 1000, Severity.REMEMBERED: 1000}
    )

    def __init__(self) -> None:
        self._kept: list[Diagnostic] = []
        self._seen: Counter[tuple[str, str, str, Severity]] = Counter()

    def wrong(self, place: Place, code: str, message: str, hint: Hint = "") -> None:
        """Add an error."""
        self.add(place, code, message, hint, Severity.ERROR)

    def warn(self, place: Place, code: str, message: str, hint: Hint = "") -> None:
        """Add a warning."""
        self.add(place, code, message, hint, Severity.WARNING)

    def add(self, place: Place, code: str, message: str, hint: Hint, severity: Severity) -> None:
        """Add any message."""
        group = (place.file, place.sheet, code, severity)
        self._seen[group] += 1
        if self._seen[group] <= self.MOST[severity]:
            text = hint if isinstance(hint, str) else hint()
            self._kept.append(Diagnostic(place, code, message, text, severity))

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Add messages made elsewhere."""
        for made in diagnostics:
            self.add(made.place, made.code, made.message, made.hint, made.severity)

    @property
    def failed(self) -> bool:
        """Whether any error was added."""
        return any(group[3] is Severity.ERROR for group in self._seen)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every message, by place; what was left out is counted in one more per file and code."""
        more = [
            Diagnostic(Place(file, sheet), code, f"and {count - self.MOST[severity]:,} more like it", "", severity)
            for (file, sheet, code, severity), count in self._seen.items()
            if count > self.MOST[severity]
        ]
        return tuple(sorted([*self._kept, *more]))


class CompanyError(Exception):
    """A company could not be used; carries every diagnostic found."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        errors = [d for d in self.diagnostics if d.severity is Severity.ERROR]
        super().__init__("\n".join(str(d) for d in errors[:20]) or "the company could not be read")


def column_letters(index: int) -> str:
    """Spreadsheet letters of a 1-based column."""
    letters = ""
    while index > 0:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters or "A"


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint naming the nearest right word, or nothing."""
    right = {option.lower(): option for option in known}
    options: Iterable[str] = right
    if len(right) > MOST_OPTIONS:
        alike = (option for option in right if option[:1] == word[:1].lower() and abs(len(option) - len(word)) < 3)
        options = islice(alike, MOST_OPTIONS)
    found = get_close_matches(word[:80].lower(), options, n=1, cutoff=0.6)
    return f"did you mean `{right[found[0]]}`?" if found else ""
