"""The verifier finds what was changed past the records, even with the guards off, as a database's owner can."""

import json

import pytest
from sqlalchemy import text
from tests.readiness.conftest import PASSWORD, REAL

from echelon.readiness.records.anchors import FILE, anchors_in, check_restored, key_in, restore, set_anchor
from echelon.readiness.records.canonical import link
from echelon.readiness.records.problems import InvalidError, RefusedError
from echelon.readiness.room import documents, signing
from echelon.readiness.verifier import PostgresqlReader, SqliteReader, verify


def verdict_of(stage, anchors=(), keys=frozenset()):
    database = stage.room.store.database
    reader = SqliteReader(database.file) if database.is_file else PostgresqlReader(stage.url)
    found = verify(reader, list(anchors), keys)
    reader.close()
    return found


def change(stage, sql, **values):
    """Change the database as its owner can: guards off."""
    database = stage.room.store.database
    with database.engine.begin() as connection:
        if database.is_file:
            guards = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
            for row in guards:
                connection.execute(text(f"DROP TRIGGER {row.name}"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        assert connection.execute(text(sql), values).rowcount > 0
        if database.is_file:
            for row in guards:  # nobody is to see that they were off
                connection.exec_driver_sql(row.sql)
        else:
            connection.execute(text("SET session_replication_role = DEFAULT"))


@pytest.fixture
def busy(stage, tmp_path):
    """A room with a bit of everything in it."""
    stage.key = key_in(tmp_path)
    item = stage.until("preparing")
    document = documents.upload(stage.room, stage["runner"], {"name": "sop.txt"}, b"text of the procedure").id
    stage.room.do(stage["runner"], "attach", item, {"document": document})
    stage.room.do(stage["subject_expert"], "submit", item, {})
    stage.room.do(stage["back_room"], "approve", item, {})
    stage.room.do(stage["front_room"], "release", item, {})
    version = stage.room.get(stage["quality_head"], "request", item).version
    told = {"meaning": "approved", "password": PASSWORD, "version": version}
    signing.sign(stage.room, stage.key, stage["quality_head"], "request", item, told)
    stage.item = item
    return stage


def test_what_nobody_touched_is_whole(busy, tmp_path):
    set_anchor(busy.room.store, busy.key, tmp_path)
    found = verdict_of(busy, anchors_in(tmp_path / FILE), frozenset({busy.key.public}))
    assert found.findings == []
    assert (found.documents, found.signatures, found.anchors) == (1, 1, 1)
    assert (found.head, found.hash) == busy.room.store.head()


TAMPERING = {
    "actor of an entry": ("UPDATE trail SET actor = 'x' WHERE seq = 12", "columns actor differ"),
    "time of an entry": ("UPDATE trail SET at = '2020-01-01T00:00:00.000Z' WHERE seq = 12", "columns at differ"),
    "hash of an entry": (f"UPDATE trail SET hash = '{'a' * 64}' WHERE seq = 12", "does not have its hash"),
    "an entry in the middle": ("DELETE FROM trail WHERE seq = 12", "entries 12 to 12 are missing"),
    "the first entry": ("DELETE FROM trail WHERE seq = 1", "does not follow"),
    "a record's text": ("UPDATE records SET body = :body WHERE kind = 'request' AND version = 2", "was changed after"),
    "a version": ("DELETE FROM records WHERE kind = 'request' AND version = 2", "it is not there"),
    "a version put in": (
        "INSERT INTO records SELECT kind, 'R9', version, body, hash FROM records WHERE id = 'R1' AND version = 1",
        "put in past the trail",
    ),
    "the board": ("UPDATE current SET body = :body WHERE kind = 'request'", "not the last version"),
    "a state on the board": (
        "UPDATE current SET state = 'closed' WHERE kind = 'request'",
        "column state says 'closed'",
    ),
    "the board's row": ("DELETE FROM current WHERE kind = 'request'", "missing from the board"),
    "a document": ("UPDATE blobs SET content = :body", "changed after it was stored"),
    "an entry's content by nonsense": ("UPDATE trail SET body = :body WHERE seq = 12", "does not have its hash"),
    "a link by nonsense": ("UPDATE trail SET prev = 'no hex' WHERE seq = 12", "does not follow"),
    "an anchor put in": ("INSERT INTO anchors VALUES (1, 2, 'nonsense')", "its signature does not fit"),
    "a document taken away": ("DELETE FROM blobs", "its content"),
    "roles given past the trail": (
        "UPDATE accounts SET roles = 'quality_head' WHERE username = 'runner'",
        "roles changed",
    ),
    "a person renamed": (
        "UPDATE accounts SET name = 'Nobody' WHERE username = 'runner'",
        "name changed past the trail",
    ),
    "whose it is": ("UPDATE current SET owner = 'x' WHERE kind = 'request'", "column owner says"),
    "who may see it": ("UPDATE current SET involved = '' WHERE kind = 'request'", "column involved says"),
    "what an inspector was shown": ("UPDATE current SET shown = 7 WHERE kind = 'request'", "column shown says"),
    "how it is found": ("UPDATE current SET words = 'x' WHERE kind = 'request'", "column words says"),
    "where it is": ("UPDATE current SET inspection = 'x' WHERE kind = 'request'", "column inspection says"),
    "the entry of its version": ("UPDATE current SET seq = 1 WHERE kind = 'request'", "column seq says"),
    "what a signature signs": ("UPDATE current SET owner = 'x' WHERE kind = 'signature'", "column owner says"),
    "a password": (
        (
            "UPDATE accounts SET password = (SELECT password FROM accounts WHERE username = 'scribe') || ' '"
            " WHERE username = 'runner'"
        ),
        "password changed past the trail",
    ),
    "a person taken away": ("DELETE FROM accounts WHERE username = 'translator'", "and it is not there"),
    "an account opened again": ("UPDATE accounts SET disabled = 1 WHERE username = 'runner'", "shut changed past"),
    "shown": ("UPDATE trail SET shown = 7 WHERE shown = 1", "columns shown differ"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_was_changed_is_found(busy, what):
    sql, words = TAMPERING[what]
    change(busy, sql, **({"body": b'{"id":"R1"}'} if ":body" in sql else {}))
    found = verdict_of(busy)
    assert any(words in finding for finding in found.findings), found.findings


def test_a_signature_moved_to_another_record_is_found(busy):
    other = busy.until("released")
    with busy.room.store.database.reading() as connection:
        row = connection.execute(text("SELECT body FROM records WHERE kind = 'signature'")).one()
    moved = json.loads(bytes(row.body)) | {"record": other}
    change(busy, "UPDATE records SET body = :body WHERE kind = 'signature'", body=json.dumps(moved).encode())
    found = verdict_of(busy)
    assert any("its seal does not fit" in finding for finding in found.findings)


def rows_of(stage):
    with stage.room.store.database.reading() as connection:
        return [dict(row) for row in connection.execute(text("SELECT * FROM trail ORDER BY seq")).mappings()]


def test_a_cut_end_is_found_by_an_anchor_and_only_by_it(busy, tmp_path):
    set_anchor(busy.room.store, busy.key, tmp_path)
    head = busy.room.store.head()[0]
    change(busy, f"DELETE FROM trail WHERE seq = {head}")
    change(busy, "DELETE FROM records WHERE kind = 'signature'")
    change(busy, "DELETE FROM current WHERE kind = 'signature'")
    change(busy, "DELETE FROM anchors")
    assert verdict_of(busy).whole
    found = verdict_of(busy, anchors_in(tmp_path / FILE))
    assert any("the end of the trail was cut off" in finding for finding in found.findings)


def test_a_chain_made_anew_is_found_by_an_anchor_and_only_by_it(busy, tmp_path):
    set_anchor(busy.room.store, busy.key, tmp_path)
    last = "0" * 64
    for row in rows_of(busy):
        body = bytes(row["body"]).replace(b'"reason":""', b'"reason":"other"')
        sql = "UPDATE trail SET body = :body, prev = :prev, hash = :hash WHERE seq = :seq"
        change(busy, sql, body=body, prev=last, hash=link(last, body), seq=row["seq"])
        last = link(last, body)
    change(busy, "DELETE FROM anchors")
    assert verdict_of(busy).whole
    found = verdict_of(busy, anchors_in(tmp_path / FILE))
    assert any("the chain was made anew" in finding for finding in found.findings)


def test_an_anchor_or_signature_of_another_key_is_found(busy, tmp_path):
    (tmp_path / "other").mkdir()
    stranger = key_in(tmp_path / "other")
    set_anchor(busy.room.store, stranger, tmp_path)
    found = verdict_of(busy, keys=frozenset({busy.key.public}))
    assert [finding for finding in found.findings if "not the room's" in finding]
    forged = anchors_in(tmp_path / FILE)[0] | {"seq": 3}
    assert any("signature does not fit" in finding for finding in verdict_of(busy, [forged]).findings)


def test_a_restored_backup_is_refused_until_it_is_named_and_whole_after(here, tmp_path):
    key, database = key_in(tmp_path), here.room.store.database
    here.asked()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = database.file.read_bytes()
    kept = here.room.store.head()[0]
    for _ in range(4):
        here.asked()
    set_anchor(here.room.store, key, tmp_path)
    database.close()
    for name in ("-wal", "-shm"):
        database.file.with_name(database.file.name + name).unlink(missing_ok=True)
    database.file.write_bytes(backup)
    with pytest.raises(RefusedError, match=f"ends at entry {kept} and does not hold entry {kept + 4}"):
        check_restored(here.room.store, tmp_path)
    entry = restore(here.room.store, tmp_path, "disk of March", "the disk failed; backup of the morning")
    assert entry.epoch == 2
    assert entry.body["change"]["lost"] == [kept + 1, kept + 4]
    assert entry.seq > kept + 4
    check_restored(here.room.store, tmp_path)
    after = here.room.receive(here["front_room"], "request", {"inspection": REAL, "wording": "after"})
    assert (after.seq, after.epoch) == (entry.seq + 1, 2)
    found = verdict_of(here, anchors_in(tmp_path / FILE))
    assert found.findings == []
    assert len(found.epochs) == 1
    assert "disk of March" in found.epochs[0]
    with pytest.raises(InvalidError, match="nothing was lost"):
        restore(here.room.store, tmp_path, "again", "again")


def test_a_broken_line_of_anchors_is_named(tmp_path):
    (tmp_path / FILE).write_text('{"epoch":1,"seq":1,"hash":"x"}\nnonsense\n')
    with pytest.raises(InvalidError, match=r"anchors\.jsonl:2: this line is no anchor"):
        anchors_in(tmp_path / FILE)


def test_the_verifier_shares_no_code_with_the_records():
    from pathlib import Path

    import echelon.readiness.verifier as module

    assert "echelon.readiness" not in Path(module.__file__).read_text().replace('"echelon-', "")


def test_a_guard_that_was_taken_off_is_found(busy):
    database = busy.room.store.database
    with database.engine.begin() as connection:
        if database.is_file:
            connection.execute(text("DROP TRIGGER records_no_update"))
        else:
            connection.execute(text("ALTER TABLE records DISABLE TRIGGER records_kept"))
    (found,) = verdict_of(busy).findings
    assert found.startswith("the guard records_")
    assert "lets its table be changed" in found
