"""The world's rules: stated odds come out, the same luck never turns better input into worse results, sums add up."""

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.stats import kstest, norm
from tests.support.companies import AS_OF, between, everything_on, spread
from tests.support.states import states

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows import Row
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import (
    Competitor,
    Deal,
    Epidemiology,
    Filing,
    Indication,
    Listing,
    Price,
    Sales,
    Scheme,
)
from echelon.company.rows.market import Territory as Land
from echelon.company.rows.science import Asset, Program, Stage
from echelon.company.rows.settings import Couplings, General, Money, Settings
from echelon.company.rows.supply import Inspection, Line, Recipe, Site
from echelon.futures.build.build import Built, build
from echelon.futures.engine import Engine
from echelon.futures.rules import numbers as n

SEEDS = (1, 2, 3)
FUTURES = 4096


def built(company: Company, plan: str = "", seed: int = 1) -> Built:
    """Arrays of a company under one of its plans."""
    resolved, _ = resolve(company)
    return build(resolved, resolved.plans.get(plan, ()), seed)


def with_rows(company: Company, model: type[Row], **changes: object) -> Company:
    """A company with columns of a whole table changed."""
    return company.with_rows(model, [row.model_copy(update=changes) for row in company.rows(model)])


def plain(*rows: Row, **couplings: object) -> Company:
    """A company with one drug that files at `home` as time begins, and no coupling but those given."""
    off = {"asset": 0.0, "target": 0.0, "platform": 0.0, "competition": False, "supply": False, "cash": False}
    settings = Settings(
        company=General(name="Plain", as_of=AS_OF, horizon_years=20, terminal_years=0, currency="USD", home=("home",)),
        money=Money(cogs=0.0, selling=0.0),
        couplings=Couplings(**(off | couplings)),  # type: ignore[arg-type]
    )
    stage = Stage(chain="filing-only", stage="filing", order=1, kind="filing", pos=0.9, overlap=1.0,
                  duration=Uncertain.fixed(12), cost=Uncertain.fixed(0))  # fmt: skip
    return Company.of(
        settings,
        [
            stage,
            Asset(id="drug", modality="antibody", area="oncology"),
            Program(id="drug-x", asset="drug", indication="x-1", chain="filing-only", stage="filing",
                    stage_since=AS_OF, years_to_peak=Uncertain.fixed(0), exclusivity_years=60),
            Land(id="home", currency="USD"),
            Indication(id="x-1", disease="x", share_of_patients=Uncertain.fixed(0.5),
                       months_on_therapy=Uncertain.fixed(1)),
            Epidemiology(disease="x", territory="home", year=2025, patients=Uncertain.fixed(1000)),
            Price(asset="drug", territory="home", net_price=Uncertain.fixed(1e6)),
            *rows,
        ],
    )  # fmt: skip


def filing(**columns: object) -> Filing:
    """The drug's filing at home, decided a year after submission."""
    given = {"program": "drug-x", "territory": "home", "review": Uncertain.fixed(12), "launch_lag": 0.0, "pos": 0.7}
    return Filing(**(given | columns))  # type: ignore[arg-type]


HARD = (
    Site(id="plant"),
    Line(id="reactor", site="plant", litres=1000),
    Recipe(asset="drug", site="plant", titer=Uncertain.fixed(3), grams_per_month=1.0),
    Inspection(site="plant", territory="home", oai=0.5, vai=0.3, oai_delay=spread(3, 6, 9), missed=0.3,
               missed_delay=spread(1, 4, 9), control_gap=0.4, control_gap_delay=spread(2, 5, 9)),
    filing(complete_response=0.5, cycles=3, response=spread(3, 6, 12), accepts_data=0.6, bridging=spread(6, 9, 15),
           bridging_pos=0.8, validation=spread(1, 2, 3)),
)  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stated_probability_of_approval_comes_out_with_everything_that_delays(seed: int) -> None:
    approved = np.mean([np.isfinite(state.decision[0]) for state in states(built(plain(*HARD), seed=seed), FUTURES)])
    assert abs(approved - 0.7) / math.sqrt(0.7 * 0.3 / FUTURES) < 4


