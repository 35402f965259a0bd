"""The question bank at work: wording, owner, approval, procedures that make answers stale, tables in and out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection

from echelon.company.diagnostics import nearest
from echelon.readiness.bench import forms
from echelon.readiness.bench.shelf import found, kept, read_files
from echelon.readiness.bench.standards import HEAD, KEEPERS, book_in, book_of, checked_reason, known_topic
from echelon.readiness.questions.bank import Question, bank, read_questions
from echelon.readiness.records.canonical import stamp
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError, RefusedError
from echelon.readiness.records.roles import INSIDERS
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Record, Writing, expect
from echelon.readiness.room.items import known_account, role_for
from echelon.readiness.room.room import Room, checked, key_of
from echelon.readiness.standards.library import Library

WRITERS: Final = frozenset({"quality_head", "subject_expert"})
"""Who adds questions; a subject expert changes own ones only."""

STATES: Final = ("draft", "approved", "retired")

WORDED: Final = ("clauses", "criterion", "topic", "system", "question", "points", "evidence", "language")
"""Fields whose change makes a new version of a question."""

MOST: Final = 5_000
"""Questions of one file."""


def question_in(body: Mapping[str, Any]) -> Question:
    """A question's record as the libraries take it."""
    procedure = f"{body['procedure']}@{body['mark']}" if body["procedure"] else ""
    return Question(
        body["id"],
        tuple(body["clauses"]),
        body["criterion"],
        body["topic"],
        body["system"],
        body["question"],
        tuple(body["points"]),
        body["evidence"],
        float(body["difficulty"]),
        body["language"],
        body["revision"],
        procedure,
    )


def marks_in(connection: Connection) -> dict[str, str]:
    """Fingerprint of the version in force, by procedure."""
    return {one.id: one.body["fingerprint"] for one in kept(connection, "procedure")}


def is_stale(body: Mapping[str, Any], marks: Mapping[str, str]) -> bool:
    """Whether the procedure that an answer rests on has changed, or gone, since the answer was approved."""
    return bool(body["procedure"]) and marks.get(body["procedure"]) != body["mark"]


def new_question(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """Add a question: for quality head and subject experts, who then own it."""
    asked = checked(forms.NewQuestion, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, WRITERS, "add questions")
        if found(writing.connection, "practice", asked.id):
            msg = f"there is a question {asked.id} already"
            raise ConflictError(msg)
        body = _fresh(asked.id) | {"owner": writing.actor.account, "revised_by": writing.actor.account}
        return _draft(_worded(writing, body, asked), role, writing.next_number("practice"))

    return room.store.write(Order(actor, "question_new", once=key_of(actor, once)), work)


def revise(room: Room, actor: Actor, question: str, values: dict[str, Any], version: int | None = None) -> Entry:
    """Change a question's wording: for its owner and a quality head; it is a draft again until it is approved."""
    asked = checked(forms.Wording, values)

    def work(writing: Writing) -> Draft:
        record, role = _own(writing, question, "change another's question")
        expect(record, version)
        body = _worded(writing, dict(record.body), asked)
        if all(body[name] == record.body[name] for name in (*WORDED, "procedure", "difficulty")):
            msg = f"nothing of {question} was changed"
            raise ConflictError(msg)
        if any(body[name] != record.body[name] for name in (*WORDED, "procedure")):
            body |= {"state": "draft", "approved_by": "", "approved_at": "", "revised_by": writing.actor.account}
            body["revision"] += 1
        return _draft(body, role)

    return room.store.write(Order(actor, "question_revise"), work)


def approve(room: Room, actor: Actor, question: str, version: int | None = None) -> Entry:
    """
    Approve a question as it stands, against the procedure in force: for its owner and a quality head.

    Whoever wrote the last version does not approve it. A stale question is approved again by this.
    """

    def work(writing: Writing) -> Draft:
        record, role = _own(writing, question, "approve another's question")
        expect(record, version)
        body, marks = dict(record.body), marks_in(writing.connection)
        if body["state"] == "retired":
            msg = f"{question} is retired; bring it back first"
            raise ConflictError(msg)
        if body["state"] == "approved" and not is_stale(body, marks):
            msg = f"{question} is approved already"
            raise ConflictError(msg)
        if body["state"] == "draft" and body["revised_by"] == writing.actor.account:
            msg = f"you wrote this version of {question}; another person has to approve it"
            raise RefusedError(msg)
        if body["procedure"] and body["procedure"] not in marks:
            msg = f"procedure {body['procedure']} is not in force; change what {question} rests on"
            raise ConflictError(msg)
        body["mark"] = marks.get(body["procedure"], "")
        return _draft(body | _approved(writing), role)

    return room.store.write(Order(actor, "question_approve"), work)


def give(room: Room, actor: Actor, question: str, values: dict[str, Any]) -> Entry:
    """Give a question an owner: for a quality head."""
    asked = checked(forms.Owner, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, HEAD, "give questions an owner")
        record = writing.load("practice", question)
        return _draft({**record.body, "owner": known_account(writing, asked.owner)}, role)

    return room.store.write(Order(actor, "question_own"), work)


def retire(room: Room, actor: Actor, question: str, reason: str, *, back: bool = False) -> Entry:
    """Take a question out of use, or bring it back as a draft: for a quality head."""

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, HEAD, "retire questions")
        record = writing.load("practice", question)
        if (record.body["state"] == "retired") != back:
            msg = f"{question} is {record.body['state']}"
            raise ConflictError(msg)
        return _draft({**record.body, "state": "draft" if back else "retired", "revised_by": ""}, role)

    action = "question_back" if back else "question_retire"
    return room.store.write(Order(actor, action, checked_reason(reason)), work)


