"""The store: one order in, one new version and one chained entry out, in one transaction."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, insert, select, update

from echelon.readiness.records import schema
from echelon.readiness.records.canonical import NOTHING, RECORD, canonical, digest, link, stamp
from echelon.readiness.records.database import Database
from echelon.readiness.records.problems import (
    ConflictError,
    InvalidError,
    NotThereError,
    RefusedError,
    SignedOutError,
    UnavailableError,
)

# Statements of every order, built once: building them anew costs more than the database does.
_OF_RECORD = (schema.current.c.kind == bindparam("of_kind"), schema.current.c.id == bindparam("of_id"))
_LOAD = select(schema.current).where(*_OF_RECORD)
_LAST = (
    select(schema.trail.c.seq, schema.trail.c.hash, schema.trail.c.epoch).order_by(schema.trail.c.seq.desc()).limit(1)
)
_PERSON = select(schema.accounts).where(schema.accounts.c.id == bindparam("of_id"))
_ENDS = select(schema.sessions.c.ends).where(schema.sessions.c.token == bindparam("of_token"))
_RECORD = insert(schema.records)
_ENTRY = insert(schema.trail)
_FIRST = insert(schema.current)
_LATER = update(schema.current).where(*_OF_RECORD, schema.current.c.version == bindparam("of_version"))

Body = Mapping[str, Any]
"""What a record says: texts, whole numbers, truths, blanks and lists of them."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account as it stood when it was last read, and the session it acts in."""

    account: str
    username: str
    name: str
    roles: frozenset[str]
    session: str = ""
    inspection: str = ""


MACHINE = Actor("machine", "", "this machine", frozenset({"machine"}))
"""Whoever runs commands on the machine that holds the database; it makes the first account and names restores."""


