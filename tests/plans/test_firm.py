"""Firm choices: the random walk visits good plans alike, and what matters is told from what does not."""

from itertools import product

import numpy as np
import pytest
from tests.plans.test_why import GO_OR_STOP, lives_of
from tests.support.pockets import Pocket, pockets

from echelon.company.rows.choosing import Option
from echelon.plans.firm import firm, walk
from echelon.plans.lives import Lives
from echelon.plans.why import why

PROGRAMS = (Pocket(0.6, 40.0, 120.0), Pocket(0.5, 20.0, 30.0), Pocket(0.5, 0.0, 0.02), Pocket(0.5, 0.0, 0.01))


@pytest.fixture(scope="module")
def found():
    lives = lives_of(pockets(PROGRAMS, [GO_OR_STOP]))
    plan = lives.levers.stands
    weighed = why(lives, plan, 20_000)
    checks = Lives(lives.company, lives.levers, 77, threads=2)
    return firm(checks, plan, weighed, 1, 1_024)


def test_what_matters_is_firm_and_what_does_not_is_free(found):
    words = {one.target: one.word for one in found.rows}
    assert words["p0"] != "free"
    shares = {one.target: one.agree for one in found.rows}
    assert shares["p2"] < 0.6
    assert shares["p3"] < 0.6
    assert all(one.other == "stop" or one.other_share < 0.6 for one in found.rows if one.target in ("p2", "p3"))
    assert found.rows == tuple(sorted(found.rows, key=lambda one: one.agree))


def test_sampled_plans_are_lived_and_as_good(found):
    assert len(found.checked) == 8
    assert found.good == 8
    assert all(one.expected <= found.allowed for one in found.checked)
    assert any(one.differs for one in found.checked)


def test_losses_that_do_not_add_up_are_found_out():
    lives = lives_of(pockets(PROGRAMS, [GO_OR_STOP]))
    plan = lives.levers.stands
    wrong = why(lives, plan, 4_000)
    wrong = type(wrong)(
        tuple(
            type(one)(one.action, one.target, one.stage, one.taken, one.nothing, one.must,
                      tuple(type(r)(r.name, 0.0, 1.0, r.p_better, r.futures, r.missed) for r in one.rivals))
            for one in wrong.reasons
        ), wrong.value, wrong.lived, wrong.stopped,
    )  # fmt: skip
    assert firm(lives, plan, wrong, 1, 1_024).good < 8


def test_the_walk_visits_good_plans_alike():
    lives = lives_of(pockets(PROGRAMS[:3], [GO_OR_STOP]))
    plan = lives.levers.stands
    sizes = [len(row.alternatives) for row in lives.levers.rows]
    table = [np.zeros(size) for size in sizes]
    for i, row in enumerate(table):
        row[[a for a in range(sizes[i]) if a != plan[i]]] = 1.0 + 0.5 * i
    good = [one for one in product(*(range(size) for size in sizes))
            if sum(table[i][a] for i, a in enumerate(one)) <= 2.2]  # fmt: skip
    visited = walk(lives.levers, plan, table, 2.2, np.random.Generator(np.random.Philox(1)))
    counts = {one: visited.count(one) for one in good}
    assert len(visited) == sum(counts.values())
    expected = len(visited) / len(good)
    assert all(abs(count - expected) < 6 * np.sqrt(expected) for count in counts.values())


def test_how_is_told_from_whether():
    lives = lives_of(pockets(PROGRAMS[:1], [Option(action="start", target="*", last="2026-12-31", step=0.25)]))
    plan = lives.levers.stands
    (row,) = firm(Lives(lives.company, lives.levers, 3, threads=2), plan, why(lives, plan, 8_000), 1, 256, 0.5).rows
    assert row.word == "free"
    assert row.undone == 0.0  # it may wait, and no good plan stops it
    worthless = lives_of(pockets(PROGRAMS[2:3], [GO_OR_STOP]))
    weighed = why(worthless, worthless.levers.stands, 8_000)
    (row,) = firm(worthless, worthless.levers.stands, weighed, 1, 256, 2.0).rows
    assert 0.3 < row.undone < 0.7
