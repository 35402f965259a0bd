"""Pocket companies: programs that add up, for tests of what chooses among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Filing, Sales, Territory
from echelon.company.rows.science import Asset, Program, Stage
from echelon.company.rows.settings import Couplings, General, Money, Objective, Settings
from echelon.futures.build.build import build
from echelon.futures.exact.engine import exact

AS_OF = date(2025, 12, 31)


@dataclass(frozen=True)
class Pocket:
    """A program: chance of its trial, its cost, yearly sales at the peak, its priority, and the year it begins."""

    pos: float
    cost: float
    peak: float
    priority: int = 100
    begins: int = 2026


MIXED = (
    Pocket(0.6, 40.0, 120.0),
    Pocket(0.2, 60.0, 60.0),
    Pocket(0.5, 20.0, 30.0),
    Pocket(0.1, 30.0, 90.0),
    Pocket(0.8, 10.0, 40.0),
    Pocket(0.3, 25.0, 25.0),
)
"""Some that pay and some that do not, none by a hair."""

APART = Couplings(
    asset=0.0,
    target=0.0,
    platform=0.0,
    filing=0.0,
    learning=0.0,
    competition=False,
    supply=False,
    cash=False,
    listing=False,
    inspections=False,
)
"""Nothing ties programs together."""


def pockets(
    programs: Sequence[Pocket],
    more: Sequence[Row] = (),
    couplings: Couplings = APART,
    money: Money | None = None,
    objective: Objective | None = None,
) -> Company:
    """A company of programs, each with an asset of its own, about to start a trial of two years; unresolved."""
    rows: list[Row] = [Territory(id="home", name="Home", authority="home", currency="USD"), *more]
    for i, one in enumerate(programs):
        name = f"p{i}"
        rows += [
            Asset(id=name, name=name, modality="small-molecule", area="other", platform=f"platform-{i}"),
            Program(id=name, asset=name, chain=f"chain-{i}", stage="trial", stage_since=date(one.begins, 1, 1),
                    exclusivity_end=date(2036, 12, 31), priority=one.priority),
            Stage(chain=f"chain-{i}", stage="trial", order=1, kind="clinic", pos=one.pos,
                  duration=Uncertain.fixed(24), overlap=1.0, cost=Uncertain.fixed(one.cost), spend="uniform"),
            Stage(chain=f"chain-{i}", stage="filing", order=2, kind="filing", pos=1.0, duration=Uncertain.fixed(12),
                  overlap=1.0, cost=Uncertain.fixed(0.0)),
            Filing(program=name, territory="home", submission_lag=Uncertain.fixed(0), review=Uncertain.fixed(12),
                   launch_lag=0),
            Sales(program=name, territory="home", peak_sales=Uncertain.fixed(one.peak),
                  years_to_peak=Uncertain.fixed(0), decline=0.5),
        ]  # fmt: skip
    settings = Settings(
        company=General(
            name="Pockets", as_of=AS_OF, horizon_years=10, terminal_years=0, currency="USD", home=("home",)
        ),
        money=money or Money(discount_rate=0.1, tax_rate=0.0, cogs=0.2, selling=0.3, opening_cash=1000.0),
        couplings=couplings,
        objective=objective or Objective(),
    )
    return Company.of(settings, rows)


def values_of(programs: Sequence[Pocket]) -> list[float]:
    """Value of each program by itself, from the exact engine."""
    resolved, _ = resolve(pockets(programs))
    built = build(resolved)
    npv = dict(zip(built.labels.reports, exact(built).figures.npv, strict=True))
    return [float(npv[f"p{i}"]) for i in range(len(programs))]
