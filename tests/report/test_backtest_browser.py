"""The back-test's page in a real browser: no message, no network, nothing wider than the window, sorting works."""

import pytest
from tests.report.test_browser import CHROMIUM, FLAGS, browser_or_reason

from echelon.company.read import load
from echelon.examples import example
from echelon.report.backtest import report
from echelon.runs.backtest import backtest
from echelon.runs.outcomes import beside, read_outcomes

pytestmark = pytest.mark.pages


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = example("top_alliance_2018")
    company = load(folder)
    made = backtest([(company, read_outcomes(beside(folder), company))], 64, 1)
    return report(made, tmp_path_factory.mktemp("backtest") / "backtest.html")


@pytest.fixture(scope="module")
def browser():
    start, reason = browser_or_reason()
    if start is None:
        pytest.skip(f"pages not looked at: {reason}")
    with start() as tools:
        opened = tools.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_opens_offline_without_a_word_and_fits(browser, file, width):
    context = browser.new_context(viewport={"width": width, "height": 800}, offline=True)
    sheet = context.new_page()
    messages, requests = [], []
    sheet.on("console", lambda message: messages.append(message.text))
    sheet.on("pageerror", lambda error: messages.append(str(error)))
    sheet.on("request", lambda request: requests.append(request.url))
    sheet.goto(file.as_uri())
    assert messages == []
    assert len(requests) == 1
    assert sheet.evaluate("document.documentElement.scrollWidth") <= width
    shown = sheet.locator("figure .narrow svg" if width < 760 else "figure .wide svg")
    assert shown.count() == 5
    assert all(shown.nth(i).is_visible() for i in range(shown.count()))
    context.close()


def test_the_table_sorts_and_a_mark_tells_what_it_is(browser, file):
    sheet = browser.new_page(viewport={"width": 1280, "height": 900})
    sheet.goto(file.as_uri())
    sheet.locator("summary").click()
    button = sheet.locator("table.sortable th", has_text="CRPS").locator("button")
    button.click()
    first = sheet.locator("table.sortable tbody tr").first.locator("td").nth(10)
    assert float(first.get_attribute("data-v")) == max(
        float(value)
        for value in sheet.locator("table.sortable tbody tr td:nth-child(12)").evaluate_all(
            "cells => cells.map(cell => cell.dataset.v)"
        )
    )
    sheet.locator("#chart-sales .wide [data-tip]").first.hover()
    assert "predicted" in sheet.locator("#tip").inner_text()
    sheet.close()
