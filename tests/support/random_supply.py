"""Random companies with networks of sites: many steps, stocks, certificates, transfers, triggers, stopped shipments."""

from datetime import date

import numpy as np
from tests.support.random_companies import TERRITORIES, triangle
from tests.support.random_worlds import random_world

from echelon.company.company import Company
from echelon.company.making import steps_of
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.science import Asset
from echelon.company.rows.settings import Supplying
from echelon.company.rows.supply import (
    Certificate,
    Expansion,
    Inspection,
    Line,
    Recipe,
    RecipeStep,
    Site,
    Step,
)

SITES = ("plant", "abroad", "maker", "finisher")
MODALITIES = ("antibody", "adc", "small-molecule", "bispecific", "adc", "fusion-protein", "vaccine", "peptide")
RULES = ("pro-rata", "margin", "patients", "contract")


def random_supply(seed: int, assets: int = 4, scale: float = 1.0) -> Company:
    """A random world whose products come from a network of sites; `scale` multiplies its money.

    Lines are small enough to run short in some futures and large enough not to in others. Seeds go through the rules
    by which short supply is shared out, with and without certificates, with and without costs of goods as made.
    """
    pick = np.random.default_rng(20_000 + seed)
    company = random_world(seed, assets, scale)
    kinds = [MODALITIES[int(pick.integers(len(MODALITIES)))] for _ in company.rows(Asset)]
    molecules = [
        row.model_copy(update={"modality": kind}) for row, kind in zip(company.rows(Asset), kinds, strict=True)
    ]
    recipes = _recipes(pick, molecules, scale)
    for model, rows in (
        (Asset, molecules),
        (Site, _sites(pick, scale)),
        (Line, _lines(pick)),
        (Recipe, recipes),
        (RecipeStep, _steps(pick, molecules, recipes)),
        (Certificate, _certificates(pick, scale) if seed % 3 else []),
        (Expansion, _expansions(pick, scale)),
        (Inspection, _inspections(pick, list(company.rows(Inspection)))),
    ):
        company = company.with_rows(model, rows)
    covers = pick.choice([0.0, 1.0, 2.0, 4.5], 2)
    held = Supplying(share_out=RULES[seed % 4], substance_cover=float(covers[0]), product_cover=float(covers[1]))
    return company.with_settings(company.settings.model_copy(update={"supply": held}))


def _sites(pick: np.random.Generator, scale: float) -> list[Row]:
    return [
        Site(
            id=name,
            operator="contract" if name == "maker" else "own",
            territory=("", "home", "east", "")[i],
            fixed_cost=float(pick.choice([0.0, 0.7])) * scale,
        )
        for i, name in enumerate(SITES)
    ]


def _lines(pick: np.random.Generator) -> list[Row]:
    finishing: tuple[Step, ...] = ("formulation", "filling", "lyophilisation", "tableting", "packaging")
    making: tuple[Step, ...] = ("cell-culture", "purification", "synthesis")
    steps: dict[str, tuple[Step, ...]] = {
        "plant": (*making, "conjugation", "filling"),
        "abroad": (*making, "filling", "packaging"),
        "maker": (*making, "conjugation", *finishing),
        "finisher": ("conjugation", *finishing),
    }
    rows: list[Row] = []
    for site, found in steps.items():
        for step in found:
            if pick.random() < 0.75:
                rows.append(_line(pick, site, step, "a", None))
            if pick.random() < 0.2:
                rows.append(_line(pick, site, step, "b", date(2028, int(pick.integers(1, 13)), 15)))
    rows.append(_line(pick, "plant", "cell-culture", "c", None))
    rows.append(_line(pick, "plant", "synthesis", "c", None))
    return rows


def _line(pick: np.random.Generator, site: str, step: Step, name: str, day: date | None) -> Line:
    culture = step == "cell-culture"
    return Line(
        id=f"{site}-{step}-{name}",
        site=site,
        step=step,
        litres=float(np.exp(pick.uniform(np.log(30), np.log(6000)))) if culture else None,
        rate=None if culture else float(np.exp(pick.uniform(np.log(5), np.log(800)))),
        reactors=int(pick.integers(1, 5)),
        changeover_days=float(pick.choice([0.0, 5.0, 14.0])),
        from_date=day,
        utilisation=float(pick.uniform(0.6, 1.0)),
    )


