# ruff: noqa: F811 - fixtures of other files are taken by their names
"""Pages of audits, findings, translation and readiness in a real browser: blind, live, by keyboard, on a tablet."""

import pytest
from tests.readiness.bench.conftest import audit  # noqa: F401 - a fixture
from tests.readiness.conftest import PASSWORD
from tests.readiness.web.test_pages import HOSTILE, browser, screen, until  # noqa: F401 - fixtures

from echelon.readiness.bench import translation

pytestmark = pytest.mark.pages

WIDTHS = [(390, 800), (820, 1180), (1280, 800)]


@pytest.fixture
def auditor_of(browser, address):
    """A mock auditor's browser, on the page of findings."""
    contexts, said = [], []

    def sign_in(username, width=1280):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{address}/sign-in")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.click("nav >> text=Findings")
        page.wait_for_selector("#live.on")
        page.wait_for_selector("#rounds >> text=Open:")
        return page

    yield sign_in
    for context in contexts:
        context.close()
    assert said == []


def on(page, path):
    page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/")[2] + path)
    page.wait_for_selector("#live.on")
    return page


def test_a_finding_is_logged_by_keyboard_and_no_other_auditor_sees_it(audit, auditor_of, screen):
    first, second = auditor_of("aud1"), auditor_of("aud2", 820)
    head = on(screen("quality_head"), "/audits")
    first.focus("#log [name=wording]")
    first.keyboard.type(f"a seal {HOSTILE}")
    first.keyboard.press("Tab")
    first.keyboard.type("major")
    for _ in range(4):
        first.keyboard.press("Tab")
    first.keyboard.press("Enter")
    first.wait_for_selector("#logged >> text=A1-A1 is logged")
    head.wait_for_selector("#findings >> text=A1-A1")
    audit.log(1, "dust")
    second.wait_for_selector("#findings >> text=dust")
    assert "a seal" not in second.content()
    second.fill("#log [name=wording]", "half a sentence")
    audit.close()
    second.wait_for_selector("#findings >> text=a seal")
    second.wait_for_selector("#rounds >> text=No round is open.")
    assert second.input_value("#log [name=wording]") == "half a sentence"
    second.wait_for_selector("#logged >> text=what you wrote here is not logged")
    head.wait_for_selector('#findings [data-id="A1-A1"] button')
    assert first.evaluate("window.caught") is None
    assert head.evaluate("window.caught") is None
    assert second.evaluate("document.documentElement.scrollWidth") <= 820


def test_findings_are_matched_and_a_gap_is_repaired_on_the_page(audit, here, screen):
    for auditor in range(3):
        audit.log(auditor, f"a worn seal {HOSTILE}", grade="major")
    audit.close()
    head = on(screen("quality_head"), "/audits")
    head.click('#findings [data-id="A1-A1"] button')
    head.fill("#dialog [name=title]", f"Seal {HOSTILE[:60]}")
    head.click("#dialog button >> text=Match")
    head.wait_for_selector("#dialog:not([open])", state="attached")
    for finding in ("A1-B1", "A1-C1"):
        head.click(f'#findings [data-id="{finding}"] button')
        head.select_option("#dialog [name=gap]", "G1")
        head.click("#dialog button >> text=Match")
        head.wait_for_selector("#dialog:not([open])", state="attached")
    head.wait_for_selector("#said >> text=1 gaps were found")
    head.wait_for_selector("#ranges svg")
    head.click('#gaps [data-id="G1"] button')
    head.click("#dialog >> text=Plan repair")
    head.fill("#dialog [name=cause]", "worn")
    head.fill("#dialog [name=action]", "a new one")
    head.select_option("#dialog [name=owner]", label="Subject Expert")
    head.fill("#dialog [name=due]", "2026-02-01")
    head.click("#dialog form button.main")
    head.wait_for_selector("#dialog:not([open])", state="attached")
    expert = on(screen("subject_expert", 820, 1180), "/audits")
    assert expert.locator("#unseen").is_hidden()
    expert.click('#gaps [data-id="G1"] button')
    expert.click("#dialog >> text=Repaired")
    expert.fill("#dialog [name=proof]", "work order 17")
    expert.click("#dialog form button.main")
    head.wait_for_selector('#gaps [data-id="G1"] >> text=repaired')
    head.click('#gaps [data-id="G1"] button')
    head.click("#dialog .steps >> text=Recheck")
    head.select_option("#dialog [name=effective]", "true")
    head.fill("#dialog [name=note]", "tight")
    head.click("#dialog form button.main")
    expert.wait_for_selector('#gaps [data-id="G1"] >> text=closed')
    assert here.room.get(here["scribe"], "gap", "G1").body["state"] == "closed"
    assert head.evaluate("window.caught") is None
    assert expert.evaluate("window.caught") is None


