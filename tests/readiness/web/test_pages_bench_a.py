"""Pages of standards, questions, drills and decks in a real browser: by mouse, by keyboard, on a tablet and a phone."""

import time

import pytest
from tests.readiness.bench.test_roles_a import CSV, PROFILE, WORDING
from tests.readiness.conftest import PASSWORD
from tests.readiness.web.test_pages import HOSTILE, browser, screen, until

from echelon.readiness.bench import drills, questions, reading, recall, standards
from echelon.readiness.questions.bank import bank

pytestmark = pytest.mark.pages
__all__ = ["browser", "screen"]


@pytest.fixture
def stocked(here):
    head = here["quality_head"]
    standards.set_profile(here.room, head, PROFILE)
    questions.put(here.room, head, bank()[:60], approved=True, owners={"quality-unit": here["subject_expert"].account})
    drills.set_duty(here.room, head, {"person": here["subject_expert"].account, "topics": "quality-unit;cleaning"})
    return here


def at(page, name):
    page.goto(f"{page.url.rstrip('/')}/{name}")
    page.wait_for_selector("#live.on")
    return page


def late(route):
    """An answer that takes its time: what is closed before it comes shows what was before."""
    time.sleep(0.5)
    route.continue_()


def test_a_profile_is_set_and_a_slot_gets_an_owner_on_the_page(here, screen):
    page = at(screen("quality_head"), "standards")
    page.click("#set")
    page.fill("#dialog [name=id]", "plant")
    page.fill("#dialog [name=name]", "Plant")
    page.check("#dialog [value='NMPA']")
    page.fill("#dialog [name=day]", "2199-01-10")
    page.click("#dialog button.main")
    page.wait_for_selector("#figures >> text=clauses count")
    assert here.room.get(here["runner"], "profile", "plant").body["authorities"] == ["FDA", "NMPA"]
    page.click("#slots button.open >> nth=0")
    page.select_option("#dialog [name=owner]", label="Subject Expert")
    page.fill("#dialog [name=minutes]", "17")
    page.route("**/api/slots?*", late)
    page.click("#dialog form button.main")
    page.wait_for_selector("#dialog:not([open])", state="attached")
    assert "Subject Expert" in page.inner_text("#slots tbody tr >> nth=0")
    page.unroute("**/api/slots?*")
    owned = reading.slots_of(here.room, here["runner"], owner=here["subject_expert"].account)
    assert [one["minutes"] for one in owned] == [17]
    page.click("#slots button.open >> nth=0")
    page.click("#dialog summary >> text=History (1)")
    page.keyboard.press("Escape")
    page.fill("#search", "21CFR211.67")
    page.click("#clauses button.open >> nth=0")
    page.wait_for_selector("#dialog >> text=Same matter elsewhere")


def test_a_library_with_a_fault_says_which_and_a_good_one_is_joined(stocked, screen):
    page = at(screen("quality_head"), "standards")
    page.click("#library")
    page.fill("#dialog [name=id]", "who")
    page.fill("#dialog [name=name]", HOSTILE[:100])
    file = {"name": "who.csv", "mimeType": "text/csv", "buffer": CSV.replace(b",section,", b",<b>,")}
    page.set_input_files("#dialog [name=clauses]", file)
    page.click("#dialog button.main")
    page.wait_for_selector("#dialog .messages >> text=who.csv:2")
    page.set_input_files("#dialog [name=clauses]", file | {"buffer": CSV})
    page.click("#dialog button.main")
    page.wait_for_selector("#libraries >> text=who.csv")
    assert page.evaluate("window.caught") is None


