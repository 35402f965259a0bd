"""Every row of the tables of priors: complete, marked, in range, and nothing twice."""

import math
from typing import get_args

import pytest

from echelon.company.rows.science import Area
from echelon.priors.base import area_group, assumption, confidence, facts, table, weakest

KEYS = {
    "transitions": ("kind", "group", "step"),
    "transitions_by_path": ("scope", "group", "step"),
    "durations": ("area", "measure"),
    "costs": ("area", "measure"),
    "benchmark_chain": ("stage", "measure"),
    "reviews": ("authority", "pathway"),
    "commercial": ("group", "item"),
    "nrdl": ("year", "round"),
    "deal_terms": ("stage", "measure"),
    "platforms": ("level", "item"),
    "manufacturing": ("item",),
    "assumptions": ("name",),
}


@pytest.mark.parametrize("name", KEYS)
def test_every_row_has_value_source_and_mark(name):
    rows = table(name)
    assert rows
    for row in rows:
        assert math.isfinite(float(row["value"])), row
        assert row["source"].strip(), row
        assert row["unit"].strip(), row
        assert confidence(row["confidence"]) == row["confidence"]
        if row.get("n"):
            assert int(row["n"]) > 0
        if row["unit"] == "probability":
            assert 0 <= float(row["value"]) <= 1, row


@pytest.mark.parametrize("name", KEYS)
def test_no_row_is_given_twice(name):
    keys = [tuple(row[column] for column in KEYS[name]) for row in table(name)]
    assert len(keys) == len(set(keys))
    assert len(facts(name, *KEYS[name])) == len(keys)


def test_assumed_and_remembered_numbers_are_marked():
    assert assumption("shrinkage").confidence == "assumed"
    assert assumption("price_growth").confidence == "remembered"
    marks = {row["item"]: row["confidence"] for row in table("commercial") if row["group"] == "erosion"}
    assert set(marks.values()) == {"remembered"}


def test_areas_are_those_of_a_company():
    assert {row["area"] for row in table("areas")} == set(get_args(Area))
    for area in get_args(Area):
        group, trials = area_group(area, "transitions"), area_group(area, "trials")
        assert not group or ("area", group, "phase2") in facts("transitions", "kind", "group", "step")
        assert (trials, "phase2") in facts("durations", "area", "measure")
    with pytest.raises(ValueError, match="`oncolgy` is not a therapeutic area"):
        area_group("oncolgy", "trials")


def test_weakest_mark_wins_and_joining_what_was_read_is_derived():
    assert weakest(["read"]) == "read"
    assert weakest(["read", "read"]) == "derived"
    assert weakest(["read", "remembered", "derived"]) == "remembered"
    with pytest.raises(ValueError, match="`guessed` is no confidence mark"):
        confidence("guessed")
