"""Random companies, complete without priors, for properties that must hold for every company."""

from datetime import date, timedelta

import numpy as np

from echelon.company.company import Company
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import (
    Competitor,
    Deal,
    DealTier,
    Epidemiology,
    Filing,
    FxRate,
    Indication,
    Listing,
    Price,
    Sales,
    Territory,
)
from echelon.company.rows.money import Actual
from echelon.company.rows.science import Asset, Discovery, Program, Stage
from echelon.company.rows.settings import Couplings, Echelons, General, Money, Settings
from echelon.company.rows.supply import Expansion, Inspection, Line, Recipe, Site

AS_OF = date(2025, 12, 31)
STAGES = ("lead", "trial-a", "trial-b", "review")
KINDS = ("reserve", "clinic", "clinic", "filing")
TERRITORIES = ("home", "east", "west")


def triangle(pick: np.random.Generator, low: float, high: float) -> Uncertain:
    """A triangular value somewhere between two bounds."""
    a, b, c = np.sort(pick.uniform(low, high, 3))
    return Uncertain(low=float(a), mode=float(b), high=float(c))


def random_company(seed: int, assets: int = 4, scale: float = 1.0) -> Company:
    """A company with every rule in use; `scale` multiplies every amount of money in it."""
    pick = np.random.default_rng(seed)
    rows: list[Row] = [Territory(id=name, currency="USD", authority=name) for name in TERRITORIES]
    rows.append(FxRate(currency="USD", rate=1.0))
    rows += [row for name in STAGES for row in _stage(pick, name, scale)]
    rows.append(
        Indication(
            id="ache-1l",
            disease="ache",
            share_of_patients=triangle(pick, 0.2, 0.9),
            months_on_therapy=triangle(pick, 3, 20),
        )
    )
    for name in TERRITORIES:
        rows.append(
            Epidemiology(disease="ache", territory=name, year=2024, patients=triangle(pick, 5e3, 5e4), growth=0.01)
        )
        rows.append(Competitor(id="old", indication="ache-1l", territory=name, entry=date(2022, 3, 1)))
        rows.append(
            Competitor(
                id="new",
                indication="ache-1l",
                territory=name,
                entry_years=triangle(pick, 1, 9),
                probability=0.7,
                strength=1.2,
            )
        )
    for index in range(assets):
        rows += _asset(pick, index, scale)
    rows += _supply(pick, scale)
    rows.append(
        Discovery(
            id="lab",
            modality="antibody",
            area="oncology",
            chain="short",
            entry_stage="lead",
            candidates_per_year=1.3,
            cost_per_candidate=3.0 * scale,
            peak_sales=Uncertain(low=20 * scale, mode=60 * scale, high=200 * scale),
            years_to_peak=Uncertain.fixed(3.0),
        )
    )
    return Company.of(_settings(pick, scale), rows)


def _stage(pick: np.random.Generator, name: str, scale: float) -> list[Row]:
    order = STAGES.index(name)
    return [
        Stage(
            chain="short",
            stage=name,
            order=order + 1,
            kind=KINDS[order],
            pos=float(pick.uniform(0.3, 0.9)),
            duration=triangle(pick, 6, 30),
            overlap=float(pick.uniform(0.6, 1.0)),
            cost=Uncertain(low=2 * scale, mode=5 * scale, high=12 * scale),
        )
    ]


