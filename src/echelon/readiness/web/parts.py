"""Parts of the API that its files share: headers of orders, and how entries and records are given."""

from typing import Annotated, Any

from fastapi import Header, Query

from echelon.readiness.records.store import Entry, Record

Once = Annotated[
    str, Header(alias="Idempotency-Key", max_length=80, description="A key of your own; the same order is done once.")
]
Seen = Annotated[
    str,
    Header(alias="If-Match", max_length=12, pattern=r"^\d*$", description="Version you saw; refused if changed since."),
]
Happened = Annotated[
    str, Query(max_length=40, description="When it happened, if earlier than now, with time zone. Both times are kept.")
]


def version_of(seen: str) -> int | None:
    """The version that a caller saw, where it said so."""
    return int(seen) if seen else None


def told(entry: Entry) -> dict[str, Any]:
    """What an order is answered with, once it is on disk."""
    names = ("seq", "at", "action", "kind", "id", "version")
    return {name: getattr(entry, name) for name in names}


def shown(record: Record) -> dict[str, Any]:
    """A record as the API gives it."""
    return {"kind": record.kind, "id": record.id, "version": record.version, "record": dict(record.body)}


def entry_of(entry: Entry) -> dict[str, Any]:
    """An entry of the trail as the API gives it."""
    body = entry.body
    kept = ("seq", "at", "happened", "actor", "role", "action", "reason", "kind", "id", "version", "change")
    return {name: body[name] for name in kept} | {"hash": entry.hash}
