"""Outlook: what is expected of a pipeline before its launch is what it asks for once launched, times its chances."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from tests.support.reacting import reacting

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import (
    Competitor,
    Epidemiology,
    Filing,
    Indication,
    Listing,
    Price,
    Sales,
    Territory,
)
from echelon.company.rows.money import Choice
from echelon.company.rows.science import Asset, Program, Stage
from echelon.company.rows.settings import Couplings, General, Money, Settings
from echelon.company.rows.supply import Expansion, Line, Recipe, Site
from echelon.futures.build.build import Built, build
from echelon.futures.engine import Engine

fixed = Uncertain.fixed


def company(sold: list[Row], *, phase3: float = 1.0, approval: float = 1.0, cash: float = 1.0) -> Company:
    """One program in phase 2, with point values; cash runs out in the first quarter, so one outlook is all there is."""
    chain = (("phase2", "clinic", 1.0, 24), ("phase3", "clinic", phase3, 30), ("filing", "filing", 1.0, 10))
    stages = [
        Stage(chain="standard", stage=name, order=i, kind=kind, pos=pos, duration=fixed(months), overlap=0.9,
              cost=fixed(5))
        for i, (name, kind, pos, months) in enumerate(chain, start=1)
    ]  # fmt: skip
    rows: list[Row] = [
        *stages,
        Territory(id="home", currency="USD"),
        Asset(id="a", modality="antibody", area="oncology"),
        Program(id="p", asset="a", stage="phase2", stage_since=date(2025, 3, 1), exclusivity_years=8.0,
                indication="lung", years_to_peak=fixed(5), strength=fixed(1.3)),
        Filing(program="p", territory="home", pos=approval, submission_lag=fixed(3), review=fixed(9), launch_lag=2.0,
               accepts_data=0.0, bridging=fixed(7), bridging_pos=1.0, validation=fixed(1)),
        Site(id="plant"),
        Line(id="culture", site="plant", litres=1e9),
        Line(id="fill", site="plant", step="filling", rate=1e9),
        Recipe(asset="a", site="plant", titer=fixed(3), grams_per_month=0.6, sales_per_gram=9000.0, unit_grams=0.2),
        Expansion(id="more", site="plant", litres=1000, capital=1.0, build=fixed(12), licence=fixed(6)),
        *sold,
    ]  # fmt: skip
    settings = Settings(
        company=General(name="Small", as_of=date(2025, 12, 31), horizon_years=14, terminal_years=8, currency="USD",
                        home=("home",)),
        money=Money(opening_cash=cash, cash_floor=0.0, overhead=50_000.0),
        couplings=Couplings(asset=0.0, target=0.0, platform=0.0),
    )  # fmt: skip
    return Company.of(settings, rows)


DIRECT: list[Row] = [Sales(program="p", territory="home", peak_sales=fixed(300), years_to_peak=fixed(4), decline=0.4)]
PATIENTS: list[Row] = [
    Indication(id="lung", disease="lung", share_of_patients=fixed(0.5), months_on_therapy=fixed(8)),
    Epidemiology(disease="lung", territory="home", year=2025, patients=fixed(9000), growth=0.02),
    Price(asset="a", territory="home", net_price=fixed(5000), growth=-0.03),
    Competitor(id="old", indication="lung", territory="home", entry=date(2023, 5, 1), strength=1.1),
]
LISTED: list[Row] = [
    *PATIENTS,
    Listing(program="p", territory="home", probability=1.0, price_cut=fixed(0.4), months_to_list=9, volume=2.5),
]


def looking(years: float, of: Company, program: str = "p") -> Built:
    funds = Choice(action="fund", target=program)
    above = Choice(action="build_above", target="more", value=10.0, years=years)
    return build(resolve(of)[0], (funds, above), 1)


@pytest.mark.parametrize("sold", [DIRECT, PATIENTS, LISTED], ids=["direct", "patients", "listed"])
@pytest.mark.parametrize("years", [3.0, 6.0, 6.25, 8.0, 12.0, 14.0, 16.5, 18.5, 20.0])
def test_expected_before_is_asked_for_after(sold: list[Row], years: float) -> None:
    model = looking(years, company(sold)).model
    _, state = Engine(model, 1).one(0)
    assert state.measures[5] > 4.0, "it is launched, late"
    then, quarters = round(4 * years), model.calendar.quarters
    c = then if then < quarters else quarters + (then - quarters) // 4
    asked = state.grams[0, c] * (1.0 if then < quarters else 0.25)
    assert state.expected[0] == pytest.approx(asked, rel=1e-9)
    assert (asked > 0.0) == (years >= 6.0)


def test_chances_multiply() -> None:
    sure, unsure = (
        Engine(looking(12.0, company(DIRECT, phase3=a, approval=b)).model, 1).one(0)[1].expected[0]
        for a, b in ((1.0, 1.0), (0.5, 0.8))
    )
    assert unsure == pytest.approx(0.5 * 0.8 * sure)


def test_of_what_is_not_known_means_are_taken() -> None:
    wide = Uncertain(low=100, mode=300, high=800)
    sold: list[Row] = [Sales(program="p", territory="home", peak_sales=wide, years_to_peak=fixed(4), decline=0.4)]
    engine = Engine(looking(12.0, company(sold)).model, 1)
    point = Engine(looking(12.0, company(DIRECT)).model, 1).one(0)[1].expected[0]
    seen = {float(engine.one(future)[1].expected[0]) for future in range(20)}
    assert len(seen) == 1, "no future's own draw is known before its launch"
    assert seen.pop() == pytest.approx(point * 400 / 300)


def test_the_launched_trigger_does_not_see_a_pipeline() -> None:
    tight = company(DIRECT, cash=1e6)
    small = [
        row.model_copy(update={"litres": 1000.0}) if row.step == "cell-culture" else row for row in tight.rows(Line)
    ]
    tight = tight.with_rows(Line, small)
    waits = [row.model_copy(update={"trigger": 0.8, "trigger_years": 4.0}) for row in tight.rows(Expansion)]
    above = (Choice(action="build_above", target="more", value=0.8, years=4.0),)
    pipeline, launched = (
        float(Engine(build(resolve(one)[0], plan, 1).model, 1).one(0)[1].decided_at[0])
        for one, plan in ((tight, above), (tight.with_rows(Expansion, waits), ()))
    )
    assert pipeline <= 3.0
    assert launched >= 5.0


def test_a_higher_bar_never_decides_earlier() -> None:
    days = []
    for value in (0.3, 0.6, 0.9, 1.4):
        plan = (*(row for row in reacting().plans["all"] if row.action != "build"),
                Choice(action="build_above", target="plant-c", value=value, years=5.0))  # fmt: skip
        made = build(resolve(reacting())[0], plan, 3)
        engine = Engine(made.model, 1)
        x = [row.id for row in reacting().rows(Expansion)].index("plant-c")
        days.append(np.nan_to_num([engine.one(future)[1].decided_at[x] for future in range(60)], nan=np.inf))
    for lower, higher in pairwise(days):
        assert (higher >= lower).all()
    assert (days[-1] > days[0]).any()


def test_a_project_is_decided_together() -> None:
    made = build(resolve(reacting())[0], reacting().plans["reacts"], 3)
    rows = [row.id for row in reacting().rows(Expansion) if row.project == "plant-more"]
    places = [i for i, row in enumerate(reacting().rows(Expansion)) if row.id in rows]
    assert len(places) == 2
    free = made.model._replace(supply=made.model.supply._replace(expand_trigger=np.full(4, np.inf)))
    together, decided = Engine(free, 1), 0
    for future in range(60):
        days = together.one(future)[1].decided_at[places]
        assert days[0] == days[1] or np.isnan(days).all()
        decided += int(np.isfinite(days).all())
    assert decided > 0
