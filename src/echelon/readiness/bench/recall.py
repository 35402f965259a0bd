"""What drills say of people: ability, difficulty, recall on the day, the next best drill, who can stand in for whom."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, func, select

from echelon.readiness.bench import live
from echelon.readiness.bench.drills import GRADERS, MARKS, inspection_day
from echelon.readiness.bench.questions import is_stale, marks_in, question_in
from echelon.readiness.bench.reading import chances_in, profile_of
from echelon.readiness.bench.shelf import found, inside, kept
from echelon.readiness.bench.standards import book_in
from echelon.readiness.drills.cover import SURE, roster, stand_ins
from echelon.readiness.drills.rasch import ability, chance_right, fit
from echelon.readiness.drills.schedule import Card, Expected, next_best, on_the_day
from echelon.readiness.records import schema
from echelon.readiness.records.canonical import moment
from echelon.readiness.records.problems import ConflictError, InvalidError
from echelon.readiness.records.store import Actor
from echelon.readiness.room.items import role_for
from echelon.readiness.room.room import Room

OVERVIEW: Final = frozenset({"quality_head", "front_room", "back_room"})
"""Who sees how everyone stands; others see themselves."""

SPREAD: Final = 2.0
"""Standard deviation of the prior of difficulties: a question that all get right has a finite one."""

MOST: Final = 60


@dataclass(frozen=True)
class Standing:
    """
    Where everyone stands at one moment.

    Attributes
    ----------
    now, days
        When it was read, and the days of inspections that drills may aim at.
    questions
        Bodies of approved questions; those in `stale` rest on a procedure that has changed.
    duties
        Topics by person.
    cards, bodies
        What is remembered, by person and question; what the records say of it.
    ability, difficulty
        Mean and standard error by person; by question, on the logit scale.
    chances
        Chance that a question's matter is cited.
    """

    now: datetime
    days: tuple[str, ...]
    questions: Mapping[str, Mapping[str, Any]]
    stale: frozenset[str]
    duties: Mapping[str, tuple[str, ...]]
    cards: Mapping[tuple[str, str], Card]
    bodies: Mapping[tuple[str, str], Mapping[str, Any]]
    ability: Mapping[str, tuple[float, float]]
    difficulty: Mapping[str, float]
    chances: Mapping[str, float]

    @property
    def day(self) -> datetime | None:
        """What drills aim at: the next of the days; None where all are over."""
        return inspection_day(list(self.days), self.now)


READ: Final = ("card", "duty", "practice", "procedure", "profile", "library")
"""Kinds of record that a standing is made of."""


def standing_of(room: Room, connection: Connection, profile: str = "") -> Standing:
    """Where everyone stands; read anew only where a record that it is made of has changed since."""
    table, now, name = schema.current, room.store.clock(), f"standing {profile}"
    seq = connection.execute(select(func.max(table.c.seq)).where(table.c.kind.in_(READ))).scalar()
    before = room.memo.get(name)
    if before is None or before[0] != seq:
        before = room.memo[name] = (seq, standing_in(connection, now, profile))
    made: Standing = before[1]
    return replace(made, now=now)


def _expected_of(room: Room, told: Standing, profile: str) -> tuple[Expected, ...]:
    if told.day is None:
        return expected_in(told)
    name, key = f"expected {profile}", (id(told.cards), told.day)
    before = room.memo.get(name)
    # The cards are kept with it, so that no other object can have their identity meanwhile.
    if before is None or before[0][:2] != key:
        before = room.memo[name] = ((*key, told.cards), expected_in(told))
    made: tuple[Expected, ...] = before[1]
    return made


@lru_cache(maxsize=8)
def _rasch(answers: bytes, people: int, questions: int) -> tuple[tuple[float, ...], ...]:
    # Pure in what it is given; the same answers are asked about by every page.
    table = np.frombuffer(answers, np.int8).reshape(people, questions).astype(np.float64)
    table[table < 0] = np.nan
    items = fit(table, prior=SPREAD)
    found = ability(table, items)
    return tuple(found.mean), tuple(found.error), tuple(items.difficulty)


def standing_in(connection: Connection, now: datetime, profile: str = "") -> Standing:
    """Where everyone stands, as a connection sees it; for callers that have checked who asks."""
    marks = marks_in(connection)
    questions = {one.id: one.body for one in kept(connection, "practice", state="approved")}
    bodies = {
        (one.body["person"], one.body["question"]): one.body
        for one in kept(connection, "card")
        if one.body["question"] in questions
    }
    told = profile_of(connection, profile)
    days = [told[0].body["day"]] if told and profile else [one.body["day"] for one in kept(connection, "profile")]
    means, errors, hard = fitted({key: body["right"] for key, body in bodies.items()})
    return Standing(
        now,
        tuple(days),
        questions,
        frozenset(key for key, body in questions.items() if is_stale(body, marks)),
        {one.id: tuple(one.body["topics"]) for one in kept(connection, "duty") if one.body["topics"]},
        {key: Card(body["card"], moment(body["due"])) for key, body in bodies.items()},
        bodies,
        {person: (means[person], errors[person]) for person in means},
        {key: hard.get(key, float(body["difficulty"])) for key, body in questions.items()},
        chances_in(connection, {key: question_in(body) for key, body in questions.items()}, profile),
    )


def fitted(answers: Mapping[tuple[str, str], bool]) -> tuple[dict[str, float], dict[str, float], dict[str, float]]:
    """Mean and standard error of ability by person, and difficulty by question, from whether each answer was right."""
    people, asked = sorted({key[0] for key in answers}), sorted({key[1] for key in answers})
    if not people:
        return {}, {}, {}
    rows, columns = {name: i for i, name in enumerate(people)}, {name: i for i, name in enumerate(asked)}
    table = np.full((len(people), len(asked)), -1, np.int8)
    for (person, question), right in answers.items():
        table[rows[person], columns[question]] = right
    means, errors, hard = _rasch(table.tobytes(), *table.shape)
    return (
        dict(zip(people, means, strict=True)),
        dict(zip(people, errors, strict=True)),
        dict(zip(asked, hard, strict=True)),
    )


def wanted_in(told: Standing, person: str = "") -> dict[tuple[str, str], Card]:
    """
    Cards of all that people answer for: questions of their topics and what they were drilled on before.

    What was never drilled, and what is stale, is not remembered.
    """
    by_topic: dict[str, list[str]] = {}
    for key, body in told.questions.items():
        by_topic.setdefault(body["topic"], []).append(key)
    people = [person] if person else sorted({*told.duties, *(key[0] for key in told.cards)})
    made = {
        (who, question): Card()
        for who in people
        for topic in told.duties.get(who, ())
        for question in by_topic.get(topic, ())
    }
    made |= {key: card for key, card in told.cards.items() if not person or key[0] == person}
    return {key: Card() if key[1] in told.stale else card for key, card in made.items()}


def expected_in(told: Standing, person: str = "") -> tuple[Expected, ...]:
    """Expected share of right answers on the day, by person and topic; as of now where there is no day to come."""
    topics = {key: str(body["topic"]) for key, body in told.questions.items()}
    on = told.day or told.now
    return on_the_day(wanted_in(told, person), told.ability, told.difficulty, topics, on)


def map_of(room: Room, actor: Actor, *, profile: str = "") -> dict[str, Any]:
    """
    The heat map: expected share of right answers on the day, with its standard error, by person and topic.

    Quality head, front and back room see everyone, others themselves.
    """
    inside(actor, "see drills")
    mine = "" if actor.roles & OVERVIEW else actor.account
    with room.store.database.reading() as connection:
        told, book = standing_of(room, connection, profile), book_in(connection)
    cells = [
        {
            "person": one.person,
            "topic": one.topic,
            "mean": one.mean,
            "error": one.error,
            "questions": one.questions,
        }
        for one in _expected_of(room, told, profile)
        if not mine or one.person == mine
    ]
    shown = {cell["person"] for cell in cells}
    return {
        "day": told.day.date().isoformat() if told.day else "",
        "topics": {key: book.subjects[key].title for key in sorted({str(cell["topic"]) for cell in cells})},
        "cells": cells,
        "ability": {who: {"mean": m, "error": e} for who, (m, e) in told.ability.items() if who in shown},
        "figures": _figures(told, mine),
    }


def _figures(told: Standing, person: str) -> dict[str, Any]:
    bodies = [body for key, body in told.bodies.items() if not person or key[0] == person]
    return {
        "questions": len(told.questions),
        "stale": len(told.stale),
        "people": len({body["person"] for body in bodies}),
        "answers": sum(body["answers"] for body in bodies),
        "right": sum(body["rights"] for body in bodies),
    }


def next_of(
    room: Room, actor: Actor, *, person: str = "", profile: str = "", topic: str = "", most: int = 10
) -> list[dict[str, Any]]:
    """
    The next best drills: what raises the expected answers on the day most for a minute spent.

    What inspectors asked about, in mock and real inspections, weighs more; see `live.pressed`.

    Parameters
    ----------
    person
        Whose; everyone's where empty, for graders. Who asks for themselves sees questions, not answer points.
    topic
        Only of one topic.
    most
        How many at most; what was drilled just now gains nothing and stands last.

    Raises
    ------
    RefusedError
        If another's drills are asked for by who grades nobody.
    ConflictError
        If there is no inspection to come.
    """
    inside(actor, "see drills")
    if person != actor.account:
        role_for(actor, GRADERS, "drill others")
    with room.store.database.reading() as connection:
        told, asked = standing_of(room, connection, profile), live.asked_of(room, connection)
    if told.day is None:
        msg = "no profile names an inspection that is still to come; set its day before people are drilled for it"
        raise ConflictError(msg)
    cards = {
        key: card
        for key, card in wanted_in(told, person).items()
        if key[1] not in told.stale
        and key[0] != (actor.account if not person else "")
        and (not topic or told.questions[key[1]]["topic"] == topic)
    }
    if person and not cards and not topic:
        cards = {(person, key): Card() for key in told.questions if key not in told.stale}
    chances = _chances(told, list(cards))
    times, topics = live.by_topic(asked, told.questions), {key: one["topic"] for key, one in told.questions.items()}
    weights = {key: live.pressed(told.chances[key], times.get(topic, 0)) for key, topic in topics.items()}
    found = next_best(cards, chances, weights, told.now, told.day, most=min(most, MOST))
    rows = [_shown(told, one.person, one.question, one.gain, points=one.person != actor.account) for one in found]
    return [row | {"asked": times.get(row["topic"], 0)} for row in rows]


def _chances(told: Standing, keys: list[tuple[str, str]]) -> dict[tuple[str, str], float]:
    if not keys:
        return {}
    people, asked = sorted({key[0] for key in keys}), sorted({key[1] for key in keys})
    known = [told.ability.get(person, (0.0, 1.0)) for person in people]
    table = chance_right(
        np.array([mean for mean, _ in known]),
        np.array([error for _, error in known]),
        np.array([told.difficulty[key] for key in asked]),
    )
    rows, columns = {name: i for i, name in enumerate(people)}, {name: i for i, name in enumerate(asked)}
    return {key: float(table[rows[key[0]], columns[key[1]]]) for key in keys}


def _shown(told: Standing, person: str, question: str, gain: float, *, points: bool) -> dict[str, Any]:
    body, card = told.questions[question], told.bodies.get((person, question))
    shown: dict[str, Any] = {
        "person": person,
        "question": question,
        "topic": body["topic"],
        "wording": body["question"],
        "gain": gain,
        "answers": card["answers"] if card else 0,
        "last": MARKS[card["grade"]] if card else "",
        "last_at": card["at"] if card else "",
        "due": card["due"] if card else "",
        "language": body["language"],
    }
    return shown | ({"points": body["points"], "evidence": body["evidence"]} if points else {})


def duties_of(room: Room, actor: Actor) -> dict[str, list[str]]:
    """Topics by person; for all but quality head, front and back room, one's own."""
    inside(actor, "see drills")
    mine = "" if actor.roles & OVERVIEW else actor.account
    with room.store.database.reading() as connection:
        return {one.id: list(one.body["topics"]) for one in kept(connection, "duty", owner=mine)}


