"""Yearly: futures lived one by one, and what each calendar year of them brings: events, money, cash."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8, I8
from echelon.futures.build.build import Built
from echelon.futures.engine import Engine
from echelon.futures.rules import numbers as n
from echelon.futures.threads import in_order
from echelon.plans.happenings import Happenings, Left

CHUNK = 256
"""Futures that one thread lives before their events are counted."""

Progress = Callable[[int], None]
"""Called with the futures lived since the last call."""


@dataclass(frozen=True)
class Yearly:
    """What came of a plan's futures, year by year.

    measures : f8[future, measure]. money : f8[future, line, year], flows summed, cash at the year's end.
    cash : f8[future, quarter] at quarter ends, from as_of to the end of the last year.
    counts : i8[future, kind, year] events by kind, see `happenings.KINDS`.
    times, squares, any_ : i8[place, year] events summed over futures, their squares, futures with any.
    """

    happenings: Happenings
    measures: F8
    money: F8
    cash: F8
    counts: I8
    times: I8
    squares: I8
    any_: I8

    @property
    def futures(self) -> int:
        """How many futures."""
        return len(self.measures)


@dataclass(frozen=True)
class _Part:
    # What one chunk of futures left.
    measures: F8
    money: F8
    cash: F8
    counts: I8
    sums: tuple[I8, I8, I8]


def live(built: Built, years: tuple[int, ...], futures: int, threads: int, progress: Progress | None = None) -> Yearly:
    """Live futures and keep what happens in some calendar years.

    Parameters
    ----------
    built : a company under a plan. years : whole calendar years that follow one another. futures : how many.
    threads : any number gives the same results. progress : as `Progress`.
    """
    happenings = Happenings.of(built, years)
    starts = range(0, futures, CHUNK)
    engines = [Engine(built.model, 1) for _ in range(max(1, min(threads, len(starts))))]
    found: list[_Part] = []
    for part in in_order(
        lambda engine, start: _chunk(engine, happenings, start, min(CHUNK, futures - start)), engines, starts
    ):
        found.append(part)
        if progress:
            progress(len(part.measures))
    whole = [
        np.concatenate([getattr(part, name) for part in found]) for name in ("measures", "money", "cash", "counts")
    ]
    sums = [np.sum([part.sums[i] for part in found], axis=0) for i in range(3)]
    return Yearly(happenings, *whole, *sums)


def _chunk(engine: Engine, happenings: Happenings, first: int, futures: int) -> _Part:
    wanted = np.flatnonzero(happenings.year_of >= 0)
    edges, last = np.arange(len(happenings.years)) * 4, int(wanted[-1]) + 1
    measures, ledger = np.empty((futures, len(n.MEASURES))), np.empty((futures, n.LINES, last))
    left: Left | None = None
    for i in range(futures):
        measures[i], state = engine.one(first + i)
        left = left or Left.room(state, futures)
        left.keep(i, state)
        ledger[i] = state.ledger[:, :last]
    assert left is not None, "a chunk has a future"
    money = np.add.reduceat(ledger[:, :, wanted[0] :], edges, axis=2)
    cash = ledger[:, n.CASH].copy()
    money[:, n.CASH] = cash[:, wanted[3::4]]
    counts, sums = happenings.count(left)
    return _Part(measures, money, cash, counts, sums)
