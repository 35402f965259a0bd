"""Standards at work: profiles of a site and its visit, further libraries, and the evidence each subject asks for."""

from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final, cast

from sqlalchemy import Connection, insert, select

from echelon.company.diagnostics import nearest
from echelon.readiness.bench import forms
from echelon.readiness.bench.shelf import ZIP, found, kept, name_of, read_files
from echelon.readiness.records import schema
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError
from echelon.readiness.records.roles import INSIDERS
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Writing, expect
from echelon.readiness.room.items import known_account, role_for
from echelon.readiness.room.room import Room, checked, key_of
from echelon.readiness.standards.library import Library, System, library, read_clauses
from echelon.readiness.standards.profile import Profile, Slot
from echelon.readiness.standards.profile import slots as shipped_slots

HEAD: Final = frozenset({"quality_head"})
KEEPERS: Final = frozenset({"quality_head", "back_room"})
"""Who gives evidence its owner and target."""

SLOT_STATES: Final = ("open", "located", "translating", "ready", "missing")


@dataclass(frozen=True, slots=True)
class Brought:
    """A file as it was brought: known by its hash."""

    name: str
    sha: str
    content: bytes = field(repr=False, compare=False)


@lru_cache(maxsize=4)
def _joined(libraries: tuple[tuple[Brought, Brought | None], ...]) -> Library:
    # Pure in what it is given: equal hashes, equal library.
    book = library()
    for clauses, mapping in libraries:
        book = _with(book, clauses, mapping)
    return book


def _with(book: Library, clauses: Brought, mapping: Brought | None) -> Library:
    files = [(one.name, one.content) for one in (clauses, mapping) if one]
    return read_files(files, lambda paths: read_clauses(paths[0], paths[1] if mapping else None, book))


def _files(connection: Connection, without: str = "") -> tuple[tuple[Brought, Brought | None], ...]:
    table = schema.blobs
    made: list[tuple[Brought, Brought | None]] = []
    for record in kept(connection, "library", state="in use"):
        if record.id == without:
            continue
        pair: list[Brought | None] = []
        for part in ("clauses", "mapping"):
            name, sha = record.body[f"{part}_file"], record.body[f"{part}_sha256"]
            row = connection.execute(select(table.c.content).where(table.c.hash == sha)).first() if sha else None
            pair.append(Brought(name, sha, bytes(row.content)) if row else None)
        assert pair[0] is not None
        made.append((pair[0], pair[1]))
    return tuple(made)


def book_in(connection: Connection) -> Library:
    """The shipped library with every further one in use, as a connection sees them."""
    return _joined(_files(connection))


def book_of(room: Room) -> Library:
    """The library of a room."""
    with room.store.database.reading() as connection:
        return book_in(connection)


def profile_in(body: Any) -> Profile:
    """A profile's record as what the rules take."""
    return Profile(
        tuple(body["authorities"]),
        body["modality"],
        tuple(body["steps"]),
        frozenset(body["features"]),
        body["visit"],
        body["mode"],
        tuple(cast("System", name) for name in body["systems"]),
    )


def set_profile(room: Room, actor: Actor, values: dict[str, Any], once: str = "", version: int | None = None) -> Entry:
    """Say what site, product and visit it is about: for a quality head."""
    asked = checked(forms.SetProfile, values)
    try:
        profile_in(asked.model_dump())
    except ValueError as error:
        raise InvalidError(str(error)) from None

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, HEAD, "set a profile")
        old = found(writing.connection, "profile", asked.id)
        if old:
            expect(old, version)
        number = 0 if old else writing.next_number("profile")
        body = asked.model_dump() | {"kind": "profile"}
        return Draft("profile", asked.id, body, number, state="set", words=asked.name, role=role)

    return room.store.write(Order(actor, "profile_set", once=key_of(actor, once)), work)


def import_library(
    room: Room,
    actor: Actor,
    values: dict[str, Any],
    clauses: tuple[str, bytes],
    mapping: tuple[str, bytes] | None = None,
) -> Entry:
    """
    Join a further library of clauses to the shipped one: for a quality head.

    Parameters
    ----------
    clauses, mapping
        Name and bytes of the two tables, CSV or .xlsx, with the columns of `standards.library`.

    Raises
    ------
    InvalidError
        With every message of the tables; nothing is kept then.
    """
    asked = checked(forms.ImportLibrary, values)
    role_for(actor, HEAD, "bring a library")
    first = _brought(clauses)
    second = _brought(mapping) if mapping else None
    with room.store.database.reading() as connection:
        before = _files(connection)
    old = _joined(before)
    new = _with(old, first, second)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, HEAD, "bring a library")
        if found(writing.connection, "library", asked.id):
            msg = f"there is a library {asked.id} already; retire it and bring the new one under another name"
            raise ConflictError(msg)
        if _files(writing.connection) != before:
            msg = "another library was brought or retired at the same moment; do it again"
            raise ConflictError(msg)
        for one in (first, second):
            if one:
                _keep(writing.connection, one)
        body = asked.model_dump() | {
            "state": "in use",
            "clauses": len(new.clauses) - len(old.clauses),
            "clauses_file": first.name,
            "clauses_sha256": first.sha,
            "mapping_file": second.name if second else "",
            "mapping_sha256": second.sha if second else "",
        }
        number = writing.next_number("library")
        return Draft("library", asked.id, body, number, state="in use", words=asked.name, role=role)

    return room.store.write(Order(actor, "library_import"), work)


