"""Reviewing the trail: what is found, what may be marked, and that it stands in the trail itself."""

import pytest
from tests.readiness.conftest import PASSWORD, REAL, client

from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError, RefusedError
from echelon.readiness.records.roles import ROLES
from echelon.readiness.records.store import MACHINE
from echelon.readiness.room import review, signing


def seqs(stage, limit=1000, **wanted):
    return [one.seq for one in review.look(stage.room, stage["quality_head"], wanted, limit=limit).entries]


def test_a_quality_head_finds_by_person_record_day_and_kind(stage):
    item, other = stage.until("released"), stage.asked()
    stage.room.do(stage["quality_head"], "reopen", item, {"reason": "a page is missing"})
    everything = stage.room.store.entries(limit=1000)

    def where(test):
        return [one.seq for one in everything if test(one)]

    assert seqs(stage) == [one.seq for one in everything]
    expert = stage["subject_expert"].account
    assert seqs(stage, who=expert) == where(lambda one: one.actor == expert)
    assert seqs(stage, record=item) == where(lambda one: one.id == item)
    assert seqs(stage, record=other, who=expert) == []
    assert seqs(stage, inspection=REAL) == where(lambda one: one.inspection == REAL)
    assert seqs(stage, order="corrections") == where(lambda one: one.action == "reopen")
    assert seqs(stage, order="people") == where(lambda one: one.action == "account_create")
    assert seqs(stage, order="submit") == where(lambda one: one.action == "submit")
    assert seqs(stage, order="request") == where(lambda one: one.kind == "request")
    today = everything[-1].at[:10]
    assert seqs(stage, first=today) == where(lambda one: one.at >= today)
    assert seqs(stage, last="2026-01-01") == []
    assert seqs(stage, first="2999-01-01") == []


def test_what_was_entered_late_is_found(here):
    here.asked()
    late = here.room.receive(
        here["front_room"], "request", {"inspection": REAL, "wording": "w"}, happened="2026-01-02T09:30Z"
    )
    assert seqs(here, order="entered late") == [late.seq]


def test_a_long_trail_is_looked_through_in_parts(here, monkeypatch):
    monkeypatch.setattr(review, "PAGE", 7)
    for _ in range(12):
        here.asked()
    head = here["quality_head"]
    found, after = [], 0
    while True:
        part = review.look(here.room, head, {"order": "receive"}, after, 5)
        found += [one.seq for one in part.entries]
        if not part.more:
            break
        after = found[-1]
    assert found == seqs(here, order="receive")
    assert len(found) == 12


def test_a_review_stands_in_the_trail_and_names_what_was_reviewed(stage):
    stage.until("staged")
    chosen = seqs(stage, order="request")
    entry = review.mark(stage.room, stage["quality_head"], {"entries": chosen[::-1], "remarks": "all in order"})
    assert (entry.action, entry.kind, entry.id) == ("review", "review", "V1")
    body = stage.room.store.read("review", "V1").body
    assert [seq for first, last in body["entries"] for seq in range(first, last + 1)] == chosen
    assert body["count"] == len(chosen)
    assert len(body["digest"]) == 64
    left = seqs(stage, unreviewed=True)
    assert not set(chosen) & set(left)
    assert entry.seq in left
    found = review.look(stage.room, stage["quality_head"], {"order": "request"})
    assert set(found.reviewed.values()) == {"V1"}
    with pytest.raises(ConflictError, match="already, in V1"):
        review.mark(stage.room, stage["quality_head"], {"entries": chosen[:1]})


def test_nobody_reviews_what_they_did(here):
    mine = seqs(here, who=here["quality_head"].account)
    assert mine
    with pytest.raises(InvalidError, match="another quality head"):
        review.mark(here.room, here["quality_head"], {"entries": mine[:1]})
    here.room.accounts.create(MACHINE, "second", "Second", PASSWORD, frozenset({"quality_head"}))
    second = here.room.accounts.actor(here.room.accounts.sign_in("second", PASSWORD))
    review.mark(here.room, second, {"entries": mine})
    assert not set(mine) & set(seqs(here, unreviewed=True))


def test_a_review_that_names_what_is_not_there_changes_nothing(here):
    before = here.room.store.head()
    chosen = seqs(here, order="people")
    for entries, error in (([*chosen, 9_999], NotThereError), ([], InvalidError), ([0], InvalidError)):
        with pytest.raises(error):
            review.mark(here.room, here["quality_head"], {"entries": entries})
    assert here.room.store.head() == before


@pytest.mark.parametrize("role", [role for role in ROLES if role != "quality_head"])
def test_nobody_else_reviews(here, role):
    review.mark(here.room, here["quality_head"], {"entries": seqs(here, order="people")})
    for order in (
        lambda actor: review.look(here.room, actor, {}),
        lambda actor: review.mark(here.room, actor, {"entries": [1]}),
        lambda actor: review.reviews_of(here.room, actor),
        lambda actor: review.actions(here.room, actor),
    ):
        with pytest.raises(RefusedError):
            order(here[role])
    assert here.room.board(here[role], kinds=("review",))[1] == []
    with pytest.raises(NotThereError):
        here.room.get(here[role], "review", "V1")


@pytest.mark.parametrize("text", ["' OR 1=1 --", "%", "'; DROP TABLE trail; --", "_", '"', "\\"])
def test_what_is_looked_for_is_taken_as_text(stage, text):
    for name in ("who", "record", "inspection", "order"):
        assert seqs(stage, **{name: text}) == []
    for name in ("first", "last"):
        with pytest.raises(InvalidError, match="is no day"):
            seqs(stage, **{name: text})


def test_a_review_is_signed_like_any_record(here, keys):
    from echelon.readiness.records.anchors import key_in

    review.mark(here.room, here["quality_head"], {"entries": seqs(here, order="people")})
    told = {"meaning": "reviewed", "password": PASSWORD, "version": 1}
    signing.sign(here.room, key_in(keys), here["quality_head"], "review", "V1", told)
    assert signing.signatures_of(here.room, here["quality_head"], "review", "V1")[0]["holds"]


def test_over_the_api(here, address):
    with client(address, "quality_head") as opened, client(address, "scribe") as other:
        found = opened.get("/api/review", params={"order": "people", "unreviewed": True}).json()
        assert {"corrections", "entered late", "account_create"} <= set(found["orders"])
        chosen = [one["seq"] for one in found["entries"] if not one["own"]]
        made = opened.post("/api/review", json={"entries": chosen, "remarks": "<b>fine</b>"}).json()
        assert opened.get("/api/reviews").json()[0]["id"] == made["id"]
        again = opened.get("/api/review", params={"order": "people"}).json()
        assert {one["reviewed"] for one in again["entries"]} == {made["id"]}
        assert opened.get("/api/review", params={"first": "yesterday"}).status_code == 422
        assert other.get("/api/review").status_code == 403
        assert other.post("/api/review", json={"entries": [1]}).status_code == 403
        assert other.get("/api/reviews").status_code == 403
