"""Break-even sales and volumes, by hand and by their own inverses."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.runs.breakeven import Own, Terms, break_even, cut_to_break_even, tiered, volume_to_break_even

TIERS = ((0.0, 0.10), (100.0, 0.20), (300.0, 0.30))


@pytest.mark.parametrize(
    ("lower", "upper", "due"),
    [
        (0, 50, 5),
        (0, 100, 10),
        (0, 200, 30),
        (150, 250, 20),
        (250, 400, 40),
        (50, 350, 60),
        (400, 500, 30),
        (70, 70, 0),
    ],
)
def test_royalty_tier_by_tier(lower, upper, due):
    assert tiered(TIERS, lower, upper) == pytest.approx(due)


@pytest.mark.parametrize(
    ("own", "partner", "sales"),
    [
        # margin 0.5 less royalty 0.2 leaves 0.3 of each sale for a team of 30: 100
        (Own(0.5, 30.0), Terms(((0.0, 0.2),)), 100.0),
        # 0.4 of each to 100 brings 40 of 50; 0.3 above it: 100 + 10 / 0.3
        (Own(0.5, 50.0), Terms(TIERS), 100.0 + 10.0 / 0.3),
        # elsewhere 100 are sold already, so the second tier holds from the first sale: 30 / 0.3
        (Own(0.5, 30.0), Terms(TIERS, base=100.0), 100.0),
        # milestones of 6 a year stand beside the team
        (Own(0.5, 30.0), Terms(((0.0, 0.2),), yearly=6.0), 120.0),
        # half of the royalty stays with a licensee: 0.4 of each sale
        (Own(0.5, 30.0), Terms(((0.0, 0.2),), reaches=0.5), 75.0),
        # supply brings 0.1 more
        (Own(0.5, 30.0), Terms(((0.0, 0.2),), per_sale=0.1), 150.0),
        # nothing to pay for, and more of each sale
        (Own(0.5, 0.0), Terms(((0.0, 0.2),)), 0.0),
        # the partner pays more of each sale
        (Own(0.2, 10.0), Terms(((0.0, 0.3),)), math.inf),
        # it would catch up at 200 under the lowest tier, but the next begins at 100 and pays as much as the margin
        (Own(0.2, 20.0), Terms(((0.0, 0.1), (100.0, 0.2))), math.inf),
        # it is ahead only where the partner's rate falls
        (Own(0.3, 10.0), Terms(((0.0, 0.4), (100.0, 0.0))), 100.0 + 20.0 / 0.3),
        # no partner: the sales that pay for the team
        (Own(0.25, 5.0), Terms(), 20.0),
        # own loses from the first sale on
        (Own(0.1, 0.0), Terms(((0.0, 0.3),)), math.inf),
    ],
)
def test_break_even_by_hand(own, partner, sales):
    assert break_even(own, partner) == pytest.approx(sales)


share = st.floats(0.0, 0.6)
amount = st.floats(0.0, 500.0)


@given(
    margin=st.floats(0.0, 0.9),
    team=amount,
    rates=st.lists(share, min_size=1, max_size=4),
    steps=st.lists(st.floats(1.0, 300.0), min_size=3, max_size=3),
    per_sale=st.floats(-0.1, 0.4),
    yearly=amount,
    base=amount,
    reaches=st.floats(0.0, 1.0),
)
def test_at_break_even_both_bring_the_same(margin, team, rates, steps, per_sale, yearly, base, reaches):
    starts = [sum(steps[:i]) for i in range(len(rates))]
    own, partner = Own(margin, team), Terms(tuple(zip(starts, rates, strict=True)), reaches, per_sale, yearly, base)
    sales = break_even(own, partner)
    if math.isfinite(sales) and sales < 1e9:
        scale = 1.0 + abs(own.income(sales)) + abs(team) + abs(yearly)
        assert own.income(sales) == pytest.approx(partner.income(sales), abs=1e-7 * scale + 1e-9 * sales)
        for part in (0.1, 0.5, 0.9):
            assert own.income(part * sales) <= partner.income(part * sales) + 1e-7 * scale
    if math.isinf(sales):
        for tried in (1.0, 10.0, 1e3, 1e6):
            assert own.income(tried) <= partner.income(tried) + 1e-6 * (1.0 + tried)


def test_volume_that_makes_up_for_a_cut():
    assert volume_to_break_even(0.0) == 1.0
    assert volume_to_break_even(0.5) == pytest.approx(2.0)
    assert volume_to_break_even(0.6) == pytest.approx(2.5)
    assert volume_to_break_even(1.0) == math.inf
    assert cut_to_break_even(3.0) == pytest.approx(2.0 / 3.0)


@given(st.floats(0.0, 0.999))
def test_cut_and_volume_are_inverses(cut):
    assert cut_to_break_even(volume_to_break_even(cut)) == pytest.approx(cut, abs=1e-9)
