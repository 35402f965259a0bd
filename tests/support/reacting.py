"""The company in which every rule acts, under a plan that reacts: by stage, by cash, by limits, by its pipeline."""

from datetime import date

import numpy as np
from tests.support.companies import everything_on

from echelon.company.company import Company
from echelon.company.rows.money import Choice, Resource
from echelon.company.rows.science import Program, Stage
from echelon.company.rows.supply import Expansion, Site

PEOPLE = {"preclinical": 2.0, "phase1": 6.0, "phase2": 12.5, "phase3": 30.0, "filing": 4.0}

PLAN = (
    Choice(action="cover", target="*", stage="phase3", value=5.0),
    Choice(action="cover", target="delta-joint", value=7.0),
    Choice(action="stop_below", target="*", stage="phase3", value=0.62),
    Choice(action="stop_below", target="beta-lung", value=0.1),
    Choice(action="at_risk", target="duo-lung", stage="phase3", value=0.3),
    Choice(action="delay", target="gamma-next", stage="phase2", on=date(2027, 5, 1)),
    Choice(action="fund", target="alpha-liver", stage="phase3"),
    Choice(action="build_above", target="plant-c", value=0.9, years=5.0),
    Choice(action="build_above", target="plant-more", value=0.65, years=4.0),
    Choice(action="audit", target="plant", value=2),
    Choice(action="audit", target="maker/south", value=1),
)


def reacting() -> Company:
    """`everything_on` with people on its stages, limits on starts and people, and the plan `reacts`. Unresolved."""
    company = everything_on()
    stages = [row.model_copy(update={"people": PEOPLE[row.stage]}) for row in company.rows(Stage)]
    limits = [
        *(Resource(resource="trial_starts", year=year, amount=2) for year in (2025, 2027, 2028, 2031)),
        *(Resource(resource="headcount", year=year, amount=80.0) for year in range(2026, 2036)),
    ]
    sites = [row.model_copy(update={"audit_effect": 0.3, "audit_cost": 0.7}) for row in company.rows(Site)]
    expansions = [
        row.model_copy(update={"project": "plant-more"}) if row.trigger is not None else row
        for row in company.rows(Expansion)
    ]
    for model, rows in (
        (Stage, stages),
        (Resource, [*company.rows(Resource), *limits]),
        (Site, sites),
        (Expansion, expansions),
    ):
        company = company.with_rows(model, rows)
    plans = {**company.plans, "reacts": (*(row for row in company.plans["all"] if row.action != "build"), *PLAN)}
    return Company.of(company.settings, [row for table in company.tables.values() for row in table.values()],
                      plans=plans)  # fmt: skip


def random_plan(company: Company, seed: int) -> tuple[Company, tuple[Choice, ...]]:
    """A company with random limits and people, and a random plan that reacts."""
    pick = np.random.default_rng(40_000 + seed)
    money = company.settings.money
    poor = money.model_copy(update={"opening_cash": 0.6 * money.opening_cash})
    company = company.with_settings(company.settings.model_copy(update={"money": poor if seed % 2 else money}))
    people = [row.model_copy(update={"people": float(pick.integers(0, 20))}) for row in company.rows(Stage)]
    years = range(company.settings.company.as_of.year, company.settings.company.as_of.year + 12)
    limits: list[Resource] = []
    for year in years:
        if pick.random() < 0.6:
            limits.append(Resource(resource="trial_starts", year=year, amount=float(pick.integers(0, 4))))
        if pick.random() < 0.6:
            limits.append(Resource(resource="headcount", year=year, amount=float(pick.integers(20, 60))))
    company = company.with_rows(Stage, people).with_rows(Resource, [*company.rows(Resource), *limits])
    stages = sorted({row.stage for row in company.rows(Stage)})
    programs = [row.id for row in company.rows(Program)]
    rows: dict[str, Choice] = {}
    for _ in range(10):
        action = str(pick.choice(["cover", "stop_below", "at_risk", "fund"]))
        top = {"cover": 12.0, "stop_below": 0.7, "at_risk": 1.0, "fund": 1.0}[action]
        row = Choice(
            action=action,  # type: ignore[arg-type]
            target=str(pick.choice(["*", *programs])),
            stage=str(pick.choice(["", *stages])),
            value=float(pick.uniform(0.0, top)),
        )
        rows[row.key] = row
    for expansion in company.rows(Expansion):
        if expansion.starts is None:
            row = Choice(
                action="build_above",
                target=expansion.id,
                value=float(pick.uniform(0.2, 1.0)),
                years=float(pick.choice([0.0, 2.0, 4.0, 8.0])),
            )
            rows[row.key] = row
    return company, tuple(rows.values())
