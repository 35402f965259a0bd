"""Clocks: how soon an answer of each type should be out, and where a clock stands."""

from datetime import datetime, timedelta
from typing import Final

from echelon.readiness.records.canonical import moment

MINUTES: Final = {
    "document": 15,
    "copy": 15,
    "person": 15,
    "batch_record": 30,
    "tour": 30,
    "raw_data": 60,
    "sample": 60,
    "trend": 120,
    "compiled": 480,
}
"""Minutes from asked to released. 15 for a document is what consultants commonly aim at (PSC Biotech, read); the others
are remembered or assumed."""

ORAL: Final = 15
"""Minutes for a question that the front room could not answer at once: assumed, as for a document."""

PAUSED: Final = frozenset({"released", "answered", "closed", "declined", "superseded", "escalated"})
"""States in which no clock runs."""


def target(kind: str, type_: str) -> timedelta:
    """How long an answer may take."""
    return timedelta(minutes=ORAL if kind == "question" else MINUTES[type_])


def light(due: str, state: str, now: datetime) -> str:
    """Empty without a running clock, else "ok", "soon" (five minutes or less left) or "late"."""
    if not due or state in PAUSED:
        return ""
    left = moment(due) - now
    if left < timedelta(0):
        return "late"
    return "soon" if left <= timedelta(minutes=5) else "ok"
