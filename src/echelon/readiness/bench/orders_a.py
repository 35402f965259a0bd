"""Orders on standards, questions and drills by their names, for the command line and other programs."""

from collections.abc import Callable
from typing import Any, Final

from echelon.readiness.bench import drills, questions, standards
from echelon.readiness.records.store import Actor, Entry
from echelon.readiness.room.room import Room

Values = dict[str, Any]


def _reason(values: Values) -> str:
    return str(values.get("reason", ""))


def _approve(room: Room, actor: Actor, name: str, values: Values) -> Entry:
    del values
    return questions.approve(room, actor, name)


NEW: Final[dict[str, Callable[[Room, Actor, Values, str], Entry]]] = {
    "profile": standards.set_profile,
    "slot": standards.new_slot,
    "practice": questions.new_question,
    "procedure": questions.set_procedure,
    "answer": drills.give_answer,
    "duty": drills.set_duty,
}
"""What is taken down new, or set by its own name, with its order."""

STEPS: Final[dict[str, Callable[[Room, Actor, str, Values], Entry]]] = {
    "slot": standards.set_slot,
    "revise": questions.revise,
    "approve-question": _approve,
    "own": questions.give,
    "retire-question": lambda room, actor, id_, values: questions.retire(room, actor, id_, _reason(values)),
    "back-question": lambda room, actor, id_, values: questions.retire(room, actor, id_, _reason(values), back=True),
    "retire-library": lambda room, actor, id_, values: standards.retire_library(room, actor, id_, _reason(values)),
    "deck": drills.set_deck,
}
"""Steps with something that is there."""