@pytest.mark.parametrize("seed", SEEDS)
def test_the_stated_probability_comes_out_in_every_territory_of_a_coupled_company(seed: int) -> None:
    # Plain filings of programs in their filing stage: reached for certain, all couplings on.
    found = built(everything_on(), seed=seed)
    f = found.labels.pairs.index(("gamma-breast", "home", False))
    filed = next(row for row in resolve(everything_on())[0].rows(Filing) if row.key == "gamma-breast/home")
    assert filed.pos is not None
    share = np.mean([np.isfinite(state.decision[f]) for state in states(found, FUTURES)])
    assert abs(share - filed.pos) / math.sqrt(filed.pos * (1 - filed.pos) / FUTURES) < 4


@pytest.mark.parametrize("seed", SEEDS)
def test_cycles_bridging_and_visits_happen_as_often_as_stated(seed: int) -> None:
    found = built(plain(*HARD), seed=seed)
    engine = Engine(found.model)
    for _ in engine.blocks(FUTURES):
        pass
    visits = engine.take_counts()["visits"][0]
    made = visits[:3].sum()
    assert made > 0.8 * FUTURES
    for outcome, odds in ((0, 0.2), (1, 0.3), (2, 0.5), (3, 0.3), (4, 0.4)):
        assert abs(visits[outcome] / made - odds) / math.sqrt(odds * (1 - odds) / made) < 4


def delays(*rows: Row, seed: int = 1) -> np.ndarray:
    """Months by which an approval comes later than a year after as_of, in the futures that have one."""
    times = [float(state.decision[0]) for state in states(built(plain(*rows), seed=seed), FUTURES)]
    return (np.array([time for time in times if math.isfinite(time)]) - 1.0) * 12.0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_failed_visit_delays_by_the_published_distribution(seed: int) -> None:
    late = delays(*HARD[:3], filing(pos=1.0), Inspection(site="plant", territory="home", oai=1.0, vai=0.0,
                                                            missed=0.0), seed=seed)  # fmt: skip
    logs = np.log(late)
    # 20 biologics from facility letter to approval: geometric mean 11.5 months, log standard deviation 0.58.
    assert abs(logs.mean() - math.log(11.5)) < 4 * 0.58 / math.sqrt(len(logs)) + 0.01
    assert logs.std() == pytest.approx(0.58, abs=0.03)
    assert kstest(logs, norm(logs.mean(), logs.std()).cdf).pvalue > 1e-3


def test_filings_of_one_site_share_the_visit() -> None:
    more = Program(id="drug-y", asset="drug", indication="x-1", chain="filing-only", stage="filing", stage_since=AS_OF)
    company = plain(*HARD[:4], filing(pos=1.0), more, filing(program="drug-y", pos=1.0, review=Uncertain.fixed(14)))
    found = built(company)
    first, second = (found.labels.pairs.index((name, "home", False)) for name in ("drug-x", "drug-y"))
    for state in states(found, 200):
        assert state.decision[second] - state.decision[first] == pytest.approx(2 / 12)


def test_a_filing_leans_on_no_site_that_cannot_make_the_drug_yet() -> None:
    def delayed(days: dict[str, object], **columns: object) -> float:
        # A second plant stands in the territory, so it is asked first; its visit always costs nine months.
        there = Site(id="near", territory="home")
        visit = Inspection(site="near", territory="home", oai=1.0, vai=0.0, oai_delay=Uncertain.fixed(9), missed=0.0)
        line = Line(id="other", site="near", litres=1000, from_date=days.pop("from_date", None))
        recipe = Recipe(asset="drug", site="near", titer=Uncertain.fixed(3), grams_per_month=1.0, **days)
        return float(delays(*HARD[:3], there, visit, line, recipe, filing(pos=1.0, **columns)).mean())

    transfer: dict[str, object] = {"transfer": Uncertain.fixed(6)}
    filed: dict[str, object] = {"status": "filed", "submitted": AS_OF}
    assert delayed({}) == delayed({}, **filed) == pytest.approx(9)
    assert delayed(dict(transfer)) == pytest.approx(0)
    assert delayed(transfer | {"transfer_starts": date(2026, 3, 31)}) == pytest.approx(9)
    assert delayed(transfer | {"transfer_starts": date(2026, 3, 31)}, **filed) == pytest.approx(0)
    assert delayed({"from_date": date(2027, 1, 1)}, **filed) == pytest.approx(0)


