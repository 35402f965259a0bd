"""Figures of a day: what is open, how long answers took against their clocks, what came back, which themes recur."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from echelon.readiness.records import schema
from echelon.readiness.records.canonical import moment, stamp
from echelon.readiness.room.clocks import light
from echelon.readiness.room.flow import OPEN
from echelon.readiness.room.views import ITEMS


def figures_of_day(connection: Connection, inspection: str, day: str, now: datetime) -> dict[str, Any]:
    """
    Figures of an inspection on one day (UTC), as whole numbers and texts.

    Parameters
    ----------
    connection
        A connection that reads.
    inspection, day
        Which, and yyyy-mm-dd.
    now
        For clocks that run.

    Returns
    -------
    dict
        asked, out (released or answered that day), open, late, minutes (per type: n, median, p90 and how many over the
        clock, in whole minutes), returns (times something came back from review), themes (topics and systems by count),
        commitments (open ones).
    """
    bodies = _bodies(connection, inspection, ITEMS)
    asked = [body for body in bodies if body["received_at"].startswith(day)]
    waits: dict[str, list[tuple[int, bool]]] = {}
    for body in bodies:
        out = body["released"]["at"] if body["released"] else body["answered_at"]
        if out.startswith(day) and body["received_at"]:
            taken = int((moment(out) - moment(body["received_at"])).total_seconds() // 60)
            over = bool(body["due"]) and out > body["due"]
            waits.setdefault(body["type"], []).append((taken, over))
    open_ = [body for body in bodies if body["state"] in OPEN and not body["ahead"]]
    themes = Counter(body[key] for body in asked for key in ("topic", "system") if body[key])
    promised = _bodies(connection, inspection, ("commitment",))
    return {
        "at": stamp(now),
        "asked": len(asked),
        "out": sum(len(part) for part in waits.values()),
        "open": [body["id"] for body in open_],
        "late": sum(light(body["due"], body["state"], now) == "late" for body in open_),
        "minutes": {kind: _spread(part) for kind, part in sorted(waits.items())},
        "returns": sum(body["returns"] for body in asked),
        "themes": [[name, count] for name, count in themes.most_common(12)],
        "commitments": [body["id"] for body in promised if body["state"] == "open"],
        "staged_ahead": sum(body["ahead"] and body["state"] == "staged" for body in bodies),
    }


def _bodies(connection: Connection, inspection: str, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    table = schema.current
    wanted = select(table.c.body).where(table.c.inspection == inspection, table.c.kind.in_(kinds))
    return [json.loads(row.body) for row in connection.execute(wanted.order_by(table.c.kind, table.c.number))]


def _spread(waits: list[tuple[int, bool]]) -> dict[str, int]:
    # Lower median and nearest-rank 90 %: whole minutes that were really observed.
    times = sorted(time for time, _ in waits)
    return {
        "n": len(times),
        "median": times[(len(times) - 1) // 2],
        "p90": times[-(-9 * len(times) // 10) - 1],
        "over": sum(over for _, over in waits),
    }
