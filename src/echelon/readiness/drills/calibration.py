"""Predicted chances against what was graded, by bands: whether the percentages of recall can be taken as they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from echelon.runs.scores import wilson

EDGES: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Ends of the bands."""

FEW: Final = 20
"""Answers below which a band says nothing: its interval would be some forty points wide."""

Says = Literal["too few", "holds", "too high", "too low"]


@dataclass(frozen=True, slots=True)
class Band:
    """
    Answers whose predicted chance lay in one band.

    Attributes
    ----------
    low, high
        Ends of the band; the upper one belongs to it in the last band only.
    count, right
        Answers, and those graded right.
    predicted
        Mean predicted chance; 0 where there is no answer.
    least, most
        95 % interval of the share right.
    says
        Whether the mean prediction lies in that interval, above or below it; nothing below `FEW` answers.
    """

    low: float
    high: float
    count: int
    right: int
    predicted: float
    least: float
    most: float
    says: Says


def interval(right: int, count: int) -> tuple[float, float]:
    """
    95 % interval of a share (Wilson 1927), 0 to 1 where nothing was counted.

    Raises
    ------
    ValueError
        If more are right than were counted.
    """
    if not 0 <= right <= count:
        msg = f"{right} of {count} answers cannot be right"
        raise ValueError(msg)
    return wilson(right, count)


def band(low: float, high: float, predicted: Sequence[float], right: Sequence[bool]) -> Band:
    """One band of the answers given, whatever their predictions."""
    count, hits = len(predicted), sum(right)
    mean = sum(predicted) / count if count else 0.0
    least, most = interval(hits, count)
    says: Says = "too few" if count < FEW else "too high" if mean > most else "too low" if mean < least else "holds"
    return Band(low, high, count, hits, mean, least, most, says)


def bands(predicted: Sequence[float], right: Sequence[bool]) -> tuple[Band, ...]:
    """
    Answers in bands of their predicted chance, lowest first, empty ones too.

    Parameters
    ----------
    predicted
        Chance of a right answer, 0 to 1, as it was predicted before the answer.
    right
        Whether each was graded right.

    Raises
    ------
    ValueError
        If they are not as many, or a chance lies outside 0 to 1.
    """
    if len(predicted) != len(right):
        msg = f"{len(predicted)} predictions and {len(right)} answers do not go together"
        raise ValueError(msg)
    if any(not 0.0 <= one <= 1.0 for one in predicted):
        msg = "a predicted chance lies between 0 and 1"
        raise ValueError(msg)
    parts: list[list[int]] = [[] for _ in EDGES[1:]]
    for place, one in enumerate(predicted):
        # Compared with the printed ends: five times a chance rounds 0.6 to either side.
        parts[sum(one >= edge for edge in EDGES[1:-1])].append(place)
    return tuple(
        band(EDGES[i], EDGES[i + 1], [predicted[place] for place in part], [right[place] for place in part])
        for i, part in enumerate(parts)
    )
