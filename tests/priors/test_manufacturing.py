"""Published numbers of plants: their spans, and which numbers of ours pass."""

import pytest

from echelon.priors.base import table
from echelon.priors.manufacturing import SLACK, SPANS, published, span, supply_stop


@pytest.mark.parametrize("row", table("manufacturing"), ids=lambda row: row["item"])
def test_low_typical_and_high_do_not_decrease(row):
    assert float(row["low"]) <= float(row["value"]) <= float(row["high"])


@pytest.mark.parametrize("attribute", SPANS)
def test_a_span_holds_what_it_is_made_of_and_not_its_tenfold(attribute):
    found = span(attribute)
    assert found.low <= found.high
    assert found.holds(found.low)
    assert found.holds(found.high)
    assert not found.holds(found.high * 10)
    assert not found.holds(found.low / 10)
    for item in SPANS[attribute]:
        assert published(item).source in found.source


def test_titers_pass_to_half_again_the_highest_reported():
    assert span("titer").high == 10
    assert span("titer").passes_to == 15
    assert not span("titer").holds(15.1)


def test_days_count_as_months_and_a_share_by_what_it_lacks_of_one():
    assert span("shelf").high == 24
    assert span("shelf").low == pytest.approx(180 * 12 / 365.25)
    assert span("product_release").high == pytest.approx(90 * 12 / 365.25)
    assert span("recovery").passes_to == pytest.approx(1 - 0.2 / SLACK)
    assert span("recovery").passes_from == pytest.approx(0.7 / SLACK)


def test_stopped_shipments_are_published():
    found = supply_stop()
    assert found.value == 0.19
    assert found.confidence == "read"
    assert found.n == 163


def test_an_unknown_item_says_so():
    with pytest.raises(ValueError, match="`titre` is not in the table of manufacturing"):
        published("titre")
