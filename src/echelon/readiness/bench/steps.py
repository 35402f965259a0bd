"""Steps of the workbench's records: who may take which from which state, carried out as one order each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Record, Writing, expect
from echelon.readiness.room import fields
from echelon.readiness.room.flow import Step
from echelon.readiness.room.items import happened_at, role_for
from echelon.readiness.room.room import Room, checked, key_of
from echelon.readiness.room.views import sees, shown_to

Body = dict[str, Any]
Effect = Callable[[Writing, Body, Any], None]


@dataclass(frozen=True)
class Way:
    """
    How records of one kind go on.

    Parameters
    ----------
    kind
        Of the record.
    states
        Every state, in order.
    steps
        By name.
    effects
        What a step changes beside the state; it raises to refuse.
    draft
        Makes the draft of a body: body, role, number (0 unless new).
    """

    kind: str
    states: tuple[str, ...]
    steps: Mapping[str, Step]
    effects: Mapping[str, Effect]
    draft: Callable[[Body, str, int], Draft]


def step(
    name: str,
    label: str,
    before: str,
    after: str,
    roles: str,
    form: type[fields.Fields] = fields.Nothing,
    *,
    owner: bool = False,
) -> Step:
    """A step in few words: states and roles are separated by blanks."""
    return Step(name, label, tuple(before.split()), after, frozenset(roles.split()), form, owner, ())


def take(
    room: Room,
    actor: Actor,
    way: Way,
    name: str,
    id: str,  # noqa: A002 - the word of the table
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    once: str = "",
    happened: str = "",
) -> Entry:
    """
    Take a step with a record.

    Parameters
    ----------
    room, actor
        Where, and who.
    way
        Of the record's kind.
    name
        Of the step.
    id
        Of the record.
    values
        The step's fields.
    version
        Version that the actor saw; `ConflictError` if it has changed since.
    once, happened
        As of `Room.receive`.

    Raises
    ------
    RecordsError
        If there is no such step or record, no role of the actor allows it, or the state does not.
    """
    one = way.steps[name]
    asked = checked(one.form, values)
    when = happened_at(happened, room.store.clock())

    def work(writing: Writing) -> Draft:
        record = writing.load(way.kind, id)
        expect(record, version)
        return _stepped(writing, way, one, record, asked)

    return room.store.write(Order(actor, name, getattr(asked, "reason", ""), when, key_of(actor, once)), work)


def _stepped(writing: Writing, way: Way, one: Step, record: Record, asked: Any) -> Draft:
    actor, body = writing.actor, dict(record.body)
    mine = one.owner and body.get("owner") == actor.account
    # What one may not see is not there; of what one may see, each step has its roles.
    if not (mine or sees(actor, way.kind, body)):
        msg = f"there is no {way.kind} {record.id}"
        raise NotThereError(msg)
    role = role_for(actor, one.roles | (actor.roles if mine else frozenset()), one.label.lower())
    if body["state"] not in one.before:
        msg = f"{record.id} is {body['state']}; {one.label.lower()} needs {' or '.join(one.before)}"
        raise ConflictError(msg)
    if one.after:
        body["state"] = one.after
    if effect := way.effects.get(one.name):
        effect(writing, body, asked)
    return way.draft(body, role, 0)


def steps_now(actor: Actor, way: Way, record: Record) -> list[Step]:
    """The steps that an actor may take with a record as it stands."""
    if shown_to(actor, record) is None:
        return []
    body = record.body
    return [
        one
        for one in way.steps.values()
        if body["state"] in one.before
        and (actor.roles & one.roles or (one.owner and body.get("owner") == actor.account))
    ]


def listed(
    room: Room,
    actor: Actor,
    way: Way,
    *,
    state: str = "",
    owner: str = "",
    inspection: str = "",
    search: str = "",
) -> list[Record]:
    """
    Records of a way that an actor may see, oldest first.

    Raises
    ------
    InvalidError
        If there is no such state.
    """
    if state and state not in way.states:
        msg = f"there is no state {state[:60]!r}; there are {', '.join(way.states)}"
        raise InvalidError(msg)
    found = room.board(actor, kinds=(way.kind,), owner=owner, inspection=inspection, search=search)[1]
    return [one for one in found if not state or one.body["state"] == state]
