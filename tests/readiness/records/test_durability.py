"""Killed, disk full, database gone: what was acknowledged stays, nothing is half-written, words say why."""

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

from echelon.readiness.records.database import Database, url_of
from echelon.readiness.records.problems import UnavailableError
from echelon.readiness.records.store import MACHINE
from echelon.readiness.verifier import SqliteReader, verify
from echelon.readiness.web.serve import open_room

TIMES = 3
"""Kills in the tests; `make load` does 20."""


def start(folder, port):
    command = [sys.executable, "-m", "echelon", "readiness", "--room", str(folder), "--port", str(port)]
    running = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{port}"
    for _ in range(400):
        try:
            httpx.get(f"{address}/sign-in", timeout=2)
        except httpx.TransportError:
            if running.poll() is not None:
                pytest.fail(running.stderr.read())
            time.sleep(0.05)
        else:
            return running, address
    running.kill()
    pytest.fail("the room did not open in 20 seconds")


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
        time.sleep(1.2)
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
