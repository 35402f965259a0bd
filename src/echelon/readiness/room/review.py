"""Reviewing the trail: what a quality head looks for in it, and that it was reviewed, which is an entry itself."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Select, and_, or_, select

from echelon.readiness.records import schema
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Record, Writing, entry_of, record_of
from echelon.readiness.room import fields
from echelon.readiness.room.items import role_for
from echelon.readiness.room.room import Room, checked, key_of

GROUPS: Final = {
    "corrections": ("correct", "reopen", "supersede", "detach", "send_back", "activate"),
    "refusals": ("decline", "escalate", "resume", "inspection_close"),
    "people": ("account_create", "account_change", "account_password"),
    "sign-ins": ("sign_in", "sign_out", "sign_in_blocked"),
    "signatures": ("sign",),
    "reviews and exports": ("review", "export"),
    "restores": ("epoch",),
}
"""Kinds of order that a reviewer looks for, by what they are about."""

LATE: Final = "entered late"
"""The group of entries about what happened before they were made."""

MINUTE: Final = timedelta(minutes=1)
QUALITY: Final = frozenset({"quality_head"})
MOST: Final = 1_000
PAGE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Looked:
    """Part of the trail: entries in order, which review each is in ("" for none), and whether there are more after."""

    entries: list[Entry]
    reviewed: dict[int, str]
    more: bool


class Reviewed:
    """Which entries stand in which review: ranges without overlap."""

    def __init__(self, records: Iterable[Record]) -> None:
        ranges = sorted((first, last, one.id) for one in records for first, last in one.body["entries"])
        self._firsts = [one[0] for one in ranges]
        self._ranges = ranges

    def of(self, seq: int) -> str:
        """The review that an entry stands in; empty for none."""
        at = bisect_right(self._firsts, seq) - 1
        return self._ranges[at][2] if at >= 0 and seq <= self._ranges[at][1] else ""


def look(room: Room, actor: Actor, values: dict[str, Any], after: int = 0, limit: int = 200) -> Looked:
    """
    Entries of the trail that fit what is looked for, oldest first.

    Parameters
    ----------
    room, actor
        Where, and who looks: a quality head.
    values
        Fields of `fields.Look`.
    after, limit
        Entries after this one, and how many at most.

    Raises
    ------
    RefusedError
        For anyone else.
    InvalidError
        If a field is not right.
    """
    role_for(actor, QUALITY, "review the trail")
    asked = checked(fields.Look, values)
    wanted = _wanted(asked)
    found: list[Entry] = []
    with room.store.database.reading() as connection:
        reviews = Reviewed(_reviews(connection))
        for entry in _paged(connection, wanted, after):
            if asked.order == LATE and not _is_late(entry):
                continue
            if asked.unreviewed and reviews.of(entry.seq):
                continue
            found.append(entry)
            if len(found) > min(limit, MOST):
                break
    more = len(found) > min(limit, MOST)
    found = found[: min(limit, MOST)]
    return Looked(found, {one.seq: reviews.of(one.seq) for one in found}, more)


def mark(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """
    Mark entries as reviewed: for a quality head, and never for what they did themselves.

    The review is a record like any other: it names its entries and holds a digest of their hashes, stands in the trail,
    and can be signed.

    Raises
    ------
    RefusedError, InvalidError, NotThereError, ConflictError
        If the actor may not; if an entry is their own; is not there; or has been reviewed.
    """
    asked = checked(fields.Review, values)
    numbers = sorted(set(asked.entries))

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, QUALITY, "review the trail")
        reviews = Reviewed(_reviews(writing.connection))
        whole = sha256()
        table = schema.trail
        for start in range(0, len(numbers), 500):
            part = numbers[start : start + 500]
            query = select(table.c.seq, table.c.actor, table.c.hash).where(table.c.seq.in_(part))
            rows = {row.seq: row for row in writing.connection.execute(query)}
            for seq in part:
                row = rows.get(seq)
                if row is None:
                    msg = f"there is no entry {seq}"
                    raise NotThereError(msg)
                if row.actor == writing.actor.account:
                    msg = f"entry {seq} is your own; another quality head has to review what you did"
                    raise InvalidError(msg)
                if before := reviews.of(seq):
                    msg = f"entry {seq} has been reviewed already, in {before}; load the trail again"
                    raise ConflictError(msg)
                whole.update(f"{seq}:{row.hash}\n".encode())
        number = writing.next_number("review")
        name = f"V{number}"
        body = {
            "id": name,
            "reviewer": writing.actor.account,
            "entries": _ranges(numbers),
            "count": len(numbers),
            "digest": whole.hexdigest(),
            "remarks": asked.remarks,
        }
        return Draft("review", name, body, number, words=asked.remarks, role=role)

    return room.store.write(Order(actor, "review", once=key_of(actor, once)), work)


def actions(room: Room, actor: Actor) -> list[str]:
    """Every kind of order in the trail, by name: for a quality head."""
    role_for(actor, QUALITY, "review the trail")
    with room.store.database.reading() as connection:
        return sorted(connection.execute(select(schema.trail.c.action).distinct()).scalars())


def reviews_of(room: Room, actor: Actor) -> list[Record]:
    """Reviews that were made, oldest first: for a quality head."""
    role_for(actor, QUALITY, "review the trail")
    with room.store.database.reading() as connection:
        return _reviews(connection)


def _reviews(connection: Any) -> list[Record]:
    table = schema.current
    query = select(table).where(table.c.kind == "review").order_by(table.c.number)
    return [record_of(row) for row in connection.execute(query).mappings()]


def _ranges(numbers: list[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for seq in numbers:
        if found and seq == found[-1][1] + 1:
            found[-1][1] = seq
        else:
            found.append([seq, seq])
    return found


def _wanted(asked: fields.Look) -> Select[Any]:
    table = schema.trail
    wanted = select(table)
    if asked.who:
        wanted = wanted.where(table.c.actor == asked.who)
    if asked.record:
        wanted = wanted.where(table.c.id == asked.record)
    if asked.inspection:
        wanted = wanted.where(table.c.inspection == asked.inspection)
    if asked.first:
        wanted = wanted.where(table.c.at >= _day(asked.first, "first").isoformat())
    if asked.last:
        wanted = wanted.where(table.c.at < (_day(asked.last, "last") + timedelta(days=1)).isoformat())
    if asked.order in GROUPS:
        wanted = wanted.where(table.c.action.in_(GROUPS[asked.order]))
    elif asked.order and asked.order != LATE:
        of_kind = and_(table.c.kind == asked.order, table.c.version > 0)
        wanted = wanted.where(or_(table.c.action == asked.order, of_kind))
    return wanted


def _paged(connection: Any, wanted: Select[Any], after: int) -> Iterator[Entry]:
    table = schema.trail
    while True:
        query = wanted.where(table.c.seq > after).order_by(table.c.seq).limit(PAGE)
        rows = connection.execute(query).mappings().all()
        for row in rows:
            yield entry_of(row)
        if len(rows) < PAGE:
            return
        after = rows[-1]["seq"]


def _day(text: str, name: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{name}: {text!r} is no day; write 2026-03-02"
        raise InvalidError(msg) from None


def _is_late(entry: Entry) -> bool:
    from echelon.readiness.records.canonical import moment

    return moment(entry.at) - moment(entry.body["happened"]) > MINUTE