@dataclass(frozen=True, slots=True)
class Record:
    """One version of one record."""

    kind: str
    id: str
    version: int
    body: Body
    seq: int = 0
    hash: str = ""
    shown: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the trail; `shown` is its number among those that an inspector may see, or None."""

    seq: int
    epoch: int
    at: str
    actor: str
    action: str
    kind: str
    id: str
    version: int
    inspection: str
    shown: int | None
    body: Body
    hash: str


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What an order changes: the next version of a record, and how it is found.

    `begins_at` is the first number of a new epoch, after a restore. `public` is what an inspector sees of it before and
    after; where these differ, an inspector may see the entry.
    """

    kind: str
    id: str
    body: Body
    number: int = 0
    inspection: str = ""
    state: str = ""
    owner: str = ""
    involved: tuple[str, ...] = ()
    due: str = ""
    words: str = ""
    public: tuple[Body | None, Body | None] = (None, None)
    role: str = ""
    extra: Body | None = None
    begins_at: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants what: the action, why, when it happened if that was earlier, and a key that makes a repeat harmless."""

    actor: Actor
    action: str
    reason: str = ""
    happened: str = ""
    once: str = ""


class Writing:
    """A transaction under way: what it may read before it drafts a change."""

    def __init__(self, connection: Connection, now: datetime, actor: Actor) -> None:
        self.connection = connection
        self.now = now
        self.actor = actor

    def load(self, kind: str, id: str) -> Record:  # noqa: A002 - the word of the table
        """The last version of a record; `NotThereError` without one."""
        return load(self.connection, kind, id)

    def next_number(self, kind: str) -> int:
        """One more than the highest number of that kind; the writing lock makes it unique."""
        table = schema.current
        found = self.connection.execute(select(func.max(table.c.number)).where(table.c.kind == kind)).scalar()
        return (found or 0) + 1


class Store:
    """
    Records in a database.

    Parameters
    ----------
    database
        Where they are.
    clock
        What tells the time; the computer's own unless a demo or a test needs another.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime] | None = None) -> None:
        self.database = database
        self.clock = clock or (lambda: datetime.now(UTC))
        self.epoch = 1
        self.wake: Callable[[], None] = lambda: None

    def open(self) -> bool:
        """Create what is missing; True where the database is new."""
        with self.database.writing() as connection:
            made = schema.create(connection)
            found = connection.execute(select(func.max(schema.trail.c.epoch))).scalar()
            self.epoch = found or 1
        return made

    def write(self, order: Order, work: Callable[[Writing], Draft]) -> Entry:
        """
        Do one order as a whole: new version, projection and trail entry are committed together.

        Parameters
        ----------
        order
            Who, what and why.
        work
            Reads what it needs and says what changes; it raises to refuse. It runs inside the transaction.

        Returns
        -------
        Entry
            The entry, once it is on disk. A repeat of an order with the same `once` returns the first one's.

        Raises
        ------
        RecordsError
            Where the order is refused or the database fails; nothing is written then.
        """
        return self.write_all(order, lambda writing: [work(writing)])[0]

    def write_all(self, order: Order, work: Callable[[Writing], Sequence[Draft]]) -> list[Entry]:
        """
        Do one order that changes several records, as a whole: all of their entries are committed together, or none.

        Only the first entry carries the order's `once`; a repeat returns that one alone. Else as `write`.
        """
        entries: list[Entry] = []
        with self.database.writing() as connection:
            if order.once and (before := _repeated(connection, order)):
                return [before]
            now = self.clock()
            for draft in work(Writing(connection, now, current_actor(connection, order.actor, now))):
                each = replace(order, once="") if entries else order
                entries.append(self._append(connection, each, draft, stamp(now)))
        self.wake()
        return entries

    def _append(self, connection: Connection, order: Order, draft: Draft, at: str) -> Entry:
        version, old = _version(connection, draft)
        body = _encoded(draft.body)
        record_hash = digest(RECORD, body) if version else ""
        seq, prev, epoch = last_of(connection)
        seq += 1
        if draft.begins_at:
            # A restore begins a new epoch after everything that was lost, so that no number is given twice.
            seq, epoch = max(seq, draft.begins_at), epoch + 1
        shown = _next_shown(connection, draft) if draft.public[0] != draft.public[1] else None
        entry_body = {
            "seq": seq,
            "epoch": epoch,
            "at": at,
            "happened": order.happened or at,
            "actor": order.actor.account,
            "role": draft.role,
            "session": order.actor.session[:12],
            "action": order.action,
            "reason": order.reason,
            "kind": draft.kind,
            "id": draft.id,
            "version": version,
            "record": record_hash,
            "inspection": draft.inspection,
            "shown": shown,
            "once": order.once or None,
            "change": _difference(old, draft.body) if version else (draft.extra or {}),
        }
        raw = _encoded(entry_body)
        chained = link(prev, raw)
        if version:
            row = {"kind": draft.kind, "id": draft.id, "version": version, "body": body, "hash": record_hash}
            connection.execute(_RECORD, row)
            _project(connection, draft, version, seq, body, shown)
        named = {key: entry_body[key] for key in ("seq", "epoch", "at", "actor", "action", "kind", "id", "version")}
        named |= {"inspection": draft.inspection, "shown": shown, "once": order.once or None}
        connection.execute(_ENTRY, {**named, "body": raw, "prev": prev, "hash": chained})
        return entry_of({**named, "body": raw, "hash": chained})

    def read(self, kind: str, id: str) -> Record:  # noqa: A002 - the word of the table
        """The last version of a record."""
        with self.database.reading() as connection:
            return load(connection, kind, id)

    def versions(self, kind: str, id: str) -> list[Record]:  # noqa: A002 - the word of the table
        """Every version of a record, oldest first."""
        table = schema.records
        with self.database.reading() as connection:
            rows = connection.execute(
                select(table).where(table.c.kind == kind, table.c.id == id).order_by(table.c.version)
            ).mappings()
            return [Record(kind, id, row["version"], json.loads(row["body"]), hash=row["hash"]) for row in rows]

    def entries(
        self, after: int = 0, limit: int = 500, *, inspection: str = "", shown_only: bool = False
    ) -> list[Entry]:
        """Entries of the trail after one, in order."""
        table = schema.trail
        wanted = select(table).where(table.c.seq > after).order_by(table.c.seq).limit(limit)
        if inspection:
            wanted = wanted.where(table.c.inspection == inspection)
        if shown_only:
            wanted = wanted.where(table.c.shown.is_not(None))
        with self.database.reading() as connection:
            return [entry_of(row) for row in connection.execute(wanted).mappings()]

    def of_record(self, kind: str, id: str) -> list[Entry]:  # noqa: A002 - the word of the table
        """The trail of one record, oldest first."""
        table = schema.trail
        with self.database.reading() as connection:
            rows = connection.execute(
                select(table).where(table.c.kind == kind, table.c.id == id).order_by(table.c.seq)
            ).mappings()
            return [entry_of(row) for row in rows]

    def head(self) -> tuple[int, str]:
        """Number and hash of the last entry; 0 and zeros before the first."""
        with self.database.reading() as connection:
            return head(connection)


