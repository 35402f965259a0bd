"""Lengths and readouts: published means kept, overlap from start-to-start times."""

from typing import get_args

import pytest

from echelon.company.rows.science import Area
from echelon.priors.base import facts
from echelon.priors.chain import STANDARD_NAMES
from echelon.priors.durations import duration, overlap


@pytest.mark.parametrize("stage", STANDARD_NAMES)
@pytest.mark.parametrize("area", get_args(Area))
def test_spread_keeps_a_published_mean(stage, area):
    published = {fact.value for (_, measure), fact in facts("durations", "area", "measure").items() if measure == stage}
    found = duration(stage, area)
    mean = (found.value.low + found.value.mode + found.value.high) / 3
    assert min(abs(mean - value) / value for value in published) < 1e-3
    assert found.value.low < found.value.mode < found.value.high
    assert 0 < overlap(stage, area).value <= 1


def test_oncology_phases_are_the_published_ones():
    lengths = [sum((r.low, r.mode, r.high)) / 3 for r in (duration(f"phase{i}", "oncology").value for i in (1, 2, 3))]
    assert lengths == pytest.approx([31.9, 40.3, 57.7], rel=1e-3)
    gaps = [length * overlap(f"phase{i}", "oncology").value for i, length in enumerate(lengths, 1)]
    assert gaps == pytest.approx([19.1, 32.2, 39.3], rel=1e-3)
    # Laid end to end the phases take 129.9 months, overlapping 90.6: 43 % too long.
    assert sum(lengths) / sum(gaps) == pytest.approx(1.43, abs=0.005)


def test_stages_without_a_start_to_start_time_read_out_at_their_end():
    assert overlap("filing", "oncology").value == 1.0
    assert overlap("preclinical", "oncology").confidence == "assumed"


def test_remembered_step_stays_marked():
    assert duration("ind", "oncology").confidence == "remembered"
    assert duration("phase2", "oncology").confidence == "derived"


def test_area_falls_back_to_all_areas():
    assert duration("phase2", "other").value == duration("phase2", "dermatology").value
    assert "all areas" in duration("phase2", "other").how
