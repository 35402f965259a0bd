"""Handing over: the file is whole, readable alone, safe to open, and holds what it says and nothing else."""

import csv
import hashlib
import io
import json
import re
import zipfile

import pytest
from tests.cli.conftest import within
from tests.readiness.conftest import MOCK, PASSWORD, REAL, client

from echelon.readiness.handover.pack import handed_over
from echelon.readiness.records.anchors import key_in, set_anchor
from echelon.readiness.records.problems import InvalidError, NotThereError, RefusedError
from echelon.readiness.records.roles import ROLES
from echelon.readiness.room import desk, documents, signing
from echelon.readiness.verifier import SqliteReader, verify

SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://evil.example","open")'


@pytest.fixture
def busy(here, tmp_path):
    """An inspection with a released answer that is worked on again, a document in each part, and another inspection."""
    item = here.until("preparing", wording=FORMULA, topic=SCRIPT)
    given = documents.upload(here.room, here["runner"], {"name": "../sop <1>.html"}, b"given").id
    here.room.do(here["runner"], "attach", item, {"document": given})
    here.room.do(here["subject_expert"], "submit", item, {})
    here.room.do(here["back_room"], "approve", item, {})
    here.room.do(here["front_room"], "release", item, {})
    here.room.do(here["quality_head"], "reopen", item, {"reason": "a page is missing"})
    kept = documents.upload(here.room, here["runner"], {"name": "draft.txt"}, b"kept inside").id
    here.room.do(here["runner"], "attach", item, {"document": kept})
    here.room.do(here["back_room"], "write", item, {"answer": "+secret new answer"})
    documents.upload(here.room, here["runner"], {"name": "other.txt"}, b"of nobody")
    here.room.receive(here["mock_auditor"], "request", {"inspection": MOCK, "wording": "of the mock audit"})
    here.asked(wording="not released yet")
    note = desk.new_note(here.room, here["scribe"], {"inspection": REAL, "title": "@day 1"}).id
    desk.save_note(here.room, here["scribe"], note, {"text": f"-asked twice\n{SCRIPT}"})
    desk.promise(here.room, here["scribe"], {"inspection": REAL, "text": "t", "owner": here["scribe"].account})
    desk.wrap_up(here.room, here["scribe"], {"inspection": REAL, "day": "2026-03-02", "remarks": "calm"})
    key = key_in(tmp_path)
    version = here.room.get(here["back_room"], "request", item).version
    told = {"meaning": "reviewed", "password": PASSWORD, "version": version}
    signing.sign(here.room, key, here["back_room"], "request", item, told)
    set_anchor(here.room.store, key, tmp_path)
    here.item, here.given, here.kept = item, given, kept
    return here


def opened(stage, part="all"):
    file = io.BytesIO()
    made = handed_over(stage.room, stage["quality_head"], REAL, file, part=part)
    with zipfile.ZipFile(file) as box:
        whole = {name.partition("/")[2]: box.read(name) for name in box.namelist()}
    return made, whole, hashlib.sha256(file.getvalue()).hexdigest()


def table(whole, name):
    return list(csv.DictReader(io.StringIO(whole[f"tables/{name}.csv"].decode("utf-8-sig"))))


def test_it_holds_everything_of_the_inspection_and_nothing_of_another(busy):
    _, whole, _ = opened(busy)
    text = "\n".join(raw.decode("utf-8", "replace") for raw in whole.values())
    assert {one["id"] for one in table(whole, "items")} == {busy.item, "R3"}
    assert "of the mock audit" not in text
    assert "of nobody" not in text
    assert {whole[f"documents/{name}"] for name in ("D1-sop_1_.html.txt", "D2-draft.txt")} == {b"given", b"kept inside"}
    page = whole[f"items/{busy.item}.html"].decode()
    for words in (
        "SOP-014, version 7",
        "+secret new answer",
        "because a page is missing",
        "Signed as reviewed by Back Room",
    ):
        assert words in page
    assert "asked twice" in whole["desk.html"].decode()
    assert table(whole, "people")
    assert len(table(whole, "anchors")) == 1


def test_what_was_released_is_all_there_is_of_the_released_part(busy):
    _, whole, _ = opened(busy, "released")
    text = "\n".join(raw.decode("utf-8", "replace") for raw in whole.values())
    assert "SOP-014, version 7" in text
    for words in (
        "secret new answer",
        "kept inside",
        "not released yet",
        "Subject Expert",
        "a page is missing",
        "asked twice",
    ):
        assert words not in text, words
    assert {name.partition("/")[0] for name in whole} == {"index.html", "items", "documents", "tables", "manifest.csv"}
    assert [name for name in whole if name.startswith("documents/")] == ["documents/D1-sop_1_.html.txt"]


def test_the_manifest_names_every_file_with_its_digest(busy):
    made, whole, digest = opened(busy)
    rows = list(csv.DictReader(io.StringIO(whole["manifest.csv"].decode("utf-8-sig"))))
    assert {one["file"] for one in rows} | {"manifest.csv"} == set(whole)
    for one in rows:
        raw = whole[one["file"]]
        assert (one["sha256"], int(one["bytes"])) == (hashlib.sha256(raw).hexdigest(), len(raw))
    assert made.sha256 == digest
    entry = busy.room.store.entries(limit=1000)[-1]
    assert (entry.action, entry.id, entry.inspection) == ("export", REAL, REAL)
    assert entry.body["change"]["sha256"] == digest


