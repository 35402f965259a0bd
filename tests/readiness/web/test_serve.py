"""Starting the room: on either database, on this machine only, and refusing in words what would not be safe."""

import socket

import pytest
from tests.cli.conftest import within
from tests.readiness.conftest import REAL, client, new_database, served

from echelon.readiness.records.problems import InvalidError
from echelon.readiness.web.serve import Place, open_room, serve


def test_a_room_on_a_server_works_by_command_and_by_page(postgresql, tmp_path, monkeypatch):
    monkeypatch.setenv("ECHELON_READINESS_PASSWORD", "a long enough phrase")
    url = new_database(postgresql).replace("+psycopg", "")
    where = ("--room", tmp_path / "room", "--database", url)

    def call(*args):
        done = within("readiness", *args, *where)
        assert done.exit_code == 0, done.stderr
        return done.stdout

    call("account", "anna", "--name", "Anna", "--role", "quality_head")
    told = (f"id={REAL}", "name=PLI", "first_day=2026-03-02")
    call("receive", "inspection", "--as", "anna", *(part for one in told for part in ("--set", one)))
    room = open_room(tmp_path / "room", url)
    with served(room) as address, client(address, "anna") as opened:
        reply = opened.post("/api/requests", json={"inspection": REAL, "wording": "w"})
        assert reply.json()["id"] == "R1"
    room.store.database.close()
    call("anchor")
    assert "the records are whole" in call("verify")
    assert [path.name for path in sorted((tmp_path / "room").iterdir())] == ["anchors.jsonl", "key.pem"]


def test_it_does_not_listen_elsewhere_without_encryption(here):
    with pytest.raises(InvalidError, match="unencrypted"):
        serve(here.room, Place("0.0.0.0"))


def test_a_port_that_is_taken_is_named(here):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1:{port}"):
            serve(here.room, Place(port=port))


@pytest.mark.parametrize("url", ["mysql://a/b", "nonsense", "sqlite://", "postgresql"])
def test_another_database_is_refused_in_words(tmp_path, url):
    with pytest.raises(InvalidError, match="postgresql://user@host/name"):
        open_room(tmp_path, url)
    assert list(tmp_path.iterdir()) == []


def test_no_file_of_a_room_is_open_to_others_even_in_a_folder_that_is(tmp_path):
    folder = tmp_path / "room"
    folder.mkdir(mode=0o755)
    room = open_room(folder)
    with room.store.database.writing():
        found = {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}
    room.store.database.close()
    assert "readiness.sqlite-wal" in found
    assert set(found.values()) == {"0o600"}
