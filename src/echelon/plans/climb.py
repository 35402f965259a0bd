"""Climbing: a plan improved change by change on the same luck, with more futures for close rivals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from echelon.futures.arrays import F8
from echelon.runs.gaps import gap

P = TypeVar("P")
Asked = TypeVar("Asked", contravariant=True)


class Field(Protocol[Asked]):
    """Where plans are compared."""

    def each(self, plan: Asked, futures: int) -> F8:
        """What a plan is worth in each of the first futures, f8[future]."""

    def missed(self, plan: Asked, futures: int) -> float:
        """By how much it misses what it must keep to, nought where nothing is missed."""


@dataclass(frozen=True)
class Rules:
    """How changes are tried.

    rungs : futures on which a change is compared, one after the other. sure : standard errors by which a change must
    be behind to be given up before the last rung, or ahead to be taken before it; nought gives it up where it is
    behind at all, and takes it only at the last rung.
    """

    rungs: tuple[int, ...] = (256, 1024)
    sure: float = 0.0


@dataclass
class Climb(Generic[P]):
    """A climb: the best plan so far, the changes tried and taken, and whether it was stopped."""

    plan: P
    tried: int = 0
    taken: int = 0
    stopped: bool = False


def climb(
    field: Field[P],
    start: P,
    changes: Callable[[P], P],
    most: int,
    rules: Rules,
    progress: Callable[[Climb[P]], None] | None = None,
    enough: Callable[[], bool] | None = None,
) -> Climb[P]:
    """Improve a plan.

    Parameters
    ----------
    field : where plans are compared. start : the plan to improve. changes : gives a changed plan for the best one so
    far. most : changes tried at most. enough : asked before each; true ends the climb. Ctrl-C ends it too, and keeps
    the best.
    """
    made = Climb(start)
    try:
        while made.tried < most and not (enough is not None and enough()):
            changed = changes(made.plan)
            made.tried += 1
            if better(field, changed, made.plan, rules):
                made.plan = changed
                made.taken += 1
            if progress is not None:
                progress(made)
    except KeyboardInterrupt:
        made.stopped = True
    return made


def better(field: Field[P], changed: P, best: P, rules: Rules) -> bool:
    """Whether a changed plan beats the best, rung by rung; missing less of what must be kept goes before worth."""
    if changed is best:
        return False
    for i, futures in enumerate(rules.rungs):
        last = i + 1 == len(rules.rungs)
        missed, before = field.missed(changed, futures), field.missed(best, futures)
        if missed != before:
            if missed > before:
                return False
            if last:
                return True
            continue
        mean, error = gap(field.each(changed, futures) - field.each(best, futures))
        if mean + rules.sure * error <= 0.0:
            return False
        if last:
            return mean > 0.0
        if rules.sure > 0.0 and i > 0 and mean - rules.sure * error > 0.0:
            return True
    return False


def weighted(weights: Sequence[float], random: np.random.Generator) -> int:
    """A place drawn in proportion to weights."""
    total = np.cumsum(weights)
    return int(np.searchsorted(total, random.random() * total[-1], side="right"))
