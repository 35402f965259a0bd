"""How numbers, money, shares and dates read."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.report import format as fmt

FINITE = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12)


def plain(text: str) -> str:
    return text.replace(fmt.NBSP, " ")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (20080.29, "CNY 20.1 billion"),
        (84.45, "CNY 84.5 million"),
        (1500.0, "CNY 1,500 million"),
        (2.5e6, "CNY 2.50 trillion"),
        (0.0, "CNY 0 million"),
        (-44.35, "CNY −44.4 million"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_money(value, shown):
    assert plain(fmt.money(value, "CNY")) == shown


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (20080.29, 27.04, "CNY 20.08 ± 0.03 billion"),
        (241.18, 2.34, "USD 241 ± 2 million"),
        (241.18, 1.34, "USD 241.2 ± 1.3 million"),
        (241.18, 0.0, "USD 241 million"),
        (241.18, 3e-15, "USD 241 million"),
    ],
)
def test_money_with_its_error_shows_the_digits_that_are_sure(value, error, shown):
    assert plain(fmt.money_with_error(value, error, shown[:3])) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.4883, "48.8 %"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.00001, "< 0.1 %"),
        (0.99995, "> 99.9 %"),
        (-0.172, "−17.2 %"),
        (None, "–"),
    ],
)
def test_percent_never_rounds_to_certainty(share, shown):
    assert plain(fmt.percent(share)) == shown


def test_percent_with_error():
    assert plain(fmt.percent_with_error(0.3216, 0.0033)) == "32.2 ± 0.3 %"
    assert plain(fmt.percent_with_error(0.0, 0.0)) == "0 %"


def test_days_quarters_counts_and_lists():
    assert plain(fmt.day("2025-09-30")) == "30 September 2025"
    assert plain(fmt.day(date(2031, 1, 2))) == "2 January 2031"
    assert plain(fmt.quarter("2028Q1")) == "2028 Q1"
    assert plain(fmt.count(1, "territory", "territories")) == "1 territory"
    assert plain(fmt.count(1200, "program")) == "1,200 programs"
    assert fmt.listed(["a"]) == "a"
    assert fmt.listed(["a", "b", "c"]) == "a, b and c"
    assert fmt.listed(["a", "b", "c", "d"], most=2) == "a, b and 2 more"


@given(FINITE, st.integers(0, 4))
def test_a_number_shown_is_the_number_rounded(value, digits):
    text = fmt.number(value, digits).replace(",", "").replace(fmt.MINUS, "-")
    assert float(text) == pytest.approx(value, abs=0.5000001 * 10**-digits, rel=1e-12)
    assert text != "-0"


@given(FINITE)
def test_significant_keeps_three_digits(value):
    shown = float(fmt.significant(value).replace(",", "").replace(fmt.MINUS, "-"))
    assert shown == pytest.approx(value, rel=6e-3, abs=1e-6)


@given(st.floats(0, 1))
def test_only_nought_and_one_read_as_certain(share):
    text = plain(fmt.percent(share))
    if 0 < share < 1 and 0 < 100 * share < 100:
        assert text not in ("0 %", "100 %", "0.0 %", "100.0 %")
