"""The page in a real browser: no message, no network, nothing wider than the window, working by keyboard, in print."""

import os
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.pages

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def browser_or_reason():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None, "playwright is not installed (pip install playwright)"
    if not CHROMIUM.exists():
        return None, f"there is no Chromium at {CHROMIUM}; set CHROMIUM to where it is"
    return sync_playwright, ""


@pytest.fixture(scope="module")
def browser():
    start, reason = browser_or_reason()
    if start is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"pages must be looked at in a browser here: {reason}")
        pytest.skip(f"pages not looked at: {reason}")
    with start() as tools:
        opened = tools.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def files(pages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


@pytest.fixture
def opened(browser, files):
    shown = []

    def show(name, width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        sheet = context.new_page()
        seen = {"messages": [], "requests": []}
        sheet.on("console", lambda message: seen["messages"].append(message.text))
        sheet.on("pageerror", lambda error: seen["messages"].append(str(error)))
        sheet.on("request", lambda request: seen["requests"].append(request.url))
        sheet.goto(files[name].as_uri())
        shown.append(context)
        return sheet, seen

    yield show
    for context in shown:
        context.close()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["top", "textbook", "biotech", "hostile"])
def test_opens_offline_without_a_word_and_fits(opened, name, width):
    sheet, seen = opened(name, width, offline=True)
    assert seen["messages"] == []
    assert len(seen["requests"]) == 1
    assert sheet.evaluate("document.documentElement.scrollWidth") <= width
    assert sheet.evaluate("window.caught") is None
    visible = sheet.locator("figure svg:visible")
    assert visible.count() >= 10
    for i in range(visible.count()):
        box = visible.nth(i).bounding_box()
        assert box["width"] > 200
        assert box["height"] > 60
        assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("width", [390, 1280])
def test_text_in_charts_stays_readable(opened, width):
    sheet, _ = opened("top", width)
    sizes = sheet.evaluate(
        "[...document.querySelectorAll('figure svg text')].filter(t => t.getBoundingClientRect().width > 0)"
        ".map(t => parseFloat(t.getAttribute('font-size') || getComputedStyle(t).fontSize)"
        " * t.closest('figure svg').getBoundingClientRect().width / t.closest('figure svg').viewBox.baseVal.width)"
    )
    assert len(sizes) > 200
    assert min(sizes) >= 10


def test_text_has_contrast(opened):
    sheet, _ = opened("top")
    worst = sheet.evaluate(
        """() => {
        const part = x => x / 255 <= .03928 ? x / 255 / 12.92 : ((x / 255 + .055) / 1.055) ** 2.4;
        const light = c => { const v = c.map(part);
            return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; };
        const read = c => c.match(/[0-9.]+/g).map(Number);
        const back = e => { for (; e; e = e.parentElement) { const c = read(getComputedStyle(e).backgroundColor);
            if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; };
        let least = 99;
        const all = 'h1,h2,p,td,th,small,figcaption,caption,a,.mark,summary,dt,dd,b,label';
        for (const e of document.querySelectorAll(all)) {
            const a = light(read(getComputedStyle(e).color).slice(0, 3)), b = light(back(e));
            least = Math.min(least, (Math.max(a, b) + .05) / (Math.min(a, b) + .05));
        }
        return least; }"""
    )
    assert worst >= 4.5


def test_columns_sort_by_keyboard(opened):
    sheet, _ = opened("top")
    table = sheet.locator("table.programs")
    button = table.locator("thead button", has_text="P(launch)")
    button.focus()
    sheet.keyboard.press("Enter")
    read = "rows => rows.map(r => r.cells[4].dataset.v).filter(v => v !== '').map(Number)"
    values = table.locator("tbody tr").evaluate_all(read)
    assert values == sorted(values, reverse=True)
    assert len(set(values)) > 5
    sheet.keyboard.press("Enter")
    values = table.locator("tbody tr").evaluate_all(read)
    assert values == sorted(values)
    assert button.locator("xpath=..").get_attribute("aria-sort") == "ascending"


def test_assumptions_can_be_searched(opened):
    sheet, _ = opened("top")
    sheet.get_by_label("Search the numbers").fill("discount_rate")
    found = sheet.locator("#found", has_text=re.compile("match"))
    found.wait_for()
    assert found.inner_text() == "1 number matches"
    rows = sheet.locator("#numbers tr:visible td")
    assert "money.discount_rate" in rows.all_inner_texts()
    sheet.get_by_label("Search the numbers").fill("")
    found.wait_for(state="detached")
    assert sheet.locator("#numbers details:visible").count() > 10


def test_pointing_at_a_bar_tells_its_number(opened):
    sheet, _ = opened("top")
    sheet.locator("#chart-value svg:visible [data-tip]").nth(8).hover()
    assert re.search(r"CNY.*of futures", sheet.locator("#tip").inner_text())


def test_reads_without_script(opened):
    sheet, seen = opened("top", java_script_enabled=False)
    assert seen["messages"] == []
    assert sheet.locator("section:visible").count() == 18
    assert sheet.locator("#find:visible").count() == 0


def test_prints_on_few_pages(opened):
    sheet, _ = opened("top")
    printed = sheet.pdf(prefer_css_page_size=True)
    sheets = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 10 <= sheets <= 45
    sheet.emulate_media(media="print")
    sheet.set_viewport_size({"width": 1030, "height": 700})  # what an A4 sheet on its side leaves between margins
    assert sheet.evaluate("Math.max(...[...document.querySelectorAll('table')].map(t => t.scrollWidth))") <= 1030
    assert sheet.locator("nav:visible").count() == 0
    assert sheet.locator("figure .wide:visible").count() >= 10
    assert sheet.locator("figure .narrow:visible").count() == 0
