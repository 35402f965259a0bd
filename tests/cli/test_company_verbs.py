"""init, check, explain, examples: a company before it is run."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import process, within

import echelon
from echelon.company.rows.science import Program
from echelon.examples import names


def test_a_new_company_is_right_from_the_start_and_says_what_to_do(tmp_path: Path) -> None:
    done = within("init", tmp_path / "new")
    assert done.exit_code == 0
    assert "echelon check" in done.stdout
    checked = within("check", tmp_path / "new", "--strict")
    assert checked.exit_code == 0
    assert "0 errors, 0 warnings" in checked.stdout
    toml = (tmp_path / "new" / "company.toml").read_text()
    assert toml.count("#") > 10


def test_init_as_a_workbook_gives_the_same_company(tmp_path: Path) -> None:
    assert within("init", tmp_path / "new").exit_code == 0
    done = within("init", tmp_path / "book", "--workbook", "--json")
    assert json.loads(done.stdout)["files"] == [str(tmp_path / "book.xlsx")]
    folder, book = echelon.load(tmp_path / "new"), echelon.load(tmp_path / "book.xlsx")
    assert book.settings == folder.settings
    assert book.tables == folder.tables


def test_init_copies_an_example(tmp_path: Path) -> None:
    done = within("init", tmp_path / "copy", "--example", "textbook", "--json")
    said = json.loads(done.stdout)
    assert said["example"] == "textbook"
    assert sorted(said["files"]) == sorted(str(p) for p in (tmp_path / "copy").rglob("*") if p.is_file())
    assert echelon.load(tmp_path / "copy").tables == echelon.load(echelon.example("textbook")).tables


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    (tmp_path / "file.xlsx").write_text("mine")
    for args in (("full",), ("file", "--workbook")):
        done = within("init", tmp_path / args[0], *args[1:])
        assert done.exit_code == 2
        assert "is there already" in done.stderr
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file.xlsx", "full", "mine.txt"]
    assert (tmp_path / "file.xlsx").read_text() == "mine"


def test_init_hints_at_the_nearest_example(tmp_path: Path) -> None:
    done = within("init", tmp_path / "x", "--example", "top_aliance")
    assert done.exit_code == 2
    assert "did you mean `top_alliance`?" in done.stderr
    assert not (tmp_path / "x").exists()


def test_check_says_every_error_with_its_place(broken: Path) -> None:
    done = within("check", broken)
    assert done.exit_code == 2
    assert f"{broken}/programs.csv:2:" in done.stdout
    assert f"{broken}/programs.csv:4:" in done.stdout
    assert "did you mean `beta`?" in done.stdout
    assert "2 errors" in done.stdout


def test_check_for_programs(broken: Path, company: Path) -> None:
    done = within("check", broken, "--json")
    said = json.loads(done.stdout)
    assert done.exit_code == 2
    assert (said["ok"], said["errors"], said["company"]) == (False, 2, None)
    places = [(Path(d["file"]).name, d["line"]) for d in said["diagnostics"] if d["severity"] == "error"]
    assert places == [("programs.csv", 2), ("programs.csv", 4)]
    good = json.loads(within("check", company, "--json").stdout)
    assert (good["ok"], good["company"], good["tables"]["programs"]) == (True, "My Company", 4)


def test_check_finds_what_only_filling_finds(company: Path, tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    assert within("init", folder).exit_code == 0
    (folder / "stages.csv").write_text("chain,stage,order,kind\nodd,proof,1,clinic\nodd,filing,2,filing\n")
    programs = (folder / "programs.csv").read_text().replace("stage_since,", "stage_since,chain,", 1)
    lines = [line.replace("-01,own", "-01,,own") for line in programs.splitlines()]
    lines[-1] = lines[-1].replace("preclinical", "proof").replace(",,own", ",odd,own")
    (folder / "programs.csv").write_text("\n".join(lines) + "\n")
    done = within("check", folder)
    assert done.exit_code == 2
    assert "E394 stage `proof` of chain `odd` needs" in done.stdout


def test_strict_counts_warnings(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    assert within("init", folder).exit_code == 0
    sales = (folder / "sales.csv").read_text().replace("own assumption: a crowded market,assumed", ",")
    (folder / "sales.csv").write_text(sales)
    assert within("check", folder).exit_code == 0
    strict = within("check", folder, "--strict")
    assert strict.exit_code == 1
    assert "W5" in strict.stdout


def test_what_is_remembered_is_counted_and_listed_on_request() -> None:
    done = within("check", echelon.example("top_alliance"))
    assert done.exit_code == 0
    assert "0 errors" in done.stdout
    assert "remembered, not read" in done.stdout
    assert "W502" not in done.stdout
    assert within("check", echelon.example("top_alliance"), "--remembered").stdout.count("W502") > 50


def test_explain_lists_each_filled_value_with_source_and_count(company: Path) -> None:
    said = json.loads(within("explain", company, "--json").stdout)
    filled = {(v["table"], v["id"], v["column"]): v for v in said["values"]}
    pos = filled["stages", "gamma-breast/phase2", "pos"]
    assert pos["given"] == "filled"
    assert pos["n"] is not None
    assert "shrunk" in pos["how"]
    assert pos["source"]
    assert all(v["source"] and v["confidence"] for v in said["values"])
    text = within("explain", company).stdout
    assert f"{len(said['values']):,} values were filled in" in text
    assert "observations" in text


def test_explain_one_thing_tells_what_is_given_too(company: Path) -> None:
    said = json.loads(within("explain", company, "alpha", "--json").stdout)
    rows = {(v["table"], v["id"]) for v in said["values"]}
    assert ("assets", "alpha") in rows
    assert ("programs", "alpha-copd") in rows
    assert ("sales", "alpha-asthma/world") in rows or ("sales", "alpha-asthma") in rows
    assert not any("gamma" in row[1] for row in rows)
    given = {(v["table"], v["id"], v["column"]): v for v in said["values"]}
    stage = given["programs", "alpha-asthma", "stage"]
    assert (stage["value"], stage["given"], stage["confidence"]) == ("phase3", "given", "assumed")
    loaded = echelon.load(company)
    assert {v["id"] for v in said["values"] if v["table"] == "programs"} == {
        row.id for row in loaded.rows(Program) if row.asset == "alpha"
    }


WORLD = Path(__file__).parents[1] / "company" / "gallery" / "good-world"


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("plant", {"sites plant", "inspections plant/cn", "filings amber-nsclc/cn"}),
        ("one", {"deals one", "deals canada", "deal_milestones one/big", "deal_milestones one/data",
                 "deal_milestones one/first"}),
        ("nrdl", {"schemes nrdl/cn", "listings amber-nsclc/cn"}),
        ("nsclc-1l", {"indications nsclc-1l", "indications nsclc-2l"}),
    ],
)  # fmt: skip
def test_explain_tells_all_about_one_thing_of_the_world(name: str, rows: set[str]) -> None:
    said = json.loads(within("explain", WORLD, name, "--json").stdout)
    assert {f"{v['table']} {v['id']}" for v in said["values"]} == rows


def test_explain_an_asset_tells_its_deals_milestones_and_schemes() -> None:
    said = json.loads(within("explain", WORLD, "amber", "--json").stdout)
    rows = {f"{v['table']} {v['id']}" for v in said["values"]}
    assert rows >= {"deals canada", "deal_milestones one/big", "schemes nrdl/cn", "listings amber-nsclc/cn"}
    cells = {(v["table"], v["id"], v["column"]): v for v in said["values"]}
    assert cells["schemes", "nrdl/cn", "renewal_cut"]["given"] == "filled"
    assert cells["schemes", "nrdl/cn", "renewal_cut"]["n"] == 27
    assert "27 renewals" in cells["schemes", "nrdl/cn", "renewal_cut"]["how"]


def test_explain_hints_at_the_nearest_name(company: Path) -> None:
    done = within("explain", company, "gama")
    assert done.exit_code == 2
    assert "did you mean `gamma`?" in done.stderr
    assert done.stdout == ""


def test_examples_are_all_listed() -> None:
    said = json.loads(within("examples", "--json").stdout)
    assert [one["name"] for one in said] == names()
    text = within("examples").stdout
    assert all(name in text for name in names())


def test_doctor_finds_this_machine_fit() -> None:
    done = within("doctor", "--json")
    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert said["ok"] is True
    assert {"Python", "cores", "cache folder", "compiled rules", "numba"} <= {check["name"] for check in said["checks"]}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder nobody can write to")
def test_doctor_says_when_the_cache_cannot_be_written() -> None:
    done = process("doctor", "--json", ECHELON_CACHE="/proc/nowhere", NUMBA_CACHE_DIR="")
    said = json.loads(done.stdout)
    assert done.returncode == 1
    assert [check["name"] for check in said["checks"] if not check["ok"]] == ["cache folder"]
