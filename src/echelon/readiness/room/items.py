"""What an item looks like, and what each step does to it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from echelon.company.diagnostics import nearest
from echelon.readiness.records import schema
from echelon.readiness.records.canonical import moment, stamp
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError, RefusedError
from echelon.readiness.records.roles import INSIDERS
from echelon.readiness.records.store import Actor, Draft, Record, Writing
from echelon.readiness.room import clocks, fields
from echelon.readiness.room.flow import AHEAD, RECEIVE, STEPS, Step
from echelon.readiness.room.views import ITEMS, public, sees

Values = Mapping[str, Any]

PREFIX = {"request": "R", "question": "Q"}

MOST_DOCUMENTS = 200


def new_item(writing: Writing, kind: str, asked: fields.NewItem) -> Draft:
    """
    The draft of what was just asked, or will be.

    Raises
    ------
    RefusedError, NotThereError, ConflictError
        If the actor may not take it down, or the inspection is not there or closed.
    """
    actor = writing.actor
    inspection = open_inspection(writing, asked.inspection)
    role = role_for(
        actor,
        AHEAD if asked.ahead else RECEIVE,
        "take down what has not been asked" if asked.ahead else "take down what is asked",
    )
    if role == "mock_auditor" and not (inspection.body["mock"] and actor.inspection == asked.inspection):
        msg = "a mock auditor asks in the own mock inspection only"
        raise RefusedError(msg)
    _known_practice(writing, asked.bank)
    number = writing.next_number(kind)
    name = f"{PREFIX[kind]}{number}"
    now = stamp(writing.now)
    body = asked.model_dump() | {
        "id": name,
        "kind": kind,
        "state": "received",
        "received_at": "" if asked.ahead else now,
        "received_by": actor.account,
        "due": "" if asked.ahead else stamp(writing.now + clocks.target(kind, asked.type)),
        "owner": "",
        "involved": [],
        "answer": "",
        "given": "",
        "answered_by": "",
        "answered_at": "",
        "evidence_shown": "",
        "corrections": 0,
        "documents": [],
        "submitted_by": "",
        "reviewed_by": "",
        "returns": 0,
        "risk": False,
        "superseded_by": "",
        "released": None,
        "delivered_at": "",
        "returned_at": "",
        "since": now,
    }
    return draft_of(kind, body, number=number, before=None, role=role)


def step_item(writing: Writing, record: Record, step: Step, values: Any) -> Draft:
    """
    The draft of an item after a step.

    Parameters
    ----------
    writing
        The transaction.
    record
        The item as it stands.
    step
        What is to be done.
    values
        Its fields, checked.

    Raises
    ------
    NotThereError
        If the actor may not see the item.
    RefusedError
        If no role of the actor allows the step.
    ConflictError
        If the item is in a state in which it cannot be done.
    """
    actor, body = writing.actor, dict(record.body)
    if not sees(actor, record.kind, body):
        msg = f"there is no item {record.id}"
        raise NotThereError(msg)
    # Whoever was given the work may do it, whichever role of the company they have.
    allowed = step.roles | (INSIDERS if step.owner and body["owner"] == actor.account else frozenset())
    role = role_for(actor, allowed, step.label.lower())
    if record.kind not in step.kinds:
        msg = f"{step.label.lower()} is for a {' or '.join(step.kinds)}; {record.id} is a {record.kind}"
        raise ConflictError(msg)
    if body["state"] not in step.before:
        msg = f"{record.id} is {body['state']}; {step.label.lower()} needs {' or '.join(step.before)}"
        raise ConflictError(msg)
    open_inspection(writing, body["inspection"])
    if step.after:
        body["state"] = step.after
        body["since"] = stamp(writing.now)
    if effect := EFFECTS.get(step.name):
        effect(writing, body, values)
    return draft_of(record.kind, body, before=record.body, role=role)


def draft_of(kind: str, body: Values, *, before: Values | None, role: str, number: int = 0) -> Draft:
    """An item's draft with all that it is found by."""
    return Draft(
        kind=kind,
        id=body["id"],
        body=body,
        number=number,
        inspection=body["inspection"],
        state=body["state"],
        owner=body["owner"],
        involved=tuple(body["involved"]),
        due=body["due"],
        words=" ".join(
            str(body[key]) for key in ("id", "wording", "topic", "clause", "system", "inspector", "answer", "given")
        ),
        public=(public(before) if before else None, public(body)),
        role=role,
    )


