"""A mixed-integer programme built column by column and row by row, and solved with HiGHS under watch."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import highspy
import numpy as np

INFINITY = highspy.kHighsInf
PROVED = 1e-6
"""A bound this near the objective, absolutely or relative to it, is the objective."""

POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Seen:
    """How far a search is: seconds so far, best objective (None before the first) and bound on any."""

    seconds: float
    objective: float | None
    bound: float


Watch = Callable[[Seen], None]


def unwatched(seen: Seen) -> None:
    """Take no note."""


@dataclass(frozen=True)
class Search:
    """How long and how far to search.

    seconds : limit, None for none. gap : relative gap that is near enough, 0 for proved. threads : None for all cores.
    watch : told of progress a few times a second. stop : once set, the search ends and keeps its best.
    """

    seconds: float | None = None
    gap: float = 0.0
    threads: int | None = None
    watch: Watch = unwatched
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class Solved:
    """The end of a search.

    status : `optimal` (proved), `gap reached`, `time limit`, `stopped`, `infeasible` or `unbounded`. objective : of
    the best found, None if there is none. bound : nothing is worth more. values : of the columns, None as objective.
    """

    status: str
    objective: float | None
    bound: float
    seconds: float
    values: "np.ndarray[Any, np.dtype[np.float64]] | None"


class _Quiet(highspy.Highs):
    # The library's own beginning prints a banner on stdout before it can be told not to; ours tells it first.
    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)


class Programme:
    """A programme to maximise; columns and rows are known by their number."""

    def __init__(self) -> None:
        self._low: list[float] = []
        self._high: list[float] = []
        self._worth: list[float] = []
        self._whole: list[bool] = []
        self._rows: list[tuple[float, float]] = []
        self._starts: list[int] = [0]
        self._index: list[int] = []
        self._value: list[float] = []

    @property
    def columns(self) -> int:
        """How many columns there are."""
        return len(self._low)

    def column(self, low: float = 0.0, high: float = INFINITY, worth: float = 0.0, whole: bool = False) -> int:
        """A new column, `worth` that much a unit in the objective; `whole` takes whole numbers only."""
        self._low.append(float(low))
        self._high.append(float(high))
        self._worth.append(float(worth))
        self._whole.append(whole)
        return len(self._low) - 1

    def row(self, terms: Iterable[tuple[int, float]], low: float = -INFINITY, high: float = INFINITY) -> None:
        """Require low <= sum of column times factor <= high; a column may come several times."""
        joined: dict[int, float] = {}
        for column, factor in terms:
            joined[column] = joined.get(column, 0.0) + float(factor)
        kept = {column: factor for column, factor in joined.items() if factor != 0.0}
        self._rows.append((float(low), float(high)))
        self._index += kept
        self._value += kept.values()
        self._starts.append(len(self._index))

    def fix(self, column: int, value: float) -> None:
        """Leave a column one value."""
        self._low[column] = self._high[column] = value

    def free(self, column: int, low: float, high: float) -> None:
        """Give a column other limits."""
        self._low[column], self._high[column] = low, high

    def limits(self, column: int) -> tuple[float, float]:
        """Least and most of a column."""
        return self._low[column], self._high[column]

    def forget_worth(self) -> None:
        """Let nothing be worth anything."""
        self._worth = [0.0] * len(self._worth)

    def worth(self, values: Sequence[float]) -> float:
        """The objective of some values."""
        return float(np.dot(self._worth, values))

    def solve(self, search: Search, start: Sequence[float] | None = None, relaxed: Iterable[int] | bool = ()) -> Solved:
        """The best values found.

        Parameters
        ----------
        search : limits and who watches.
        start : values of all columns to begin with, if they are known to be allowed.
        relaxed : columns that may take broken values for once, or True for all.
        """
        solver = self._loaded(search, relaxed)
        if start is not None:
            solution = highspy.HighsSolution()
            solution.col_value = list(start)
            solver.setSolution(solution)
        began = time.monotonic()
        best: list[Any] = [] if start is None else [np.array(start)]
        error = _run(solver, search, began, best)
        if error is not None:
            raise error
        return self._found(solver, search, time.monotonic() - began, best)

    def _loaded(self, search: Search, relaxed: Iterable[int] | bool) -> highspy.Highs:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self._low), len(self._rows)
        lp.col_cost_ = np.array(self._worth)
        lp.col_lower_, lp.col_upper_ = np.array(self._low), np.array(self._high)
        lp.row_lower_ = np.array([low for low, _ in self._rows])
        lp.row_upper_ = np.array([high for _, high in self._rows])
        lp.sense_ = highspy.ObjSense.kMaximize
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.array(self._starts, dtype=np.int32)
        lp.a_matrix_.index_ = np.array(self._index, dtype=np.int32)
        lp.a_matrix_.value_ = np.array(self._value)
        if relaxed is not True:
            broken = set() if relaxed is False else set(relaxed)
            kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
            lp.integrality_ = [kinds[whole and i not in broken] for i, whole in enumerate(self._whole)]
        solver = _Quiet()
        # Its threads are shared by the whole process; a new number takes effect only once the old ones are gone.
        highspy.Highs.resetGlobalScheduler(True)
        if search.threads is not None:
            solver.setOptionValue("threads", search.threads)
        if search.seconds is not None:
            solver.setOptionValue("time_limit", max(search.seconds, 0.01))
        solver.setOptionValue("mip_rel_gap", search.gap)
        solver.setOptionValue("mip_abs_gap", PROVED)
        solver.setOptionValue("mip_feasibility_tolerance", 1e-7)
        solver.passModel(lp)
        return solver

    def _found(self, solver: highspy.Highs, search: Search, seconds: float, best: list[Any]) -> Solved:
        status, info = solver.getModelStatus(), solver.getInfo()
        kind = highspy.HighsModelStatus
        if status in (kind.kInfeasible, kind.kUnboundedOrInfeasible):
            return Solved("infeasible", None, -INFINITY, seconds, None)
        if status == kind.kUnbounded:
            return Solved("unbounded", None, INFINITY, seconds, None)
        has = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
        values = np.array(solver.getSolution().col_value) if has else None
        if values is None and best:
            # Stopped between two nodes it may forget what it had told of.
            values = best[-1]
        objective = None if values is None else self.worth(values.tolist())
        mixed = bool(solver.getLp().integrality_)
        bound = float(info.mip_dual_bound) if mixed else (objective if objective is not None else INFINITY)
        if objective is not None and bound - objective <= PROVED * max(1.0, abs(objective)):
            return Solved("optimal", objective, max(bound, objective), seconds, values)
        ended = "stopped" if search.stop.is_set() else "time limit"
        said = "gap reached" if status == kind.kOptimal else ended
        return Solved(said, objective, bound, seconds, values)


def _run(solver: highspy.Highs, search: Search, began: float, best: list[Any]) -> BaseException | None:
    # The solver works in a thread of its own, so that Ctrl-C reaches this one at once.
    last: list[Seen] = []

    def called(kind: Any, message: str, out: Any, into: Any, data: Any) -> None:
        del message, data
        if kind in (
            highspy.cb.HighsCallbackType.kCallbackMipInterrupt,
            highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt,
        ):
            into.user_interrupt = search.stop.is_set()
        if kind == highspy.cb.HighsCallbackType.kCallbackMipImprovingSolution:
            best[:] = [np.array(out.mip_solution)]
        if kind == highspy.cb.HighsCallbackType.kCallbackMipInterrupt:
            known = abs(out.mip_primal_bound) < INFINITY
            last[:] = [Seen(time.monotonic() - began, out.mip_primal_bound if known else None, out.mip_dual_bound)]

    solver.setCallback(called, None)
    solver.startCallback(highspy.cb.HighsCallbackType.kCallbackMipInterrupt)
    solver.startCallback(highspy.cb.HighsCallbackType.kCallbackMipImprovingSolution)
    solver.startCallback(highspy.cb.HighsCallbackType.kCallbackSimplexInterrupt)
    failed: list[BaseException] = []
    # A bare lock is taken or not when Ctrl-C comes. An event may be left locked by it, and a join that it breaks
    # into may take a thread that runs for one that has ended.
    going = threading.Lock()
    going.acquire()
    ended = False

    def work() -> None:
        nonlocal ended
        try:
            solver.run()
        except BaseException as error:  # noqa: BLE001 - it is raised again by whoever waits
            failed.append(error)
        finally:
            # Its helpers belong to this thread; left to the end of the process, they would abort it.
            highspy.Highs.resetGlobalScheduler(True)
            ended = True
            going.release()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    told = began
    while not ended:
        try:
            going.acquire(timeout=POLL_SECONDS)
            if last and time.monotonic() - told > 0.25:
                told = time.monotonic()
                search.watch(last[0])
        except KeyboardInterrupt:
            search.stop.set()
    thread.join()
    return failed[0] if failed else None
