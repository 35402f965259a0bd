"""A filled example: an inspection in its last days, 150 people, 300 requests and questions, all made up."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

from echelon.readiness.bench import demo_a
from echelon.readiness.bench.demo_work import YEAR, year_of
from echelon.readiness.records import passwords
from echelon.readiness.records.store import MACHINE, Actor
from echelon.readiness.room import desk, documents
from echelon.readiness.room.room import Room

INSPECTION: Final = "pre-licence"
DAYS: Final = 8

PEOPLE: Final = (
    ("quality_head", 2), ("front_room", 6), ("back_room", 12), ("scribe", 6), ("runner", 8), ("translator", 16),
    ("subject_expert", 93),
)  # fmt: skip
INSPECTORS: Final = 3
"""People by role: 150 with the four auditors of the last mock audit, who join for it."""

ITEMS: Final = 300

FAMILY: Final = ("Bai", "Chen", "Dai", "Fang", "Gao", "Han", "Jiang", "Kong", "Liu", "Ma", "Pan", "Ren", "Sun", "Tang")
GIVEN: Final = ("An", "Bo", "Fei", "Hui", "Jie", "Kai", "Lan", "Min", "Ning", "Ping", "Qing", "Rui", "Shan", "Ting")

TOPICS: Final = (
    ("deviations", "quality", "211.192", "the deviation of batch {b} and its investigation", "document"),
    ("cleaning", "facilities", "211.67", "the cleaning validation of bioreactor {n}", "document"),
    ("batch records", "production", "211.188", "the executed batch record of {b}", "batch_record"),
    (
        "environmental monitoring",
        "facilities",
        "211.42",
        "a year's trend of particles in room {n}",
        "trend",
    ),
    ("laboratory data", "laboratory", "211.194", "the raw data and audit trail of the purity test of {b}", "raw_data"),
    ("training", "quality", "211.25", "the training record of the operator of step {n}", "document"),
    ("change control", "quality", "211.100", "the change of filter type and its assessment", "compiled"),
    ("media fills", "production", "211.113", "the last three media fills of line {n}", "compiled"),
    ("storage", "materials", "211.142", "the receipt and storage of resin lot {b}", "document"),
    ("data integrity", "laboratory", "211.68", "who may change results in chromatography system {n}", "person"),
)
"""Topic, system, clause, what is asked for, type. Own wording; clauses of 21 CFR 211."""


@dataclass
class _Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


def fill(room: Room, password: str, progress: Callable[[int, int], None] | None = None) -> dict[str, str]:
    """
    Fill an empty room with the example.

    Parameters
    ----------
    room
        A room without accounts; its clock is set back while it is filled.
    password
        The password of everyone in it.
    progress
        Told how many of how many items are made.

    Returns
    -------
    dict
        One user name for each role.
    """
    rng, real = Random(17), room.store.clock  # noqa: S311 - an example, no secret
    clock = _Clock(real() - YEAR)
    room.store.clock = clock
    try:
        kept = passwords.hashed(password)
        crew = _crew(room, kept, rng)
        head = crew["quality_head"][0]
        # Audits and translation go on while people are drilled; the clock only goes forward.
        year = year_of(room, crew, clock, kept)
        year.run(demo_a.BEFORE)
        clock.now = max(clock.now, real() - demo_a.BEFORE)
        demo_a.fill(room, crew, clock)
        year.run(timedelta(days=DAYS))
        clock.now = max(clock.now, real() - timedelta(days=DAYS))
        told = {"id": INSPECTION, "name": "Pre-licence inspection", "days": DAYS}
        room.open_inspection(head, told | {"first_day": clock.now.date().isoformat()})
        crew["inspector"] = [
            _joined(room, kept, rng, "inspector", number + 1, INSPECTION) for number in range(INSPECTORS)
        ]
        ends = datetime.now(UTC)
        for number in range(ITEMS):
            last = number >= ITEMS - 24
            start = ends - timedelta(days=DAYS) * (1 - number / ITEMS) if not last else ends - timedelta(minutes=14)
            year.run(ends - start)
            clock.now = max(clock.now, start)
            _item(room, crew, clock, rng, number, ends if last else None)
            if progress:
                progress(number + 1, ITEMS)
        _desk(room, crew, clock)
    finally:
        room.store.clock = real
    return {role: actors[0].username for role, actors in crew.items()}


def _crew(room: Room, kept: str, rng: Random) -> dict[str, list[Actor]]:
    return {role: [_joined(room, kept, rng, role, number + 1) for number in range(count)] for role, count in PEOPLE}


def _joined(room: Room, kept: str, rng: Random, role: str, number: int, sees: str = "") -> Actor:
    name = f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}"
    username = f"{role.replace('_', '.')}.{number}"
    made = room.accounts.create(MACHINE, username, name, "", frozenset({role}), sees, kept=kept)
    return Actor(made.id, username, name, made.roles, "", sees)


def _item(
    room: Room, crew: dict[str, list[Actor]], clock: _Clock, rng: Random, number: int, ends: datetime | None
) -> None:
    topic, system, clause, words, kind = rng.choice(TOPICS)
    is_question = rng.random() < 0.35
    asked = words.format(b=f"B-{rng.randint(101, 160)}", n=rng.randint(1, 9))
    told: dict[str, Any] = {
        "inspection": INSPECTION,
        "wording": f"How do you make sure of {asked}?" if is_question else f"Please show us {asked}.",
        "inspector": f"Inspector {rng.randint(1, 3)}",
        "type": "person" if is_question else kind,
        "topic": topic,
        "system": system,
        "clause": clause,
        "ahead": ends is None and number % 40 == 39,
    }
    front, back = rng.choice(crew["front_room"]), rng.choice(crew["back_room"])
    reviewer = crew["quality_head"][number % 2]
    expert = rng.choice(crew["subject_expert"])
    path: list[tuple[Actor, str, dict[str, Any]]] = [
        (back, "assign", {"owner": expert.account}),
        (expert, "start", {}),
        (expert, "write", {"answer": f"See the file on {topic}; it covers {asked}."}),
        (expert, "submit", {}),
        (reviewer, "approve", {}),
        (front, "release", {"form": "copy"}),
        (front, "close", {}),
    ]
    steps = rng.randint(0, len(path) - 1) if ends else len(path)
    if told["ahead"]:
        steps = 5
    if number % 6 == 0 and not told["ahead"]:
        title = f"{topic} {number + 1}.txt"
        content = f"Example only, made up.\n{topic}: {asked}.\n".encode()
        document = documents.upload(room, expert, {"name": title}, content).id
        path.insert(3, (expert, "attach", {"document": document}))
    item = room.receive(back if told["ahead"] else front, "question" if is_question else "request", told).id
    for actor, action, values in path[:steps]:
        clock.now += timedelta(seconds=rng.randint(5, 60) if ends else rng.randint(30, 240))
        if ends:
            clock.now = min(clock.now, ends)
        room.do(actor, action, item, values)


def _desk(room: Room, crew: dict[str, list[Actor]], clock: _Clock) -> None:
    scribe, head = crew["scribe"][0], crew["quality_head"][0]
    sheet = desk.new_note(room, scribe, {"inspection": INSPECTION, "title": "Inspector 1"}).id
    desk.save_note(room, scribe, sheet, {"text": "Asked twice about cleaning.\nWants the trend of last year."})
    told = {"inspection": INSPECTION, "text": "Send the yearly trend of particles", "promised_to": "Inspector 1"}
    desk.promise(room, crew["front_room"][0], told | {"owner": crew["subject_expert"][0].account})
    day = clock.now.date().isoformat()
    desk.wrap_up(room, head, {"inspection": INSPECTION, "day": day, "remarks": "Cleaning will come up again."})
