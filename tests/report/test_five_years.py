"""The page of a five-year plan: it says what was found, for any company and plan, and stands in a real browser."""

import re
from dataclasses import replace
from html import unescape

import polars as pl
import pytest
from tests.report.test_browser import CHROMIUM, FLAGS, browser_or_reason
from tests.support.companies import everything_on
from tests.support.reacting import reacting

import echelon
from echelon.company.rows.market import Territory
from echelon.company.rows.science import Asset, Program
from echelon.plans.five_years import FiveYears, five_years
from echelon.plans.yardsticks import DO_NOTHING, FUND_EVERYTHING
from echelon.report import charts_five_years as charts
from echelon.report.five_years import difference_said, five_years_sheet
from echelon.report.five_years_rows import likeliest, places, told
from echelon.report.format import money_with_error, percent
from echelon.report.look import NARROW, WIDE, NoChart, svg
from echelon.report.sheet import page
from echelon.runs.simulate import Order

HOSTILE = '<script>window.caught=1</script> & "quoted"'
DRAWN = ("counts", "milestones", "territories", "booked", "net", "cash", "value")


def find(name: str, plan: str = "", futures: int = 300) -> FiveYears:
    return five_years(Order(echelon.load(echelon.example(name)), futures, 2, plan=plan), threads=2)


@pytest.fixture(scope="module")
def found() -> FiveYears:
    return five_years(Order(everything_on(), 300, 5, plan="all"), threads=2)


@pytest.fixture(scope="module")
def textbook() -> FiveYears:
    return find("textbook")


@pytest.fixture(scope="module")
def top() -> FiveYears:
    return find("top_alliance", "build-a-b", 200)


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).replace("\u00a0", " ")


def test_what_was_found_stands_on_the_page(found: FiveYears) -> None:
    text = text_of(page(five_years_sheet(found)))
    for row in found.values.to_dicts():
        assert money_with_error(row["enpv"], row["se"], "USD").replace("\u00a0", " ") in text
        assert percent(row["p_loss"]).replace("\u00a0", " ") in text
    for line in difference_said(found):
        assert line.replace("\u00a0", " ") in text
    assert "The plan, 2026 to 2030" in text
    assert "Under the plan all" in text
    assert "echelon five-years COMPANY --against do-nothing,fund-everything --futures 300 --seed 5 --plan all" in text
    for row in found.choices.filter(pl.col("plan") == "all").to_dicts():
        assert row["target"] in text or row["action"].capitalize().replace("_", " ") in text
    for what in ("Other, gamma (gamma-east)", "plant-c", "alpha/finisher", "technology transferred"):
        assert what in text


def test_a_cell_says_what_happens_and_how_likely(textbook: FiveYears) -> None:
    cell = told(textbook, "amber-main", 2028).replace("\u00a0", " ")
    p = textbook.events.filter((pl.col("kind") == "passes") & (pl.col("subject") == "amber-main"))["mean"][0]
    half = percent(p, 0).replace("\u00a0", " ")
    assert cell == f"large trial reads out 100 %, passes {half}; filing starts {half}"
    assert told(textbook, "amber-main", 2026) == ""
    birch = told(textbook, "birch-main", 2027).replace("\u00a0", " ")
    assert re.fullmatch(r"first launch \d\d %; refused \d+ %", birch)


def test_the_likeliest_programs_come_first(textbook: FiveYears) -> None:
    frame = likeliest(textbook)
    assert frame["name"].unique(maintain_order=True).to_list() == ["Birch", "Amber", "Cedar"]
    assert set(frame["told"]) == {"first launch", "passes large trial", "passes small trial", "starts large trial"}
    assert likeliest(textbook, 1)["name"].unique().to_list() == ["Birch"]
    assert places(textbook)["mean"].sum() == pytest.approx(
        textbook.events.filter((pl.col("kind") == "launches") & (pl.col("plan") == textbook.plan))["mean"].sum()
    )


@pytest.mark.parametrize(
    ("mean", "se", "low", "said"),
    [
        (100.0, 10.0, 83.0, "at least"),
        (-100.0, 10.0, -117.0, "worse with 95 % confidence"),
        (1.0, 10.0, -15.0, "not told from nought"),
        (0.0, 0.0, 0.0, "no difference in any future"),
    ],
)
def test_a_difference_is_called_what_it_is(found: FiveYears, mean: float, se: float, low: float, said: str) -> None:
    row = {"plan": "all", "against": "x", "mean": mean, "se": se, "low_95": low, "p_better": 0.5}
    lines = difference_said(replace(found, differences=pl.DataFrame([row])))
    assert len(lines) == 1
    assert said in lines[0]


