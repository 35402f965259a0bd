"""PoS: the published figures, the shrinkage rule, and combining on the log-odds scale."""

import math
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from echelon.company.rows.science import Area, Modality
from echelon.priors.base import assumption, facts, table
from echelon.priors.chain import STANDARD_NAMES
from echelon.priors.transitions import STEPS, combine, given_approval_elsewhere, pos, shrunk

CELLS = sorted({(row["kind"], row["group"], row["step"]) for row in table("transitions") if row["step"] in STEPS})
PUBLISHED = facts("transitions", "kind", "group", "step")
PROBABILITY = st.floats(0.01, 0.99)


@pytest.mark.parametrize("cell", [key for key in PUBLISHED if key[2] == "loa"], ids="/".join)
def test_product_of_transitions_is_the_published_loa(cell):
    kind, group, _ = cell
    together = math.prod(PUBLISHED[(kind, group, step)].value for step in STEPS)
    assert round(together, 3) == PUBLISHED[cell].value


def test_areas_and_modalities_with_a_published_loa_are_there():
    found = {key[:2] for key in PUBLISHED if key[2] == "loa"}
    assert len([key for key in found if key[0] == "area"]) == 15
    assert len([key for key in found if key[0] == "modality"]) == 10


@pytest.mark.parametrize("cell", CELLS, ids="/".join)
def test_shrunk_value_lies_between_cell_and_parent(cell):
    kind, _, step = cell
    found = shrunk(*cell)
    if not found.parent:
        assert found.value == found.raw
        return
    parent = shrunk("all" if found.parent == "all" else kind, found.parent, step).value
    assert min(found.raw, parent) - 1e-12 <= found.value <= max(found.raw, parent) + 1e-12
    k = assumption("shrinkage").value
    assert found.value == pytest.approx((found.n * found.raw + k * parent) / (found.n + k))


def test_parents_are_the_stated_ones():
    assert shrunk("modality", "adc", "phase3").parent == "antibody"
    assert shrunk("area", "oncology-immuno", "phase3").parent == "oncology"
    assert shrunk("area", "oncology", "phase3").parent == "all"


def test_a_published_hundred_percent_of_few_is_not_believed():
    # 12 of 12 conjugates under review were approved; antibodies 95.4 %, all drugs 90.6 %.
    antibody = (282 * 0.954 + 50 * 0.906) / 332
    assert shrunk("modality", "adc", "filing").value == pytest.approx((12 + 50 * antibody) / 62)


def test_arithmetic_of_one_area_and_one_modality():
    def logit(p):
        return math.log(p / (1 - p))

    oncology = (1732 * 0.246 + 50 * 0.289) / 1782
    antibody = (740 * 0.341 + 50 * 0.289) / 790
    joined = logit(0.289) + (logit(oncology) - logit(0.289) + logit(antibody) - logit(0.289)) / 1.5
    found = pos("phase2", "oncology", "antibody")
    assert found.value == pytest.approx(1 / (1 + math.exp(-joined)), abs=5e-5)
    assert found.n == 740
    assert found.confidence == "derived"
    for number in ("0.289", "0.246", "1,732", "0.341", "740", "0.67", f"{found.value:g}"):
        assert number in found.how


@given(PROBABILITY, PROBABILITY)
def test_one_signal_is_taken_as_it_is(base, signal):
    assert combine(base, (signal,)) == pytest.approx(signal)


@given(PROBABILITY, st.integers(0, 4))
def test_signals_that_say_nothing_change_nothing(base, count):
    assert combine(base, (base,) * count) == pytest.approx(base)


@given(PROBABILITY, st.lists(PROBABILITY, min_size=2, max_size=4), st.randoms())
def test_combined_is_bounded_and_free_of_order(base, signals, chance):
    value = combine(base, tuple(signals))
    shuffled = list(signals)
    chance.shuffle(shuffled)
    assert combine(base, tuple(shuffled)) == pytest.approx(value)
    assert 0.001 <= value <= 0.99


@given(PROBABILITY, PROBABILITY, st.integers(2, 4))
def test_repeating_a_signal_adds_less_than_stacking_it(base, signal, count):
    def logit(p):
        return math.log(p / (1 - p))

    moved = logit(combine(base, (signal,) * count)) - logit(base)
    stacked = count * (logit(signal) - logit(base))
    assert abs(moved) <= abs(stacked) + 1e-9


@pytest.mark.parametrize("step", STANDARD_NAMES)
def test_every_area_and_modality_has_a_probability(step):
    for area, modality in product(get_args(Area), get_args(Modality)):
        for biomarker, rare in product((None, True, False), (True, False)):
            found = pos(step, area, modality, biomarker, rare)
            assert 0.001 <= found.value <= 1
            assert found.how.endswith(".")
            assert found.source


def test_signals_move_the_way_they_were_published():
    plain = pos("phase2", "oncology", "antibody").value
    assert pos("phase2", "oncology", "antibody", biomarker=True).value > plain
    assert pos("phase2", "oncology", "antibody", rare=True).value > plain
    assert (
        pos("phase2", "oncology", "antibody", biomarker=False).value < pos("phase2", "oncology", "antibody", True).value
    )


def test_modalities_without_a_cell_use_the_stated_stand_in():
    assert pos("phase1", "oncology", "bispecific").value == pos("phase1", "oncology", "antibody").value
    assert pos("phase1", "oncology", "fusion-protein").value == pos("phase1", "oncology", "protein").value


def test_an_area_without_a_cell_gives_no_signal():
    assert pos("phase1", "dermatology", "antibody").value == pytest.approx(
        shrunk("modality", "antibody", "phase1").value, abs=5e-5
    )


def test_preclinical_is_the_benchmark_and_holds_the_step_to_the_first_trial():
    assert pos("preclinical", "oncology", "antibody").value == 0.69
    assert pos("ind", "oncology", "antibody").value == 1.0


def test_path_by_path_figures_stay_in_their_own_table():
    assert not any("Wong" in row["source"] for row in table("transitions"))
    assert all("Wong" in row["source"] for row in table("transitions_by_path"))
    for step in STEPS:
        assert "Wong" not in pos(step, "oncology", "antibody", True, True).source


@pytest.mark.parametrize("p", [0.05, 0.3, 0.5, 0.906, 0.99])
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.9, 0.99])
def test_approval_elsewhere_is_the_bivariate_normal(p, rho):
    c = norm.ppf(p)
    joint = multivariate_normal.cdf([c, c], mean=[0, 0], cov=[[1, rho], [rho, 1]])
    assert given_approval_elsewhere(p, rho) == pytest.approx(joint / p, abs=2e-5)


@given(PROBABILITY, st.floats(0, 1), st.floats(0, 1))
def test_approval_elsewhere_helps_and_more_so_the_more_is_shared(p, one, other):
    low, high = sorted((one, other))
    assert p - 1e-12 <= given_approval_elsewhere(p, low) <= given_approval_elsewhere(p, high) + 1e-9 <= 1 + 1e-9


def test_approval_elsewhere_at_the_ends():
    assert given_approval_elsewhere(0.4, 1.0) == 1.0
    assert given_approval_elsewhere(0.4, 0.0) == pytest.approx(0.4)
    assert given_approval_elsewhere(0.0, 0.9) == 0.0
    assert given_approval_elsewhere(1.0, 0.9) == 1.0
