"""Pages of choices: what they say is what was found, at any name, and in a real browser."""

import re
from dataclasses import replace
from html import unescape
from itertools import pairwise

import polars as pl
import pytest
from tests.report.test_browser import CHROMIUM, FLAGS, browser_or_reason
from tests.support.companies import everything_on

from echelon.report import charts_choices as charts
from echelon.report.choices import best_cuts, indications_sheet, ranked, reimbursement_sheet, routes_sheet, span
from echelon.report.look import NARROW, WIDE, NoChart, svg
from echelon.report.sheet import page
from echelon.runs.indications import indications
from echelon.runs.reimbursement import reimbursement
from echelon.runs.routes import routes
from echelon.runs.simulate import Order

HOSTILE = '<script>window.caught=1</script> & "quoted"'


@pytest.fixture(scope="module")
def order():
    return Order(everything_on(), 256, 5)


@pytest.fixture(scope="module")
def ranking(order):
    return indications(order, threads=2)


@pytest.fixture(scope="module")
def routed(order):
    return routes(order, threads=2)


@pytest.fixture(scope="module")
def weighed(order):
    return reimbursement(order, threads=2)


@pytest.fixture(scope="module")
def sheets(ranking, routed, weighed):
    return {
        "indications": indications_sheet(ranking),
        "routes": routes_sheet(routed),
        "reimbursement": reimbursement_sheet(weighed),
    }


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\u00a0", " ")


def test_every_number_of_the_tables_stands_on_the_page(sheets, ranking, routed):
    text = text_of(page(sheets["indications"]))
    for row in ranking.rows.to_dicts():
        assert row["program"] in text
        assert row["why"] in text
    text = text_of(page(sheets["routes"]))
    for row in routed.rows.to_dicts():
        assert row["why"] in text
    assert (
        text.count("mean of futures, million USD")
        == 2 * routed.flows.filter(pl.col("sales") + pl.col("commission") > 0)["deal"].n_unique()
    )


def test_what_is_not_told_apart_is_said_so(ranking):
    rows = ranking.of("alpha").to_dicts()
    close = [rows[0] | {"rnpv": 100.0, "rnpv_se": 10.0}, rows[1] | {"rnpv": 95.0, "rnpv_se": 10.0}]
    assert f"not told apart from {rows[1]['name']}" in ranked(close, "USD")
    far = [close[0], close[1] | {"rnpv": 10.0, "rnpv_se": 1.0}]
    assert "not told apart" not in ranked(far, "USD")
    assert "Worth more later than now" in ranked([rows[0] | {"wait": -5.0, "wait_se": 1.0}], "USD")


def choices(values):
    columns = ("program", "most_cut", "difference", "se", "behind", "behind_se", "best", "as_good", "p_listed")
    return pl.DataFrame([dict(zip(columns, ("a", *value, 0.5), strict=True)) for value in values])


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([(0.0, 0.0, 0.0, 9.0, 1.0, False, False), (0.5, 9.0, 1.0, 0.0, 0.0, True, True)], "accept cuts up to 50 %"),
        ([(0.0, 0.0, 0.0, 9.0, 1.0, False, False), (1.0, 9.0, 1.0, 0.0, 0.0, True, True)], "accept any cut"),
        ([(0.0, 0.0, 0.0, 0.0, 0.0, True, True), (1.0, -9.0, 1.0, 9.0, 1.0, False, False)], "never list"),
        ([(0.0, 0.0, 0.0, 1.0, 1.0, False, True), (1.0, 1.0, 1.0, 0.0, 0.0, True, True)], "no choice differs"),
    ],
)
def test_the_cut_to_accept_in_words(weighed, values, said):
    assert said in best_cuts(replace(weighed, choices=choices(values)), "a").replace("\u00a0", " ")


def test_spans():
    assert span([0.3, 0.3]).replace("\u00a0", " ") == "30 %"
    assert span([0.5, 0.3]).replace("\u00a0", " ") == "30 % to 50 %"