def person_of(room: Room, actor: Actor, person: str) -> list[dict[str, Any]]:
    """What a person was drilled on, last first: for quality head, front and back room, and the person."""
    inside(actor, "see drills")
    if person != actor.account:
        role_for(actor, OVERVIEW, "see another's drills")
    with room.store.database.reading() as connection:
        bodies = [one.body for one in kept(connection, "card", owner=person)]
    names = ("question", "topic", "at", "due", "grade", "answers", "rights", "said", "of", "grader", "seconds")
    rows = [{name: body[name] for name in names} | {"mark": MARKS[body["grade"]]} for body in bodies]
    return sorted(rows, key=lambda row: str(row["at"]), reverse=True)


def cover_of(
    room: Room, actor: Actor, *, profile: str = "", sure: float = SURE, each: int = 3, topics: str = ""
) -> dict[str, Any]:
    """
    Who can stand in for whom: people who are sure enough on the day by topic, and the strongest roster.

    Parameters
    ----------
    sure
        Chance of a right answer from which somebody can stand in.
    each
        Most topics one person takes in the roster.
    topics
        Topics of the roster, separated by semicolons; all that people answer for where empty.

    Raises
    ------
    RefusedError
        For all but quality head, front and back room.
    """
    role_for(actor, OVERVIEW, "see who can stand in")
    if not 0.0 < sure < 1.0:
        msg = f"sure: a chance lies between 0 and 1, not {sure:g}"
        raise InvalidError(msg)
    with room.store.database.reading() as connection:
        told, book = standing_of(room, connection, profile), book_in(connection)
        decks = {one.id: one.body for one in kept(connection, "deck")}
    chances = {(one.person, one.topic): one.mean for one in _expected_of(room, told, profile)}
    rows = []
    for one in stand_ins(chances, sure):
        ranks = sorted(((p, who) for (who, about), p in chances.items() if about == one.topic), reverse=True)
        rows.append(
            {
                "topic": one.topic,
                "title": book.subjects[one.topic].title,
                "owner": decks[one.topic]["owner"] if one.topic in decks else "",
                "able": list(one.able),
                "lone": one.lone,
                "best": [{"person": who, "chance": p} for p, who in ranks[:4]],
            }
        )
    asked = [part.strip() for part in topics.split(";") if part.strip()] or [str(row["topic"]) for row in rows]
    if unknown := [name for name in asked if name not in book.subjects]:
        msg = f"topics: there is no subject class {unknown[0][:60]!r}"
        raise InvalidError(msg)
    try:
        given, weakest = roster(chances, asked, each) if chances else ({}, 0.0)
    except ValueError as error:
        raise ConflictError(str(error)) from None
    return {"sure": sure, "topics": rows, "roster": dict(given), "weakest": weakest}


def stand_ins_for(room: Room, actor: Actor, person: str, *, profile: str = "") -> list[dict[str, Any]]:
    """Who could stand in for one person, topic by topic: the three best others, with their chances."""
    told = cover_of(room, actor, profile=profile)
    with room.store.database.reading() as connection:
        duty = found(connection, "duty", person)
    mine = set(duty.body["topics"]) if duty else set()
    return [
        {"topic": row["topic"], "title": row["title"], "best": [b for b in row["best"] if b["person"] != person][:3]}
        for row in told["topics"]
        if row["topic"] in mine
    ]
