"""Choices weighed in paired futures: indications, routes with both sides of every deal, reimbursement."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.support.companies import everything_on, spread

import echelon
from echelon.company.rows.market import Deal, Listing, Scheme, Territory
from echelon.company.rows.money import Choice
from echelon.company.rows.supply import Certificate, Recipe
from echelon.futures.rules import numbers as n
from echelon.runs.breakeven import volume_to_break_even
from echelon.runs.gaps import gap
from echelon.runs.indications import Indications, candidates, indications
from echelon.runs.paired import Pairing
from echelon.runs.reimbursement import Reimbursement, grid, reimbursement
from echelon.runs.routes import Routes, routes
from echelon.runs.run import RunError
from echelon.runs.sides import sides
from echelon.runs.simulate import Order

FUTURES = 1024


@pytest.fixture(scope="module")
def company():
    return everything_on()


@pytest.fixture(scope="module")
def pairing(company) -> Pairing:
    return Pairing(Order(company, FUTURES, 5), 2)


@pytest.fixture(scope="module")
def base(pairing):
    return pairing.base()


@pytest.fixture(scope="module")
def ranked(company) -> Indications:
    return indications(Order(company, FUTURES, 5), threads=2)


@pytest.fixture(scope="module")
def routed(company) -> Routes:
    return routes(Order(company, FUTURES, 5), threads=2)


@pytest.fixture(scope="module")
def weighed(company) -> Reimbursement:
    return reimbursement(Order(company, FUTURES, 5), threads=2)


def test_a_paired_difference_is_that_of_two_runs(company, pairing, base):
    plan = {"part": (Choice(action="stop", target="beta-lung", on=date(2026, 1, 1)),)}
    planned = echelon.simulate(
        type(company)(company.settings, company.tables, plan, {}), futures=FUTURES, seed=5, threads=1, plan="part"
    )
    run = echelon.simulate(company, futures=FUTURES, seed=5, threads=1)
    found = pairing.chosen(*plan["part"]).less(base)
    apart = (planned.futures()["enpv"] - run.futures()["enpv"]).to_numpy()
    assert found.mean == pytest.approx(apart.mean(), rel=1e-12)
    assert found.se == pytest.approx(apart.std(ddof=1) / np.sqrt(FUTURES), rel=1e-12)
    assert found.se < 0.7 * np.sqrt(2) * run.measure("enpv")["se"]


def test_a_gap_of_one_future_claims_no_certainty_it_has_not():
    assert gap(np.array([3.0])).mean == 3.0
    found = gap(np.array([1.0, 2.0, 3.0]))
    assert (found.mean, found.se) == (2.0, pytest.approx(1 / np.sqrt(3)))
    assert found.sure
    assert not gap(np.array([-1.0, 2.0, -0.5])).sure


def test_threads_change_nothing(company, ranked):
    again = indications(Order(company, FUTURES, 5), threads=1)
    assert again.rows.equals(ranked.rows)
    assert again.markets.equals(ranked.markets)


def test_candidates_are_what_is_still_to_be_launched(company, ranked):
    assert set(ranked.assets) == {"alpha", "beta", "gamma", "delta"}
    assert "omega-lung" not in ranked.rows["program"].to_list()
    with pytest.raises(RunError, match="asset `omega` has no program still to be launched"):
        candidates(company, "omega")
    with pytest.raises(RunError, match="there is no asset `alfa`"):
        candidates(company, "alfa")


def test_rows_are_those_of_the_run(company, ranked):
    run = echelon.simulate(company, futures=FUTURES, seed=5, threads=2)
    told = {row["program"]: row for row in run.programs().to_dicts()}
    for row in ranked.rows.to_dicts():
        same = told[row["program"]]
        for name in ("rnpv", "rnpv_se", "p_launch", "cost", "cost_pv", "productivity"):
            assert row[name] == pytest.approx(same[name]), name
        assert row["launch"] == same["launch_q50"]
    for asset in ranked.assets:
        values = ranked.of(asset)["rnpv"].to_list()
        assert values == sorted(values, reverse=True)
        waits = ranked.of(asset).sort("first")["wait"].to_list()
        assert waits == sorted(waits, reverse=True)


def test_market_of_a_candidate_by_hand(company, ranked):
    row = ranked.markets.filter((pl.col("program") == "alpha-liver") & (pl.col("territory") == "home")).to_dicts()[0]
    # 3,000 patients, 0.8 diagnosed, 0.8 treated, half of them in this line, no growth
    assert row["patients"] == pytest.approx(3000 * 0.8 * 0.8 * 0.5)
    assert row["months"] == pytest.approx(14.0)
    launch = ranked.rows.filter(pl.col("program") == "alpha-liver")["launch"][0]
    assert row["price"] == pytest.approx(5500 * 0.99**launch, rel=1e-6)
    assert row["rivals_now"] == 0
    assert 0.0 < row["rivals"] <= 0.7
    assert row["own"] == 1
    assert 0.0 < row["share"] < 1.0
    direct = ranked.rows.filter(pl.col("program") == "gamma-breast").to_dicts()[0]
    assert direct["patients"] is None
    assert "given directly" in direct["why"]


def test_own_sales_and_partner_sales_are_the_ledger(pairing, base):
    ledger = base.results.sums["ledger_sums"] / FUTURES
    flows = sides(base.results, pairing.company)
    total = {name: float(flows[name].sum()) for name in flows.columns[2:]}
    assert total["sales"] == pytest.approx(ledger[n.PARTNER_SALES].sum())
    received = total["royalties"] + total["supply"] + total["profit_share"] - flows_kept(flows)
    assert received == pytest.approx(ledger[n.ROYALTIES].sum())
    assert total["milestones"] == pytest.approx(ledger[n.MILESTONES].sum())
    assert total["commission"] > 0.0
    assert total["licensee"] > 0.0


def flows_kept(flows: pl.DataFrame) -> float:
    return float(flows["licensee"].sum())


def test_both_sides_add_up_to_the_whole_every_year(routed, pairing):
    flows = routed.flows
    whole = flows["ours"] + flows["licensee"] + flows["partner"] + flows["partner_costs"]
    assert np.allclose(whole, flows["sales"], rtol=1e-12, atol=1e-9)
    assert {"alpha-east", "alpha-north", "alpha-south", "beta-east", "omega-south", "gamma-east"} == set(flows["deal"])
    costs = {row.id: row.partner_cost for row in pairing.company.rows(Deal)}
    for row in flows.filter(pl.col("sales") > 0).to_dicts():
        assert row["partner_costs"] == pytest.approx(costs[row["deal"]] * row["sales"])


def test_every_route_stands_once(routed):
    keys = routed.rows.select("asset", "territory", "deal")
    assert not keys.is_duplicated().any()
    assert set(routed.deals["status"]) == {"active", "option", "offered"}
    assert set(routed.rows["route"]) == {"license", "venture", "distribution", "promotion", "own"}


def test_break_even_of_a_route_by_hand(routed):
    row = routed.rows.filter(pl.col("deal") == "alpha-south").to_dicts()[0]
    # Own margin 1 - 0.18 - 0.25; royalty 0.08 and supply 0.22 - 0.10 of each sale; a team of 1.5 a year.
    assert row["own_margin"] == pytest.approx(0.57)
    assert row["own_team"] == 1.5
    yearly = (row["partner_rate"] - 0.20) * row["sales"]
    assert yearly >= -1e-9
    assert row["break_even"] == pytest.approx((1.5 + yearly) / (0.57 - 0.20))
    assert row["team_even"] == pytest.approx((0.57 - row["partner_rate"]) * row["sales"])
    assert (row["verdict"] == "own") == (row["sales"] > row["break_even"])
    own = routed.rows.filter(pl.col("route") == "own").to_dicts()
    assert {one["territory"] for one in own} <= {"south", "north"}


def test_taking_a_deal_back_is_a_paired_run(routed, company, pairing, base):
    told = {row["deal"]: row for row in routed.deals.to_dicts()}
    assert told["alpha-east"]["on"] == "2026-09-30"
    own = pairing.chosen(Choice(action="own", target="alpha-east", on=date(2026, 9, 30)))
    assert told["alpha-east"]["difference"] == pytest.approx((own.value - base.value).mean(), rel=1e-12)
    taken = pairing.chosen(Choice(action="license", target="gamma-east", on=date(2026, 9, 30)))
    assert told["gamma-east"]["difference"] == pytest.approx((base.value - taken.value).mean(), rel=1e-12)
    assert told["alpha-south"]["on"] is None
    assert told["alpha-south"]["milestones_pv"] > 0.0


def test_a_deal_is_taken_back_after_the_companys_day(company):
    with pytest.raises(RunError, match="after the company's day"):
        routes(Order(company, 8, 1), on=date(2025, 9, 30))


def test_a_company_without_deals_has_no_routes_and_none_to_list():
    textbook = echelon.load(echelon.example("textbook"))
    with pytest.raises(RunError, match="no deal under which others sell"):
        routes(Order(textbook, 8, 1))
    with pytest.raises(RunError, match="no listing to be negotiated"):
        reimbursement(Order(textbook, 8, 1))


def test_an_own_team_without_any_deal_is_weighed():
    textbook = echelon.load(echelon.example("textbook"))
    teams = [row.model_copy(update={"own_team": 5.0}) for row in textbook.rows(Territory)]
    found = routes(Order(textbook.with_rows(Territory, teams), 8, 1))
    assert found.rows["route"].unique().to_list() == ["own"]
    assert found.deals.is_empty()
    assert found.flows.is_empty()


def test_an_own_margin_bears_what_recipes_cost_a_gram():
    network = echelon.load(echelon.example("network"))
    bare = [row.model_copy(update={"substance_cost": 0.0, "product_cost": 0.0}) for row in network.rows(Recipe)]
    free = [row.model_copy(update={"shipping": 0.0}) for row in network.rows(Certificate)]
    money = network.settings.money.model_copy(update={"cogs": 0.0})
    cheap = network.with_rows(Recipe, bare).with_rows(Certificate, free)
    cheap = cheap.with_settings(network.settings.model_copy(update={"money": money}))
    found, none = (routes(Order(company, 64, 1)).rows.sort("territory") for company in (network, cheap))
    assert none["own_margin"].to_list() == pytest.approx([1.0 - money.selling] * 2)
    assert (found["own_margin"] < none["own_margin"]).all()
    assert (found["break_even"] > none["break_even"]).all()


def test_price_against_volume_by_hand(weighed):
    row = weighed.listings.filter(pl.col("program") == "beta-lung").to_dicts()[0]
    # Uniform from 0.2 to 0.5, 2.2 times the patients.
    assert (row["cut_low"], row["cut_mean"], row["cut_high"]) == pytest.approx((0.215, 0.35, 0.485))
    assert row["break_even_volume"] == pytest.approx(1 / 0.65)
    assert row["break_even_cut"] == pytest.approx(1 - 1 / 2.2)
    assert row["p_pays"] == 1.0
    assert weighed.rounds.filter(pl.col("year") == 2024)["cut"].to_list() == [0.63]


def test_the_grid_spans_never_to_any(pairing):
    row = pairing.company.get(Listing, "beta-lung/east")
    assert grid(pairing.company, [row]) == [0.0, 0.23, 0.29, 0.35, 0.41, 0.47, 0.55, 1.0]


def test_a_larger_cut_accepted_never_lists_less(weighed):
    for _, part in weighed.choices.group_by("program"):
        table = part.sort("most_cut").to_dicts()
        assert (table[0]["difference"], table[0]["p_listed"]) == (0.0, 0.0)
        shares = [row["p_listed"] for row in table]
        assert shares == sorted(shares)
        assert sum(row["best"] for row in table) >= 1
        best = max(table, key=lambda row: row["difference"])
        assert best["best"]
        assert best["behind"] == 0.0
        for row in table:
            assert row["behind"] == pytest.approx(best["difference"] - row["difference"], abs=1e-9)
            assert row["as_good"] == (row["behind"] <= 2 * row["behind_se"])


def test_without_renewals_the_cut_to_accept_is_the_one_that_breaks_even():
    # A listing whose volume makes up for every cut under 0.5 and for none above it.
    company = everything_on()
    schemes = [
        row.model_copy(update={"volume": 2.0, "price_cut": spread(0.05, 0.5, 0.95), "renewals": 0, "delisting": 0.0,
                               "exclusive_volume": 1.0})
        for row in company.rows(Scheme)
    ]  # fmt: skip
    listings = [Listing(program="alpha-lung", territory="south", scheme="fund")]
    off = company.settings.couplings.model_copy(update={"supply": False, "cash": False})
    company = company.with_settings(company.settings.model_copy(update={"couplings": off}))
    company = company.with_rows(Scheme, schemes).with_rows(Listing, listings)
    found = reimbursement(Order(company, 4096, 2), threads=2)
    assert found.listings["p_pays"].to_list() == pytest.approx([0.5])
    table = found.choices.sort("most_cut").to_dicts()
    values = {row["most_cut"]: row["difference"] for row in table}
    assert volume_to_break_even(0.5) == 2.0
    assert max(values, key=lambda cut: values[cut]) == 0.5
    below = [row["difference"] for row in table if row["most_cut"] <= 0.5]
    above = [row["difference"] for row in table if row["most_cut"] >= 0.5]
    assert below == sorted(below)
    assert above == sorted(above, reverse=True)
