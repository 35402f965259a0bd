"""What is unseen: ranges that hold the truth at their stated rate, and refusals where nothing honest can be said."""

from itertools import product

import numpy as np
import pytest
from tests.readiness.audits.simulated import audit, held_by_next, held_by_range, held_over_rounds

from echelon.readiness.audits.counts import capture, capture_of_counts, histories_of
from echelon.readiness.audits.unseen import (
    RepairedError,
    Round,
    between,
    chance_of_any,
    detection,
    next_audit,
    pooled,
    unseen,
)
from echelon.readiness.audits.worth import CLASSES, FOUND_PER_INSPECTION, one_more_audit, weights

REPEATS = 150
ALLOWED = 0.8 - 2.33 * (0.8 * 0.2 / REPEATS) ** 0.5
"""Under this share, a true coverage of 0.8 would fall in one of a hundred runs."""


def example(gaps=60, auditors=4, seed=2, kind="high"):
    return Round("first", audit(np.random.default_rng(seed), gaps, auditors, 0.3, kind))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["low", "high"])
@pytest.mark.parametrize("auditors", [2, 3, 5, 8])
@pytest.mark.parametrize(("gaps", "mean"), [(60, 0.3), (60, 0.15), (30, 0.45), (120, 0.45)])
def test_a_range_of_80_holds_the_truth_in_80_of_100(gaps, mean, auditors, kind):
    assert held_by_range(11, REPEATS, gaps, auditors, mean, kind)[0] >= ALLOWED


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["low", "high"])
@pytest.mark.parametrize("fixed", [0.0, 0.5, 0.9, 1.0])
def test_it_holds_over_five_audits_whatever_is_repaired_between(fixed, kind):
    assert held_over_rounds(11, REPEATS, 60, 3, 5, fixed, kind) >= ALLOWED


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["low", "high"])
def test_what_the_next_audit_finds_falls_into_its_range(kind):
    assert held_by_next(11, REPEATS, 60, 4, 3, kind) >= ALLOWED


def test_the_range_is_not_empty_talk():
    """With many auditors and gaps alike, the range is narrow; with few, wide."""
    widths = [held_by_range(3, 40, 60, auditors, 0.3, "low")[1] for auditors in (2, 5, 8)]
    assert widths[0] > 2 * widths[1] > 2.5 * widths[2]
    assert widths[2] < 30


def test_never_across_a_repair():
    one = example()
    mended = Round("second", one.histories, repaired=True)
    with pytest.raises(RepairedError, match="in `second` gaps were repaired while auditors still looked"):
        detection([one, mended])
    with pytest.raises(RepairedError, match="give the rounds to `unseen` in their order"):
        pooled([one, one], repaired_between=True)
    assert pooled([one, one], repaired_between=False).shape == (60, 8)


def test_naive_pooling_over_repaired_rounds_would_overstate():
    """Why the refusal: Chao's floor over five audits with 90 % repaired says several times the truth."""
    rng = np.random.default_rng(4)
    errors = []
    for _ in range(60):
        p = rng.beta(6, 14, 60)
        open_, table = np.ones(60, bool), np.zeros((60, 5), bool)
        for column in range(5):
            table[:, column] = (rng.random(60) < p) & open_
            open_ &= ~(table[:, column] & (rng.random(60) < 0.9))
        f = capture(table).by_times
        errors.append((table.any(axis=1).sum() + 0.8 * f[0] * (f[0] - 1) / (2 * (f[1] + 1))) / 60 - 1)
    assert np.median(errors) > 2.0


def test_a_result_has_no_single_number_and_says_its_limits():
    found = unseen([Round("two", example(auditors=2).histories)], {"critical": 0, "major": 9, "other": 20})
    assert found.range.low < found.range.high
    assert str(found.range) == f"{found.range.low} to {found.range.high}"
    assert "fewer than 4 auditors" in found.notes[0]
    assert found.by["critical"].low == 0
    assert found.by["major"].high < found.range.high
    assert set(found.methods) == {"M0", "Mt", "Chao, corrected", "jackknife 1"}


