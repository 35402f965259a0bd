"""`echelon process`: what it prints, writes and refuses."""

import json
import re
import shutil
from pathlib import Path

import pytest
import xlsxwriter
from tests.cli.conftest import within

from echelon.company.read import load
from echelon.company.rows.supply import Recipe
from echelon.examples import example, studies, study
from echelon.supply.process.codes import CODES

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "docs/json.md").read_text(encoding="utf-8").split("\n## process\n")[1].split("\n## ")[0]


@pytest.fixture(scope="module")
def culture():
    done = within("process", "--example", "culture", "--json")
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_every_key_is_documented(culture):
    named = set(re.findall(r"`(\w+)`", SECTION))
    assert set(culture) <= named
    lists = ("factors", "responses", "ranges", "maps", "recipes")
    assert all(set(culture[key][0]) <= named for key in lists)
    assert set(culture["design_space"]) <= named
    one = culture["fits"]["Titer"]
    assert set(one) | set(one["coefficients"][0]) | set(one["anova"][0]) | set(one["residuals"][0]) <= named
    assert set(culture["canonical"]["Titer"][0]) <= named
    asked = ("--design", "d-optimal", "--runs", 3, "--json")
    planned = json.loads(within("process", "--example", "culture", *asked).stdout)
    assert set(planned) <= named
    assert len(planned["runs"]) == len(planned["coded"]) == 3


def test_the_same_seed_prints_the_same(culture):
    assert json.loads(within("process", "--example", "culture", "--json").stdout) == culture


@pytest.mark.parametrize("name", studies())
def test_the_examples_are_read_without_a_guess(name):
    text = within("process", "--example", name).stdout
    assert "as read off the table" not in text
    assert "coded term" in text


def test_a_bare_table_with_options(tmp_path):
    shutil.copy(study("chemreact"), tmp_path / "runs.csv")
    args = ("--response", "Yield", "--limit", "Yield>=78", "--factor", "Time=80..90", "--factor", "Temp=170..180")
    said = json.loads(within("process", tmp_path / "runs.csv", *args, "--json").stdout)
    assert said["canonical"]["Yield"][0]["point"]["Time"] == pytest.approx(86.86148, abs=5e-6)
    assert said["design_space"]["p"] > 0.9
    assert "86.8615" in within("process", tmp_path / "runs.csv", *args).stdout


def test_a_workbook_and_a_folder_say_the_same_as_a_csv(tmp_path, culture):
    rows = [line.split(",") for line in study("culture").read_text(encoding="utf-8").splitlines()]
    text = (
        "name,low,high,sd\nTemperature,32,36,0.2\npH,6.85,7.15,0.02\nFeed,3,6,0.1",
        "name,low,high,recipe\nTiter,4,,titer\nAggregates,,2.2,\nAcidic variants,,25,\nPurified yield,,,recovery",
    )
    factors, responses = ([line.split(",") for line in part.splitlines()] for part in text)
    responses = [[*row, "goal" if i == 0 else "maximise" if i == 1 else ""] for i, row in enumerate(responses)]
    process = [["key", "value"], ["block", "Block"], ["reliability", "0.9"], ["ignore", "Run"]]
    sheets = {"experiments": rows, "factors": factors, "responses": responses, "process": process}
    book = xlsxwriter.Workbook(str(tmp_path / "study.xlsx"))
    folder = tmp_path / "study"
    folder.mkdir()
    for name, cells in sheets.items():
        sheet = book.add_worksheet(name)
        for i, row in enumerate(cells):
            sheet.write_row(i, 0, [float(c) if re.fullmatch(r"-?\d+(\.\d+)?", c) else c for c in row])
        (folder / f"{name}.csv").write_text("\n".join(",".join(row) for row in cells) + "\n", encoding="utf-8")
    book.close()
    for path in (tmp_path / "study.xlsx", folder):
        said = json.loads(within("process", path, "--json").stdout)
        ours, theirs = ([c["estimate"] for c in one["fits"]["Titer"]["coefficients"]] for one in (said, culture))
        assert ours == pytest.approx(theirs)
        assert said["set_point"] == pytest.approx(culture["set_point"])
        assert said["design_space"]["p"] == pytest.approx(culture["design_space"]["p"])
        assert [r["mode"] for r in said["recipes"]] == pytest.approx([r["mode"] for r in culture["recipes"]])


def test_a_plan_is_written_once(tmp_path):
    settings = tmp_path / "new.toml"
    settings.write_text("[factors]\nA = { low = 1, high = 3 }\nB = { low = 10, high = 20 }\n[responses.y]\nlow = 2\n")
    file = tmp_path / "new.csv"
    done = within("process", settings, "--design", "face-centred", "--out", file)
    assert done.exit_code == 0, done.stderr
    assert file.read_text().splitlines()[0] == "run,A,B,y"
    before = file.read_bytes()
    again = within("process", settings, "--design", "face-centred", "--out", file)
    assert again.exit_code == 2
    assert "nothing is written over" in again.stderr
    assert file.read_bytes() == before
    nothing = within("process", file)
    assert nothing.exit_code == 2
    assert "E609" in nothing.stderr


def test_recipes_take_it(tmp_path, culture):
    folder = tmp_path / "company"
    shutil.copytree(example("top_alliance"), folder)
    args = ("process", "--example", "culture", "--into", folder, "--asset", "js001", "--site", "lingang")
    refused = within(*args)
    assert refused.exit_code == 2
    assert "--replace" in refused.stderr
    said = json.loads(within(*args, "--replace", "--json").stdout)
    mode = {one["column"]: one for one in said["written"]}["titer_mode"]
    before = load(example("top_alliance")).get(Recipe, "js001/lingang").titer.mode
    assert float(mode["was"]) == before
    assert float(mode["is"]) == pytest.approx(culture["recipes"][0]["mode"], rel=1e-3)
    assert within("check", folder).exit_code == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "name a table"),
        (("--example", "no"), "there is no example study"),
        (("none.csv",), "E600"),
        (("--example", "culture", "--into", "x"), "--asset and --site"),
        (("--example", "culture", "--asset", "x"), "belong to --into"),
        (("--example", "culture", "--runs", "3"), "belong to --design"),
        (("--example", "culture", "--out", "x.csv"), "ends in .html"),
        (("--example", "culture", "--design", "d-optimal", "--out", "x.html"), "ends in .csv"),
        (("--example", "culture", "--design", "d-optimum"), "did you mean `d-optimal`"),
        (("--example", "culture", "--model", "cubic"), "E606"),
        (("--example", "culture", "--limit", "Titer is 4"), "E613"),
        (("--example", "chemreact", "--into", "x", "--asset", "a", "--site", "b"), "nothing for a recipe"),
    ],
)
def test_refusals(args, said):
    done = within("process", *args)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_messages_as_json():
    done = within("process", "none.csv", "--json")
    assert json.loads(done.stdout)["diagnostics"][0]["code"] == "E600"


def test_every_code_is_on_the_page():
    page = (ROOT / "docs/process.md").read_text(encoding="utf-8")
    assert all(f"| {code} | {meaning} |" in page for code, meaning in CODES.items())
