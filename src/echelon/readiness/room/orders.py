"""Every order by its name: what the command line and other programs call without knowing the modules."""

from typing import Any

from echelon.readiness.bench import orders_a, work
from echelon.readiness.records.problems import InvalidError
from echelon.readiness.records.store import Actor, Entry
from echelon.readiness.room import desk
from echelon.readiness.room.room import Room


def take_down(room: Room, actor: Actor, kind: str, values: dict[str, Any], once: str = "") -> Entry:
    """
    Take down something new: inspection, request, question, commitment, note or wrapup.

    Raises
    ------
    RecordsError
        As the order of that kind does; `InvalidError` for another kind.
    """
    if kind in work.KINDS:
        return work.begin(room, actor, kind, values, once)
    if kind == "inspection":
        return room.open_inspection(actor, _whole(values, "days"), once)
    if kind == "commitment":
        return desk.promise(room, actor, values, once)
    if kind == "note":
        return desk.new_note(room, actor, values, once)
    if kind == "wrapup":
        return desk.wrap_up(room, actor, values)
    if kind in orders_a.NEW:
        return orders_a.NEW[kind](room, actor, values, once)
    return room.receive(actor, kind, _whole(values, "priority"), once=once)


def step_with(room: Room, actor: Actor, step: str, id: str, values: dict[str, Any], once: str = "") -> Entry:  # noqa: A002
    """Take a step with an item, a commitment (`done`), a sheet of notes (`pen`, `save`) or an inspection (`close`)."""
    if step in work.STEPS:
        return work.step_with(room, actor, step, id, values, once)
    if step == "done":
        return desk.keep_promise(room, actor, id, values)
    if step == "pen":
        return desk.take_pen(room, actor, id)
    if step == "save":
        return desk.save_note(room, actor, id, values)
    if step == "close-inspection":
        return room.close_inspection(actor, id, str(values.get("reason", "")))
    if step in orders_a.STEPS:
        return orders_a.STEPS[step](room, actor, id, values)
    return room.do(actor, step, id, _whole(values, "priority"), once=once)


def _whole(values: dict[str, Any], name: str) -> dict[str, Any]:
    # Texts of a command line stand for whole numbers where the field is one.
    if not isinstance(values.get(name), str):
        return values
    try:
        return values | {name: int(values[name])}
    except ValueError:
        msg = f"{name}: {values[name]!r} is no whole number"
        raise InvalidError(msg) from None
