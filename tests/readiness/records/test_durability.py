"""Killed, disk full, database gone: what was acknowledged stays, nothing is half-written, words say why."""

import io
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from tests.readiness.conftest import PASSWORD, REAL, client, free_port, served

from echelon.readiness.records.anchors import anchors_in, key_in, set_anchor
from echelon.readiness.records.database import Database, url_of
from echelon.readiness.records.problems import DoubtError, InvalidError, UnavailableError
from echelon.readiness.records.store import MACHINE
from echelon.readiness.verifier import PostgresqlReader, SqliteReader, verify
from echelon.readiness.web.serve import open_room

TIMES = 3
"""Kills in the tests; `make load` does 20."""


def start(folder, port):
    command = [sys.executable, "-m", "echelon", "readiness", "--room", str(folder), "--port", str(port)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{port}"
    for _ in range(2400):
        try:
            httpx.get(f"{address}/sign-in", timeout=2)
        except httpx.TransportError:
            if running.poll() is not None:
                pytest.fail(running.stderr.read())
            time.sleep(0.05)
        else:
            return running, address
    running.kill()
    pytest.fail("the room did not open in two minutes")


@pytest.mark.slow
def test_killed_in_the_middle_nothing_acknowledged_is_lost(tmp_path, kept_hash):
    room = open_room(tmp_path)
    room.accounts.create(MACHINE, "front", "Front", "", frozenset({"front_room", "quality_head"}), kept=kept_hash)
    actor = room.accounts.actor(room.accounts.sign_in("front", PASSWORD))
    room.open_inspection(actor, {"id": REAL, "name": REAL, "first_day": "2026-03-02"})
    room.store.database.close()
    acknowledged, port = {}, free_port()
    for turn in range(TIMES):
        running, address = start(tmp_path, port)
        stop = threading.Event()

        def work(number, address=address, stop=stop, turn=turn):
            with client(address, "front") as opened:
                count = 0
                while not stop.is_set():
                    key = f"{turn}-{number}-{count}"
                    try:
                        reply = opened.post(
                            "/api/requests", json={"inspection": REAL, "wording": key}, headers={"idempotency-key": key}
                        )
                    except httpx.TransportError:
                        return
                    if reply.status_code == 200:
                        acknowledged[key] = reply.json()
                    count += 1

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        before = len(acknowledged)
        for _ in range(1200):  # all are at work
            if len(acknowledged) >= before + 20:
                break
            time.sleep(0.05)
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stderr.close()
        stop.set()
        for thread in threads:
            thread.join()
    reader = SqliteReader(tmp_path / "readiness.sqlite")
    found = verify(reader, [])
    kept = {row["once"].partition(":")[2]: row for row in reader.rows("SELECT * FROM trail WHERE action = 'receive'")}
    reader.close()
    assert found.findings == []
    assert len(acknowledged) > 20
    for key, told in acknowledged.items():
        assert (kept[key]["seq"], kept[key]["id"], kept[key]["hash"] != "") == (told["seq"], told["id"], True)
    # Sent again after the restart, an order that was in doubt is done once.
    running, address = start(tmp_path, port)
    with client(address, "front") as opened:
        key, told = next(iter(acknowledged.items()))
        again = opened.post(
            "/api/requests", json={"inspection": REAL, "wording": key}, headers={"idempotency-key": key}
        )
        assert again.json() == told
    running.send_signal(signal.SIGINT)
    assert running.wait(15) in {0, 130}
    running.stderr.close()


def test_a_full_disk_is_told_and_nothing_is_half_written(here, address):
    with client(address, "front_room") as opened:
        database = here.room.store.database
        # The same error as of a full disk, at the point where a write needs another page; on every pooled connection.
        database.engine.dispose()
        pages = sqlite3.connect(database.file).execute("PRAGMA page_count").fetchone()[0]

        from sqlalchemy import event

        def full(connection, record):
            connection.execute(f"PRAGMA max_page_count = {pages}")

        event.listen(database.engine, "connect", full)
        last = None
        for _ in range(60):
            last = opened.post("/api/requests", json={"inspection": REAL, "wording": "x" * 3000})
            if last.status_code != 200:
                break
        assert last.status_code == 503
        assert "the disk is full; nothing was saved" in last.json()["error"]
        assert opened.get("/api/items").status_code == 200
        event.remove(database.engine, "connect", full)
        database.engine.dispose()
        assert opened.post("/api/requests", json={"inspection": REAL, "wording": "again"}).status_code == 200
    reader = SqliteReader(here.room.store.database.file)
    assert verify(reader, []).findings == []
    reader.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_is_really_full(kept_hash):
    folder = Path("/tmp") / f"echelon-full-{os.getpid()}"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        room = open_room(folder)
        room.accounts.create(MACHINE, "front", "Front", "", frozenset({"front_room", "quality_head"}), kept=kept_hash)
        actor = room.accounts.actor(room.accounts.sign_in("front", PASSWORD))
        room.open_inspection(actor, {"id": REAL, "name": REAL, "first_day": "2026-03-02"})
        done, said = 0, ""
        while not said and done < 400:
            try:
                room.receive(actor, "request", {"inspection": REAL, "wording": "x" * 3900})
                done += 1
            except UnavailableError as error:
                said = str(error)
        assert "nothing was saved" in said
        assert len(room.board(actor)[1]) == done
        room.store.database.close()
        reader = SqliteReader(folder / "readiness.sqlite")
        assert verify(reader, []).findings == []
        reader.close()
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder)


