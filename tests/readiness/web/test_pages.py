"""The room in a real browser: live on two screens, by keyboard, on a tablet, with no word on the console."""

import os
import time
import zipfile
from pathlib import Path

import pytest
from tests.readiness.conftest import MOCK, PASSWORD, REAL

from echelon.readiness.records.accounts import IDLE

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
    refusals = ("responded with a status of 4", "responded with a status of 503")
    assert [words for words in said if not any(part in words for part in refusals)] == []


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


def dialog_step(page, item, label, **values):
    """Take a step with an item as a person does: open it, press its button, fill what it asks for."""
    page.click(f'[data-id="{item}"]')
    page.click(f'#item .steps >> text="{label}"')
    for name, value in values.items():
        control = page.locator(f'#item form [name="{name}"]')
        if control.evaluate("one => one.tagName") == "SELECT":
            control.select_option(label=value)
        else:
            control.fill(value)
    if values:
        page.click("#item form button.main")
    until(lambda: page.evaluate("document.querySelector('#item[open]') && !document.querySelector('#item form')"))
    page.keyboard.press("Escape")
    page.wait_for_selector("#item:not([open])", state="attached")


def in_column(page, title, item):
    page.wait_for_selector(f'[aria-label="{title}"] [data-id="{item}"]', state="attached")


def test_an_item_goes_its_whole_way_on_tablets(here, screen):
    """Taken down, assigned, handed over, prepared ahead or not, reviewed, staged, released, handed over, closed."""
    front, back, expert, runner, inspector = (
        screen(name, 820, 1180) for name in ("front_room", "back_room", "subject_expert", "runner", "inspector")
    )
    front.click("#new")
    front.fill("#create [name=wording]", "The trend of particles")
    front.select_option("#create [name=type]", "trend")
    front.select_option("#create [name=priority]", "1")
    front.click("#create button.main")
    in_column(back, "Received", "R1")
    assert back.text_content('[data-id="R1"] .clock') in {"120 min left", "119 min left"}
    dialog_step(back, "R1", "Assign", owner="Subject Expert")
    in_column(expert, "Assigned", "R1")
    dialog_step(expert, "R1", "Hand over", owner="Back Room", note="You know this better")
    in_column(back, "Assigned", "R1")
    assert here.room.get(here["back_room"], "request", "R1").body["owner"] == here["back_room"].account
    dialog_step(back, "R1", "Hand over", owner="Subject Expert")
    dialog_step(expert, "R1", "Start")
    in_column(runner, "Preparing", "R1")
    dialog_step(expert, "R1", "Save answer", answer="Eight weeks, all within limits")
    dialog_step(expert, "R1", "Submit for review")
    dialog_step(back, "R1", "Approve")
    in_column(front, "Staged", "R1")
    assert inspector.locator("#released li").count() == 0
    dialog_step(front, "R1", "Release", form="shown")
    inspector.wait_for_selector('#released [data-id="R1"]')
    dialog_step(runner, "R1", "Handed over")
    dialog_step(runner, "R1", "Taken back")
    dialog_step(front, "R1", "Close")
    for page in (front, back):
        in_column(page, "Closed", "R1")
    assert inspector.text_content("#released .hint").startswith("released")
    trail = [one.action for one in here.room.history(here["front_room"], "request", "R1")]
    assert trail == [
        "receive", "assign", "hand_over", "hand_over", "start", "write", "submit", "approve", "release", "deliver",
        "collect", "close",
    ]  # fmt: skip
    for page in (front, back, expert, runner, inspector):
        assert page.evaluate("document.documentElement.scrollWidth") <= 820


def test_what_was_prepared_ahead_is_staged_apart_until_it_is_asked(here, screen):
    front, back = screen("front_room"), screen("back_room")
    back.keyboard.press("n")
    back.fill("#create [name=wording]", "How is the water sampled?")
    back.check("#create [name=ahead]")
    back.click("#create button.main")
    in_column(back, "Staged ahead", "R1")
    assert back.text_content('[data-id="R1"] .clock') == ""
    dialog_step(front, "R1", "Asked now")
    in_column(back, "Received", "R1")
    assert "min left" in back.text_content('[data-id="R1"] .clock')


