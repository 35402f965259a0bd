"""What happened, as it is sent: entries of the trail read in order, each written once for all who may see it."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select

from echelon.readiness.records import schema
from echelon.readiness.records.store import Actor, Store
from echelon.readiness.room.views import ITEMS, is_outsider, public, sees

UNSEEN = frozenset({"session", "account", "epoch"})
"""Kinds that no screen is told of."""


NUDGE = b"event: audits\ndata: {}\n\n"
"""Tells an auditor's page to load anew, and nothing else: it has no number, which would count what others do."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry as it is sent: its texts for insiders and outsiders are made once for all of them."""

    seq: int
    shown: int | None
    kind: str
    id: str
    inspection: str
    action: str
    body: dict[str, Any]
    before: dict[str, Any]
    name: str
    inside: bytes
    outside: bytes

    def text(self, actor: Actor) -> bytes:
        """What an actor is told of it; nothing where it may see neither what is nor what was."""
        if self.kind in UNSEEN:
            return b""
        if is_outsider(actor):
            if self.inspection != actor.inspection:
                return b""
            return self.outside if self.shown is not None else NUDGE if self._nudges(actor) else b""
        if sees(actor, self.kind, self.body):
            return self.inside
        if self.before and sees(actor, self.kind, self.before):
            return event(self.name, "gone", {"kind": self.kind, "id": self.id})
        return b""

    def _nudges(self, actor: Actor) -> bool:
        # An auditor's page loads anew for what is the auditor's own: a finding, being named, a round that is closed.
        if "mock_auditor" not in actor.roles:
            return False
        if self.kind == "finding":
            return bool(self.body["auditor"] == actor.account)
        if self.kind != "round":
            return False
        named = actor.account in self.body["auditors"]
        was = actor.account in self.before.get("auditors", ())
        return named != was or (named and self.body["state"] != self.before["state"])


def read(store: Store, after: int, upto: int, limit: int) -> list[Happening]:
    """
    Entries after one, up to another where that is not 0, in order, with the records that they made.

    Raises
    ------
    RecordsError
        If the database does not answer.
    """
    trail, records = schema.trail, schema.records
    same = and_(records.c.kind == trail.c.kind, records.c.id == trail.c.id, records.c.version == trail.c.version)
    wanted = (
        select(trail, records.c.body.label("record"))
        .outerjoin(records, same)
        .where(trail.c.seq > after)
        .order_by(trail.c.seq)
        .limit(limit)
    )
    if upto:
        wanted = wanted.where(trail.c.seq <= upto)
    with store.database.reading() as connection:
        return [_happening(row) for row in connection.execute(wanted).mappings()]


def event(name: str, kind: str, data: dict[str, Any]) -> bytes:
    """A server-sent event, with JSON on one line: no text of a record can begin a line of the stream."""
    return f"id: {name}\nevent: {kind}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


def _happening(row: Any) -> Happening:
    entry = json.loads(row["body"])
    body = json.loads(row["record"]) if row["record"] else {}
    before = {key: values[0] for key, values in entry["change"].items()} if row["version"] > 1 else {}
    if before:
        before = body | before
    told = {key: entry[key] for key in ("seq", "at", "actor", "action", "kind", "id", "version")}
    name = f"{row['epoch']}-{row['seq']}"
    outside = b""
    if row["shown"] is not None and row["kind"] in ITEMS:
        seen = {"kind": row["kind"], "id": row["id"], "action": "released", "record": public(body)}
        outside = event(f"{row['epoch']}-{row['shown']}", "record", seen)
    return Happening(
        seq=row["seq"],
        shown=row["shown"],
        kind=row["kind"],
        id=row["id"],
        inspection=row["inspection"],
        action=row["action"],
        body=body,
        before=before,
        name=name,
        inside=b"" if row["kind"] in UNSEEN else event(name, "record", told | {"record": body}),
        outside=outside,
    )
