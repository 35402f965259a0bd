"""The page of a process study: every number of its tables, what it cannot say, and no horizontal scrolling."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from tests.report.test_browser import CHROMIUM, FLAGS, browser_or_reason

from echelon.examples import study
from echelon.report import charts_process as charts
from echelon.report.look import NARROW, WIDE, NoChart, svg
from echelon.report.process import process_sheet
from echelon.report.sheet import page
from echelon.supply.process.analysis import analyse
from echelon.supply.process.read import read_experiments

HOSTILE = '<script>window.caught=1</script> & "quoted"'


@pytest.fixture(scope="module")
def culture():
    return analyse(read_experiments(study("culture")))


@pytest.fixture(scope="module")
def bare():
    return analyse(read_experiments(study("chemreact")))


def text_of(html):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\u00a0", " ")


def test_what_was_found_stands_on_the_page(culture):
    text = text_of(page(process_sheet(culture)))
    for span in culture.spans:
        assert f"{span.proven[0]:.5g}" in text
        assert f"{span.joint[1]:.5g}" in text
    for fit in culture.fits:
        for c in fit.coefficients:
            assert c.term in text
    for warning in culture.warnings:
        assert warning in text
    assert "invented" in text


def test_a_study_without_limits_says_so(bare):
    text = text_of(page(process_sheet(bare)))
    assert "No response has a quality limit" in text
    assert "86.861" in text


def test_charts_hold_the_runs_and_the_effects(culture):
    for size in (WIDE, NARROW):
        one = culture.fits[0]
        assert svg(charts.effects(culture, one, size)).count("data-tip") == 9
        assert svg(charts.residuals(culture, one, size)).count("data-tip") >= 2 * len(one.rows)
        drawn = svg(charts.chart_of(culture, culture.maps[0], size))
        assert "set point" in drawn
        assert "90 to 100 %" in drawn


def test_nothing_to_draw_is_said(culture):
    with pytest.raises(NoChart):
        charts.chart_of(culture, replace(culture.maps[0], p=np.full_like(culture.maps[0].p, np.nan)))


def test_hostile_names_stay_text(culture):
    e = culture.experiments
    named = replace(e, factors=tuple(replace(f, name=f.name + HOSTILE) for f in e.factors))
    html = page(process_sheet(analyse(named)))
    assert "<script>window" not in html


@pytest.mark.pages
@pytest.mark.parametrize("width", [1280, 390])
def test_pages_fit_and_say_nothing_to_the_console(culture, bare, width, tmp_path):
    start, reason = browser_or_reason()
    if reason:
        pytest.skip(reason)
    with start() as play:
        browser = play.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        for name, made in (("culture", culture), ("bare", bare)):
            file = tmp_path / f"{name}.html"
            file.write_text(page(process_sheet(made)), encoding="utf-8")
            assert file.stat().st_size < 3_000_000
            seen = browser.new_page(viewport={"width": width, "height": 900})
            said = []
            seen.on("console", lambda message, said=said: said.append(message.text))
            seen.goto(file.as_uri())
            assert seen.evaluate("document.documentElement.scrollWidth") <= width
            assert said == []
        browser.close()
