"""What each role may do and see, tried one by one: all that is not allowed is refused, and nothing is written."""

from itertools import product

import pytest
from tests.readiness.conftest import MOCK, PASSWORD, REAL

from echelon.readiness.records.accounts import IDLE, LONGEST
from echelon.readiness.records.canonical import moment, stamp
from echelon.readiness.records.problems import (
    ConflictError,
    InvalidError,
    NotThereError,
    RefusedError,
    SignedOutError,
    TooManyError,
)
from echelon.readiness.records.roles import INSIDERS, OUTSIDERS, ROLES
from echelon.readiness.records.store import MACHINE, Actor
from echelon.readiness.room import desk, documents, signing
from echelon.readiness.room.flow import STATES, STEPS
from echelon.readiness.room.items import steps_for

FIELDS = {
    "assign": {"owner": "x"}, "hand_over": {"owner": "x"}, "write": {"answer": "a"}, "attach": {"document": "D1"},
    "detach": {"document": "D1"}, "send_back": {"reason": "r"}, "answer": {"given": "g"}, "correct": {"given": "g"},
    "reopen": {"reason": "r"}, "decline": {"reason": "r"}, "supersede": {"by": "R1", "reason": "r"},
    "escalate": {"reason": "r"}, "resume": {"reason": "r"},
}  # fmt: skip
NEW = {"inspection": REAL, "wording": "w"}


def test_the_fields_of_every_step_are_here():
    for name, step in STEPS.items():
        step.form.model_validate(FIELDS.get(name, {}))


@pytest.mark.parametrize("role", ROLES)
def test_every_step_that_a_role_may_not_take_is_refused(here, role):
    items = {
        "received": here.until("received"), "assigned": here.until("assigned"), "preparing": here.until("preparing"),
        "review": here.until("review"), "staged": here.until("staged"), "released": here.until("released"),
        "closed": here.until("closed"), "answered": here.until("received", "question"),
        "declined": here.until("received"), "superseded": here.until("received"), "escalated": here.until("received"),
    }  # fmt: skip
    head = here["quality_head"]
    here.room.do(head, "answer", items["answered"], {"given": "yes"})
    here.room.do(head, "decline", items["declined"], {"reason": "r"})
    here.room.do(head, "supersede", items["superseded"], {"by": items["received"], "reason": "r"})
    here.room.do(head, "escalate", items["escalated"], {"reason": "r"})
    assert set(items) == set(STATES)
    # Another expert than the one who owns them, so that owning is not what allows it.
    here.room.accounts.create(MACHINE, "other", "Other", PASSWORD, frozenset({role}), here[role].inspection)
    actor = here.room.accounts.actor(here.room.accounts.sign_in("other", PASSWORD))
    before = here.room.store.head()
    refused = 0
    for (state, item), step in product(items.items(), STEPS.values()):
        if role in step.roles and state in step.before:
            continue
        with pytest.raises((RefusedError, NotThereError, ConflictError)) as told:
            here.room.do(actor, step.name, item, FIELDS.get(step.name, {}))
        if role not in step.roles:
            assert not isinstance(told.value, ConflictError), (state, step.name)
        refused += 1
    assert refused > 100
    assert here.room.store.head() == before


@pytest.mark.parametrize("role", ROLES)
def test_what_a_page_offers_is_what_the_room_allows(here, role):
    here.until("staged")
    for item in [here.until(state) for state in ("received", "preparing", "review", "released")]:
        record = here.room.store.read("request", item)
        for step in steps_for(here[role], record):
            if step.name in {"assign", "hand_over", "attach", "detach", "supersede"}:
                continue
            copy = here.room.store.read("request", item)
            if copy.version == record.version:
                here.room.do(here[role], step.name, item, FIELDS.get(step.name, {}))


