"""Parts of the API that its files share: headers of orders, and how entries and records are given."""

from typing import Annotated, Any

from fastapi import Header, Query

from echelon.readiness.records.store import Entry, Record
from echelon.readiness.room.fields import SHORT
from echelon.readiness.room.flow import Step

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


def form_of(step: Step) -> dict[str, Any]:
    """A step with its fields, for a page to make a form of."""
    found = []
    document = step.form.model_json_schema()
    for name, part in document.get("properties", {}).items():
        forms = part.get("anyOf", [part])
        kinds = {one.get("type") for one in forms}
        most = max((one.get("maxLength", 0) for one in forms), default=0)
        found.append(
            {
                "name": name,
                "label": part.get("description", name).rstrip("."),
                "type": next((kind for kind in ("boolean", "integer") if kind in kinds), "string"),
                "options": next((one["enum"] for one in forms if "enum" in one), []),
                "long": most > SHORT,
                "most": most,
                "optional": name not in document.get("required", []),
            }
        )
    return {"name": step.name, "label": step.label, "fields": found}
