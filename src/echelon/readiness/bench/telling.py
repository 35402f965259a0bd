"""What mock audits say, as plain values for pages, the API and the command line: ranges, never one number."""

from typing import Any

from echelon.readiness.audits.unseen import FEW, Between
from echelon.readiness.audits.worth import Span
from echelon.readiness.bench.unseen import Seen, Standing

UNBOUNDED = 100_000
"""An end above this is told as no end at all: nobody has so many gaps, the data only do not exclude it."""


def standing_of(found: Standing) -> dict[str, Any]:
    """Where mock audits stand, as JSON."""
    return {
        "rounds": [_round(one) for one in found.rounds],
        "open_rounds": found.open_rounds,
        "counts": {name: dict(one) for name, one in found.counts.items()},
        "why_not": found.why_not,
        "few_auditors": FEW,
        "unseen": None
        if found.unseen is None
        else {
            "seen": found.unseen.seen,
            "range": between(found.unseen.range),
            "by": {name: between(one) for name, one in found.unseen.by.items()},
            "notes": list(found.unseen.notes),
            "methods": _methods(found.unseen.methods),
        },
        "next": None
        if found.after is None
        else {
            "auditors": found.after.auditors,
            "finds": between(found.after.finds),
            "leaves": between(found.after.leaves),
        },
        "worth": None
        if found.worth is None
        else {
            "auditors": found.worth.auditors,
            "before": span(found.worth.before),
            "after": span(found.worth.after),
            "months": span(found.worth.months),
        },
    }


def between(one: Between) -> dict[str, Any]:
    """A range of whole numbers; `high` is None where the data set no bound."""
    return {"low": one.low, "high": one.high if one.high <= UNBOUNDED else None, "level": one.level}


def span(one: Span) -> dict[str, Any]:
    """A range without its mean, which is for adding up and not for telling."""
    return {"low": one.low, "high": one.high, "level": one.level}


def said(one: dict[str, Any]) -> str:
    """A range in words."""
    return f"{one['low']} or more" if one["high"] is None else f"{one['low']} to {one['high']}"


def _round(one: Seen) -> dict[str, Any]:
    body = one.body
    alone = one.alone
    return {
        "id": body["id"],
        "name": body["name"],
        "mode": body["mode"],
        "first_day": body["first_day"],
        "auditors": len(body["auditors"]),
        "repaired": body["repaired"],
        "gaps": one.gaps,
        "new": one.fresh,
        "findings": one.findings,
        "unmatched": one.unmatched,
        "why_not": one.why_not,
        "unseen": between(alone.range) if alone else None,
        "coverage": alone.coverage if alone else None,
        "notes": list(alone.notes) if alone else [],
        "methods": _methods(alone.methods) if alone else {},
    }


def _methods(methods: Any) -> dict[str, float | None]:
    # None where a method has no answer: infinite is no number of JSON.
    return {name: round(value, 1) if abs(value) < UNBOUNDED else None for name, value in methods.items()}
