"""Translation files that are brought: XLIFF becomes documents with words by state, TMX a memory that shortens work."""

import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select

from echelon.readiness.bench import translation_fields as forms
from echelon.readiness.bench.translation import BRINGERS, blank, draft_of
from echelon.readiness.records import schema
from echelon.readiness.records.canonical import stamp
from echelon.readiness.records.problems import InvalidError
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Record, Writing, record_of
from echelon.readiness.room import documents
from echelon.readiness.room.items import role_for
from echelon.readiness.room.room import Room, checked, key_of
from echelon.readiness.translation.files import STATES, TranslationError, Unit, read_file, words_by_state

LARGEST: Final = documents.LARGEST
MOST_PAIRS: Final = 40
MEMORIES: Final = 5
"""Latest memories of a language pair that a new file is compared with."""

LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}")
XML: Final = "application/xml"
"""What such a file is kept as: it was read as XML, and its encoding is its own (memories often come in UTF-16)."""

SOURCES: Final = "XLIFF 1.2 or 2, or TMX"


def bring(room: Room, actor: Actor, values: Mapping[str, Any], content: bytes, once: str = "") -> list[Entry]:
    """
    Take in a translation file.

    The file is kept as a document under its hash. Of an XLIFF file each language pair becomes a document to be
    translated with its words by state, or, where one of that name and pair is there, its next version; of a TMX file
    each becomes a memory. How much of an XLIFF file can be reused follows from drafts in it and from segments that a
    memory holds word for word.

    Parameters
    ----------
    room, actor
        Where, and who brings it: quality head, back room or translator.
    values
        Fields of `forms.Bring`.
    content
        The file's bytes, 25 MB at most.
    once
        The caller's own key of the order.

    Returns
    -------
    list of Entry
        One for each language pair.

    Raises
    ------
    RefusedError, InvalidError
        If the actor may not, or the file is too large, no XML, of another kind, or holds no words.
    """
    asked = checked(forms.Bring, values)
    role_for(actor, BRINGERS, "bring translation files")
    is_memory, units = _units(content)
    pairs = words_by_state(units)
    _check(pairs, asked.name)
    key = f"{once[:70]}-file" if once else ""
    kept = documents.upload(room, actor, {"name": asked.name}, content, key, media=XML).id
    known = {} if is_memory else {pair: _known(room, actor, pair) for pair in pairs}

    def work(writing: Writing) -> list[Draft]:
        role = role_for(writing.actor, BRINGERS, "bring translation files")
        if is_memory:
            first = writing.next_number("memory")
            told = enumerate(pairs.items(), start=first)
            return [
                _memory(asked, kept, pair, words, number, stamp(writing.now), role) for number, (pair, words) in told
            ]
        first = writing.next_number("translation")
        drafts: list[Draft] = []
        for pair, words in pairs.items():
            reuse = _reuse(units, pair, known[pair])
            drafts.append(_document(writing, asked, kept, (pair, dict(words), reuse), first + len(drafts), role))
        return drafts

    return room.store.write_all(Order(actor, "translation_bring", once=key_of(actor, once)), work)


def _units(content: bytes) -> tuple[bool, tuple[Unit, ...]]:
    if not 0 < len(content) <= LARGEST:
        msg = f"a translation file has 1 to {LARGEST:,} bytes; this one has {len(content):,}"
        raise InvalidError(msg)
    # The reader takes files; the name it tells in its messages is of no use to who brought it.
    with tempfile.TemporaryDirectory(prefix="echelon-brought-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(content)
        try:
            is_memory, units = read_file(path)
        except TranslationError as error:
            msg = f"the file cannot be used{str(error).removeprefix(str(path))}"
            raise InvalidError(msg) from None
    return is_memory, units


def _check(pairs: Mapping[tuple[str, str], Mapping[Any, int]], name: str) -> None:
    if not pairs or not any(sum(words.values()) for words in pairs.values()):
        msg = f"{name} holds no words to translate; {SOURCES} with segments is taken"
        raise InvalidError(msg)
    if len(pairs) > MOST_PAIRS:
        msg = f"{name} holds {len(pairs)} language pairs; at most {MOST_PAIRS} are taken"
        raise InvalidError(msg)
    for language in (one for pair in pairs for one in pair):
        if not LANGUAGE.fullmatch(language):
            msg = f"{name} names the language {language[:30]!r}; a code such as en or zh-cn is right"
            raise InvalidError(msg)


def _memory(
    asked: forms.Bring, kept: str, pair: tuple[str, str], words: Mapping[Any, int], number: int, now: str, role: str
) -> Draft:
    body: dict[str, Any] = {"id": f"M{number}", "title": asked.name, "source": pair[0], "target": pair[1], "file": kept}
    body |= {"words": sum(words.values()) - words["new"], "brought_at": now}
    return Draft("memory", f"M{number}", body, number, owner="-".join(pair), words=asked.name, role=role)


def _document(
    writing: Writing,
    asked: forms.Bring,
    kept: str,
    found: tuple[tuple[str, str], dict[Any, int], int],
    number: int,
    role: str,
) -> Draft:
    (source, target), counts, reuse = found
    counts = {state: counts.get(state, 0) for state in STATES}
    words = sum(counts.values())
    if (old := _same(writing, asked.name, source, target)) is not None:
        body = dict(old.body) | {"counts": counts, "words": words, "reuse": reuse, "file": kept}
        return draft_of(body, role, 0)
    told = {"title": asked.name, "source": source, "target": target, "words": words, "topic": "", "original": ""}
    told |= {"asked": asked.asked, "cost": asked.cost, "reuse": reuse}
    return draft_of(blank(told, number, counts) | {"file": kept}, role, number)


def _same(writing: Writing, title: str, source: str, target: str) -> Record | None:
    table = schema.current
    rows = writing.connection.execute(select(table).where(table.c.kind == "translation")).mappings()
    wanted = (title, source, target)
    found = (record_of(row) for row in rows)
    return next((one for one in found if tuple(one.body[key] for key in ("title", "source", "target")) == wanted), None)


def _known(room: Room, actor: Actor, pair: tuple[str, str]) -> frozenset[str]:
    """Segments of the pair's latest memories."""
    memories = [one.body for one in room.found("memory", "-".join(pair))][-MEMORIES:]
    found: set[str] = set()
    for one in memories:
        units = _units(documents.content_of(room, actor, one["file"])[2])[1]
        found |= {unit.source for unit in units if (unit.source_language, unit.target_language) == pair and unit.target}
    return frozenset(found)


def _reuse(units: Sequence[Unit], pair: tuple[str, str], known: frozenset[str]) -> int:
    """Per cent of the words still to be translated that have a draft or stand word for word in a memory."""
    left = again = 0
    for unit in units:
        if (unit.source_language, unit.target_language) == pair and unit.state in {"new", "draft"}:
            left += unit.words
            again += unit.words * (unit.state == "draft" or unit.source in known)
    return 100 * again // left if left else 0