def test_a_question_is_written_approved_and_found_on_the_page(stocked, screen):
    expert = at(screen("subject_expert"), "bank")
    expert.click("#new")
    typed = {"id": "own-01", "question": f"Who? {HOSTILE}", "points": "one\ntwo\nthree", "evidence": HOSTILE}
    for name, text in (typed | {"clauses": "21CFR211.22"}).items():
        expert.fill(f"#dialog [name={name}]", text)
    expert.click("#dialog form button.main")
    expert.wait_for_selector("#dialog:not([open])", state="attached")
    head = at(screen("quality_head"), "bank")
    head.select_option("#state", "draft")
    head.click("[data-id='own-01'] button.open")
    head.wait_for_selector("#dialog ol >> text=three")
    head.click("#dialog >> text=Approve")
    until(lambda: stocked.room.get(stocked["runner"], "practice", "own-01").body["state"] == "approved")
    expert.wait_for_selector("#figures >> text=drafts")
    expert.fill("#search", "own-01")
    until(lambda: expert.locator("#questions tr[data-id]").count() == 1)
    assert expert.text_content("[data-id='own-01'] .tag") in {"approved", "draft"}
    for page in (expert, head):
        assert page.evaluate("window.caught") is None


def test_a_changed_procedure_shows_its_questions_stale_and_they_are_approved_again(stocked, screen):
    head = stocked["quality_head"]
    questions.set_procedure(stocked.room, head, {"name": "SOP 7", "fingerprint": "v1"})
    made = questions.new_question(
        stocked.room, stocked["subject_expert"], WORDING | {"id": "p-1", "procedure": "SOP 7"}
    ).id
    questions.approve(stocked.room, head, made)
    page = at(screen("quality_head"), "bank")
    page.click("#procedures >> text=It has changed")
    page.fill("#dialog [name=fingerprint]", "v2")
    page.click("#dialog form button.main")
    page.wait_for_selector("#dialog:not([open])", state="attached")
    page.select_option("#state", "stale")
    page.click("[data-id='p-1'] button.open")
    page.click("#dialog >> text=Approve again, still right")
    until(lambda: stocked.room.get(head, "practice", made).body["mark"] == "v2")


def test_a_drill_is_graded_by_keyboard_alone(stocked, screen):
    page = at(screen("scribe"), "drills")
    page.focus("#next button.open")
    page.keyboard.press("Enter")
    page.wait_for_selector("#dialog[open] .points")
    assert page.evaluate("document.activeElement.type") == "checkbox"
    for key in ("1", "2", "3", "s", "s", "Enter"):
        page.keyboard.press(key)
    page.wait_for_selector("#dialog:not([open])", state="attached")
    kept = recall.person_of(stocked.room, stocked["quality_head"], stocked["subject_expert"].account)
    assert [(one["said"], one["mark"], one["grader"]) for one in kept] == [
        ([1, 2, 3], "easy", stocked["scribe"].account)
    ]


def test_a_person_sees_own_questions_without_points_and_own_cells_only(stocked, screen):
    drills.set_duty(stocked.room, stocked["quality_head"], {"person": stocked["runner"].account, "topics": "cleaning"})
    page = at(screen("runner"), "drills")
    page.click("#next button.open >> nth=0")
    page.wait_for_selector("#dialog[open]")
    assert page.locator("#dialog .points").count() == 0
    page.keyboard.press("Escape")
    assert page.locator("#map tbody tr").count() == 1
    assert not page.is_visible("#cover-part")


def test_the_map_is_drawn_by_topic_by_person_and_whole_and_tells_who_can_stand_in(stocked, screen):
    for who in ("subject_expert", "runner"):
        drills.set_duty(
            stocked.room, stocked["quality_head"], {"person": stocked[who].account, "topics": "quality-unit"}
        )
        for one in bank()[:3]:
            given = {"person": stocked[who].account, "question": one.question_id, "said": [1, 2, 3]}
            drills.give_answer(stocked.room, stocked["scribe"], given)
    page = at(screen("back_room"), "drills")
    assert page.locator("#map .chips li").count() == 2
    page.select_option("#by", "map")
    assert page.locator("#map .heat td").count() == 2
    page.select_option("#by", "person")
    page.click("#map >> text=Runner")
    page.wait_for_selector("#dialog >> text=Subject Expert")
    page.keyboard.press("Escape")
    page.select_option("#sure", "0.4")
    page.wait_for_selector("#cover-words >> text=1 topics")


