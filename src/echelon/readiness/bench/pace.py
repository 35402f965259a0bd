"""How fast translation goes, when it is finished as a distribution, and what to translate first."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean, stdev
from typing import Any, Final

from sqlalchemy import select

from echelon.readiness.bench.translation import done_of
from echelon.readiness.records import schema
from echelon.readiness.records.roles import INSIDERS
from echelon.readiness.records.store import Actor
from echelon.readiness.room.items import role_for
from echelon.readiness.room.room import Room
from echelon.readiness.score import NINETY, Part
from echelon.readiness.translation.files import STATES
from echelon.readiness.translation.plan import Choice, Document, Finish, Team, finish, plan

Body = Mapping[str, Any]

OBSERVED: Final = 20
"""Working days of which the observed pace is taken; fewer than `LEAST` say nothing."""

LEAST: Final = 5
CURVE: Final = 40
"""Points of the curve of finishing by a day."""


@dataclass(frozen=True)
class Prospect:
    """When all is finished at one pace: the dates, and the chance by day."""

    name: str
    words_a_day: float
    finish: Finish


@dataclass(frozen=True)
class Outlook:
    """
    Where translation stands.

    Attributes
    ----------
    documents, words : how many, and their words.
    pairs : words by language pair and state.
    daily : words translated by working day, latest last.
    team : as set; None before that.
    days_left : working days until the inspection; None without a team.
    prospects : finish at the planned pace, and at the observed one where enough days were seen.
    choices : what to translate before the inspection and what when asked, by document.
    part : the part `translation` of readiness; None without documents or team.
    """

    documents: int
    words: int
    pairs: Mapping[str, Mapping[str, int]]
    daily: tuple[tuple[str, int], ...]
    team: Body | None
    days_left: int | None
    prospects: tuple[Prospect, ...]
    choices: Mapping[str, Choice]
    part: Part | None


def outlook(room: Room, actor: Actor) -> Outlook:
    """
    Where translation stands, for anyone of the company.

    Raises
    ------
    RefusedError
        For outsiders.
    """
    role_for(actor, INSIDERS, "read where translation stands")
    records = room.board(actor, kinds=("translation", "team"))[1]
    bodies = [one.body for one in records if one.kind == "translation"]
    team = next((one.body for one in records if one.kind == "team"), None)
    return look(bodies, team, _daily(room), room.store.clock().date())


def look(bodies: Sequence[Body], team: Body | None, daily: Mapping[str, int], today: date) -> Outlook:
    """The same from bodies, words translated by day, and the day on which it is asked."""
    pairs: dict[str, dict[str, int]] = {}
    for body in bodies:
        row = pairs.setdefault(f"{body['source']} → {body['target']}", dict.fromkeys(STATES, 0))
        for state in STATES:
            row[state] += body["counts"][state]
    days = tuple(sorted(daily.items()))[-3 * OBSERVED :]
    words = sum(body["words"] for body in bodies)
    if team is None:
        return Outlook(len(bodies), words, pairs, days, None, None, (), {}, None)
    works = [_work(body) for body in bodies if done_of(body["counts"]) < body["words"]]
    planned = Team(team["translators"], team["words_a_day"])
    deadline = date.fromisoformat(team["deadline"])
    left = max(0, _working(today, deadline))
    paces = [("as planned", works, planned)]
    if observed := _observed(daily, today):
        # Words of the trail are whole words, reviewed or matched alike: no discount and no review on top.
        paces.append(("at the pace seen", [Document(one.key, one.words, one.asked) for one in works], observed))
    # One axis of days for all of them.
    last = max(deadline, *(finish(left_over, pace, today).high for _, left_over, pace in paces))
    prospects = [_prospect(*one, today, deadline, last) for one in paces]
    choices = plan(works, planned, left, team["minutes"], team["at_once"])
    part = _part(bodies, works, planned, left, team) if bodies else None
    chosen = {one.key: one for one in choices}
    return Outlook(len(bodies), words, pairs, days, team, left, tuple(prospects), chosen, part)


def _work(body: Body) -> Document:
    left = body["words"] - done_of(body["counts"])
    return Document(body["id"], left, body["asked"] / 100, float(body["cost"]), body["reuse"] / 100)


def _daily(room: Room) -> Counter[str]:
    """Words that became translated, by day, from the trail: what came in translated already does not count."""
    table = schema.trail
    wanted = select(table.c.body).where(table.c.kind == "translation", table.c.version > 1)
    found: Counter[str] = Counter()
    with room.store.database.reading() as connection:
        for row in connection.execute(wanted):
            entry = json.loads(row.body)
            if counts := entry["change"].get("counts"):
                found[entry["happened"][:10]] += max(0, done_of(counts[1]) - done_of(counts[0]))
    return found


def _working(start: date, end: date) -> int:
    days = (end - start).days
    return sum((start + timedelta(days=day)).weekday() < 5 for day in range(days))


def _observed(daily: Mapping[str, int], today: date) -> Team | None:
    """The pace of the last working days, today left out; None where work was seen on too few of them."""
    days: list[date] = []
    day = today
    while len(days) < OBSERVED:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            days.append(day)
    first = min((key for key, words in daily.items() if words), default="")
    seen = [float(daily.get(str(one), 0)) for one in days if str(one) >= first]
    if not first or len(seen) < LEAST or not fmean(seen):
        return None
    mean, spread = fmean(seen), stdev(seen)
    # The pace itself is known only as well as the days seen tell it.
    return Team(1.0, mean, spread / mean, max(0.05, spread / mean / math.sqrt(len(seen))), review_share=0.0)


def _prospect(name: str, works: Sequence[Document], team: Team, today: date, deadline: date, last: date) -> Prospect:
    span = max(5, (last - today).days)
    days = sorted({today + timedelta(days=round(span * 1.15 * step / CURVE)) for step in range(CURVE + 1)} | {deadline})
    return Prospect(name, team.translators * team.words_a_day, finish(works, team, today, days))


def _part(bodies: Sequence[Body], works: Sequence[Document], team: Team, left: int, settings: Body) -> Part:
    """
    Share of what will be asked for that is translated on the day.

    Middle: what is done, and what the plan does before the inspection at the planned pace; the ends: at the pace's
    10 % and 90 % quantile.
    """
    asked = {body["id"]: body["asked"] for body in bodies}
    total = sum(asked.values())
    if not total:
        return Part(1.0, 1.0, 1.0)
    open_ = {one.key for one in works}
    done = sum(share for key, share in asked.items() if key not in open_)
    ends = []
    for reach in (-NINETY, 0.0, NINETY):
        pace = team.words_a_day * math.exp(team.level * reach)
        made = plan(works, Team(team.translators, pace), left, settings["minutes"], settings["at_once"])
        ends.append((done + sum(asked[one.key] for one in made if one.before)) / total)
    return Part(*sorted(ends))
