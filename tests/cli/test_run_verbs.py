"""run, compare, export, verify: a company into its futures."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from python_calamine import load_workbook
from tests.cli.conftest import FUTURES, within

import echelon
from echelon.plans.published import checks as planned
from echelon.runs import published
from echelon.runs.published import Check
from echelon.supply.campaign.published import checks as campaigns
from echelon.supply.process.published import checks as designed

MakeRun = Callable[..., Path]


def test_a_run_tells_the_numbers_that_matter(company: Path, tmp_path: Path) -> None:
    done = within("run", company, "--futures", 500, "--seed", 4, "--out", tmp_path / "r")
    assert done.exit_code == 0
    run = echelon.open_run(tmp_path / "r")
    assert (run.info["futures"], run.info["seed"], run.info["status"]) == (500, 4, "complete")
    assert "value (eNPV)" in done.stdout
    assert "±" in done.stdout
    assert str(tmp_path / "r") in done.stdout


def test_a_run_for_programs_is_what_the_folder_holds(company: Path, tmp_path: Path) -> None:
    done = within("run", company, "--futures", 500, "--out", tmp_path / "r", "--json", "--threads", 1)
    said = json.loads(done.stdout)
    run = echelon.open_run(Path(said["run"]))
    assert said["info"] == run.info
    assert said["report"] is None
    assert [row["measure"] for row in said["measures"]] == run.measures()["measure"].to_list()
    assert said["measures"][0]["mean"] == run.measure("enpv")["mean"]


def test_threads_change_nothing(make_run: MakeRun, company: Path, tmp_path: Path) -> None:
    assert within("run", company, "--futures", FUTURES, "--out", tmp_path / "r", "--threads", 3).exit_code == 0
    for name in ("measures", "futures", "programs", "fans"):
        assert (tmp_path / "r" / f"{name}.parquet").read_bytes() == (make_run() / f"{name}.parquet").read_bytes()


def test_scenario_and_plan_reach_the_run(make_run: MakeRun) -> None:
    base, lean, drop = make_run(), make_run("lean"), make_run("", "drop")
    value = {path: echelon.open_run(path).measure("enpv")["mean"] for path in (base, lean, drop)}
    assert value[lean] < value[base]
    assert value[drop] != value[base]
    assert echelon.open_run(lean).info["scenario"] == "lean"
    assert echelon.open_run(drop).info["plan"] == "drop"


def test_a_run_without_a_folder_gets_one_and_never_the_same(
    company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("mycompany-lean", "mycompany-lean-2"):
        done = within("run", company, "--futures", 64, "--scenario", "lean", "--json")
        assert json.loads(done.stdout)["run"] == f"runs/{folder}"
        assert (tmp_path / "runs" / folder / "run.json").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--scenario", "leen"], "did you mean `lean`?"),
        (["--plan", "dorp"], "there is no plan `dorp`"),
        (["--futures", "0"], "futures"),
        (["--threads", "0"], "threads"),
        (["--seed", "-1"], "seed"),
        (["--futures", "many"], "integer"),
        (["--nonsense"], "nonsense"),
    ],
)
def test_a_wrong_order_writes_nothing(company: Path, tmp_path: Path, args: list[str], message: str) -> None:
    done = within("run", company, "--out", tmp_path / "r", *args)
    assert done.exit_code == 2
    assert message in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_broken_company_is_told_whole_and_writes_nothing(broken: Path, tmp_path: Path) -> None:
    done = within("run", broken, "--out", tmp_path / "r", "--json")
    assert done.exit_code == 2
    assert done.stderr.count("programs.csv:") == 2
    said = json.loads(done.stdout)
    assert len(said["diagnostics"]) == 2
    assert said["diagnostics"][1]["hint"] == "did you mean `beta`?"
    assert not (tmp_path / "r").exists()


def test_a_folder_in_use_is_left_alone(company: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = within("run", company, "--futures", 64, "--out", tmp_path)
    assert done.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_resume_of_nothing_and_of_a_whole_run(make_run: MakeRun, company: Path, tmp_path: Path) -> None:
    nothing = within("run", "--resume", tmp_path / "no")
    assert nothing.exit_code == 2
    assert "there is no run here" in nothing.stderr
    both = within("run", company, "--resume", make_run())
    assert both.exit_code == 2
    assert "--resume takes no company" in both.stderr
    neither = within("run")
    assert neither.exit_code == 2
    assert "which company?" in neither.stderr
    whole = within("run", "--resume", make_run(), "--json")
    assert json.loads(whole.stdout)["info"]["status"] == "complete"


def test_compare_pairs_the_luck_of_both(make_run: MakeRun) -> None:
    done = within("compare", make_run(), make_run("lean"), "--json")
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    value = next(row for row in said["measures"] if row["measure"] == "enpv")
    a, b = (echelon.open_run(make_run(name)).futures()["enpv"] for name in ("", "lean"))
    assert value["difference"] == pytest.approx((b - a).mean())
    assert value["se"] < 0.5 * value["se_unpaired"]
    assert said["paired"] is True
    assert {row["table"] for row in said["changes"]} == {"sales"}
    assert [row["step"] for row in said["waterfall"]] == ["A", "sales", "B"]
    text = within("compare", make_run(), make_run("lean"), "--no-steps").stdout
    assert "P(B > A)" in text
    assert "step by step" not in text


def test_export_holds_what_the_run_holds(make_run: MakeRun, tmp_path: Path) -> None:
    done = within("export", make_run(), "--xlsx", tmp_path / "new" / "r.xlsx", "--json")
    said = json.loads(done.stdout)
    book = load_workbook(said["workbook"])
    assert book.sheet_names == said["sheets"]
    run = echelon.open_run(make_run())
    rows = book.get_sheet_by_name("measures").to_python()
    assert rows[0] == run.measures().columns
    assert rows[1][2] == pytest.approx(run.measure("enpv")["mean"])
    assert len(book.get_sheet_by_name("assumptions").to_python()) == len(run.table("assumptions")) + 1
    assert list((tmp_path / "new").iterdir()) == [tmp_path / "new" / "r.xlsx"]


def test_export_wants_a_workbook_and_a_whole_run(make_run: MakeRun, tmp_path: Path) -> None:
    assert "ends in .xlsx" in within("export", make_run(), "--xlsx", tmp_path / "r.csv").stderr
    (tmp_path / "file").write_text("")
    done = within("export", make_run(), "--xlsx", tmp_path / "file" / "r.xlsx")
    assert done.exit_code == 2
    assert "file" in done.stderr
    assert within("export", tmp_path, "--xlsx", tmp_path / "r.xlsx").exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.slow
def test_report_writes_the_page_and_the_charts(make_run: MakeRun, tmp_path: Path) -> None:
    pytest.importorskip("echelon.report.page")
    done = within("report", make_run(), "--out", tmp_path / "page.html", "--charts", tmp_path / "charts", "--json")
    assert done.exit_code == 0, done.stderr
    said = json.loads(done.stdout)
    page = Path(said["report"]).read_text(encoding="utf-8")
    assert said["bytes"] == Path(said["report"]).stat().st_size
    assert "My Company" in page
    kinds = {Path(name).suffix for name in said["charts"]}
    assert kinds == {".png", ".svg"}
    assert all(Path(name).stat().st_size > 500 for name in said["charts"])


@pytest.fixture(scope="module")
def checks() -> list[Check]:
    return published.verify(simulate_too=False)


@pytest.fixture
def verified(checks: list[Check], monkeypatch: pytest.MonkeyPatch) -> list[Check]:
    """Figures that are worked out once; what a test adds to the list, `verify` sees."""
    found = list(checks)
    monkeypatch.setattr(published, "verify", lambda seed, simulate_too: found)
    return found


def test_verify_for_programs_and_for_people(verified: list[Check]) -> None:
    done = within("verify", "--json", "--exact-only")
    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert len(said) >= 20
    assert all(row["ok"] or row["note"] for row in said)
    for row in said:
        assert row["difference"] == pytest.approx(row["ours"] - row["published"])
    text = within("verify", "--exact-only").stdout
    assert f"{sum(row['ok'] for row in said)} of {len(said)} published results" in text
    assert within("verify", "--exact-only", "--markdown").stdout == published.page(
        [*verified, *designed(), *planned(), *campaigns()]
    )


def test_verify_fails_where_a_figure_is_missed_and_nobody_knows_why(verified: list[Check]) -> None:
    verified.append(replace(verified[0], name="a figure", ours=2.0 * verified[0].ours, ok=False, note=""))
    done = within("verify")
    assert done.exit_code == 1
    assert "NO  a figure: it is not known why" in done.stdout
    verified[-1] = replace(verified[-1], note="a misprint")
    done = within("verify")
    assert done.exit_code == 0
    assert "NO  a figure: a misprint" in done.stdout


def test_the_headline_is_what_the_tables_say(make_run: MakeRun) -> None:
    from echelon.cli.summary import headline

    run = echelon.open_run(make_run())
    said = dict(headline(run))
    assert said["value (eNPV)"].startswith(f"{run.measure('enpv')['mean']:,.1f}")
    filled = run.table("echelons").filter((pl.col("year") == 2030) & (pl.col("echelon") == "marketed"))["p_filled"][0]
    assert f"marketed {100 * filled:.1f} %" in said["echelons filled at the end of 2030"]