def test_a_deck_page_is_written_by_who_answers_and_saved_as_slides(stocked, screen):
    page = at(screen("subject_expert"), "decks")
    page.click("[data-id='quality-unit'] button.open")
    page.fill("#dialog [name=claim]", HOSTILE[:110])
    page.select_option("#dialog [name=backup]", label="Scribe")
    page.click("#dialog form button.main")
    page.wait_for_selector("[data-id='quality-unit'] >> text=written")
    with page.expect_download() as saved:
        page.click("[data-id='quality-unit'] a")
    assert saved.value.suggested_filename == "drill-quality-unit.pptx"
    assert page.evaluate("window.caught") is None
    page.click("[data-id='purchase-supply'] button.open, tbody tr:last-child button.open")
    assert page.locator("#dialog form").count() == 0


@pytest.mark.parametrize(("width", "height"), [(390, 800), (820, 1180), (1280, 800)])
def test_pages_fit_phone_tablet_and_desk(stocked, screen, width, height):
    long = "word" * 30
    standards.set_slot(stocked.room, stocked["quality_head"], "site.quality-unit-1", {"place": long, "note": long * 20})
    questions.new_question(
        stocked.room, stocked["quality_head"], WORDING | {"id": "x" * 60, "question": "x" * 3000, "evidence": long}
    )
    drills.set_deck(stocked.room, stocked["quality_head"], "quality-unit", {"claim": long})
    page = screen("quality_head", width, height)
    base = page.url
    for name in ("standards", "bank", "drills", "decks"):
        page.goto(base + name)
        page.wait_for_selector("#live.on")
        page.wait_for_selector("main tbody tr")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        small = page.evaluate(
            "Math.min(...[...document.querySelectorAll('button:not([hidden])')].map((one) => one.offsetHeight))"
        )
        assert small >= 44, name
        page.click("main button.open >> nth=0")
        page.wait_for_selector("#dialog[open]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate("dialog.scrollWidth <= dialog.clientWidth"), name
        page.keyboard.press("Escape")


def test_a_live_question_is_matched_and_stands_beside_the_practised_one_which_is_signed(stocked, screen):
    key = bank()[0].question_id
    front = screen("front_room")
    front.keyboard.press("n")
    front.fill("#create [name=wording]", f"Who may stop a batch? {HOSTILE}")
    front.select_option("#create [name=kind]", "questions")
    until(lambda: front.evaluate("document.querySelector('#create datalist').options.length") == 60)
    front.fill("#create [name=bank]", key)
    front.click("#create button.main")
    front.click('[data-id="Q1"]')
    front.click("#practised summary")
    front.wait_for_selector(f"#practised >> text={bank()[0].points[0]}")
    assert front.locator("#item >> text=null").count() == 0
    front.click("#item >> text=Answered")
    front.fill("#item [name=given]", "The person on shift")
    front.click("#item form button.main")
    head = at(screen("quality_head", 820), "bank")
    head.fill("#search", key)
    until(lambda: head.locator("#questions tr[data-id]").count() == 1)
    head.click(f"[data-id='{key}'] button.open")
    head.wait_for_selector("#dialog >> text=Asked 1 × in inspections")
    head.wait_for_selector("#dialog >> text=The person on shift")
    head.click("#dialog button >> text=Sign")
    head.select_option("#dialog [name=meaning]", "approved")
    head.fill("#dialog [type=password]", PASSWORD)
    head.click("#dialog button.main >> text=Sign")
    head.wait_for_selector(f"[data-id='{key}'] .tag >> text=signed")
    for page in (front, head):
        assert page.evaluate("window.caught") is None


def test_how_well_recall_was_predicted_is_shown_to_who_looks(stocked, screen):
    for width in (390, 1280):
        page = at(screen("back_room", width), "drills")
        assert page.text_content("#held") == ""
        page.click("#held-more summary")
        page.wait_for_selector("#held-words >> text=Too few to say: 0 answers")
        assert page.locator("#held tbody tr").count() == 6
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    own = at(screen("subject_expert"), "drills")
    assert not own.is_visible("#held-part")
