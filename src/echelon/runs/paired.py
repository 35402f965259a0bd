"""Paired: the same futures lived under several choices, so that what a choice is worth is known sharply."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from echelon.company.company import Company
from echelon.company.rows.money import Choice
from echelon.futures.arrays import F8
from echelon.futures.build.build import Built, build
from echelon.futures.engine import Engine
from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.runs.gaps import Gap, gap
from echelon.runs.results import Results
from echelon.runs.simulate import Order, info_of, prepare
from echelon.runs.totals import Totals

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Lived:
    """What came of the futures under one set of choices: arrays, and all that was added up."""

    built: Built
    results: Results

    @property
    def value(self) -> F8:
        """Value of the company in each future, f8[future]."""
        return self.results.measures[:, n.ENPV]

    def less(self, other: "Lived") -> Gap:
        """Difference in the company's value to another life of the same futures."""
        return gap(self.value - other.value)


class Pairing:
    """Lives the futures of one order under changed choices, companies or arrays.

    Parameters
    ----------
    order : company, scenario, plan, seed and number of futures.
    threads : all cores when None; results do not depend on it.
    progress : called with (futures lived, futures in all) once `expect` has said how many lives there will be.
    """

    def __init__(self, order: Order, threads: int | None = None, progress: Progress | None = None) -> None:
        self._prepared = prepare(order)
        self.order = order
        self.company = self._prepared.company
        self.choices = order.choices()
        self.built = self._prepared.built
        self._threads = threads or os.cpu_count() or 1
        self._progress = progress
        self._done = 0
        self._total = 0

    @property
    def info(self) -> dict[str, Any]:
        """As `info` of a run."""
        return info_of(self._prepared, "complete", self.order.futures)

    def expect(self, lives: int) -> None:
        """Say how many lives are to come, for those who watch."""
        self._total = self._done + lives * self.order.futures

    def base(self) -> Lived:
        """The futures as the company and its plan have them."""
        return self._live(self.built, self.built.model)

    def chosen(self, *choices: Choice) -> Lived:
        """The futures with choices added to the plan; one of the same action and target is replaced."""
        known = {row.key: row for row in self.choices} | {row.key: row for row in choices}
        return self.other(self.company, tuple(known.values()))

    def other(self, company: Company, choices: tuple[Choice, ...] | None = None) -> Lived:
        """The futures of another, resolved company, on the same luck."""
        made = build(company, self.choices if choices is None else choices, self.order.seed)
        return self._live(made, made.model)

    def changed(self, model: Model) -> Lived:
        """The futures of the same company with other arrays."""
        return self._live(self.built, model)

    def _live(self, built: Built, model: Model) -> Lived:
        engine, totals = Engine(model, self._threads), Totals()
        for measures, sums in engine.blocks(self.order.futures):
            totals.add_block(measures, sums)
            if self._progress and self._total:
                self._progress(min(self._done + totals.futures, self._total), self._total)
        self._done += totals.futures
        totals.add_counts(engine.take_counts())
        return Lived(built, Results(built.labels, totals.futures, totals.table(), totals.sums, totals.counts))
