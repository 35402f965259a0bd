"""Documents to be translated: words by state, who translates and who reviews, each step an order."""

from datetime import date
from typing import Any, Final

from echelon.readiness.bench import translation_fields as forms
from echelon.readiness.bench.steps import Body, Way, step
from echelon.readiness.records.canonical import stamp
from echelon.readiness.records.problems import ConflictError, InvalidError, RefusedError
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Writing
from echelon.readiness.room.items import known_account, role_for
from echelon.readiness.room.room import Room, checked, key_of
from echelon.readiness.translation.files import STATES

BRINGERS: Final = frozenset({"quality_head", "back_room", "translator"})
"""Roles that enter what is to be translated."""

PLANNERS: Final = frozenset({"quality_head", "back_room"})
WAITING: Final = ("waiting", "under-way", "translated", "reviewed", "final")
"""States of a document: nothing translated, some, all, all reviewed, ready to be shown."""

DONE: Final = ("translated", "reviewed", "final")
"""Words in these states are translated."""


def new_translation(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """Enter a document that is to be translated."""
    asked = checked(forms.NewTranslation, values)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, BRINGERS, "enter what is to be translated")
        if asked.source == asked.target:
            msg = f"target: it is in {asked.source} already"
            raise InvalidError(msg)
        if asked.original:
            writing.load("document", asked.original)
        number = writing.next_number("translation")
        counts = dict.fromkeys(STATES, 0) | {"new": asked.words}
        return draft_of(blank(asked.model_dump(), number, counts), role, number)

    return room.store.write(Order(actor, "translation_new", once=key_of(actor, once)), work)


def blank(told: Body, number: int, counts: dict[Any, int]) -> Body:
    """A new document's body."""
    body = told | {"id": f"T{number}", "counts": counts, "owner": "", "due": "", "people": [], "file": ""}
    return body | {"translated_by": "", "reviewed_by": "", "document": "", "state": state_of(counts)}


def set_team(room: Room, actor: Actor, values: dict[str, Any], once: str = "") -> Entry:
    """Say who translates, how fast and by when."""
    asked = checked(forms.Team, values)
    _day("deadline", asked.deadline)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, PLANNERS, "set the team of translators")
        body = asked.model_dump() | {"id": "team", "set_at": stamp(writing.now)}
        return Draft("team", "team", body, 1, state="set", words="team", role=role)

    return room.store.write(Order(actor, "team_set", once=key_of(actor, once)), work)


def state_of(counts: dict[Any, int]) -> str:
    """The state of a document from its words by state."""
    total = sum(counts.values())
    if counts["final"] == total:
        return "final"
    if counts["final"] + counts["reviewed"] == total:
        return "reviewed"
    done = done_of(counts)
    return "translated" if done == total else "under-way" if done or counts["draft"] else "waiting"


def done_of(counts: dict[Any, int]) -> int:
    """Words that are translated."""
    return sum(counts[name] for name in DONE)


def draft_of(body: Body, role: str, number: int) -> Draft:
    """The draft of a document, with all that it is found by."""
    body["state"] = state_of(body["counts"])
    words = " ".join(str(body[key]) for key in ("id", "title", "topic", "source", "target"))
    return Draft(
        "translation", body["id"], body, number, "", body["state"], body["owner"],
        involved=tuple(body["people"]), due=body["due"], words=words, role=role,
    )  # fmt: skip


def _give(writing: Writing, body: Body, asked: forms.Give) -> None:
    if asked.due:
        _day("due", asked.due)
        body["due"] = asked.due
    body["owner"] = known_account(writing, asked.owner)
    if body["owner"] not in body["people"]:
        body["people"] = [*body["people"], body["owner"]]


def _progress(writing: Writing, body: Body, asked: forms.Progress) -> None:
    counts, words = body["counts"], body["words"]
    checked_already = counts["reviewed"] + counts["final"]
    if not checked_already <= asked.translated <= words:
        told = f"{body['id']} has {words:,} words, {checked_already:,} of them reviewed"
        msg = f"translated: {told}; not {asked.translated:,}"
        raise InvalidError(msg)
    left = words - asked.translated
    draft = min(counts["draft"], left) if asked.draft is None else asked.draft
    if draft > left:
        msg = f"draft: {left:,} words are left, not {draft:,}"
        raise InvalidError(msg)
    body["counts"] = counts | {"new": left - draft, "draft": draft, "translated": asked.translated - checked_already}
    body["translated_by"] = writing.actor.account


def _review(writing: Writing, body: Body, asked: forms.Review) -> None:
    counts, done = body["counts"], done_of(body["counts"])
    if body["translated_by"] == writing.actor.account:
        msg = f"you translated {body['id']}; another person has to review it"
        raise RefusedError(msg)
    if not counts["final"] <= asked.reviewed <= done:
        msg = f"reviewed: {done:,} words of {body['id']} are translated; not {asked.reviewed:,}"
        raise InvalidError(msg)
    body["counts"] = counts | {"translated": done - asked.reviewed, "reviewed": asked.reviewed - counts["final"]}
    body["reviewed_by"] = writing.actor.account


def _finish(writing: Writing, body: Body, asked: forms.Finish) -> None:
    if asked.document:
        writing.load("document", asked.document)
    body["document"] = asked.document
    body["counts"] = dict.fromkeys(STATES, 0) | {"final": body["words"]}


def _weigh(writing: Writing, body: Body, asked: forms.Weigh) -> None:
    del writing
    told = asked.model_dump(exclude_none=True)
    if "words" in told:
        counts = body["counts"]
        left = told["words"] - done_of(counts)
        if left < 0:
            msg = f"words: {done_of(counts):,} words of {body['id']} are translated already"
            raise ConflictError(msg)
        draft = min(counts["draft"], left)
        body["counts"] = counts | {"draft": draft, "new": left - draft}
    body |= told


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{name}: {text} is no day; write 2026-03-02"
        raise InvalidError(msg) from None


_OPEN: Final = "waiting under-way translated"
_ANY: Final = " ".join(WAITING)
_TEAM: Final = "quality_head back_room translator"

TRANSLATIONS: Final = Way(
    "translation",
    WAITING,
    {
        one.name: one
        for one in (
            step("give", "Give to", "waiting under-way translated reviewed", "", _TEAM, forms.Give),
            step("progress", "Progress", _OPEN, "", "quality_head translator", forms.Progress, owner=True),
            step("review", "Review", "under-way translated", "", _TEAM, forms.Review),
            step("finish", "Ready to show", "reviewed", "", "quality_head translator", forms.Finish),
            step("weigh", "Weigh", _ANY, "", _TEAM, forms.Weigh),
        )
    },
    {"give": _give, "progress": _progress, "review": _review, "finish": _finish, "weigh": _weigh},
    draft_of,
)  # fmt: skip
