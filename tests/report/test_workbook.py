"""The workbook of a run: what the run holds, as text where it is text, whole or not there."""

import zipfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from python_calamine import load_workbook

import echelon
from echelon.report import workbook
from echelon.report.workbook import PROFIT_AND_LOSS, profit_and_loss, sheets, write_results
from echelon.runs.run import Run

DANGEROUS = ("=1+1", '=HYPERLINK("http://x","y")', "+1", "-1+2", "@SUM(A1)", "{=1}", "http://x")


@pytest.fixture(scope="module")
def run() -> Run:
    return echelon.simulate(echelon.load(echelon.example("textbook")), futures=300, seed=2)


def test_every_table_comes_back_as_it_was(run: Run, tmp_path: Path) -> None:
    names = write_results(run, tmp_path / "r.xlsx")
    book = load_workbook(str(tmp_path / "r.xlsx"))
    assert book.sheet_names == names == ["about", *(sheet.name for sheet in sheets(run))]
    for sheet in sheets(run):
        rows = book.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
        assert rows[0] == sheet.frame.columns
        assert len(rows) - 1 == sheet.frame.height
        for row, wanted in zip(rows[1:], sheet.frame.rows(), strict=True):
            for value, want in zip(row, wanted, strict=True):
                if want is None:
                    assert value == ""
                elif isinstance(want, float):
                    assert value == pytest.approx(want)
                else:
                    assert value == want


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_is_never_a_formula_or_a_link(run: Run, tmp_path: Path, text: str) -> None:
    table = run.table("assumptions").with_columns(pl.lit(text).alias("source"))
    odd = replace(run, tables=run.tables | {"assumptions": table}, info=run.info | {"company": text, "notice": text})
    write_results(odd, tmp_path / "r.xlsx")
    with zipfile.ZipFile(tmp_path / "r.xlsx") as archive:
        inside = {name: archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets")}
    assert inside
    assert not any(b"<f>" in data or b"<f " in data or b"hyperlink" in data.lower() for data in inside.values())
    book = load_workbook(str(tmp_path / "r.xlsx"))
    rows = book.get_sheet_by_name("assumptions").to_python()
    assert {row[rows[0].index("source")] for row in rows[1:]} == {text}
    assert book.get_sheet_by_name("about").to_python()[0][1] == text


def test_profit_and_loss_has_every_line_of_the_ledger_once_and_adds_up(run: Run) -> None:
    assert sorted(name for name, _, _ in PROFIT_AND_LOSS) == sorted(set(run.table("yearly").columns) - {"year"})
    table = profit_and_loss(run)
    for year in run.table("yearly")["year"]:
        by_kind = {kind: table.filter(pl.col("counts as") == kind)[str(year)].sum() for kind in ("in", "out", "net")}
        assert by_kind["net"] == pytest.approx(by_kind["in"] - by_kind["out"])


def test_equal_runs_give_equal_files_and_an_old_one_is_replaced(run: Run, tmp_path: Path) -> None:
    (tmp_path / "b.xlsx").write_text("old")
    write_results(run, tmp_path / "a.xlsx")
    write_results(run, tmp_path / "b.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_what_fails_leaves_the_old_file_and_no_draft(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xlsx").write_text("old")

    def fail(*args: object) -> None:
        message = "no space left"
        raise OSError(message)

    monkeypatch.setattr(workbook, "_write", fail)
    with pytest.raises(OSError, match="no space left"):
        write_results(run, tmp_path / "a.xlsx")
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]
    assert (tmp_path / "a.xlsx").read_text() == "old"
