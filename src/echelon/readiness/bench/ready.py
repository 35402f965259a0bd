"""Readiness in one number from what the room's records say: each part with where it comes from and what is missing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

from sqlalchemy import Connection

from echelon.readiness.audits.unseen import LEVEL
from echelon.readiness.bench.pace import outlook
from echelon.readiness.bench.reading import profile_of
from echelon.readiness.bench.recall import expected_in, standing_in
from echelon.readiness.bench.standards import book_in, profile_in, slots_in
from echelon.readiness.bench.unseen import INSPECTORS, standing
from echelon.readiness.drills.schedule import Expected
from echelon.readiness.records.roles import ROOMS
from echelon.readiness.records.store import Actor
from echelon.readiness.room.items import role_for
from echelon.readiness.room.room import Room
from echelon.readiness.room.views import ITEMS
from echelon.readiness.score import AVERAGE, NINETY, PARTS, WEIGHTS, Part, Readiness, counted_part, gaps_part, readiness
from echelon.readiness.standards.profile import subjects_of

HELD: Final = 2
"""People of a topic whose answers count: the best, and the one who stands in."""

MODEL: Final = 0.05
"""Standard error of the model of drills itself, alike for everyone; assumed."""


@dataclass(frozen=True, slots=True)
class Source:
    """
    One part of readiness and where it comes from.

    Attributes
    ----------
    part : the share with its range; None where nothing was measured.
    told : what it was made of, in a sentence.
    missing : what would make it known, or better known; blank where nothing is missing.
    page : the page on which to see to it.
    """

    part: Part | None
    told: str
    missing: str
    page: str


@dataclass(frozen=True)
class Ready:
    """Readiness and its sources, by the parts' names in the order of their weights; the profile that was taken."""

    made: Readiness
    sources: Mapping[str, Source]
    profile: str


def ready(room: Room, actor: Actor, *, profile: str = "", inspectors: int = INSPECTORS) -> Ready:
    """
    Readiness as the records have it, for those who run the room.

    Parameters
    ----------
    room, actor
        Where, and who asks.
    profile
        Of the site and its visit; the first one where empty.
    inspectors
        Who will come.

    Raises
    ------
    RefusedError
        If the actor may not read it.
    NotThereError
        If there is no such profile.
    """
    role_for(actor, ROOMS, "read how ready the site is")
    gaps, translation = _gaps(room, actor, inspectors), _translation(room, actor)
    bodies = [one.body for one in room.board(actor, kinds=ITEMS)[1]]
    with room.store.database.reading() as connection:
        told = profile_of(connection, profile)
        name = told[0].id if told else ""
        sources = {
            "gaps": gaps,
            "people": _people(room, connection, profile),
            "evidence": _evidence(connection, name, bodies),
            "standards": _standards(connection, name),
            "translation": translation,
        }
    parts = {key: one.part for key, one in sources.items() if one.part is not None}
    return Ready(readiness(parts), sources, name)


def _gaps(room: Room, actor: Actor, inspectors: int) -> Source:
    found = standing(room, actor, 1, inspectors)
    if found.worth is None or found.unseen is None:
        return Source(None, "", f"mock audits: {found.why_not}", "/audits")
    before = found.worth.before
    middle = min(max(before.mean, before.low), before.high)
    open_ = {name: one["open"] for name, one in found.counts.items()}
    rounds = "1 round" if len(found.rounds) == 1 else f"{len(found.rounds)} rounds"
    told = (
        f"{rounds} of mock audits: {open_['critical']} critical, {open_['major']} major and "
        f"{open_['other']} other gaps are not repaired, {found.unseen.range} more are unseen ({LEVEL:.0%}); "
        f"{inspectors} inspectors would find so many of them that official action has a chance of "
        f"{before.low:.0%} to {before.high:.0%}"
    )
    missing = "; ".join(found.unseen.notes)
    if found.open_rounds:
        missing = "; ".join(part for part in (missing, f"rounds still open: {found.open_rounds}") if part)
    return Source(gaps_part((before.low, middle, before.high)), told, missing, "/audits")


def _people(room: Room, connection: Connection, profile: str) -> Source:
    told = standing_in(connection, room.store.clock(), profile)
    by_topic: dict[str, list[Expected]] = {}
    for one in expected_in(told):
        by_topic.setdefault(one.topic, []).append(one)
    topics = {str(body["topic"]) for body in told.questions.values()}
    if not by_topic:
        return Source(None, "", "drills: nobody has been drilled or given a topic yet", "/drills")
    best = {topic: sorted(rows, key=lambda one: -one.mean)[:HELD] for topic, rows in by_topic.items()}
    middle = fmean(fmean(one.mean for one in rows) for rows in best.values())
    reach = NINETY * math.hypot(_error(best), MODEL)
    # A topic that nobody answers for is answered badly, for all that is known.
    share = len(best) / max(1, len(topics | set(best)))
    part = Part(*(share * min(1.0, max(0.0, end)) for end in (middle - reach, middle, middle + reach)))
    day = f"on {told.day:%d %B %Y}" if told.day else "today, since no profile names a day to come"
    words = f"the {HELD} best people of each of {len(best)} topics: {middle:.0%} of answers right {day}"
    left = sorted(topics - set(best))
    missing = [f"topics that nobody answers for: {len(left)}"] if left else []
    if told.stale:
        missing.append(f"questions that are stale, since their procedure changed: {len(told.stale)}")
    return Source(part, words, "; ".join(missing), "/drills")


