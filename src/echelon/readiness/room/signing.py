"""Electronic signatures: who, what it means, when, over the very version that was read; with the password again."""

from typing import Any, Final

from echelon.readiness.records.anchors import Key
from echelon.readiness.records.canonical import SIGNATURE, stamp
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError, RefusedError
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Record, Writing
from echelon.readiness.room import fields
from echelon.readiness.room.items import role_for
from echelon.readiness.room.room import Room, checked
from echelon.readiness.room.views import is_outsider, sees

SIGNED: Final = ("request", "question", "wrapup", "commitment", "note", "review", "round", "gap", "practice")
"""Kinds of record that can be signed."""

MEANINGS: Final = {
    "authored": frozenset({"quality_head", "front_room", "back_room", "subject_expert", "scribe", "translator"}),
    "reviewed": frozenset({"quality_head", "front_room", "back_room"}),
    "approved": frozenset({"quality_head"}),
    "responsible": frozenset({"quality_head"}),
}
"""Who may sign as what."""


def sign(room: Room, key: Key, actor: Actor, kind: str, id: str, values: dict[str, Any]) -> Entry:  # noqa: A002
    """
    Sign a record.

    The signature holds signer, printed name, meaning, time and the hash of the version signed, sealed by the room's
    key; so it fits no other record, no other version and no other person. A later version is not signed by it.

    Parameters
    ----------
    room, key
        The room and its signing key.
    actor
        Who signs.
    kind, id
        The record.
    values
        Fields of `fields.Sign`: meaning, password, version.

    Raises
    ------
    RefusedError
        If the password is not the signer's or the meaning is not for their role.
    ConflictError
        If the record has a later version than the one that was read.
    """
    asked = checked(fields.Sign, values)
    if kind not in SIGNED:
        msg = f"a {kind[:40]} is not signed; {', '.join(SIGNED)} are"
        raise InvalidError(msg)
    room.accounts.check_password(actor, asked.password)

    def work(writing: Writing) -> Draft:
        who = writing.actor
        record = writing.load(kind, id)
        if is_outsider(who) or not sees(who, kind, record.body):
            msg = f"there is no {kind} {id}"
            raise NotThereError(msg)
        role = role_for(who, MEANINGS[asked.meaning], f"sign as {asked.meaning}")
        if record.version != asked.version:
            msg = f"{id} is at version {record.version}, you read {asked.version}; read it again before you sign"
            raise ConflictError(msg)
        if kind == "practice":
            _stands(writing, record, asked.meaning)
        number = writing.next_number("signature")
        body: dict[str, Any] = {
            "id": f"S{number}",
            "signer": who.account,
            "name": who.name,
            "meaning": asked.meaning,
            "at": stamp(writing.now),
            "kind": kind,
            "record": id,
            "version": record.version,
            "hash": record.hash,
            "key": key.public,
        }
        body["seal"] = key.seal(SIGNATURE, body)
        inspection = str(record.body.get("inspection", ""))
        # Found by the record it signs.
        return Draft("signature", body["id"], body, number, inspection, owner=f"{kind}:{id}", role=role)

    return room.store.write(Order(actor, "sign"), work)


def _stands(writing: Writing, record: Record, meaning: str) -> None:
    # Signed as approved is only what is approved, against the procedure in force, and not by who wrote it.
    body = record.body
    if meaning != "approved":
        return
    if body["state"] != "approved":
        msg = f"{record.id} is {body['state']}; approve it before you sign it as approved"
        raise ConflictError(msg)
    if body["procedure"] and writing.load("procedure", body["procedure"]).body["fingerprint"] != body["mark"]:
        msg = f"{record.id} is stale: {body['procedure']} has changed; approve it again before you sign it as approved"
        raise ConflictError(msg)
    if body["revised_by"] == writing.actor.account and body["approved_by"] != writing.actor.account:
        msg = f"you wrote this version of {record.id}; another person signs it as approved"
        raise RefusedError(msg)


def signatures_of(room: Room, actor: Actor, kind: str, id: str) -> list[dict[str, Any]]:  # noqa: A002
    """The signatures of a record, each with whether it is of the last version."""
    record = room.get(actor, kind, id)
    if is_outsider(actor):
        return []
    found = room.found("signature", owner=f"{kind}:{id}")
    return [{**one.body, "holds": one.body["hash"] == record.hash} for one in found]
