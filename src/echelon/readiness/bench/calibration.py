"""How well recall was predicted: every drill's answer against what would have been predicted just before it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection, func, select

from echelon.readiness.bench.recall import OVERVIEW, fitted
from echelon.readiness.bench.shelf import kept
from echelon.readiness.drills.calibration import band, bands
from echelon.readiness.drills.rasch import chance_right
from echelon.readiness.drills.schedule import Card, recall
from echelon.readiness.records import schema
from echelon.readiness.records.canonical import moment
from echelon.readiness.records.store import Actor
from echelon.readiness.room.items import role_for
from echelon.readiness.room.room import Room

FITS: Final = 10
"""Times that ability and difficulty are fitted anew on the way, each time to what had been answered before."""

ENOUGH: Final = 100
"""Predicted answers from which the table as a whole says something."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Given:
    key: Key
    at: datetime
    right: bool
    before: str


def calibration_of(room: Room, actor: Actor) -> dict[str, Any]:
    """
    Predicted chances against grades, by bands with counts and 95 % intervals, from all drills answered so far.

    A prediction is recall at that moment, from the card as it stood, times ability against difficulty, fitted to
    earlier answers alone. First answers are counted apart: what was never drilled is taken as not known. Answers are
    taken as independent of each other.

    Raises
    ------
    RefusedError
        For all but quality head, front and back room.
    """
    role_for(actor, OVERVIEW, "see how well recall was predicted")
    table = schema.current
    with room.store.database.reading() as connection:
        seq = connection.execute(select(func.max(table.c.seq)).where(table.c.kind == "card")).scalar()
        before = room.memo.get("calibration")
        if before is None or before[0] != seq:
            before = room.memo["calibration"] = (seq, _made(connection))
    made: dict[str, Any] = before[1]
    return made


def _made(connection: Connection) -> dict[str, Any]:
    given = _answers(connection)
    hard = {one.id: float(one.body["difficulty"]) for one in kept(connection, "practice")}
    told = [(chance, one.right) for one, chance in _predicted(given, hard) if one.before]
    chances, right = [chance for chance, _ in told], [hit for _, hit in told]
    first = [one.right for one in given if not one.before]
    whole = band(0.0, 1.0, chances, right)
    return {
        "answers": len(given),
        "first": {"count": len(first), "right": sum(first)},
        "enough": whole.count >= ENOUGH,
        "all": asdict(whole),
        "bands": [asdict(one) for one in bands(chances, right)],
        "words": _words(whole.count, whole.says),
    }


def _words(count: int, says: str) -> str:
    if count < ENOUGH:
        return (
            f"Too few to say: {count} answers to questions that their people had been drilled on before; from {ENOUGH}"
            " on the table says something."
        )
    return {
        "holds": "Over all answers the predictions held.",
        "too high": "Predictions were too high: expect less than the percentages say.",
        "too low": "Predictions were too low: people did better than the percentages say.",
    }[says]


def _answers(connection: Connection) -> list[_Given]:
    """Every answer in the order in which it was given, with the card as it stood before."""
    table, cards, found = schema.records, dict[Key, str](), list[_Given]()
    wanted = select(table.c.body).where(table.c.kind == "card").order_by(table.c.id, table.c.version)
    for row in connection.execute(wanted):
        body = json.loads(row.body)
        key = (body["person"], body["question"])
        found.append(_Given(key, moment(body["at"]), bool(body["right"]), cards.get(key, "")))
        cards[key] = body["card"]
    return sorted(found, key=lambda one: one.at)


def _predicted(given: list[_Given], hard: Mapping[str, float]) -> Iterator[tuple[_Given, float]]:
    latest: dict[Key, bool] = {}
    step = max(1, -(-len(given) // FITS))
    for start in range(0, len(given), step):
        part = given[start : start + step]
        means, errors, fits = fitted(latest)
        for one in part:
            person, question = one.key
            known = chance_right(
                np.array([means.get(person, 0.0)]),
                np.array([errors.get(person, 1.0)]),
                np.array([fits.get(question, hard.get(question, 0.0))]),
            )
            yield one, float(np.clip(recall(Card(one.before), one.at) * float(known[0, 0]), 0.0, 1.0))
        latest |= {one.key: one.right for one in part}
