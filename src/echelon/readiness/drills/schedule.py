"""Spaced repetition aimed at the day of the inspection: cards, grades on answer points, recall on the day."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from fsrs import Scheduler

Grade = Literal[1, 2, 3, 4]
"""Again, hard, good, easy."""

MINUTE_LIMIT = 60.0
"""Seconds in which a spoken answer should be given."""


@dataclass(frozen=True, slots=True)
class Card:
    """What is remembered of one person and one question.

    Attributes
    ----------
    state : as the scheduler keeps it, as JSON text; blank before the first review.
    due : when it should come up next; None before the first review.
    stability : days after which recall falls to 90 %.
    """

    state: str = ""
    due: datetime | None = None
    stability: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How an answer went, as two graders would tick it.

    Attributes
    ----------
    points, said : answer points of the question, and those that were said.
    evidence : whether the record was named.
    wrong : something false was said.
    speculated : something was guessed, or went beyond what was asked.
    seconds : until the answer was complete.
    """

    points: int
    said: int
    evidence: bool = True
    wrong: bool = False
    speculated: bool = False
    seconds: float = 0.0


def grade(answer: Answer) -> Grade:
    """Grade of an answer: 4 whole, with evidence, in a minute; 3 whole or nearly; 2 half; 1 less, or false.

    A guess, or a missing record, costs one grade. Thresholds are our assumption.

    Raises
    ------
    ValueError
        When more points were said than there are, or there are none.
    """
    if answer.points < 1 or not 0 <= answer.said <= answer.points:
        msg = f"{answer.said} of {answer.points} answer points cannot be; a question has 1 point or more"
        raise ValueError(msg)
    share = answer.said / answer.points
    if answer.wrong or share < 0.5:
        return 1
    mark = 2 if share < 0.75 else 3
    if share == 1.0 and answer.seconds <= MINUTE_LIMIT:
        mark = 4
    mark -= answer.speculated + (not answer.evidence)
    return (1, 2, 3, 4)[max(1, mark) - 1]


def _scheduler(now: datetime, inspection: datetime | None) -> "Scheduler":
    from fsrs import Scheduler

    most = 36_500 if inspection is None else max(1, math.floor((inspection - now) / timedelta(days=1)))
    return Scheduler(enable_fuzzing=False, maximum_interval=most)


def _utc(moment: datetime, name: str) -> datetime:
    if moment.tzinfo is None:
        msg = f"`{name}` needs a time zone; write it in UTC"
        raise ValueError(msg)
    return moment.astimezone(UTC)


def review(card: Card, mark: Grade, now: datetime, inspection: datetime | None = None) -> Card:
    """The card after a review.

    No interval reaches past the inspection, so a card comes up once more before it.

    Parameters
    ----------
    card, mark : before, and how the answer was graded.
    now, inspection : with time zone.

    Raises
    ------
    ValueError
        When a moment has no time zone.
    """
    from fsrs import Card as State
    from fsrs import Rating

    moment = _utc(now, "now")
    day = _utc(inspection, "inspection") if inspection else None
    state = State.from_json(card.state) if card.state else State(card_id=0, due=moment)
    made, _ = _scheduler(moment, day).review_card(state, Rating(mark), moment)
    return Card(made.to_json(), made.due, float(made.stability or 0.0))


def recall(card: Card, on: datetime) -> float:
    """Chance that the answer is still known on a day without a further review; 0 for what was never drilled."""
    if not card.state:
        return 0.0
    from fsrs import Card as State

    moment = _utc(on, "on")
    return float(_scheduler(moment, None).get_card_retrievability(State.from_json(card.state), moment))


def recall_if(card: Card, mark: Grade, now: datetime, inspection: datetime) -> float:
    """Recall on the day of the inspection if it were drilled now with such a grade."""
    return recall(review(card, mark, now, inspection), inspection)


