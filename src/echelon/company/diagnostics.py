"""What is wrong, where, and what would be right: the messages of reading and checking a company."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


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


class Log:
    """Collects messages; of one code in one file the first thousand are kept and the rest counted."""

    MOST = 1000

    def __init__(self) -> None:
        self._kept: list[Diagnostic] = []
        self._seen: Counter[tuple[str, str, str, Severity]] = Counter()

    def wrong(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Add an error."""
        self.add(Diagnostic(place, code, message, hint))

    def warn(self, place: Place, code: str, message: str, hint: str = "") -> None:
        """Add a warning."""
        self.add(Diagnostic(place, code, message, hint, Severity.WARNING))

    def add(self, diagnostic: Diagnostic) -> None:
        """Add any message."""
        place = diagnostic.place
        group = (place.file, place.sheet, diagnostic.code, diagnostic.severity)
        self._seen[group] += 1
        if self._seen[group] <= self.MOST:
            self._kept.append(diagnostic)

    @property
    def failed(self) -> bool:
        """Whether any error was added."""
        return any(group[3] is Severity.ERROR for group in self._seen)

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every message, by place; what was left out is counted in one more per file and code."""
        more = [
            Diagnostic(Place(file, sheet), code, f"and {count - self.MOST:,} more like it", "", severity)
            for (file, sheet, code, severity), count in self._seen.items()
            if count > self.MOST
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
    options = list(known)
    found = get_close_matches(word.lower(), [option.lower() for option in options], n=1, cutoff=0.6)
    if not found:
        return ""
    right = next(option for option in options if option.lower() == found[0])
    return f"did you mean `{right}`?"
