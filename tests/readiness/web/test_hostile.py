"""Every order and question of the API with what nobody sends by mistake: refused in words, never a failure of ours."""

import json
from urllib.parse import quote

import httpx
from tests.readiness.conftest import PASSWORD, REAL, client, served

from echelon.readiness.bench import questions

SIGNS = (
    "a\x00b",
    "\ud800",
    "' OR '1'='1",
    "%_\\",
    "\u202egnp.exe",
    "\r\nSet-Cookie: x=1",
    "../../etc/passwd",
    "9" * 400,
)
VALUES = (*SIGNS, 10**30, -(10**30), None, {}, [["x"]], ["\x00"], [10**30], float("inf"))
NAMES = ("name", "kind", "what", "form")
OWN = {"/api/events", "/api/sign-out", "/api/sign-in"}


def _escaped(text):
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _plain(name, schema):
    kinds = {one.get("type") for one in schema.get("anyOf", [schema])}
    if name == "inspection":
        return REAL
    choices = next((one["enum"] for one in schema.get("anyOf", [schema]) if "enum" in one), None)
    if choices:
        return choices[0]
    if name in {"day", "first_day", "due", "deadline", "on"}:
        return "2030-01-01"
    return 1 if kinds & {"integer", "number"} else True if "boolean" in kinds else ["x"] if "array" in kinds else "x"


def _calls(document):
    """Each order with one hostile part: in its address, a parameter, or a field beside good ones."""
    for path, methods in document["paths"].items():
        if path in OWN:
            continue
        base = path.replace("{name}", "R1").replace("{kind}", "request").replace("{what}", "gaps")
        base = base.replace("{form}", "csv")
        for method, one in methods.items():
            bare = {"content": b"{}"} if method == "post" else {}
            for text in SIGNS if "{" in path else ():
                raw = path
                for name in NAMES:
                    raw = raw.replace(f"{{{name}}}", _escaped(text))
                yield method, raw, bare
            for part in one.get("parameters", []):
                for text in SIGNS if part["in"] == "query" else ():
                    yield method, f"{base}?{part['name']}={_escaped(text)}", bare
            body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            form = document["components"]["schemas"].get(body.get("$ref", "").rpartition("/")[2], {})
            fields = form.get("properties", {})
            good = {name: _plain(name, schema) for name, schema in fields.items()}
            for name in fields:
                for value in VALUES:
                    yield method, base, {"content": json.dumps(good | {name: value}).encode()}
    for text in (b"[" * 100_000, b'{"a":' * 10_000, b"\xff\xfe", b"null", b'"x"'):
        yield "post", "/api/requests", {"content": text}


def test_nothing_that_is_sent_makes_the_room_fail(stage):
    questions.adopt_shipped(stage.room, stage["quality_head"])
    stage.until("preparing")
    failed, tried = [], 0
    with served(stage.room) as address, client(address, "quality_head") as opened:
        document = opened.get("/api/openapi.json").json()
        for method, path, rest in _calls(document):
            reply = opened.request(method, path, headers={"content-type": "application/json"}, **rest)
            tried += 1
            if reply.status_code >= 500 or "default-src 'none'" not in reply.headers["content-security-policy"]:
                failed.append((method, path, rest, reply.status_code, reply.text[:200]))
            assert "x" not in reply.cookies
    assert not failed
    assert tried > 3_000


def test_signing_in_with_a_sign_that_no_database_keeps_is_a_wrong_name(stage):
    with served(stage.room) as address:
        for path, how in (("/api/sign-in", "json"), ("/sign-in", "data")):
            reply = httpx.post(address + path, **{how: {"username": "a\x00b", "password": PASSWORD}})
            assert reply.status_code in {400, 403, 422}, reply.text


def test_our_own_failure_has_the_strict_headers_too(here, address, monkeypatch):
    def breaks(*args, **kwargs):
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(here.room, "people", breaks)
    with client(address, "quality_head") as opened:
        reply = opened.get("/api/people")
    assert reply.status_code == 500
    assert "its log says why" in reply.json()["error"]
    assert "secret" not in reply.text
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert reply.headers["cache-control"] == "no-store"
