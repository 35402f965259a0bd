"""What must hold for every company: balanced ledgers, no luck from nowhere, money in proportion, order idle."""

import random
from collections.abc import Callable

import numpy as np
import pytest
from tests.support.random_companies import random_company
from tests.support.random_worlds import random_world

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows import Row
from echelon.company.rows.science import Asset, Stage
from echelon.futures.build.build import Built, build
from echelon.futures.engine import Engine
from echelon.futures.rules import numbers as n

SEEDS = range(6)
Make = Callable[..., Company]
KINDS = pytest.mark.parametrize("make", [random_company, random_world])
MONEY = [i for i, (_, unit) in enumerate(n.MEASURES) if unit.startswith("money")]
OTHER = [i for i in range(len(n.MEASURES)) if i not in MONEY]


def built(company: Company, seed: int = 5) -> Built:
    """Arrays of a company, which must not need priors."""
    resolved, _ = resolve(company)
    return build(resolved, (), seed)


def measures(company: Company, futures: int = 64, seed: int = 5) -> np.ndarray:
    """Measures of the first futures."""
    return np.concatenate([block for block, _ in Engine(built(company, seed).model).blocks(futures)])


def rows_of(company: Company) -> list[Row]:
    """All rows of a company."""
    return [row for table in company.tables.values() for row in table.values()]


@KINDS
@pytest.mark.parametrize("seed", SEEDS)
def test_every_quarter_of_every_future_balances(seed: int, make: Make) -> None:
    model = built(make(seed)).model
    engine = Engine(model)
    for future in range(40):
        _, state = engine.one(future)
        ledger = state.ledger
        flow = sum(ledger[line] for line in n.INFLOWS) - sum(ledger[line] for line in n.OUTFLOWS)
        before = np.concatenate([[model.money.opening], ledger[n.CASH, :-1]])
        size = np.abs(ledger).sum(axis=0) + np.abs(before) + 1.0
        assert np.all(np.abs(before + flow - ledger[n.CASH]) <= 1e-12 * size)
        assert np.all(ledger[list(n.INFLOWS)] >= 0)
        assert np.all(ledger[list(n.OUTFLOWS)] >= 0)
        assert np.abs(ledger[n.SALES]).sum() > 0


@KINDS
@pytest.mark.parametrize("seed", SEEDS)
def test_value_is_the_discounted_ledger_and_its_tail(seed: int, make: Make) -> None:
    model = built(make(seed)).model
    engine = Engine(model)
    for future in range(20):
        found, state = engine.one(future)
        inside = (state.ledger[n.NET] * model.calendar.discount[: model.calendar.quarters]).sum()
        assert found[n.ENPV] == pytest.approx(inside + found[n.PAST_HORIZON], rel=1e-12, abs=1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_program_that_cannot_pass_adds_no_revenue(seed: int) -> None:
    company = random_company(seed)
    target = "a1-main"
    hopeless = [
        row.model_copy(update={"chain": "", "program": target, "pos": 0.0, "order": None, "kind": None})
        for row in company.rows(Stage)
    ]
    doomed = Company.of(company.settings, [*rows_of(company), *hopeless])
    arrays = built(doomed)
    asset = arrays.labels.assets.index("a1")
    report = arrays.labels.reports.index(target)
    engine = Engine(arrays.model)
    sums = [block for _, block in engine.blocks(256)]
    assert all(np.all(block["asset_sales"][asset] == 0) for block in sums)
    assert sum(block["program_sums"][report, n.NPV] for block in sums) <= 0
    counts = engine.take_counts()
    assert counts["launches"][report, :-1].sum() == 0


@KINDS
@pytest.mark.parametrize("seed", SEEDS)
def test_money_in_proportion(seed: int, make: Make) -> None:
    small, large = measures(make(seed)), measures(make(seed, scale=1000.0))
    np.testing.assert_allclose(large[:, MONEY], 1000.0 * small[:, MONEY], rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(large[:, OTHER], small[:, OTHER], rtol=1e-9)


@KINDS
@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_changes_nothing(seed: int, make: Make) -> None:
    company = make(seed)
    shuffled = rows_of(company)
    random.Random(seed).shuffle(shuffled)
    assert measures(Company.of(company.settings, shuffled)).tobytes() == measures(company).tobytes()


@pytest.mark.parametrize("seed", SEEDS)
def test_an_unrelated_asset_moves_no_other_draw(seed: int) -> None:
    """Adding an asset adds streams; the keys of all others stay, and with cash and plant apart so do their futures."""
    company = random_company(seed)
    money = company.settings.money.model_copy(update={"cash_floor": None, "tax_rate": 0.0})
    company = company.with_settings(company.settings.model_copy(update={"money": money}))
    stranger = Asset(id="zz", modality="small-molecule", area="other", platform="other")
    program = company.tables["programs"]["a1-main"].model_copy(
        update={"id": "zz-main", "asset": "zz", "stage": "lead", "priority": 1}
    )
    filing = company.tables["filings"]["a1-main/home"].model_copy(update={"program": "zz-main"})
    sales = company.tables["sales"]["a1-main/home"].model_copy(update={"program": "zz-main"})
    larger = Company.of(company.settings, [*rows_of(company), stranger, program, filing, sales])
    before, after = built(company), built(larger)
    old = dict(zip(before.labels.streams, before.model.streams.tolist(), strict=True))
    new = dict(zip(after.labels.streams, after.model.streams.tolist(), strict=True))
    assert old.items() <= new.items()
    assert len(new) > len(old)
    one, two = Engine(before.model), Engine(after.model)
    for future in range(20):
        _, first = one.one(future)
        values = dict(zip(before.labels.reports, first.npv.tolist(), strict=True))
        _, second = two.one(future)
        again = dict(zip(after.labels.reports, second.npv.tolist(), strict=True))
        assert all(again[name] == value for name, value in values.items())


@pytest.mark.parametrize("threads", [2, 4])
def test_threads_change_nothing(threads: int) -> None:
    model = built(random_company(1)).model
    one, many = Engine(model, 1), Engine(model, threads)
    futures = 5 * 1024 + 100
    for (a, sums_a), (b, sums_b) in zip(one.blocks(futures), many.blocks(futures), strict=True):
        assert a.tobytes() == b.tobytes()
        assert all(sums_a[name].tobytes() == sums_b[name].tobytes() for name in sums_a)
    counts_one, counts_many = one.take_counts(), many.take_counts()
    assert all(np.array_equal(counts_one[name], counts_many[name]) for name in counts_one)


def test_a_future_is_the_same_in_any_range() -> None:
    engine = Engine(built(random_company(2)).model)
    whole = np.concatenate([block for block, _ in engine.blocks(3072)])
    late = np.concatenate([block for block, _ in engine.blocks(3072, first=1024)])
    assert late.tobytes() == whole[1024:].tobytes()
    assert engine.one(1500)[0].tobytes() == whole[1500].tobytes()


def test_two_scenarios_share_their_luck() -> None:
    company = random_company(3)
    money = company.settings.money.model_copy(update={"selling": company.settings.money.selling + 0.02})
    dearer = company.with_settings(company.settings.model_copy(update={"money": money}))
    a, b = measures(company, 1024)[:, n.ENPV], measures(dearer, 1024)[:, n.ENPV]
    assert b.mean() < a.mean()
    assert (b - a).std() < 0.1 * np.hypot(a.std(), b.std())
