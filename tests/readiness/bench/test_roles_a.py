"""Standards, questions and drills: each order and each list tried by each role; what is refused writes nothing."""

import pytest
from tests.readiness.conftest import PASSWORD

from echelon.readiness.bench import calibration, decks, drills, live, orders_a, questions, reading, recall, standards
from echelon.readiness.bench import work as other
from echelon.readiness.questions.bank import bank
from echelon.readiness.records.problems import NotThereError, RefusedError
from echelon.readiness.records.roles import INSIDERS, OUTSIDERS, ROLES
from echelon.readiness.records.store import MACHINE
from echelon.readiness.room.flow import STEPS

PROFILE = {
    "id": "site", "name": "Plant", "authorities": "FDA;NMPA", "modality": "antibody", "steps": "substance;product",
    "features": "sterile", "visit": "pre-licence", "day": "2199-01-10",
}  # fmt: skip
WORDING = {
    "clauses": "21CFR211.22", "criterion": "O1d", "topic": "quality-unit", "question": "Who says no?",
    "points": "the head;the deputy;by letter", "evidence": "Chart",
}  # fmt: skip
CSV = b"clause_id,authority,instrument,level,title,system,source,confidence\nWHO-1,WHO,TRS,section,t,Quality,s,read\n"
HEAD, KEEPERS = {"quality_head"}, {"quality_head", "back_room"}
OVERVIEW = {"quality_head", "front_room", "back_room"}
GRADERS = {"quality_head", "front_room", "back_room", "scribe", "subject_expert"}


@pytest.fixture
def filled(here, kept_hash):
    """A room with a profile, a few questions, some of them drafts of another, and a person who answers for them."""
    head = here["quality_head"]
    for name, role in (("other", "runner"), ("second", "quality_head")):
        here.room.accounts.create(MACHINE, name, name.title(), "", frozenset({role}), kept=kept_hash)
        here.people[name] = here.room.accounts.actor(here.room.accounts.sign_in(name, PASSWORD))
    standards.set_profile(here.room, head, PROFILE)
    questions.put(here.room, head, bank()[:6], approved=True)
    questions.put(here.room, here["second"], bank()[6:8], approved=False)
    drills.set_duty(here.room, head, {"person": here["other"].account, "topics": "quality-unit"})
    return here


def answer(stage):
    return {"person": stage["other"].account, "question": bank()[0].question_id, "said": [1, 2]}


ORDERS = {
    "profile": (lambda s, a: standards.set_profile(s.room, a, PROFILE | {"id": "new"}), HEAD),
    "profile again": (lambda s, a: standards.set_profile(s.room, a, PROFILE), HEAD),
    "library": (lambda s, a: standards.import_library(s.room, a, {"id": "x", "name": "X"}, ("x.csv", CSV)), HEAD),
    "new slot": (
        lambda s, a: standards.new_slot(s.room, a, {"profile": "site", "topic": "cleaning", "title": "t"}),
        KEEPERS,
    ),
    "slot owner": (lambda s, a: standards.set_slot(s.room, a, "site.cleaning-1", {"owner": a.account}), KEEPERS),
    "slot state": (lambda s, a: standards.set_slot(s.room, a, "site.cleaning-1", {"state": "ready"}), KEEPERS),
    "question": (
        lambda s, a: questions.new_question(s.room, a, WORDING | {"id": "mine-01"}),
        {"quality_head", "subject_expert"},
    ),
    "revise": (lambda s, a: questions.revise(s.room, a, bank()[2].question_id, WORDING), HEAD),
    "approve": (lambda s, a: questions.approve(s.room, a, bank()[6].question_id), HEAD),
    "own": (lambda s, a: questions.give(s.room, a, bank()[0].question_id, {"owner": s["other"].account}), HEAD),
    "retire": (lambda s, a: questions.retire(s.room, a, bank()[1].question_id, "old"), HEAD),
    "procedure": (lambda s, a: questions.set_procedure(s.room, a, {"name": "S", "fingerprint": "1"}), KEEPERS),
    "import": (
        lambda s, a: questions.import_bank(s.room, a, "b.csv", TABLE),
        HEAD,
    ),
    "adopt": (lambda s, a: questions.adopt_shipped(s.room, a), HEAD),
    "duty": (lambda s, a: drills.set_duty(s.room, a, {"person": s["other"].account, "topics": "cleaning"}), HEAD),
    "answer": (lambda s, a: drills.give_answer(s.room, a, answer(s)), GRADERS),
    "deck": (lambda s, a: drills.set_deck(s.room, a, "quality-unit", {"claim": "c"}), HEAD),
}

