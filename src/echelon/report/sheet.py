"""Sheet: the page of one analysis, in the style of the report: sentences, charts and tables, opens offline."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from echelon.report.format import day
from echelon.report.look import NARROW, WIDE, Chart, NoChart, Size, svg
from echelon.report.page import Figure


@dataclass(frozen=True)
class Cell:
    """A cell of a table: what is shown, a smaller second line, and what it sorts by."""

    text: str
    sort: str | float | None = None
    small: str = ""


@dataclass(frozen=True)
class Grid:
    """A table: caption, columns with whether they hold text, rows; folded away where `folded`."""

    caption: str
    columns: tuple[tuple[str, bool], ...]
    rows: list[list[Cell]]
    folded: bool = False


@dataclass(frozen=True)
class Part:
    """A section of the page: the question, its answers, charts with captions, tables, and what to bear in mind."""

    ident: str
    question: str
    answers: list[str] = field(default_factory=list)
    figures: list[tuple[Figure, str]] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sheet:
    """A page: what it is about, `info` of its futures, its parts, and the verb that makes it again.

    A page that is not of futures says in `facts` what stands at its head, in `subject` whose it is, and in `same` what
    must be the same for its numbers to come again; its `info` holds notice and versions only.
    """

    title: str
    lead: str
    info: dict[str, Any]
    parts: list[Part]
    command: str
    facts: tuple[tuple[str, str], ...] = ()
    subject: str = ""
    same: str = "The same company, seed and number of futures give these very numbers, on any number of threads."


def drawn(name: str, title: str, draw: Callable[[Size], Chart]) -> Figure:
    """A chart in both widths, or the reason why there is none."""
    try:
        # The text inside is escaped by the library that draws it; nothing else is let in.
        wide, narrow = (
            Markup(svg(draw(size), f"{name}-{size.width}"))  # noqa: S704
            for size in (WIDE, NARROW)
        )
    except NoChart as reason:
        return Figure(name, title, why=str(reason))
    return Figure(name, title, wide, narrow)


def again(verb: str, info: dict[str, Any], *more: str) -> str:
    """The command that makes a page again."""
    parts = ["echelon", verb, "COMPANY", *more, "--futures", str(info["futures"]), "--seed", str(info["seed"])]
    for option in ("scenario", "plan"):
        if info[option]:
            parts += [f"--{option}", str(info[option])]
    return " ".join([*parts, "--out", "PAGE.html"])


def write_sheet(sheet: Sheet, file: Path | str) -> Path:
    """Write a page as one HTML file; its folder is made if need be."""
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.draft")
    draft.write_text(page(sheet), encoding="utf-8")
    return draft.replace(file)


def page(sheet: Sheet) -> str:
    """A sheet as the text of one HTML page."""
    style, script = (_template(name) for name in ("page.css", "page.js"))
    context = {
        "sheet": sheet,
        "info": sheet.info,
        "facts": sheet.facts or _head(sheet.info),
        "subject": sheet.subject or f"{sheet.info['company']}, {day(sheet.info['as_of'])}",
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "style_hash": _digest(style),
        "script_hash": _digest(script),
    }
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("sheet.html").render(context)


def _head(info: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What stands at the head of a page of futures."""
    return (
        ("Company", info["company"]),
        ("As of", day(info["as_of"])),
        ("Plan", info["plan"] or "as the tables say"),
        ("Scenario", info["scenario"] or "base"),
        ("Futures", f"{info['futures']:,}"),
        ("Seed", str(info["seed"])),
        ("Money", f"{info['currency']}, real"),
    )


def _template(name: str) -> str:
    return (files("echelon.report") / "templates" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
