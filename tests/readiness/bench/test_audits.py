"""Mock audits: blind logs, matching, repairs with a recheck by somebody else, and ranges of what is unseen."""

import io
import zipfile
from datetime import timedelta
from itertools import product

import httpx
import numpy as np
import pytest
from tests.readiness.conftest import MOCK, PASSWORD, REAL, client

from echelon.readiness.audits.unseen import Round, unseen
from echelon.readiness.bench import audits, repairs
from echelon.readiness.bench.steps import listed
from echelon.readiness.bench.unseen import standing
from echelon.readiness.bench.work import BEGINNINGS, WAYS, WORK
from echelon.readiness.handover.pack import handed_over
from echelon.readiness.records.anchors import key_in
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError, RefusedError
from echelon.readiness.records.roles import INSIDERS, ROLES, ROOMS
from echelon.readiness.room import signing

SECRET = "a secret word of one auditor"


def names(records):
    return [one.id for one in records]


def test_a_log_is_blind_until_the_round_is_closed(make_audit, stage):
    audit = make_audit(stage)
    mine, theirs = audit.log(0, SECRET), audit.log(1)
    room = stage.room
    first, second, third = audit.auditors
    assert names(audits.findings_of(room, first)) == [mine]
    assert names(audits.findings_of(room, second)) == [theirs]
    assert names(audits.findings_of(room, third)) == []
    assert names(audits.findings_of(room, stage["quality_head"])) == [mine, theirs]
    audit.close()
    assert names(audits.findings_of(room, third)) == [mine, theirs]
    assert "auditor" not in audits.findings_of(room, third)[0].body
    # Findings of a round they had no part in stay hidden.
    assert audits.findings_of(room, stage["mock_auditor"]) == []


def test_no_hand_over_of_the_mock_inspection_shows_it(audit, here):
    mine = audit.log(0, SECRET)
    for part in ("all", "released"):
        file = io.BytesIO()
        handed_over(here.room, here["quality_head"], MOCK, file, part=part)
        with zipfile.ZipFile(file) as box:
            texts = [box.read(name).decode("utf-8", "replace") for name in box.namelist()]
        assert not [text for text in texts if SECRET in text or mine in text]
        assert texts


def test_no_way_of_reading_shows_another_auditors_finding(audit, here):
    mine = audit.log(0, SECRET)
    other, room = audit.auditors[1], here.room
    with pytest.raises(NotThereError, match=f"there is no finding {mine}"):
        room.get(other, "finding", mine)
    with pytest.raises((NotThereError, RefusedError)):
        room.history(other, "finding", mine)
    for kinds in (("finding",), ("gap",), ("round",)):
        assert room.board(other, kinds=kinds)[1] == []
    for search in ("secret", SECRET, mine, "%", "_"):
        assert audits.findings_of(room, other, search=search) == []
        assert room.board(other, kinds=("finding", "request"), search=search)[1] == []
    for step in WAYS["finding"].steps:
        with pytest.raises(NotThereError):
            audit.do(other, step, mine, {"reason": "r"} if step == "dismiss" else {})
    # Nor do those of the company who do not lead it.
    for role in sorted(INSIDERS - {"quality_head"}):
        with pytest.raises(NotThereError):
            room.get(here[role], "finding", mine)
        assert room.board(here[role], kinds=("finding",), search="secret")[1] == []
        with pytest.raises(RefusedError):
            audits.findings_of(room, here[role])


def test_what_an_auditor_is_told_counts_nobody_elses_findings(audit):
    assert audit.log(0) == f"{audit.round}-A1"
    for _ in range(3):
        audit.log(1)
    assert audit.log(0) == f"{audit.round}-A2"
    shown = audits.rounds_of(audit.stage.room, audit.auditors[0])[0].body
    assert set(shown) == {"id", "name", "mode", "first_day", "scope", "state", "inspection"}


