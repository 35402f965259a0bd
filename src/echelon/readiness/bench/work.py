"""Every order about audits, repairs and translation by its name: for the API, the command line and the pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from echelon.readiness.bench import audit_fields, audits, repairs, translation, translation_fields
from echelon.readiness.bench.steps import Way, take
from echelon.readiness.records.store import Actor, Entry
from echelon.readiness.room.fields import Fields
from echelon.readiness.room.flow import Step
from echelon.readiness.room.room import Room

Begin = Callable[[Room, Actor, dict[str, Any], str], Entry]


@dataclass(frozen=True, slots=True)
class Beginning:
    """
    What can be taken down anew.

    Parameters
    ----------
    kind
        Of the record.
    path
        Its place in the API.
    form
        What it asks for.
    call
        The order.
    means
        For the API's description.
    """

    kind: str
    path: str
    form: type[Fields]
    call: Begin
    means: str


BEGINNINGS: Final[tuple[Beginning, ...]] = (
    Beginning(
        "round",
        "rounds",
        audit_fields.NewRound,
        audits.open_round,
        "Enter a round of a mock audit: for a quality head.",
    ),
    Beginning(
        "finding",
        "findings",
        audit_fields.NewFinding,
        audits.log,
        "Log a finding, unseen by the other auditors: for an auditor of the round.",
    ),
    Beginning(
        "translation",
        "translations",
        translation_fields.NewTranslation,
        translation.new_translation,
        "Enter a document that is to be translated: for quality head, back room and translators.",
    ),
    Beginning(
        "team",
        "team",
        translation_fields.Team,
        translation.set_team,
        "Say who translates, how fast and by when: for quality head and back room.",
    ),
)
"""Whatever begins a record."""

WAYS: Final[Mapping[str, Way]] = {
    way.kind: way for way in (audits.ROUNDS, audits.FINDINGS, repairs.GAPS, translation.TRANSLATIONS)
}
PLACES: Final[Mapping[str, str]] = {
    "round": "rounds",
    "finding": "findings",
    "gap": "gaps",
    "translation": "translations",
}
"""Where each kind stands in the API."""

WORK: Final[Mapping[str, tuple[Way, Step]]] = {
    name: (way, one) for way in WAYS.values() for name, one in way.steps.items()
}
"""Every step of every way; their names are their own."""

KINDS: Final = tuple(one.kind for one in BEGINNINGS)
STEPS: Final = ("match", *WORK)


def begin(room: Room, actor: Actor, kind: str, values: dict[str, Any], once: str = "") -> Entry:
    """Take down something new of `KINDS`; numbers and truths may be texts, as a command line gives them."""
    one = next(one for one in BEGINNINGS if one.kind == kind)
    return one.call(room, actor, values_of(one.form, values), once)


def step_with(
    room: Room,
    actor: Actor,
    name: str,
    id: str,  # noqa: A002 - the word of the table
    values: dict[str, Any],
    once: str = "",
) -> Entry:
    """Take a step of `STEPS` with a record."""
    if name == "match":
        return repairs.match(room, actor, id, values, once)
    way, one = WORK[name]
    return take(room, actor, way, name, id, values_of(one.form, values), once=once)


def values_of(form: type[Fields], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values with whole numbers where a field is one and the text reads as one; what does not is left to the form."""
    parts = form.model_json_schema().get("properties", {})
    whole = {
        name for name, part in parts.items() if "integer" in {one.get("type") for one in part.get("anyOf", [part])}
    }
    return {
        name: int(value) if name in whole and isinstance(value, str) and value.strip().isdecimal() else value
        for name, value in values.items()
    }