@dataclass(frozen=True, slots=True)
class Drill:
    """One person, one question, and what drilling it now would bring.

    Attributes
    ----------
    gain : expected rise of the chance of a right answer on the day, times the question's weight.
    per_minute : the same per minute of drilling.
    """

    person: str
    question: str
    gain: float
    per_minute: float


def expected_gain(card: Card, ability_chance: float, now: datetime, inspection: datetime) -> float:
    """Rise of recall on the day from one drill now, times the chance of a right answer when it is recalled.

    The drill itself goes well with chance recall now times ability, and ends in `good`; else in `again`.
    """
    before = recall(card, inspection)
    # What was never drilled is tried with ability alone.
    well = ability_chance * (recall(card, now) if card.state else 1.0)
    after = well * recall_if(card, 3, now, inspection) + (1.0 - well) * recall_if(card, 1, now, inspection)
    return max(0.0, after - before) * ability_chance


def next_best(
    cards: Mapping[tuple[str, str], Card],
    chances: Mapping[tuple[str, str], float],
    weights: Mapping[str, float],
    now: datetime,
    inspection: datetime,
    minutes: float = 3.0,
    most: int = 20,
) -> tuple[Drill, ...]:
    """Drills by gain per minute, best first.

    Parameters
    ----------
    cards : by person and question.
    chances : chance of a right answer when recalled, by person and question (ability against difficulty).
    weights : of questions, such as the chance that it is asked.
    now, inspection : with time zone.
    minutes : one drill takes.
    most : drills wanted.

    Raises
    ------
    ValueError
        When the inspection is over.
    """
    if inspection <= now:
        msg = "the inspection is over; there is nothing to drill for"
        raise ValueError(msg)
    found = []
    for (person, question), card in cards.items():
        chance = chances.get((person, question), 0.5)
        gain = expected_gain(card, chance, now, inspection) * weights.get(question, 1.0)
        found.append(Drill(person, question, gain, gain / minutes))
    return tuple(sorted(found, key=lambda drill: (-drill.per_minute, drill.person, drill.question))[:most])


@dataclass(frozen=True, slots=True)
class Expected:
    """Expected share of right answers on the day, with its standard error, over some questions."""

    person: str
    topic: str
    mean: float
    error: float
    questions: int


def on_the_day(
    cards: Mapping[tuple[str, str], Card],
    ability: Mapping[str, tuple[float, float]],
    difficulty: Mapping[str, float],
    topics: Mapping[str, str],
    inspection: datetime,
) -> tuple[Expected, ...]:
    """Expected share of right answers by person and topic: recall times ability against difficulty.

    The error joins the luck of single answers with the uncertainty of the ability, which all of a person's share.

    ability : mean and standard error by person; difficulty : by question; topics : topic of each question.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for person, question in cards:
        groups.setdefault((person, topics[question]), []).append(question)
    made = []
    for (person, topic), asked in sorted(groups.items()):
        mean, error = ability.get(person, (0.0, 1.0))
        levels = [mean, mean - error, mean + error]
        known = [recall(cards[person, question], inspection) for question in asked]
        shares = _shares(levels, [difficulty.get(question, 0.0) for question in asked], known, error)
        luck = sum(p * (1.0 - p) for p in shares[0]) / len(asked) ** 2
        wobble = (sum(shares[2]) - sum(shares[1])) / (2.0 * len(asked))
        made.append(Expected(person, topic, sum(shares[0]) / len(asked), math.sqrt(luck + wobble**2), len(asked)))
    return tuple(made)


def _shares(levels: Sequence[float], hard: Sequence[float], known: Iterable[float], error: float) -> list[list[float]]:
    import numpy as np

    from echelon.readiness.drills.rasch import chance_right

    remembered = np.asarray(list(known))
    spread = np.array([error, 0.0, 0.0])
    table = chance_right(np.asarray(levels), spread, np.asarray(hard))
    return [list(map(float, row)) for row in table * remembered]