@pytest.mark.parametrize("plan", ["", "all"])
def test_more_readiness_never_delays_a_filing(plan: str) -> None:
    low = with_rows(everything_on(), Inspection, readiness=0.2)
    cash = low.settings.couplings.model_copy(update={"cash": False, "learning": 0.0})
    low = low.with_settings(low.settings.model_copy(update={"couplings": cash}))
    high = with_rows(low, Inspection, readiness=0.9)
    earlier = 0
    for before, after in zip(states(built(low, plan), 300), states(built(high, plan), 300), strict=True):
        was, is_ = before.decision, after.decision
        assert np.array_equal(np.isfinite(was), np.isfinite(is_))
        known = np.isfinite(was)
        assert np.all(is_[known] <= was[known] + 1e-12)
        earlier += int((is_[known] < was[known] - 1e-9).sum())
    assert earlier > 100


def test_more_rivals_never_raise_what_we_sell() -> None:
    few = everything_on()
    supply = few.settings.couplings.model_copy(update={"supply": False, "cash": False, "learning": 0.0})
    few = few.with_settings(few.settings.model_copy(update={"couplings": supply}))
    few = with_rows(with_rows(few, Competitor, strength=1.0), Program, strength=Uncertain.fixed(1.0))
    more = few.with_rows(
        Competitor,
        [
            *(row.model_copy(update={"probability": 1.0}) for row in few.rows(Competitor)),
            *(
                Competitor(id=f"new-{i}", indication=row.indication, territory=row.territory,
                           entry_years=between(0.5 + i, 8), probability=0.7)
                for row in few.rows(Competitor) for i in range(2)
            ),
        ],
    )  # fmt: skip
    lower = 0
    for before, after in zip(states(built(few), 200), states(built(more), 200), strict=True):
        count = int(before.number[n.ACTIVE])
        pairs = before.active[:count]
        was, is_ = before.curve[pairs], after.curve[pairs]
        assert np.all(is_ <= was * (1 + 1e-12) + 1e-12)
        lower += int((is_.sum(axis=1) < 0.999 * was.sum(axis=1)).sum())
    assert lower > 100


def test_a_deeper_cut_never_raises_sales_where_the_price_counts_alone() -> None:
    shallow, deep = (
        plain(filing(), Listing(program="drug-x", territory="home", scheme="s"),
              Scheme(id="s", territory="home", probability=0.8, price_cut=between(0.1 + more, 0.4 + more), volume=1.0,
                     renewal_cut=between(0.0 + more, 0.2 + more), renewals=3, delisting=0.1))
        for more in (0.0, 0.2)
    )  # fmt: skip
    cheaper = 0
    for before, after in zip(states(built(shallow), 400), states(built(deep), 400), strict=True):
        if not math.isfinite(before.decision[0]) or before.decision[0] > 19:
            continue
        assert before.listed[0] == after.listed[0]
        assert np.all(after.curve[0] <= before.curve[0] + 1e-12)
        cheaper += int(after.curve[0].sum() < before.curve[0].sum())
    assert cheaper > 200


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("most_cut", [1.0, 0.45])
def test_listing_off_is_the_mean_of_listing_on(seed: int, most_cut: float) -> None:
    rows = (
        filing(pos=1.0),
        Listing(program="drug-x", territory="home", scheme="s", most_cut=most_cut),
        Scheme(id="s", territory="home", effective_month=7, cutoff_months=3, probability=0.6,
               price_cut=spread(0.2, 0.4, 0.7), volume=2.5, renewal_cut=between(0.0, 0.2), renewals=3,
               renewal_years=2.5, delisting=0.2),
    )  # fmt: skip
    drawn = np.array([state.curve[0].copy() for state in states(built(plain(*rows), seed=seed), FUTURES)])
    expected = next(states(built(plain(*rows, listing=False), seed=seed), 1)).curve[0].copy()
    se = drawn.std(axis=0) / math.sqrt(FUTURES)
    certain = se < 1e-9
    assert np.allclose(drawn.mean(axis=0)[certain], expected[certain])
    assert np.abs((drawn.mean(axis=0) - expected)[~certain] / se[~certain]).max() < 4.5
    assert (~certain).sum() > 40


