"""What a study found goes into the recipes of a company, and nothing else changes."""

import csv
import shutil

import pytest

from echelon.company.diagnostics import CompanyError
from echelon.company.read import load
from echelon.examples import example
from echelon.supply.process.into import write_recipe
from echelon.supply.process.recipe import Distribution

TITER = Distribution("titer", "Titer", "grams per litre", 4.5, 5.0, 6.0, 5.17, 0.3, 4.8, 5.1, 5.6, 9)
RECOVERY = Distribution("recovery", "Yield", "share", 0.68, 0.71, 0.75, 0.7133, 0.01, 0.7, 0.71, 0.73, 9)


@pytest.fixture
def company(tmp_path):
    folder = tmp_path / "company"
    shutil.copytree(example("top_alliance"), folder)
    return folder


def table(path):
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def line_of(folder, asset, site):
    """Where a recipe stands in its table, from 1, the header included."""
    rows = table(folder / "recipes.csv")
    return next(i + 2 for i, row in enumerate(rows) if (row["asset"], row["site"]) == (asset, site))


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_written_over_unasked(company):
    before = everything(company)
    line = line_of(company, "js001", "lingang")
    held = table(company / "recipes.csv")[line - 2]["titer_low"]
    with pytest.raises(CompanyError, match=rf"recipes.csv:{line}:1: E615 the recipe holds titer_low {held}"):
        write_recipe(company, "js001", "lingang", [TITER], "study", replace=False)
    assert everything(company) == before


def test_a_row_is_changed_and_its_cells_have_their_source(company):
    before = everything(company)
    held = table(company / "recipes.csv")[line_of(company, "js001", "lingang") - 2]["titer_low"]
    done = write_recipe(company, "js001", "lingang", [TITER, RECOVERY], "study X", replace=True)
    assert ("titer_low", held, "4.5") in done.cells
    now = everything(company)
    assert {path.name for path in now if now[path] != before.get(path)} == {"recipes.csv", "sources.csv"}
    recipe = load(company).tables["recipes"]["js001/lingang"]
    assert (recipe.titer.low, recipe.titer.mode, recipe.titer.high, recipe.titer.dist) == (4.5, 5.0, 6.0, "triangular")
    old = load(example("top_alliance")).tables["recipes"]
    assert {key: row for key, row in load(company).tables["recipes"].items() if key != "js001/lingang"} == {
        key: row for key, row in old.items() if key != "js001/lingang"
    }
    found = {"titer", "recovery"}
    told = [row for row in table(company / "sources.csv") if row["id"] == "js001/lingang" and row["column"] in found]
    assert {(row["column"], row["source"], row["confidence"]) for row in told} == {
        ("titer", "study X", "derived"), ("recovery", "study X", "derived"),
    }  # fmt: skip
    # The same again changes nothing and needs no leave; another study takes the place of the first.
    write_recipe(company, "js001", "lingang", [TITER, RECOVERY], "study X", replace=False)
    assert everything(company) == now
    write_recipe(company, "js001", "lingang", [TITER], "study Y", replace=True)
    told = [row for row in table(company / "sources.csv") if row["id"] == "js001/lingang" and row["column"] in found]
    assert [row["source"] for row in told] == ["study Y", "study X"]


def test_a_new_recipe_is_a_new_row(tmp_path):
    company = tmp_path / "company"
    shutil.copytree(example("network"), company)
    write_recipe(company, "beta", "plant", [TITER], "study X", replace=False)
    row = table(company / "recipes.csv")[-1]
    assert (row["asset"], row["site"], row["titer_mode"], row["source"]) == ("beta", "plant", "5", "study X")
    assert load(company).tables["recipes"]["beta/plant"].titer.high == 6.0


@pytest.mark.parametrize(("asset", "site"), [("js0011", "lingang"), ("js001", "lin-gang")])
def test_unknown_assets_and_sites(company, asset, site):
    before = everything(company)
    with pytest.raises(CompanyError, match="E615 there is no"):
        write_recipe(company, asset, site, [TITER], "study", replace=True)
    assert everything(company) == before


def test_what_would_break_the_company_is_put_back(company):
    before = everything(company)
    wild = Distribution("titer", "Titer", "grams per litre", 5.0, 4.0, 6.0, 5, 0.3, 4.8, 5.1, 5.6, 9)
    with pytest.raises(CompanyError, match="E106"):
        write_recipe(company, "js001", "lingang", [wild], "study", replace=True)
    assert everything(company) == before


def test_a_workbook_is_not_written(tmp_path):
    (tmp_path / "company.xlsx").write_bytes(b"")
    with pytest.raises(CompanyError, match="is no company folder"):
        write_recipe(tmp_path / "company.xlsx", "a", "b", [TITER], "study", replace=True)


def test_line_ends_and_quotes_of_a_spreadsheet_stay(company):
    path = company / "recipes.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    before = path.read_bytes().split(b"\r\n")
    line = line_of(company, "js001", "lingang")
    write_recipe(company, "js001", "lingang", [TITER], "study", replace=True)
    after = path.read_bytes().split(b"\r\n")
    assert after[0] == before[0]
    assert [new for new, old in zip(after, before, strict=True) if new != old] == [after[line - 1]]