def test_a_file_that_was_moved_away_takes_nothing_more(here, address):
    file = here.room.store.database.file
    with client(address, "front_room") as opened:
        file.rename(file.with_suffix(".away"))
        reply = opened.post("/api/requests", json={"inspection": REAL, "wording": "w"})
        assert reply.status_code == 503
        assert "moved, deleted or replaced" in reply.json()["error"]
        assert "nothing was saved" in reply.json()["error"]
        file.with_suffix(".away").rename(file)
        assert opened.post("/api/requests", json={"inspection": REAL, "wording": "w"}).status_code == 200


def test_a_server_that_is_gone_is_told_and_comes_back(make_stage, postgresql, monkeypatch):
    from tests.readiness.conftest import new_database

    stage = make_stage(new_database(postgresql))
    with served(stage.room) as address, client(address, "front_room") as opened:
        assert opened.post("/api/requests", json={"inspection": REAL, "wording": "w"}).status_code == 200
        real = stage.room.store.database.engine
        gone = Database(url_of(Path(), f"postgresql://echelon@127.0.0.1:{free_port()}/postgres"))
        stage.room.store.database.engine = gone.engine
        reply = opened.post("/api/requests", json={"inspection": REAL, "wording": "w"})
        assert reply.status_code == 503
        assert "does not answer; nothing was saved" in reply.json()["error"]
        stage.room.store.database.engine = real
        gone.close()
        assert opened.post("/api/requests", json={"inspection": REAL, "wording": "w"}).status_code == 200


def test_a_connection_cut_by_the_server_is_made_again(make_stage, postgresql):
    import psycopg
    from tests.readiness.conftest import new_database

    stage = make_stage(new_database(postgresql))
    stage.asked()
    with psycopg.connect(f"{postgresql}/postgres", autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    stage.asked()
    assert len(stage.room.board(stage["scribe"])[1]) == 2


def test_a_server_that_is_really_stopped_and_started_again(make_stage, postgresql_of_its_own):
    """The server dies while orders come, and comes back: what was acknowledged is there, the rest was refused."""
    server = postgresql_of_its_own
    from tests.readiness.conftest import new_database

    stage = make_stage(new_database(server.address))
    with served(stage.room) as address, client(address, "front_room") as opened:
        acknowledged, refused = {}, []

        def ask(number):
            reply = opened.post(
                "/api/requests",
                json={"inspection": REAL, "wording": f"w{number}"},
                headers={"idempotency-key": str(number)},
            )
            if reply.status_code == 200:
                acknowledged[number] = reply.json()["seq"]
            else:
                refused.append((reply.status_code, reply.json()["error"]))

        for number in range(5):
            ask(number)
        stopper = threading.Thread(target=server.stop)
        stopper.start()
        number = 5
        while not refused and number < 2000:
            ask(number)
            number += 1
        stopper.join()
        ask(9_000)
        assert {status for status, _ in refused} <= {503, 401}
        assert all("nothing was saved" in words or "may or may not" in words for _, words in refused)
        server.start()
        for again in range(number + 1):  # as a page does: sent again with the same key
            if again not in acknowledged:
                ask(again)
    entries = {one.seq: one for one in stage.room.store.entries(limit=5000)}
    for number, seq in acknowledged.items():
        assert entries[seq].body["once"].endswith(f":{number}")
    reader = PostgresqlReader(stage.url)
    assert verify(reader, []).findings == []
    reader.close()


@pytest.mark.parametrize("saved", [True, False])
def test_a_connection_lost_in_the_middle_of_a_commit_leaves_a_doubt_that_the_key_solves(make_stage, postgresql, saved):
    import psycopg
    from tests.readiness.conftest import new_database

    stage = make_stage(new_database(postgresql))
    dialect = stage.room.store.database.engine.dialect
    real = dialect.do_commit

    def cut(connection):
        del dialect.do_commit
        if saved:
            real(connection)
        connection.driver_connection.close()
        message = "server closed the connection unexpectedly"
        raise psycopg.OperationalError(message)

    told = {"inspection": REAL, "wording": "in doubt"}
    dialect.do_commit = cut
    with pytest.raises(DoubtError, match="may or may not be"):
        stage.room.receive(stage["front_room"], "request", told, once="k")
    again = stage.room.receive(stage["front_room"], "request", told, once="k")
    assert [one.id for one in stage.room.board(stage["front_room"])[1]] == [again.id] == ["R1"]


def test_a_disk_that_fills_up_under_the_anchors_leaves_no_half_line(here, tmp_path, monkeypatch):
    key = key_in(tmp_path)
    here.asked()
    first = set_anchor(here.room.store, key, tmp_path)
    here.asked()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            set_anchor(here.room.store, key, tmp_path)
    assert anchors_in(tmp_path / "anchors.jsonl") == [first]
    # The database has it by then; the file is told as soon as there is room.
    second = set_anchor(here.room.store, key, tmp_path)
    assert anchors_in(tmp_path / "anchors.jsonl") == [first, second]
    set_anchor(here.room.store, key, tmp_path)
    assert anchors_in(tmp_path / "anchors.jsonl") == [first, second]


@pytest.mark.parametrize("cut", [1, 40, 150])
def test_an_anchor_cut_off_by_a_kill_does_not_keep_the_room_shut(here, tmp_path, cut):
    key, file = key_in(tmp_path), tmp_path / "anchors.jsonl"
    here.asked()
    first = set_anchor(here.room.store, key, tmp_path)
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:-cut])
    if cut > 1:
        assert anchors_in(file) == [first]
    here.asked()
    second = set_anchor(here.room.store, key, tmp_path)
    assert anchors_in(file)[-1] == second
    assert file.read_bytes().count(b"\n") == len(anchors_in(file))
    file.write_bytes(b"no anchor\n" + whole)
    with pytest.raises(InvalidError, match=r"anchors\.jsonl:1"):
        anchors_in(file)


