"""Orders: each asset for the territories that the same sites may supply, and what a gram takes of their lines."""

import math
from dataclasses import dataclass

import numpy as np

from echelon.company.company import Company
from echelon.company.making import stages_of
from echelon.company.rows.money import Choice
from echelon.company.rows.science import Asset
from echelon.company.rows.supply import STAGES, UNIT_STEPS, Certificate, Inspection, Recipe, RecipeStep, Site, Step
from echelon.futures.build.lines import LineBook
from echelon.futures.model import Calendar

SUBSTANCE, CONJUGATE, PRODUCT = range(len(STAGES))
STAGE_NAMES = ("substance", "conjugate", "product")


@dataclass(frozen=True)
class Leg:
    """A site that may do a stage of an asset for a territory."""

    recipe: Recipe
    stage: int
    steps: tuple[Step, ...]
    after: float  # years, day of its certificate
    shipping: float  # company currency a gram
    stop: str  # territory whose authority may stop shipments, blank for none


@dataclass(frozen=True)
class SupplyRoute:
    """How a pair is supplied: its order, the grams in a million of its sales, the cost of making a gram (million)."""

    order: int
    grams: float
    unit_cost: float


@dataclass
class Order:
    """An asset for territories that the same sites may supply; `worth` is that of a gram in each pair of it."""

    asset: str
    stages: list[list[Leg]]
    contract: bool
    territories: set[str]
    worth: list[float]  # company currency a gram


