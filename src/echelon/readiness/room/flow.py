"""The states of a request and of a question, and what leads from one to the next, as one table."""

from dataclasses import dataclass
from typing import Final

from echelon.readiness.room import fields

OPEN: Final = ("received", "assigned", "preparing", "review", "staged", "escalated")
"""States in which somebody still has to do something before an answer is out."""

DONE: Final = ("released", "answered", "closed", "declined", "superseded")

STATES: Final = (*OPEN, *DONE)


@dataclass(frozen=True, slots=True)
class Step:
    """
    Something that can be done to an item.

    Parameters
    ----------
    name
        The action, as in the API and the trail.
    label
        On a button.
    before
        States in which it can be done.
    after
        State it leads to; empty where the state stays.
    roles
        Roles that may.
    owner
        Whether the item's owner may as well.
    form
        What it asks for.
    kinds
        Kinds of item it is for.
    """

    name: str
    label: str
    before: tuple[str, ...]
    after: str
    roles: frozenset[str]
    form: type[fields.Fields] = fields.Nothing
    owner: bool = False
    kinds: tuple[str, ...] = ("request", "question")


INITIALS: Final = {
    "q": "quality_head",
    "f": "front_room",
    "b": "back_room",
    "s": "scribe",
    "r": "runner",
    "t": "translator",
    "m": "mock_auditor",
}
"""Roles by their initial, so that the table below fits the eye."""


def _roles(initials: str) -> frozenset[str]:
    return frozenset(INITIALS[letter] for letter in initials)


def _step(
    name: str,
    label: str,
    before: str,
    after: str,
    roles: str,
    form: type[fields.Fields] = fields.Nothing,
    *,
    owner: bool = False,
    only: str = "request question",
) -> Step:
    return Step(name, label, tuple(before.split()), after, _roles(roles), form, owner, tuple(only.split()))


WORKED: Final = "received assigned preparing review staged"
ALL: Final = " ".join(STATES)

STEPS: Final = {
    step.name: step
    for step in (
        _step("assign", "Assign", "received assigned preparing", "assigned", "bq", fields.Assign),
        _step("hand_over", "Hand over", "assigned preparing", "assigned", "bq", fields.Assign, owner=True),
        _step("start", "Start", "assigned", "preparing", "bq", owner=True),
        _step("write", "Save answer", "preparing", "", "bq", fields.Write, owner=True),
        _step("attach", "Attach document", "preparing", "", "bqrt", fields.Attach, owner=True),
        _step("detach", "Remove document", "preparing", "", "bq", fields.Attach, owner=True),
        _step("submit", "Submit for review", "preparing", "review", "bq", owner=True),
        _step("send_back", "Send back", "review staged", "preparing", "bfq", fields.Reason),
        _step("approve", "Approve", "review", "staged", "bq"),
        _step("activate", "Asked now", WORKED, "", "fq"),
        _step("release", "Release", "staged", "released", "fq", fields.Release),
        _step("answer", "Answered", WORKED, "answered", "fsq", fields.Given, owner=True, only="question"),
        _step("correct", "Correct answer", "answered closed", "", "fq", fields.Given, only="question"),
        _step("deliver", "Handed over", "released", "", "rf"),
        _step("collect", "Taken back", "released closed", "", "rf"),
        _step("close", "Close", "released answered", "closed", "fq"),
        _step("reopen", "Reopen", "released answered closed declined", "preparing", "q", fields.Reason),
        _step("decline", "Decline", WORKED, "declined", "q", fields.Reason),
        _step("supersede", "Supersede", f"{WORKED} escalated answered", "superseded", "fq", fields.Supersede),
        _step("escalate", "Escalate to legal", WORKED, "escalated", "fbq", fields.Reason),
        _step("resume", "Resume", "escalated", "preparing", "q", fields.Reason),
        _step("tag", "Tag", ALL, "", "fbsq", fields.Tag),
    )
}
"""Every step, in the order in which an item usually meets it."""

RECEIVE: Final = _roles("fsqm")
"""Roles that take down what was asked; a mock auditor only in a mock inspection."""

AHEAD: Final = _roles("bq")
"""Roles that prepare what has not been asked yet."""