def role_for(actor: Actor, allowed: frozenset[str], what: str) -> str:
    """The role by which an actor may; `RefusedError` without one."""
    found = sorted(actor.roles & allowed)
    if not found:
        msg = f"your role may not {what}; it needs {' or '.join(sorted(allowed))}"
        raise RefusedError(msg)
    return found[0]


def open_inspection(writing: Writing, name: str) -> Record:
    """An inspection that is not closed."""
    found = writing.load("inspection", name)
    if found.body["state"] == "closed":
        msg = f"inspection {name} is closed; nothing more is entered in it"
        raise ConflictError(msg)
    return found


def known_account(writing: Writing, account: str) -> str:
    """An account that can be given work; `InvalidError` where there is none or it is an outsider's."""
    from echelon.readiness.records.store import current_actor

    try:
        found = current_actor(writing.connection, Actor(account, "", "", frozenset()), writing.now)
    except RefusedError:
        msg = f"owner {account!r} is no active account"
        raise InvalidError(msg) from None
    if found.inspection:
        msg = f"owner {account!r} is an inspector or mock auditor, who prepare no answers"
        raise InvalidError(msg)
    return found.account


def happened_at(text: str, now: datetime) -> str:
    """When something happened as UTC text; `InvalidError` if that is still to come."""
    if not text:
        return ""
    try:
        told = moment(text)
    except ValueError:
        msg = f"{text!r} is no moment; write 2026-03-02T14:05+01:00"
        raise InvalidError(msg) from None
    if told > now:
        msg = f"{text} is still to come; write down what has happened"
        raise InvalidError(msg)
    return stamp(told)


def _assign(writing: Writing, body: dict[str, Any], values: fields.Assign) -> None:
    owner = known_account(writing, values.owner)
    body["owner"] = owner
    if owner not in body["involved"]:
        body["involved"] = [*body["involved"], owner]
    if values.note:
        body["note"] = values.note


def _write(writing: Writing, body: dict[str, Any], values: fields.Write) -> None:
    del writing
    body["answer"] = values.answer


def _attach(writing: Writing, body: dict[str, Any], values: fields.Attach) -> None:
    document = writing.load("document", values.document).body
    if any(one["id"] == document["id"] for one in body["documents"]):
        msg = f"document {document['id']} is attached already"
        raise ConflictError(msg)
    if len(body["documents"]) >= MOST_DOCUMENTS:
        msg = f"an item holds {MOST_DOCUMENTS} documents at most; follow it up with another"
        raise InvalidError(msg)
    kept = {key: document[key] for key in ("id", "name", "sha256", "size", "media", "language")}
    body["documents"] = [*body["documents"], kept]


def _detach(writing: Writing, body: dict[str, Any], values: fields.Attach) -> None:
    del writing
    left = [one for one in body["documents"] if one["id"] != values.document]
    if len(left) == len(body["documents"]):
        msg = f"document {values.document} is not attached"
        raise NotThereError(msg)
    body["documents"] = left


def _submit(writing: Writing, body: dict[str, Any], values: Any) -> None:
    del values
    if not (body["answer"] or body["documents"]):
        msg = f"{body['id']} has no answer and no document yet; add one before it is reviewed"
        raise ConflictError(msg)
    body["submitted_by"], body["reviewed_by"] = writing.actor.account, ""


def _send_back(writing: Writing, body: dict[str, Any], values: Any) -> None:
    del writing, values
    body["returns"] += 1
    body["reviewed_by"] = ""


def _approve(writing: Writing, body: dict[str, Any], values: Any) -> None:
    del values
    # Four eyes: nobody reviews what they themselves submitted.
    if body["submitted_by"] == writing.actor.account:
        msg = f"you submitted {body['id']}; another person has to review it"
        raise RefusedError(msg)
    body["reviewed_by"] = writing.actor.account


def _activate(writing: Writing, body: dict[str, Any], values: Any) -> None:
    del values
    if not body["ahead"]:
        msg = f"{body['id']} has been asked already"
        raise ConflictError(msg)
    body["ahead"], body["received_at"] = False, stamp(writing.now)
    body["due"] = stamp(writing.now + clocks.target(body["kind"], body["type"]))


