"""Published inputs, met by living a small company: launch curve, order of entry, rounds, inspections."""

import math
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Epidemiology, Filing, Indication, Listing, Price, Sales, Territory
from echelon.company.rows.science import Asset, Program
from echelon.company.rows.settings import Couplings, Echelons, General, Money, Settings
from echelon.company.rows.supply import Inspection, Site
from echelon.futures.arrays import F8
from echelon.futures.build.build import Built, build
from echelon.futures.engine import Engine
from echelon.runs.results import Results
from echelon.runs.totals import Totals

if TYPE_CHECKING:
    from collections.abc import Callable

AS_OF = date(2024, 12, 31)
FUTURES = 4_096
SEED = 20_241_231
PROGRAMS = 16
"""Drugs that are negotiated, or sites that are visited, in each future."""

Figure = tuple[float, float]
"""A figure and its standard error; nought where no luck is in it."""


@dataclass(frozen=True)
class Lives:
    """Futures of a small company."""

    built: Built
    results: Results

    def sales(self, asset: str) -> F8:
        """Mean sales of an asset by quarter."""
        found: F8 = self.results.sums["asset_sales"][self.built.labels.assets.index(asset)] / self.results.futures
        return found


def lived(company: Company, futures: int = FUTURES) -> Lives:
    """Fill a company's blanks, build its arrays and live its futures."""
    filled, _ = resolve(company)
    built = build(filled, (), SEED)
    engine, totals = Engine(built.model, 1), Totals()
    for measures, sums in engine.blocks(futures):
        totals.add_block(measures, sums)
    totals.add_counts(engine.take_counts())
    return Lives(built, Results(built.labels, totals.futures, totals.table(), totals.sums, totals.counts))


def company_of(rows: list[Row], years: int = 8) -> Company:
    """A small company in China with the rows given."""
    settings = Settings(
        company=General(
            name="Inputs", as_of=AS_OF, horizon_years=years, terminal_years=0, currency="USD", home=("cn",)
        ),
        money=Money(discount_rate=0.0),
        echelons=Echelons(),
        couplings=Couplings(supply=False, cash=False),
    )
    return Company.of(settings, [Territory(id="cn", authority="NMPA", currency="USD"), *rows])


def drug(name: str, launched: date, indication: str = "") -> list[Row]:
    """A marketed drug, first sold on the day after one given."""
    return [
        Asset(id=name, modality="antibody", area="oncology"),
        Program(id=name, asset=name, indication=indication, stage="marketed", exclusivity_years=40.0,
                years_to_peak=Uncertain.fixed(0.0) if indication else None),
        Filing(program=name, territory="cn", status="approved", approved=launched, launch_lag=0.0),
    ]  # fmt: skip


@cache
def curve() -> tuple[float, ...]:
    """Share of peak sales in each year after launch, of a drug that climbs for six."""
    sales = Sales(program="one", territory="cn", peak_sales=Uncertain.fixed(100.0), years_to_peak=Uncertain.fixed(6.0))
    quarters = lived(company_of([*drug("one", AS_OF), sales]), 1).sales("one")
    return tuple((quarters[: 4 * 6].reshape(6, 4).sum(axis=1) / 100.0).tolist())


@cache
def class_of(drugs: int) -> tuple[float, ...]:
    """Share of their class of drugs of equal strength that entered one after the other, long ago."""
    names = [f"d{i}" for i in range(1, drugs + 1)]
    rows: list[Row] = [
        Indication(
            id="line", disease="one", share_of_patients=Uncertain.fixed(1.0), months_on_therapy=Uncertain.fixed(1.0)
        ),
        Epidemiology(disease="one", territory="cn", year=2024, patients=Uncertain.fixed(1e6)),
    ]
    for i, name in enumerate(names):
        rows += drug(name, date(2000 + i, 1, 1), "line")
        rows.append(Price(asset=name, territory="cn", net_price=Uncertain.fixed(1000.0)))
    lives = lived(company_of(rows, 2), 1)
    sold = [float(lives.sales(name)[0]) for name in names]
    whole = 1e6 * 1000.0 / 1e6 * 0.25  # every patient of the quarter, in millions
    return tuple(value / whole for value in sold)


