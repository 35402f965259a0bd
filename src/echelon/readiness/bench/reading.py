"""What the workbench shows of standards and questions: verdicts, mappings, slots, ranks, staleness, tables."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from echelon.readiness.bench import live
from echelon.readiness.bench.questions import STATES, is_stale, marks_in, question_in
from echelon.readiness.bench.shelf import found, inside, kept
from echelon.readiness.bench.standards import SLOT_STATES, book_in, profile_in, slots_in
from echelon.readiness.questions.bank import CRITERIA, Question, questions_csv, write_questions
from echelon.readiness.questions.ranking import ranked, subject_shares
from echelon.readiness.records.problems import InvalidError, NotThereError
from echelon.readiness.records.store import Actor, Record
from echelon.readiness.room.room import Room
from echelon.readiness.standards.library import SYSTEMS, Library
from echelon.readiness.standards.profile import FEATURES, INSPECTIONS, MODALITIES, MODES, STEPS, Profile, verdict


def profile_of(connection: Connection, name: str) -> tuple[Record, Profile] | None:
    """A profile by name, the first one where the name is empty, or None where there is none at all."""
    if name:
        record = found(connection, "profile", name)
        if record is None:
            msg = f"there is no profile {name[:60]}"
            raise NotThereError(msg)
        return record, profile_in(record.body)
    all_ = kept(connection, "profile")
    return (all_[0], profile_in(all_[0].body)) if all_ else None


def words_of(actor: Actor) -> dict[str, Any]:
    """Words that profiles, slots and questions take, with what each means where it is not plain."""
    inside(actor)
    return {
        "authorities": ["FDA", "EMA", "PIC/S", "NMPA"],
        "modalities": list(MODALITIES),
        "steps": list(STEPS),
        "features": dict(FEATURES),
        "visits": list(INSPECTIONS),
        "modes": list(MODES),
        "systems": list(SYSTEMS),
        "slot_states": list(SLOT_STATES),
        "criteria": dict(CRITERIA),
    }


def profiles_of(room: Room, actor: Actor) -> list[Record]:
    """Profiles, oldest first."""
    inside(actor)
    with room.store.database.reading() as connection:
        return kept(connection, "profile")


def clauses_of(
    room: Room, actor: Actor, *, profile: str = "", authority: str = "", system: str = "", search: str = "",
    counting: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """
    The library, with what counts for a profile, why, and what evidence and questions each clause has.

    Parameters
    ----------
    profile
        Its name; the first one where empty. Without any, nothing is said to count.
    authority, system, search
        Only such clauses; search looks into key, title and instrument.
    counting
        Only clauses that count and can be assessed.
    """
    inside(actor)
    with room.store.database.reading() as connection:
        book = book_in(connection)
        told = profile_of(connection, profile)
        slots = slots_in(connection, told[0].id) if told else {}
        asked = Counter(
            clause for one in kept(connection, "practice") if one.body["state"] != "retired"
            for clause in one.body["clauses"]
        )  # fmt: skip
        libraries = [dict(one.body) for one in kept(connection, "library")]
    ready, all_ = _by_topic(slots)
    rows = [_row(book, key, told[1] if told else None, ready, all_, asked) for key in book.clauses]
    counts = [row for row in rows if row["counts"] and row["assessable"]]
    words = search.casefold()
    shown = [
        row for row in (counts if counting else rows)
        if (not authority or row["authority"] == authority) and (not system or system in row["systems"])
        and (not words or words in f"{row['id']} {row['title']} {row['instrument']}".casefold())
    ]  # fmt: skip
    figures = {
        "clauses": len(rows),
        "counting": len(counts),
        "subjects": len({row["topic"] for row in counts}),
        "of_subjects": len(book.subjects) - 1,
        "remembered": sum(row["confidence"] == "remembered" for row in counts),
        "by_authority": dict(Counter(row["authority"] for row in counts)),
        "slots": len(slots),
        "slots_owned": sum(bool(one["owner"]) for one in slots.values()),
        "slots_ready": sum(one["state"] == "ready" for one in slots.values()),
    }
    return {"profile": told[0].id if told else "", "figures": figures, "clauses": shown, "libraries": libraries}


def _by_topic(slots: Mapping[str, Mapping[str, Any]]) -> tuple[Counter[str], Counter[str]]:
    ready = Counter(one["topic"] for one in slots.values() if one["state"] == "ready")
    return ready, Counter(one["topic"] for one in slots.values())


def _row(
    book: Library, key: str, profile: Profile | None, ready: Counter[str], all_: Counter[str], asked: Counter[str]
) -> dict[str, Any]:
    clause, topic = book.clauses[key], book.home(key)
    told = verdict(key, profile, book) if profile else None
    return {
        "id": key,
        "authority": clause.authority,
        "instrument": clause.instrument,
        "level": clause.level,
        "parent": clause.parent_id,
        "title": clause.title,
        "system": clause.system,
        "systems": list(clause.systems),
        "biologics": clause.biologics,
        "confidence": clause.confidence,
        "topic": topic,
        "topic_title": book.subjects[topic].title,
        "assessable": book.assessable(key),
        "counts": bool(told and told.counts),
        "why": told.why if told else "no profile is set",
        "slots": all_[topic],
        "slots_ready": ready[topic],
        "questions": asked[key],
    }


def clause_of(room: Room, actor: Actor, clause: str, *, profile: str = "") -> dict[str, Any]:
    """One clause: where it was read, what other authorities write on its matter, its slots and its questions."""
    inside(actor)
    with room.store.database.reading() as connection:
        book = book_in(connection)
        if clause not in book.clauses:
            msg = f"there is no clause {clause[:80]}"
            raise NotThereError(msg)
        told = profile_of(connection, profile)
        slots = slots_in(connection, told[0].id) if told else {}
        asked = [one for one in kept(connection, "practice") if clause in one.body["clauses"]]
    topic = book.home(clause)
    ready, all_ = _by_topic(slots)
    counted = Counter({clause: len(asked)})
    others = [
        {
            "id": link.clause_id,
            "authority": book.clauses[link.clause_id].authority,
            "title": book.clauses[link.clause_id].title,
            "relation": link.relation,
            "home": link.home,
            "confidence": link.confidence,
        }
        for link in book.members(topic)
        if link.clause_id != clause
    ]
    return _row(book, clause, told[1] if told else None, ready, all_, counted) | {
        "source": book.clauses[clause].source,
        "note": book.clauses[clause].note,
        "above": list(book.ancestors(clause)[1:]),
        "below": list(book.children(clause)),
        "same_matter": others,
        "evidence": [one for one in slots.values() if one["topic"] == topic],
        "asked": [{"id": one.id, "question": one.body["question"]} for one in asked],
    }


def slots_of(room: Room, actor: Actor, *, profile: str = "", owner: str = "", state: str = "") -> list[dict[str, Any]]:
    """Evidence slots of a profile; of one owner or in one state."""
    inside(actor)
    with room.store.database.reading() as connection:
        told = profile_of(connection, profile)
        slots = slots_in(connection, told[0].id) if told else {}
    return [
        one for one in slots.values()
        if (not owner or one["owner"] == owner) and (not state or one["state"] == state)
    ]  # fmt: skip


def chances_in(connection: Connection, questions: Mapping[str, Question], profile: str = "") -> dict[str, float]:
    """
    Chance that an inspector cites what a question asks about, by question, for a profile.

    A question none of whose clauses count for the profile stands at 0.
    """
    book, told = book_in(connection), profile_of(connection, profile)
    made = {one.question.question_id: one.chance for one in ranked(list(questions.values()), _or_none(told), book)}
    if told is None:
        shares = subject_shares(book)
        return {key: made.get(key, shares.get(one.topic, 0.0)) for key, one in questions.items()}
    return {key: made.get(key, 0.0) for key in questions}


def _or_none(told: tuple[Record, Profile] | None) -> Profile | None:
    return told[1] if told else None


def questions_of(
    room: Room, actor: Actor, *, profile: str = "", topic: str = "", system: str = "", state: str = "",
    owner: str = "", search: str = "",
) -> list[dict[str, Any]]:  # fmt: skip
    """
    The bank, likeliest question first.

    Parameters
    ----------
    profile
        Whose clauses count; the first profile where empty.
    topic, system, owner, search
        Only such questions.
    state
        draft, approved, retired, or stale: approved, and its procedure has changed since.
    """
    inside(actor)
    if state and state not in {*STATES, "stale"}:
        msg = f"there is no state {state[:60]!r}; there are {', '.join(STATES)}, stale"
        raise InvalidError(msg)
    with room.store.database.reading() as connection:
        bodies = kept(connection, "practice", owner=owner, search=search)
        marks = marks_in(connection)
        chances = chances_in(connection, {one.id: question_in(one.body) for one in bodies}, profile)
        asked, signed = live.asked_of(room, connection), live.signed_in(connection)
    rows = [
        dict(one.body) | {
            "version": one.version, "chance": chances[one.id],
            "stale": one.body["state"] != "retired" and is_stale(one.body, marks), "asked": asked.get(one.id, 0),
            "signed": [each for each in signed.get(one.id, ()) if each["hash"] == one.hash],
        }
        for one in bodies
    ]  # fmt: skip
    wanted = [
        row for row in rows
        if (not topic or row["topic"] == topic) and (not system or row["system"] == system)
        and (not state or (row["stale"] and row["state"] == "approved" if state == "stale" else row["state"] == state))
    ]  # fmt: skip
    return sorted(wanted, key=lambda row: (-row["chance"], -float(row["difficulty"]), row["id"]))


def bank_table(room: Room, actor: Actor, ending: str, path: Path | None = None) -> str:
    """
    The whole bank as a table in which no cell can be a formula; `import_bank` reads it again.

    Parameters
    ----------
    ending
        "csv", which is returned, or "xlsx", which is written to `path`.
    """
    inside(actor)
    with room.store.database.reading() as connection:
        questions = [question_in(one.body) for one in kept(connection, "practice") if one.body["state"] != "retired"]
    if ending == "csv":
        return questions_csv(questions)
    assert path is not None
    write_questions(path, questions)
    return ""


def procedures_of(room: Room, actor: Actor) -> list[dict[str, Any]]:
    """Procedures in force, with how many questions rest on each and how many of them are stale."""
    inside(actor)
    with room.store.database.reading() as connection:
        bodies = [one.body for one in kept(connection, "practice") if one.body["state"] != "retired"]
        marks = marks_in(connection)
        made = kept(connection, "procedure")
    return [
        dict(one.body) | {
            "version": one.version,
            "questions": sum(body["procedure"] == one.id for body in bodies),
            "stale": sum(body["procedure"] == one.id and is_stale(body, marks) for body in bodies),
        }
        for one in made
    ]  # fmt: skip
