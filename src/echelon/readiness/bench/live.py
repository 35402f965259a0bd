"""Live questions beside practice ones: what was asked of which matter, what was answered, and what that is worth."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, func, select

from echelon.readiness.bench.shelf import inside, kept
from echelon.readiness.records import schema
from echelon.readiness.records.store import Actor, record_of
from echelon.readiness.room.room import Room
from echelon.readiness.room.views import ITEMS

DOUBLINGS: Final = 3
"""Times that being asked doubles the odds of being asked again; more often says no more. Assumed."""

TOLD: Final = ("id", "kind", "inspection", "wording", "state", "answer", "given", "answered_by", "answered_at")
"""What is told of a live item beside a practice question."""


def asked_of(room: Room, connection: Connection) -> Mapping[str, int]:
    """How often each practice question was asked, in mock and real inspections; read anew where an item changed."""
    table = schema.current
    seq = connection.execute(select(func.max(table.c.seq)).where(table.c.kind.in_(ITEMS))).scalar()
    before = room.memo.get("asked")
    if before is None or before[0] != seq:
        bodies = (one.body for kind in ITEMS for one in kept(connection, kind))
        # What was only prepared has not been asked, and what was replaced counts where it stands now.
        counted = Counter(
            body["bank"] for body in bodies if body["bank"] and not body["ahead"] and body["state"] != "superseded"
        )
        before = room.memo["asked"] = (seq, counted)
    made: Mapping[str, int] = before[1]
    return made


def by_topic(asked: Mapping[str, int], questions: Mapping[str, Mapping[str, Any]]) -> Mapping[str, int]:
    """How often each matter was asked about, by its questions."""
    found: Counter[str] = Counter()
    for key, times in asked.items():
        if key in questions:
            found[str(questions[key]["topic"])] += times
    return found


def pressed(chance: float, times: int) -> float:
    """
    Chance that a matter comes up, given how often inspectors have asked about it.

    Each time doubles the odds, up to `DOUBLINGS` times: inspectors, mock or real, go on where they found something, and
    those of one authority ask alike. How much is our assumption.

    Parameters
    ----------
    chance
        From published citation frequencies, 0 to 1.
    times
        How often the matter was asked about.
    """
    odds = float(2 ** min(times, DOUBLINGS))
    return chance * odds / (1.0 - chance + chance * odds)


def live_of(room: Room, actor: Actor, question: str) -> dict[str, Any]:
    """
    A practice question, and the live items it was matched to with what was answered: those that the actor may see.

    Raises
    ------
    NotThereError
        If there is no such question, or the actor is an outsider.
    """
    inside(actor, "see practice questions")
    practice = room.get(actor, "practice", question)
    names = ("id", "topic", "question", "points", "evidence", "state", "owner")
    items = [
        {name: one.body[name] for name in TOLD} | {"released_at": (one.body["released"] or {}).get("at", "")}
        for one in room.board(actor, kinds=ITEMS)[1]
        if one.body.get("bank") == question
    ]
    return {name: practice.body[name] for name in names} | {"items": items}


def signed_in(connection: Connection) -> Mapping[str, list[dict[str, str]]]:
    """Signatures of practice questions by question, each with the hash of the version that was signed."""
    table = schema.current
    wanted = select(table).where(table.c.kind == "signature", table.c.owner.startswith("practice:"))
    found: dict[str, list[dict[str, str]]] = {}
    for row in connection.execute(wanted.order_by(table.c.number)).mappings():
        body = record_of(row).body
        found.setdefault(body["record"], []).append({name: body[name] for name in ("name", "meaning", "at", "hash")})
    return found
