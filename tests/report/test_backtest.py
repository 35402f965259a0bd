"""The back-test's page: numbers of the back-test, charts in both widths, nothing let in."""

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from echelon.company.read import load
from echelon.examples import example
from echelon.report import charts_backtest as charts
from echelon.report.backtest import answers, outcomes, page, report, summary
from echelon.report.look import NARROW, WIDE, NoChart
from echelon.runs.backtest import Backtest, backtest
from echelon.runs.outcomes import beside, read_outcomes

HOSTILE = '<script>window.caught=1</script> & "quoted"'


@pytest.fixture(scope="module")
def made() -> Backtest:
    cases = []
    for year in (2018, 2021):
        folder = example(f"top_alliance_{year}")
        company = load(folder)
        cases.append((company, read_outcomes(beside(folder), company)))
    return backtest(cases, 128, 2)


@pytest.fixture(scope="module")
def file(made: Backtest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report(made, tmp_path_factory.mktemp("report") / "deep" / "page.html")


def test_page_holds_every_section_chart_and_outcome(made: Backtest, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert [path.name for path in file.parent.iterdir()] == ["page.html"]
    for name in ("scores", "calibration", "pit", "sales", "events"):
        assert f'<h2 id="{name}"' in text
    for name in ("calibration", "pit", "sales", "approval-2018-12-31", "listing-2021-12-31"):
        assert f'id="chart-{name}"' in text
    assert text.count("<svg") == 2 * 7
    assert len(outcomes(made)) == len(made.tables["scores"])
    assert "128 futures, seed 2" in text
    assert len(text) < 3_000_000
    assert not re.search(r"(?:src|href)=\"https?:", text)


def test_table_of_scores_is_the_summary(made: Backtest) -> None:
    rows = summary(made)
    assert len(rows) == len(made.tables["summary"])
    assert [row[2] for row in rows] == [str(n) for n in made.tables["summary"]["n"]]
    said = " ".join(answers(made))
    pooled = made.tables["summary"].filter(pl.col("company") == "all").to_dicts()
    for row in pooled:
        assert f"{100 * row['cover_80']:.0f}" in said


def test_charts_in_both_widths(made: Backtest) -> None:
    for size in (WIDE, NARROW):
        for draw in (charts.calibration, charts.pit, charts.sales):
            assert draw(made, size).to_dict()
        assert charts.events(made, "2018-12-31", "approval", size).to_dict()


def test_nothing_to_draw_is_said(made: Backtest) -> None:
    empty = {name: frame.clear() for name, frame in made.tables.items()}
    bare = replace(made, tables=empty, info=made.info | {"companies": []})
    for draw in (charts.calibration, charts.pit, charts.sales):
        with pytest.raises(NoChart):
            draw(bare)
    with pytest.raises(NoChart):
        charts.events(bare, "2018-12-31", "approval")
    assert "so there is no probability to check" in page(bare)


def test_names_cannot_break_out_of_the_page(made: Backtest) -> None:
    scores = made.tables["scores"].with_columns(pl.lit(HOSTILE).alias("what"))
    companies = [one | {"name": HOSTILE, "notice": HOSTILE, "listings": 0} for one in made.info["companies"][:1]]
    text = page(replace(made, tables=made.tables | {"scores": scores}, info=made.info | {"companies": companies}))
    assert "<script>window" not in text
    assert "&lt;script&gt;window" in text
