"""The room in a real browser: live on two screens, by keyboard, on a tablet, with no word on the console."""

import os
from pathlib import Path

import pytest
from tests.readiness.conftest import PASSWORD, REAL

pytestmark = pytest.mark.pages

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
HOSTILE = "<img src=x onerror=window.caught=1><script>window.caught=1</script>\"'`${1}"


@pytest.fixture(scope="module")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        pytest.skip("playwright is not installed (pip install playwright)")
    if not CHROMIUM.exists():
        reason = f"there is no Chromium at {CHROMIUM}; set CHROMIUM to where it is"
        if os.environ.get("CI") == "true":
            pytest.fail(f"pages must be looked at in a browser here: {reason}")
        pytest.skip(f"pages not looked at: {reason}")
    with sync_playwright() as tools:
        opened = tools.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def screen(browser, address):
    contexts, said = [], []

    def sign_in(username, width=1280, height=800):
        context = browser.new_context(viewport={"width": width, "height": height}, has_touch=width < 1000)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{address}/sign-in")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_selector("#live.on")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert said == []


def test_what_one_takes_down_appears_on_every_board(here, screen):
    front, back = screen("front_room"), screen("back_room")
    front.keyboard.press("n")
    front.fill("#create [name=wording]", "The batch record of B-17")
    front.select_option("#create [name=type]", "batch_record")
    front.click("#create button.main")
    for page in (front, back):
        page.wait_for_selector('[aria-label="Received"] [data-id="R1"]')
    assert back.text_content('[data-id="R1"] .clock') in {"30 min left", "29 min left"}
    assert here.room.get(here["back_room"], "request", "R1").body["wording"] == "The batch record of B-17"


def test_an_item_is_carried_through_by_keyboard_alone(here, screen):
    here.asked()
    back = screen("back_room")
    back.focus('[data-id="R1"]')
    back.keyboard.press("Enter")
    back.wait_for_selector("#item[open]")
    assert back.evaluate("document.activeElement.textContent") == "Assign"
    back.keyboard.press("Enter")
    back.wait_for_selector("#item form")
    assert back.evaluate("document.activeElement.name") == "owner"
    back.keyboard.type("Subject")
    back.keyboard.press("Tab")
    back.keyboard.press("Tab")
    back.keyboard.press("Enter")
    back.wait_for_selector('[aria-label="Assigned"] [data-id="R1"]', state="attached")
    back.keyboard.press("Escape")
    back.wait_for_selector("#item:not([open])", state="attached")
    back.wait_for_function("document.activeElement.dataset.id === 'R1'")
    assert here.room.get(here["back_room"], "request", "R1").body["owner"] == here["subject_expert"].account


def test_an_inspector_sees_an_item_the_moment_it_is_released_and_nothing_before(here, screen):
    staged = here.until("staged", wording="What is the hold time?")
    inspector = screen("inspector")
    assert inspector.locator("#released li").count() == 0
    here.room.do(here["front_room"], "release", staged, {"form": "copy"})
    inspector.wait_for_selector(f'#released [data-id="{staged}"]')
    assert "SOP-014" in inspector.text_content("#released")
    assert "Subject Expert" not in inspector.content()


def test_script_in_any_field_stays_text(here, screen):
    told = dict.fromkeys(("wording", "inspector", "topic", "clause", "system"), HOSTILE[:120])
    item = here.until("staged", **told)
    page = screen("quality_head")
    page.click(f'[data-id="{item}"]')
    page.wait_for_selector("#item[open] dl")
    assert "<img src=x" in page.text_content("#item")
    here.room.do(here["front_room"], "release", item, {})
    inspector = screen("inspector")
    inspector.wait_for_selector("#released li")
    assert page.evaluate("window.caught") is None
    assert inspector.evaluate("window.caught") is None


@pytest.mark.parametrize(("width", "height"), [(390, 800), (820, 1180), (1280, 800)])
def test_fits_phone_tablet_and_desk(here, screen, width, height):
    here.until("staged", wording="word " * 200)
    here.asked(wording="x" * 3000)
    page = screen("quality_head", width, height)
    page.wait_for_selector(".card")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("Math.min(...[...document.querySelectorAll('button')].map(one => one.offsetHeight))") >= 44


def test_a_screen_that_lost_its_connection_goes_on_where_it_was(here, screen):
    page = screen("back_room")
    page.context.set_offline(True)
    here.asked(inspection=REAL, wording="while away")
    page.context.set_offline(False)
    page.wait_for_selector('[data-id="R1"]')