@cache
def negotiated() -> tuple[Figure, Figure]:
    """Share listed in the first round of drugs that are negotiated, and the mean cut of those that are listed.

    The cut is read from sales: of all drugs before the first round, and after it, where a listing brings no volume.
    """
    rows: list[Row] = []
    for i in range(PROGRAMS):
        name = f"d{i}"
        rows += drug(name, date(2023, 1, 1))
        rows.append(
            Sales(program=name, territory="cn", peak_sales=Uncertain.fixed(100.0), years_to_peak=Uncertain.fixed(0.0))
        )
        rows.append(Listing(program=name, territory="cn", volume=1.0))
    filled, _ = resolve(company_of(rows, 2))
    built = build(filled, (), SEED)
    engine = Engine(built.model, 1)
    listed, cuts = [], []
    first = float(built.model.listings.first_round[0])
    quarter = int(4.0 * first) + 1
    for future in range(FUTURES // 4):
        _, state = engine.one(future)
        for f in range(PROGRAMS):
            listed.append(bool(state.listed[f] <= first + 1e-9))
            if listed[-1]:
                cuts.append(1.0 - float(state.curve[f, quarter]) / 25.0)
    share = float(np.mean(listed))
    return (share, math.sqrt(share * (1.0 - share) / len(listed))), _mean(np.array(cuts))


def _mean(values: F8) -> Figure:
    return float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))


def _filed(inspection: dict[str, object]) -> Company:
    # Drugs under review, each leaning on a site of its own that is inspected before the decision.
    rows: list[Row] = []
    for i in range(PROGRAMS):
        name, site = f"d{i}", f"s{i}"
        rows += [
            Asset(id=name, modality="antibody", area="oncology"),
            Program(id=name, asset=name, stage="filing", stage_since=AS_OF),
            Filing(program=name, territory="cn", status="filed", submitted=AS_OF, review=Uncertain.fixed(6.0), pos=1.0,
                   sites=(site,)),
            Sales(program=name, territory="cn", peak_sales=Uncertain.fixed(1.0)),
            Site(id=site),
            Inspection.model_validate({"site": site, "territory": "cn", "interval_years": 40.0, **inspection}),
        ]  # fmt: skip
    return company_of(rows, 30)


@cache
def outcomes() -> tuple[Figure, Figure, Figure]:
    """Shares of visits that end NAI, VAI and OAI, at sites of average readiness."""
    counts = lived(_filed({})).results.counts["visits"].sum(axis=0)[:3]
    total = float(counts.sum())
    nai, vai, oai = (float(count) / total for count in counts)
    return tuple((share, math.sqrt(share * (1.0 - share) / total)) for share in (nai, vai, oai))  # type: ignore[return-value]


@cache
def delays() -> F8:
    """Months by which filings are late whose site's visit ended OAI."""
    filled, _ = resolve(_filed({"oai": 1.0, "vai": 0.0, "missed": 0.0}))
    engine = Engine(build(filled, (), SEED).model, 1)
    found = [12.0 * engine.one(future)[1].decision[:PROGRAMS] - 6.0 for future in range(FUTURES // 4)]
    late = np.concatenate(found)
    return late[np.isfinite(late)]


def _log_sd() -> Figure:
    logs = np.log(delays())
    spread = float(logs.std(ddof=1))
    return spread, spread / math.sqrt(2.0 * (len(logs) - 1))


def _typical(kind: str) -> Figure:
    logs = np.log(delays())
    error = float(logs.std(ddof=1)) / math.sqrt(len(logs))
    if kind == "median":
        middle = float(np.median(delays()))
        return middle, 1.2533 * error * middle
    middle = math.exp(float(logs.mean()))
    return middle, error * middle


def input_figure(figure: str, item: str) -> Figure:
    """One figure by name; the names are those of column `figure` in published/inputs.csv."""
    known: dict[str, Callable[[], Figure]] = {
        "uptake": lambda: (curve()[int(item) - 1], 0.0),
        "entry": lambda: (class_of(4)[int(item) - 1] / class_of(4)[0], 0.0),
        "fair_share": lambda: (sum(class_of(int(item))) / int(item), 0.0),
        "listed": lambda: negotiated()[0],
        "cut": lambda: negotiated()[1],
        "visit": lambda: outcomes()[("nai", "vai", "oai").index(item)],
        "delay": lambda: _log_sd() if item == "log_sd" else _typical(item),
    }
    return known[figure]()
