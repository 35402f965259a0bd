"""Replay: what every future of a company says of approvals, listings and sales that can be compared with what came.

The one place that knows how a finished future's state is read; times are years from as_of, infinite where never.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.build.build import Built
from echelon.futures.engine import Engine
from echelon.futures.rules import numbers as n
from echelon.futures.state import State

Pair = tuple[str, str]
"""A program, or an asset, and a territory."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Asked:
    """What is to be kept of each future: approvals and listings by program, yearly sales by asset."""

    approvals: tuple[Pair, ...]
    listings: tuple[Pair, ...]
    sales: tuple[Pair, ...]
    years: tuple[int, ...]


@dataclass(frozen=True)
class Seen:
    """What the futures say.

    approved : f8[future, approval asked for], listed : f8[future, listing asked for], both years from as_of.
    sales : f8[future, pair asked for, year asked for], money of the company.
    """

    asked: Asked
    approved: F8
    listed: F8
    sales: F8


def open_pairs(built: Built) -> dict[Pair, int]:
    """Places of the pairs that are not approved at as_of, by program and territory; slots of discovery left out."""
    kind = dict(zip(built.labels.reports, built.labels.report_kind, strict=True))
    return {
        (program, territory): f
        for f, (program, territory, held) in enumerate(built.labels.pairs)
        if not held and kind[program] != "slot" and built.labels.leads[f]
    }


def replay(built: Built, asked: Asked, futures: int, progress: Progress | None = None) -> Seen:
    """Run futures one by one and keep what is asked for.

    What the company does not file, list or sell is never approved or listed, and sells nothing.
    """
    engine = Engine(built.model, 1)
    reader = Reader(built, asked)
    approved = np.empty((futures, len(asked.approvals)))
    listed = np.empty((futures, len(asked.listings)))
    sales = np.zeros((futures, len(asked.sales), len(asked.years)))
    for future in range(futures):
        _, state = engine.one(future)
        reader.approvals(state, approved[future])
        reader.listings(state, listed[future])
        reader.sales(state, sales[future])
        if progress and (future + 1) % 256 == 0:
            progress(future + 1, futures)
    return Seen(asked, approved, listed, sales)


class Reader:
    """Reads what is asked for from the state that a future leaves."""

    def __init__(self, built: Built, asked: Asked) -> None:
        self._model = built.model
        labels = built.labels
        every = {(p, t): f for f, (p, t, _) in enumerate(labels.pairs) if labels.leads[f]}
        self._approvals = _places(asked.approvals, open_pairs(built))
        self._listings = _places(asked.listings, every)
        cells = {pair: i for i, pair in enumerate(asked.sales)}
        sold = zip(labels.pairs, labels.pair_assets, strict=True)
        self._cell = np.array([cells.get((asset, t), -1) for (_, t, _), asset in sold], np.int64)
        quarter_year = np.array([int(label[:4]) for label in labels.quarters])
        self._years = [np.flatnonzero(quarter_year == year) for year in asked.years]

    def approvals(self, state: State, out: F8) -> None:
        """Time of approval of every pair asked for."""
        out[:] = np.inf
        for i, f in enumerate(self._approvals):
            if f >= 0 and not math.isnan(state.decision[f]):
                out[i] = state.decision[f]

    def listings(self, state: State, out: F8) -> None:
        """Time of listing of every pair asked for."""
        for i, f in enumerate(self._listings):
            out[i] = state.listed[f] if f >= 0 else np.inf

    def sales(self, state: State, out: F8) -> None:
        """Sales of every asset and territory asked for, by year."""
        for f in state.active[: int(state.number[n.ACTIVE])]:
            cell = self._cell[f]
            if cell < 0:
                continue
            start = state.from_column[f]
            for y, quarters in enumerate(self._years):
                mine = quarters[quarters >= start]
                out[cell, y] += state.curve[f, mine].sum()


def _places(asked: Sequence[Pair], known: dict[Pair, int]) -> list[int]:
    return [known.get(pair, -1) for pair in asked]
