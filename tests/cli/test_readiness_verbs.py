"""`echelon readiness`: the room from the command line, its messages and exit statuses."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import process, within

PASSWORD = "a long enough phrase"


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.setenv("ECHELON_READINESS_PASSWORD", PASSWORD)

    def run(*args, status=0):
        done = within("readiness", *args, "--room", tmp_path / "room")
        assert done.exit_code == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    return run


@pytest.fixture
def opened(call):
    assert "Anna can sign in as anna" in call("account", "anna", "--name", "Anna", "--role", "quality_head")
    call("account", "ben", "--name", "Ben", "--role", "back_room")
    told = ("id=pli", "name=PLI", "first_day=2026-03-02", "days=3")
    call("receive", "inspection", "--as", "anna", *(part for one in told for part in ("--set", one)))
    return call


def test_an_item_by_commands_alone(opened, tmp_path):
    told = opened("receive", "request", "--as", "anna", "--set", "inspection=pli", "--set", "wording=The log", "--json")
    item = json.loads(told)["id"]
    account = json.loads(opened("account", "eva", "--name", "Eva", "--role", "subject_expert", "--json"))["id"]
    opened("do", "assign", item, "--as", "ben", "--set", f"owner={account}")
    opened("do", "start", item, "--as", "eva")
    document = tmp_path / "log.txt"
    document.write_text("the log")
    kept = json.loads(opened("upload", document, "--as", "eva", "--json"))["id"]
    opened("do", "attach", item, "--as", "eva", "--set", f"document={kept}")
    opened("do", "submit", item, "--as", "eva")
    opened("do", "approve", item, "--as", "ben")
    opened("sign", "request", item, "--as", "anna", "--meaning", "approved", "--version", "6")
    opened("do", "release", item, "--as", "anna")
    assert "released" in opened("items", "--as", "anna")
    opened("receive", "note", "--as", "anna", "--set", "inspection=pli", "--set", "title=Day 1")
    opened("do", "save", "N1", "--as", "anna", "--set", "text=calm")
    opened("receive", "wrapup", "--as", "anna", "--set", "inspection=pli", "--set", "day=2026-03-02")
    anchor = json.loads(opened("anchor", "--json"))
    assert "release" in opened("trail", "--as", "anna", "--limit", "100")
    told = opened("verify", "--key", anchor["key"])
    assert "the records are whole" in told
    assert "1 documents, 1 signatures" in told


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("do", "release", "R9", "--as", "anna"), "there is no request R9"),
        (("do", "fly", "R1", "--as", "anna"), "there is no step 'fly'"),
        (("receive", "request", "--as", "anna", "--set", "wording"), "no FIELD=VALUE"),
        (("receive", "request", "--as", "anna", "--set", "wording=x"), "inspection: is missing"),
        (("receive", "wish", "--as", "anna", "--set", "wording=x"), "there are requests and questions"),
        (("receive", "request", "--as", "ben", "--set", "inspection=pli", "--set", "wording=x"), "your role may not"),
        (("items", "--as", "nobody"), "do not fit"),
        (("items", "--as", "anna", "--state", "lost"), "there is no state 'lost'"),
        (("trail", "--as", "ben"), "your role may not read the whole trail"),
        (("account", "anna", "--name", "A", "--role", "runner"), "is taken"),
        (("account", "carl", "--name", "C", "--role", "king"), "there is no role 'king'"),
        (("restore", "--name", "x", "--reason", "y"), "nothing was lost"),
        (("--database", "mysql://x/y"), "mysql is not supported"),
        (("--host", "0.0.0.0"), "unencrypted"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line_with_status_2(opened, args, words):
    told = opened(*args, status=2) if args[0] != "--host" else opened(*args, "--port", "0", status=2)
    assert words in told
    assert "Traceback" not in told


def test_a_changed_record_makes_the_verifier_say_no(opened, tmp_path):
    import sqlite3

    file = tmp_path / "room" / "readiness.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TRIGGER records_no_update")
        connection.execute("UPDATE records SET body = '{}' WHERE kind = 'inspection'")
    connection.close()
    done = within("readiness", "verify", "--room", tmp_path / "room")
    assert done.exit_code == 1
    assert "inspection pli version 1: it was changed after it was written" in done.stdout


def test_without_a_room_or_a_password_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.delenv("ECHELON_READINESS_PASSWORD", raising=False)
    done = within("readiness", "items", "--as", "anna", "--room", tmp_path / "none")
    assert done.exit_code == 2
    assert "echelon readiness --room" in done.stderr
    assert not (tmp_path / "none").exists()
    done = process("readiness", "account", "x", "--name", "X", "--role", "runner", "--room", tmp_path / "made")
    assert done.returncode == 2
    assert "ECHELON_READINESS_PASSWORD" in done.stderr


def test_the_folder_of_a_room_is_closed_to_others(opened, tmp_path):
    room = tmp_path / "room"
    assert {
        path.name: oct(path.stat().st_mode & 0o777) for path in [room, room / "key.pem", room / "readiness.sqlite"]
    } == {
        "room": "0o700",
        "key.pem": "0o600",
        "readiness.sqlite": "0o600",
    }


def test_the_demo_is_the_case_it_says(tmp_path):
    from echelon.readiness.bench.pace import outlook
    from echelon.readiness.bench.ready import ready
    from echelon.readiness.bench.unseen import standing
    from echelon.readiness.records.database import Database, url_of
    from echelon.readiness.records.store import Store
    from echelon.readiness.room.demo import INSPECTORS, ITEMS, PEOPLE, fill
    from echelon.readiness.room.room import Room
    from echelon.readiness.verifier import SqliteReader, verify

    room = Room(Store(Database(url_of(Path(tmp_path)), durable=False)))
    room.store.open()
    users = fill(room, PASSWORD)
    people = [one for one in room.accounts.everyone() if not one.username.startswith("auditor.")]
    assert len(people) == sum(count for _, count in PEOPLE) + INSPECTORS + 4 == 150
    front = room.accounts.actor(room.accounts.sign_in(users["front_room"], PASSWORD))
    items = room.board(front)[1]
    assert len(items) == ITEMS == 300
    assert {"received", "assigned", "closed"} <= {one.body["state"] for one in items}
    head = room.accounts.actor(room.accounts.sign_in(users["quality_head"], PASSWORD))
    found = standing(room, head)
    assert [len(one.body["auditors"]) for one in found.rounds] == [4] * 5
    assert {one.body["mode"] for one in found.rounds} == {"remote", "on-site"}
    assert found.unseen is not None
    states = {one.body["state"] for one in room.board(head, kinds=("gap",))[1]}
    assert "closed" in states
    assert states & {"open", "planned", "repaired"}
    words = outlook(room, head)
    assert words.words > 10_000_000
    assert len(words.prospects) == 2
    assert {"new", "translated", "reviewed", "final"} <= {
        k for row in words.pairs.values() for k, n in row.items() if n
    }
    assert not {"gaps", "translation"} & set(ready(room, head).made.missing)
    room.store.database.close()
    reader = SqliteReader(tmp_path / "readiness.sqlite")
    assert verify(reader, []).findings == []
    reader.close()


XLIFF = """<xliff version="1.2"><file source-language="zh" target-language="en" original="x"><body>
<trans-unit id="1"><source>deviation record</source></trans-unit></body></file></xliff>"""


def sets(**values):
    return tuple(part for name, value in values.items() for part in ("--set", f"{name}={value}"))


@pytest.fixture
def audited(opened):
    """A closed round with two findings of one gap, by commands alone."""
    opened("receive", "inspection", "--as", "anna", *sets(id="mock-1", name="M", first_day="2026-01-12", mock="true"))
    made = {}
    for name in ("ada", "bo"):
        told = opened("account", name, "--name", name, "--role", "mock_auditor", "--inspection", "mock-1", "--json")
        made[name] = json.loads(told)["id"]
    told = sets(inspection="mock-1", name="First", first_day="2026-01-12", planted="3")
    opened("receive", "round", "--as", "anna", *told)
    for account in made.values():
        opened("do", "invite", "A1", "--as", "anna", *sets(auditor=account))
    for name in made:
        opened("receive", "finding", "--as", name, *sets(round="A1", wording=f"seal, {name}", grade="major"))
    return opened


def test_a_mock_audit_by_commands_alone(audited, tmp_path):
    own = audited("findings", "--as", "bo")
    assert "A1-B1" in own
    assert "A1-A1" not in own
    assert "still open" in audited("match", "A1-A1", "--as", "anna", status=2)
    audited("do", "close-round", "A1", "--as", "anna", *sets(repaired="false", planted_found="2"))
    assert "A1-A1" in audited("findings", "--as", "bo")
    assert "2 findings are not matched" in audited("audits", "--as", "anna")
    audited("match", "A1-A1", "--as", "anna", "--title", "Seal of room 3")
    audited("do", "match", "A1-B1", "--as", "anna", *sets(gap="G1"))
    told = audited("audits", "--as", "anna")
    assert "found 1 gaps; still unseen" in told
    assert "fewer than 4 auditors" in told
    assert json.loads(audited("audits", "--as", "anna", "--json"))["unseen"]["range"]["level"] == 0.8
    eva = json.loads(audited("account", "eva", "--name", "Eva", "--role", "subject_expert", "--json"))["id"]
    told = sets(cause="worn", action="new seal", owner=eva, due="2026-02-01")
    audited("do", "plan", "G1", "--as", "ben", *told)
    audited("do", "repaired", "G1", "--as", "eva", *sets(proof="changed", on="2026-01-30"))
    audited("do", "recheck", "G1", "--as", "ben", *sets(effective="true", note="tight"))
    assert "closed" in audited("gaps", "--as", "eva")
    audited("gaps", "--as", "anna", "--out", tmp_path / "gaps.csv")
    assert "Seal of room 3" in (tmp_path / "gaps.csv").read_text()
    assert "nothing is written over" in audited("gaps", "--as", "anna", "--out", tmp_path / "gaps.csv", status=2)
    assert "ends in .csv or .xlsx" in audited("gaps", "--as", "anna", "--out", tmp_path / "gaps.pdf", status=2)


def test_translation_by_commands_alone(opened, tmp_path):
    file = tmp_path / "a.xlf"
    file.write_text(XLIFF)
    assert "T1: translation taken in" in opened("bring-translation", file, "--as", "ben")
    opened("receive", "team", "--as", "ben", *sets(translators="2", deadline="2030-01-07"))
    opened("account", "tom", "--name", "Tom", "--role", "translator")
    opened("do", "progress", "T1", "--as", "tom", *sets(translated="1"))
    told = opened("translations", "--as", "anna")
    assert "under-way" in told
    assert "all is translated as planned by" in told
    assert "translated" in opened("do", "progress", "T1", "--as", "tom", *sets(translated="x1"), status=2)
    assert "there is no file" in opened("bring-translation", tmp_path / "none", "--as", "ben", status=2)
    file.write_text("no xml")
    assert "not well-formed" in opened("bring-translation", file, "--as", "ben", status=2)


def test_readiness_goes_into_a_company_and_is_priced(audited, tmp_path):
    import shutil

    import echelon

    audited("do", "close-round", "A1", "--as", "anna", *sets(repaired="false"))
    for finding in ("A1-A1", "A1-B1"):
        audited("match", finding, "--as", "anna")
    assert "gaps: 0." in audited("ready", "--as", "anna")
    folder = shutil.copytree(echelon.example("network"), tmp_path / "company")
    row = echelon.load(folder).tables["inspections"]
    site, territory = next(iter(row)).split("/")
    told = ("into", folder, "--as", "anna", "--site", site, "--territory", territory, "--futures", "512")
    before = (folder / "inspections.csv").read_bytes()
    assert "inspections.csv: site" in audited(*told, "--rows")
    assert (folder / "inspections.csv").read_bytes() == before
    held = b"readiness" in before.split(b"\n")[0]
    if held:
        assert "--replace writes over it" in audited(*told, status=2)
        assert (folder / "inspections.csv").read_bytes() == before
    said = audited(*told, "--replace")
    assert "readiness = 0." in said
    assert "the same 512 futures" in said
    assert "not measured, so taken as average: people" in said
    assert "no row of site `nowhere`" in audited(
        "into", folder, "--as", "anna", "--site", "nowhere", "--territory", "us", status=2
    )
    assert "your role may not" in audited("ready", "--as", "ada", status=2)