def _recipes(pick: np.random.Generator, assets: list[Asset], scale: float) -> list[Recipe]:
    costed = {row.id: bool(pick.random() < 0.5) for row in assets}
    rows = []
    for row in assets:
        sites = [site for site in SITES if site == "plant" or pick.random() < 0.6]
        for site in sites:
            cost = scale if costed[row.id] else 0.0
            away = site != "plant" and pick.random() < 0.4
            rows.append(
                Recipe(
                    asset=row.id,
                    site=site,
                    titer=triangle(pick, 1, 6),
                    recovery=float(pick.uniform(0.5, 0.9)),
                    batch_days=float(pick.uniform(8, 20)),
                    batch_success=float(pick.uniform(0.85, 1.0)),
                    grams_per_month=float(pick.uniform(0.2, 1.5)),
                    sales_per_gram=float(pick.uniform(300, 1200)) * scale,
                    unit_grams=float(pick.uniform(0.1, 0.5)),
                    substance_release=float(pick.choice([0.0, 1.0, 2.5, 4.0])),
                    substance_shelf=None if pick.random() < 0.4 else float(pick.choice([3, 7, 24])),
                    substance_cost=cost * float(pick.uniform(20, 120)),
                    product_release=float(pick.choice([0.0, 1.0, 2.0, 3.5])),
                    product_shelf=None if pick.random() < 0.4 else float(pick.choice([3, 6, 10, 24])),
                    product_cost=cost * float(pick.uniform(5, 40)),
                    transfer=triangle(pick, 6, 36) if away else None,
                    transfer_cost=4.0 * scale if away else 0.0,
                    transfer_starts=date(2026, int(pick.integers(1, 13)), 1) if away and pick.random() < 0.8 else None,
                )
            )
    return rows


def _steps(pick: np.random.Generator, assets: list[Asset], recipes: list[Recipe]) -> list[Row]:
    modality = {row.id: row.modality for row in assets}
    return [
        RecipeStep(
            asset=row.asset,
            site=row.site,
            step=step,
            recovery=float(pick.uniform(0.8, 1.0)),
            batch_success=float(pick.uniform(0.9, 1.0)),
            load=float(pick.uniform(0.5, 1.5)),
        )
        for row in recipes
        for step in steps_of(modality[row.asset])
        if pick.random() < 0.5
    ]


def _certificates(pick: np.random.Generator, scale: float) -> list[Row]:
    rows: list[Row] = []
    for site in SITES:
        for territory in TERRITORIES:
            if site != "plant" and pick.random() < 0.35:
                continue
            day = date(2026 + int(pick.integers(0, 4)), int(pick.integers(1, 13)), 1) if pick.random() < 0.4 else None
            shipping = float(pick.choice([0.0, 3.0])) * scale
            rows.append(Certificate(site=site, territory=territory, from_date=day, shipping=shipping))
    return rows


def _expansions(pick: np.random.Generator, scale: float) -> list[Row]:
    rows: list[Row] = []
    for i, (site, step) in enumerate(
        (("plant", "cell-culture"), ("plant", "cell-culture"), ("maker", "filling"), ("abroad", "purification"))
    ):
        triggered = pick.random() < 0.6
        rows.append(
            Expansion(
                id=f"more-{i}",
                site=site,
                step=step,
                litres=float(pick.uniform(200, 4000)) if step == "cell-culture" else None,
                rate=None if step == "cell-culture" else float(pick.uniform(20, 400)),
                capital=float(pick.uniform(5, 30)) * scale,
                build=triangle(pick, 9, 40),
                licence=triangle(pick, 3, 24),
                starts=None if triggered else date(2026 + i, 5, 1),
                utilisation=0.9,
                trigger=float(pick.uniform(0.3, 1.2)) if triggered else None,
                trigger_years=float(pick.choice([0.0, 1.5, 4.0, 9.0])),
            )
        )
    return rows


def _inspections(pick: np.random.Generator, there: list[Inspection]) -> list[Row]:
    more = [
        Inspection(
            site=site,
            territory=territory,
            oai=0.25,
            vai=0.3,
            oai_delay=triangle(pick, 3, 18),
            missed=0.0,
            missed_delay=Uncertain.fixed(3.0),
            supply_stop=0.6,
            interval_years=float(pick.choice([1.5, 2.0, 3.0])),
        )
        for site, territory in (("maker", "home"), ("abroad", "home"))
    ]
    return [*(row.model_copy(update={"supply_stop": 0.5}) for row in there), *more]
