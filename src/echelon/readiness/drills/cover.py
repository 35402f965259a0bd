"""Who answers what, and who can stand in: the roster with the strongest weakest link, and topics that hang on one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SURE = 0.8
"""Chance of a right answer from which somebody can stand in."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Who can answer on one topic: best first; `lone` where nobody or only one can."""

    topic: str
    able: tuple[str, ...]
    lone: bool


def stand_ins(chances: Mapping[tuple[str, str], float], sure: float = SURE) -> tuple[Cover, ...]:
    """People who can stand in, by topic.

    chances : of a right answer on the day by person and topic.
    """
    topics = sorted({topic for _, topic in chances})
    made = []
    for topic in topics:
        able = [(-p, person) for (person, about), p in chances.items() if about == topic and p >= sure]
        made.append(Cover(topic, tuple(person for _, person in sorted(able)), len(able) < 2))
    return tuple(made)


def roster(
    chances: Mapping[tuple[str, str], float], topics: Sequence[str], each: int = 3
) -> tuple[Mapping[str, str], float]:
    """Topics given to people so that the weakest chance is as high as can be, then the sum.

    Parameters
    ----------
    chances : by person and topic.
    topics : to be given out.
    each : most topics one person takes.

    Returns
    -------
    person by topic, and the weakest chance.

    Raises
    ------
    ValueError
        When there are more topics than the people can take.
    """
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    people = sorted({person for person, _ in chances})
    if len(people) * each < len(topics):
        msg = f"{len(people)} people with at most {each} topics each cannot take {len(topics)} topics"
        raise ValueError(msg)
    if not topics:
        return {}, 1.0
    table = np.array(
        [[chances.get((person, topic), 0.0) for topic in topics] for person in people for _ in range(each)]
    )

    def given(least: float) -> "tuple[np.ndarray, np.ndarray] | None":
        cost = np.where(table >= least, -table, 1e3)
        rows, columns = linear_sum_assignment(cost)
        return None if (cost[rows, columns] > 1.0).any() else (rows, columns)

    levels = np.unique(table)
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if given(float(levels[middle])) else (low, middle - 1)
    best = given(float(levels[low]))
    assert best is not None
    rows, columns = best
    return {topics[c]: people[r // each] for r, c in zip(rows, columns, strict=True)}, float(table[rows, columns].min())
