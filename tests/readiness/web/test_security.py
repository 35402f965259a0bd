"""What stands before the pages: sessions, forged orders, foreign names, sizes, headers, and script in every field."""

import httpx
import pytest
from tests.readiness.conftest import PASSWORD, REAL, client

from echelon.readiness.records.accounts import IDLE
from echelon.readiness.room import fields
from echelon.readiness.web.session import COOKIE, csrf_of

NEW = {"inspection": REAL, "wording": "w"}
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def browser(address):
    """A client that keeps cookies, signed in by the page's form."""
    with httpx.Client(base_url=address, timeout=10) as opened:
        reply = opened.post("/sign-in", data={"username": "front_room", "password": PASSWORD})
        assert reply.status_code == 303
        yield opened


def csrf(opened):
    return csrf_of(opened.cookies[COOKIE])


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(browser):
    reply = browser.post("/sign-in", data={"username": "front_room", "password": PASSWORD})
    told = reply.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=strict" in told


def test_an_order_with_a_cookie_needs_the_pages_own_word(browser):
    assert browser.post("/api/requests", json=NEW).status_code == 403
    assert browser.post("/api/requests", json=NEW, headers={"x-csrf-token": "0" * 64}).status_code == 403
    assert browser.post("/api/requests", json=NEW, headers={"x-csrf-token": csrf(browser)}).status_code == 200
    assert browser.post("/sign-out", data={"csrf": "wrong"}).status_code == 403
    assert browser.get("/api/me").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:1"},
    ],
)
def test_an_order_from_another_site_is_refused(browser, headers):
    for path in ("/api/requests", "/sign-in", "/sign-out", "/api/sign-in"):
        reply = browser.post(path, json=NEW, headers={"x-csrf-token": csrf(browser), **headers})
        assert reply.status_code == 403
        assert "another site" in reply.text


def test_a_page_cannot_send_json_by_a_form(browser):
    headers = {"x-csrf-token": csrf(browser), "content-type": "text/plain"}
    assert browser.post("/api/requests", content='{"inspection":"x"}', headers=headers).status_code == 422


def test_another_name_is_not_served(address):
    for host in ("evil.example", "127.0.0.1.evil.example", "", "[::2]"):
        reply = httpx.get(f"{address}/sign-in", headers={"host": host})
        assert reply.status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/sign-in",
        "/",
        "/people",
        "/trail",
        "/standards",
        "/drills",
        "/audits",
        "/translation",
        "/ready",
        "/reference",
        "/nothing",
        "/api/me",
        "/static/room.js",
    ],
)
def test_every_answer_has_the_strict_headers(browser, path):
    reply = browser.get(path)
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["cache-control"] == "no-store"
    if reply.headers["content-type"].startswith("text/html"):
        assert "<script>" not in reply.text
        assert "style=" not in reply.text
        assert "onclick" not in reply.text


def test_too_large_is_refused_whole(browser):
    headers = {"x-csrf-token": csrf(browser)}
    assert browser.post("/api/requests", json=NEW | {"wording": "x" * 400_000}, headers=headers).status_code == 413
    assert browser.post("/api/requests", json=NEW | {"wording": "x" * 4_001}, headers=headers).status_code == 422

    def parts():
        for _ in range(40):
            yield b"x" * 10_000

    kind = headers | {"content-type": "application/json"}
    assert browser.post("/api/requests", content=parts(), headers=kind).status_code == 413


def test_without_a_session_nothing_is_told(address):
    document = httpx.get(f"{address}/api/openapi.json").json()
    tried = 0
    for path, methods in document["paths"].items():
        if path == "/api/sign-in":
            continue
        for method in methods:
            reply = httpx.request(method, address + path.replace("{name}", "R1").replace("{kind}", "request"), json={})
            assert reply.status_code in {401, 422}, (path, method)
            if reply.status_code == 422:
                assert method == "post"
            tried += 1
    assert tried > 40
    for path in ("/", "/people", "/reference"):
        assert httpx.get(address + path).headers["location"] == "/sign-in"


def test_a_session_that_ended_is_told_so(here, browser):
    here.clock.ahead = IDLE * 1.1
    assert browser.get("/api/items").status_code == 401
    assert browser.get("/").status_code == 303
    assert "ended" in browser.get("/api/items").json()["error"]


def test_signing_out_ends_the_session_everywhere(browser):
    token = browser.cookies[COOKIE]
    assert browser.post("/sign-out", data={"csrf": csrf(browser)}).status_code == 303
    reply = httpx.get(f"{browser.base_url}/api/me", headers={"authorization": f"Bearer {token}"})
    assert reply.status_code == 401


def test_every_text_field_of_every_order_takes_script_as_text_or_refuses(here, address):
    """All orders in the API's own description, script in every field that is text."""
    document = httpx.get(f"{address}/api/openapi.json").json()
    schemas = document["components"]["schemas"]
    tried = 0
    with client(address, "quality_head") as opened:
        item = here.until("released")
        for path, methods in document["paths"].items():
            body = methods.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json", {})
            name = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if not name or path in {"/api/sign-in"} or "accounts/{name}" in path:
                continue
            for part in schemas[name].get("properties", {}):
                values = dict.fromkeys(schemas[name].get("required", []), SCRIPT) | {part: SCRIPT}
                values |= {"inspection": REAL} if "inspection" in values and part != "inspection" else {}
                reply = opened.post(path.replace("{name}", item).replace("{kind}", "request"), json=values)
                assert reply.status_code < 500, (path, part, reply.text)
                assert reply.headers["content-type"].startswith("application/json")
                tried += 1
        for page in ("/", "/people", "/reference"):
            assert SCRIPT not in opened.get(page).text
    assert tried > 40


def test_every_form_forbids_what_it_does_not_know():
    for name, form in vars(fields).items():
        if isinstance(form, type) and issubclass(form, fields.Fields):
            assert form.model_config["extra"] == "forbid", name


def test_files_of_the_program_are_not_served(browser):
    for name in ("../app.py", "..%2fapp.py", "shared.js.map", "__init__.py", "../templates/base.html"):
        assert browser.get(f"/static/{name}").status_code in {400, 404}


def test_a_document_comes_back_to_be_saved_and_not_to_be_run(here, browser):
    headers = {"x-csrf-token": csrf(browser)}
    file = {"file": ("../../evil.html", SCRIPT.encode(), "text/html")}
    made = browser.post("/api/documents", files=file, headers=headers)
    assert made.status_code == 200, made.text
    reply = browser.get(f"/api/documents/{made.json()['id']}/content")
    assert reply.headers["content-type"].startswith("text/plain")
    assert reply.headers["content-disposition"].startswith("attachment")
    assert "evil.html" in reply.headers["content-disposition"]
    assert ".." not in reply.headers["content-disposition"]
    assert (
        browser.post(
            "/api/documents", files={"file": ("a.pdf", b"MZ\0", "application/pdf")}, headers=headers
        ).status_code
        == 422
    )


def test_a_failure_of_our_own_is_told_without_its_inside(here, address, monkeypatch):
    def breaks(*args, **kwargs):
        raise RuntimeError("secret of the inside")

    with client(address, "quality_head") as opened:
        monkeypatch.setattr(here.room, "people", breaks)
        reply = opened.get("/api/people")
    assert reply.status_code == 500
    assert "secret" not in reply.text