def test_a_session_that_ends_is_begun_again_in_place_and_nothing_written_is_lost(here, screen):
    item = here.until("preparing")
    page = screen("back_room")
    page.click(f'[data-id="{item}"]')
    page.click('#item .steps >> text="Save answer"')
    page.fill("#item form [name=answer]", "an answer that took long to write")
    here.clock.ahead = IDLE * 1.1
    page.click("#item form button.main")
    page.wait_for_selector("#again[open]")
    page.keyboard.press("Escape")
    page.fill("#again [type=password]", "not the password at all")
    page.keyboard.press("Enter")
    page.wait_for_selector("#again >> text=That is not your password.")
    page.fill("#again [type=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#item dd >> text=an answer that took long to write")
    assert here.room.store.read("request", item).body["answer"] == "an answer that took long to write"
    page.wait_for_selector("#live.on")


def test_an_open_item_follows_what_others_do_but_not_over_what_is_being_written(here, screen):
    item = here.until("assigned")
    page = screen("back_room")
    page.click(f'[data-id="{item}"]')
    page.wait_for_selector('#item .steps >> text="Start"')
    here.room.do(here["subject_expert"], "start", item, {})
    page.wait_for_selector('#item .steps >> text="Submit for review"')
    page.click('#item .steps >> text="Save answer"')
    page.fill("#item form [name=answer]", "mine")
    here.room.do(here["subject_expert"], "write", item, {"answer": "theirs"})
    page.wait_for_selector("#item .toast >> text=has just been changed by Subject Expert")
    assert page.input_value("#item form [name=answer]") == "mine"
    page.click("#item form button.main")
    page.wait_for_selector("#item .toast >> text=has been changed since")
    assert page.input_value("#item form [name=answer]") == "mine"
    assert here.room.store.read("request", item).body["answer"] == "theirs"


def test_what_is_typed_while_a_sheet_is_being_saved_stays(here, screen):
    from echelon.readiness.room import desk

    desk.new_note(here.room, here["scribe"], {"inspection": REAL, "title": "day 1"})
    page = screen("scribe")
    page.goto(page.url + "desk")
    page.wait_for_selector("#text:not([readonly])")

    def slowly(route):
        time.sleep(0.5)
        route.continue_()

    page.route("**/text?*", slowly)
    page.fill("#text", "asked about water")
    page.click("#save")
    page.press("#text", "End")
    page.keyboard.type(", twice")
    until(lambda: here.room.store.read("note", "N1").body["text"] == "asked about water")
    page.wait_for_timeout(700)
    assert page.input_value("#text") == "asked about water, twice"
    page.click("#lay")
    until(lambda: here.room.store.read("note", "N1").body["text"] == "asked about water, twice")


def test_turning_to_another_sheet_loses_nothing_that_was_typed(here, screen):
    from echelon.readiness.room import desk

    for title in ("day 1", "day 2"):
        desk.new_note(here.room, here["scribe"], {"inspection": REAL, "title": title})
    page = screen("scribe")
    page.goto(page.url + "desk")
    page.wait_for_selector("#text:not([readonly])")
    page.fill("#text", "asked about water")
    page.select_option("#sheets", "N2")
    until(lambda: page.input_value("#text") == "")
    assert here.room.store.read("note", "N1").body["text"] == "asked about water"
    page.fill("#text", "the second day")
    page.select_option("#inspection", MOCK)
    until(lambda: here.room.store.read("note", "N2").body["text"] == "the second day")
    page.select_option("#inspection", REAL)
    page.fill("#sheet [name=title]", "day 3")
    page.press("#sheet [name=title]", "Enter")
    until(lambda: page.input_value("#sheets") == "N3")
    page.route("**/text?*", lambda route: route.fulfill(status=503, body='{"error": "the disk is full"}'))
    page.fill("#text", "not saved")
    page.select_option("#sheets", "N1")
    page.wait_for_selector(".toast >> text=the disk is full")
    assert (page.input_value("#sheets"), page.input_value("#text")) == ("N3", "not saved")
    page.unroute("**/text?*")
    page.click("#save")
    until(lambda: here.room.store.read("note", "N3").body["text"] == "not saved")


