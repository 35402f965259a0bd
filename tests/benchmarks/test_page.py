"""The page of benchmarks says what was met and what was missed, and nothing of the machine beyond its words."""

import dataclasses

import pytest
from benchmarks.page import page
from benchmarks.run import COMPARED, ENGINE, FULL, NUMPY, QUICK, SIMPY, Found, copies, differences

import echelon
from echelon.company.check import check
from echelon.company.diagnostics import Severity
from echelon.company.resolve import resolve
from echelon.company.rows.science import Program


@pytest.fixture
def found() -> Found:
    means = dict.fromkeys(COMPARED, (10.0, 0.3))
    return Found(
        size=FULL,
        machine=dict.fromkeys(("processor", "cores", "Python", "numpy", "numba", "scipy", "simpy", "polars"), "1"),
        company={"programs": 3, "candidates": 2, "filings": 5},
        live=100.0,
        side={ENGINE: [1e-5, 2e-5, 9e-5], NUMPY: [1e-4, 2e-4, 3e-4], SIMPY: [1e-3, 2e-3, 8e-3]},
        means={ENGINE: means, NUMPY: means, SIMPY: dict.fromkeys(COMPARED, (11.0, 0.4))},
        counts={ENGINE: 10, NUMPY: 10, SIMPY: 10},
        same={name: dict.fromkeys(COMPARED, 1e-15) for name in (NUMPY, SIMPY)},
        threads={1: [4e-5], 2: [2e-5]},
        large={"seconds": 50.0, "peak_bytes": 3e9, "enpv": 1.0, "loading": 0.1},
        programs={10: 1e-6, 100: 1.1e-6, 1000: 1.2e-6},
        futures={1024: 1e-5, 4096: 1e-5},
        first_start=20.0,
        later_starts=[1.0, 1.1, 1.2],
        help=[0.1, 0.2, 0.4],
    )


def verdicts(text: str) -> dict[str, str]:
    lines = [line.strip("| ").split(" | ") for line in text.split("## Aims")[1].split("## Three")[0].splitlines()]
    return {line[0]: line[-1] for line in lines if len(line) == 4}


def test_met_and_missed(found):
    said = verdicts(page(found))
    assert said["SimPy over Echelon, time per future on one core"] == "**missed**"  # 100 times
    assert said["NumPy over Echelon, time per future on one core"] == "met"
    assert said["futures a second, two threads"] == "met"
    assert said["1,000,000 futures, seconds"] == "met"
    assert said["1,000,000 futures, peak memory in GB"] == "**missed**"
    assert said["first start, compiling all rules, seconds"] == "**missed**"


def test_difference_of_means_in_standard_errors(found):
    assert "| 11.00 ± 0.40 | +2.0 |" in page(found)


def test_a_quick_page_says_so(found):
    text = page(dataclasses.replace(found, size=QUICK))
    assert "Not for quoting" in text
    assert verdicts(text)["10,000 futures, seconds"] == "not measured at 1,000,000"


def test_copies_are_a_good_company():
    company = copies(echelon.load(echelon.example("biotech")), 12)
    assert [d for d in check(company) if d.severity is Severity.ERROR] == []
    assert len(resolve(company)[0].rows(Program)) == 12


def test_differences_are_relative_to_the_engine():
    import numpy as np

    from echelon.futures.rules import numbers as n

    engines = np.full((3, len(n.MEASURES)), 4.0)
    ours = np.full((2, len(n.MEASURES)), 5.0)
    assert set(differences(ours, engines).values()) == {0.25}