class SupplyBook:
    """Orders of a company, as they turn up."""

    def __init__(self, company: Company, calendar: Calendar, choices: tuple[Choice, ...]) -> None:
        self.company = company
        self.lines = LineBook(company, calendar, choices)
        self.recipes: dict[str, list[Recipe]] = {}
        for row in company.rows(Recipe):
            self.recipes.setdefault(row.asset, []).append(row)
        self._steps = {(row.asset, row.site, row.step): row for row in company.rows(RecipeStep)}
        self._certificates = {(row.site, row.territory): row for row in company.rows(Certificate)}
        self._sites = {row.id: row for row in company.rows(Site)}
        self._stops = {(row.site, row.territory) for row in company.rows(Inspection) if row.supply_stop > 0.0}
        self._places: dict[tuple[object, ...], int] = {}
        self.orders: list[Order] = []

    def route(self, asset: str, territory: str, price_per_month: float, shared: bool) -> SupplyRoute | None:
        """How a pair is supplied, None where its supply is not modelled. shared : a partner sells it."""
        grams = self._grams(asset, price_per_month)
        stages = self.legs(asset, territory)
        if grams is None or stages is None:
            return None
        contract = shared and self.company.settings.supply.share_out == "contract"
        key = (asset, contract, tuple(tuple(_leg_key(leg) for leg in legs) for legs in stages))
        if key not in self._places:
            self._places[key] = len(self.orders)
            self.orders.append(Order(asset, stages, contract, set(), []))
        order = self.orders[self._places[key]]
        order.territories.add(territory)
        order.worth.append(1e6 / grams if grams > 0.0 else math.inf)
        return SupplyRoute(self._places[key], grams, self.unit_cost(stages))

    def sites(self, asset: str, territory: str, filed: bool) -> tuple[str, ...]:
        """Sites that a filing is about: of each stage the first asked that makes it, as far as is decided.

        filed : what is submitted already was made by then, so it is about no site that cannot make it yet.
        """
        stages = self.legs(asset, territory) or ()
        first = [next((leg for leg in legs if self._makes(leg, filed)), legs[0]) for legs in stages]
        return tuple(dict.fromkeys(leg.recipe.site for leg in first))

    def _makes(self, leg: Leg, by_now: bool) -> bool:
        # Whether a site makes a stage, or by_now False will make it once a transfer that is decided has ended.
        moves = leg.recipe.transfer is not None
        if not by_now:
            return not moves or self.lines.transfer_at[self.lines.transfers.index(leg.recipe)] < math.inf
        return not moves and all(self.lines.capacity[line, 0] > 0.0 for line, _, _ in self.uses(leg))

    def costed(self, asset: str) -> bool:
        """Whether the goods of an asset are booked as they are made, not as a share of sales."""
        return any(row.substance_cost > 0.0 or row.product_cost > 0.0 for row in self.recipes.get(asset, ()))

    def legs(self, asset: str, territory: str) -> list[list[Leg]] | None:
        """Sites that may do each stage of an asset for a territory, first the one asked first; None not modelled."""
        row = self.company.get(Asset, asset)
        modality = row.modality if row else "antibody"
        made: list[list[Leg]] = [[], [], []]
        anywhere = [False, False, False]
        for recipe in self.recipes.get(asset, ()):
            for s, steps in enumerate(stages_of(recipe, modality, set(self.lines.lines))):
                if not steps:
                    continue
                anywhere[s] = True
                certificate = self._certificates.get((recipe.site, territory))
                if certificate is None and self._certificates:
                    continue
                day = certificate.from_date if certificate else None
                made[s].append(
                    Leg(
                        recipe,
                        s,
                        steps,
                        self.lines.years(day) if day else -math.inf,
                        certificate.shipping if certificate else 0.0,
                        territory if (recipe.site, territory) in self._stops else "",
                    )
                )
        if not any(anywhere):
            return None
        stages = [sorted(legs, key=lambda leg: self._preference(leg, territory)) for legs in made]
        found = [legs for s, legs in enumerate(stages) if anywhere[s]]
        return found if all(found) else []

    def _preference(self, leg: Leg, territory: str) -> tuple[int, bool, bool]:
        # As the recipes say; then a plant in the territory, then our own. Never by size: that a plant grows must not
        # take work away from another, or more capacity could serve less.
        site = self._sites[leg.recipe.site]
        return (leg.recipe.priority, site.territory != territory, site.operator != "own")

    def dose(self, asset: str) -> float | None:
        """Grams per patient-month, where a recipe says."""
        return next((r.grams_per_month for r in self.recipes.get(asset, ()) if r.grams_per_month is not None), None)

    def _grams(self, asset: str, price_per_month: float) -> float | None:
        # Grams in a million of sales.
        dose = self.dose(asset)
        if price_per_month > 0.0 and dose is not None:
            return dose / price_per_month
        per_gram = next((r.sales_per_gram for r in self.recipes.get(asset, ()) if r.sales_per_gram), None)
        return 1e6 / per_gram if per_gram else None

    def unit_cost(self, stages: list[list[Leg]]) -> float:
        """Cost of making a gram at each stage's first site, million."""
        total, grams = 0.0, 1.0
        for legs in reversed(stages):
            total += grams * self.leg_cost(legs[0])
            grams /= self.leg_yield(legs[0])
        return total

    def leg_cost(self, leg: Leg) -> float:
        """Cost of a gram out of a leg, million; a site that grows and conjugates counts its substance once."""
        recipe, cost = leg.recipe, 0.0
        if leg.stage == PRODUCT:
            cost = recipe.product_cost + leg.shipping
        elif leg.stage == SUBSTANCE or not self._done_here(leg, SUBSTANCE):
            cost = recipe.substance_cost
        return cost / 1e6

    def _done_here(self, leg: Leg, stage: int) -> bool:
        row = self.company.get(Asset, leg.recipe.asset)
        return bool(stages_of(leg.recipe, row.modality if row else "antibody", self.lines.place)[stage])

    def _step(self, leg: Leg, step: Step) -> RecipeStep:
        row = self._steps.get((leg.recipe.asset, leg.recipe.site, step))
        return row or RecipeStep(asset=leg.recipe.asset, site=leg.recipe.site, step=step)

    def leg_yield(self, leg: Leg) -> float:
        """Grams out of a leg for a gram that comes into it (of harvested product, for the first)."""
        made = math.prod(self._step(leg, s).recovery * self._step(leg, s).batch_success for s in leg.steps)
        if leg.stage == SUBSTANCE:
            made *= leg.recipe.recovery * leg.recipe.batch_success
        return made

    def uses(self, leg: Leg) -> list[tuple[int, float, bool]]:
        """Lines of a leg: place, capacity a gram out of it takes, whether the titer divides that."""
        recipe, uses, grams = leg.recipe, [], 1.0
        for step in reversed(leg.steps):
            row = self._step(leg, step)
            line = self.lines.place[(recipe.site, step)]
            if step == "cell-culture":
                assert recipe.titer is not None, "checked on reading"
                litres = self.leg_yield(leg) * recipe.titer.mode * recipe.working_volume
                uses.append((line, row.load * recipe.batch_days / litres, True))
            else:
                each = (recipe.unit_grams or 1.0) if step in UNIT_STEPS else 1.0
                uses.append((line, row.load * grams / each, False))
            grams /= row.recovery * row.batch_success
        return uses[::-1]

    def classes(self) -> list[int]:
        """Class of each order by the company's rule, the one served first lowest."""
        rule = self.company.settings.supply.share_out
        if rule == "contract":
            return [0 if order.contract else 1 for order in self.orders]
        if rule == "pro-rata":
            return [0] * len(self.orders)
        if rule == "margin":
            keep = 1.0 - self.company.settings.money.selling
            scores = [1e6 * self.unit_cost(o.stages) - float(np.mean(o.worth)) * keep for o in self.orders]
        else:  # an asset with no dose comes after those that have one
            scores = [self.dose(order.asset) or math.inf for order in self.orders]
        ranks = {score: rank for rank, score in enumerate(sorted(set(scores)))}
        return [ranks[score] for score in scores]

    def arranged(self) -> list[int]:
        """Orders as they stand in the arrays: asset by asset."""
        found = self.orders
        return sorted(range(len(found)), key=lambda k: (found[k].asset, sorted(found[k].territories)))

    def labels(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Asset and territories of each order of the arrays."""
        return tuple((self.orders[k].asset, tuple(sorted(self.orders[k].territories))) for k in self.arranged())

    def stage_labels(self) -> tuple[tuple[int, str], ...]:
        """Order and name of each stage of the arrays."""
        return tuple(
            (place, STAGE_NAMES[legs[0].stage])
            for place, k in enumerate(self.arranged())
            for legs in self.orders[k].stages
        )


def _leg_key(leg: Leg) -> tuple[object, ...]:
    return leg.recipe.key, leg.stage, leg.after, leg.shipping, leg.stop
