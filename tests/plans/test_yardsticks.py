"""Yardsticks: doing nothing spends and starts nothing, funding everything never pauses; both pass the check."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from tests.support.companies import everything_on

import echelon
from echelon.company.check import check
from echelon.company.company import Company
from echelon.company.rows.money import Choice
from echelon.futures.rules import numbers as n
from echelon.plans.yardsticks import do_nothing, fund_everything, unmarketed
from echelon.runs.paired import Lived, Pairing
from echelon.runs.simulate import Order


@pytest.fixture(scope="module")
def pairing() -> Pairing:
    return Pairing(Order(everything_on(), 256, 3), 1)


@pytest.fixture(scope="module")
def nothing(pairing: Pairing) -> Lived:
    return pairing.other(pairing.company, do_nothing(pairing.company))


@pytest.fixture(scope="module")
def everything(pairing: Pairing) -> Lived:
    return pairing.other(pairing.company, fund_everything(pairing.company))


def line(lived: Lived, name: int) -> np.ndarray:
    return lived.results.sums["ledger_sums"][name]


@pytest.mark.parametrize("name", ["textbook", "biotech", "network", "top_alliance"])
def test_they_are_plans_that_pass_the_check(name: str) -> None:
    company = echelon.load(echelon.example(name))
    plans = {"nothing": do_nothing(company), "everything": fund_everything(company)}
    found = check(replace(company, plans=plans))
    assert [str(one) for one in found if "plans/" in str(one)] == []
    assert all(plans.values())


def test_only_what_is_not_on_the_market_is_stopped() -> None:
    company = everything_on()
    assert set(unmarketed(company)).isdisjoint({"omega-lung", "omega-duo"})
    assert len(unmarketed(company)) == 10
    stopped = {row.target for row in do_nothing(company) if row.action == "stop"}
    assert stopped == {*unmarketed(company), "engine"}
    assert {row.on for row in do_nothing(company) if row.action == "stop"} == {company.settings.company.as_of}


def test_doing_nothing_researches_starts_and_builds_nothing(pairing: Pairing, nothing: Lived) -> None:
    asked = pairing.base()
    assert line(asked, n.RESEARCH).sum() > 0
    assert line(asked, n.DISCOVERY).sum() > 0
    assert line(nothing, n.DISCOVERY).sum() == 0
    # A trial that confirms a conditional approval of what is sold is no choice.
    assert line(nothing, n.RESEARCH).sum() < 0.05 * line(asked, n.RESEARCH).sum()
    assert nothing.results.measures[:, n.PROGRAMS_LAUNCHED].max() == 0
    # plant-d is decided; the triggers of plant-e and more-filling are not pulled.
    decided = 12.0 * (1.0 - 9 / 18)
    spent = line(nothing, n.CAPITAL).sum() / 256
    alone = pairing.other(without_triggers(pairing.company), do_nothing(pairing.company))
    assert spent == pytest.approx(line(alone, n.CAPITAL).sum() / 256)
    assert spent >= decided


def without_triggers(company: Company) -> Company:
    from echelon.company.rows.supply import Expansion

    rows = [row.model_copy(update={"trigger": None}) for row in company.rows(Expansion)]
    return company.with_rows(Expansion, rows)


def test_what_is_sold_goes_on(pairing: Pairing, nothing: Lived) -> None:
    asked = pairing.base()
    omega = nothing.results.labels.assets.index("omega")
    sold, sold_beside = (lived.results.sums["asset_sales"][omega] for lived in (nothing, asked))
    # With nothing of our own entering beside it, what is sold sells no less.
    assert (sold[:8] > 0).all()
    assert sold.sum() >= sold_beside.sum()
    others = [a for a in range(len(nothing.results.labels.assets)) if a != omega]
    assert nothing.results.sums["asset_sales"][others].sum() == 0


def test_funding_everything_is_never_paused(pairing: Pairing, everything: Lived) -> None:
    assert pairing.base().results.measures[:, n.STARTS_PAUSED].max() > 0
    assert everything.results.measures[:, n.STARTS_PAUSED].max() == 0
    assert line(everything, n.RESEARCH).sum() > line(pairing.base(), n.RESEARCH).sum()


def test_a_choice_may_act_on_all_candidates_of_a_platform(pairing: Pairing) -> None:
    day = date(2030, 1, 1)
    stopped = pairing.other(pairing.company, (Choice(action="stop", target="engine", on=day),))
    full = pairing.other(pairing.company, ())
    before = 4 * 4
    assert line(stopped, n.DISCOVERY)[:before] == pytest.approx(line(full, n.DISCOVERY)[:before])
    assert line(stopped, n.DISCOVERY)[before + 6 :].sum() == 0
    assert line(full, n.DISCOVERY)[before + 6 :].sum() > 0
