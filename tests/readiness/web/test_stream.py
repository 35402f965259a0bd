"""The live stream: in order, complete, resumable, for each only what that person may see."""

import json
import threading
from itertools import combinations, product

import httpx
import pytest
from tests.readiness.conftest import PASSWORD, REAL, client

from echelon.readiness.records.accounts import IDLE
from echelon.readiness.records.problems import UnavailableError
from echelon.readiness.records.roles import ROLES
from echelon.readiness.records.store import MACHINE, Actor
from echelon.readiness.room.views import ALIKE, audience, sees


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


def test_an_idle_session_ends_though_its_screen_listens(here, address, monkeypatch):
    monkeypatch.setattr("echelon.readiness.web.stream.CHECK", 0.1)
    with client(address, "scribe") as opened, client(address, "back_room") as other:
        listener = Listener(opened, wanted=2)
        here.asked(wording="while it was open")
        here.clock.ahead = IDLE * 0.9
        assert other.get("/api/me").status_code == 200  # the other one does something now and then
        still = Listener(other, after=other.get("/api/items").json()["cursor"], wanted=1)
        here.clock.ahead = IDLE * 1.1
        assert listener.done()[0]["record"]["wording"] == "while it was open"
        assert listener.names == ["record", "signed-out"]
        assert opened.get("/api/items").status_code == 401
        here.people["front_room"] = here.room.accounts.actor(here.room.accounts.sign_in("front_room", PASSWORD))
        here.asked(wording="afterwards")
        assert still.done()[0]["record"]["wording"] == "afterwards"


def test_roles_taken_away_end_the_stream_before_anything_more_is_told(here, address):
    with client(address, "back_room") as opened:
        listener = Listener(opened, wanted=1)
        account = here["back_room"].account
        here.room.accounts.change(here["quality_head"], account, roles=frozenset({"translator"}), reason="moved")
        here.asked(wording="not for a translator")
        listener.done()
        assert listener.names == ["signed-out"]
    with client(address, "back_room") as opened:
        assert opened.get("/api/me").json()["roles"] == ["translator"]
        assert opened.get("/api/items").json()["items"] == []


def test_signing_out_ends_every_screen_of_the_session_and_no_other(here, address):
    with client(address, "scribe") as one, client(address, "scribe") as two:
        ended, stays = [Listener(one, wanted=1) for _ in range(2)], Listener(two, wanted=1)
        assert one.post("/api/sign-out").status_code == 200
        for listener in ended:
            listener.done()
            assert listener.names == ["signed-out"]
        item = here.asked()
        assert [event["id"] for event in stays.done()] == [item]


def test_a_session_has_so_many_screens_and_no_more(here, address, monkeypatch):
    monkeypatch.setattr("echelon.readiness.web.stream.SCREENS", 2)
    with client(address, "scribe") as opened:
        listeners = [Listener(opened, wanted=1) for _ in range(2)]
        refused = opened.get("/api/events")
        assert refused.status_code == 429
        assert "open already" in refused.json()["error"]
        here.asked()
        for listener in listeners:
            listener.done()


def test_a_database_that_was_away_costs_no_entry(here, address, monkeypatch):
    from echelon.readiness.web import stream

    real, away = stream.read, threading.Event()

    def read(*args):
        if away.is_set():
            message = "the database does not answer"
            raise UnavailableError(message)
        return real(*args)

    monkeypatch.setattr(stream, "read", read)
    with client(address, "quality_head") as opened:
        listener = Listener(opened, wanted=3)
        here.asked()
        away.set()
        here.asked()
        here.asked()
        away.clear()
        assert [event["id"] for event in listener.done()] == ["R1", "R2", "R3"]


def test_a_stumble_is_written_down_and_the_stream_goes_on(here, address, monkeypatch, caplog):
    from echelon.readiness.web import stream

    real, left = stream.read, [RuntimeError("not foreseen")]

    def read(*args):
        if left:
            raise left.pop()
        return real(*args)

    with client(address, "quality_head") as opened:
        listener = Listener(opened, wanted=1)
        monkeypatch.setattr(stream, "read", read)
        here.asked()
        assert [event["id"] for event in listener.done()] == ["R1"]
    assert "goes on" in caplog.text


def test_what_is_written_once_for_an_audience_is_what_each_of_it_sees():
    roles = [frozenset(pair) for size in (1, 2) for pair in combinations(sorted(ROLES), size)]
    people = [Actor(name, name, "", one, "", "pli") for one in roles for name in ("p1", "p2")]
    states = ("received", "preparing", "staged", "released")
    bodies = [
        {"state": state, "involved": involved, "owner": owner, "person": owner}
        for state, involved, owner in product(states, ([], ["p1"]), ("", "p1", "p2"))
    ]
    compared = 0
    for one, other in combinations(people, 2):
        if audience(one) == audience(other):
            for kind, body in product(sorted(ALIKE), bodies):
                assert sees(one, kind, body) == sees(other, kind, body), (one, kind, body)
                compared += 1
    assert compared > 1000


def test_what_depends_on_the_person_is_written_for_each(here, address):
    """A kind outside `ALIKE`: two scribes, of whom one is the person it is about."""
    from echelon.readiness.records.store import Draft, Order

    here.room.accounts.create(MACHINE, "scribe2", "Second", PASSWORD, frozenset({"scribe"}))
    mine = here["scribe"].account

    def work(writing):
        return Draft("card", "K1", {"id": "K1", "person": mine}, 1)

    with client(address, "scribe") as one, client(address, "scribe2") as two:
        listeners = Listener(one, wanted=1), Listener(two, wanted=1)
        here.room.store.write(Order(MACHINE, "card"), work)
        item = here.asked()
        assert [event["id"] for event in listeners[0].done()] == ["K1"]
        assert [event["id"] for event in listeners[1].done()] == [item]