@pytest.mark.parametrize("direct", [False, True])
def test_more_patients_at_a_lower_price_need_as_much_more_reactor_time(direct: bool) -> None:
    # Listed a year after launch: a price cut by 60 % and three times the patients are 1.2 times the sales, 3 times
    # the product; a renewal two years later cuts the price once more and makes no less product.
    peak = Sales(program="drug-x", territory="home", peak_sales=Uncertain.fixed(100), years_to_peak=Uncertain.fixed(0))
    found = built(
        plain(
            Site(id="plant"),
            Line(id="reactor", site="plant", litres=1e6),
            Recipe(asset="drug", site="plant", titer=Uncertain.fixed(3), grams_per_month=1.0, sales_per_gram=1e4),
            filing(review=Uncertain.fixed(6), pos=1.0),
            Scheme(id="list", territory="home", cutoff_months=0, probability=1.0, price_cut=Uncertain.fixed(0.6),
                   volume=3.0, renewal_years=2.0, renewals=1, renewal_cut=Uncertain.fixed(0.5)),
            Listing(program="drug-x", territory="home", scheme="list", months_to_list=12),
            *([peak] if direct else []),
        )
    )  # fmt: skip
    state = next(states(found, 1))
    sales, load = state.ledger[n.SALES], state.grams[0]
    assert load[3] > 0.0
    assert sales[7] / sales[3] == pytest.approx(1.2)
    assert load[7] / load[3] == pytest.approx(3.0)
    assert sales[20] / sales[3] == pytest.approx(0.6)
    assert load[20] / load[3] == pytest.approx(3.0)


def test_patients_over_lines_and_brands_never_exceed_the_eligible() -> None:
    lines = (
        Indication(id="x-1", disease="x", share_of_patients=between(0.3, 0.9), months_on_therapy=Uncertain.fixed(1)),
        Indication(id="x-early", disease="x", share_of_patients=between(0.2, 0.8),
                   months_on_therapy=Uncertain.fixed(1)),
        Indication(id="x-2", disease="x", after="x-1", share_of_patients=between(0.5, 1.0),
                   months_on_therapy=Uncertain.fixed(1)),
        Indication(id="x-2b", disease="x", after="x-1", share_of_patients=between(0.5, 1.0),
                   months_on_therapy=Uncertain.fixed(1)),
    )  # fmt: skip
    programs = [
        Program(id=f"{row.id}-{brand}", asset="drug", indication=row.id, chain="filing-only", stage="filing",
                stage_since=AS_OF, years_to_peak=between(0, 3), exclusivity_years=60, strength=between(0.2, 3))
        for row in lines for brand in range(3)
    ]  # fmt: skip
    filings = [filing(program=row.id, pos=0.9, review=between(2, 60)) for row in programs]
    company = plain(filing(), *programs, *filings, competition=True)
    company = company.with_rows(Indication, lines)
    found = built(company)
    model = found.model
    line = {name: j for j, (name, _) in enumerate(found.labels.markets)}
    fullest = 0.0
    for state in states(found, 300):
        eligible = 1000.0 * model.calendar.length
        firsts, seconds, parent = np.zeros(len(eligible)), np.zeros(len(eligible)), 0.0
        for i in range(int(state.number[n.ACTIVE])):
            f = state.active[i]
            name = found.labels.markets[model.pairs.market[f]][0]
            # A patient pays one million: sales are patients.
            treated = np.where(np.arange(len(eligible)) >= state.from_column[f], state.curve[f], 0.0)
            if name in ("x-2", "x-2b"):
                seconds += treated
            else:
                firsts += treated
        parent = float(state.line[model.markets.line_of[line["x-1"]]]) * 0.6  # share of x-1, drawn over its mode
        assert np.all(firsts <= eligible * (1 + 1e-9)), (firsts / eligible).max()
        assert np.all(seconds <= eligible * parent * (1 + 1e-9)), (seconds / eligible / parent).max()
        fullest = max(fullest, float((firsts / eligible).max()))
    assert fullest > 0.95