LISTS = {
    "standards": (lambda s, a: reading.clauses_of(s.room, a), INSIDERS),
    "clause": (lambda s, a: reading.clause_of(s.room, a, "21CFR211.22"), INSIDERS),
    "words": (lambda s, a: reading.words_of(a), INSIDERS),
    "profiles": (lambda s, a: reading.profiles_of(s.room, a), INSIDERS),
    "slots": (lambda s, a: reading.slots_of(s.room, a), INSIDERS),
    "bank": (lambda s, a: reading.questions_of(s.room, a), INSIDERS),
    "calibration": (lambda s, a: calibration.calibration_of(s.room, a), OVERVIEW),
    "live": (lambda s, a: live.live_of(s.room, a, "quality-unit-01"), INSIDERS),
    "export": (lambda s, a: reading.bank_table(s.room, a, "csv"), INSIDERS),
    "procedures": (lambda s, a: reading.procedures_of(s.room, a), INSIDERS),
    "map": (lambda s, a: recall.map_of(s.room, a), INSIDERS),
    "duties": (lambda s, a: recall.duties_of(s.room, a), INSIDERS),
    "own drills": (lambda s, a: recall.next_of(s.room, a, person=a.account), INSIDERS),
    "another's drills": (lambda s, a: recall.next_of(s.room, a, person=s["other"].account), GRADERS),
    "everyone's drills": (lambda s, a: recall.next_of(s.room, a), GRADERS),
    "another's answers": (lambda s, a: recall.person_of(s.room, a, s["other"].account), OVERVIEW),
    "cover": (lambda s, a: recall.cover_of(s.room, a), OVERVIEW),
    "stand-ins": (lambda s, a: recall.stand_ins_for(s.room, a, s["other"].account), OVERVIEW),
    "decks": (lambda s, a: decks.decks_of(s.room, a), INSIDERS),
    "slides": (lambda s, a: decks.deck_file(s.room, a), INSIDERS),
}

TABLE = (
    b"question_id,clauses,criterion,topic,system,question,points,evidence\n"
    b"extra-01,21CFR211.22,O1d,quality-unit,Quality,Who?,a;b;c,Chart\n"
)


@pytest.mark.parametrize("role", ROLES)
def test_every_order_is_for_its_roles_only(filled, role):
    for name, (order, allowed) in ORDERS.items():
        before = filled.room.store.head()
        if role in allowed:
            continue
        with pytest.raises(RefusedError, match="role may not"):
            order(filled, filled[role])
        assert filled.room.store.head() == before, name


def test_every_order_is_carried_out_for_whom_it_is(filled):
    for name, (order, allowed) in ORDERS.items():
        before = filled.room.store.head()[0]
        try:
            order(filled, filled[sorted(allowed)[0]])
        except RefusedError as error:
            pytest.fail(f"{name}: {error}")
        assert filled.room.store.head()[0] > before, name


@pytest.mark.parametrize("role", ROLES)
def test_every_list_is_for_its_roles_only(filled, role):
    for read, allowed in LISTS.values():
        if role in allowed:
            assert read(filled, filled[role]) is not None
            continue
        with pytest.raises(RefusedError, match="role may not"):
            read(filled, filled[role])


