"""The page that answers which indication came first: its table is what the command finds."""

import re
from pathlib import Path

import pytest

import echelon
from echelon.runs.indications import indications
from echelon.runs.simulate import Order

PAGE = Path(__file__).parents[2] / "docs/indications.md"
FUTURES = 1_024


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def amount(cell: str) -> tuple[float, float]:
    value, _, error = cell.partition(" ± ")
    return float(value), float(error)


@pytest.mark.slow
def test_the_table_is_what_the_command_finds():
    company = echelon.load(echelon.example("top_alliance_2018"))
    found = {row["program"]: row for row in indications(Order(company, FUTURES, 7), "js001").rows.to_dicts()}
    told = rows()
    assert {row[1] for row in told} == set(found)
    assert [int(row[0]) for row in told] == list(range(1, len(told) + 1))
    for row in told:
        same = found[row[1]]
        for cell, name in ((row[2], "rnpv"), (row[9], "wait")):
            value, error = amount(cell)
            # Other futures, a quarter as many; a printed unit of rounding.
            assert abs(value - same[name]) < 5.0 * (error + same[f"{name}_se"]) + 1.0, (row[1], name)
        assert float(row[8]) == pytest.approx(same["cost"], abs=6.0)
        if row[5] != "–":
            assert float(row[5].replace(",", "")) == pytest.approx(same["patients"], rel=0.02)