def test_the_live_stream_and_the_api_keep_logs_blind(audit, here, address):
    """Everyone listens while one auditor logs; the log comes to the quality head alone."""
    head, heard = here["quality_head"], {}
    with client(address, "aud1") as first, client(address, "aud2") as second:
        made = first.post("/api/findings", json={"round": audit.round, "wording": SECRET})
        assert made.status_code == 200, made.text
        assert "seq" not in made.json()
        name = made.json()["id"]
        assert first.get("/api/findings").json()[0]["id"] == name
        assert second.get("/api/findings").json() == []
        assert second.get("/api/findings", params={"search": "secret"}).json() == []
        for path in (f"records/finding/{name}/history", f"records/finding/{name}/signatures", "unseen", "trail"):
            assert second.get(f"/api/{path}").status_code in {403, 404}, path
        assert second.get("/api/gaps").json() == []
        assert SECRET not in second.get("/").text + second.get("/api/items").text
    assert head is not None
    for role in ("aud2", *ROLES):
        with (
            client(address, role) as opened,
            opened.stream("GET", "/api/events", params={"after": "1-0"}, timeout=1) as reply,
        ):
            said = ""
            try:
                for part in reply.iter_text():
                    said += part
            except httpx.ReadTimeout:
                pass
            heard[role] = said
    assert {role for role, said in heard.items() if SECRET in said} == {"quality_head"}


def test_findings_are_matched_when_the_round_is_closed(audit):
    first, second, other = audit.log(0, grade="other"), audit.log(1, grade="major"), audit.log(2, "dust")
    with pytest.raises(ConflictError, match="still open"):
        audit.match(first)
    audit.close()
    gap = audit.match(first)
    assert audit.match(second, gap) == gap
    with pytest.raises(ConflictError, match=f"matched to {gap} already"):
        audit.match(first)
    assert audit.match(other) != gap
    body = audit.stage.room.get(audit.stage["back_room"], "gap", gap).body
    assert [one["finding"] for one in body["findings"]] == [first, second]
    assert (body["grade"], body["state"]) == ("major", "open")
    with pytest.raises(ConflictError, match="is closed"):
        audit.log(0)
    with pytest.raises(ConflictError, match="is closed"):
        audit.do(audit.auditors[0], "reword", first, {"wording": "other words"})


def test_a_finding_matched_by_mistake_is_taken_out(audit):
    head = audit.stage["quality_head"]
    finding = audit.log(0)
    audit.close()
    gap = audit.match(finding)
    with pytest.raises(ConflictError, match="take it out there first"):
        audit.do(head, "dismiss", finding, {"reason": "r"})
    audit.do(head, "unmatch", gap, {"finding": finding, "reason": "wrong one"})
    assert audit.stage.room.get(head, "gap", gap).body["state"] == "void"
    audit.do(head, "dismiss", finding, {"reason": "it is as the procedure says"})
    with pytest.raises(ConflictError, match="dismissed"):
        audit.match(finding)


def test_an_own_finding_is_put_better_or_withdrawn_while_the_round_is_open(audit):
    finding = audit.log(0)
    audit.do(audit.auditors[0], "reword", finding, {"grade": "critical"})
    body = audits.findings_of(audit.stage.room, audit.auditors[0])[0].body
    assert (body["grade"], body["wording"]) == ("critical", "a door without a seal")
    audit.do(audit.auditors[0], "withdraw", finding)
    audit.close()
    with pytest.raises(ConflictError, match="withdrawn"):
        audit.match(finding)
    assert audits.findings_of(audit.stage.room, audit.auditors[1]) == []


