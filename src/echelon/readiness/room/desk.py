"""Beside the board: commitments, sheets of notes with one pen each, and the day's wrap-up."""

from datetime import timedelta
from typing import Any, Final

from echelon.readiness.records.canonical import moment, stamp
from echelon.readiness.records.problems import ConflictError, NotThereError, RefusedError
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Record, Writing, expect
from echelon.readiness.room import fields
from echelon.readiness.room.figures import figures_of_day
from echelon.readiness.room.items import known_account, open_inspection, role_for
from echelon.readiness.room.room import Room, checked, key_of

PROMISES: Final = frozenset({"quality_head", "front_room", "scribe"})
NOTES: Final = frozenset({"quality_head", "front_room", "back_room", "scribe"})
PEN: Final = timedelta(minutes=10)
"""A pen that was not used for so long may be taken."""


def promise(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """Write down a commitment made to an inspector."""
    asked = checked(fields.NewCommitment, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, PROMISES, "write down commitments")
        open_inspection(writing, asked.inspection)
        number = writing.next_number("commitment")
        due = stamp(moment(asked.due)) if asked.due else ""
        body = asked.model_dump() | {"id": f"C{number}", "state": "open", "due": due, "proof": "", "done_at": ""}
        body |= {"owner": known_account(writing, asked.owner), "made_by": writing.actor.account}
        return _commitment(body, role, number)

    return room.store.write(Order(actor, "commitment_new", once=key_of(actor, once)), work)


def keep_promise(
    room: Room, actor: Actor, commitment: str, values: dict[str, Any], version: int | None = None
) -> Entry:
    """Close a commitment with its proof: for its owner or a quality head."""
    asked = checked(fields.Done, values)

    def work(writing: Writing) -> Draft:
        record = writing.load("commitment", commitment)
        expect(record, version)
        mine = record.body["owner"] == writing.actor.account
        allowed = writing.actor.roles if mine else frozenset({"quality_head"})
        role = role_for(writing.actor, allowed, "close another's commitment")
        if record.body["state"] == "done":
            msg = f"{commitment} is done already"
            raise ConflictError(msg)
        body = {**record.body, "state": "done", "proof": asked.proof, "done_at": stamp(writing.now)}
        return _commitment(body, role)

    return room.store.write(Order(actor, "commitment_done"), work)


def new_note(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """Lay out a sheet of notes; its maker holds the pen."""
    asked = checked(fields.NewNote, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, NOTES, "take notes")
        open_inspection(writing, asked.inspection)
        number = writing.next_number("note")
        body = asked.model_dump() | {"id": f"N{number}", "text": "", "pen": writing.actor.account}
        return _note(body | {"pen_since": stamp(writing.now), "written_at": ""}, role, number)

    return room.store.write(Order(actor, "note_new", once=key_of(actor, once)), work)


def take_pen(room: Room, actor: Actor, note: str) -> Entry:
    """Take the pen of a sheet, where nobody else holds it or has not used it for a while."""

    def work(writing: Writing) -> Draft:
        record, role = _sheet(writing, note)
        body = dict(record.body)
        if body["pen"] not in {"", writing.actor.account} and writing.now - moment(body["pen_since"]) < PEN:
            msg = f"another person is writing on {note}; the pen is free when they lay it down or in 10 minutes"
            raise ConflictError(msg)
        return _note(body | {"pen": writing.actor.account, "pen_since": stamp(writing.now)}, role)

    return room.store.write(Order(actor, "note_pen"), work)


def save_note(room: Room, actor: Actor, note: str, values: dict[str, Any], *, lay_down: bool = False) -> Entry:
    """Save the text of a sheet: for who holds its pen; earlier texts stay as versions."""
    asked = checked(fields.NoteText, values)

    def work(writing: Writing) -> Draft:
        record, role = _sheet(writing, note)
        if record.body["pen"] != writing.actor.account:
            msg = f"you do not hold the pen of {note}; take it first"
            raise RefusedError(msg)
        now = stamp(writing.now)
        pen = "" if lay_down else writing.actor.account
        return _note({**record.body, "text": asked.text, "pen": pen, "pen_since": now, "written_at": now}, role)

    return room.store.write(Order(actor, "note_save"), work)


def wrap_up(room: Room, actor: Actor, values: dict[str, Any]) -> Entry:
    """Write, or write anew, the wrap-up of a day: its figures as they are now, and remarks."""
    asked = checked(fields.WrapUp, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, frozenset({"quality_head", "front_room", "scribe"}), "write the wrap-up")
        open_inspection(writing, asked.inspection)
        name = f"W-{asked.inspection}-{asked.day}"
        try:
            writing.load("wrapup", name)
            number = 0
        except NotThereError:
            number = writing.next_number("wrapup")
        figures = figures_of_day(writing.connection, asked.inspection, asked.day, writing.now)
        body = asked.model_dump() | {"id": name, "figures": figures, "written_at": stamp(writing.now)}
        return Draft("wrapup", name, body, number, asked.inspection, words=asked.remarks, role=role)

    return room.store.write(Order(actor, "wrapup"), work)


def _sheet(writing: Writing, note: str) -> tuple[Record, str]:
    role = role_for(writing.actor, NOTES, "take notes")
    record = writing.load("note", note)
    open_inspection(writing, record.body["inspection"])
    return record, role


def _commitment(body: dict[str, Any], role: str, number: int = 0) -> Draft:
    state, owner = body["state"], body["owner"]
    inspection, words = body["inspection"], f"{body['text']} {body['promised_to']}"
    return Draft(
        "commitment", body["id"], body, number, inspection, state, owner, due=body["due"], words=words, role=role
    )


def _note(body: dict[str, Any], role: str, number: int = 0) -> Draft:
    words = f"{body['title']} {body['text']}"
    return Draft("note", body["id"], body, number, body["inspection"], owner=body["pen"], words=words, role=role)
