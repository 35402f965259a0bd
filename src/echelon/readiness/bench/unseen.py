"""What mock audits have not seen: rounds and gaps put before the estimators, which say when they may answer."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from echelon.readiness.audits.counts import histories_of
from echelon.readiness.audits.unseen import (
    LEVEL,
    Detection,
    NextAudit,
    Round,
    Unseen,
    detection,
    next_audit,
    unseen,
)
from echelon.readiness.audits.worth import CLASSES, Worth, one_more_audit
from echelon.readiness.bench.audit_fields import GRADES
from echelon.readiness.bench.repairs import UNREPAIRED
from echelon.readiness.records.problems import ConflictError, InvalidError
from echelon.readiness.records.roles import ROOMS
from echelon.readiness.records.store import Actor, Record
from echelon.readiness.room.items import role_for
from echelon.readiness.room.room import Room

Body = Mapping[str, Any]

INSPECTORS: Final = 2
"""Inspectors of the visit to come, unless said otherwise: a usual team; assumed."""


@dataclass(frozen=True)
class Seen:
    """
    One round as the records have it.

    Attributes
    ----------
    body : of the round's record.
    gaps : distinct gaps that it found, and of those the ones that no earlier round had.
    fresh : the latter.
    findings : matched findings.
    unmatched : findings neither matched nor dismissed nor withdrawn; None where the caller may not know.
    alone : what the auditors of this round alone did not see; None where there is no answer.
    why_not : why there is none; blank where there is one.
    """

    body: Body
    gaps: int
    fresh: int
    findings: int
    unmatched: int
    alone: Unseen | None
    why_not: str


@dataclass(frozen=True)
class Standing:
    """
    Where mock audits stand.

    Attributes
    ----------
    rounds : closed rounds, in the order in which they were closed.
    open_rounds : how many still run.
    counts : gaps by class: found, and not repaired.
    unseen : over all closed rounds; None where there is no answer.
    why_not : why there is none; blank where there is one.
    after : what one more audit would find and leave.
    worth : what it would be worth.
    made : the chance of detection behind them.
    """

    rounds: tuple[Seen, ...]
    open_rounds: int
    counts: Mapping[str, Mapping[str, int]]
    unseen: Unseen | None
    why_not: str
    after: NextAudit | None
    worth: Worth | None
    made: Detection | None


def standing(room: Room, actor: Actor, auditors: int = 4, inspectors: int = INSPECTORS) -> Standing:
    """
    What is known and unseen, for those who run the room.

    Parameters
    ----------
    room, actor
        Where, and who asks.
    auditors
        Of one more audit.
    inspectors
        Of the inspection to come.

    Raises
    ------
    RefusedError
        If the actor may not read it.
    InvalidError
        If the numbers of people are not from 1 to 26.
    """
    role_for(actor, ROOMS, "read what mock audits have not seen")
    if not (1 <= auditors <= 26 and 1 <= inspectors <= 26):
        msg = f"auditors and inspectors are 1 to 26 people, not {auditors} and {inspectors}"
        raise InvalidError(msg)
    records = room.board(actor, kinds=("round", "gap"))[1]
    rounds = [one.body for one in records if one.kind == "round"]
    gaps = [one.body for one in records if one.kind == "gap" and one.body["state"] != "void"]
    return stand(rounds, gaps, _unmatched(room, records), auditors, inspectors)


def stand(
    rounds: Sequence[Body], gaps: Sequence[Body], unmatched: Mapping[str, int], auditors: int, inspectors: int
) -> Standing:
    """The same from the bodies of rounds and gaps, and how many findings of each round are not matched yet."""
    closed = sorted((one for one in rounds if one["state"] == "closed"), key=lambda one: (one["closed_at"], one["id"]))
    first: dict[str, str] = {}
    tables: list[Round] = []
    seen: list[Seen] = []
    for body in closed:
        pairs = [(gap["id"], hit["letter"]) for gap in gaps for hit in gap["findings"] if hit["round"] == body["id"]]
        fresh = [pair for pair in pairs if first.get(pair[0], body["id"]) == body["id"]]
        first |= {gap: body["id"] for gap, _ in fresh}
        tables.append(_round(body, fresh, _repaired(body, gaps, fresh)))
        left = unmatched.get(body["id"], 0)
        alone, why = _alone(_round(body, pairs, _repaired(body, gaps, pairs)), left)
        counts = (len({gap for gap, _ in pairs}), len({gap for gap, _ in fresh}), len(pairs))
        seen.append(Seen(body, *counts, left, alone, why))
    counted = _counts(gaps)
    running = len(rounds) - len(closed)
    try:
        made = _together(tables, closed, sum(unmatched.get(one["id"], 0) for one in closed))
    except (ConflictError, ValueError) as error:
        return Standing(tuple(seen), running, counted, None, str(error), None, None, None)
    found = _all_unseen(tables, gaps, closed)
    by_class = {name: counted[name]["found"] for name in CLASSES}
    still = {name: counted[name]["open"] for name in CLASSES}
    worth = one_more_audit(made, by_class, still, auditors, inspectors)
    return Standing(tuple(seen), running, counted, found, "", next_audit(made, auditors), worth, made)


def _unmatched(room: Room, records: Sequence[Record]) -> Counter[str]:
    # How many findings wait to be matched says nothing of their words; everyone who runs the room may know it.
    from echelon.readiness.bench.audits import all_of

    matched = {hit["finding"] for one in records if one.kind == "gap" for hit in one.body["findings"]}
    return Counter(
        one.body["round"] for one in all_of(room, "finding") if one.body["state"] == "logged" and one.id not in matched
    )


def _round(body: Body, pairs: Sequence[tuple[str, str]], repaired: bool) -> Round:
    letters = [chr(ord("A") + place) for place in range(len(body["auditors"]))]
    return Round(f"{body['id']} {body['name']}", histories_of(pairs, letters)[1], repaired)


def _repaired(body: Body, gaps: Sequence[Body], pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether gaps that a round found were repaired while its auditors looked, as was said or as the days say."""
    named = {gap for gap, _ in pairs}
    during = body["opened_at"][:10], body["closed_at"][:10]
    return bool(body["repaired"]) or any(
        during[0] <= gap["repaired_on"] < during[1] for gap in gaps if gap["id"] in named
    )