@pytest.mark.parametrize("name", DRAWN)
def test_every_chart_is_drawn_in_both_widths(found: FiveYears, name: str) -> None:
    for size in (WIDE, NARROW):
        drawing = svg(getattr(charts, name)(found, size))
        assert "<svg" in drawing
        assert "data-tip" in drawing
        assert "NaN" not in drawing
        width = float(re.search(r'width="([\d.]+)"', drawing)[1])  # type: ignore[index]
        assert width <= size.width + 60


def test_a_plan_that_reacts_is_told_too() -> None:
    order = Order(reacting(), 64, 3, plan="reacts")
    text = text_of(page(five_years_sheet(five_years(order, against=["all"], threads=2))))
    for what in ("Cover", "Build above", "Audit", "phase3", "plant-more (plant: 800 L, filling)", "every plan"):
        assert what in text
    assert "None" not in text


@pytest.mark.parametrize("name", ["textbook", "biotech", "network"])
def test_any_company_has_a_page(name: str) -> None:
    text = text_of(page(five_years_sheet(find(name, futures=64))))
    assert "Under the company as it stands" in text
    assert "None" not in text
    assert "nan" not in text


def test_a_plan_that_does_nothing_says_so(textbook: FiveYears) -> None:
    order = Order(echelon.load(echelon.example("textbook")), 64, 1)
    from echelon.plans.yardsticks import do_nothing

    nothing = five_years(order, {DO_NOTHING: do_nothing(order.company)}, against=())
    for draw in (charts.counts, charts.milestones, charts.territories, charts.booked):
        with pytest.raises(NoChart):
            draw(nothing)
    text = text_of(page(five_years_sheet(nothing)))
    assert "Nothing is decided, licensed, moved, signed or ended" in text
    assert "The company sets no cash floor." in text


def test_one_future_is_enough_for_a_page() -> None:
    text = text_of(page(five_years_sheet(find("textbook", futures=1))))
    assert "The plan, 2026 to 2030" in text
    assert "nan" not in text


def test_names_do_not_break_out_of_the_page(found: FiveYears) -> None:
    company = found.company
    for model in (Asset, Program, Territory):
        company = company.with_rows(
            model, [row.model_copy(update={"name": f"{HOSTILE} {row.id}"}) for row in company.rows(model)]
        )
    choices = found.choices.with_columns(note=pl.lit(HOSTILE), source=pl.lit(HOSTILE))
    html = page(five_years_sheet(replace(found, company=company, choices=choices)))
    assert "<script>window.caught" not in html
    assert "&lt;script&gt;window.caught" in html


def test_the_page_of_top_alliance(top: FiveYears) -> None:
    html = page(five_years_sheet(top))
    assert len(html) < 1_500_000
    text = text_of(html)
    for what in (
        "Toripalimab",
        "China (mainland)",
        "phase-a (",
        "53,500 L",
        FUND_EVERYTHING,
        "P(cash under its floor)",
    ):
        assert what in text
    assert "http://" not in html.replace("http://www.w3.org", "")


@pytest.fixture(scope="module")
def browser():  # type: ignore[no-untyped-def]
    start, reason = browser_or_reason()
    if start is None:
        pytest.skip(f"pages not looked at: {reason}")
    with start() as tools:
        opened = tools.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.mark.pages
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["found", "top", "textbook"])
def test_opens_offline_without_a_word_and_fits(browser, request, tmp_path, name, width):  # type: ignore[no-untyped-def]
    file = tmp_path / "page.html"
    file.write_text(page(five_years_sheet(request.getfixturevalue(name))), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800}, offline=True)
    sheet = context.new_page()
    seen: list[str] = []
    sheet.on("console", lambda message: seen.append(message.text))
    sheet.on("pageerror", lambda error: seen.append(str(error)))
    sheet.on("request", lambda asked: seen.append(asked.url))
    sheet.goto(file.as_uri())
    assert seen == [file.as_uri()]
    assert sheet.evaluate("document.documentElement.scrollWidth") <= width
    shown = sheet.locator("figure .wide" if width > 760 else "figure .narrow")
    assert shown.count() >= 6
    assert all(shown.nth(i).is_visible() for i in range(shown.count()))
    sheet.locator("summary").first.click()
    assert sheet.locator("details[open] table").first.is_visible()
    context.close()