def set_procedure(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """Say which version of a procedure is in force; another one makes every question that rests on it stale."""
    asked = checked(forms.SetProcedure, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, KEEPERS, "change procedures")
        old = found(writing.connection, "procedure", asked.name)
        if old and old.body["fingerprint"] == asked.fingerprint:
            msg = f"{asked.name} is in force as {asked.fingerprint} already"
            raise ConflictError(msg)
        body = asked.model_dump() | {"id": asked.name, "changed_at": stamp(writing.now)}
        if old and not asked.title:
            body["title"] = old.body["title"]
        number = 0 if old else writing.next_number("procedure")
        return Draft("procedure", asked.name, body, number, words=f"{asked.name} {asked.title}", role=role)

    return room.store.write(Order(actor, "procedure_set", once=key_of(actor, once)), work)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: keys of new and changed questions, how many were the same, and the last entry."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: int
    entry: Entry


def import_bank(room: Room, actor: Actor, name: str, content: bytes, *, approved: bool = False) -> Imported:
    """
    Bring questions as a table: for a quality head; all of it or nothing.

    Parameters
    ----------
    name, content
        The file: CSV or .xlsx with the columns of `questions.bank`.
    approved
        Whether the quality head approves them by bringing them; else new and changed ones are drafts.

    Raises
    ------
    InvalidError
        With every message of the table.
    """
    role_for(actor, HEAD, "bring questions")
    book = book_of(room)
    brought = read_files([(name, content)], lambda paths: read_questions(paths[0], book))
    return put(room, actor, brought, approved=approved)


def adopt_shipped(room: Room, actor: Actor) -> Imported:
    """Put the shipped questions into the bank, approved by the quality head who does it."""
    return put(room, actor, bank(), approved=True)


def put(
    room: Room, actor: Actor, questions: Iterable[Question], *, approved: bool, owners: Mapping[str, str] | None = None
) -> Imported:
    """
    Put questions into the bank in one transaction: for a quality head.

    Parameters
    ----------
    approved
        Whether they are approved by that.
    owners
        Account that owns a new question, by topic.
    """
    role_for(actor, HEAD, "bring questions")
    new: list[str] = []
    changed: list[str] = []
    brought = list(questions)
    if len(brought) > MOST:
        msg = f"{len(brought):,} questions are too many for one file; {MOST:,} at most"
        raise InvalidError(msg)

    words = [_told(one) for one in brought]

    def work(writing: Writing) -> list[Draft]:
        role = role_for(writing.actor, HEAD, "bring questions")
        old = {one.id: one for one in kept(writing.connection, "practice")}
        marks, first = marks_in(writing.connection), writing.next_number("practice")
        drafts = _new_procedures(writing, brought, marks, role)
        for one, told in zip(brought, words, strict=True):
            before = old.get(one.question_id)
            body = dict(before.body) if before else _fresh(one.question_id)
            if before and all(body[key] == told[key] for key in (*WORDED, "procedure", "difficulty")):
                continue
            (changed if before else new).append(one.question_id)
            revision = max(one.version, body["revision"] + 1) if before else one.version
            if not before:
                body["owner"] = (owners or {}).get(one.topic, "")
            mark = {"mark": one.procedure.partition("@")[2], "revision": revision}
            body |= told | mark | {"state": "draft", "revised_by": writing.actor.account}
            if approved:
                body |= _approved(writing)
            drafts.append(_draft(body, role, 0 if before else first + len(new) - 1))
        if not drafts:
            msg = "nothing of it is new: every question is in the bank as it is"
            raise ConflictError(msg)
        return drafts

    entries = room.store.write_all(Order(actor, "bank_import"), work)
    return Imported(tuple(new), tuple(changed), len(brought) - len(new) - len(changed), entries[-1])


def _new_procedures(writing: Writing, brought: list[Question], marks: Mapping[str, str], role: str) -> list[Draft]:
    # A procedure nobody has named yet is in force as the table says; the versions of known ones stay.
    named = {name: mark for name, _, mark in (one.procedure.partition("@") for one in brought) if name}
    first = writing.next_number("procedure")
    drafts: list[Draft] = []
    for name, mark in named.items():
        if name not in marks:
            told = checked(forms.SetProcedure, {"name": name, "fingerprint": mark or "1"})
            body = told.model_dump() | {"id": name, "changed_at": stamp(writing.now)}
            drafts.append(Draft("procedure", name, body, first + len(drafts), words=name, role=role))
    return drafts


def _told(one: Question) -> dict[str, Any]:
    given = {
        "id": one.question_id,
        "clauses": list(one.clauses),
        "criterion": one.criterion,
        "topic": one.topic,
        "question": one.question,
        "points": list(one.points),
        "evidence": one.evidence,
        "difficulty": one.difficulty,
        "language": one.language,
        "procedure": one.procedure.partition("@")[0],
    }
    try:
        told = checked(forms.NewQuestion, given)
    except InvalidError as error:
        msg = f"question {one.question_id[:80]}: {error}"
        raise InvalidError(msg) from None
    return told.model_dump() | {"difficulty": f"{told.difficulty:g}", "system": one.system}


def _fresh(key: str) -> dict[str, Any]:
    texts = dict.fromkeys(("owner", "mark", "revised_by", "approved_by", "approved_at"), "")
    return {"id": key, "state": "draft", "revision": 1} | texts


def _approved(writing: Writing) -> dict[str, str]:
    return {"state": "approved", "approved_by": writing.actor.account, "approved_at": stamp(writing.now)}


def _worded(writing: Writing, body: dict[str, Any], asked: forms.Wording) -> dict[str, Any]:
    book = book_in(writing.connection)
    _known_clauses(book, asked.clauses)
    known_topic(book, asked.topic)
    marks = marks_in(writing.connection)
    if asked.procedure and asked.procedure not in marks:
        hint = nearest(asked.procedure, marks) or "name it first, with the version in force"
        msg = f"procedure: there is no procedure `{asked.procedure}`; {hint}"
        raise InvalidError(msg)
    told = asked.model_dump(exclude={"id"}) | {"difficulty": f"{asked.difficulty:g}"}
    mark = body["mark"] if body.get("procedure") == asked.procedure else marks.get(asked.procedure, "")
    return body | told | {"system": book.subjects[asked.topic].system, "mark": mark}


def _known_clauses(book: Library, clauses: Iterable[str]) -> None:
    for clause in clauses:
        if clause not in book.clauses:
            hint = nearest(clause, book.clauses) or "see the list of standards"
            msg = f"clauses: there is no clause `{clause}`; {hint}"
            raise InvalidError(msg)


def _own(writing: Writing, question: str, what: str) -> tuple[Record, str]:
    role_for(writing.actor, INSIDERS, what)
    record = found(writing.connection, "practice", question)
    if record is None:
        msg = f"there is no question {question[:80]}"
        raise NotThereError(msg)
    mine = record.body["owner"] == writing.actor.account
    return record, role_for(writing.actor, INSIDERS if mine else HEAD, what)


def _draft(body: dict[str, Any], role: str, number: int = 0) -> Draft:
    words = " ".join([body["id"], body["question"], body["topic"], body["evidence"], *body["points"], *body["clauses"]])
    return Draft("practice", body["id"], body, number, state=body["state"], owner=body["owner"], words=words, role=role)
