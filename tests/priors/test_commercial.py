"""Uptake, exclusivity, erosion, order of entry, listing and deal terms."""

import math
from typing import get_args

import pytest

from echelon.company.rows.science import Modality
from echelon.priors import commercial


def test_uptake_is_the_published_curve():
    assert commercial.uptake_points() == (0.11, 0.31, 0.58, 0.76, 0.89, 1.0)


def test_order_of_entry_is_one_over_the_root_of_the_rank():
    assert 4 ** commercial.order_of_entry_exponent() == 0.5
    assert commercial.entry_lag_exponent() == 0.12


def test_years_to_peak_has_the_quartiles_it_claims():
    found = commercial.years_to_peak().value
    span, right = found.high - found.low, found.high - found.mode

    def quantile(q):  # upper branch of a triangle; holds right of the mode
        return found.high - math.sqrt((1 - q) * span * right)

    assert quantile(0.25) == pytest.approx(4.5, abs=0.05)
    assert quantile(0.5) == pytest.approx(6.3, abs=0.06)
    assert quantile(0.75) == pytest.approx(8.5, abs=0.05)
    assert quantile(0.25) > found.mode


def test_exclusivity_and_erosion_by_kind_of_copy():
    assert commercial.exclusivity_years("antibody").value == 12.3
    assert commercial.exclusivity_years("small-molecule").value == 12.2
    assert commercial.exclusivity_years("biosimilar").confidence == "assumed"
    assert commercial.decline("adc").value == pytest.approx(1 - 0.65 ** (1 / 3), abs=5e-4)
    assert commercial.decline("small-molecule").value == 0.85
    for modality in get_args(Modality):
        assert 0 < commercial.decline(modality).value < 1
        assert commercial.decline(modality).confidence == "remembered"


def test_listing_pools_the_last_three_rounds():
    found = commercial.listing_probability()
    assert found.value == pytest.approx((121 + 121 + 89) / (147 + 143 + 117), abs=5e-5)
    assert found.n == 407
    cut = commercial.price_cut()
    mean = (121 * 0.601 + 121 * 0.617 + 89 * 0.63) / 331
    assert (cut.value.low + cut.value.mode + cut.value.high) / 3 == pytest.approx(mean, abs=1e-3)
    low, mode, high = cut.value.low, cut.value.mode, cut.value.high
    variance = (low**2 + mode**2 + high**2 - low * mode - low * high - mode * high) / 18
    assert math.sqrt(variance) == pytest.approx(0.12, abs=1e-3)


def test_a_renewal_cuts_by_the_published_mean():
    found = commercial.renewal_cut()
    assert (found.value.low + found.value.mode + found.value.high) / 3 == pytest.approx(0.264, abs=1e-3)
    assert (found.value.low, found.value.dist, found.n) == (0, "triangular", 27)
    assert "27 renewals" in found.how
    first = commercial.price_cut().value
    assert found.value.mode < first.mode
    assert found.value.high <= 1
    assert commercial.renewal_cut("hospital-list").confidence == "assumed"
    assert commercial.renewal_cut("NRDL").confidence == found.confidence == "derived"


def test_another_scheme_is_only_assumed_alike():
    found = commercial.listing_probability("hospital-list")
    assert found.confidence == "assumed"
    assert "hospital-list" in found.how


def test_royalty_grows_with_the_stage():
    rates = [commercial.royalty(stage).value for stage in ("ind", "phase1", "phase2", "phase3", "marketed")]
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(0.055)
    assert rates[-1] == pytest.approx(0.25)
    assert commercial.royalty("filing") == commercial.royalty("phase3")
    assert commercial.royalty("phase2").confidence == "remembered"
