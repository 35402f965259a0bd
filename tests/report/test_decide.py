"""The page of a found plan: what stands on it, that it is honest about limits and noise, and that it fits a screen."""

from dataclasses import replace

import pytest
from tests.report.conftest import HOSTILE
from tests.report.test_browser import CHROMIUM, FLAGS, browser_or_reason
from tests.report.test_supply import text_of
from tests.support.pockets import APART, Pocket, pockets

from echelon.company.rows.choosing import Option
from echelon.company.rows.money import Resource
from echelon.company.rows.science import Program
from echelon.company.rows.settings import Objective
from echelon.plans.deciding import Asked, Decision, decide
from echelon.plans.explaining import Explained, explain
from echelon.report import charts_decide as charts
from echelon.report.decide import decide_sheet
from echelon.report.decide_more import amount, frontier_parts
from echelon.report.format import percent
from echelon.report.look import NARROW, WIDE, NoChart, svg
from echelon.report.sheet import page
from echelon.runs.simulate import Order

MIXED = (Pocket(0.6, 40.0, 120.0, 1), Pocket(0.2, 60.0, 60.0, 2), Pocket(0.5, 20.0, 30.0, 3), Pocket(0.5, 0.0, 0.02, 4))
ASKED = Asked(effort=4_000, judged=512, threads=2)


def company_of(**more):
    options = [Option(action="start", target="*", last="2025-12-31")]
    budget = [Resource(resource="rd_budget", year=year, amount=60.0) for year in range(2026, 2036)]
    made = pockets(MIXED, [*options, *budget], couplings=APART.model_copy(update={"cash": True}), **more)
    rows = [row.model_copy(update={"name": f"{HOSTILE} {row.id}"}) for row in made.rows(Program)]
    return made.with_rows(Program, rows)


@pytest.fixture(scope="module")
def found() -> Decision:
    return decide(Order(company_of(), 1, 1), ASKED)


@pytest.fixture(scope="module")
def explained(found) -> Explained:
    return explain(found, ASKED)


@pytest.fixture(scope="module")
def html(found, explained) -> str:
    return page(decide_sheet(found, explained, "echelon decide COMPANY --out PAGE.html"))


def test_every_choice_every_yardstick_and_every_point_stands_on_the_page(found, explained, html):
    text = text_of(html)
    for one in found.judged:
        assert one.name in text
    for lever in found.levers.rows:
        assert f'"quoted" {lever.target}' in text
    for one in explained.why.reasons:
        for rival in one.rivals:
            assert text_of(percent(rival.p_better, 0)) in text
    assert "that tends to flatter" in text
    assert f"{explained.firm.good} of {len(explained.firm.checked)} sampled plans" in text
    assert "echelon decide COMPANY --out PAGE.html" in text


def test_the_page_is_small_and_lets_no_name_out(html):
    assert len(html.encode()) < 3_000_000
    assert "<script>window.caught" not in html
    assert "&lt;script&gt;window.caught" in html


def test_a_quick_page_has_no_more_than_why(found, explained):
    quick = Explained(explained.why, explained.choices)
    sheet = decide_sheet(found, quick, "again")
    assert [part.ident for part in sheet.parts] == ["worth", "why"]
    whole = decide_sheet(found, explained, "again")
    assert [part.ident for part in whole.parts] == ["worth", "why", "firm", "tail", "launches", "cash", "knowing"]


def test_a_missed_limit_is_said(found, explained):
    company = found.company
    wanted = Objective(floor_chance=0.05, launches=50.0)
    strict = company.with_settings(company.settings.model_copy(update={"objective": wanted}))
    text = text_of(page(decide_sheet(replace(found, company=strict), explained, "again")))
    assert "at least 50.0 programs launched; on fresh futures" in text
    assert "it is missed" in text
    assert "it is kept" in text


def test_a_better_alternative_is_told_with_what_luck_would_do(found, explained):
    first = explained.why.reasons[0]
    rivals = (replace(first.rivals[0], loss=-9.0, se=1.0, missed=0.0), *first.rivals[1:])
    why = replace(explained.why, reasons=(replace(first, rivals=rivals), *explained.why.reasons[1:]))
    text = text_of(page(decide_sheet(found, replace(explained, why=why), "again")))
    assert "by luck alone" in text
    assert "better seen" in text