def test_a_repair_is_rechecked_by_somebody_else(audit):
    stage = audit.stage
    expert, head, back = stage["subject_expert"], stage["quality_head"], stage["back_room"]
    finding = audit.log(0)
    audit.close()
    gap = audit.match(finding)
    assert names(listed(stage.room, expert, WAYS["gap"])) == []
    audit.plan(gap, expert)
    assert names(listed(stage.room, expert, WAYS["gap"])) == [gap]
    today = stage.clock().date()
    late = {"proof": "p", "on": str(today + timedelta(days=2))}
    with pytest.raises(InvalidError, match="still to come"):
        audit.do(expert, "repaired", gap, late)
    audit.do(expert, "repaired", gap, {"proof": "new seal, work order 17", "on": str(today)})
    with pytest.raises(RefusedError):
        audit.do(expert, "recheck", gap, {"effective": True, "note": "n"})
    audit.do(back, "recheck", gap, {"effective": False, "note": "the seal is loose"})
    body = stage.room.get(back, "gap", gap).body
    assert (body["state"], body["returns"]) == ("planned", 1)
    audit.do(head, "repaired", gap, {"proof": "glued", "on": str(today)})
    with pytest.raises(RefusedError, match="somebody else"):
        audit.do(head, "recheck", gap, {"effective": True, "note": "n"})
    audit.do(back, "recheck", gap, {"effective": True, "note": "tight"})
    assert stage.room.get(expert, "gap", gap).body["state"] == "closed"


def test_a_gap_is_signed_as_it_was_read_and_a_finding_is_not(audit, here, tmp_path):
    key = key_in(tmp_path)
    finding = audit.log(0)
    audit.close()
    gap, head = audit.match(finding), here["quality_head"]
    told = {"meaning": "approved", "password": PASSWORD, "version": 1}
    signing.sign(here.room, key, head, "gap", gap, told)
    audit.plan(gap, here["scribe"])
    assert [one["holds"] for one in signing.signatures_of(here.room, head, "gap", gap)] == [False]
    with pytest.raises(ConflictError, match="version 2"):
        signing.sign(here.room, key, head, "gap", gap, told)
    for actor in (audit.auditors[0], here["runner"]):
        with pytest.raises(NotThereError):
            signing.sign(here.room, key, actor, "gap", gap, told | {"version": 2})
    with pytest.raises(InvalidError, match="not signed"):
        signing.sign(here.room, key, head, "finding", finding, told)


def test_a_gap_found_again_after_its_recheck_is_open_again(audit, here):
    gap_of_first = _closed_gap(audit)
    again = begun_again(here, audit)
    finding = again.log(0)
    again.close()
    again.match(finding, gap_of_first)
    body = here.room.get(here["quality_head"], "gap", gap_of_first).body
    assert (body["state"], body["returns"]) == ("open", 1)


def _closed_gap(audit):
    stage = audit.stage
    finding = audit.log(0)
    audit.close()
    gap = audit.match(finding)
    audit.plan(gap, stage["subject_expert"])
    audit.do(stage["subject_expert"], "repaired", gap, {"proof": "p", "on": str(stage.clock().date())})
    audit.do(stage["back_room"], "recheck", gap, {"effective": True, "note": "n"})
    return gap


def begun_again(stage, audit):
    from tests.readiness.bench.conftest import Audit, begun

    other = Audit(stage, begun(stage), audit.auditors)
    for one in audit.auditors:
        other.do(stage["quality_head"], "invite", other.round, {"auditor": one.account})
    return other


