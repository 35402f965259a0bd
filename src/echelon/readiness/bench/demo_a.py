"""The example's standards, questions and drills: a plant, its evidence, the real bank, weeks of made-up drills."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Protocol

from echelon.readiness.bench import drills, forms, questions, standards
from echelon.readiness.bench.shelf import kept
from echelon.readiness.drills.schedule import Card, recall
from echelon.readiness.questions.bank import bank
from echelon.readiness.records.roles import OUTSIDERS
from echelon.readiness.records.store import Actor, Draft, Order, Writing
from echelon.readiness.room.room import Room

WEEKS: Final = 7
"""Weeks of drills before the live inspection."""

BEFORE: Final = timedelta(days=60)
"""How long before today the example begins."""

AHEAD: Final = timedelta(days=42)
"""How far off the next inspection is, at which drills aim."""

EACH_WEEK: Final = 4
"""Questions a person is asked in a week."""

PROFILE: Final = {
    "id": "plant-fda",
    "name": "Antibody plant, next pre-licence inspection",
    "authorities": ["FDA", "NMPA"],
    "modality": "antibody",
    "steps": ["substance", "product"],
    "features": ["sterile", "computerised", "exports"],
    "visit": "pre-licence",
    "language": "en",
}
REMOTE: Final = {
    "id": "plant-ema",
    "name": "Antibody plant, remote assessment from Europe",
    "authorities": ["EMA", "PIC/S"],
    "modality": "antibody",
    "steps": ["substance", "product"],
    "features": ["sterile", "computerised"],
    "visit": "pre-approval",
    "mode": "remote",
    "language": "en",
}


class Hands(Protocol):
    """A clock that can be put forward."""

    now: datetime


@dataclass(frozen=True)
class _Team:
    head: Actor
    graders: list[Actor]
    people: list[Actor]
    topics: Mapping[str, list[str]]


def fill(room: Room, crew: Mapping[str, list[Actor]], clock: Hands) -> None:
    """
    Fill a room's workbench with what is made up, from the clock's moment on, over `WEEKS` weeks.

    Parameters
    ----------
    room
        A room with its people.
    crew
        People by role.
    clock
        The room's clock; it stands where the last drill was afterwards.
    """
    rng = Random(29)  # noqa: S311 - an example, no secret
    day = (clock.now + BEFORE + AHEAD).date()
    head = crew["quality_head"][0]
    for profile, later in ((PROFILE, 0), (REMOTE, 35)):
        standards.set_profile(room, head, profile | {"day": (day + timedelta(days=later)).isoformat()})
    team = _team(crew, rng)
    _bank(room, team, rng)
    _slots(room, team, rng)
    _duties(room, team)
    _history(room, team, clock, rng)
    _decks(room, team, rng)
    _changes(room, team)


def _team(crew: Mapping[str, list[Actor]], rng: Random) -> _Team:
    people = [actor for role, actors in crew.items() if role not in OUTSIDERS for actor in actors]
    names = sorted({one.topic for one in bank()})
    topics: dict[str, list[str]] = {}
    for number, actor in enumerate(people):
        count = 3 if "subject_expert" in actor.roles else 1
        topics[actor.account] = [names[(number * 3 + step) % len(names)] for step in range(count)]
    graders = [*crew["back_room"], *crew["scribe"]]
    rng.shuffle(graders)
    return _Team(crew["quality_head"][0], graders, people, topics)


def _bank(room: Room, team: _Team, rng: Random) -> None:
    names = sorted({one.topic for one in bank()})
    procedures = {topic: f"SOP-{101 + 3 * number}" for number, topic in enumerate(names)}
    owners: dict[str, str] = {}
    for actor in team.people:
        if "subject_expert" in actor.roles:
            for topic in team.topics[actor.account]:
                owners.setdefault(topic, actor.account)
    told = [replace(one, procedure=f"{procedures[one.topic]}@v{1 + len(one.topic) % 5}") for one in bank()]
    rng.shuffle(names)
    # Some topics have no owner yet, as anywhere.
    questions.put(room, team.head, told, approved=True, owners={key: owners[key] for key in names[6:] if key in owners})


def _slots(room: Room, team: _Team, rng: Random) -> None:
    experts = [actor for actor in team.people if "subject_expert" in actor.roles]

    def work(writing: Writing) -> list[Draft]:
        first = writing.next_number("slot")
        made = []
        for number, body in enumerate(standards.slots_in(writing.connection, str(PROFILE["id"])).values()):
            if rng.random() < 0.15:
                continue
            state = rng.choice(("ready", "ready", "ready", "located", "translating", "open", "missing"))
            minutes = int(body["minutes"])
            took = max(2, round(minutes * rng.lognormvariate(-0.2, 0.5))) if state == "ready" else None
            told = {"owner": rng.choice(experts).account, "state": state, "measured": took}
            told |= {"place": f"document store, shelf {rng.randint(1, 40)}" if state in {"ready", "located"} else ""}
            made.append(standards.slot_draft(dict(body) | told, "quality_head", first + number))
        return made

    room.store.write_all(Order(team.head, "slot_set"), work)
    standards.new_slot(
        room,
        team.head,
        {"profile": PROFILE["id"], "topic": "cleaning", "title": "Trend of rinse samples, reactors 1 to 9"},
    )


def _duties(room: Room, team: _Team) -> None:
    def work(writing: Writing) -> list[Draft]:
        first = writing.next_number("duty")
        people = enumerate(team.topics.items())
        return [drills.duty_draft(who, topics, "quality_head", first + n) for n, (who, topics) in people]

    room.store.write_all(Order(team.head, "duty_set"), work)


def _history(room: Room, team: _Team, clock: Hands, rng: Random) -> None:
    with room.store.database.reading() as connection:
        asked = {one.id: one.body for one in kept(connection, "practice")}
        day = drills.inspection_day([kept(connection, "profile")[0].body["day"]], clock.now)
    by_topic: dict[str, list[str]] = {}
    for key, body in asked.items():
        by_topic.setdefault(body["topic"], []).append(key)
    skill = {actor.account: rng.gauss(2.4, 0.9) for actor in team.people}
    hard = {key: rng.gauss(0.5 * float(body["difficulty"]), 0.6) for key, body in asked.items()}
    cards: dict[tuple[str, str], dict[str, Any]] = {}
    for _ in range(WEEKS):
        clock.now += timedelta(days=7)
        groups: dict[str, list[forms.Graded]] = {}
        for actor in team.people:
            who = actor.account
            if rng.random() < 0.2:
                continue  # away that week
            own = [key for topic in team.topics[who] for key in by_topic[topic]]
            own.sort(key=lambda key: (cards[who, key]["due"] if (who, key) in cards else "", key))
            graders = [one for one in rng.sample(team.graders, 2) if one.account != who]
            for key in own[:EACH_WEEK]:
                old = cards.get((who, key), {})
                known = recall(Card(old["card"]), clock.now) if old else 0.9
                told = _answer(rng, who, asked[key], known / (1.0 + 2.718 ** (hard[key] - skill[who])))
                groups.setdefault(graders[0].account, []).append(told)
                cards[who, key] = drills.moved(old, told, asked[key], clock.now, day) | {"grader": graders[0].account}
        for grader in team.graders:
            _keep(room, grader, groups.get(grader.account, []), cards)


def _answer(rng: Random, who: str, question: Mapping[str, Any], chance: float) -> forms.Graded:
    points = len(question["points"])
    right = rng.random() < chance
    count = points - (rng.random() < 0.4 if right and points > 3 else 0) if right else rng.randint(0, points // 2)
    said = sorted(rng.sample(range(1, points + 1), count))
    return forms.Graded(
        person=who,
        question=question["id"],
        said=said,
        evidence=right or rng.random() < 0.5,
        wrong=not right and rng.random() < 0.2,
        speculated=not right and rng.random() < 0.2,
        seconds=rng.randint(20, 150),
        interpreter=rng.random() < 0.5,
    )


def _keep(
    room: Room, grader: Actor, answers: list[forms.Graded], cards: Mapping[tuple[str, str], dict[str, Any]]
) -> None:
    if not answers:
        return

    def work(writing: Writing) -> list[Draft]:
        number, made = writing.next_number("card"), []
        for one in answers:
            body = cards[one.person, one.question]
            role = sorted(writing.actor.roles)[0]
            made.append(drills.card_draft(body, role, number if body["answers"] == 1 else 0))
            number += body["answers"] == 1
        return made

    room.store.write_all(Order(grader, "drill_answer"), work)


def _decks(room: Room, team: _Team, rng: Random) -> None:
    held: dict[str, list[str]] = {}
    for who, topics in team.topics.items():
        for topic in topics:
            held.setdefault(topic, []).append(who)
    claims = (
        "One written way, one owner, and a record for every step.",
        "Every case is investigated to its cause, and its trend is looked at each quarter.",
        "It is qualified, kept under change control, and reviewed once a year.",
    )

    def work(writing: Writing) -> list[Draft]:
        first = writing.next_number("deck")
        made: list[Draft] = []
        for topic in sorted(held)[: round(0.7 * len(held))]:
            weak = rng.random() < 0.4
            told = {
                "claim": rng.choice(claims),
                "facts": [],
                "weakness": "Two records of last year were closed late." if weak else "",
                "answer": "True. Why, what we changed, and its check are in the file." if weak else "",
                "owner": held[topic][0],
                "backup": held[topic][1] if len(held[topic]) > 1 else "",
            }
            made.append(drills.deck_draft(topic, told, "quality_head", first + len(made)))
        return made

    room.store.write_all(Order(team.head, "deck_set"), work)


def _changes(room: Room, team: _Team) -> None:
    # Two procedures changed since their questions were answered; one expert has looked at the first question again.
    with room.store.database.reading() as connection:
        names = [one.id for one in kept(connection, "procedure")]
        asked = kept(connection, "practice")
    changed = names[3::40][:2]
    for name in changed:
        questions.set_procedure(room, team.head, {"name": name, "fingerprint": "v9"})
    again = next(one for one in asked if one.body["procedure"] == changed[0])
    questions.approve(room, team.head, again.id)