OTHER = {
    "request": (lambda s, a: s.room.receive(a, "request", NEW), {"front_room", "scribe", "quality_head"}),
    "ahead": (lambda s, a: s.room.receive(a, "question", NEW | {"ahead": True}), {"back_room", "quality_head"}),
    "inspection": (
        lambda s, a: s.room.open_inspection(a, {"id": "x", "name": "x", "first_day": "2026-01-01"}),
        {"quality_head"},
    ),
    "close": (lambda s, a: s.room.close_inspection(a, MOCK), {"quality_head"}),
    "upload": (lambda s, a: documents.upload(s.room, a, {"name": "n"}, b"text"), set(INSIDERS)),
    "promise": (
        lambda s, a: desk.promise(s.room, a, {"inspection": REAL, "text": "t", "owner": s["scribe"].account}),
        {"quality_head", "front_room", "scribe"},
    ),
    "note": (
        lambda s, a: desk.new_note(s.room, a, {"inspection": REAL, "title": "day 1"}),
        {"quality_head", "front_room", "back_room", "scribe"},
    ),
    "wrapup": (
        lambda s, a: desk.wrap_up(s.room, a, {"inspection": REAL, "day": "2026-03-02"}),
        {"quality_head", "front_room", "scribe"},
    ),
    "trail": (lambda s, a: s.room.trail(a), {"quality_head"}),
    "accounts": (lambda s, a: s.room.account_list(a), {"quality_head"}),
    "account": (
        lambda s, a: s.room.accounts.create(a, "newcomer", "N", PASSWORD, frozenset({"runner"})),
        {"quality_head"},
    ),
    "shut": (lambda s, a: s.room.accounts.change(a, s["runner"].account, disabled=True), {"quality_head"}),
    "password": (lambda s, a: s.room.accounts.set_password(a, s["scribe"].account, PASSWORD), {"quality_head"}),
}


@pytest.mark.parametrize(("what", "role"), list(product(OTHER, ROLES)))
def test_every_other_order_is_for_its_roles_only(here, what, role):
    order, allowed = OTHER[what]
    if what == "password" and role == "scribe":
        return  # one's own password is another matter
    if role in allowed:
        order(here, here[role])
        return
    before = here.room.store.head()
    with pytest.raises(RefusedError):
        order(here, here[role])
    assert here.room.store.head() == before


def seen(stage, role):
    return {one.id for one in stage.room.board(stage[role])[1]}


def test_who_sees_what(stage):
    new, mine, released = stage.asked(), stage.until("preparing"), stage.until("released")
    stage.room.do(stage["quality_head"], "hand_over", mine, {"owner": stage["translator"].account})
    everything = {new, mine, released}
    assert {role: seen(stage, role) for role in ROLES} == {
        "quality_head": everything,
        "front_room": everything,
        "back_room": everything,
        "scribe": everything,
        "subject_expert": {mine, released},
        "runner": {released},
        "translator": {mine},
        "mock_auditor": set(),
        "inspector": {released},
    }
    for role, item in product(ROLES, everything):
        if item in seen(stage, role):
            assert stage.room.get(stage[role], "request", item).id == item
        else:
            with pytest.raises(NotThereError):
                stage.room.get(stage[role], "request", item)


@pytest.mark.parametrize("role", sorted(OUTSIDERS))
def test_an_outsider_sees_nothing_else(here, role):
    item, actor = here.until("released"), here[role]
    note = desk.new_note(here.room, here["scribe"], {"inspection": REAL, "title": "t"}).id
    for kind, name in (("note", note), ("inspection", REAL), ("document", "D1"), ("account", actor.account)):
        with pytest.raises(NotThereError):
            here.room.get(actor, kind, name)
    with pytest.raises((RefusedError, NotThereError)):
        here.room.history(actor, "request", item)
    for kinds in (("note",), ("inspection",), ("document",), ("commitment",), ("signature",)):
        assert here.room.board(actor, kinds=kinds)[1] == []
    assert here.room.people(actor) == {actor.account: actor.name}


def test_what_was_released_stays_as_it_was_until_it_is_released_again(here):
    item = here.until("released")
    here.room.do(here["quality_head"], "reopen", item, {"reason": "a page is missing"})
    here.room.do(here["back_room"], "write", item, {"answer": "not for you yet"})
    body = here.room.get(here["inspector"], "request", item).body
    assert body["answer"] == "SOP-014, version 7, in force since March"
    assert body["state"] == "released"


def test_a_mock_auditor_asks_in_the_own_mock_inspection_only(here):
    here.room.receive(here["mock_auditor"], "request", {"inspection": MOCK, "wording": "w"})
    with pytest.raises(RefusedError):
        here.room.receive(here["mock_auditor"], "request", NEW)


def test_nobody_reviews_what_they_submitted(here):
    item = here.until("preparing")
    here.room.do(here["back_room"], "submit", item, {})
    with pytest.raises(RefusedError, match="another person"):
        here.room.do(here["back_room"], "approve", item, {})
    here.room.do(here["quality_head"], "approve", item, {})