STEPS = {
    "invite": {"auditor": "x"}, "excuse": {"auditor": "x"}, "close-round": {"repaired": False}, "reword": {},
    "withdraw": {}, "dismiss": {"reason": "r"}, "regrade": {"reason": "r"}, "unmatch": {"finding": "F", "reason": "r"},
    "plan": {"cause": "c", "action": "a", "owner": "x", "due": "2026-01-01"},
    "repaired": {"proof": "p", "on": "2026-01-01"},
    "recheck": {"effective": True, "note": "n"}, "reopen-gap": {"reason": "r"},
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_every_step_that_a_role_may_not_take_is_refused(audit, here, role, kept_hash):
    finding, other = audit.log(0), audit.log(1)
    second = begun_again(here, audit)
    second.log(0)
    audit.close()
    gap, closed = audit.match(finding), audit.match(other)
    audit.plan(closed, here["scribe"])
    audit.do(here["scribe"], "repaired", closed, {"proof": "p", "on": str(here.clock().date())})
    audit.do(here["back_room"], "recheck", closed, {"effective": True, "note": "n"})
    told = ("other", "Other", "", frozenset({role}), here[role].inspection)
    here.room.accounts.create(here["quality_head"], *told, kept=kept_hash)
    actor = here.room.accounts.actor(here.room.accounts.sign_in("other", PASSWORD))
    before, refused = here.room.store.head(), 0
    targets = {"round": [audit.round, second.round], "finding": [finding, f"{second.round}-A1"], "gap": [gap, closed]}
    for name, (way, step) in WORK.items():
        for target in targets.get(way.kind, []):
            if role in step.roles:
                continue
            with pytest.raises((RefusedError, NotThereError)):
                audit.do(actor, name, target, STEPS[name])
            refused += 1
    assert here.room.store.head() == before
    assert refused >= (0 if role == "quality_head" else 16)


@pytest.mark.parametrize("role", ROLES)
def test_what_begins_and_what_is_read_is_for_its_roles_only(audit, here, role):
    actor, room = here[role], here.room
    finding = audit.log(0)
    before = room.store.head()
    told = {"inspection": MOCK, "name": "n", "first_day": "2026-01-01"}
    tried = {
        "round": (lambda: audits.open_round(room, actor, told), {"quality_head"}),
        "finding": (lambda: audits.log(room, actor, {"round": audit.round, "wording": "w"}), set()),
        "match": (lambda: repairs.match(room, actor, finding, {}), set()),
        "findings": (lambda: audits.findings_of(room, actor), {"quality_head", "mock_auditor"}),
        "unseen": (lambda: standing(room, actor), set(ROOMS)),
    }  # fmt: skip
    for name, (call, allowed) in tried.items():
        if role in allowed:
            call()
            continue
        with pytest.raises((RefusedError, ConflictError)) as error:
            call()
        assert isinstance(error.value, RefusedError) or (name == "match" and role == "quality_head")
    assert room.store.head()[0] == before[0] + (role == "quality_head")
    assert {one.kind for one in BEGINNINGS} >= {"round", "finding"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"inspection": REAL}, "real inspection"),
        ({"inspection": "nothing"}, "there is no inspection nothing"),
        ({"mode": "by post"}, "mode"),
        ({"planted": -1}, "planted"),
        ({"first_day": "tomorrow"}, "first_day"),
        ({"colour": "red"}, "colour: is not a field"),
    ],
)
def test_a_wrong_round_is_refused_in_words(here, values, words):
    told = {"inspection": MOCK, "name": "n", "first_day": "2026-01-01"} | values
    with pytest.raises((InvalidError, ConflictError, NotThereError), match=words):
        audits.open_round(here.room, here["quality_head"], told)


def test_only_auditors_of_the_inspection_are_named(audit, here):
    head = here["quality_head"]
    for account in (here["inspector"].account, here["scribe"].account, "nobody"):
        with pytest.raises(InvalidError, match="no mock auditor"):
            audit.do(head, "invite", audit.round, {"auditor": account})
    with pytest.raises(ConflictError, match="takes part already"):
        audit.do(head, "invite", audit.round, {"auditor": audit.auditors[0].account})
    with pytest.raises(ConflictError, match="named last"):
        audit.do(head, "excuse", audit.round, {"auditor": audit.auditors[0].account})
    audit.do(head, "excuse", audit.round, {"auditor": audit.auditors[2].account})
    with pytest.raises(RefusedError, match="not an auditor"):
        audit.log(2)


def logged(audit, table):
    """One round from a table of gaps by auditors: logged, closed, matched; gaps by row."""
    found = {}
    for gap, row in enumerate(table):
        for auditor, hit in enumerate(row):
            if hit:
                found.setdefault(gap, []).append(audit.log(auditor, f"gap {gap}", grade=("major", "other")[gap % 2]))
    audit.close()
    made = {}
    for gap, findings in found.items():
        for one in findings:
            made[gap] = audit.match(one, made.get(gap, ""))
    return made


def test_ranges_of_the_unseen_are_those_of_the_library(audit, here):
    table = np.random.default_rng(3).random((14, 3)) < 0.45
    table = table[table.any(axis=1)]
    logged(audit, table)
    found = standing(here.room, here["back_room"])
    wanted = unseen([Round("", table)], {"major": 0})
    assert found.unseen is not None
    assert found.unseen.range == wanted.range
    assert found.rounds[0].alone is not None
    assert found.rounds[0].alone.range == wanted.range
    assert found.rounds[0].gaps == found.rounds[0].fresh == len(table)
    assert set(found.unseen.by) == {"critical", "major", "other", "Quality"}
    assert found.after is not None
    assert found.worth is not None
    assert found.worth.months.low <= found.worth.months.high


