"""Supply: reactor time by site and quarter, recipes, expansions and visits, as arrays."""

from dataclasses import dataclass

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.money import Choice
from echelon.company.rows.supply import Certificate, Expansion, Line, Recipe, Site
from echelon.futures.build.calendar import years_from
from echelon.futures.build.shapes import array, relative, shape
from echelon.futures.build.streams import Streams
from echelon.futures.model import Calendar, Supply

DAYS_PER_QUARTER = 365.25 / 4


@dataclass(frozen=True)
class SupplyRoute:
    """Site and recipe that serve a pair, and litre-days per million of its sales."""

    site: int
    recipe: int
    load: float


class SupplyBook:
    """Sites that make something we sell; the bottleneck is reactor volume in cell culture."""

    def __init__(self, company: Company, calendar: Calendar, choices: tuple[Choice, ...]) -> None:
        self._company = company
        self._calendar = calendar
        self._as_of = company.settings.company.as_of
        self._built = {choice.target: choice.on for choice in choices if choice.action == "build"}
        self.recipes = list(company.rows(Recipe))
        with_lines = {line.site for line in company.rows(Line) if line.step == "cell-culture"}
        self.sites = [site for site in company.rows(Site) if site.id in with_lines]
        self._place = {site.id: i for i, site in enumerate(self.sites)}
        self.capacity = self._capacity()
        self._certified: dict[str, set[str]] = {}
        for row in company.rows(Certificate):
            self._certified.setdefault(row.territory, set()).add(row.site)

    def site_name(self, site: int) -> str:
        """Id of a site by index."""
        return self.sites[site].id

    def route(self, asset: str, territory: str, price_per_month: float, sold: bool = False) -> SupplyRoute | None:
        """Where a pair is made: the largest site with a recipe and, where certificates are kept, a certificate.

        What is `sold` already is made where something can be made today; a plant still to open does not stop it.
        """
        options = [
            (r, recipe) for r, recipe in enumerate(self.recipes) if recipe.asset == asset and recipe.site in self._place
        ]
        certified = self._certified.get(territory)
        if certified:
            options = [(r, recipe) for r, recipe in options if recipe.site in certified] or options
        if sold:
            options = [
                (r, recipe) for r, recipe in options if self.capacity[self._place[recipe.site], 0] > 0
            ] or options
        if not options:
            return None
        r, recipe = max(options, key=lambda option: (self.capacity[self._place[option[1].site]].max(), -option[0]))
        if price_per_month > 0.0 and recipe.grams_per_month is not None:
            grams = recipe.grams_per_month / price_per_month
        elif recipe.sales_per_gram is not None:
            grams = 1e6 / recipe.sales_per_gram
        else:
            return None
        per_litre = recipe.titer.mode * recipe.working_volume * recipe.recovery * recipe.batch_success
        return SupplyRoute(self._place[recipe.site], r, grams * recipe.batch_days / per_litre)

    def _capacity(self) -> np.ndarray:
        quarters = self._calendar.quarters
        capacity = np.zeros((len(self.sites), quarters))
        ends = (np.arange(quarters) + 1) * 0.25
        for line in self._company.rows(Line):
            if line.step != "cell-culture" or line.site not in self._place:
                continue
            start = years_from(self._as_of, line.from_date) if line.from_date else 0.0
            share = np.clip((ends - start) * 4.0, 0.0, 1.0)
            capacity[self._place[line.site]] += share * line.litres * line.utilisation * DAYS_PER_QUARTER
        return capacity

    def arrays(self, streams: Streams) -> Supply:
        """Supply as arrays."""
        quarters = self._calendar.quarters
        horizon = quarters * 0.25
        built: list[tuple[Expansion, float]] = []
        for row in self._company.rows(Expansion):
            day = self._built.get(row.id, row.starts)
            if row.step == "cell-culture" and row.site in self._place and day is not None:
                start = years_from(self._as_of, day)
                if start < horizon:
                    built.append((row, start))
        return Supply(
            capacity=self.capacity,
            titer=array([relative(recipe.titer) for recipe in self.recipes]),
            titer_stream=np.array([streams.add(f"recipe/{r.asset}/{r.site}/titer") for r in self.recipes], np.int32),
            expand_site=np.array([self._place[row.site] for row, _ in built], np.int32),
            expand_at=np.array([start for _, start in built], np.float64),
            expand_litre_days=np.array([r.litres * r.utilisation * DAYS_PER_QUARTER for r, _ in built], np.float64),
            expand_capital=np.array([row.capital for row, _ in built], np.float64),
            expand_build=array([shape(row.build, 1 / 12) for row, _ in built]),
            expand_licence=array([shape(row.licence, 1 / 12) for row, _ in built]),
            expand_stream=np.array([streams.add(f"expansion/{row.id}") for row, _ in built], np.int32),
        )
