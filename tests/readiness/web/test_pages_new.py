# ruff: noqa: F811 - fixtures of other files are taken by their names
"""A room that was begun with one quality head and nothing else: all the rest is entered on its pages, in a browser."""

import pytest
from tests.readiness.conftest import PASSWORD, served
from tests.readiness.web.test_pages import browser, until  # noqa: F401 - a fixture

from echelon.readiness.records.anchors import key_in
from echelon.readiness.records.database import Database, url_of
from echelon.readiness.records.store import MACHINE, Store
from echelon.readiness.room.room import Room

pytestmark = pytest.mark.pages


@pytest.fixture
def begun(tmp_path, keys, kept_hash):
    room = Room(Store(Database(url_of(tmp_path), durable=False)), key_in(keys))
    room.store.open()
    room.accounts.create(MACHINE, "anna", "Anna Berg", "", frozenset({"quality_head"}), kept=kept_hash)
    yield room
    room.store.database.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_newcomer_finds_where_an_inspection_is_entered_and_closed(begun, browser, width):
    with served(begun) as address:
        context = browser.new_context(viewport={"width": width, "height": 800})
        page = context.new_page()
        page.set_default_timeout(10_000)
        said = []
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{address}/sign-in")
        page.fill("[name=username]", "anna")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_selector("#live.on")
        assert page.is_disabled("#new")
        page.click("#none a")
        page.wait_for_selector("#live.on")
        page.fill("#enter [name=id]", "pli-2027")
        page.fill("#enter [name=name]", "Pre-licence inspection")
        page.fill("#enter [name=first_day]", "2027-03-01")
        page.press("#enter [name=first_day]", "Enter")
        page.wait_for_selector('#inspections [data-id="pli-2027"] >> text=from 2027-03-01')
        until(lambda: page.input_value("#inspection") == "pli-2027")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.goto(f"{address}/people")
        page.fill("#account [name=username]", "ines")
        page.fill("#account [name=name]", "Ines")
        page.fill("#account [name=password]", PASSWORD)
        page.check("#account [value=inspector]")
        page.select_option("#account [name=inspection]", "pli-2027")
        page.click("#account button.main")
        page.wait_for_selector("#made >> text=Ines can sign in as ines")
        page.goto(address)
        page.wait_for_selector("#live.on")
        assert page.is_hidden("#none")
        page.keyboard.press("n")
        page.fill("#create [name=wording]", "The site master file")
        page.click("#create button.main")
        page.wait_for_selector('[data-id="R1"]')
        page.goto(f"{address}/desk")
        page.wait_for_selector("#live.on")
        page.fill('#inspections [data-id="pli-2027"] input', "it is over")
        page.press('#inspections [data-id="pli-2027"] input', "Enter")
        page.wait_for_selector("#inspections >> text=closed")
        context.close()
    assert said == []
    body = begun.board(begun.accounts.actor(begun.accounts.sign_in("anna", PASSWORD)), kinds=("inspection",))[1][0].body
    assert (body["state"], body["mock"], body["days"]) == ("closed", False, 5)
