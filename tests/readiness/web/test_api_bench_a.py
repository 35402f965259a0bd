"""Standards, questions, drills and decks over HTTP: files in and out, refusals by role, nothing for outsiders."""

import io

import httpx
import pytest
from tests.readiness.bench.test_roles_a import CSV, PROFILE, WORDING
from tests.readiness.conftest import client

from echelon.readiness.bench import drills, questions, standards
from echelon.readiness.questions.bank import bank

ROOTS = {"profiles", "slots", "libraries", "bank", "procedures", "drills", "decks"}
PAGES = ("/standards", "/bank", "/drills", "/decks")
GETS = (
    "/api/standards", "/api/clause?name=21CFR211.22", "/api/words", "/api/profiles", "/api/slots", "/api/bank",
    "/api/bank/export", "/api/procedures", "/api/drills/next", "/api/drills/duties", "/api/drills/map",
    "/api/drills/cover", "/api/drills/people/x", "/api/drills/people/x/stand-ins", "/api/decks", "/api/deck.pptx",
)  # fmt: skip


@pytest.fixture
def stocked(here):
    head = here["quality_head"]
    standards.set_profile(here.room, head, PROFILE)
    questions.put(here.room, head, bank()[:12], approved=True)
    drills.set_duty(here.room, head, {"person": here["runner"].account, "topics": "quality-unit"})
    return here


@pytest.mark.parametrize("role", ["inspector", "mock_auditor"])
def test_an_outsider_finds_nothing_of_it(stocked, address, role):
    with client(address, role) as opened:
        for path in GETS:
            reply = opened.get(path)
            assert reply.status_code in {403, 404}, path
            assert "quality-unit" not in reply.text
        for path in PAGES:
            assert opened.get(path).status_code == 404
        paths = opened.get("/api/openapi.json").json()["paths"]
        ours = [path for path, one in paths.items() if "post" in one and path.split("/")[2] in ROOTS]
        assert len(ours) == 17
        before = stocked.room.store.head()
        for path in ours:
            reply = opened.post(path.replace("{name}", "x"), json={})
            assert reply.status_code in {403, 404, 422}, path
        assert stocked.room.store.head() == before


def test_nobody_without_a_session_reads_any_of_it(address):
    for path in (*GETS, *PAGES):
        reply = httpx.get(address + path)
        assert reply.status_code in {303, 401}, path


def test_a_bank_goes_out_by_page_and_comes_back(stocked, address):
    with client(address, "quality_head") as opened:
        for form in ("csv", "xlsx"):
            reply = opened.get("/api/bank/export", params={"form": form})
            assert reply.headers["content-disposition"] == f'attachment; filename="questions.{form}"'
            file = {"file": (f"questions.{form}", reply.content)}
            again = opened.post("/api/bank/import", files=file)
            assert (again.status_code, "as it is" in again.text) == (409, True)
        changed = opened.get("/api/bank/export?form=csv").content.replace(b"Who can stop", b"Who may stop")
        told = opened.post("/api/bank/import", files={"file": ("q.csv", changed)}, data={"approved": "true"}).json()
        assert (told["new"], told["changed"], told["same"]) == ([], [bank()[0].question_id], 11)
        wrong = opened.post("/api/bank/import", files={"file": ("../../q.csv", b"question_id\nx\n")})
        assert wrong.status_code == 422
        assert "q.csv:1:1: R005 column `clauses` is missing" in wrong.json()["error"]
        large = opened.post("/api/bank/import", files={"file": ("q.csv", b"x" * 4_000_001)})
        assert (large.status_code, "4,000,000" in large.text) == (422, True)
        huge = opened.post("/api/bank/import", files={"file": ("q.csv", b"x" * 27_000_000)})
        assert huge.status_code == 413
    with client(address, "subject_expert") as opened:
        assert opened.post("/api/bank/import", files={"file": ("q.csv", changed)}).status_code == 403


def test_a_library_comes_by_page(stocked, address):
    with client(address, "quality_head") as opened:
        data = {"id": "who", "name": "WHO"}
        assert opened.post("/api/libraries", data=data, files={"clauses": ("w.csv", CSV)}).json()["id"] == "who"
        found = opened.get("/api/standards", params={"search": "WHO-1"}).json()
        assert [one["id"] for one in found["clauses"]] == ["WHO-1"]
        assert opened.post("/api/libraries/who/retire", json={"reason": "r"}).status_code == 200
        assert opened.get("/api/standards", params={"search": "WHO-1"}).json()["clauses"] == []


def test_an_order_sent_twice_is_done_once_and_an_old_version_is_refused(stocked, address):
    with client(address, "quality_head") as opened:
        new = WORDING | {"id": "once-01"}
        key = {"idempotency-key": "k1"}
        assert len({opened.post("/api/bank", json=new, headers=key).json()["seq"] for _ in range(3)}) == 1
        assert opened.post("/api/bank", json=new).status_code == 409
        path = "/api/slots/site.cleaning-1"
        assert opened.post(path, json={"state": "ready"}, headers={"if-match": "0"}).status_code == 200
        assert opened.post(path, json={"state": "open"}, headers={"if-match": "0"}).status_code == 409


def test_a_drill_is_asked_answered_and_shown(stocked, address):
    who = stocked["runner"].account
    with client(address, "runner") as opened:
        own = opened.get("/api/drills/next", params={"person": who}).json()
        assert own
        assert "points" not in own[0]
        assert opened.get("/api/drills/next").status_code == 403
        given = {"person": stocked["scribe"].account, "question": own[0]["question"], "said": [1]}
        assert opened.post("/api/drills/answers", json=given).status_code == 403
    with client(address, "scribe") as opened:
        given = {"person": who, "question": own[0]["question"], "said": [1, 2, 3], "seconds": 40}
        assert opened.post("/api/drills/answers", json=given).status_code == 200
        assert opened.get("/api/drills/map").json()["cells"] == []
        assert opened.get(f"/api/drills/people/{who}").status_code == 403
    with client(address, "runner") as opened:
        assert opened.get("/api/drills/map").json()["cells"][0]["person"] == who
        assert opened.get(f"/api/drills/people/{who}").json()[0]["mark"] == "easy"


def test_slides_come_as_a_file_to_be_saved(stocked, address):
    with client(address, "translator") as opened:
        reply = opened.get("/api/deck.pptx", params={"topics": "quality-unit"})
        assert reply.headers["content-disposition"] == 'attachment; filename="drill-quality-unit.pptx"'
        from pptx import Presentation

        assert len(list(Presentation(io.BytesIO(reply.content)).slides)) == 2
        for topics in ('x"\r\nset-cookie: a=b', "../../x", "nothing"):
            assert opened.get("/api/deck.pptx", params={"topics": topics}).status_code == 404


def test_what_is_never_a_number_is_refused(stocked, address):
    with client(address, "quality_head") as opened:
        for query in ("sure=2", "sure=nan", "each=0", "each=x"):
            assert opened.get(f"/api/drills/cover?{query}").status_code == 422
        for most in ("0", "61", "-1", "1e9"):
            assert opened.get(f"/api/drills/next?most={most}").status_code == 422
        assert opened.get("/api/bank/export?form=exe").status_code == 422
