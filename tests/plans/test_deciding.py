"""Deciding: on companies whose best plan is known, and the honesty of what is reported."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from tests.support.companies import everything_on
from tests.support.pockets import APART, MIXED, Pocket, pockets, values_of
from tests.support.random_companies import random_company

from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.company.rows.choosing import Option
from echelon.company.rows.money import Choice, Resource
from echelon.company.rows.settings import Echelons, Objective
from echelon.examples import example
from echelon.futures.rules import numbers as n
from echelon.plans.deciding import Asked, decide
from echelon.plans.levers import levers
from echelon.plans.lives import Lives, space
from echelon.plans.objective import worth
from echelon.plans.plan_file import plan_path, write_plan
from echelon.plans.screening import screen
from echelon.plans.searching import search
from echelon.runs.run import RunError
from echelon.runs.simulate import Order

GO_OR_STOP = Option(action="start", target="*", last="2025-12-31")
FEW = Asked(effort=60_000, judged=2_048)


def found(company, asked=FEW, plan="", **more):
    return decide(Order(company, 1, 1, "", plan), asked, **more)


def taken(decision):
    return {lever.target: one.name for lever, one in decision.levers.of(decision.plan)}


def test_the_best_plan_of_choices_that_add_up_is_found():
    values = values_of(MIXED)
    decision = found(pockets(MIXED, [GO_OR_STOP]))
    best = sum(max(0.0, value) for value in values)
    true = sum(value for i, value in enumerate(values) if taken(decision)[f"p{i}"] != "stop")
    assert true >= 0.99 * best
    assert abs(decision.bound.value - best) < 4 * decision.bound.se
    assert 0.0 <= decision.bound.gap < 0.01
    assert abs(decision.verdict.objective - true) < 4 * decision.verdict.se
    assert min(abs(value) for value in values) > 1.0  # no program is a toss-up, so this can fail


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_worthless_is_never_funded_and_free_always(seed):
    luck = np.random.Generator(np.random.Philox(seed))
    others = [
        Pocket(float(luck.uniform(0.1, 0.9)), float(luck.uniform(5, 60)), float(luck.uniform(5, 150))) for _ in range(6)
    ]
    worthless, free = Pocket(0.9, 5.0, 0.0), Pocket(0.05, 0.0, 20.0)
    money = pockets(others).settings.money.model_copy(update={"cash_floor": 0.0, "opening_cash": 60.0, "tax_rate": 0.2})
    coupled = APART.model_copy(update={"cash": True, "asset": 0.3, "platform": 0.2, "learning": 0.1})
    company = pockets([*others, worthless, free], couplings=coupled, money=money)
    choices = taken(found(company, replace(FEW, seed=seed)))
    assert choices["p6"] == "stop"
    assert choices["p7"] != "stop"


def test_under_a_budget_the_plan_is_near_the_best_of_all():
    programs = (
        Pocket(0.6, 60.0, 90.0, 1),
        Pocket(0.5, 40.0, 110.0, 2),
        Pocket(0.7, 50.0, 60.0, 3),
        Pocket(0.4, 30.0, 80.0, 4),
        Pocket(0.8, 20.0, 45.0, 5),
    )
    budget = [Resource(resource="rd_budget", year=year, amount=48.0) for year in range(2026, 2036)]
    company = pockets(programs, [GO_OR_STOP, *budget], couplings=APART.model_copy(update={"cash": True}))
    decision = found(company)
    made = decision.levers
    fresh = Lives(decision.company, made, space(1, "all of them"))
    every = {
        plan: fresh.worth(plan, 4_096).value for plan in product(*(range(len(row.alternatives)) for row in made.rows))
    }
    best = max(every.values())
    assert every[decision.plan] >= 0.99 * best
    assert every[made.stands] < 0.97 * best  # leaving everything as it stands is no answer


def test_must_and_never_and_one_of_are_kept():
    options = [
        GO_OR_STOP,
        Option(action="start", target="p1", rule="must"),
        Option(action="start", target="p0", rule="never"),
        Option(action="start", target="p2", last="2025-12-31", one_of="twins"),
        Option(action="start", target="p4", last="2025-12-31", one_of="twins"),
    ]
    decision = found(pockets(MIXED, options))
    choices = taken(decision)
    assert choices["p0"] == "stop"
    assert choices["p1"] != "stop"
    assert Choice(action="fund", target="p1") in decision.choices
    assert [choices["p2"], choices["p4"]].count("stop") == 1
    assert choices["p2"] == "stop"  # the twin that is worth less


def test_musts_beyond_a_limit_are_named_by_year():
    options = [Option(action="start", target=f"p{i}", rule="must") for i in range(2)]
    budget = [Resource(resource="rd_budget", year=2027, amount=30.0)]
    with pytest.raises(RunError, match=r"2027: must-haves need 50, limit 30"):
        found(pockets(MIXED, [GO_OR_STOP, *options, *budget]))


def test_a_cap_on_running_out_of_cash_is_kept():
    money = pockets(MIXED).settings.money.model_copy(update={"opening_cash": 60.0, "cash_floor": 0.0})
    free = pockets(MIXED, [GO_OR_STOP], money=money, couplings=APART)
    capped = pockets(MIXED, [GO_OR_STOP], money=money, couplings=APART, objective=Objective(floor_chance=0.05))
    loose, tight = found(free), found(capped)
    assert loose.verdict.floor_chance > 0.1
    assert tight.verdict.floor_chance <= 0.06
    assert 0.0 < tight.verdict.mean < loose.verdict.mean


def test_echelons_asked_for_are_filled_at_a_price():
    programs = [*MIXED, Pocket(0.6, 30.0, 5.0, begins=2028)]  # the last one does not pay, and fills the clinic
    company = pockets(programs, [GO_OR_STOP])
    echelons = Echelons(marketed=0, clinic=1, reserve=0)
    company = company.with_settings(company.settings.model_copy(update={"echelons": echelons}))
    wanted = company.with_settings(company.settings.model_copy(update={"objective": Objective(filled_chance=0.4)}))
    some, more = found(company), found(wanted)
    assert some.verdict.filled < 0.1
    assert more.verdict.filled > 0.4
    assert taken(some)["p6"] == "stop"
    assert more.verdict.mean < some.verdict.mean


def test_launches_asked_for_are_reached_at_a_price():
    wanted = Objective(launches=2.4, launches_by=2034)
    some, more = found(pockets(MIXED, [GO_OR_STOP])), found(pockets(MIXED, [GO_OR_STOP], objective=wanted))
    assert some.verdict.launches < 2.3
    assert more.verdict.launches > 2.3
    assert more.verdict.missed < 0.04
    assert more.verdict.mean < some.verdict.mean


def test_limits_that_no_plan_keeps_are_named():
    wanted = Objective(launches=5.0, filled_chance=1.0)
    decision = found(pockets(MIXED, [GO_OR_STOP], objective=wanted), replace(FEW, effort=5_000))
    assert [words.split(",")[-1] for words in decision.misses] == [" at least 1 asked", " at least 5 asked"]
    assert decision.as_dict()["misses"] == list(decision.misses)


def test_the_tail_is_weighed():
    brave, careful = (found(pockets(MIXED, [GO_OR_STOP], objective=Objective(tail=tail))) for tail in (0.0, 1.0))
    assert careful.verdict.tail >= brave.verdict.tail
    assert careful.verdict.mean <= brave.verdict.mean
    assert careful.plan != brave.plan


def test_the_tail_is_the_mean_of_the_worst():
    values = np.random.Generator(np.random.Philox(5)).normal(10.0, 50.0, 1_000)
    kept = np.stack([values, np.full(1_000, np.nan), np.zeros(1_000), np.ones(1_000)], axis=1)
    assert worth(Objective(tail=1.0), kept).value == pytest.approx(np.sort(values)[:50].mean(), rel=1e-12)
    assert worth(Objective(tail=0.25), kept).value == pytest.approx(
        0.75 * values.mean() + 0.25 * np.sort(values)[:50].mean(), rel=1e-12
    )


def test_the_same_seed_gives_the_same_plan_on_any_threads():
    company = resolve(load(example("biotech")))[0]
    one, two = (found(company, replace(FEW, threads=threads)) for threads in (1, 2))
    assert one.plan == two.plan
    assert [judged.objective for judged in one.judged] == [judged.objective for judged in two.judged]


def test_seed_spaces_have_their_own_luck():
    company = resolve(pockets(MIXED, [GO_OR_STOP]))[0]
    made = levers(company)
    drawn = [
        Lives(company, made, space(1, name)).measures(made.stands, 256)[:, 0] for name in ("search", "select", "judge")
    ]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert abs(np.corrcoef(drawn[one], drawn[other])[0, 1]) < 0.25
    assert len({space(seed, name) for seed in range(50) for name in ("search", "select", "judge", "explain")}) == 200


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_plan_beats_or_ties_the_yardsticks_on_fresh_futures(seed):
    decision = found(load(example("biotech")), replace(FEW, seed=seed))
    for other in decision.judged[1:]:
        assert other.least > 0.0 or other.lead >= -1.645 * other.lead_se


def test_what_it_was_searched_on_is_told_apart_from_fresh_futures():
    shown = found(pockets(MIXED, [GO_OR_STOP])).as_dict()
    assert shown["in_sample"]["objective"] != shown["judged"][0]["objective"]
    assert shown["in_sample"]["futures"] >= 256
    assert shown["judged"][0]["se"] > 0.0


def test_a_stop_keeps_the_best_so_far():
    kept = []

    def stop(what, done, total, best):
        if what == "searching" and done > 2_000:
            raise KeyboardInterrupt

    decision = found(pockets(MIXED, [GO_OR_STOP]), replace(FEW, effort=1_000_000), progress=stop, keep=kept.append)
    assert decision.searched.stopped
    assert kept
    assert decision.verdict.objective > 0.0


def test_a_written_plan_runs_to_what_was_judged(tmp_path):
    company = pockets(MIXED, [GO_OR_STOP])
    decision = found(company)
    (tmp_path / "company").mkdir()
    path = write_plan(plan_path(tmp_path / "company", "mine", replace=False), decision.choices)
    assert path.read_text().startswith("action,target")
    with pytest.raises(RunError, match="is there already"):
        plan_path(tmp_path / "company", "mine", replace=False)
    from echelon.company.write import write_company

    write_company(replace_plans(company, "mine", decision.choices), tmp_path / "company")
    again = load(tmp_path / "company")
    assert set(again.plans["mine"]) == set(decision.choices)
    lives = Lives(decision.company, decision.levers, space(1, "judge"))
    measures, _ = lives.live(again.plans["mine"], 0, 2_048)
    assert measures[:, n.ENPV].mean() == pytest.approx(decision.verdict.mean, rel=1e-12)


def replace_plans(company, name, choices):
    return replace(company, plans={name: choices})


@pytest.mark.parametrize("name", ["../mine", "", ".mine", "a b", "x" * 70])
def test_names_that_cannot_be_a_files(tmp_path, name):
    with pytest.raises(RunError, match="cannot name a plan"):
        plan_path(tmp_path, name, replace=False)


@pytest.mark.parametrize("name", ["everything on", 3, 11])
def test_where_choices_are_tied_the_plan_is_near_the_best_of_all(name):
    company = everything_on() if name == "everything on" else random_company(name)
    resolved, _ = resolve(company)
    open_ones = [lever.target for lever in levers(resolved).rows if lever.action == "start"][:5]
    as_of = resolved.settings.company.as_of
    company = company.with_rows(Option, [Option(action="start", target=target, last=as_of) for target in open_ones])
    decision = found(company)
    fresh = Lives(decision.company, decision.levers, space(1, "all of them"))
    alternatives = [range(len(lever.alternatives)) for lever in decision.levers.rows]
    every = {plan: fresh.worth(plan, 1_024) for plan in product(*alternatives)}
    best = max(every.values(), key=lambda one: one.value)
    lost = best.each - every[decision.plan].each
    assert len(every) >= 8
    assert lost.mean() <= 0.01 * abs(best.value) + 3 * lost.std() / 32


def test_what_surely_loses_is_taken_back_by_the_last_sweep():
    tiny = Pocket(0.5, 0.2, 0.0)
    company = resolve(pockets([*MIXED, tiny, tiny], [GO_OR_STOP]))[0]
    made = levers(company)
    lives = Lives(company, made, space(1, "search"))
    screened = screen(lives, 256)
    kept = search(lives, screened, [made.stands], 1, 0)  # no effort beyond the sweep
    names = {lever.target: one.name for lever, one in made.of(kept.plan)}
    assert names["p6"] == names["p7"] == "stop"
    assert names["p0"] == "as it is"
