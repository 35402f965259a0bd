"""Markets of a company: patients, price and rivals where a program is to be sold; class shares and sales of futures."""

from dataclasses import dataclass

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.market import Competitor, FxRate, Price, Territory
from echelon.company.rows.science import Program
from echelon.futures.arrays import F8
from echelon.futures.build.build import Built
from echelon.futures.build.calendar import years_from
from echelon.futures.build.shapes import mass_below, mean, shape
from echelon.futures.engine import Engine
from echelon.futures.rules import numbers as n
from echelon.futures.state import State

LOOKED_AT = 1_024
"""Most futures that are looked at one by one."""

SETTLED_YEARS = 6.0
"""Years after launch at which a class share is taken: the length of the published climb to peak."""


@dataclass(frozen=True)
class Seen:
    """Futures looked at one by one.

    futures : how many. share : f8[pair] mean share of its class, `SETTLED_YEARS` after launch, where it is launched
    (nan where it never is or has no market). sales : f8[pair, year] mean sales, partners' included.
    """

    futures: int
    share: F8
    sales: F8

    def peak(self, pairs: np.ndarray | list[int]) -> float:
        """Largest mean yearly sales of some pairs together."""
        return float(self.sales[pairs].sum(axis=0).max()) if len(pairs) else 0.0


def look(built: Built, futures: int) -> Seen:
    """Live the first futures again one by one and keep sales and class shares by pair."""
    model = built.model
    engine = Engine(model, 1)
    count = min(futures, LOOKED_AT)
    sales = np.zeros((len(built.labels.pairs), model.calendar.years))
    share, launched = np.zeros(len(sales)), np.zeros(len(sales))
    edges = model.calendar.year_from[:-1]
    quarters = model.calendar.quarters
    for future in range(count):
        _, state = engine.one(future)
        for f in state.active[: int(state.number[n.ACTIVE])]:
            first = int(state.from_column[f])
            sold = np.where(np.arange(quarters) >= first, state.curve[f, :quarters], 0.0)
            sales[f] += np.add.reduceat(sold, edges)
            if model.pairs.market[f] >= 0:
                launched[f] += 1.0
                share[f] += _share(built, state, int(f), first)
    known = np.divide(share, launched, out=np.full(len(share), np.nan), where=launched > 0)
    return Seen(count, known, sales / max(count, 1))


def _share(built: Built, state: State, f: int, first: int) -> float:
    # Share of a launched pair in its class once its climb is over.
    model = built.model
    if not model.switches.competition:
        return float(model.pairs.static_share[f])
    m, weight = int(model.pairs.market[f]), float(state.weight[f])
    at = np.searchsorted(model.calendar.start, model.calendar.start[first] + SETTLED_YEARS)
    c = min(int(at), model.calendar.columns - 1)
    pull = state.pull[m, c] if state.opened[m] == 1 else model.markets.pull[m, c]
    left = state.gap[f, c] if state.on[f] == 2 else 0.0
    whole = float(pull + left)
    return min(1.0, weight / whole) if whole > 0.0 else 0.0


@dataclass(frozen=True)
class Place:
    """A market at a time, at the modes.

    patients : a year, those whom the label allows. price : of a month of therapy, money of the company (a full unit,
    not millions). months : of therapy paid for each patient. rivals : in the market by then, the expected number of
    those still to come included; rivals_now : at as_of. own : other programs of ours in it.
    """

    patients: float
    price: float
    months: float
    rivals: float
    rivals_now: int
    own: int

    @property
    def worth(self) -> float:
        """Sales from one patient treated, money of the company (a full unit)."""
        return self.price * self.months


def place(company: Company, built: Built, f: int, time: float) -> Place | None:
    """Market of a pair `time` years from as_of; None where its peak sales are given directly."""
    model, labels = built.model, built.labels
    m = int(model.pairs.market[f])
    if m < 0:
        return None
    indication, territory = labels.markets[m]
    c = min(int(np.searchsorted(model.calendar.start, time, side="right")) - 1, model.calendar.columns - 1)
    price = company.get(Price, f"{labels.pair_assets[f]}/{territory}")
    where = company.get(Territory, territory)
    rates = {row.currency: row.rate for row in company.rows(FxRate)} | {company.settings.company.currency: 1.0}
    rate = rates[where.currency] if where and where.currency else 1.0
    net = price.net_price.mode * rate if price else 0.0
    row = model.pairs.value[f]
    per_patient = float(row[2]) if row[0] == 2 else mean(tuple(row))
    now, by_then = rivals(company, indication, territory, time)
    mine = labels.pairs[f][0]
    active = [row for row in company.rows(Program) if row.status == "active"]
    own = sum(row.indication == indication and row.id != mine for row in active)
    growth = float(np.exp(model.pairs.growth[f] * time))
    return Place(
        float(model.markets.patients[m, max(c, 0)]),
        net * growth,
        per_patient * 1e6 / net if net > 0.0 else 0.0,
        by_then,
        now,
        own,
    )


def rivals(company: Company, indication: str, territory: str, time: float) -> tuple[int, float]:
    """Rivals in a market at as_of, and the expected number `time` years later."""
    as_of = company.settings.company.as_of
    now, later = 0, 0.0
    for row in company.rows(Competitor):
        if (row.indication, row.territory) != (indication, territory):
            continue
        if row.entry is not None:
            since = years_from(as_of, row.entry)
            now += since <= 0.0
            later += float(row.probability) if 0.0 < since <= time else 0.0
        else:
            soon = mass_below(shape(row.entry_years), time) if row.entry_years else 1.0
            later += row.probability * soon
    return now, now + later
