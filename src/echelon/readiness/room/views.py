"""Who sees what: for each role the records it may see, and the part of a released item that an inspector sees."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, false, or_, true

from echelon.readiness.records import schema
from echelon.readiness.records.roles import INSIDERS, ROOMS
from echelon.readiness.records.store import Actor, Record

ITEMS = ("request", "question")

BENCH: Mapping[str, frozenset[str]] = {
    "profile": INSIDERS,
    "library": INSIDERS,
    "slot": INSIDERS,
    "practice": INSIDERS,
    "procedure": INSIDERS,
    "deck": INSIDERS,
    "duty": frozenset({"quality_head", "front_room", "back_room"}),
    "card": frozenset({"quality_head", "front_room", "back_room"}),
    "round": INSIDERS,
    "gap": ROOMS,
    "finding": frozenset({"quality_head"}),
    "review": frozenset({"quality_head"}),
    "translation": INSIDERS,
    "memory": INSIDERS,
    "team": INSIDERS,
}
"""Who sees the workbench's records whole; beside them whom one is about (`person`), who sees to a gap, and a finding's
own auditor: no other auditor ever sees it here, which keeps their logs blind."""

ALIKE = frozenset({*ITEMS, "inspection", "document", "note", "wrapup", "signature", "commitment"})
"""Kinds that everybody of one `audience` sees alike; what else there is depends on the person as well."""

Row = Mapping[str, Any]


def public(body: Row) -> dict[str, Any] | None:
    """
    What an inspector sees of an item: what was released, as it was when it was released; None before that.

    Parameters
    ----------
    body
        Of an item.
    """
    released = body.get("released")
    if not released:
        return None
    return {
        "id": body["id"],
        "kind": body["kind"],
        "inspection": body["inspection"],
        "wording": body["wording"],
        "received_at": body["received_at"],
        "state": "closed" if body["state"] == "closed" else "released",
        "released_at": released["at"],
        "form": released["form"],
        "answer": released["answer"],
        "documents": released["documents"],
        "delivered_at": body["delivered_at"],
        "returned_at": body["returned_at"],
    }


def is_outsider(actor: Actor) -> bool:
    """Whether an actor sees released items only."""
    return not actor.roles & INSIDERS


def sees(actor: Actor, kind: str, body: Row) -> bool:
    """
    Whether an insider sees a record in full.

    Quality head, front room, back room and scribes see all; others what they own or owned, runners also what is being
    prepared, staged or released, translators what is being prepared; outsiders nothing in full.
    """
    roles = actor.roles
    if kind in BENCH:
        if kind == "finding":
            return "quality_head" in roles or body.get("auditor") == actor.account
        mine = body.get("person") == actor.account or actor.account in body.get("people", ())
        return bool(roles & BENCH[kind]) or (mine and not is_outsider(actor))
    if roles & ROOMS:
        return True
    if is_outsider(actor):
        return False
    if kind == "inspection":
        return True
    if kind == "commitment":
        return bool(body["owner"] == actor.account)
    if kind not in ITEMS:
        return kind == "document"
    if actor.account in body["involved"]:
        return True
    if "runner" in roles and body["state"] in {"preparing", "staged", "released"}:
        return True
    return "translator" in roles and body["state"] == "preparing"


def audience(actor: Actor) -> tuple[frozenset[str], str, str]:
    """What actors have in common who see the same of every record of `ALIKE`: roles, inspection, else the account."""
    alike = bool(actor.roles & ROOMS) or actor.roles == {"inspector"}
    return actor.roles, actor.inspection, "" if alike else actor.account


def visible(actor: Actor) -> ColumnElement[bool]:
    """The same as `sees` for a query of `current`; for outsiders, what was shown to their inspection."""
    table = schema.current
    if actor.roles & ROOMS:
        # What a role does not see whole of the workbench is left out by `shown_to`.
        return true()
    if is_outsider(actor):
        if not actor.roles:
            return false()
        return table.c.kind.in_(ITEMS) & (table.c.shown > 0) & (table.c.inspection == actor.inspection)
    is_item = table.c.kind.in_(ITEMS)
    parts = [
        table.c.kind.in_(("inspection", "document")),
        (table.c.kind == "commitment") & (table.c.owner == actor.account),
        (is_item | (table.c.kind == "gap")) & table.c.involved.contains(f"|{actor.account}|", autoescape=True),
        table.c.kind.in_([kind for kind, roles in BENCH.items() if actor.roles & roles]),
    ]
    if "runner" in actor.roles:
        parts.append(is_item & table.c.state.in_(("preparing", "staged", "released")))
    if "translator" in actor.roles:
        parts.append(is_item & (table.c.state == "preparing"))
    return or_(*parts)


def shown_to(actor: Actor, record: Record) -> dict[str, Any] | None:
    """What an actor sees of a record: all of it, the released part, or None."""
    if is_outsider(actor):
        if record.kind == "finding" and sees(actor, "finding", record.body):
            return dict(record.body)
        if not actor.roles or record.kind not in ITEMS or record.body["inspection"] != actor.inspection:
            return None
        return public(record.body)
    return dict(record.body) if sees(actor, record.kind, record.body) else None
