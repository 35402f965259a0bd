"""Explaining: why a found plan is as it is, on futures that it was neither searched nor judged on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from echelon.company.rows.money import Choice
from echelon.plans import information as knowing
from echelon.plans import why as reasons
from echelon.plans.deciding import Asked, Decision
from echelon.plans.firm import Firm, firm
from echelon.plans.frontier import EXPLAIN, Effort, Frontier, frontier
from echelon.plans.information import Information, information
from echelon.plans.lives import Lives, space
from echelon.plans.why import Why, noted, why

FIRM = "explain/firm"
"""Seed space on which sampled good plans are lived."""

POINT = 8_000
"""Futures that the search of a point of the frontier lives, for the usual effort of the search."""

CHECKED, POINTED = 2_048, 4_096
"""Futures that a sampled good plan, and a point of the frontier, are judged by at most."""

Progress = Callable[[str, int, int, float], None]
"""As of `deciding.Progress`."""


@dataclass(frozen=True)
class Explained:
    """What explains a plan; what was not asked for or not reached is None.

    why : each choice. choices : rows of the plan with a note each. frontier : the plan as the objective and the cash
    limit change. information : what knowing outcomes would be worth. firm : choices that good plans share. stopped :
    whether it was stopped before it was done.
    """

    why: Why
    choices: tuple[Choice, ...]
    frontier: Frontier | None = None
    information: Information | None = None
    firm: Firm | None = None
    stopped: bool = False

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "why": self.why.as_dict(),
            "frontier": self.frontier and self.frontier.as_dict(),
            "information": self.information and self.information.as_dict(),
            "firm": self.firm and self.firm.as_dict(),
        }


def explain(found: Decision, asked: Asked, progress: Progress | None = None, *, quick: bool = False) -> Explained:
    """Explain a found plan.

    Parameters
    ----------
    found : the plan. asked : as it was asked for; a small effort of the search makes a small one here too. progress :
    called as the work goes on. quick : only why each choice is taken. Ctrl-C ends it, and what is done is kept.
    """

    def told(what: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(what, done, total, float("nan")) if progress else None

    lives = Lives(found.company, found.levers, space(asked.seed, EXPLAIN), threads=asked.threads)
    made = why(lives, found.plan, min(reasons.BUDGET, asked.effort), told("why each choice"))
    currency = found.company.settings.company.currency
    explained = Explained(made, noted(found.levers, found.plan, made, currency), stopped=made.stopped)
    if quick or made.stopped:
        return explained
    checks = Lives(found.company, found.levers, space(asked.seed, FIRM), threads=asked.threads)
    held = firm(checks, found.plan, made, asked.seed, min(CHECKED, asked.judged), progress=told("good plans"))
    explained = replace(explained, firm=held, stopped=held.stopped)
    if held.stopped:
        return explained
    budget = min(knowing.BUDGET, asked.effort)
    known = information(lives, found.plan, budget, progress=told("what knowing would be worth"))
    explained = replace(explained, information=known, stopped=known.stopped)
    if known.stopped:
        return explained
    effort = min(POINT, asked.effort * POINT // 200_000)
    how = Effort(effort, min(POINTED, asked.judged), asked.seed, asked.threads)
    traced = frontier(found, lives, how, told("frontier"))
    return replace(explained, frontier=traced, stopped=traced.stopped)
