"""What belongs to an inspection, read at one moment: items, documents, trail, signatures, anchors, people."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, or_, select

from echelon.readiness.records import schema
from echelon.readiness.records.problems import NotThereError
from echelon.readiness.records.store import load
from echelon.readiness.room.views import ITEMS, public

Body = dict[str, Any]


@dataclass(frozen=True)
class Gathered:
    """
    What is handed over.

    Parameters
    ----------
    inspection
        The inspection.
    items
        Requests and questions by number; the released part of each where only that is handed over.
    documents
        Documents of these items, of whichever version.
    notes, commitments, wrapups, signatures
        Their last versions.
    entries
        Entries of the trail about all of it: body, number, hash, hash before, and the exact bytes that were hashed.
    chain
        Number, hash before and hash of every entry of the whole trail: what links the entries above.
    anchors
        Signed lines of where the chain stood.
    people
        Names and roles by account, of those who are named anywhere in it.
    """

    inspection: Body
    items: list[Body]
    documents: list[Body]
    notes: list[Body] = field(default_factory=list)
    commitments: list[Body] = field(default_factory=list)
    wrapups: list[Body] = field(default_factory=list)
    signatures: list[Body] = field(default_factory=list)
    entries: list[Body] = field(default_factory=list)
    chain: list[tuple[int, str, str]] = field(default_factory=list)
    anchors: list[Body] = field(default_factory=list)
    people: dict[str, Body] = field(default_factory=dict)


def gathered(connection: Connection, inspection: str, part: str) -> Gathered:
    """
    Everything of an inspection, or what was released of it.

    Parameters
    ----------
    connection
        Sees one moment.
    inspection
        Its id.
    part
        "all" or "released".

    Raises
    ------
    NotThereError
        If there is no such inspection.
    """
    about = dict(load(connection, "inspection", inspection).body)
    items = [one for kind in ITEMS for one in _bodies(connection, kind, inspection)]
    if part == "released":
        given = [one for one in map(public, items) if one is not None]
        named = {one["id"] for body in given for one in body["documents"]}
        return Gathered(about, given, _documents(connection, named))
    named = {one["id"] for body in _versions(connection, items) for one in body["documents"]}
    entries = _entries(connection, inspection, named)
    found = {kind: _bodies(connection, kind, inspection) for kind in ("note", "commitment", "wrapup", "signature")}
    table = schema.trail
    chain = connection.execute(select(table.c.seq, table.c.prev, table.c.hash).order_by(table.c.seq)).all()
    anchors = connection.execute(select(schema.anchors.c.line).order_by(schema.anchors.c.seq)).scalars()
    texts = json.dumps([items, *found.values(), [one["entry"] for one in entries]])
    return Gathered(
        inspection=about,
        items=items,
        documents=_documents(connection, named),
        notes=found["note"],
        commitments=found["commitment"],
        wrapups=found["wrapup"],
        signatures=found["signature"],
        entries=entries,
        chain=[(row.seq, row.prev, row.hash) for row in chain],
        anchors=[json.loads(line) for line in anchors],
        people={one["id"]: one for one in _people(connection) if f'"{one["id"]}"' in texts},
    )


OF_AUDITS = ("round", "finding", "gap")
"""Kinds of record that are the company's own look at itself; no hand-over holds them, of a mock inspection neither."""


def _bodies(connection: Connection, kind: str, inspection: str) -> list[Body]:
    table = schema.current
    wanted = select(table.c.body, table.c.version).where(table.c.kind == kind, table.c.inspection == inspection)
    rows = connection.execute(wanted.order_by(table.c.number))
    return [json.loads(row.body) | {"version": row.version} for row in rows]


def _versions(connection: Connection, items: list[Body]) -> list[Body]:
    table, names = schema.records, {one["id"] for one in items}
    rows = connection.execute(select(table.c.id, table.c.body).where(table.c.kind.in_(ITEMS)))
    return [json.loads(row.body) for row in rows if row.id in names]


def _documents(connection: Connection, named: set[str]) -> list[Body]:
    table = schema.current
    rows = connection.execute(
        select(table.c.id, table.c.body).where(table.c.kind == "document").order_by(table.c.number)
    )
    return [json.loads(row.body) for row in rows if row.id in named]


def _entries(connection: Connection, inspection: str, documents: set[str]) -> list[Body]:
    table = schema.trail
    wanted = select(table).where(
        or_(table.c.inspection == inspection, table.c.kind == "document"), table.c.kind.not_in(OF_AUDITS)
    )
    found = []
    for row in connection.execute(wanted.order_by(table.c.seq)).mappings():
        if row["inspection"] == inspection or row["id"] in documents:
            raw = bytes(row["body"])
            told = {"seq": row["seq"], "prev": row["prev"], "hash": row["hash"], "raw": raw.decode()}
            found.append(told | {"entry": json.loads(raw)})
    return found


def _people(connection: Connection) -> list[Body]:
    table = schema.accounts
    rows = connection.execute(select(table.c.id, table.c.username, table.c.name, table.c.roles).order_by(table.c.name))
    return [dict(row) for row in rows.mappings()]


def content_of(connection: Connection, document: Body) -> bytes:
    """The bytes of a document; `NotThereError` where they are gone."""
    table = schema.blobs
    found = connection.execute(select(table.c.content).where(table.c.hash == document["sha256"])).scalar()
    if found is None:
        msg = f"the content of document {document['id']} is not in the database; run echelon readiness verify"
        raise NotThereError(msg)
    return bytes(found)
