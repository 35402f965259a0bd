"""Lines: what every step at every site can do by quarter, and what may be added to it, as arrays."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.money import Choice
from echelon.company.rows.supply import Expansion, Line, Recipe, Site, Step
from echelon.futures.build.calendar import years_from
from echelon.futures.model import Calendar

DAYS_PER_QUARTER = 365.25 / 4


def size(row: Line | Expansion) -> float:
    """Capacity of a row over a quarter: litre-days for cell culture, else grams or units."""
    amount = row.litres if row.step == "cell-culture" else row.rate
    return (amount or 0.0) * row.utilisation * DAYS_PER_QUARTER


class LineBook:
    """Steps at sites, those that are still to be built included."""

    def __init__(self, company: Company, calendar: Calendar, choices: tuple[Choice, ...]) -> None:
        self._company, self._calendar = company, calendar
        self._as_of = company.settings.company.as_of
        rows: list[Line | Expansion] = [*company.rows(Line), *company.rows(Expansion)]
        order = {site.id: i for i, site in enumerate(company.rows(Site))}
        steps: tuple[Step, ...] = tuple(dict.fromkeys(row.step for row in rows))
        self.lines = sorted({(row.site, row.step) for row in rows}, key=lambda at: (order[at[0]], steps.index(at[1])))
        self.place = {at: i for i, at in enumerate(self.lines)}
        self.expansions = list(company.rows(Expansion))
        built = {choice.target: choice.on for choice in choices if choice.action == "build"}
        self.expand_at = [self.years(built.get(row.id, row.starts)) for row in self.expansions]
        self.above = self._above({choice.target: choice for choice in choices if choice.action == "build_above"})
        self.capacity = self._capacity()
        moved = {choice.target: choice.on for choice in choices if choice.action == "transfer"}
        self.transfers = [row for row in company.rows(Recipe) if row.transfer is not None]
        self.transfer_at = [self.years(moved.get(row.key, row.transfer_starts)) for row in self.transfers]

    def years(self, day: date | None) -> float:
        """Years from as_of to a day; infinite where none is given."""
        return years_from(self._as_of, day) if day is not None else np.inf

    def setup(self) -> np.ndarray:
        """Capacity lost to a change of product on one reactor, by line."""
        found = np.zeros(len(self.lines))
        for row in self._company.rows(Line):
            amount = row.litres if row.step == "cell-culture" else row.rate
            lost = (amount or 0.0) / row.reactors * row.changeover_days
            at = self.place[(row.site, row.step)]
            found[at] = max(found[at], lost)
        return found

    def fixed_cost(self) -> np.ndarray:
        """Cost of running all sites, a quarter."""
        ends = (np.arange(self._calendar.quarters) + 1) * 0.25
        total = np.zeros(self._calendar.quarters)
        for site in self._company.rows(Site):
            starts = [self._start(row) for row in self._company.rows(Line) if row.site == site.id]
            if site.fixed_cost > 0.0 and starts:
                total += site.fixed_cost * 0.25 * np.clip((ends - min(starts)) * 4.0, 0.0, 1.0)
        return total

    def _above(self, chosen: Mapping[str, Choice]) -> list[tuple[float, int, int]]:
        # By expansion: share of capacity, quarters ahead, and the first of those decided together. A row for an
        # expansion beats one for its project.
        found: list[tuple[float, int, int]] = []
        first: dict[str, int] = {}
        for x, row in enumerate(self.expansions):
            choice = chosen.get(row.id) or chosen.get(row.project or row.id)
            if choice is None or choice.value is None:
                found.append((np.inf, 0, x))
                continue
            years = row.trigger_years if choice.years is None else choice.years
            found.append((choice.value, round(4 * years), first.setdefault(choice.target, x)))
        return found

    def _start(self, row: Line) -> float:
        return years_from(self._as_of, row.from_date) if row.from_date else 0.0

    def _capacity(self) -> np.ndarray:
        quarters = self._calendar.quarters
        capacity = np.zeros((len(self.lines), quarters))
        ends = (np.arange(quarters) + 1) * 0.25
        for row in self._company.rows(Line):
            share = np.clip((ends - self._start(row)) * 4.0, 0.0, 1.0)
            capacity[self.place[(row.site, row.step)]] += share * size(row)
        return capacity