def _asset(pick: np.random.Generator, index: int, scale: float) -> list[Row]:
    name = f"a{index}"
    marketed = index == 0
    market = index % 2 == 0
    rows: list[Row] = [
        Asset(
            id=name,
            modality="antibody",
            area="oncology",
            targets=("t1",) if index < 2 else ("t1", "t2"),
            platform="p1",
            economic_share=1.0 if index % 3 else 0.6,
        ),
        Program(
            id=f"{name}-main",
            asset=name,
            indication="ache-1l" if market else "",
            chain="short",
            stage="marketed" if marketed else STAGES[int(pick.integers(0, 4))],
            stage_since=AS_OF - timedelta(days=int(pick.integers(10, 200))),
            priority=int(pick.integers(1, 50)),
            exclusivity_years=8.0,
            years_to_peak=Uncertain.fixed(3.0) if market else None,
            cost_share=1.0 if index % 2 else 0.7,
        ),
    ]
    for order, territory in enumerate(TERRITORIES):
        held = marketed and order == 0
        rows.append(
            Filing(
                program=f"{name}-main",
                territory=territory,
                status="approved" if held else "planned",
                approved=date(2024, 6, 1) if held else None,
                pos=0.8,
                submission_lag=Uncertain.fixed(3.0 * order),
                review=triangle(pick, 6, 15),
                relies_on="home" if order == 2 else "",
                complete_response=0.2,
            )
        )
        if market:
            rows.append(
                Price(
                    asset=name,
                    territory=territory,
                    net_price=Uncertain(low=400 * scale, mode=800 * scale, high=1500 * scale),
                )
            )
        else:
            rows.append(
                Sales(
                    program=f"{name}-main",
                    territory=territory,
                    peak_sales=Uncertain(low=10 * scale, mode=40 * scale, high=120 * scale),
                    currency="USD",
                    years_to_peak=triangle(pick, 1, 6),
                    decline=0.4,
                )
            )
    if marketed:
        rows += [
            Actual(quarter=f"2025Q{q}", item="sales", asset=name, territory="home", amount=9.0 * scale)
            for q in range(1, 5)
        ]
        rows.append(
            Deal(
                id="west-deal",
                partner="Partner",
                asset=name,
                territories=("west",),
                signed=date(2024, 1, 1),
                currency="USD",
                approval_milestone=5.0 * scale,
                sales_milestone=8.0 * scale,
                sales_milestone_at=20.0 * scale,
            )
        )
        rows.append(DealTier(deal="west-deal", from_sales=0.0, royalty=0.1))
        rows.append(DealTier(deal="west-deal", from_sales=15.0 * scale, royalty=0.2))
    else:
        rows.append(
            Listing(
                program=f"{name}-main",
                territory="home",
                probability=0.7,
                price_cut=Uncertain(low=0.2, mode=0.4, high=0.6),
                volume=2.0,
            )
        )
    return rows


def _supply(pick: np.random.Generator, scale: float) -> list[Row]:
    rows: list[Row] = [
        Site(id="plant"),
        Line(id="plant-1", site="plant", litres=float(pick.uniform(50, 800))),
        Expansion(
            id="plant-2",
            site="plant",
            litres=500,
            capital=30.0 * scale,
            build=Uncertain.fixed(18.0),
            licence=Uncertain(low=6, mode=9, high=15),
            starts=date(2027, 1, 1),
        ),
        Inspection(site="plant", territory="east", oai=0.3, oai_delay=Uncertain(low=3, mode=6, high=18)),
    ]
    rows += [
        Recipe(
            asset=f"a{index}",
            site="plant",
            titer=Uncertain(low=2, mode=3, high=5),
            grams_per_month=1.0,
            sales_per_gram=900.0 * scale,
        )
        for index in range(2)
    ]
    return rows


def _settings(pick: np.random.Generator, scale: float) -> Settings:
    return Settings(
        company=General(
            name="Random",
            as_of=AS_OF,
            horizon_years=12,
            terminal_years=6,
            currency="USD",
            home=("home",),
            price_year=2025,
        ),
        money=Money(
            tax_rate=0.2,
            losses_carried=10.0 * scale,
            opening_cash=float(pick.uniform(20, 80)) * scale,
            cash_floor=5.0 * scale,
            overhead=3.0 * scale,
            overhead_growth=0.01,
        ),
        echelons=Echelons(marketed=1, clinic=2, reserve=1),
        couplings=Couplings(asset=0.2, target=0.1, platform=0.1, filing=0.8),
    )