def test_a_key_that_could_not_be_written_whole_is_not_there(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            key_in(tmp_path)
    assert list(tmp_path.iterdir()) == []
    made = key_in(tmp_path)
    assert key_in(tmp_path).public == made.public
    assert [path.name for path in tmp_path.iterdir()] == ["key.pem"]


def test_a_machine_without_room_for_an_upload_says_so(here, address, monkeypatch):
    class Full:
        def __init__(self, *args, **kwargs):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("starlette.formparsers.SpooledTemporaryFile", Full)
    with client(address, "runner") as opened:
        reply = opened.post("/api/documents", files={"file": ("a.txt", b"text")})
        assert reply.status_code == 503
        assert "No space left on device" in reply.json()["error"]
        assert "nothing was saved" in reply.json()["error"]
        assert opened.get("/api/documents").json() == []


def test_a_wrap_up_is_saved_though_its_anchor_could_not_be(tmp_path, kept_hash, monkeypatch):
    room = open_room(tmp_path)
    room.accounts.create(MACHINE, "front_room", "Front", "", frozenset({"quality_head"}), kept=kept_hash)
    actor = room.accounts.actor(room.accounts.sign_in("front_room", PASSWORD))
    room.open_inspection(actor, {"id": REAL, "name": REAL, "first_day": "2026-03-02"})
    told = {"inspection": REAL, "day": "2026-03-02"}

    def full(*args):
        raise OSError(28, "No space left on device")

    with served(room) as address, client(address, "front_room") as opened:
        with monkeypatch.context() as patched:
            patched.setattr("echelon.readiness.records.anchors._append", full)
            reply = opened.post("/api/wrapups", json=told)
            assert (reply.status_code, reply.json()["anchored"]) == (200, False)
        assert opened.post("/api/wrapups", json=told).json()["anchored"]
    assert len(anchors_in(tmp_path / "anchors.jsonl")) == 1
    room.store.database.close()


def test_a_file_that_cannot_be_put_together_is_told_and_not_recorded_as_handed_over(here, address, monkeypatch):
    class Full(io.BytesIO):
        def write(self, content):
            if self.tell() > 300:
                raise OSError(28, "No space left on device")
            return super().write(content)

    monkeypatch.setattr("echelon.readiness.web.api_trail.tempfile.TemporaryFile", Full)
    with client(address, "quality_head") as opened:
        before = here.room.store.head()
        reply = opened.post(f"/api/inspections/{REAL}/handover")
        assert reply.status_code == 503
        assert "No space left on device" in reply.json()["error"]
        assert here.room.store.head() == before
