"""The live stream: in order, complete, resumable, for each only what that person may see."""

import json
import threading

import httpx
import pytest
from tests.readiness.conftest import REAL, client


class Listener(threading.Thread):
    """Follows the stream until it has seen a number of records, or is told to stop."""

    def __init__(self, opened, after="", wanted=1):
        super().__init__(daemon=True)
        self.opened, self.after, self.wanted = opened, after, wanted
        self.ids, self.events, self.names = [], [], []
        self.ready = threading.Event()
        self.start()
        assert self.ready.wait(10)

    def run(self):
        with self.opened.stream("GET", "/api/events", params={"after": self.after}, timeout=20) as reply:
            kind = name = ""
            for line in reply.iter_lines():
                self.ready.set()
                if line.startswith("id: "):
                    name = line[4:]
                elif line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    self.names.append(kind)
                    self.ids.append(name)
                    self.events.append(json.loads(line[6:]))
                    if len(self.events) >= self.wanted:
                        return

    def done(self):
        self.join(15)
        assert not self.is_alive(), f"{len(self.events)} of {self.wanted} came"
        return self.events


def test_everyone_gets_every_event_in_order(here, address):
    with client(address, "quality_head") as one, client(address, "scribe") as two:
        listeners = [Listener(opened, wanted=60) for opened in (one, two, one)]

        def ask(number):
            for _ in range(15):
                here.asked(wording=f"by {number}")

        writers = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        seqs = [[event["seq"] for event in listener.done()] for listener in listeners]
    assert seqs[0] == sorted(seqs[0])
    assert len(set(seqs[0])) == 60
    assert seqs[1] == seqs[0] == seqs[2]


def test_a_listener_that_comes_back_misses_nothing(here, address):
    with client(address, "quality_head") as opened:
        first = Listener(opened, wanted=3)
        for _ in range(3):
            here.asked()
        first.done()
        for _ in range(7):
            here.asked()
        back = Listener(opened, after=first.ids[-1], wanted=7)
        assert [event["id"] for event in back.done()] == [f"R{number}" for number in range(4, 11)]


def test_a_listener_from_long_ago_is_served_from_the_database(here, address, monkeypatch):
    monkeypatch.setattr("echelon.readiness.web.stream.PAGE", 5)
    with client(address, "quality_head") as opened:
        here_before = here.room.store.head()[0]
        for _ in range(12):
            here.asked()
    with client(address, "scribe") as opened:
        told = Listener(opened, after=f"1-{here_before}", wanted=12).done()
    assert [event["id"] for event in told] == [f"R{number}" for number in range(1, 13)]


@pytest.mark.parametrize("after", ["2-1", "1-999999", "x", "1-x", "1--1", "%00"])
def test_an_id_that_was_never_given_starts_anew(here, address, after):
    with client(address, "quality_head") as opened:
        listener = Listener(opened, after=after, wanted=1)
        listener.done()
    assert listener.names == ["reset"]


def test_an_inspector_hears_of_released_items_only_and_counts_only_those(here, address):
    with client(address, "inspector") as opened:
        listener = Listener(opened, after=opened.get("/api/items").json()["cursor"], wanted=2)
        here.asked(wording="secret one")
        here.until("staged", wording="secret two")
        item = here.until("released", wording="open one")
        here.room.do(here["front_room"], "close", item, {})
        told = listener.done()
    assert listener.ids == ["1-1", "1-2"]
    assert [event["record"]["state"] for event in told] == ["released", "closed"]
    assert "secret" not in json.dumps(told)
    assert set(told[0]["record"]) == {
        "id", "kind", "inspection", "wording", "received_at", "state", "released_at", "form", "answer", "documents",
        "delivered_at", "returned_at",
    }  # fmt: skip


def test_an_expert_hears_of_own_items_only(here, address):
    with client(address, "subject_expert") as opened:
        listener = Listener(opened, wanted=1)
        here.asked(wording="not yours")
        item = here.asked(wording="yours")
        here.room.do(here["back_room"], "assign", item, {"owner": here["subject_expert"].account})
        assert [event["id"] for event in listener.done()] == [item]


def test_a_runner_is_told_when_an_item_leaves_its_sight(here, address):
    with client(address, "runner") as opened:
        item = here.until("preparing")
        listener = Listener(opened, after=opened.get("/api/items").json()["cursor"], wanted=1)
        here.room.do(here["subject_expert"], "submit", item, {})
        assert listener.done() == [{"kind": "request", "id": item}]
        assert listener.names == ["gone"]


def test_the_stream_ends_with_the_session(here, address):
    with client(address, "scribe") as opened:
        listener = Listener(opened, wanted=1)
        here.room.accounts.change(here["quality_head"], here["scribe"].account, disabled=True, reason="left")
        listener.done()
        assert listener.names == ["signed-out"]
        assert opened.get("/api/me").status_code == 401


def test_nobody_listens_without_a_session(here, address):
    assert httpx.get(f"{address}/api/events").status_code == 401


def test_what_another_process_wrote_arrives_too(here, address, tmp_path):
    from echelon.readiness.records.database import Database, url_of
    from echelon.readiness.records.store import Store
    from echelon.readiness.room.room import Room

    other = Room(Store(Database(url_of(tmp_path))))
    with client(address, "quality_head") as opened:
        listener = Listener(opened, wanted=1)
        other.receive(here["front_room"], "request", {"inspection": REAL, "wording": "from the command line"})
        assert listener.done()[0]["record"]["wording"] == "from the command line"
    other.store.database.close()
