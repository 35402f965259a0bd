"""Drills at work: who is drilled on what, answers graded on points, the card of every person and question, decks."""

from datetime import UTC, datetime
from typing import Any, Final

from echelon.readiness.bench import forms
from echelon.readiness.bench.questions import is_stale, marks_in
from echelon.readiness.bench.shelf import found, kept
from echelon.readiness.bench.standards import HEAD, book_in, known_topic
from echelon.readiness.drills.schedule import Answer, Card, grade, review
from echelon.readiness.records.canonical import moment, stamp
from echelon.readiness.records.problems import ConflictError, InvalidError, RefusedError
from echelon.readiness.records.roles import INSIDERS
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Writing, expect
from echelon.readiness.room.items import happened_at, known_account, role_for
from echelon.readiness.room.room import Room, checked, key_of

GRADERS: Final = frozenset({"quality_head", "front_room", "back_room", "scribe", "subject_expert"})
"""Who grades the answers of others."""

RIGHT: Final = 3
"""Grade from which an answer counts as right: good or easy. Assumed."""

MARKS: Final = {1: "again", 2: "hard", 3: "good", 4: "easy"}


def set_duty(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """Give a person topics to answer for: for a quality head."""
    asked = checked(forms.SetDuty, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, HEAD, "give people topics")
        person = known_account(writing, asked.person)
        book = book_in(writing.connection)
        for topic in asked.topics:
            known_topic(book, topic)
        number = 0 if found(writing.connection, "duty", person) else writing.next_number("duty")
        return duty_draft(person, list(dict.fromkeys(asked.topics)), role, number)

    return room.store.write(Order(actor, "duty_set", once=key_of(actor, once)), work)


def duty_draft(person: str, topics: list[str], role: str, number: int) -> Draft:
    """A duty's draft."""
    body = {"id": person, "person": person, "topics": topics}
    return Draft("duty", person, body, number, owner=person, words=" ".join(topics), role=role)


def give_answer(room: Room, actor: Actor, values: dict[str, Any], once: str = "", happened: str = "") -> Entry:
    """
    Keep how an answer went, and move the card of person and question on.

    Parameters
    ----------
    actor
        Who graded: a quality head, front or back room, a scribe or a subject expert, and never who answered.
    values
        Fields of `forms.Graded`.
    once, happened
        As of an item.

    Raises
    ------
    ConflictError
        If the question is not in use: a draft, retired, or stale.
    """
    asked = checked(forms.Graded, values)
    when = happened_at(happened, room.store.clock())

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, GRADERS, "grade answers")
        person = known_account(writing, asked.person)
        if person == writing.actor.account:
            msg = "nobody grades their own answer; let another person tick the points"
            raise RefusedError(msg)
        question = writing.load("practice", asked.question).body
        if question["state"] != "approved" or is_stale(question, marks_in(writing.connection)):
            state = "stale" if question["state"] == "approved" else question["state"]
            msg = f"{asked.question} is {state}; only approved questions are drilled"
            raise ConflictError(msg)
        at = moment(when) if when else writing.now
        return _next_card(writing, asked, question, at, role)

    return room.store.write(Order(actor, "drill_answer", happened=when, once=key_of(actor, once)), work)


def _next_card(writing: Writing, asked: forms.Graded, question: Any, at: datetime, role: str) -> Draft:
    name = f"{asked.person}.{asked.question}"
    old = found(writing.connection, "card", name)
    if old and stamp(at) < old.body["at"]:
        msg = f"a later answer is kept already (at {old.body['at']}); answers are kept in order"
        raise ConflictError(msg)
    number = 0 if old else writing.next_number("card")
    day = inspection_day([one.body["day"] for one in kept(writing.connection, "profile")], at)
    body = moved(dict(old.body) if old else {}, asked, question, at, day)
    return card_draft(body | {"grader": writing.actor.account}, role, number)


def moved(
    old: dict[str, Any], asked: forms.Graded, question: Any, at: datetime, day: datetime | None
) -> dict[str, Any]:
    """
    A card's body after an answer.

    Parameters
    ----------
    old
        The body before; empty for a first answer.
    asked
        The answer as graded.
    question
        The question's body.
    at, day
        When it was given, and the day drills aim at.

    Raises
    ------
    InvalidError
        If a point was ticked that the question does not have.
    """
    points = len(question["points"])
    said = sorted(set(asked.said))
    if said and said[-1] > points:
        msg = f"said: {question['id']} has {points} answer points; there is no point {said[-1]}"
        raise InvalidError(msg)
    told = Answer(points, len(said), asked.evidence, asked.wrong, asked.speculated, float(asked.seconds))
    mark = grade(told)
    card = review(Card(old.get("card", "")), mark, at, day if day and day > at else None)
    return {
        "id": f"{asked.person}.{asked.question}",
        "person": asked.person,
        "question": asked.question,
        "topic": question["topic"],
        "revision": question["revision"],
        "card": card.state,
        "due": stamp(card.due) if card.due else "",
        "at": stamp(at),
        "grade": mark,
        "right": mark >= RIGHT,
        "answers": old.get("answers", 0) + 1,
        "rights": old.get("rights", 0) + (mark >= RIGHT),
        "said": said,
        "of": points,
        **asked.model_dump(include={"evidence", "wrong", "speculated", "seconds", "interpreter"}),
    }


def card_draft(body: dict[str, Any], role: str, number: int) -> Draft:
    """A card's draft with all that it is found by."""
    words = f"{body['question']} {body['topic']}"
    due, person = body["due"], body["person"]
    return Draft("card", body["id"], body, number, owner=person, due=due, words=words, role=role)


def inspection_day(days: list[str], now: datetime) -> datetime | None:
    """The next inspection's first day of those that profiles name, at midnight UTC; None where all are over."""
    told = sorted(datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days)
    return next((day for day in told if day > now), None)


def set_deck(
    room: Room, actor: Actor, topic: str, values: dict[str, Any], once: str = "", version: int | None = None
) -> Entry:
    """Write a topic's page of the decks: for a quality head, and for who answers for the topic."""
    asked = checked(forms.SetDeck, values)

    def work(writing: Writing) -> Draft:
        old = found(writing.connection, "deck", topic)
        if old:
            expect(old, version)
        duty = found(writing.connection, "duty", writing.actor.account)
        mine = (duty and topic in duty.body["topics"]) or (old and old.body["owner"] == writing.actor.account)
        role = role_for(writing.actor, INSIDERS if mine else HEAD, "write the page of another's topic")
        known_topic(book_in(writing.connection), topic)
        for person in (asked.owner, asked.backup):
            if person:
                known_account(writing, person)
        if asked.owner and asked.owner == asked.backup:
            msg = "backup: nobody stands in for themselves"
            raise InvalidError(msg)
        return deck_draft(topic, asked.model_dump(), role, 0 if old else writing.next_number("deck"))

    return room.store.write(Order(actor, "deck_set", once=key_of(actor, once)), work)


def deck_draft(topic: str, told: dict[str, Any], role: str, number: int) -> Draft:
    """A deck page's draft."""
    words = f"{topic} {told['claim']} {told['weakness']}"
    return Draft("deck", topic, told | {"id": topic}, number, owner=told["owner"], words=words, role=role)