def _alone(one: Round, unmatched: int) -> tuple[Unseen | None, str]:
    if unmatched:
        return None, f"{unmatched} of its findings are not matched to gaps yet"
    try:
        return unseen([one]), ""
    except ValueError as error:
        return None, str(error)


def _planted(closed: Sequence[Body]) -> tuple[int, int] | None:
    planted = sum(one["planted"] for one in closed)
    return (sum(one["planted_found"] for one in closed), planted) if planted else None


def _together(tables: Sequence[Round], closed: Sequence[Body], unmatched: int) -> Detection:
    if not tables:
        msg = "no round has been closed yet"
        raise ConflictError(msg)
    if unmatched:
        msg = f"{unmatched} findings are not matched to gaps yet; until then gaps would be counted twice or not at all"
        raise ConflictError(msg)
    return detection(tables, _planted(closed))


def _all_unseen(tables: Sequence[Round], gaps: Sequence[Body], closed: Sequence[Body]) -> Unseen:
    strata: dict[str, int] = {name: sum(gap["grade"] == name for gap in gaps) for name in GRADES}
    strata |= dict(sorted(Counter(gap["system"] for gap in gaps).items()))
    return unseen(tables, strata, LEVEL, _planted(closed))


def _counts(gaps: Sequence[Body]) -> dict[str, dict[str, int]]:
    return {
        name: {
            "found": sum(gap["grade"] == name for gap in gaps),
            "open": sum(gap["grade"] == name and gap["state"] in UNREPAIRED for gap in gaps),
        }
        for name in GRADES
    }
