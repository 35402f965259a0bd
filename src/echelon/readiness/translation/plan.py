"""When translation is finished, as a distribution; what must come first; what can be done when asked."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

WORDS_A_DAY = 2_500.0
"""Words a translator finishes in a day; remembered."""

MEMORY = 3.0
"""How many times faster where a memory or a machine draft is reused, the middle of 2 to 4; remembered."""


@dataclass(frozen=True, slots=True)
class Document:
    """One document to be translated.

    Attributes
    ----------
    key : of the document.
    words : left to translate.
    asked : chance that the inspectors ask for it, 0 to 1.
    delay_cost : how bad it is to bring it late, in any one unit; 1 for all where nothing is known.
    reuse : share of its words with a draft or a match, 0 to 1.
    """

    key: str
    words: int
    asked: float
    delay_cost: float = 1.0
    reuse: float = 0.0


@dataclass(frozen=True, slots=True)
class Team:
    """Who translates: translators, words a day each, its spread from day to day and from what was planned."""

    translators: float
    words_a_day: float = WORDS_A_DAY
    daily: float = 0.3
    level: float = 0.15
    memory: float = MEMORY
    review_share: float = 0.25


@dataclass(frozen=True)
class Finish:
    """Working days until all is done, and the chance of being done by each date asked for."""

    days_low: int
    days_middle: int
    days_high: int
    low: date
    middle: date
    high: date
    by: Mapping[date, float]
    level: float


def effort_words(document: Document, team: Team) -> float:
    """Words of full effort: those with a draft count less, and review comes on top."""
    return document.words * (1.0 - document.reuse * (1.0 - 1.0 / team.memory)) * (1.0 + team.review_share)


def finish(
    documents: Sequence[Document],
    team: Team,
    start: date,
    deadlines: Sequence[date] = (),
    draws: int = 2_000,
    seed: int = 1,
    level: float = 0.8,
) -> Finish:
    """Finish date as a distribution.

    The team's true pace is lognormal around the plan (what was planned wrongly stays wrong every day), and each day
    varies about it; work goes on from Monday to Friday.

    Parameters
    ----------
    documents, team : the work and who does it.
    start : first working day.
    deadlines : dates for which the chance is wanted.
    draws, seed : of the simulation; equal seeds give equal answers.
    level : chance between low and high.

    Raises
    ------
    ValueError
        When nobody translates.
    """
    pace = team.translators * team.words_a_day
    if pace <= 0.0:
        msg = "nobody translates: translators and words a day must be above 0"
        raise ValueError(msg)
    work = sum(effort_words(document, team) for document in documents)
    rng = np.random.default_rng(seed)
    true = pace * np.exp(team.level * rng.standard_normal(draws) - team.level**2 / 2.0)
    # Over n days the sum of daily paces is close to normal; the first passage of the work follows from it.
    shocks = rng.standard_normal(draws)
    mean = work / true
    days = np.ceil(np.maximum(0.0, mean + team.daily * np.sqrt(mean) * shocks)).astype(int)
    tail = (1.0 - level) / 2.0
    low, middle, high = (int(value) for value in np.quantile(days, [tail, 0.5, 1.0 - tail], method="inverted_cdf"))
    by = {day: float(np.mean(days <= _working(start, day))) for day in deadlines}
    return Finish(low, middle, high, _after(start, low), _after(start, middle), _after(start, high), by, level)


def _after(start: date, days: int) -> date:
    """The day on which that many working days are done; the start where there is nothing to do."""
    if days <= 0:
        return start
    return np.busday_offset(np.datetime64(start), days - 1, roll="forward").astype(date)  # type: ignore[no-any-return]


def _working(start: date, end: date) -> int:
    """Working days from start to end, both counted."""
    return int(np.busday_count(np.datetime64(start), np.datetime64(end + timedelta(days=1))))


@dataclass(frozen=True, slots=True)
class Choice:
    """A document in the plan: before the inspection, or when asked, with the minutes it then takes."""

    key: str
    before: bool
    risk: float
    minutes_on_demand: float


def minutes_on_demand(document: Document, team: Team, people: int = 2, hours: float = 8.0) -> float:
    """Minutes to translate a document when it is asked for, by so many people at once on the reused draft."""
    return effort_words(document, team) / (team.words_a_day * people) * hours * 60.0


def plan(
    documents: Sequence[Document], team: Team, days: int, target_minutes: float = 30.0, people: int = 2
) -> tuple[Choice, ...]:
    """What to translate before, by risk of retrieval per word, until the days are used up.

    risk = chance asked x cost of being late x (1 - exp(-minutes on demand / target)): a short document can wait until
    it is asked for. Documents are taken by risk per word of effort; one that no longer fits is passed over.

    Parameters
    ----------
    documents, team : the work and who does it.
    days : working days left.
    target_minutes : from request to hand-over.
    people : who translate on demand.
    """
    made = []
    for document in documents:
        minutes = minutes_on_demand(document, team, people)
        risk = document.asked * document.delay_cost * -math.expm1(-minutes / target_minutes)
        made.append((risk / max(1.0, effort_words(document, team)), risk, minutes, document))
    left = team.translators * team.words_a_day * days
    chosen = []
    for _, risk, minutes, document in sorted(made, key=lambda row: (-row[0], row[3].key)):
        words = effort_words(document, team)
        before = risk > 0.0 and words <= left
        left -= words if before else 0.0
        chosen.append(Choice(document.key, before, risk, minutes))
    return tuple(chosen)


def covered(choices: Sequence[Choice], documents: Sequence[Document]) -> float:
    """Share of requests for documents that will find the translation done: the part `translation` of readiness."""
    asked = {document.key: document.asked for document in documents}
    total = sum(asked.values())
    return sum(asked[choice.key] for choice in choices if choice.before) / total if total else 1.0
