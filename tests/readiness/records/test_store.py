"""One order, one version, one entry: together or not at all, in one order whoever writes, and never changed after."""

import json
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.readiness.conftest import REAL

from echelon.readiness.records.canonical import NOTHING, RECORD, canonical, digest, link
from echelon.readiness.records.problems import ConflictError, InvalidError, RecordsError
from echelon.readiness.records.store import Draft, Order


def rows(stage, sql):
    with stage.room.store.database.reading() as connection:
        return connection.execute(text(sql)).mappings().all()


def test_an_item_goes_through_its_states_and_the_trail_tells_each(stage):
    item = stage.until("closed")
    entries = stage.room.history(stage["quality_head"], "request", item)
    assert [one.action for one in entries] == [
        "receive", "assign", "start", "write", "submit", "approve", "release", "close",
    ]  # fmt: skip
    assert [one.version for one in entries] == list(range(1, 9))
    assert entries[1].body["change"]["state"] == ["received", "assigned"]
    assert entries[1].actor == stage["back_room"].account
    assert entries[1].body["role"] == "back_room"
    versions = stage.room.store.versions("request", item)
    assert [one.body["state"] for one in versions][-1] == "closed"
    assert versions[3].body["answer"] == "SOP-014, version 7, in force since March"


def test_the_chain_is_linked_from_the_first_entry_to_the_last(stage):
    stage.until("staged")
    before, last = NOTHING, 0
    for row in rows(stage, "SELECT * FROM trail ORDER BY seq"):
        assert (row["seq"], row["prev"]) == (last + 1, before)
        assert row["hash"] == link(before, bytes(row["body"]))
        body = json.loads(bytes(row["body"]))
        assert [body[key] for key in ("seq", "at", "actor", "action", "kind", "id", "version")] == [
            row[key] for key in ("seq", "at", "actor", "action", "kind", "id", "version")
        ]
        before, last = row["hash"], row["seq"]


def test_every_version_is_named_by_its_entry(stage):
    stage.until("released")
    named = {
        (body["kind"], body["id"], body["version"]): body["record"]
        for body in (json.loads(bytes(row["body"])) for row in rows(stage, "SELECT body FROM trail"))
        if body["version"]
    }
    found = {
        (row["kind"], row["id"], row["version"]): digest(RECORD, bytes(row["body"]))
        for row in rows(stage, "SELECT * FROM records")
    }
    assert named == found