def test_what_was_prepared_ahead_is_released_only_once_it_is_asked(here):
    item = here.room.receive(here["back_room"], "request", NEW | {"ahead": True}).id
    assert here.room.get(here["back_room"], "request", item).body["due"] == ""
    expert = here["subject_expert"].account
    for action, told in (("assign", {"owner": expert}), ("start", {}), ("write", {"answer": "a"}), ("submit", {})):
        here.room.do(here["back_room"], action, item, told)
    here.room.do(here["quality_head"], "approve", item, {})
    with pytest.raises(ConflictError, match="has not been asked"):
        here.room.do(here["front_room"], "release", item, {})
    here.room.do(here["front_room"], "activate", item, {})
    here.room.do(here["front_room"], "release", item, {})
    body = here.room.get(here["front_room"], "request", item).body
    assert body["received_at"] <= body["released"]["at"] < body["due"]


def test_roles_taken_away_are_gone_at_once(here):
    here.room.accounts.change(here["quality_head"], here["front_room"].account, roles=frozenset({"runner"}))
    with pytest.raises(SignedOutError):
        here.room.receive(here["front_room"], "request", NEW)
    # Even an actor made up in the program has only the roles that the database knows.
    claimed = Actor(here["runner"].account, "runner", "Runner", frozenset(ROLES))
    with pytest.raises(RefusedError):
        here.room.receive(claimed, "request", NEW)


def test_sessions_end(here):
    token = here.room.accounts.sign_in("scribe", PASSWORD)
    actor = here.room.accounts.actor(token)
    here.clock.ahead = IDLE * 0.9
    here.room.accounts.actor(token)
    here.clock.ahead = IDLE * 1.8
    here.room.accounts.actor(token)  # it was used in between
    here.clock.ahead = IDLE * 1.8 + IDLE * 1.01
    with pytest.raises(SignedOutError):
        here.room.accounts.actor(token)
    with pytest.raises(SignedOutError):
        here.room.receive(actor, "request", NEW)


def test_a_session_that_is_used_all_day_ends_as_well(here):
    token = here.room.accounts.sign_in("scribe", PASSWORD)
    step = IDLE * 0.5
    while here.clock.ahead + step < LONGEST:
        here.clock.ahead += step
        here.room.accounts.actor(token)
    here.clock.ahead = LONGEST * 1.01
    with pytest.raises(SignedOutError):
        here.room.accounts.actor(token)


def test_guessing_is_stopped_and_says_when_to_go_on(here):
    for _ in range(5):
        with pytest.raises(RefusedError, match="do not fit"):
            here.room.accounts.sign_in("scribe", "a wrong long phrase")
    with pytest.raises(TooManyError, match="15 minutes"):
        here.room.accounts.sign_in("scribe", PASSWORD)
    here.room.accounts.sign_in("runner", PASSWORD)
    here.clock.ahead = moment(stamp(here.clock())) - here.clock() + IDLE / 4
    here.room.accounts.sign_in("scribe", PASSWORD)


def test_guessing_many_names_from_one_address_is_stopped(here):
    for number in range(50):
        with pytest.raises(RefusedError):
            here.room.accounts.sign_in(f"nobody{number}", "x", "10.0.0.9")
    with pytest.raises(TooManyError):
        here.room.accounts.sign_in("runner", PASSWORD, "10.0.0.9")
    here.room.accounts.sign_in("runner", PASSWORD, "10.0.0.8")


@pytest.mark.parametrize(
    ("username", "password", "roles", "inspection", "words"),
    [
        ("new", "short", {"runner"}, "", "12 to 200"),
        ("newcomer", "newcomer-newcomer", {"runner"}, "", "user name"),
        ("N!", PASSWORD, {"runner"}, "", "a-z"),
        ("new", PASSWORD, {"king"}, "", "no role 'king'"),
        ("new", PASSWORD, set(), "", "needs a role"),
        ("new", PASSWORD, {"inspector", "scribe"}, REAL, "cannot be combined"),
        ("new", PASSWORD, {"inspector"}, "", "needs the inspection"),
        ("new", PASSWORD, {"inspector"}, "pli-2062", "no inspection pli-2062"),
        ("new", PASSWORD, {"mock_auditor"}, REAL, "belongs to a mock one"),
    ],
)
def test_wrong_accounts_are_refused_in_words(here, username, password, roles, inspection, words):
    with pytest.raises(InvalidError, match=words):
        here.room.accounts.create(MACHINE, username, "New", password, frozenset(roles), inspection)