def test_the_board_opens_on_the_inspection_that_goes_on(here, screen):
    here.room.close_inspection(here["quality_head"], MOCK, "over")
    told = {"id": "a-first", "name": "Earlier mock", "first_day": "2020-03-02", "mock": True}
    here.room.open_inspection(here["quality_head"], told)
    page = screen("back_room")
    until(lambda: page.evaluate("document.querySelector('#inspection').options.length === 3"))
    assert page.input_value("#inspection") == REAL
    words = page.evaluate("[...document.querySelector('#inspection').options].map(one => one.textContent)")
    assert words == [REAL, "Earlier mock", f"{MOCK} (closed)"]


@pytest.mark.parametrize("width", [1280, 820, 390])
def test_a_quality_head_reviews_the_trail_and_hands_the_inspection_over(here, screen, width, tmp_path):
    here.until("released", wording=HOSTILE)
    page = screen("quality_head", width, 1000)
    page.goto(page.url + "trail")
    page.wait_for_selector("#entries tr[data-id]")
    page.select_option("#look [name=order]", "people")
    page.click("#look button")
    until(lambda: page.evaluate("document.querySelectorAll('#entries tbody tr').length === 9"))
    page.click("#all")
    page.fill("#mark [name=remarks]", f"as planned {HOSTILE}")
    page.click("#mark button.main")
    page.wait_for_selector("#reviews [data-id=V1]")
    page.wait_for_selector("text=Nothing in the trail fits.")
    page.select_option("#look [name=order]", "")
    page.fill("#look [name=record]", "R1")
    page.press("#look [name=record]", "Enter")
    page.wait_for_selector("#entries >> text=submit")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    with page.expect_download() as download:
        page.click("text=Save as .zip")
    download.value.save_as(tmp_path / "x.zip")
    assert zipfile.ZipFile(tmp_path / "x.zip").testzip() is None
    assert page.evaluate("window.caught") is None


def test_others_have_no_page_of_the_trail(here, screen):
    page = screen("front_room")
    assert page.locator("nav >> text=Trail").count() == 0
    page.goto(page.url + "trail")
    page.wait_for_selector("text=there is no page of that name")


def test_a_quality_head_shuts_an_account_and_its_screen_goes_dark(here, screen):
    head, scribe = screen("quality_head"), screen("scribe")
    head.goto(head.url + "people")
    head.click('[data-user="scribe"] button')
    head.fill("#change form:nth-of-type(2) [name=reason]", "left the company")
    head.click("text=Shut the account")
    head.wait_for_selector('[data-user="scribe"] >> text=shut')
    scribe.wait_for_selector("#again[open]")
    scribe.fill("#again [type=password]", PASSWORD)
    scribe.keyboard.press("Enter")
    scribe.wait_for_selector("#again >> text=That is not your password.")
    assert here.room.accounts.find("scribe").disabled


def test_an_order_left_in_doubt_is_sent_again_with_its_key_and_done_once(here, screen):
    page, keys = screen("front_room"), []

    def doubt(route):
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) == 1:
            route.fetch()  # it is done, and the answer is lost
            route.fulfill(status=503, json={"error": "it may or may not be saved", "doubt": True})
        else:
            route.continue_()

    page.route("**/api/requests", doubt)
    page.keyboard.press("n")
    page.fill("#create [name=wording]", "The list of deviations")
    page.click("#create button.main")
    page.wait_for_selector("text=R1 taken down")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert [one.id for one in here.room.board(here["front_room"])[1]] == ["R1"]
