"""Explaining: why a found plan is as it is, on futures that it was neither searched nor judged on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from echelon.company.rows.money import Choice
from echelon.plans import why as reasons
from echelon.plans.deciding import Asked, Decision
from echelon.plans.lives import Lives, space
from echelon.plans.why import Why, noted, why

EXPLAIN = "explain"
"""Seed space of all that explains."""

Progress = Callable[[str, int, int, float], None]
"""As of `deciding.Progress`."""


@dataclass(frozen=True)
class Explained:
    """What explains a plan.

    why : each choice. choices : rows of the plan with a note each. stopped : whether it was stopped before it was done.
    """

    why: Why
    choices: tuple[Choice, ...]
    stopped: bool

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {"why": self.why.as_dict()}


def explain(found: Decision, asked: Asked, progress: Progress | None = None) -> Explained:
    """Explain a found plan.

    Parameters
    ----------
    found : the plan. asked : as it was asked for; a small effort of the search makes a small one here too. progress :
    called as the work goes on. Ctrl-C ends it, and what is done is kept.
    """

    def told(what: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(what, done, total, float("nan")) if progress else None

    lives = Lives(found.company, found.levers, space(asked.seed, EXPLAIN), threads=asked.threads)
    made = why(lives, found.plan, min(reasons.BUDGET, asked.effort), told("why each choice"))
    choices = noted(found.levers, found.plan, made, found.company.settings.company.currency)
    return Explained(made, choices, made.stopped)