def _error(best: Mapping[str, Sequence[Expected]]) -> float:
    """Standard error of the mean over topics: one for all topics of a person, and people apart from each other."""
    by_person: dict[str, list[float]] = {}
    for rows in best.values():
        for one in rows:
            by_person.setdefault(one.person, []).append(one.error / len(rows) / len(best))
    return math.sqrt(sum(sum(parts) ** 2 for parts in by_person.values()))


def _evidence(connection: Connection, profile: str, bodies: Sequence[Mapping[str, Any]]) -> Source:
    parts, words, missing = [], [], []
    slots = list(slots_in(connection, profile).values()) if profile else []
    if slots:
        good = [one for one in slots if one["state"] == "ready" and (one["measured"] or 0) <= one["minutes"]]
        tried = sum(one["measured"] is not None for one in slots)
        parts.append(counted_part(len(good), len(slots)))
        words.append(f"{len(good)} of {len(slots)} pieces of evidence are ready within their target")
        if tried < len(slots):
            missing.append(f"{len(slots) - tried} were never fetched against the clock")
    else:
        missing.append("no profile says which evidence is needed")
    out = [(_out(body), str(body["due"])) for body in bodies if body["due"] and _out(body)]
    if out:
        in_time = sum(when <= due for when, due in out)
        parts.append(counted_part(in_time, len(out)))
        words.append(f"{in_time} of {len(out)} answers of the live room were out within their clock")
    else:
        missing.append("no answer has gone out in the live room yet")
    if not parts:
        return Source(None, "", "; ".join(missing), "/standards")
    mean = Part(*(fmean(getattr(one, end) for one in parts) for end in ("low", "middle", "high")))
    return Source(mean, "; ".join(words), "; ".join(missing), "/standards")


def _out(body: Mapping[str, Any]) -> str:
    return str(body["released"]["at"]) if body["released"] else str(body["answered_at"])


def _standards(connection: Connection, name: str) -> Source:
    told = profile_of(connection, name)
    if not told:
        return Source(
            None, "", "standards: no profile says which clauses count for the site and the visit", "/standards"
        )
    subjects = set(subjects_of(profile_in(told[0].body), book_in(connection)))
    owners: dict[str, list[str]] = {}
    for slot in slots_in(connection, told[0].id).values():
        owners.setdefault(str(slot["topic"]), []).append(str(slot["owner"]))
    covered = {topic for topic, people in owners.items() if topic in subjects and all(people)}
    if not subjects:
        return Source(None, "", "standards: no clause counts for this profile", "/standards")
    words = f"for {len(covered)} of {len(subjects)} subjects that count, all evidence has an owner"
    bare = subjects - set(owners)
    missing = f"no evidence at all is named for {', '.join(sorted(bare)[:6])}" if bare else ""
    return Source(counted_part(len(covered), len(subjects)), words, missing, "/standards")


def _translation(room: Room, actor: Actor) -> Source:
    found = outlook(room, actor)
    if found.part is None:
        why = "no document is entered" if not found.documents else "nobody has set the team and the day"
        return Source(None, "", f"translation: {why}", "/translation")
    done = sum(row["translated"] + row["reviewed"] + row["final"] for row in found.pairs.values())
    first = found.prospects[0].finish
    words = (
        f"{done / max(1, found.words):.0%} of {found.words:,} words in {found.documents:,} documents are translated; "
        f"all of it by {first.low:%d %b} to {first.high:%d %b %Y} as planned ({first.level:.0%})"
    )
    missing = "" if len(found.prospects) > 1 else "too few days of work were seen to tell the true pace"
    return Source(found.part, words, missing, "/translation")


def ready_of(found: Ready, site: str = "", territory: str = "") -> dict[str, Any]:
    """Readiness as JSON: the number with its range, each part, and, for a site and territory, the rows of a company."""
    made = found.made
    parts = []
    for name, source in found.sources.items():
        part = source.part
        parts.append(
            {
                "name": name,
                "means": PARTS[name],
                "weight": WEIGHTS[name],
                "average": AVERAGE[name],
                "share": None if part is None else {"low": part.low, "middle": part.middle, "high": part.high},
                "pull": made.pulls[name],
                "told": source.told,
                "missing": source.missing,
                "page": source.page,
            }
        )
    told: dict[str, Any] = {"low": made.low, "middle": made.middle, "high": made.high, "level": LEVEL}
    return (
        told
        | {"profile": found.profile, "not_measured": list(made.missing), "parts": parts}
        | {"rows": rows_of(made, site, territory) if site and territory else []}
    )


def rows_of(made: Readiness, site: str, territory: str) -> Sequence[Mapping[str, str]]:
    """Rows that say it to a company: of `inspections`, and of three scenarios with its low end, middle and high end."""
    from echelon.readiness.score import changes

    rows = [{"file": "inspections.csv", "site": site, "territory": territory, "readiness": f"{made.middle:.4f}"}]
    for name, made_of in changes(made, site, territory).items():
        rows += [
            {
                "file": f"scenarios/{name}.csv",
                "table_name": one.table_name,
                "id": one.id,
                "column": one.column,
                "value": str(one.value),
            }
            for one in made_of
        ]
    return rows
