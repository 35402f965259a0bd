"""The guide to supply and the example `network` are the same company; the guide's arithmetic is right."""

import csv
import io
import re
from pathlib import Path

import pytest

from echelon.company.check import check
from echelon.company.read import load
from echelon.company.rows.supply import Line, Recipe
from echelon.examples import example
from echelon.priors.base import rounded
from echelon.priors.manufacturing import SPANS, span

PAGE = (Path(__file__).parents[2] / "docs/guide-supply.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```csv mycompany/(\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize("name", BLOCKS)
def test_every_table_of_the_page_is_that_of_the_example(name: str) -> None:
    shown = list(csv.DictReader(io.StringIO(BLOCKS[name])))
    stored = list(csv.DictReader(io.StringIO((example("network") / name).read_text(encoding="utf-8"))))
    columns = [column for column in shown[0] if column != "source"]
    assert [[row[c] for c in columns] for row in shown] == [[row[c] for c in columns] for row in stored]


def test_the_example_has_nothing_to_complain_of() -> None:
    assert check(load(example("network"))) == ()


def test_a_litre_gives_what_the_page_says() -> None:
    company = load(example("network"))
    recipe, line = company.get(Recipe, "alpha/plant"), company.get(Line, "plant-culture")
    assert recipe
    assert line
    assert recipe.titer
    assert line.litres
    grams = recipe.working_volume * recipe.titer.mode * recipe.recovery * recipe.batch_success
    year = line.litres * line.utilisation * 365.25 / recipe.batch_days * grams / 1000
    assert "78 kg a year" in PAGE
    assert year == pytest.approx(78, abs=0.5)


@pytest.mark.parametrize("attribute", SPANS)
def test_the_published_ranges_of_the_page_are_those_of_the_table(attribute: str) -> None:
    found = span(attribute)
    low, high = (f"{rounded(value, 3):,g}" for value in (found.low, found.high))
    said = low if low == high else f"{low} to {high}"
    assert f"| {said}{' ' + found.unit if found.unit else ''} |" in PAGE