def _release(writing: Writing, body: dict[str, Any], values: fields.Release) -> None:
    if body["ahead"]:
        msg = f"{body['id']} was prepared ahead and has not been asked; say that it is asked now before it is released"
        raise ConflictError(msg)
    body["released"] = {
        "at": stamp(writing.now),
        "by": writing.actor.account,
        "form": values.form,
        "answer": body["answer"],
        "documents": body["documents"],
    }


def _answer(writing: Writing, body: dict[str, Any], values: fields.Given) -> None:
    _correct(writing, body, values, again=False)
    if body["ahead"]:
        body["ahead"], body["received_at"] = False, stamp(writing.now)


def _correct(writing: Writing, body: dict[str, Any], values: fields.Given, again: bool = True) -> None:
    body["given"], body["evidence_shown"] = values.given, values.shown
    body["answered_by"] = values.by or writing.actor.name
    body["answered_at"] = stamp(writing.now)
    body["corrections"] += int(again)


def _is_out(body: Values) -> bool:
    """Whether a copy was handed over and not taken back."""
    return bool(body["delivered_at"]) and body["returned_at"] < body["delivered_at"]


def _deliver(writing: Writing, body: dict[str, Any], values: Any) -> None:
    del values
    if _is_out(body):
        msg = f"{body['id']} was handed over at {body['delivered_at']} and has not been taken back"
        raise ConflictError(msg)
    body["delivered_at"] = stamp(writing.now)


def _collect(writing: Writing, body: dict[str, Any], values: Any) -> None:
    del values
    if not _is_out(body):
        how = "taken back" if body["returned_at"] else "not handed over"
        msg = f"{body['id']} is not with the inspectors; it was {how}"
        raise ConflictError(msg)
    body["returned_at"] = stamp(writing.now)


def _supersede(writing: Writing, body: dict[str, Any], values: fields.Supersede) -> None:
    for kind in ITEMS:
        try:
            other = writing.load(kind, values.by)
        except NotThereError:
            continue
        if other.id != body["id"] and other.body["inspection"] == body["inspection"]:
            body["superseded_by"] = other.id
            return
    msg = f"there is no other item {values.by} in this inspection"
    raise NotThereError(msg)


def _known_practice(writing: Writing, bank: str) -> None:
    if not bank:
        return
    if not writing.actor.roles & INSIDERS:
        # Whoever asks from outside must not learn what is practised.
        msg = "practice questions are matched by the room"
        raise RefusedError(msg)
    table = schema.current
    known = set(writing.connection.execute(select(table.c.id).where(table.c.kind == "practice")).scalars())
    if bank not in known:
        hint = nearest(bank, known) or "the question bank lists them"
        msg = f"bank: there is no practice question {bank[:60]!r}; {hint}"
        raise InvalidError(msg)


def _tag(writing: Writing, body: dict[str, Any], values: fields.Tag) -> None:
    if values.bank != body["bank"]:
        _known_practice(writing, values.bank or "")
    body |= values.model_dump(exclude_none=True)


EFFECTS: dict[str, Callable[[Writing, dict[str, Any], Any], None]] = {
    "assign": _assign,
    "hand_over": _assign,
    "write": _write,
    "attach": _attach,
    "detach": _detach,
    "submit": _submit,
    "send_back": _send_back,
    "approve": _approve,
    "activate": _activate,
    "release": _release,
    "answer": _answer,
    "correct": _correct,
    "deliver": _deliver,
    "collect": _collect,
    "supersede": _supersede,
    "tag": _tag,
}
"""What a step changes beside the state."""


def steps_for(actor: Actor, record: Record) -> list[Step]:
    """The steps that an actor may take with an item as it stands, in order."""
    body = record.body
    if not sees(actor, record.kind, body):
        return []
    found = []
    for step in STEPS.values():
        mine = step.owner and body["owner"] == actor.account
        if record.kind not in step.kinds or body["state"] not in step.before or not (mine or actor.roles & step.roles):
            continue
        if step.name == "activate" and not body["ahead"]:
            continue
        if step.name == "release" and body["ahead"]:
            continue
        if step.name in {"deliver", "collect"} and _is_out(body) == (step.name == "deliver"):
            continue
        if step.name == "approve" and body["submitted_by"] == actor.account:
            continue
        found.append(step)
    return found