def test_a_round_is_entered_and_its_auditors_named_on_the_page(here, screen):
    head = on(screen("quality_head"), "/audits")
    head.click("#new")
    head.select_option("#dialog [name=inspection]", "mock-1")
    head.fill("#dialog [name=name]", "First")
    head.fill("#dialog [name=first_day]", "2026-01-12")
    head.click("#dialog form button.main")
    head.click('#rounds [data-id="A1"] button')
    head.click("#dialog >> text=Name an auditor")
    head.select_option("#dialog [name=auditor]", label="Mock Auditor")
    head.click("#dialog form button.main")
    until(lambda: here.room.get(here["scribe"], "round", "A1").body["auditors"] == [here["mock_auditor"].account])


def test_a_file_is_brought_and_words_go_on_on_the_page(here, screen):
    page = on(screen("translator", 820, 1180), "/translation")
    page.click("#bring")
    text = '<xliff version="1.2"><file source-language="zh" target-language="en"><body><trans-unit id="1"><source>'
    text += "one two three</source></trans-unit></body></file></xliff>"
    file = {"name": f"{HOSTILE[:40]}.xlf", "mimeType": "text/xml", "buffer": text.encode()}
    page.set_input_files("#dialog [type=file]", file)
    page.click("#dialog form button.main")
    page.click('#documents [data-id="T1"] button')
    page.click("#dialog >> text=Progress")
    page.fill("#dialog [name=translated]", "2")
    page.click("#dialog form button.main")
    page.wait_for_selector('#documents [data-id="T1"] >> text=66 %')
    assert here.room.get(here["scribe"], "translation", "T1").body["counts"]["translated"] == 2
    assert page.evaluate("window.caught") is None
    page.wait_for_selector("#daily rect", state="attached")


@pytest.mark.parametrize(("width", "height"), WIDTHS)
def test_fits_phone_tablet_and_desk(audit, here, screen, width, height):
    for auditor in range(3):
        audit.log(auditor, "word " * 100 + "x" * 300)
    audit.close()
    for letter in "ABC":
        audit.match(f"A1-{letter}1")
    told = {"title": "y" * 110, "source": "zh", "target": "en", "words": 90_000_000}
    translation.new_translation(here.room, here["translator"], told)
    translation.set_team(here.room, here["back_room"], {"translators": 9, "deadline": "2030-01-01"})
    page = screen("quality_head", width, height)
    for path, ready in (("/audits", "#ranges svg"), ("/translation", "#finish svg"), ("/ready", "#chart svg")):
        on(page, path).wait_for_selector(ready)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        small = (
            "[...document.querySelectorAll('button')].filter(one => one.offsetHeight && one.offsetHeight < 44).length"
        )
        assert page.evaluate(small) == 0, path


def test_the_rows_of_a_company_are_shown_exactly(here, screen):
    page = on(screen("back_room"), "/ready")
    page.wait_for_selector("#parts table")
    page.fill("#into [name=site]", "suzhou")
    page.fill("#into [name=territory]", "us")
    page.press("#into [name=territory]", "Enter")
    page.wait_for_selector("#rows textarea")
    assert page.input_value("#rows textarea >> nth=0") == "site,territory,readiness\nsuzhou,us,0.5000"
    assert "people" in page.text_content("#said")