def test_points_that_are_one_plan_stand_as_one(explained):
    points = explained.frontier.of("tail")
    drawn = svg(charts.frontier(points, charts.TAIL, "USD", charts.point_said, WIDE))
    assert drawn.count('data-tip="weight') == len({one.plan for one in points})


def test_charts_are_drawn_at_both_widths_or_say_why_not(found, explained):
    def name(action, target, stage):
        return f"{action} {target}"

    for size in (WIDE, NARROW):
        assert "svg" in svg(charts.leads(found.judged, "USD", size))
        assert "svg" in svg(charts.worths(explained.why.reasons, "USD", name, size))
        assert "svg" in svg(charts.cash(explained.frontier, "USD", size))
        assert "svg" in svg(charts.knowing(explained.information, "USD", name, size))
    same = tuple(replace(one, plan=found.plan) for one in explained.frontier.of("tail"))
    with pytest.raises(NoChart, match="one and the same plan"):
        charts.frontier(same, charts.TAIL, "USD", charts.point_said, WIDE)
    with pytest.raises(NoChart, match="No further point"):
        charts.frontier(explained.frontier.of("tail")[:1], charts.TAIL, "USD", charts.point_said, WIDE)
    with pytest.raises(NoChart, match="No other cash limit"):
        charts.cash(replace(explained.frontier, points=()), "USD")
    with pytest.raises(NoChart, match="change no choice"):
        charts.knowing(replace(explained.information, rows=()), "USD", name)


def test_an_error_too_small_to_see_is_not_shown():
    assert "±" not in amount(9.1, 1e-7, "USD")
    assert "±" in amount(9.1, 0.1, "USD")
    assert "±" in amount(0.0, 0.1, "USD")


@pytest.mark.pages
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_a_screen(html, tmp_path, width):
    start, reason = browser_or_reason()
    if start is None:
        pytest.skip(f"pages not looked at: {reason}")
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    with start() as tools:
        browser = tools.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        sheet = browser.new_context(viewport={"width": width, "height": 800}, offline=True).new_page()
        seen = []
        sheet.on("console", lambda message: seen.append(message.text))
        sheet.on("pageerror", lambda error: seen.append(str(error)))
        sheet.goto(file.as_uri())
        assert seen == []
        assert sheet.evaluate("document.documentElement.scrollWidth") <= width
        visible = sheet.locator("figure svg:visible")
        assert visible.count() == html.count('<figure id="chart-') > 2
        for i in range(visible.count()):
            box = visible.nth(i).bounding_box()
            assert box["width"] > 200
            assert box["x"] + box["width"] <= width
        browser.close()


def test_what_is_ahead_of_the_plan_is_said():
    options = [
        Option(action="start", target="p0", rule="never"),
        Option(action="start", target="p1", last="2025-12-31"),
    ]
    order = Order(pockets((Pocket(0.6, 40.0, 120.0), Pocket(0.5, 20.0, 60.0)), options), 1, 1)
    made = decide(order, Asked(effort=2_000, judged=512))
    text = text_of(page(decide_sheet(made, explain(made, Asked(effort=2_000, judged=512), quick=True), "echelon")))
    assert "behind as it stands by" in text
    assert "held to no rule of the options" in text
    assert "ahead of do nothing by" in text


def test_a_frontier_claims_no_more_than_its_errors_bear_out(explained):
    traced = explained.frontier
    points = [one for one in traced.points if one.path == "tail"]
    kept = points[0].kept_tail

    def said(tail, se):
        moved = [replace(one, tail=kept) for one in points[1:]]
        last = replace(points[0], tail=tail, tail_gap_se=se, lead=-9.0, lead_se=1.0)
        part = frontier_parts(replace(traced, points=(last, *moved)), "USD", lambda *which: which[1])[0]
        return part.answers[0]

    assert "No plan was found" in said(kept + 5.0, 3.0)
    assert "above the found plan" in said(kept + 5.0, 1.0)
    assert "it costs USD\N{NO-BREAK SPACE}9.0" in said(kept + 5.0, 1.0)
    assert "At most" not in said(kept + 5.0, 1.0)
