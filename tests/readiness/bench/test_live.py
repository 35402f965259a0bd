"""Live questions beside practice ones, and practice questions signed by a quality head."""

import pytest
from tests.readiness.bench.test_roles_a import WORDING
from tests.readiness.conftest import MOCK, PASSWORD, REAL

from echelon.readiness.bench import drills, live, questions, reading, recall
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError, RefusedError
from echelon.readiness.room.signing import sign, signatures_of
from echelon.readiness.verifier import SqliteReader, verify


def ask(stage, bank, **values):
    given = {"inspection": REAL, "wording": "And who cleans it?", "bank": bank} | values
    return stage.room.receive(stage["scribe"], "question", given).id


def row(stage, key, who="quality_head"):
    return next(one for one in reading.questions_of(stage.room, stage[who]) if one["id"] == key)


@pytest.mark.parametrize(
    ("chance", "times", "now"),
    [(0.2, 0, 0.2), (0.2, 1, 1 / 3), (0.5, 2, 0.8), (0.5, 3, 8 / 9), (0.5, 30, 8 / 9), (0.0, 3, 0.0), (1.0, 3, 1.0)],
)
def test_being_asked_raises_the_odds_and_no_further(chance, times, now):
    assert live.pressed(chance, times) == pytest.approx(now)


def test_what_inspectors_asked_about_is_drilled_first(stocked):
    head, expert = stocked["quality_head"], stocked["subject_expert"].account
    drills.set_duty(stocked.room, head, {"person": expert, "topics": ["cleaning", "investigations"]})
    before = recall.next_of(stocked.room, head, person=expert, most=60)
    gains = {one["question"]: one["gain"] for one in before}
    most = before[0]["topic"]
    (least,) = {"cleaning", "investigations"} - {most}
    key = next(one["question"] for one in before if one["topic"] == least)
    for _ in range(3):
        ask(stocked, key)
    after = recall.next_of(stocked.room, head, person=expert, most=60)
    assert {one["topic"]: one["asked"] for one in after} == {least: 3, most: 0}
    for one in after:
        same = one["gain"] == pytest.approx(gains[one["question"]], rel=1e-6)
        assert same if one["topic"] != least else one["gain"] > 1.5 * gains[one["question"]]


def test_only_what_was_asked_counts(stocked):
    room, first = stocked.room, ask(stocked, "cleaning-01")
    again = ask(stocked, "")
    ask(stocked, "cleaning-01", inspection=MOCK)
    room.receive(
        stocked["back_room"], "question", {"inspection": REAL, "wording": "w", "bank": "cleaning-01", "ahead": True}
    )
    assert row(stocked, "cleaning-01")["asked"] == 2
    room.do(stocked["front_room"], "supersede", first, {"by": again, "reason": "put anew"})
    assert row(stocked, "cleaning-01")["asked"] == 1
    room.do(stocked["scribe"], "tag", again, {"bank": "cleaning-01"})
    assert row(stocked, "cleaning-01")["asked"] == 2


def test_a_live_answer_is_seen_beside_the_practice_one_by_who_sees_the_item(stocked):
    item = ask(stocked, "cleaning-01")
    stocked.room.do(stocked["scribe"], "answer", item, {"given": "Procedure 7, by two people", "by": "Eva"})
    found = live.live_of(stocked.room, stocked["quality_head"], "cleaning-01")
    assert [(one["id"], one["given"], one["answered_by"]) for one in found["items"]] == [
        (item, "Procedure 7, by two people", "Eva")
    ]
    assert len(found["points"]) >= 3
    hidden = live.live_of(stocked.room, stocked["subject_expert"], "cleaning-01")
    assert (hidden["items"], hidden["points"]) == ([], found["points"])
    for outside in ("inspector", "mock_auditor"):
        with pytest.raises(RefusedError):
            live.live_of(stocked.room, stocked[outside], "cleaning-01")


def test_a_match_is_to_a_question_that_is_there(stocked):
    with pytest.raises(InvalidError, match=r"no practice question 'cleaning-1'; .*cleaning-01"):
        ask(stocked, "cleaning-1")
    item = ask(stocked, "")
    with pytest.raises(InvalidError, match="no practice question"):
        stocked.room.do(stocked["scribe"], "tag", item, {"bank": "x"})
    with pytest.raises(NotThereError):
        live.live_of(stocked.room, stocked["scribe"], "x")


def test_an_auditor_learns_nothing_of_the_bank_by_matching(stocked):
    told = []
    for bank in ("cleaning-01", "nothing-01"):
        with pytest.raises(RefusedError) as refused:
            stocked.room.receive(
                stocked["mock_auditor"], "question", {"inspection": MOCK, "wording": "w", "bank": bank}
            )
        told.append(str(refused.value))
    assert told[0] == told[1]


def put(stage, who, key, meaning="approved"):
    version = row(stage, key)["version"]
    values = {"meaning": meaning, "password": PASSWORD, "version": version}
    return sign(stage.room, stage.room.key, stage[who], "practice", key, values)


def test_a_quality_head_signs_a_version_of_a_question_as_approved(stocked, tmp_path):
    head = stocked["quality_head"]
    put(stocked, "quality_head", "cleaning-01")
    assert [(one["meaning"], one["name"]) for one in row(stocked, "cleaning-01")["signed"]] == [("approved", head.name)]
    told = reading.questions_of(stocked.room, head, search="cleaning-01")[0]
    wording = {name: told[name] for name in ("clauses", "criterion", "topic", "points", "evidence", "language")}
    questions.revise(stocked.room, head, "cleaning-01", wording | {"question": "Who cleans it, and who looks?"})
    assert row(stocked, "cleaning-01")["signed"] == []
    assert [one["holds"] for one in signatures_of(stocked.room, head, "practice", "cleaning-01")] == [False]
    with pytest.raises(ConflictError, match="is draft; approve it before you sign"):
        put(stocked, "quality_head", "cleaning-01")
    questions.give(stocked.room, head, "cleaning-01", {"owner": stocked["subject_expert"].account})
    questions.approve(stocked.room, stocked["subject_expert"], "cleaning-01")
    with pytest.raises(RefusedError, match="you wrote this version"):
        put(stocked, "quality_head", "cleaning-01")
    assert verify(SqliteReader(tmp_path / "readiness.sqlite"), []).findings == []


def test_a_stale_question_is_not_signed_as_approved(stocked):
    head = stocked["quality_head"]
    questions.set_procedure(stocked.room, head, {"name": "SOP-1", "fingerprint": "1"})
    questions.new_question(stocked.room, stocked["subject_expert"], WORDING | {"id": "own-01", "procedure": "SOP-1"})
    questions.approve(stocked.room, head, "own-01")
    put(stocked, "quality_head", "own-01")
    questions.set_procedure(stocked.room, head, {"name": "SOP-1", "fingerprint": "2"})
    with pytest.raises(ConflictError, match="is stale: SOP-1 has changed"):
        put(stocked, "quality_head", "own-01")


@pytest.mark.parametrize("who", ["subject_expert", "back_room", "scribe", "inspector", "mock_auditor"])
def test_nobody_else_signs_a_question_as_approved(stocked, who):
    with pytest.raises((RefusedError, NotThereError)):
        put(stocked, who, "cleaning-01")
