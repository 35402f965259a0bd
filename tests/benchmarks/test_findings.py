"""Where the engine and its second opinion once differed: one smallest company for each, now alike."""

from datetime import date

import pytest
from tests.support.futures import disagreements, engine_futures

from benchmarks import simpy_model
from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Deal, Filing, Sales, Territory
from echelon.company.rows.money import Choice
from echelon.company.rows.science import Asset, Program, Stage
from echelon.company.rows.settings import Couplings, General, Money, Settings
from echelon.futures.build.build import build
from echelon.futures.model import Model

fixed = Uncertain.fixed
RICH = Money(opening_cash=500.0)
AT_RISK = Choice(action="at_risk", target="p", value=0.5)


def company(*rows, choices=(), money=RICH, preclinical=1.0, phase2=1.0) -> Model:
    chain = (
        ("preclinical", "reserve", preclinical, 12, 1),
        ("phase1", "clinic", 1.0, 12, 4),
        ("phase2", "clinic", phase2, 24, 10),
        ("phase3", "clinic", 1.0, 24, 40),
        ("filing", "filing", 1.0, 12, 1),
    )
    stages = [
        Stage(chain="standard", stage=name, order=i, kind=kind, pos=pos, duration=fixed(months), overlap=1.0,
              cost=fixed(cost))
        for i, (name, kind, pos, months, cost) in enumerate(chain, start=1)
    ]  # fmt: skip
    settings = Settings(
        company=General(
            name="Small", as_of=date(2025, 12, 31), horizon_years=12, terminal_years=2, currency="USD", home=("home",)
        ),
        money=money,
        couplings=Couplings(asset=0.0, target=0.0, platform=0.0),
    )
    asset = Asset(id="a", modality="antibody", area="oncology")
    places = [Territory(id="home", currency="USD"), Territory(id="far", currency="USD")]
    return build(resolve(Company.of(settings, [*stages, asset, *places, *rows]))[0], choices).model


def program(key="p", **more):
    given = {"asset": "a", "stage": "phase2", "stage_since": date(2026, 1, 1), "exclusivity_years": 4.0}
    return Program(id=key, **(given | more))


def sales(territory="home", key="p"):
    return Sales(program=key, territory=territory, peak_sales=fixed(100), years_to_peak=fixed(1))


def filing(territory="home", lag=0.0, key="p", **more):
    given = {"submission_lag": fixed(lag), "review": fixed(6), "pos": 1.0, "launch_lag": 0.0}
    return Filing(program=key, territory=territory, **(given | more))


def waiting(stage):
    waits = program("w", stage="phase1", stage_since=date(2025, 6, 1), depends_on="p", depends_stage=stage)
    return [program(), sales(), filing(), waits, sales(key="w"), filing(key="w")]


def deal():
    return Deal(id="d", partner="Partner", asset="a", territories=("far", "home"), approval_milestone=50.0, royalty=0.1)


def later_territory():
    return company(program(exclusivity_years=2.0), sales(), sales("far"), filing(), filing("far", lag=24))


def filed_at_risk():
    return company(program(stage="phase3"), sales(), filing(), choices=(AT_RISK,))


def reserve_at_risk():
    chosen = (AT_RISK,)
    return company(program(stage="preclinical"), sales(), filing(), choices=chosen, preclinical=0.5)


def lost_start_unpaid():
    poor = Money(opening_cash=12.0, cash_floor=0.0)
    return company(program(), sales(), filing(), choices=(AT_RISK,), money=poor, phase2=0.5)


def waits_for_failure():
    return company(*waiting("phase2"), phase2=0.5)


def waits_for_stage_never_reached():
    return company(*waiting("phase3"), phase2=0.5)


def milestone_at_first_approval():
    return company(program(exclusivity_years=9.0), sales(), sales("far"), filing(), filing("far", lag=24), deal())


def milestone_paid_before_as_of():
    rows = [
        program(stage="marketed", stage_since=None),
        sales(),
        sales("far"),
        filing(status="approved", approved=date(2024, 1, 1)),
        filing("far", status="filed", submitted=date(2025, 10, 1), review=fixed(12)),
    ]
    return company(*rows, deal())


def submitted_before_its_data():
    return company(program(), sales(), filing(submitted=date(2026, 6, 1)))


def stopped_while_filed():
    stop = Choice(action="stop", target="p", on=date(2026, 6, 1))
    return company(program(stage="filing"), sales(), filing(review=fixed(30)), choices=(stop,))


CASES = [
    later_territory,
    filed_at_risk,
    reserve_at_risk,
    lost_start_unpaid,
    waits_for_failure,
    waits_for_stage_never_reached,
    milestone_at_first_approval,
    milestone_paid_before_as_of,
    submitted_before_its_data,
    stopped_while_filed,
]


def differs(model):
    pairs = zip(simpy_model.run(model, 0, 12), engine_futures(model, 0, 12), strict=True)
    return [found for ours, theirs in pairs if (found := disagreements(ours, theirs))]


@pytest.mark.parametrize("case", CASES)
def test_the_engine_and_its_second_opinion_agree(case):
    assert differs(case()) == []
