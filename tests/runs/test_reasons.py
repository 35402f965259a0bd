"""Reasons name what sets a candidate apart, and only that."""

from dataclasses import replace

from echelon.runs.reasons import Candidate, reasons

MIDDLE = Candidate(1000.0, 50_000.0, 0.4, 2.0, 0.5, 80.0, 4.0, 200.0)


def of(one: Candidate) -> str:
    return reasons([one, MIDDLE, MIDDLE], "CNY")[0]


def test_alike_candidates_have_nothing_said_of_them():
    assert of(MIDDLE) == "Near the middle candidate in everything."


def test_each_factor_is_named_on_its_side():
    assert "For it: many patients (5,000 a year, 5.0 times" in of(replace(MIDDLE, patients=5000.0))
    assert "Against it: few patients (200 a year, 0.2 times" in of(replace(MIDDLE, patients=200.0))
    assert "Against it: many rivals (10 % of its class, 6.0 rivals by launch" in of(
        replace(MIDDLE, share=0.1, rivals=6.0)
    )
    assert "no rival by launch" in of(replace(MIDDLE, share=1.0, rivals=0.0))
    assert "For it: likely to succeed (P(launch) 90 %" in of(replace(MIDDLE, p_launch=0.9))
    assert "Against it: little paid for each" in of(replace(MIDDLE, worth=10_000.0))
    assert "For it: early (3.0 years before" in of(replace(MIDDLE, launch=1.0))
    assert "Against it: late (4.0 years after" in of(replace(MIDDLE, launch=8.0))


def test_a_cost_counts_as_far_as_the_value_is_small():
    dear = replace(MIDDLE, cost=400.0, value=300.0)
    assert "Against it: much cost ahead (5.0 times" in of(dear)
    assert "cost" not in of(replace(dear, value=100_000.0))


def test_what_is_not_known_is_said():
    text = of(Candidate(None, None, None, None, 0.5, 80.0, 4.0, -20.0))
    assert "It does not earn back its cost." in text
    assert "Peak sales are given directly" in text
    assert reasons([MIDDLE], "CNY") == ["The only candidate: there is none to compare it with."]


def test_both_sides_in_one_sentence_and_at_most_three_a_side():
    text = of(Candidate(9000.0, 900_000.0, 0.9, 0.0, 0.99, 8.0, 0.0, 1.0))
    assert text.startswith("For it: ")
    assert text.count(" times the middle one)") == 3
    mixed = of(replace(MIDDLE, patients=9000.0, p_launch=0.1))
    assert "; against it: unlikely to succeed" in mixed
