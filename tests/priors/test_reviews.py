"""Review times: published medians, spreads and other names of authorities."""

import math

import pytest
from scipy.stats import norm

from echelon.priors.reviews import DAYS_PER_MONTH, authorities, known_authority, review, submission_lag


def test_medians_are_the_published_ones():
    for authority, pathway, days in (("FDA", "standard", 365), ("EMA", "priority", 250), ("NMPA", "priority", 304)):
        found = review(authority, pathway)
        assert found is not None
        assert found.value.mode == pytest.approx(days / DAYS_PER_MONTH, rel=1e-3)


def test_published_quartiles_come_back():
    found = review("NMPA", "priority")
    assert found is not None
    sigma = math.log(found.value.high / found.value.low) / (2 * norm.ppf(0.9))
    assert math.exp(2 * sigma * norm.ppf(0.75)) == pytest.approx(376 / 253, rel=1e-3)
    assert found.n == 137


@pytest.mark.parametrize("authority", authorities())
@pytest.mark.parametrize("pathway", ["standard", "priority"])
def test_median_is_the_middle_of_the_quantiles(authority, pathway):
    found = review(authority, pathway)
    assert found is not None
    assert found.value.dist == "lognormal"
    assert math.sqrt(found.value.low * found.value.high) == pytest.approx(found.value.mode, rel=1e-3)


def test_expedited_is_faster_where_both_are_published():
    for name in ("FDA", "EMA", "PMDA", "NMPA", "TGA", "Swissmedic", "Health Canada"):
        fast, slow = review(name, "priority"), review(name, "standard")
        assert fast is not None
        assert slow is not None
        assert fast.value.mode < slow.value.mode


@pytest.mark.parametrize("authority", ["FDA", "NMPA", "Ministry of Health", ""])
def test_reliance_takes_the_same_few_months_everywhere(authority):
    found = review(authority, "reliance")
    assert found is not None
    assert found.value.mode == 4
    assert (found.value.low, found.value.high) == pytest.approx((3, 16 / 3), rel=1e-3)
    assert found.confidence == "remembered"
    slowest = review("FDA")
    assert slowest is not None
    assert found.value.mode < slowest.value.mode


def test_a_conditional_approval_is_reviewed_like_a_priority_one():
    for authority in authorities():
        assert review(authority, "conditional") == review(authority, "priority")


def test_names_of_authorities():
    assert known_authority("NMPA (China)") == "NMPA"
    assert known_authority("fda") == "FDA"
    assert known_authority("European Commission") == "EMA"
    assert known_authority("Ministry of Health") == ""
    assert review("Ministry of Health") is None


def test_lag_is_none_at_home_and_stated_elsewhere():
    assert submission_lag(home=True).value.mode == 0
    assert submission_lag(home=False).value.mode == 12
    assert submission_lag(home=False).confidence == "assumed"
