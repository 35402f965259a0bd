"""Where things are printed: results on stdout, progress and logs on stderr; colours only on a terminal."""

import json
import math
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

PIPED_WIDTH = 140
"""Characters of a line when nobody's terminal says otherwise."""


def console(stderr: bool = False) -> "Console":
    """A printer for stdout or stderr; it takes colours and width from the terminal, and NO_COLOR as it is meant."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH
    return Console(file=stream, highlight=False, markup=True, soft_wrap=False, width=width)


def out(text: str = "") -> None:
    """One line of a result, as it stands."""
    sys.stdout.write(f"{text}\n")


def say(text: str) -> None:
    """One line of a log."""
    sys.stdout.flush()
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def print_json(data: Any) -> None:
    """A result for programs: JSON in UTF-8; what is not a number is null, days are yyyy-mm-dd."""
    json.dump(plain(data), sys.stdout, indent=2, ensure_ascii=False, allow_nan=False)
    sys.stdout.write("\n")


def plain(data: Any) -> Any:
    """Data as JSON knows it."""
    if isinstance(data, Mapping):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [plain(value) for value in data]
    if isinstance(data, bool) or data is None or isinstance(data, str | int):
        return data
    if isinstance(data, float):
        return data if math.isfinite(data) else None
    if isinstance(data, date | Path):
        return str(data)
    if hasattr(data, "item"):
        return plain(data.item())
    return str(data)


def show_table(headers: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> None:
    """Print a table; the first `left` columns are text, the others numbers."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", show_header=any(headers))
    for index, header in enumerate(headers):
        table.add_column(header, justify="left" if index < left else "right", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


def number(value: float | None, digits: int = 3) -> str:
    """A number for people: thousands separated, about `digits` significant digits, a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "-"
    from echelon.report.format import SMALLEST

    if abs(value) < SMALLEST:
        return "0"
    size = math.floor(math.log10(abs(value)))
    places = max(0, digits - 1 - size)
    return f"{value:,.{min(places, 6)}f}"


def percent(share: float | None) -> str:
    """A share for people; never a bare 0 % or 100 % for what only nearly is."""
    if share is None or not math.isfinite(share):
        return "-"
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return f"{100 * share:.1f} %"
