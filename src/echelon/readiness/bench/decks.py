"""Decks at work: a topic's page from what its owner wrote and what the bank holds, as .pptx."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from echelon.readiness.bench.questions import is_stale, marks_in, question_in
from echelon.readiness.bench.reading import chances_in
from echelon.readiness.bench.shelf import inside, kept
from echelon.readiness.bench.standards import book_in
from echelon.readiness.drills.decks import MOST_FACTS, Topic, write_deck
from echelon.readiness.records.problems import NotThereError
from echelon.readiness.records.store import Actor
from echelon.readiness.room.room import Room


def decks_of(room: Room, actor: Actor) -> list[dict[str, Any]]:
    """Every topic with questions in use: its page as it stands, what is blank, and whether it is stale."""
    inside(actor, "see decks")
    with room.store.database.reading() as connection:
        return _pages(connection)


def deck_file(room: Room, actor: Actor, topics: Sequence[str] = ()) -> bytes:
    """
    A deck of some topics, or of all, as a .pptx: one page per topic, its whole text in the notes.

    Raises
    ------
    NotThereError
        If there is no such topic, or none at all.
    """
    inside(actor, "see decks")
    names = room.people(actor)
    with room.store.database.reading() as connection:
        pages = {page["topic"]: page for page in _pages(connection)}
    if missing := [topic for topic in topics if topic not in pages]:
        msg = f"there is no topic {missing[0][:80]} with questions in use"
        raise NotThereError(msg)
    made = [_slide(pages[topic], names) for topic in topics or pages]
    if not made:
        msg = "no topic has questions in use yet; bring the question bank first"
        raise NotThereError(msg)
    name = made[0].title if len(made) == 1 else "Drill deck"
    with tempfile.TemporaryDirectory(prefix="echelon-deck-") as folder:
        path = Path(folder) / "deck.pptx"
        write_deck(path, name, made)
        return path.read_bytes()


def _pages(connection: Connection) -> list[dict[str, Any]]:
    book, marks = book_in(connection), marks_in(connection)
    written = {one.id: one for one in kept(connection, "deck")}
    bodies = {one.id: one.body for one in kept(connection, "practice", state="approved")}
    chances = chances_in(connection, {key: question_in(body) for key, body in bodies.items()})
    by_topic: dict[str, list[str]] = {}
    for key in sorted(bodies, key=lambda one: (-chances[one], one)):
        by_topic.setdefault(bodies[key]["topic"], []).append(key)
    pages = []
    for topic, keys in by_topic.items():
        deck = written.get(topic)
        told = deck.body if deck else {}
        asked = [f"{bodies[key]['question']} {', '.join(bodies[key]['points'])}." for key in keys]
        procedures = sorted({bodies[key]["procedure"] for key in keys} - {""})
        pages.append(
            {
                "topic": topic,
                "title": book.subjects[topic].title if topic in book.subjects else topic,
                "version": deck.version if deck else 0,
                "questions": len(keys),
                "claim": told.get("claim", ""),
                "facts": list(told.get("facts", [])),
                "points": asked[:MOST_FACTS],
                "evidence": list(dict.fromkeys(bodies[key]["evidence"] for key in keys))[:3],
                "weakness": told.get("weakness", ""),
                "answer": told.get("answer", ""),
                "owner": told.get("owner", ""),
                "backup": told.get("backup", ""),
                "procedures": [f"{name} {marks.get(name, '(not in force)')}" for name in procedures],
                "stale": sum(is_stale(bodies[key], marks) for key in keys),
            }
        )
    return pages


def _slide(page: dict[str, Any], names: dict[str, str]) -> Topic:
    claim = page["claim"] or "What we say of this in one sentence is not written yet."
    stale = f" ({page['stale']} answers are stale)" if page["stale"] else ""
    return Topic(
        page["title"],
        claim,
        tuple(page["facts"] or page["points"]),
        tuple(page["evidence"]),
        page["weakness"],
        page["answer"],
        names.get(page["owner"], ""),
        names.get(page["backup"], ""),
        "; ".join(page["procedures"]) + stale,
    )