def test_over_rounds_only_first_detections_count(audit, here):
    head = here["quality_head"]
    first = logged(audit, [[1, 1, 0], [1, 0, 0], [0, 0, 1]])
    audit.plan(first[0], here["scribe"])
    audit.do(here["scribe"], "repaired", first[0], {"proof": "p", "on": str(here.clock().date())})
    second = begun_again(here, audit)
    known, new = second.log(0), second.log(1)
    second.close()
    second.match(known, first[1])
    second.match(new)
    found = standing(here.room, head)
    wanted = unseen([Round("", [[1, 1, 0], [1, 0, 0], [0, 0, 1]]), Round("", [[0, 1, 0]])])
    assert found.unseen is not None
    assert found.unseen.range == wanted.range
    assert [one.fresh for one in found.rounds] == [3, 1]
    assert [one.gaps for one in found.rounds] == [3, 2]


def test_a_round_repaired_while_it_ran_has_no_estimate_and_says_so(audit, here):
    for auditor in range(3):
        audit.log(auditor)
    audit.close(repaired=True)
    for finding in audits.findings_of(here.room, here["quality_head"]):
        audit.match(finding.id)
    found = standing(here.room, here["quality_head"])
    assert found.unseen is None
    assert "split it into rounds at the repair" in found.why_not
    assert found.rounds[0].alone is None


def test_a_repair_dated_into_the_round_is_noticed(audit, here):
    finding = audit.log(0)
    day = here.clock().date()
    here.clock.ahead = timedelta(hours=1)
    here.clock.ahead = timedelta(days=3)
    head = here.room.accounts.actor(here.room.accounts.sign_in("quality_head", PASSWORD))
    audit.do(head, "close-round", audit.round, {"repaired": False})
    gap = repairs.match(here.room, head, finding, {}).id
    told = {"cause": "c", "action": "a", "owner": here["scribe"].account, "due": "2026-02-01"}
    audit.do(head, "plan", gap, told)
    assert standing(here.room, head).unseen is not None
    audit.do(head, "repaired", gap, {"proof": "on the spot", "on": str(day + timedelta(days=1))})
    found = standing(here.room, head)
    assert found.unseen is None
    assert "repaired while auditors still looked" in found.why_not


def test_without_all_findings_matched_there_is_no_estimate(audit, here):
    assert "no round has been closed" in standing(here.room, here["scribe"]).why_not
    audit.log(0)
    audit.close()
    found = standing(here.room, here["scribe"])
    assert found.unseen is None
    assert "1 findings are not matched" in found.why_not


INJECTIONS = [
    "' OR 1=1 --",
    "%",
    "_",
    "'; DROP TABLE trail; --",
    "\\",
    "|",
    "G1' UNION SELECT password FROM accounts --",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_filters_take_text_as_text(make_audit, stage, text):
    audit = make_audit(stage)
    finding = audit.log(0, "plain words")
    head, way = stage["quality_head"], WAYS["gap"]
    assert audits.findings_of(stage.room, head, search=text) == []
    assert audits.findings_of(stage.room, head, round_=text) == []
    audit.close()
    gap = audit.match(finding)
    for name in ("owner", "inspection", "search"):
        assert listed(stage.room, head, way, **{name: text}) == []
    with pytest.raises(InvalidError, match="there is no state"):
        listed(stage.room, head, way, state=text)
    with pytest.raises(NotThereError):
        audit.match(finding + text)
    assert names(listed(stage.room, head, way, search="plain")) == [gap]


def test_every_role_and_step_of_these_orders_is_tried():
    assert set(STEPS) >= {name for name, (way, _) in WORK.items() if way.kind in {"round", "finding", "gap"}}
    assert list(product(ROLES, STEPS))