def current_actor(connection: Connection, actor: Actor, now: datetime) -> Actor:
    """
    An actor as the database knows it at this moment: roles taken away since it signed in are gone.

    Raises
    ------
    SignedOutError
        If the session has ended.
    RefusedError
        If the account is not there or disabled.
    """
    if actor.account == MACHINE.account:
        return actor
    row = connection.execute(_PERSON, {"of_id": actor.account}).mappings().first()
    if row is None or row["disabled"]:
        msg = "this account is not active; ask the quality head"
        raise RefusedError(msg)
    if actor.session:
        ends = connection.execute(_ENDS, {"of_token": actor.session}).scalar()
        if ends is None or ends <= stamp(now):
            msg = "your session has ended; sign in again"
            raise SignedOutError(msg)
    roles = frozenset(row["roles"].split())
    return Actor(row["id"], row["username"], row["name"], roles, actor.session, row["inspection"])


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last entry, as a connection sees it."""
    return last_of(connection)[:2]


def last_of(connection: Connection) -> tuple[int, str, int]:
    """Number, hash and epoch of the last entry, as a connection sees it."""
    row = connection.execute(_LAST).first()
    return (row.seq, row.hash, row.epoch) if row else (0, NOTHING, 1)


def load(connection: Connection, kind: str, id: str) -> Record:  # noqa: A002 - the word of the table
    """The last version of a record, as a connection sees it; `NotThereError` without one."""
    row = connection.execute(_LOAD, {"of_kind": kind, "of_id": id}).mappings().first()
    if row is None:
        msg = f"there is no {kind} {id[:60]}"
        raise NotThereError(msg)
    return record_of(row)


def record_of(row: RowMapping) -> Record:
    """A row of `current` as a record."""
    body = json.loads(row["body"])
    return Record(row["kind"], row["id"], row["version"], body, row["seq"], digest(RECORD, row["body"]), row["shown"])


def expect(record: Record, version: int | None) -> None:
    """Refuse where the order speaks of an older version than the last."""
    if version is not None and record.version != version:
        msg = f"{record.id} has been changed since (version {record.version}, you saw {version}); look at it again"
        raise ConflictError(msg)


def _version(connection: Connection, draft: Draft) -> tuple[int, Body]:
    # Version 0 is an entry about something that has no record: a session, a restore.
    if not draft.body:
        return 0, {}
    try:
        old = load(connection, draft.kind, draft.id)
    except NotThereError:
        return 1, {}
    return old.version + 1, old.body


def _encoded(body: Body) -> bytes:
    try:
        return canonical(body)
    except UnicodeEncodeError:
        msg = "the text holds half a character that cannot be stored; type it again"
        raise InvalidError(msg) from None


def _difference(old: Body, new: Body) -> dict[str, list[Any]]:
    # Old and new value of every field that changed: old values are never lost, nor hard to find.
    return {key: [old.get(key), new.get(key)] for key in sorted({*old, *new}) if old.get(key) != new.get(key)}


def _next_shown(connection: Connection, draft: Draft) -> int:
    table = schema.trail
    found = connection.execute(select(func.max(table.c.shown)).where(table.c.inspection == draft.inspection)).scalar()
    return (found or 0) + 1


def _project(connection: Connection, draft: Draft, version: int, seq: int, body: bytes, shown: int | None) -> None:
    values = {
        "version": version,
        "seq": seq,
        "inspection": draft.inspection,
        "state": draft.state,
        "owner": draft.owner,
        "involved": "".join(f"|{who}|" for who in draft.involved),
        "due": draft.due,
        "words": draft.words.casefold(),
        "body": body,
    }
    if shown is not None:
        values["shown"] = shown
    if version == 1:
        row = {"kind": draft.kind, "id": draft.id, "number": draft.number, "shown": 0} | values
        connection.execute(_FIRST, row)
        return
    changed = connection.execute(_LATER, values | {"of_kind": draft.kind, "of_id": draft.id, "of_version": version - 1})
    if changed.rowcount != 1:
        msg = f"{draft.kind} {draft.id} was changed at the same moment; nothing was saved. Do it again"
        raise UnavailableError(msg)


def _repeated(connection: Connection, order: Order) -> Entry | None:
    table = schema.trail
    row = connection.execute(select(table).where(table.c.once == order.once)).mappings().first()
    if row is None:
        return None
    if row["actor"] != order.actor.account or row["action"] != order.action:
        msg = "this key was used for another order; every order needs a key of its own"
        raise ConflictError(msg)
    return entry_of(row)


def entry_of(row: Any) -> Entry:
    """A row of the trail as an entry."""
    return Entry(
        seq=row["seq"],
        epoch=row["epoch"],
        at=row["at"],
        actor=row["actor"],
        action=row["action"],
        kind=row["kind"],
        id=row["id"],
        version=row["version"],
        inspection=row["inspection"],
        shown=row["shown"],
        body=json.loads(row["body"]),
        hash=row["hash"],
    )