def retire_library(room: Room, actor: Actor, id: str, reason: str) -> Entry:  # noqa: A002 - the word of the table
    """Take a further library out of use, where nothing points at its clauses: for a quality head."""

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, HEAD, "retire a library")
        record = writing.load("library", id)
        if record.body["state"] == "retired":
            msg = f"library {id} is retired already"
            raise ConflictError(msg)
        book = book_in(writing.connection)
        try:
            left = _joined(_files(writing.connection, without=id))
        except InvalidError as error:
            msg = f"another library builds on {id}; retire that one first: {error}"
            raise ConflictError(msg) from None
        gone = set(book.clauses) - set(left.clauses)
        pointing = [one.id for one in kept(writing.connection, "practice") if gone.intersection(one.body["clauses"])]
        if pointing:
            msg = f"{len(pointing)} questions point at clauses of {id}: {', '.join(pointing[:5])}; change them first"
            raise ConflictError(msg)
        body = {**record.body, "state": "retired"}
        return Draft("library", id, body, state="retired", words=body["name"], role=role)

    return room.store.write(Order(actor, "library_retire", reason=checked_reason(reason)), work)


def checked_reason(reason: str) -> str:
    """A reason that is text and not too long; blank where none is needed."""
    if len(reason) > 400 or not reason.replace("\n", " ").isprintable():
        msg = "reason: 400 printable characters at most"
        raise InvalidError(msg)
    return reason.strip()


def slots_in(connection: Connection, profile: str) -> dict[str, dict[str, Any]]:
    """Every slot of a profile by its key: what the shipped list says, and what was changed of it since."""
    told = found(connection, "profile", profile)
    if told is None:
        msg = f"there is no profile {profile[:60]}"
        raise NotThereError(msg)
    book = book_in(connection)
    made = {
        f"{profile}.{one.slot_id}": _slot_body(profile, one)
        for one in shipped_slots(profile_in(told.body), told.body["language"], book)
    }
    for record in kept(connection, "slot"):
        if record.body["profile"] == profile and (record.id in made or record.body["own"]):
            made[record.id] = dict(record.body) | {"version": record.version}
    return made


def _slot_body(profile: str, one: Slot) -> dict[str, Any]:
    return {
        "id": f"{profile}.{one.slot_id}",
        "profile": profile,
        "slot": one.slot_id,
        "topic": one.class_id,
        "title": one.title,
        "record": one.record,
        "kept_in": one.system,
        "form": one.form,
        "minutes": one.minutes,
        "language": one.language,
        "owner": "",
        "state": "open",
        "place": "",
        "measured": None,
        "note": "",
        "own": False,
        "version": 0,
    }


def new_slot(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """Add a slot that no shipped one names: for quality head and back room."""
    asked = checked(forms.NewSlot, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, KEEPERS, "add evidence")
        writing.load("profile", asked.profile)
        known_topic(book_in(writing.connection), asked.topic)
        number = writing.next_number("slot")
        slot = Slot(f"own-{number}", asked.topic, asked.title, asked.record, "", asked.minutes, "", "")
        body = _slot_body(asked.profile, slot) | {"own": True}
        return slot_draft(body, role, number)

    return room.store.write(Order(actor, "slot_new", once=key_of(actor, once)), work)


def set_slot(room: Room, actor: Actor, slot: str, values: dict[str, Any], version: int | None = None) -> Entry:
    """Change a slot: quality head and back room all of it, its owner where it stands and lies and how long it took."""
    asked = checked(forms.SetSlot, values).model_dump(exclude_none=True)

    def work(writing: Writing) -> Draft:
        role_for(writing.actor, INSIDERS, "change evidence")
        body = slots_in(writing.connection, slot.partition(".")[0]).get(slot)
        if body is None:
            msg = f"there is no slot {slot[:80]} that counts for this profile"
            raise NotThereError(msg)
        given = asked.keys() & {"owner", "language", "minutes"}
        mine = body["owner"] == writing.actor.account and not given
        role = role_for(writing.actor, KEEPERS | (INSIDERS if mine else frozenset()), "change evidence")
        if version is not None and version != body["version"]:
            msg = f"{slot} has been changed since (version {body['version']}, you saw {version}); look at it again"
            raise ConflictError(msg)
        if asked.get("owner"):
            known_account(writing, asked["owner"])
        number = 0 if body["version"] else writing.next_number("slot")
        return slot_draft(body | asked, role, number)

    return room.store.write(Order(actor, "slot_set"), work)


def slot_draft(body: dict[str, Any], role: str, number: int) -> Draft:
    """A slot's draft with all that it is found by."""
    told = {key: value for key, value in body.items() if key != "version"}
    words = f"{body['title']} {body['topic']} {body['place']} {body['note']}"
    return Draft("slot", body["id"], told, number, state=body["state"], owner=body["owner"], words=words, role=role)


def known_topic(book: Library, topic: str) -> None:
    """Refuse a subject class that is not there, with the nearest right one."""
    if topic not in book.subjects:
        msg = f"there is no subject class `{topic}`; {nearest(topic, book.subjects) or 'see the list of standards'}"
        raise InvalidError(msg)


def _brought(file: tuple[str, bytes]) -> Brought:
    return Brought(name_of(file[0]), sha256(file[1]).hexdigest(), file[1])


def _keep(connection: Connection, one: Brought) -> None:
    table = schema.blobs
    if connection.execute(select(table.c.hash).where(table.c.hash == one.sha)).first() is None:
        media = "application/zip" if one.content.startswith(ZIP) else "text/csv; charset=utf-8"
        row = {"hash": one.sha, "size": len(one.content), "media": media, "content": one.content}
        connection.execute(insert(table).values(**row))
