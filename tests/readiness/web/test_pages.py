"""The room in a real browser: live on two screens, by keyboard, on a tablet, with no word on the console."""

import os
import time
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
    # The browser's own word for an answer that refuses is not ours.
    assert [words for words in said if "responded with a status of 4" not in words] == []


def until(holds):
    for _ in range(100):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it did not come to that in ten seconds")


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
    back.wait_for_selector('[data-id="R1"]:focus')
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


def test_a_document_is_attached_and_the_item_signed_on_the_page(here, screen):
    item = here.until("preparing")
    page = screen("back_room")
    page.click(f'[data-id="{item}"]')
    page.click("#item .steps >> text=Attach document")
    file = {"name": "procedure.txt", "mimeType": "text/plain", "buffer": b"the procedure"}
    page.set_input_files("#item [type=file]", file)
    page.click("#item form button.main")
    page.wait_for_selector("#item a >> text=procedure.txt")
    assert here.room.get(here["back_room"], "request", item).body["documents"][0]["name"] == "procedure.txt"


def test_the_desk_is_live_with_one_pen_for_each_sheet(here, screen):
    scribe, other = screen("scribe"), screen("front_room")
    for page in (scribe, other):
        page.goto(page.url + "desk")
        page.wait_for_selector("#live.on")
    scribe.fill("#sheet [name=title]", "Inspector 1")
    scribe.press("#sheet [name=title]", "Enter")
    scribe.wait_for_selector("#text:not([readonly])")
    scribe.fill("#text", f"asked twice {HOSTILE}")
    scribe.click("#save")
    other.wait_for_selector("#pen >> text=with Scribe")
    until(lambda: other.input_value("#text").startswith("asked twice"))
    other.click("#take")
    other.wait_for_selector(".toast")
    assert "another person is writing" in other.text_content(".toast")
    scribe.click("#lay")
    other.wait_for_selector("#pen >> text=The pen is free.")
    other.fill("#promise [name=text]", "Send the trend")
    other.select_option("#promise [name=owner]", label="Scribe")
    other.click("#promise button")
    scribe.wait_for_selector("#commitments [data-id=C1]")
    scribe.fill("#commitments input", "sent")
    scribe.click("#commitments button")
    other.wait_for_selector("text=C1 done: Send the trend")
    other.click("#wrap button")
    scribe.wait_for_selector("#wrapups li")
    assert scribe.evaluate("window.caught") is None


def test_a_wrap_up_is_signed_on_the_page(here, screen):
    page = screen("quality_head", 820, 1180)
    page.goto(page.url + "desk")
    page.wait_for_selector("#live.on")
    page.click("#wrap button")
    page.click("#wrapups button")
    page.select_option("#sign select", "approved")
    page.fill("#sign [type=password]", "not the password at all")
    page.click("#sign button.main")
    page.wait_for_selector("#sign .toast")
    page.fill("#sign [type=password]", PASSWORD)
    page.click("#sign button.main")
    page.wait_for_selector("text=signed as approved")
    assert page.evaluate("document.documentElement.scrollWidth") <= 820
    assert here.room.store.read("signature", "S1").body["name"] == "Quality Head"