def test_a_signature_needs_the_password_the_version_and_the_role(here, tmp_path):
    from echelon.readiness.records.anchors import key_in

    key, item = key_in(tmp_path), here.until("released")
    told = {"meaning": "reviewed", "password": PASSWORD, "version": 7}
    for actor, values, error in (
        ("back_room", told | {"password": "something else entirely"}, RefusedError),
        ("back_room", told | {"version": 6}, ConflictError),
        ("back_room", told | {"meaning": "approved"}, RefusedError),
        ("subject_expert", told, RefusedError),
        ("inspector", told, NotThereError),
        ("back_room", told | {"meaning": "seen"}, InvalidError),
    ):
        with pytest.raises(error):
            signing.sign(here.room, key, here[actor], "request", item, values)
    signing.sign(here.room, key, here["back_room"], "request", item, told)
    found = signing.signatures_of(here.room, here["back_room"], "request", item)
    assert [(one["name"], one["meaning"], one["holds"]) for one in found] == [("Back Room", "reviewed", True)]
    here.room.do(here["front_room"], "close", item, {})
    assert not signing.signatures_of(here.room, here["back_room"], "request", item)[0]["holds"]
    entry = here.room.store.of_record("signature", found[0]["id"])[0]
    assert PASSWORD not in str(entry.body)


def test_one_person_writes_on_a_sheet_at_a_time(here):
    note = desk.new_note(here.room, here["scribe"], {"inspection": REAL, "title": "day 1"}).id
    with pytest.raises(ConflictError, match="another person is writing"):
        desk.take_pen(here.room, here["front_room"], note)
    with pytest.raises(RefusedError, match="do not hold the pen"):
        desk.save_note(here.room, here["front_room"], note, {"text": "x"})
    desk.save_note(here.room, here["scribe"], note, {"text": "first"}, lay_down=True)
    desk.take_pen(here.room, here["front_room"], note)
    desk.save_note(here.room, here["front_room"], note, {"text": "second"})
    assert [one.body["text"] for one in here.room.store.versions("note", note)] == ["", "first", "first", "second"]
    here.clock.ahead = desk.PEN * 1.1
    desk.take_pen(here.room, here["scribe"], note)


def test_a_commitment_is_closed_by_its_owner_or_a_quality_head(here):
    told = {"inspection": REAL, "text": "Send the trend", "due": "2026-03-03T12:00Z"}
    told |= {"owner": here["subject_expert"].account}
    made = desk.promise(here.room, here["front_room"], told).id
    with pytest.raises(RefusedError):
        desk.keep_promise(here.room, here["back_room"], made, {"proof": "p"})
    desk.keep_promise(here.room, here["subject_expert"], made, {"proof": "sent at noon"})
    with pytest.raises(ConflictError, match="done already"):
        desk.keep_promise(here.room, here["quality_head"], made, {"proof": "p"})


def test_the_wrap_up_counts_what_happened(here):
    here.until("released")
    here.clock.ahead = IDLE / 4
    late = here.asked(topic="deviations")
    day = stamp(here.clock())[:10]
    here.clock.ahead = IDLE / 2
    desk.wrap_up(here.room, here["scribe"], {"inspection": REAL, "day": day})
    figures = here.room.get(here["scribe"], "wrapup", f"W-{REAL}-{day}").body["figures"]
    assert figures["open"] == [late]
    assert (figures["asked"], figures["out"], figures["late"]) == (2, 1, 1)
    assert figures["minutes"] == {"document": {"n": 1, "median": 0, "p90": 0, "over": 0}}
    assert figures["themes"] == [["deviations", 1]]


DOCUMENTS = {
    "application/pdf": b"%PDF-1.7\n", "image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff\xe0",
    "text/plain; charset=utf-8": "Vorgehen, 程序".encode(),
}  # fmt: skip


@pytest.mark.parametrize("media", DOCUMENTS)
def test_documents_are_typed_by_content(here, media):
    name = documents.upload(here.room, here["runner"], {"name": "x.exe"}, DOCUMENTS[media]).id
    assert documents.content_of(here.room, here["runner"], name) == (
        f"x.exe{documents.ENDINGS[media.partition(';')[0]][0]}",
        media,
        DOCUMENTS[media],
    )


@pytest.mark.parametrize("content", [b"", b"MZ\x00\x90", b"PK\x03\x04 nothing", b"\x7fELF\x00", b"\xfe\xff\x00a"])
def test_what_is_no_document_is_refused(here, content):
    with pytest.raises(InvalidError):
        documents.upload(here.room, here["runner"], {"name": "x.pdf"}, content)