def test_both_sides_of_every_deal_add_up() -> None:
    company = everything_on()
    found = built(company, "all")
    engine = Engine(found.model)
    sums = [block for _, block in engine.blocks(2048)]
    flows = np.sum([block["deal_sums"] for block in sums], axis=0)
    ledger = np.sum([block["ledger_sums"] for block in sums], axis=0)
    royalties = (flows[:, n.ROYALTY] - flows[:, n.KEPT] + flows[:, n.SUPPLIED] + flows[:, n.PROFIT]).sum(axis=0)
    assert ledger[n.ROYALTIES] == pytest.approx(royalties, rel=1e-9, abs=1e-6)
    assert ledger[n.MILESTONES] == pytest.approx(flows[:, n.PAID].sum(axis=0), rel=1e-9, abs=1e-6)
    assert ledger[n.PARTNER_SALES] == pytest.approx(flows[:, n.SOLD].sum(axis=0), rel=1e-9, abs=1e-6)
    deals = found.model.deals
    for d, name in enumerate(found.labels.deals):
        row = company.get(Deal, name)
        assert row is not None
        of = flows[d].sum(axis=1)
        costs = of[n.SOLD] * deals.partner_cost[d]
        ours = of[n.ROYALTY] - of[n.KEPT] + of[n.SUPPLIED] + of[n.PROFIT] - of[n.SUPPLY_COST]
        theirs = of[n.SOLD] - costs - of[n.ROYALTY] - of[n.SUPPLIED] - of[n.PROFIT]
        assert ours + theirs + of[n.KEPT] == pytest.approx(of[n.SOLD] - costs - of[n.SUPPLY_COST], rel=1e-9, abs=1e-6)
        if row.direction == "out":
            assert of[n.SOLD] > 0 or of[n.COMMISSION] > 0, name


def test_a_combination_sells_both_of_our_parts_to_the_same_patients() -> None:
    found = built(everything_on())
    pairs = found.model.pairs
    leader = found.labels.pairs.index(("duo-lung", "home", False))
    part = int(np.flatnonzero(pairs.leader == leader)[0])
    assert found.labels.pair_assets[part] == "alpha"
    seen = 0
    for state in states(found, 400):
        if state.on[leader] == 0:
            assert state.on[part] == 0
            continue
        seen += 1
        assert state.on[part] > 0
        assert state.weight[part] == state.weight[leader]
    assert seen > 20


def test_a_combination_shares_the_luck_of_its_parts() -> None:
    found = built(everything_on())
    names, loadings = found.outcomes.names, found.outcomes.loadings
    p = next(p for p, unit in enumerate(found.units) if unit.report == "duo-lung")
    of = {name: value for name, value in zip(names, loadings[p], strict=True) if value and name.startswith("asset/")}
    share = everything_on().settings.couplings.asset
    assert of == {name: pytest.approx(math.sqrt(share / 2)) for name in ("asset/alpha", "asset/beta")}


def test_a_failed_confirmation_ends_sales_and_the_program() -> None:
    found = built(plain(filing(pos=1.0, pathway="conditional", confirm=spread(24, 30, 36), confirm_pos=0.4)))
    gone = 0
    for state in states(found, 1000):
        if not math.isfinite(state.withdrawn[0]):
            continue
        gone += 1
        after = found.model.calendar.middle > state.withdrawn[0]
        assert 3.0 <= state.withdrawn[0] <= 4.0
        assert np.all(state.curve[0][after] == 0)
        assert state.protected[0] == state.withdrawn[0]
    assert abs(gone - 600) < 4 * math.sqrt(1000 * 0.6 * 0.4)


def test_an_approval_falls_with_the_program_that_was_to_confirm_it() -> None:
    found = built(everything_on())
    home = found.labels.pairs.index(("alpha-early", "home", False))
    late = next(p for p, unit in enumerate(found.units) if unit.ident == "program/alpha-late")
    fell = 0
    for state in states(found, 1000):
        if state.on[home] == 0:
            continue
        failed = state.ended[late]
        horizon = found.model.calendar.quarters * 0.25
        assert state.withdrawn[home] == (max(failed, state.decision[home]) if failed < horizon else math.inf)
        fell += int(failed < horizon)
    assert fell > 10


def test_an_own_team_is_paid_from_the_first_own_sale() -> None:
    company = plain(filing(pos=1.0))
    lands = [row.model_copy(update={"own_team": 2.0}) for row in company.rows(Land)]
    with_team = replace(company).with_rows(Land, lands)
    for before, after in zip(states(built(company), 20), states(built(with_team), 20), strict=True):
        extra = after.ledger[n.SELLING] - before.ledger[n.SELLING]
        assert extra == pytest.approx(np.where(np.arange(len(extra)) >= 4, 0.5, 0.0))