@pytest.mark.parametrize("table", ["trail", "records", "blobs", "anchors"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_database_refuses_to_change_what_was_written(stage, table, change):
    stage.until("assigned")
    sqlite = stage.room.store.database.is_file
    if sqlite and change.startswith("TRUNCATE"):
        return  # SQLite knows no such order
    with stage.room.store.database.engine.begin() as connection:
        if table == "blobs":
            connection.execute(text("INSERT INTO blobs VALUES ('h', 1, 'text/plain', :c)"), {"c": b"x"})
        if table == "anchors":
            connection.execute(text("INSERT INTO anchors VALUES (1, 1, '{}')"))
    column = {"trail": "actor", "records": "hash", "blobs": "media", "anchors": "line"}[table]
    with pytest.raises(DBAPIError, match="append-only"), stage.room.store.database.engine.begin() as connection:
        connection.execute(text(change.format(table, column, "'x'")))


@pytest.mark.parametrize("table", ["current", "accounts"])
def test_the_database_refuses_to_delete_people_and_what_is_current(stage, table):
    stage.asked()
    with pytest.raises(DBAPIError, match="append-only"), stage.room.store.database.engine.begin() as connection:
        connection.execute(text(f"DELETE FROM {table}"))


@pytest.mark.parametrize("wrong", ["prev", "seq", "gap"])
def test_the_database_refuses_an_entry_that_does_not_follow(stage, wrong):
    stage.asked()
    last = rows(stage, "SELECT * FROM trail ORDER BY seq DESC LIMIT 1")[0]
    row = dict(last) | {"seq": last["seq"] + 1, "prev": last["hash"], "hash": "f" * 64, "once": None}
    row |= {"prev": {"prev": NOTHING}, "seq": {"seq": last["seq"]}, "gap": {"seq": last["seq"] + 2}}[wrong]
    names = ", ".join(row)
    order = text(f"INSERT INTO trail ({names}) VALUES ({', '.join(f':{name}' for name in row)})")
    with pytest.raises(DBAPIError, match=r"chain|append-only"), stage.room.store.database.engine.begin() as connection:
        connection.execute(order, row)


def test_sqlite_refuses_to_replace_a_row(here):
    here.asked()
    with pytest.raises(DBAPIError, match=r"chain|append-only"), here.room.store.database.engine.begin() as connection:
        connection.execute(text("INSERT OR REPLACE INTO trail SELECT * FROM trail WHERE seq = 2"))
    with pytest.raises(DBAPIError, match="append-only"), here.room.store.database.engine.begin() as connection:
        connection.execute(text("INSERT OR REPLACE INTO records SELECT * FROM records LIMIT 1"))


def test_what_fails_leaves_nothing_behind(stage):
    item = stage.asked()
    before = [rows(stage, f"SELECT COUNT(*) AS n FROM {name}")[0]["n"] for name in ("trail", "records", "current")]

    def work(writing):
        record = writing.load("request", item)
        # The body cannot be written; by then the transaction has begun.
        return Draft("request", item, dict(record.body) | {"answer": 1.5})

    with pytest.raises(TypeError):
        stage.room.store.write(Order(stage["back_room"], "write"), work)
    with pytest.raises(InvalidError):
        stage.room.do(stage["back_room"], "assign", item, {"owner": "nobody"})
    after = [rows(stage, f"SELECT COUNT(*) AS n FROM {name}")[0]["n"] for name in ("trail", "records", "current")]
    assert after == before


def test_a_failure_between_record_and_entry_leaves_neither(stage, monkeypatch):
    item = stage.asked()
    before = rows(stage, "SELECT COUNT(*) AS n FROM records")[0]["n"]

    def breaks(*args):
        raise RecordsError("the plug was pulled")

    monkeypatch.setattr("echelon.readiness.records.store._project", breaks)
    with pytest.raises(RecordsError, match="plug"):
        stage.room.do(stage["back_room"], "assign", item, {"owner": stage["subject_expert"].account})
    assert rows(stage, "SELECT COUNT(*) AS n FROM records")[0]["n"] == before


def test_many_writers_make_one_gapless_chain(stage):
    items = [stage.asked() for _ in range(4)]
    failures = []

    def work(item):
        for number in range(12):
            try:
                stage.room.do(stage["back_room"], "tag", item, {"topic": f"topic {number}"})
            except RecordsError as error:
                failures.append(error)

    threads = [threading.Thread(target=work, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    entries = stage.room.store.entries(limit=10_000)
    assert [one.seq for one in entries] == list(range(1, len(entries) + 1))
    assert [one.at for one in entries] == sorted(one.at for one in entries)
    for item in items:
        assert stage.room.store.read("request", item).version == 13


def test_two_people_cannot_both_take_the_same_step(stage):
    item = stage.until("staged")
    version = stage.room.get(stage["front_room"], "request", item).version
    stage.room.do(stage["front_room"], "release", item, {}, version=version)
    with pytest.raises(ConflictError, match="has been changed since"):
        stage.room.do(stage["quality_head"], "release", item, {}, version=version)
    with pytest.raises(ConflictError, match="is released; release needs staged"):
        stage.room.do(stage["quality_head"], "release", item, {})


def test_the_same_order_twice_is_done_once(stage):
    told = {"inspection": REAL, "wording": "once"}
    first = stage.room.receive(stage["front_room"], "request", told, once="k1")
    again = stage.room.receive(stage["front_room"], "request", told, once="k1")
    assert again == first
    other = stage.room.receive(stage["scribe"], "request", told, once="k1")
    assert other.id != first.id
    with pytest.raises(ConflictError, match="another order"):
        stage.room.do(stage["front_room"], "tag", first.id, {"topic": "x"}, once="k1")


def test_late_entries_keep_both_times_and_the_future_is_refused(stage):
    told = {"inspection": REAL, "wording": "asked in the corridor"}
    entry = stage.room.receive(stage["front_room"], "request", told, happened="2026-01-02T09:30+01:00")
    assert entry.body["happened"] == "2026-01-02T08:30:00.000Z"
    assert entry.body["at"] == entry.at > entry.body["happened"]
    with pytest.raises(InvalidError, match="still to come"):
        stage.room.receive(stage["front_room"], "request", told, happened="2999-01-02T09:30Z")


def test_what_is_hashed_is_canonical():
    assert canonical({"b": [True, None, "ü"], "a": 1}) == '{"a":1,"b":[true,null,"ü"]}'.encode()
    with pytest.raises(TypeError, match=r"1\.5"):
        canonical({"a": 1.5})
    with pytest.raises(TypeError, match="not ASCII"):
        canonical({"ä": 1})


def test_half_a_character_is_refused_in_words(stage):
    with pytest.raises(InvalidError):
        stage.room.receive(stage["front_room"], "request", {"inspection": REAL, "wording": "\ud800"})
