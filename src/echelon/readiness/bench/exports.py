"""Gaps, findings and translations as tables to hand on: CSV or .xlsx, in which no cell can be a formula."""

import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from echelon.readiness.bench.audits import findings_of
from echelon.readiness.bench.repairs import GAPS
from echelon.readiness.bench.steps import listed
from echelon.readiness.bench.translation import TRANSLATIONS, done_of
from echelon.readiness.records.problems import InvalidError
from echelon.readiness.records.store import Actor
from echelon.readiness.room.room import Room
from echelon.readiness.tables import Heading, csv_text, write_xlsx

Rows = Iterable[Mapping[str, object]]

MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WHOLE: Final = (0.0, 1e12)

GAP_HEADINGS: Final = (
    Heading("gap", "id"),
    Heading("title", "what it is"),
    Heading("class", "critical, major or other"),
    Heading("system", "one of the six systems"),
    Heading("clause", "clause"),
    Heading("state", "open, planned, repaired, closed"),
    Heading("findings", "findings that show it", many=True),
    Heading("cause", "its cause"),
    Heading("action", "what is to be done"),
    Heading("owner", "who sees to it"),
    Heading("due", "by when"),
    Heading("proof", "what shows that it is done"),
    Heading("repaired_on", "day on which it was done"),
    Heading("recheck", "what was looked at again"),
    Heading("rechecked_by", "by whom"),
    Heading("returns", "how often it was not gone", number=_WHOLE),
)
FINDING_HEADINGS: Final = tuple(
    Heading(name, name)
    for name in ("finding", "round", "auditor", "class", "system", "clause", "wording", "evidence", "state", "at")
)
TRANSLATION_HEADINGS: Final = (
    Heading("document", "id"),
    Heading("title", "its title"),
    Heading("source", "language it is in"),
    Heading("target", "language it is wanted in"),
    Heading("state", "waiting, under-way, translated, reviewed, final"),
    Heading("words", "its words", number=_WHOLE),
    Heading("translated", "words translated", number=_WHOLE),
    Heading("asked", "chance that it is asked for, per cent", number=_WHOLE),
    Heading("cost", "how bad it is to bring it late", number=_WHOLE),
    Heading("reuse", "share with a draft or a match, per cent", number=_WHOLE),
    Heading("owner", "who translates it"),
    Heading("due", "by when"),
)


def table_of(room: Room, actor: Actor, what: str, form: str) -> tuple[str, str, bytes]:
    """
    A table of what an actor may see.

    Parameters
    ----------
    room, actor
        Where, and who asks.
    what
        "gaps", "findings" or "translations".
    form
        "csv" or "xlsx".

    Returns
    -------
    tuple
        File name, media type and bytes.

    Raises
    ------
    InvalidError
        For another table or form.
    """
    if what not in TABLES or form not in MEDIA:
        msg = f"there is no table {what[:40]} as {form[:40]}; there are {', '.join(TABLES)} as csv or xlsx"
        raise InvalidError(msg)
    headings, rows = TABLES[what]
    made = rows(room, actor)
    if form == "csv":
        return f"{what}.csv", MEDIA[form], csv_text(headings, made).encode()
    with tempfile.TemporaryDirectory(prefix="echelon-table-") as folder:
        path = Path(folder) / "table.xlsx"
        write_xlsx(path, what, headings, made)
        return f"{what}.xlsx", MEDIA[form], path.read_bytes()


def _gaps(room: Room, actor: Actor) -> Rows:
    names = room.people(actor)
    for one in listed(room, actor, GAPS):
        body = one.body
        found = [hit["finding"] for hit in body["findings"]]
        told = {"gap": one.id, "class": body["grade"], "findings": found, "owner": names.get(body["owner"], "")}
        yield dict(body) | told | {"rechecked_by": names.get(body["rechecked_by"], "")}


def _findings(room: Room, actor: Actor) -> Rows:
    for one in findings_of(room, actor):
        yield dict(one.body) | {"finding": one.id, "class": one.body["grade"], "auditor": one.body["letter"]}


def _translations(room: Room, actor: Actor) -> Rows:
    names = room.people(actor)
    for one in listed(room, actor, TRANSLATIONS):
        told = {"document": one.id, "translated": done_of(one.body["counts"])}
        yield dict(one.body) | told | {"owner": names.get(one.body["owner"], "")}


TABLES: Final[Mapping[str, tuple[tuple[Heading, ...], Callable[[Room, Actor], Any]]]] = {
    "gaps": (GAP_HEADINGS, _gaps),
    "findings": (FINDING_HEADINGS, _findings),
    "translations": (TRANSLATION_HEADINGS, _translations),
}
"""Headings and rows of each table; who may see what is decided where the rows are read."""