def test_its_trail_can_be_computed_again_by_anyone(busy):
    _, whole, _ = opened(busy)
    chain = table(whole, "chain")
    before = "0" * 64
    for row in chain:
        assert row["prev"] == before
        before = row["hash"]
    named = {row["seq"]: row for row in chain}
    lines = [json.loads(line) for line in whole["trail.jsonl"].decode().splitlines()]
    assert len(lines) > 15
    for line in lines:
        raw = b"echelon-trail-1\n" + bytes.fromhex(line["prev"]) + line["entry"].encode()
        assert hashlib.sha256(raw).hexdigest() == line["hash"] == named[str(line["seq"])]["hash"]
    (anchor,) = (json.loads(line) for line in whole["anchors.jsonl"].decode().splitlines())
    assert named[str(anchor["seq"])]["hash"] == anchor["hash"]


def test_no_cell_is_a_formula_and_no_text_is_markup(busy):
    for part in ("all", "released"):
        _, whole, _ = opened(busy, part)
        for name, raw in whole.items():
            if name.endswith(".csv"):
                for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"))):
                    assert not [cell for cell in row if cell[:1] in set("=+-@\t\r|%")], name
            if name.endswith(".html"):
                text = raw.decode()
                assert "<script" not in text
                assert "default-src 'none'" in text
    assert table(whole, "items")[0]["wording"] == f"'{FORMULA}"


def test_every_link_leads_to_a_file_of_it_and_to_nowhere_else(busy):
    for part in ("all", "released"):
        _, whole, _ = opened(busy, part)
        found = 0
        for name, raw in whole.items():
            if name.endswith(".html"):
                folder = "items/" if name.startswith("items/") else ""
                for target in re.findall(r'(?:href|src)="([^"]*)"', raw.decode()):
                    path = target[3:] if target.startswith("../") else folder + target
                    assert path in whole, (name, target)
                    found += 1
        assert found >= 4


def test_names_of_files_stay_inside(busy):
    for name in opened(busy)[1]:
        assert ".." not in name
        assert re.fullmatch(r"[\w./-]+", name), name


@pytest.mark.parametrize("role", [role for role in ROLES if role != "quality_head"])
def test_nobody_else_hands_over(here, role):
    before = here.room.store.head()
    with pytest.raises(RefusedError):
        handed_over(here.room, here[role], REAL, io.BytesIO())
    assert here.room.store.head() == before


def test_what_is_not_there_is_not_handed_over(here):
    with pytest.raises(NotThereError):
        handed_over(here.room, here["quality_head"], "nowhere", io.BytesIO())
    with pytest.raises(InvalidError, match="all and released"):
        handed_over(here.room, here["quality_head"], REAL, io.BytesIO(), part="most")


def test_on_either_database_it_is_the_same_and_leaves_the_records_whole(stage):
    stage.until("closed")
    _, whole, _ = opened(stage)
    assert len(table(whole, "trail")) == 9
    if stage.room.store.database.is_file:
        reader = SqliteReader(stage.room.store.database.file)
        assert verify(reader, []).findings == []
        reader.close()


def test_over_the_api_and_by_form(busy, address):
    with client(address, "quality_head") as head, client(address, "front_room") as other:
        reply = head.post(f"/api/inspections/{REAL}/handover", params={"part": "released"})
        assert reply.headers["content-disposition"].startswith("attachment")
        assert hashlib.sha256(reply.content).hexdigest() == reply.headers["x-sha256"]
        assert zipfile.ZipFile(io.BytesIO(reply.content)).testzip() is None
        assert other.post(f"/api/inspections/{REAL}/handover").status_code == 403
        assert head.post("/api/inspections/nowhere/handover").status_code == 404
        assert head.post(f"/api/inspections/{REAL}/handover", params={"part": "x"}).status_code == 422
        assert head.post("/handover", data={"inspection": REAL}).status_code in {303, 401, 403}


def test_by_command_it_never_overwrites_and_leaves_nothing_half_written(tmp_path, monkeypatch):
    monkeypatch.setenv("ECHELON_READINESS_PASSWORD", PASSWORD)
    room = ("--room", tmp_path / "room")

    def call(*args):
        return within("readiness", *args, *room)

    call("account", "anna", "--name", "Anna", "--role", "quality_head")
    told = ("id=pli", "name=PLI", "first_day=2026-03-02")
    call("receive", "inspection", "--as", "anna", *(part for one in told for part in ("--set", one)))
    file = tmp_path / "pli.zip"
    done = call("handover", "pli", "--as", "anna", "--to", file)
    assert done.exit_code == 0, done.stderr
    assert zipfile.ZipFile(file).testzip() is None
    before = file.read_bytes()
    done = call("handover", "pli", "--as", "anna", "--to", file)
    assert done.exit_code == 2
    assert "is there already" in done.stderr
    assert file.read_bytes() == before
    done = call("handover", "none", "--as", "anna", "--to", tmp_path / "none.zip")
    assert done.exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pli.zip", "room"]
    done = call("review", "--as", "anna", "--order", "people", "--mark", "--remarks", "fine")
    assert done.exit_code == 0, done.stderr
    done = call("review", "--as", "anna", "--who", "anna", "--mark")
    assert done.exit_code == 2
    assert "another quality head" in done.stderr
    assert "V1" in call("review", "--as", "anna", "--order", "people").stdout
