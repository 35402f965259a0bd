"""The room: all that can be done and seen in it, the same for pages, the HTTP API and the command line."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import func, select

from echelon.readiness.records import schema
from echelon.readiness.records.accounts import Account, Accounts, may_manage
from echelon.readiness.records.anchors import Key, set_anchor
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError, RefusedError
from echelon.readiness.records.roles import ROOMS
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Record, Store, Writing, expect, load, record_of
from echelon.readiness.room import fields
from echelon.readiness.room.flow import STATES, STEPS
from echelon.readiness.room.items import happened_at, new_item, role_for, step_item
from echelon.readiness.room.views import ITEMS, is_outsider, shown_to, visible

Form = TypeVar("Form", bound=fields.Fields)

MOST = 5_000
"""Rows of one list."""


class Room:
    """
    The live room of a store.

    Every method takes the actor first and refuses, inside the transaction, what no role of that actor allows.
    """

    def __init__(self, store: Store, key: Key | None = None, folder: Path | None = None) -> None:
        self.store = store
        self.folder = folder
        self._key = key
        self.accounts = Accounts(store)
        # What was last computed, by name, and from which entries; whoever keeps it here looks whether it still holds.
        self.memo: dict[str, tuple[Any, Any]] = {}

    @property
    def key(self) -> Key:
        """The room's signing key; `InvalidError` where it was opened without one."""
        if self._key is None:
            msg = "this room was opened without its key; nothing can be signed"
            raise InvalidError(msg)
        return self._key

    def anchor(self) -> dict[str, Any]:
        """Sign where the chain stands, in the database and beside it."""
        if self.folder is None:
            msg = "this room was opened without its folder; there is no place for anchors"
            raise InvalidError(msg)
        return set_anchor(self.store, self.key, self.folder)

    def open_inspection(self, actor: Actor, values: Mapping[str, Any], once: str = "") -> Entry:
        """Enter an inspection, real or mock: for a quality head."""
        asked = checked(fields.NewInspection, values)

        def work(writing: Writing) -> Draft:
            role = role_for(writing.actor, frozenset({"quality_head"}), "open an inspection")
            try:
                writing.load("inspection", asked.id)
            except NotThereError:
                body = asked.model_dump() | {"state": "open"}
                number = writing.next_number("inspection")
                return Draft("inspection", asked.id, body, number, asked.id, "open", words=asked.name, role=role)
            msg = f"there is an inspection {asked.id} already"
            raise ConflictError(msg)

        return self.store.write(Order(actor, "inspection_open", once=key_of(actor, once)), work)

    def close_inspection(self, actor: Actor, inspection: str, reason: str = "") -> Entry:
        """Close an inspection: nothing more is entered in it."""

        def work(writing: Writing) -> Draft:
            role = role_for(writing.actor, frozenset({"quality_head"}), "close an inspection")
            record = writing.load("inspection", inspection)
            if record.body["state"] == "closed":
                msg = f"inspection {inspection} is closed already"
                raise ConflictError(msg)
            body = {**record.body, "state": "closed"}
            return Draft("inspection", inspection, body, 0, inspection, "closed", words=body["name"], role=role)

        return self.store.write(Order(actor, "inspection_close", reason=reason), work)

    def receive(
        self, actor: Actor, kind: str, values: Mapping[str, Any], *, once: str = "", happened: str = ""
    ) -> Entry:
        """
        Take down a request or a question.

        Parameters
        ----------
        actor
            Front room, scribe or quality head; a mock auditor in the own mock inspection; for what is prepared ahead,
            back room or quality head.
        kind
            "request" or "question".
        values
            Fields of `fields.NewItem`.
        once
            A key of the caller's own: the same order sent again is done once.
        happened
            When it was asked, if earlier than now; the entry keeps both times.
        """
        if kind not in ITEMS:
            msg = f"there are requests and questions, no {kind!r}"
            raise InvalidError(msg)
        asked = checked(fields.NewItem, values)
        when = happened_at(happened, self.store.clock())
        order = Order(actor, "receive", happened=when, once=key_of(actor, once))
        return self.store.write(order, lambda writing: new_item(writing, kind, asked))

    def do(
        self,
        actor: Actor,
        action: str,
        item: str,
        values: Mapping[str, Any],
        *,
        version: int | None = None,
        once: str = "",
        happened: str = "",
    ) -> Entry:
        """
        Take a step with an item.

        Parameters
        ----------
        actor
            Who.
        action
            Name of a step in `flow.STEPS`.
        item
            Id of a request or a question.
        values
            The step's fields.
        version
            Version of the item that the actor saw; `ConflictError` if it has changed since.
        once, happened
            As of `receive`.
        """
        step = STEPS.get(action)
        if step is None:
            msg = f"there is no step {action[:60]!r}; there are {', '.join(STEPS)}"
            raise NotThereError(msg)
        asked = checked(step.form, values)
        when = happened_at(happened, self.store.clock())
        order = Order(actor, action, getattr(asked, "reason", ""), when, key_of(actor, once))

        def work(writing: Writing) -> Draft:
            record = writing.load(kind_of(item), item)
            expect(record, version)
            return step_item(writing, record, step, asked)

        return self.store.write(order, work)

    def board(
        self,
        actor: Actor,
        *,
        kinds: tuple[str, ...] = ITEMS,
        inspection: str = "",
        state: str = "",
        owner: str = "",
        search: str = "",
        limit: int = MOST,
    ) -> tuple[int, list[Record]]:
        """
        Records that an actor may see, oldest first, and the last entry's number at that moment.

        For outsiders the bodies are the released parts.
        """
        if state and state not in STATES:
            msg = f"there is no state {state[:60]!r}; there are {', '.join(STATES)}"
            raise InvalidError(msg)
        table = schema.current
        wanted = select(table).where(table.c.kind.in_(kinds), visible(actor)).order_by(table.c.kind, table.c.number)
        outside = is_outsider(actor)
        for column, value in ((table.c.inspection, inspection), (table.c.state, state), (table.c.owner, owner)):
            # An outsider must not learn by asking in what state the unreleased part is, who has it, or what it says.
            if value and (column is table.c.inspection or not outside):
                wanted = wanted.where(column == value)
        if search and not outside:
            wanted = wanted.where(table.c.words.contains(search.casefold()[:200], autoescape=True))
        with self.store.database.reading() as connection:
            rows = connection.execute(wanted.limit(min(limit, MOST))).mappings().all()
            seq = connection.execute(select(func.max(schema.trail.c.seq))).scalar() or 0
        found = []
        for row in rows:
            record = record_of(row)
            if (body := shown_to(actor, record)) is not None and not (outside and state not in {"", body["state"]}):
                found.append(
                    Record(record.kind, record.id, record.version, body, record.seq, record.hash, record.shown)
                )
        return seq, found

    def get(self, actor: Actor, kind: str, id: str) -> Record:  # noqa: A002 - the word of the table
        """A record that an actor may see, or its released part; `NotThereError` otherwise."""
        with self.store.database.reading() as connection:
            record = load(connection, kind, id)
        body = shown_to(actor, record)
        if body is None:
            msg = f"there is no {kind} {id[:60]}"
            raise NotThereError(msg)
        return Record(kind, id, record.version, body, record.seq, record.hash, record.shown)

    def found(self, kind: str, owner: str) -> list[Record]:
        """Records of a kind by what they are found by, oldest first; for other modules, which check who asks."""
        table = schema.current
        wanted = select(table).where(table.c.kind == kind, table.c.owner == owner).order_by(table.c.number)
        with self.store.database.reading() as connection:
            return [record_of(row) for row in connection.execute(wanted).mappings()]

    def history(self, actor: Actor, kind: str, id: str) -> list[Entry]:  # noqa: A002 - the word of the table
        """The trail of one record, for insiders who see it."""
        self.get(actor, kind, id)
        if is_outsider(actor):
            msg = "the trail of an item is for the room"
            raise RefusedError(msg)
        return self.store.of_record(kind, id)

    def trail(self, actor: Actor, after: int = 0, limit: int = 200) -> list[Entry]:
        """The whole trail, for review by a quality head."""
        role_for(actor, frozenset({"quality_head"}), "read the whole trail")
        return self.store.entries(after, min(limit, 1000))

    def people(self, actor: Actor) -> dict[str, str]:
        """Names of everyone by account, for insiders."""
        if is_outsider(actor):
            return {actor.account: actor.name}
        return {account.id: account.name for account in self.accounts.everyone()}

    def owners(self, actor: Actor) -> dict[str, str]:
        """Names, by account, of those who can be given work: for insiders."""
        if is_outsider(actor):
            return {}
        able = [one for one in self.accounts.everyone() if not one.disabled and not one.inspection]
        return {account.id: account.name for account in able}

    def account_list(self, actor: Actor) -> list[Account]:
        """Every account, for a quality head."""
        may_manage(actor)
        return self.accounts.everyone()

    def is_room(self, actor: Actor) -> bool:
        """Whether an actor sees the whole board."""
        return bool(actor.roles & ROOMS)


def checked(form: type[Form], values: Mapping[str, Any]) -> Form:
    """Fields of an order, checked; `InvalidError` names each that is not right."""
    try:
        return form.model_validate(values)
    except ValidationError as error:
        raise InvalidError("; ".join(_plainly(one) for one in error.errors())) from None


def key_of(actor: Actor, once: str) -> str:
    """An order's own key, apart for each account."""
    if len(once) > 80 or not once.isprintable():
        msg = "the key of an order is 80 printable characters at most"
        raise InvalidError(msg)
    return f"{actor.account}:{once}" if once else ""


def kind_of(item: str) -> str:
    """The kind of an item by the letter its id begins with."""
    return "question" if item.startswith("Q") else "request"


def _plainly(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "the order"
    told = {
        "missing": "is missing",
        "extra_forbidden": "is not a field of this order",
        "string_too_long": "is too long",
        "string_too_short": "is empty",
        "string_pattern_mismatch": "has a form or characters that it may not have",
    }
    return f"{where}: {told.get(error['type'], error['msg'].lower())}"
