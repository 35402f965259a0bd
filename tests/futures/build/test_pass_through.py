"""Reported sales: several pairs together come out as reported, and what was not sold yet is not blown up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.examples import example
from echelon.futures.build.build import build
from echelon.futures.build.pairs import scales

AMOUNTS = st.floats(0.01, 1e4)


def test_by_hand() -> None:
    # 10 and 2 were modelled, 30 reported: 18 more, shared out with uptake 1 and 0.2, so that 10a + 0.4a = 18.
    old, new = scales(30.0, [10.0, 2.0], [1.0, 0.2])
    assert (old, new) == pytest.approx((1 + 18 / 10.4, 1 + 0.2 * 18 / 10.4))
    assert scales(6.0, [10.0, 2.0], [1.0, 0.2]) == [0.5, 0.5]
    assert scales(30.0, [10.0], [0.3]) == pytest.approx([3.0])
    assert scales(30.0, [10.0, 0.0], [1.0, 0.0]) == pytest.approx([3.0, 1.0])
    assert scales(30.0, [0.0, 0.0], [1.0, 0.0]) == [0.0, 0.0]
    assert scales(0.0, [10.0, 2.0], [1.0, 0.2]) == [0.0, 0.0]


@given(AMOUNTS, st.lists(st.tuples(AMOUNTS, st.floats(0.001, 1.0)), min_size=1, max_size=6))
def test_together_they_are_what_was_reported(amount: float, pairs: list[tuple[float, float]]) -> None:
    modelled, uptake = [m for m, _ in pairs], [u for _, u in pairs]
    found = scales(amount, modelled, uptake)
    assert sum(m * s for m, s in zip(modelled, found, strict=True)) == pytest.approx(amount)
    assert all(s > 0 for s in found)
    if amount > sum(modelled):
        assert all(s >= 1 for s in found)
        assert sorted(found) == pytest.approx([s for _, s in sorted(zip(uptake, found, strict=True))])


def test_an_indication_of_last_month_keeps_what_the_model_says_of_it() -> None:
    company, _ = resolve(load(example("top_alliance_2021")))
    built = build(company)
    scale = {
        program: built.model.pairs.scale[f]
        for f, (program, territory, held) in enumerate(built.labels.pairs)
        if held and territory == "cn"
    }
    assert scale["js001-npc-1l"] == pytest.approx(1.0, abs=0.05)  # approved on 30 November 2021
    assert scale["js001-melanoma-2l"] > scale["js001-npc-3l"] > 2.0
