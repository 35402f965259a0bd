"""Engine: blocks of futures on threads, folded in block order so that the number of threads changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.memory import FLOATS, floats, new_state, new_tally
from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.bundles import pack
from echelon.futures.rules.future import FUTURES_PER_BLOCK, run_block
from echelon.futures.state import State, Tally
from echelon.futures.threads import in_order


@dataclass
class Worker:
    """One thread's memory, and the tables by which the rules reach it."""

    state: State
    tally: Tally
    state_at: Any
    tally_at: Any

    @classmethod
    def of(cls, model: Model) -> "Worker":
        """Memory for one thread."""
        state, tally = new_state(model), new_tally(model)
        return cls(state, tally, pack(state), pack(tally))


class Engine:
    """Runs futures of one model.

    Parameters
    ----------
    model : arrays of a company under a plan.
    threads : threads that run blocks; any number gives the same results, bit for bit.
    """

    def __init__(self, model: Model, threads: int = 1) -> None:
        self.model = model
        self.threads = max(1, threads)
        self._model_at = pack(model)
        self._workers = [Worker.of(model) for _ in range(self.threads)]

    def blocks(self, futures: int, first: int = 0) -> Iterator[tuple[F8, dict[str, np.ndarray]]]:
        """Run futures from index `first` (a multiple of the block) up to `futures`.

        Yields block after block, in order: measures f8[future, measure] and the floating sums of the block.
        Whole-number sums stay with the workers until `take_counts`.
        """
        starts = range(first, futures, FUTURES_PER_BLOCK)
        return in_order(
            lambda worker, start: self._block(worker, start, min(FUTURES_PER_BLOCK, futures - start)),
            self._workers,
            starts,
        )

    def _block(self, worker: Worker, start: int, futures: int, whole: bool = True) -> tuple[F8, dict[str, np.ndarray]]:
        measures = np.empty((futures, len(n.MEASURES)))
        run_block(self._model_at, worker.state_at, worker.tally_at, np.uint64(start), futures, measures, whole)
        return measures, floats(worker.tally)

    def measures(self, first: int, futures: int) -> tuple[F8, F8]:
        """Measures of some futures, f8[future, measure], and the mean ledger, f8[line, q]; nothing else is added up.

        Futures are shared out evenly, so few of them are lived fast too. The measures do not depend on the number of
        threads; the mean ledger does in its last digits. Counts taken after it are worth nothing.
        """
        cuts = [first + futures * i // self.threads for i in range(self.threads + 1)]
        pieces = [(cuts[i], cuts[i + 1] - cuts[i]) for i in range(self.threads) if cuts[i + 1] > cuts[i]]
        lived = list(in_order(lambda worker, piece: self._block(worker, *piece, False), self._workers, pieces))
        ledger = sum((sums["ledger_sums"] for _, sums in lived), np.zeros(())) / futures
        return np.concatenate([measures for measures, _ in lived]), ledger

    def one(self, future: int) -> tuple[F8, State]:
        """Run one future again: its measures f8[measure] and the state it leaves (valid until the next call)."""
        worker = self._workers[0]
        kept = Worker(worker.state, worker.tally, worker.state_at, self._spare_at)
        measures = np.empty((1, len(n.MEASURES)))
        run_block(self._model_at, kept.state_at, kept.tally_at, np.uint64(future), 1, measures, True)
        return measures[0], worker.state

    @property
    def _spare_at(self) -> Any:
        # A tally apart from the workers', so that looking at a future does not count it twice.
        if not hasattr(self, "_spare"):
            self._spare = new_tally(self.model)
            self._spare_table = pack(self._spare)
        return self._spare_table

    def take_counts(self) -> dict[str, np.ndarray]:
        """Whole-number sums of everything run since the last call, over all workers; they start anew."""
        counts: dict[str, np.ndarray] = {}
        for name in Tally._fields:
            if name in FLOATS:
                continue
            total = getattr(self._workers[0].tally, name).astype(np.int64, copy=True)
            for worker in self._workers[1:]:
                total += getattr(worker.tally, name)
            for worker in self._workers:
                getattr(worker.tally, name)[:] = 0
            counts[name] = total
        return counts


Progress = Callable[[int, int], None]
"""Called with futures done and futures in all."""