def test_charts_hold_what_was_found(ranking, routed, weighed):
    for size in (WIDE, NARROW):
        drawn = svg(charts.ranking(ranking, "alpha", size))
        assert drawn.count("data-tip") == 2 * len(ranking.of("alpha"))
        drawn = svg(charts.price_volume(weighed, size))
        assert drawn.count('data-tip="NRDL') == len(weighed.rounds)
        assert "data-tip" in svg(charts.largest_cut(weighed, size))
        assert "data-tip" in svg(charts.shares(routed, size))
        assert "data-tip" in svg(charts.thresholds(routed, size))


def test_nothing_to_draw_is_said(ranking, routed, weighed):
    with pytest.raises(NoChart):
        charts.ranking(ranking, "nobody")
    with pytest.raises(NoChart):
        charts.thresholds(replace(routed, rows=routed.rows.filter(pl.col("sales") < 0)))
    with pytest.raises(NoChart):
        charts.shares(replace(routed, flows=routed.flows.head(0)))
    with pytest.raises(NoChart):
        charts.largest_cut(replace(weighed, choices=weighed.choices.with_columns(difference=pl.lit(0.0))))


def test_labels_of_rounds_stand_apart(weighed):
    cuts = charts.apart(weighed.rounds)["cut"].sort().to_list()
    assert 2 < len(cuts) < len(weighed.rounds)
    assert min(b - a for a, b in pairwise(cuts)) >= 0.03


def test_one_partner_with_two_deals_is_told_twice(routed):
    deals = pl.DataFrame({"deal": ["a", "b", "c"], "partner": ["X", "X", "Y"]})
    assert charts.partners(replace(routed, deals=deals)) == {"a": "X (a)", "b": "X (b)", "c": "Y"}


def test_pages_are_whole_and_alone(sheets):
    for name, sheet in sheets.items():
        html = page(sheet)
        assert html == page(sheet), name
        assert not re.search(r'(?:src|href)="(?!#)', html), name
        assert len(html) < 3_000_000
        ids = re.findall(r'\bid="([^"]+)"', html)
        assert len(ids) == len(set(ids)), name


@pytest.fixture(scope="module")
def browser():
    start, reason = browser_or_reason()
    if start is None:
        pytest.skip(f"pages not looked at: {reason}")
    with start() as tools:
        opened = tools.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.mark.pages
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["indications", "routes", "reimbursement", "hostile"])
def test_opens_offline_without_a_word_and_fits(browser, sheets, ranking, tmp_path, name, width):
    if name == "hostile":
        rows = ranking.rows.with_columns(pl.lit(HOSTILE).alias("name"), pl.lit(HOSTILE).alias("why"))
        info = ranking.info | {"company": HOSTILE, "notice": HOSTILE, "plan": HOSTILE}
        html = page(indications_sheet(replace(ranking, rows=rows, info=info)))
    else:
        html = page(sheets[name])
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800}, offline=True)
    sheet = context.new_page()
    seen = []
    sheet.on("console", lambda message: seen.append(message.text))
    sheet.on("pageerror", lambda error: seen.append(str(error)))
    sheet.goto(file.as_uri())
    assert seen == []
    assert sheet.evaluate("window.caught") is None
    assert sheet.evaluate("document.documentElement.scrollWidth") <= width
    visible = sheet.locator("figure svg:visible")
    assert visible.count() >= 1
    for i in range(visible.count()):
        box = visible.nth(i).bounding_box()
        assert box["width"] > 200
        assert box["x"] + box["width"] <= width
    table = sheet.locator("table.sortable:visible").first
    button = table.locator("thead button").nth(2)
    button.focus()
    sheet.keyboard.press("Enter")
    assert button.locator("xpath=..").get_attribute("aria-sort") in ("ascending", "descending")
    assert sheet.locator("th.l").count() > 0
    context.close()


def test_routes_without_any_deal_speak_of_none(routed):
    alone = replace(
        routed,
        rows=routed.rows.filter(pl.col("route") == "own"),
        deals=routed.deals.clear(),
        flows=routed.flows.clear(),
    )
    sheet = routes_sheet(alone)
    assert [part.ident for part in sheet.parts] == ["territories"]
    assert "own, own" not in page(sheet)


def test_sales_under_one_are_no_thousandth_of_a_unit(routed):
    small = replace(routed, rows=routed.rows.with_columns(break_even=pl.lit(0.02)))
    drawn = svg(charts.thresholds(small))
    assert ">0.1<" in drawn
    assert not re.search(r">\d+m<", drawn)