KINDS = ("profile", "slot", "practice", "procedure", "duty", "card", "deck")


@pytest.mark.parametrize("role", ROLES)
def test_records_and_their_trail_are_seen_by_those_whose_they_are(filled, role):
    head = filled["quality_head"]
    standards.set_slot(filled.room, head, "site.cleaning-1", {"state": "ready"})
    questions.set_procedure(filled.room, head, {"name": "S", "fingerprint": "1"})
    card = drills.give_answer(filled.room, filled["scribe"], answer(filled)).id
    drills.set_deck(filled.room, head, "quality-unit", {"claim": "c"})
    other = filled["other"].account
    ids = ("site", "site.cleaning-1", bank()[0].question_id, "S", other, card, "quality-unit")
    for kind, name in zip(KINDS, ids, strict=True):
        wide = role in OVERVIEW if kind in {"duty", "card"} else role not in OUTSIDERS
        if wide:
            assert filled.room.history(filled[role], kind, name)
        else:
            with pytest.raises(NotThereError):
                filled.room.history(filled[role], kind, name)
    assert filled.room.history(filled["other"], "card", card)


def test_an_owner_does_what_is_theirs_and_no_more(filled):
    head, expert = filled["quality_head"], filled["subject_expert"]
    mine = bank()[6].question_id
    questions.give(filled.room, head, mine, {"owner": expert.account})
    questions.approve(filled.room, expert, mine)
    questions.revise(filled.room, expert, mine, WORDING)
    with pytest.raises(RefusedError, match="another person"):
        questions.approve(filled.room, expert, mine)
    with pytest.raises(RefusedError, match="may not retire"):
        questions.retire(filled.room, expert, mine, "r")
    standards.set_slot(filled.room, head, "site.cleaning-1", {"owner": expert.account})
    standards.set_slot(filled.room, expert, "site.cleaning-1", {"state": "ready", "measured": 9, "place": "shelf 3"})
    for given in ({"owner": ""}, {"minutes": 99}, {"language": "zh"}):
        with pytest.raises(RefusedError):
            standards.set_slot(filled.room, expert, "site.cleaning-1", given)
    with pytest.raises(RefusedError):
        standards.set_slot(filled.room, expert, "site.calibration-1", {"state": "ready"})
    drills.set_deck(filled.room, filled["other"], "quality-unit", {"claim": "my topic"})
    with pytest.raises(RefusedError):
        drills.set_deck(filled.room, filled["other"], "cleaning", {"claim": "not my topic"})


def test_nobody_grades_their_own_answer_nor_sees_its_points(filled):
    drills.set_duty(filled.room, filled["quality_head"], {"person": filled["scribe"].account, "topics": "quality-unit"})
    told = answer(filled) | {"person": filled["scribe"].account}
    with pytest.raises(RefusedError, match="their own answer"):
        drills.give_answer(filled.room, filled["scribe"], told)
    own = recall.next_of(filled.room, filled["scribe"], person=filled["scribe"].account)
    assert own
    assert all("points" not in one and "evidence" not in one for one in own)
    everyone = recall.next_of(filled.room, filled["scribe"])
    assert {one["person"] for one in everyone} == {filled["other"].account}
    assert all(one["points"] for one in everyone)


def test_an_outsider_is_drilled_by_nobody(filled):
    for role in OUTSIDERS:
        with pytest.raises(Exception, match="prepare no answers"):
            drills.set_duty(filled.room, filled["quality_head"], {"person": filled[role].account, "topics": ""})


def test_names_of_orders_are_told_apart():
    assert not set(orders_a.NEW) & (set(other.KINDS) | {"inspection", "request", "question", "commitment", "note"})
    assert not set(orders_a.STEPS) & (set(other.STEPS) | set(STEPS) | {"done", "pen", "save", "close-inspection"})