def test_an_inspector_reads_released_documents_only(here):
    item = here.until("preparing")
    kept = documents.upload(here.room, here["runner"], {"name": "a.txt"}, b"for release").id
    later = documents.upload(here.room, here["runner"], {"name": "b.txt"}, b"not yet").id
    here.room.do(here["runner"], "attach", item, {"document": kept})
    with pytest.raises(NotThereError):
        documents.content_of(here.room, here["inspector"], kept)
    here.room.do(here["subject_expert"], "submit", item, {})
    here.room.do(here["back_room"], "approve", item, {})
    here.room.do(here["front_room"], "release", item, {})
    assert documents.content_of(here.room, here["inspector"], kept)[2] == b"for release"
    here.room.do(here["quality_head"], "reopen", item, {"reason": "r"})
    here.room.do(here["runner"], "attach", item, {"document": later})
    with pytest.raises(NotThereError):
        documents.content_of(here.room, here["inspector"], later)
    with pytest.raises(NotThereError):
        documents.content_of(here.room, here["mock_auditor"], kept)


def test_an_inspector_learns_nothing_by_filtering(here):
    """An item that was released and is being worked on again: state, owner and words of that stay inside."""
    item = here.until("released", topic="deviations")
    here.room.do(here["quality_head"], "reopen", item, {"reason": "r"})
    here.room.do(here["back_room"], "write", item, {"answer": "the secret part"})
    board, inspector = here.room.board, here["inspector"]
    plain = board(inspector)[1]
    assert [one.id for one in plain] == [item]
    for state in STATES:
        assert len(board(inspector, state=state)[1]) == int(state == "released"), state
    for owner in (here["subject_expert"].account, here["runner"].account):
        assert board(inspector, owner=owner)[1] == plain
    for words in ("secret", "deviations", "nowhere at all"):
        assert board(inspector, search=words)[1] == plain


def test_that_sign_ins_were_blocked_stands_in_the_trail_once(here):
    def told():
        return [one for one in here.room.store.entries(limit=1000) if one.action == "sign_in_blocked"]

    for _ in range(5):
        with pytest.raises(RefusedError):
            here.room.accounts.sign_in("scribe", "a wrong long phrase")
    assert told() == []
    for _ in range(3):
        with pytest.raises(TooManyError):
            here.room.accounts.sign_in("scribe", PASSWORD)
    assert [one.body["change"]["account"] for one in told()] == [here["scribe"].account]
    for _ in range(7):
        with pytest.raises((RefusedError, TooManyError)):
            here.room.accounts.sign_in("nobody", PASSWORD)
    assert len(told()) == 1


INJECTIONS = [
    "' OR 1=1 --",
    "%",
    "_",
    "'; DROP TABLE trail; --",
    "\\",
    "|",
    '"',
    "R1' UNION SELECT password FROM accounts --",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_filters_take_text_as_text(stage, text):
    stage.asked(wording="plain words")
    expert = stage["subject_expert"]
    for name in ("inspection", "owner", "search"):
        assert stage.room.board(stage["quality_head"], **{name: text})[1] == []
        assert stage.room.board(expert, **{name: text})[1] == []
    with pytest.raises(InvalidError, match="no state"):
        stage.room.board(stage["quality_head"], state=text)
    for kind in ("request", text):
        with pytest.raises(NotThereError):
            stage.room.get(stage["quality_head"], kind, text)
    with pytest.raises(RefusedError):
        stage.room.accounts.sign_in(text, PASSWORD)
    assert len(stage.room.board(stage["quality_head"], search="plain")[1]) == 1
    hostile = stage.asked(wording=f"x {text} y")
    assert [one.id for one in stage.room.board(stage["quality_head"], search=f"x {text}")[1]] == [hostile]


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u2028"])
def test_no_name_turns_what_follows_it_round(here, sign):
    with pytest.raises(InvalidError, match="characters that it may not have"):
        documents.upload(here.room, here["runner"], {"name": f"invoice{sign}gnp.exe"}, b"text")


def test_what_is_out_is_not_handed_over_twice_and_what_is_not_is_not_taken_back(here):
    from echelon.readiness.room.items import steps_for

    item, runner = here.until("released"), here["runner"]

    def offered():
        steps = steps_for(runner, here.room.get(runner, "request", item))
        return {one.name for one in steps} & {"deliver", "collect"}

    with pytest.raises(ConflictError, match="it was not handed over"):
        here.room.do(runner, "collect", item, {})
    for wanted, other, words in (
        ("deliver", "collect", "has not been taken back"),
        ("collect", "deliver", "taken back"),
    ):
        assert offered() == {wanted}
        here.room.do(runner, wanted, item, {})
        assert offered() == {other}
        with pytest.raises(ConflictError, match=words):
            here.room.do(runner, wanted, item, {})
    here.room.do(runner, "deliver", item, {})
    body = here.room.get(runner, "request", item).body
    assert body["delivered_at"] >= body["returned_at"] > ""
