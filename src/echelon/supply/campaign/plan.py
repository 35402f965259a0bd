"""Planning an instance: read it, refuse what cannot be, search, and check what was found by the evaluator."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from echelon.company.diagnostics import CompanyError, Diagnostic, Log, Place, Severity
from echelon.supply.campaign.fields import Fields
from echelon.supply.campaign.jsonfile import Node, read_json
from echelon.supply.campaign.problems import Problem, Said, Table, placed, problem
from echelon.supply.campaign.programme import Programme, Search, unwatched
from echelon.supply.campaign.verdict import Verdict

LARGE = 1_500
"""Whole columns from which a first schedule is sought window by window."""
WINDOW, STEP = 6, 4
"""Periods that a window decides at once, and how many of them it keeps."""
FIRST_SECONDS = 10.0
"""Longest that one window may take."""


class InfeasibleError(CompanyError):
    """No schedule meets what the instance requires; carries what stands against it."""


@dataclass(frozen=True)
class Given:
    """An instance as read: the problem, its document, and the warnings of reading."""

    problem: Problem
    root: Node
    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Planned:
    """The answer to an instance.

    objective : profit of the schedule as the evaluator counts it, None without a schedule. bound : no schedule earns
    more. status : as in `programme.Solved`. seconds : of the search.
    """

    problem: Problem
    objective: float | None
    bound: float
    status: str
    seconds: float
    schedule: Table | None
    verdict: Verdict | None

    @property
    def gap(self) -> float | None:
        """Relative distance of bound and objective."""
        if self.objective is None:
            return None
        return max(0.0, self.bound - self.objective) / max(abs(self.objective), 1e-9)


def read_instance(path: Path) -> Given:
    """The instance of a file.

    Raises
    ------
    CompanyError
        If the file holds no instance; it carries every message.
    InfeasibleError
        If something is wanted that nothing can make.
    """
    log = Log()
    root = read_json(path, log)
    found = None if root is None else problem(root, Fields(log), path.stem)
    if root is None or found is None or log.failed:
        raise CompanyError(log.diagnostics())
    said = list(found.impossible())
    if said:
        raise InfeasibleError(_diagnostics(said, root))
    return Given(found, root, tuple(d for d in log.diagnostics() if d.severity is not Severity.ERROR))


def plan(given: Problem, search: Search, root: Node | None = None) -> Planned:
    """The best schedule found.

    Raises
    ------
    InfeasibleError
        If no schedule meets the requirements; `root` gives its messages their places.
    ArithmeticError
        If the evaluator finds the schedule broken or worth something else: a mistake of ours.
    """
    made, at, when = given.programme()
    start, spent = first_schedule(made, when, len(given.periods), search)
    left = None if search.seconds is None else max(search.seconds - spent, 0.1)
    solved = made.solve(replace(search, seconds=left), start)
    if solved.status == "infeasible":
        raise InfeasibleError(_diagnostics(list(given.conflict(search)), root))
    seconds = solved.seconds + spent
    if solved.values is None or solved.objective is None:
        return Planned(given, None, solved.bound, solved.status, seconds, None, None)
    found = given.schedule(at, solved.values)
    verdict = given.evaluate(found)
    _agree(verdict, solved.objective)
    objective = round(float(verdict.profit), 9) + 0.0
    bound = objective if solved.status == "optimal" else max(solved.bound, objective)
    return Planned(given, objective, bound, solved.status, seconds, found, verdict)


def _agree(verdict: Verdict, objective: float) -> None:
    if verdict.wrong:
        msg = f"the schedule found breaks a rule: {verdict.wrong[0]}"
        raise ArithmeticError(msg)
    if abs(float(verdict.profit) - objective) > 1e-5 * max(1.0, abs(objective)):
        msg = f"the schedule found is worth {float(verdict.profit)}, the search said {objective}"
        raise ArithmeticError(msg)


def first_schedule(
    made: Programme, when: dict[int, int], periods: int, search: Search
) -> tuple[list[float] | None, float]:
    """A schedule to begin with, window by window: whole decisions of a window, later ones broken, earlier ones kept.

    Returns its values (None where the instance is small or none was found in time) and the seconds it took.
    """
    if len(when) < LARGE or periods <= WINDOW:
        return None, 0.0
    kept: dict[int, tuple[float, float]] = {}
    spent, values = 0.0, None
    budget = min(FIRST_SECONDS, search.seconds / 4) if search.seconds is not None else FIRST_SECONDS
    starts = range(0, periods, STEP)
    for begin in starts:
        last = begin + WINDOW >= periods
        later = [c for c, t in when.items() if t >= begin + WINDOW]
        limit = budget if search.seconds is None else min(budget, search.seconds / (2 * len(starts)))
        solved = made.solve(replace(search, seconds=limit, gap=max(search.gap, 1e-3), watch=unwatched), relaxed=later)
        spent += solved.seconds
        if solved.values is None:
            break
        values = solved.values
        for column, t in when.items():
            if t < (periods if last else begin + STEP) and column not in kept:
                kept[column] = made.limits(column)
                made.fix(column, float(round(values[column])))
        if last or search.stop.is_set():
            break
    for column, (low, high) in kept.items():
        made.free(column, low, high)
    complete = values is not None and len(kept) == len(when)
    return (list(map(float, np.asarray(values))) if complete else None), spent


def _diagnostics(said: list[Said], root: Node | None) -> list[Diagnostic]:
    nowhere = Place("the instance")
    return [Diagnostic(nowhere if root is None else placed(root, path), "E660", message) for path, message in said]


def as_dict(found: Planned) -> dict[str, Any]:
    """A plan under its documented keys."""
    return {
        "objective": found.objective,
        "bound": found.bound,
        "status": found.status,
        "seconds": found.seconds,
        "schedule": found.schedule.as_dict() if found.schedule else None,
    }