def test_more_auditors_never_widen_what_is_left():
    made = detection([example()])
    now = between(made, made.seen)
    steps = [next_audit(made, m) for m in (1, 4, 16, 64)]
    assert [step.leaves.high for step in steps] == sorted((step.leaves.high for step in steps), reverse=True)
    assert steps[0].leaves.high <= now.high
    assert [step.finds.high for step in steps] == sorted(step.finds.high for step in steps)


def test_seeded_errors_sharpen_the_range():
    plain = detection([example(auditors=2)])
    told = detection([example(auditors=2)], seeded=(30, 100))
    wide, narrow = between(plain, plain.seen), between(told, told.seen)
    assert narrow.high - narrow.low < wide.high - wide.low
    with pytest.raises(ValueError, match="5 of 4 planted"):
        detection([example()], seeded=(5, 4))


def test_a_round_in_which_nothing_was_found():
    none = unseen([Round("quiet", np.zeros((0, 5), bool))])
    assert none.seen == 0
    assert none.range.low == 0
    assert any("nothing was found" in note for note in none.notes)
    with pytest.raises(ValueError, match="two auditors or more"):
        unseen([Round("alone", np.ones((3, 1), bool))])


def test_a_critical_gap_may_hide_though_none_was_seen():
    few, many = detection([example(auditors=2)]), detection([example(auditors=8)])
    assert 0.0 < chance_of_any(many, 0) < chance_of_any(few, 0) < 0.5
    assert chance_of_any(few, 0, base=4.2) < chance_of_any(few, 0)


def test_the_mean_inspection_ends_as_published():
    total = sum(weights()[name] * FOUND_PER_INSPECTION[name] for name in CLASSES)
    assert 1 - np.exp(-total) == pytest.approx(0.0729, abs=2e-4)


def test_worth_grows_with_auditors_and_repairs():
    made = detection([example()])
    found = {"critical": 1, "major": 12, "other": 30}
    small, big = (one_more_audit(made, found, {}, auditors) for auditors in (1, 6))
    assert 0.0 < small.months.mean < big.months.mean
    assert small.months.low < small.months.high
    assert big.after.mean < big.before.mean
    unrepaired = one_more_audit(made, found, {}, 6, held=0.0)
    assert unrepaired.months.mean < 0.6 * big.months.mean
    left_open = one_more_audit(made, found, {"major": 12}, 6)
    assert left_open.before.mean > big.before.mean
    assert one_more_audit(made, found, {}, 6) == big
    with pytest.raises(ValueError, match="classes are critical, major, other"):
        one_more_audit(made, {"minor": 1}, {}, 2)


def test_counts_are_counts():
    found = capture([[1, 0, 1], [0, 0, 0], [0, 1, 0]])
    assert (found.seen, found.finds, list(found.by_times), list(found.first)) == (2, 3, [1, 1, 0], [1, 1, 0])
    assert capture_of_counts([3, 2], 5).finds == 7
    gaps, table = histories_of([("g2", "b"), ("g1", "a"), ("g2", "a"), ("g2", "b")], ["a", "b", "c"])
    assert gaps == ("g1", "g2")
    assert table.tolist() == [[True, False, False], [True, True, False]]
    with pytest.raises(ValueError, match="findings name d, not among"):
        histories_of([("g", "d")], ["a"])
    with pytest.raises(ValueError, match="holds 1 where"):
        capture([[2, 0]])


def test_every_small_round_has_an_answer():
    """What few auditors of few gaps may log, all of it: also that everyone found everything, or nobody anything."""
    for auditors, gaps in product((2, 3), (0, 1, 2, 3)):
        for bits in product((0, 1), repeat=auditors * gaps):
            found = unseen([Round("one", np.array(bits, bool).reshape(gaps, auditors))], {"major": gaps})
            assert 0 <= found.range.low <= found.range.high
