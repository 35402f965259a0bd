"""Naive references: what a spreadsheet would have said, one date and one probability, and last year's sales again."""

import math
from dataclasses import dataclass

from echelon.company.company import Company
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Filing, Listing
from echelon.company.rows.money import Actual
from echelon.company.rows.science import Program, Stage
from echelon.futures.build.calendar import years_from
from echelon.futures.build.pairs import last_four_quarters

NEXT_ROUND = 1.0
"""Years from a first sale to the next list, where the company gives no time of its own."""


@dataclass(frozen=True)
class Point:
    """An event on one day with one probability: years from as_of, infinite where it is not foreseen."""

    at: float
    chance: float


NEVER = Point(math.inf, 0.0)


class Spreadsheet:
    """Fixed published medians and means, stage after stage, with no spread and no link between programs.

    Parameters
    ----------
    company : resolved, with no blanks.
    """

    def __init__(self, company: Company) -> None:
        self._company = company
        self._as_of = company.settings.company.as_of
        self._stages: dict[str, list[Stage]] = {}
        for row in company.rows(Stage):
            if row.program:
                self._stages.setdefault(row.program, []).append(row)
        for rows in self._stages.values():
            rows.sort(key=lambda row: row.order or 0)

    def approval(self, program: str, territory: str) -> Point:
        """When a program would be approved in a territory, and with what probability."""
        return self._approval(program, territory, frozenset())

    def listing(self, program: str, territory: str) -> Point:
        """When it would be listed: at the next round after its first sale."""
        row = self._company.get(Listing, f"{program}/{territory}")
        filing = self._company.get(Filing, f"{program}/{territory}")
        if row is None or row.status != "planned":
            return NEVER
        if filing is not None and filing.status == "approved" and filing.approved:
            approved = Point(years_from(self._as_of, filing.approved), 1.0)
        else:
            approved = self.approval(program, territory)
        lag = filing.launch_lag / 12.0 if filing else 0.0
        wait = NEXT_ROUND if row.months_to_list is None else row.months_to_list / 12.0
        chance = row.probability if row.probability is not None else 1.0
        return Point(max(approved.at + lag + wait, 0.0), approved.chance * chance)

    def sales(self, asset: str, territory: str) -> float:
        """Last year's reported sales, or nothing."""
        reported = last_four_quarters(self._company)
        found = reported.get((asset, territory), reported.get((asset, ""), 0.0))
        territories = {row.territory for row in self._company.rows(Actual) if row.asset == asset}
        return found if (asset, territory) in reported or territories == {""} else 0.0

    def _approval(self, program: str, territory: str, seen: frozenset[str]) -> Point:
        filing = self._company.get(Filing, f"{program}/{territory}")
        row = self._company.get(Program, program)
        if filing is None or row is None or filing.status in ("refused", "withdrawn") or territory in seen:
            return NEVER
        ready, chance = self._ready(row)
        if filing.submitted is not None:
            submit = max(years_from(self._as_of, filing.submitted), ready if ready > 0.0 else -math.inf)
        else:
            submit = ready + _middle(filing.submission_lag)
        if filing.relies_on:
            other = self._company.get(Filing, f"{program}/{filing.relies_on}")
            if other is None or other.status != "approved":
                submit = max(submit, self._approval(program, filing.relies_on, seen | {territory}).at)
        pos = filing.pos if filing.pos is not None else 1.0
        return Point(max(submit + _middle(filing.review), 0.0), chance * pos)

    def _ready(self, row: Program) -> tuple[float, float]:
        # Years to the start of the filing stage, and the probability of getting there.
        at = years_from(self._as_of, row.stage_since) if row.stage_since else 0.0
        stages = self._stages.get(row.id, [])
        names = [stage.stage for stage in stages]
        if row.stage not in names:
            return at if row.stage_since else 0.0, 1.0
        chance = 1.0
        for stage in stages[names.index(row.stage) :]:
            if stage.kind == "filing":
                break
            read = at + (stage.overlap or 1.0) * _middle(stage.duration)
            at = max(read, 0.0)
            chance *= stage.pos if stage.pos is not None else 1.0
        return at, chance


def _middle(value: Uncertain | None) -> float:
    # Years: the published median of a lognormal, the published mean of anything else.
    if value is None:
        return 0.0
    if value.dist in ("lognormal", "fixed"):
        return value.mode / 12.0
    middle = (value.low + value.high) / 2.0 if value.dist == "uniform" else (value.low + value.mode + value.high) / 3.0
    return middle / 12.0
