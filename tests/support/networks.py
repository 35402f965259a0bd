"""Random networks: companies whose only luck is demand, titers, building and visits, made at one to four sites."""

from datetime import date, timedelta

import numpy as np

from echelon.company.company import Company
from echelon.company.making import steps_of
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Filing, Sales, Territory
from echelon.company.rows.science import Asset, Program, Stage
from echelon.company.rows.settings import Couplings, Echelons, General, Money, Settings, Supplying
from echelon.company.rows.supply import (
    Certificate,
    Expansion,
    Inspection,
    Line,
    Recipe,
    RecipeStep,
    Site,
)

AS_OF = date(2026, 6, 30)
MODALITIES = ("antibody", "adc", "fusion-protein", "small-molecule", "vaccine")
RULES = ("pro-rata", "margin", "patients", "contract")
TERRITORIES = ("here", "there", "far")


def random_network(seed: int, *, rule: str = "", stocks: bool = True, certified: bool = False) -> Company:
    """A company with two to four marketed or filed drugs and a network that is short now and then.

    rule : who goes short; drawn when blank. stocks : release times, covers and shelf lives, else none.
    certified : at least two sites, and certificates in any case.
    """
    pick = np.random.default_rng(seed)
    months = (lambda top: float(pick.uniform(0, top))) if stocks else (lambda top: 0.0)
    sites = [f"s{i}" for i in range(int(pick.integers(2 if certified else 1, 4)))]
    rows: list[Row] = [Territory(id=name, currency="USD") for name in TERRITORIES]
    rows += [Site(id=name, territory=str(pick.choice(["", *TERRITORIES])),
                  operator=str(pick.choice(["own", "contract"]))) for name in sites]  # fmt: skip
    assets = [f"d{i}" for i in range(int(pick.integers(2, 5)))]
    kinds = {name: str(pick.choice(MODALITIES)) for name in assets}
    for index, name in enumerate(assets):
        rows += _drug(pick, name, kinds[name], index)
    steps = sorted({step for kind in kinds.values() for step in steps_of(kind)} - {"packaging"})
    for site in sites:
        for step in steps:
            if pick.random() < 0.8:
                rows.append(_line(pick, site, step))
        rows += _recipes(pick, site, kinds, months)
        rows.append(_expansion(pick, site, str(pick.choice(steps))))
    if pick.random() < 0.6 or certified:
        rows += [
            Certificate(site=site, territory=where, from_date=_day(pick) if pick.random() < 0.4 else None)
            for site in sites for where in TERRITORIES if pick.random() < 0.75 or (certified and where == "here")
        ]  # fmt: skip
    if pick.random() < 0.5:
        rows.append(Inspection(site=sites[0], territory="here", oai=0.4, vai=0.3, supply_stop=0.7, interval_years=2.0,
                               oai_delay=Uncertain(low=3, mode=8, high=14)))  # fmt: skip
    settings = Settings(
        company=General(name="Network", as_of=AS_OF, horizon_years=12, terminal_years=4, currency="USD",
                        home=("here",)),
        money=Money(cogs=0.2, selling=0.2, opening_cash=100.0),
        echelons=Echelons(),
        supply=Supplying(
            share_out=rule or str(pick.choice(RULES)),  # type: ignore[arg-type]
            substance_cover=months(6), product_cover=months(6),
        ),
        couplings=Couplings(asset=0.0, target=0.0, platform=0.0),
    )  # fmt: skip
    return Company.of(settings, rows)


def _day(pick: np.random.Generator) -> date:
    return AS_OF + timedelta(days=int(pick.integers(-300, 1500)))


def _drug(pick: np.random.Generator, name: str, kind: str, index: int) -> list[Row]:
    sold = index == 0 or pick.random() < 0.4
    peak = float(pick.uniform(50, 400))
    rows: list[Row] = [
        Asset(id=name, modality=kind, area="oncology"),  # type: ignore[arg-type]
        Program(id=f"{name}-x", asset=name, chain="filing-only", stage="marketed" if sold else "filing",
                stage_since=AS_OF, exclusivity_years=float(pick.uniform(3, 20)),
                years_to_peak=Uncertain.fixed(float(pick.uniform(1, 5)))),
    ]  # fmt: skip
    if index == 0:
        rows.append(Stage(chain="filing-only", stage="filing", order=1, kind="filing", pos=0.9, overlap=1.0,
                          duration=Uncertain(low=6, mode=12, high=30), cost=Uncertain.fixed(1.0)))  # fmt: skip
    for where in TERRITORIES:
        if pick.random() < 0.8 or where == "here":
            rows.append(Sales(program=f"{name}-x", territory=where, decline=float(pick.uniform(0.1, 0.95)),
                              peak_sales=Uncertain(low=0.5 * peak, mode=peak, high=2 * peak)))  # fmt: skip
            status = "approved" if sold else "planned"
            rows.append(Filing(program=f"{name}-x", territory=where, status=status, pos=0.9,
                               approved=AS_OF - timedelta(days=700) if sold else None,
                               review=Uncertain(low=6, mode=12, high=40)))  # fmt: skip
    return rows


def _line(pick: np.random.Generator, site: str, step: str) -> Line:
    start = _day(pick) if pick.random() < 0.3 else None
    size = float(np.exp(pick.uniform(-1.5, 2.5)))
    wide = {"litres": 400 * size} if step == "cell-culture" else {"rate": 150 * size}
    return Line(id=f"{site}-{step}", site=site, step=step, from_date=start, reactors=int(pick.integers(1, 6)),
                changeover_days=float(pick.choice([0.0, 8.0])), **wide)  # fmt: skip


def _recipes(pick: np.random.Generator, site: str, kinds: dict[str, str], months) -> list[Row]:
    rows: list[Row] = []
    for name, kind in kinds.items():
        if pick.random() < 0.15:
            continue
        moved = bool(pick.random() < 0.2)
        rows.append(
            Recipe(
                asset=name, site=site, titer=Uncertain(low=2, mode=3, high=5), sales_per_gram=20_000.0,
                recovery=float(pick.uniform(0.5, 0.9)), batch_days=float(pick.uniform(8, 20)), unit_grams=0.2,
                substance_release=months(5), product_release=months(5),
                substance_shelf=float(pick.uniform(9, 30)) if pick.random() < 0.7 else None,
                product_shelf=float(pick.uniform(6, 24)) if pick.random() < 0.7 else None,
                substance_cost=float(pick.choice([0.0, 200.0])), product_cost=float(pick.choice([0.0, 50.0])),
                transfer=Uncertain(low=6, mode=9, high=18) if moved else None, transfer_cost=5.0 if moved else 0.0,
                transfer_starts=_day(pick) if moved else None,
            )
        )  # fmt: skip
        rows += [RecipeStep(asset=name, site=site, step=step, recovery=float(pick.uniform(0.7, 1)),  # type: ignore[arg-type]
                            batch_success=float(pick.uniform(0.8, 1)), load=float(pick.uniform(0.5, 2)))
                 for step in steps_of(kind) if pick.random() < 0.5]  # fmt: skip
    return rows


def _expansion(pick: np.random.Generator, site: str, step: str) -> Expansion:
    wide = {"litres": 3000.0} if step == "cell-culture" else {"rate": 800.0}
    triggered = bool(pick.random() < 0.5)
    return Expansion(id=f"{site}-more", site=site, step=step, capital=20.0, build=Uncertain(low=12, mode=18, high=30),
                     licence=Uncertain(low=3, mode=6, high=9), starts=None if triggered else _day(pick),
                     trigger=0.8 if triggered else None, trigger_years=2.0, **wide)  # fmt: skip
