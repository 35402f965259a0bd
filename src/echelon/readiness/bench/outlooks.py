"""Where translation stands, as plain values for pages, the API and the command line."""

from typing import Any

from echelon.readiness.bench.pace import Outlook, Prospect


def outlook_of(found: Outlook) -> dict[str, Any]:
    """Where translation stands, as JSON."""
    part = found.part
    return {
        "documents": found.documents,
        "words": found.words,
        "pairs": {name: dict(row) for name, row in found.pairs.items()},
        "daily": [list(one) for one in found.daily],
        "team": dict(found.team) if found.team else None,
        "days_left": found.days_left,
        "prospects": [_prospect(one) for one in found.prospects],
        "choices": {
            key: {"before": one.before, "risk": one.risk, "minutes": round(one.minutes_on_demand)}
            for key, one in found.choices.items()
        },
        "part": None if part is None else {"low": part.low, "middle": part.middle, "high": part.high},
    }


def _prospect(one: Prospect) -> dict[str, Any]:
    made = one.finish
    return {
        "name": one.name,
        "words_a_day": round(one.words_a_day),
        "low": made.low.isoformat(),
        "middle": made.middle.isoformat(),
        "high": made.high.isoformat(),
        "level": made.level,
        "by": [[day.isoformat(), chance] for day, chance in made.by.items()],
    }
