"""Planning an instance: read it, refuse what cannot be, search, and check what was found by the evaluator."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from echelon.company.diagnostics import CompanyError, Diagnostic, Log, Severity
from echelon.supply.campaign import two_step_plan
from echelon.supply.campaign.fields import Fields
from echelon.supply.campaign.jsonfile import read_json
from echelon.supply.campaign.programme import Search
from echelon.supply.campaign.schedule import Schedule
from echelon.supply.campaign.two_step import TwoStep
from echelon.supply.campaign.two_step_check import Verdict, evaluate
from echelon.supply.campaign.two_step_read import two_step


@dataclass(frozen=True)
class Planned:
    """The answer to an instance.

    objective : profit of the schedule as the evaluator counts it, None without a schedule. bound : no schedule earns
    more. status : as in `programme.Solved`. seconds : of the search. warnings : of reading.
    """

    instance: TwoStep
    objective: float | None
    bound: float
    status: str
    seconds: float
    schedule: Schedule | None
    verdict: Verdict | None
    warnings: tuple[Diagnostic, ...]

    @property
    def gap(self) -> float | None:
        """Relative distance of bound and objective."""
        if self.objective is None:
            return None
        return max(0.0, self.bound - self.objective) / max(abs(self.objective), 1e-9)


def read_instance(path: Path) -> tuple[TwoStep, tuple[Diagnostic, ...]]:
    """The instance of a file and the warnings of reading it.

    Raises
    ------
    CompanyError
        If the file holds no instance; it carries every message.
    """
    log = Log()
    root = read_json(path, log)
    found = None if root is None else two_step(root, Fields(log), path.stem)
    if found is None or log.failed:
        raise CompanyError(log.diagnostics())
    return found, tuple(d for d in log.diagnostics() if d.severity is not Severity.ERROR)


def plan(instance: TwoStep, search: Search, warnings: tuple[Diagnostic, ...] = ()) -> Planned:
    """The best schedule found.

    Raises
    ------
    AssertionError
        If the evaluator finds the schedule broken or worth something else: a mistake of ours.
    """
    made, at = two_step_plan.programme(instance)
    solved = made.solve(search)
    if solved.values is None or solved.objective is None:
        return Planned(instance, None, solved.bound, solved.status, solved.seconds, None, None, warnings)
    found = two_step_plan.schedule(instance, at, solved.values)
    verdict = evaluate(instance, found)
    if verdict.wrong:
        msg = f"the schedule found breaks a rule: {verdict.wrong[0]}"
        raise AssertionError(msg)
    if abs(float(verdict.profit) - solved.objective) > 1e-5 * max(1.0, abs(solved.objective)):
        msg = f"the schedule found is worth {float(verdict.profit)}, the search said {solved.objective}"
        raise AssertionError(msg)
    objective = _neat(verdict.profit)
    bound = objective if solved.status == "optimal" else max(solved.bound, objective)
    return Planned(instance, objective, bound, solved.status, solved.seconds, found, verdict, warnings)


def _neat(value: Fraction) -> float:
    return round(float(value), 9) + 0.0
