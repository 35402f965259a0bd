"""Standards, questions and drills at work: what counts, what is stale, what is due, and hostile text in and out."""

import csv
import io
import math
from datetime import timedelta

import pytest
from tests.readiness.bench.test_roles_a import CSV, PROFILE, WORDING
from tests.readiness.conftest import PASSWORD

from echelon.readiness.bench import decks, drills, questions, reading, recall, standards
from echelon.readiness.drills.schedule import Answer, Card, grade
from echelon.readiness.drills.schedule import recall as recall_of
from echelon.readiness.questions.bank import bank
from echelon.readiness.records.canonical import moment
from echelon.readiness.records.problems import ConflictError, InvalidError, NotThereError
from echelon.readiness.records.store import MACHINE
from echelon.readiness.standards.library import library
from echelon.readiness.standards.profile import Profile, applying, subjects_of
from echelon.readiness.tables import raw_text
from echelon.readiness.verifier import SqliteReader, verify

INJECTIONS = [
    "' OR 1=1 --",
    "%",
    "_",
    "'; DROP TABLE trail; --",
    "\\",
    "|",
    '"',
    "x' UNION SELECT password FROM accounts --",
]
FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "|x", "%0", "'=1", "＝1"]


def told(stage, person, question, said=(1, 2, 3), grader="scribe", **marks):
    values = {"person": stage[person].account, "question": question, "said": list(said)} | marks
    return drills.give_answer(stage.room, stage[grader], values)


def test_a_profile_says_what_the_rules_say(stage):
    head = stage["quality_head"]
    assert reading.clauses_of(stage.room, head)["figures"]["counting"] == 0
    standards.set_profile(stage.room, head, PROFILE)
    found = reading.clauses_of(stage.room, stage["runner"], profile="site")
    same = Profile(("FDA", "NMPA"), "antibody", ("substance", "product"), frozenset({"sterile"}), "pre-licence")
    counting = [one["id"] for one in found["clauses"] if one["counts"] and one["assessable"]]
    assert tuple(counting) == applying(same)
    assert found["figures"]["subjects"] == len(subjects_of(same)) < len(counting)
    assert len(found["clauses"]) == 402
    assert all(one["why"] for one in found["clauses"])
    remote = PROFILE | {"id": "eu", "authorities": "EMA", "mode": "remote", "steps": "product", "systems": "Materials"}
    standards.set_profile(stage.room, head, remote)
    other = reading.clauses_of(stage.room, head, profile="eu", counting=True)["clauses"]
    assert {one["authority"] for one in other} <= {"EMA", "ICH"}
    assert all({"Quality", "Materials"} & set(one["systems"]) for one in other)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"modality": "antibod"}, "antibody"),
        ({"authorities": "FDB"}, "FDA"),
        ({"features": "sterilee"}, "sterile"),
        ({"steps": ""}, "at least one"),
        ({"day": "soon"}, "day"),
        ({"id": "no spaces here"}, "id"),
        ({"visit": "party"}, "visit"),
        ({"more": "x"}, "more: is not a field"),
    ],
)
def test_a_wrong_profile_is_refused_in_words(here, change, words):
    before = here.room.store.head()
    with pytest.raises(InvalidError, match=words):
        standards.set_profile(here.room, here["quality_head"], PROFILE | change)
    assert here.room.store.head() == before


def test_a_profile_that_was_changed_meanwhile_is_not_overwritten(here):
    standards.set_profile(here.room, here["quality_head"], PROFILE)
    standards.set_profile(here.room, here["quality_head"], PROFILE | {"name": "Other"}, version=1)
    with pytest.raises(ConflictError, match="changed since"):
        standards.set_profile(here.room, here["quality_head"], PROFILE | {"name": "Third"}, version=1)


def test_slots_follow_the_profile_and_keep_their_history(stage):
    head = stage["quality_head"]
    standards.set_profile(stage.room, head, PROFILE)
    before = {one["id"]: one for one in reading.slots_of(stage.room, head)}
    assert before["site.cleaning-1"]["owner"] == ""
    standards.set_slot(stage.room, head, "site.cleaning-1", {"owner": stage["runner"].account, "minutes": 25})
    standards.set_slot(stage.room, stage["runner"], "site.cleaning-1", {"state": "ready", "measured": 40})
    mine = reading.slots_of(stage.room, head, owner=stage["runner"].account, state="ready")
    assert [(one["minutes"], one["measured"], one["version"]) for one in mine] == [(25, 40, 2)]
    trail = stage.room.history(stage["scribe"], "slot", "site.cleaning-1")
    assert trail[1].body["change"] == {"measured": [None, 40], "state": ["open", "ready"]}
    with pytest.raises(ConflictError, match="changed since"):
        standards.set_slot(stage.room, head, "site.cleaning-1", {"state": "open"}, version=1)
    own = standards.new_slot(stage.room, head, {"profile": "site", "topic": "cleaning", "title": "Rinse trend"}).id
    assert own in {one["id"] for one in reading.slots_of(stage.room, head)}
    detail = reading.clause_of(stage.room, head, "21CFR211.67")
    assert {"site.cleaning-1", own} <= {one["id"] for one in detail["evidence"]}
    assert {one["authority"] for one in detail["same_matter"]} >= {"EMA", "ICH", "NMPA"}
    with pytest.raises(InvalidError, match="cleaning"):
        standards.new_slot(stage.room, head, {"profile": "site", "topic": "cleanin", "title": "t"})


def test_a_further_library_counts_each_clause_once_and_goes_only_when_nothing_points_at_it(stage):
    head, room = stage["quality_head"], stage.room
    standards.set_profile(room, head, PROFILE)
    mapping = b"clause_id,class_id,relation,home,confidence\nWHO-1,cleaning,part,y,assumed\n"
    before = reading.clauses_of(room, head)["figures"]
    standards.import_library(room, head, {"id": "who", "name": "WHO"}, ("who.csv", CSV), ("map.csv", mapping))
    after = reading.clauses_of(room, head)["figures"]
    assert (after["clauses"], after["counting"]) == (before["clauses"] + 1, before["counting"] + 1)
    assert after["subjects"] == before["subjects"]
    assert len(library().clauses) == 402
    child = (
        CSV.replace(b"WHO-1,WHO", b"WHO-1.1,WHO")
        .replace(b"level,", b"level,parent_id,")
        .replace(b"section,", b"section,WHO-1,")
    )
    standards.import_library(room, head, {"id": "more", "name": "More"}, ("more.csv", child))
    with pytest.raises(ConflictError, match="another library builds on who"):
        standards.retire_library(room, head, "who", "r")
    standards.retire_library(room, head, "more", "r")
    made = questions.new_question(room, head, WORDING | {"id": "w-1", "clauses": "WHO-1"}).id
    with pytest.raises(ConflictError, match=f"1 questions point at clauses of who: {made}"):
        standards.retire_library(room, head, "who", "r")
    with pytest.raises(ConflictError, match="already"):
        standards.import_library(room, head, {"id": "who", "name": "Again"}, ("x.csv", CSV.replace(b"WHO-1", b"X-1")))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "1 to"),
        (b"\x00\x01", "clauses.csv"),
        (b"PK\x03\x04 no workbook", "clauses.csv"),
        (b"a,b\n1,2\n", "unknown column `a`"),
        (CSV.replace(b"WHO-1", b"21CFR211.22"), "there already"),
        (CSV.replace(b",section,", b",nothing,"), "`level` must be one of"),
        (CSV + b"X-1,WHO,T,section,t,Quality,s,heard\n", "clauses.csv:3"),
        (b"x" * 4_000_001, "1 to 4,000,000"),
    ],
)
def test_a_library_that_is_wrong_leaves_nothing_behind(here, content, words):
    before = here.room.store.head()
    with pytest.raises(InvalidError) as error:
        standards.import_library(here.room, here["quality_head"], {"id": "x", "name": "X"}, ("../clauses.csv", content))
    assert words in str(error.value)
    assert "/tmp" not in str(error.value)
    assert here.room.store.head() == before


def test_the_bank_is_ranked_by_what_is_cited(stocked):
    rows = reading.questions_of(stocked.room, stocked["runner"])
    chances = [one["chance"] for one in rows]
    assert len(rows) == 307
    assert chances == sorted(chances, reverse=True)
    assert rows[0]["topic"] in {"procedures", "investigations", "laboratory"}
    assert 0.05 < chances[0] < 0.5
    # What does not count for the profile stands last, at nought.
    assert chances[-1] == 0.0
    found = reading.questions_of(stocked.room, stocked["runner"], search="ISOLATOR")
    assert found
    assert all("isolator" in f"{one['question']} {one['points']} {one['evidence']}".lower() for one in found)


def test_a_question_goes_from_draft_to_approved_and_old_wording_is_kept(stage):
    head, expert = stage["quality_head"], stage["subject_expert"]
    made = questions.new_question(stage.room, expert, WORDING | {"id": "own-01", "difficulty": 1.5}).id
    questions.approve(stage.room, head, made)
    with pytest.raises(ConflictError, match="approved already"):
        questions.approve(stage.room, head, made)
    with pytest.raises(ConflictError, match="nothing of own-01"):
        questions.revise(stage.room, expert, made, WORDING | {"difficulty": 1.5})
    questions.revise(stage.room, expert, made, WORDING | {"question": "Who may say no?"}, version=2)
    body = stage.room.get(stage["runner"], "practice", made).body
    assert (body["state"], body["revision"], body["system"]) == ("draft", 2, "Quality")
    assert [one.body["question"] for one in stage.room.store.versions("practice", made)] == [
        "Who says no?", "Who says no?", "Who may say no?",
    ]  # fmt: skip
    questions.retire(stage.room, head, made, "doubled")
    assert reading.questions_of(stage.room, head, state="retired")[0]["id"] == made
    with pytest.raises(ConflictError):
        questions.approve(stage.room, head, made)
    questions.retire(stage.room, head, made, "needed again", back=True)
    questions.approve(stage.room, head, made)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"points": "one;two"}, "points"),
        ({"points": ";".join("abcdefg")}, "points"),
        ({"clauses": "21CFR211.222"}, "21CFR211.22"),
        ({"topic": "quality-unid"}, "quality-unit"),
        ({"criterion": "O9"}, "criterion"),
        ({"procedure": "SOP-1"}, "there is no procedure"),
        ({"difficulty": 9}, "difficulty"),
        ({"id": "a b"}, "id"),
        ({"question": " "}, "question"),
    ],
)
def test_a_wrong_question_is_refused_in_words(here, change, words):
    with pytest.raises(InvalidError, match=words):
        questions.new_question(here.room, here["quality_head"], WORDING | {"id": "own-01"} | change)


def test_a_changed_procedure_stales_its_questions_and_what_people_knew(stocked):
    head, room = stocked["quality_head"], stocked.room
    questions.set_procedure(room, head, {"name": "SOP 1, cleaning", "fingerprint": "v1"})
    asked = next(one for one in reading.questions_of(room, head) if one["topic"] == "quality-unit")
    wording = {key: asked[key] for key in ("clauses", "criterion", "topic", "question", "points", "evidence")}
    questions.revise(room, head, asked["id"], wording | {"procedure": "SOP 1, cleaning"})
    questions.give(room, head, asked["id"], {"owner": stocked["subject_expert"].account})
    with pytest.raises(ConflictError, match="is draft; only approved"):
        told(stocked, "runner", asked["id"])
    questions.approve(room, stocked["subject_expert"], asked["id"])
    drills.set_duty(room, head, {"person": stocked["runner"].account, "topics": "quality-unit"})
    told(stocked, "runner", asked["id"])
    knew = recall.map_of(room, head)["cells"][0]["mean"]
    assert knew > 0
    questions.set_procedure(room, stocked["back_room"], {"name": "SOP 1, cleaning", "fingerprint": "v2"})
    assert [one["id"] for one in reading.questions_of(room, head, state="stale")] == [asked["id"]]
    assert reading.procedures_of(room, head)[0]["stale"] == 1
    assert recall.map_of(room, head)["cells"][0]["mean"] == 0
    assert asked["id"] not in {one["question"] for one in recall.next_of(room, head)}
    with pytest.raises(ConflictError, match="is stale"):
        told(stocked, "runner", asked["id"])
    page = next(one for one in decks.decks_of(room, head) if one["topic"] == "quality-unit")
    assert page["stale"] == 1
    questions.approve(room, stocked["subject_expert"], asked["id"])
    assert reading.questions_of(room, head, state="stale") == []
    assert recall.map_of(room, head)["cells"][0]["mean"] == pytest.approx(knew, abs=0.01)
    with pytest.raises(ConflictError, match="already"):
        questions.set_procedure(room, head, {"name": "SOP 1, cleaning", "fingerprint": "v2"})


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_bank_goes_out_and_comes_back_as_it_was_and_no_cell_is_a_formula(stage, tmp_path, ending):
    head = stage["quality_head"]
    for number, text in enumerate(FORMULAS):
        questions.new_question(
            stage.room,
            head,
            WORDING | {"id": f"f-{number:02}", "question": text.strip() or "x", "evidence": f"{text}.".strip()},
        )
    path = tmp_path / f"bank.{ending}"
    text = reading.bank_table(stage.room, stage["runner"], ending, path)
    if ending == "csv":
        path.write_text(text, encoding="utf-8")
        for row in csv.reader(io.StringIO(text)):
            assert not [cell for cell in row if cell[:1] in "=+-@\t\r|%＝" and cell]
    with pytest.raises(ConflictError, match="every question is in the bank as it is"):
        questions.import_bank(stage.room, head, path.name, path.read_bytes())
    kept = {one["id"]: one["question"] for one in reading.questions_of(stage.room, head)}
    assert [kept[f"f-{number:02}"] for number in range(len(FORMULAS))] == [text.strip() for text in FORMULAS]
    assert raw_text("'=1+1") == "=1+1"


def test_a_table_is_taken_whole_or_not_at_all(here):
    head = b"question_id,clauses,criterion,topic,system,question,points,evidence,procedure\n"
    good = head + b"n-1,21CFR211.22,O1d,quality-unit,Quality,Who?,a;b;c,Chart,SOP-9@v3\n"
    bad = good + b"n-2,21CFR211.99999,O1d,quality-unid,Quality,Who?,a;b,Chart,\n"
    before = here.room.store.head()
    with pytest.raises(InvalidError) as error:
        questions.import_bank(here.room, here["quality_head"], "b.csv", bad)
    assert [line.split(": ")[1][:4] for line in str(error.value).splitlines() if line.startswith("b.csv:3")] == [
        "R202", "R204", "R302",
    ]  # fmt: skip
    assert here.room.store.head() == before
    done = questions.import_bank(here.room, here["quality_head"], "b.csv", good, approved=True)
    assert (done.new, done.changed, done.same) == (("n-1",), (), 0)
    assert reading.procedures_of(here.room, here["runner"])[0]["fingerprint"] == "v3"
    for cell in (b"n 1", b"n;1", b"x" * 90):
        with pytest.raises(InvalidError, match="question"):
            questions.import_bank(here.room, here["quality_head"], "b.csv", good.replace(b"n-1", cell))


def test_a_card_moves_as_the_scheduler_says_and_a_late_entry_keeps_its_time(stocked):
    asked = bank()[0].question_id
    first = told(stocked, "runner", asked, seconds=30)
    body = stocked.room.get(stocked["runner"], "card", first.id).body
    assert (body["grade"], body["right"], body["answers"]) == (4, True, 1) == (grade(Answer(3, 3, seconds=30)), True, 1)
    assert recall_of(Card(body["card"]), moment(body["due"])) == pytest.approx(0.9, abs=0.02)
    told(stocked, "runner", asked, said=(), wrong=True)
    body = stocked.room.get(stocked["runner"], "card", first.id).body
    assert (body["grade"], body["right"], body["answers"], body["rights"]) == (1, False, 2, 1)
    values = {"person": stocked["runner"].account, "question": asked, "said": [1]}
    with pytest.raises(ConflictError, match="in order"):
        drills.give_answer(stocked.room, stocked["scribe"], values, happened="2020-01-01T10:00Z")
    late = drills.give_answer(
        stocked.room, stocked["scribe"], values | {"question": bank()[1].question_id}, happened="2020-01-01T10:00Z"
    )
    assert late.body["happened"].startswith("2020-01-01T10:00")
    with pytest.raises(InvalidError, match="there is no point 5"):
        told(stocked, "runner", asked, said=(5,))
    once = {"person": stocked["back_room"].account, "question": asked, "said": [1]}
    one = drills.give_answer(stocked.room, stocked["scribe"], once, once="k")
    assert drills.give_answer(stocked.room, stocked["scribe"], once, once="k").seq == one.seq


def test_people_who_answer_well_are_able_and_a_drill_raises_the_day(stocked):
    room, head = stocked.room, stocked["quality_head"]
    mine = [one.question_id for one in bank() if one.topic in {"quality-unit", "quality-system"}]
    for who in ("runner", "translator"):
        drills.set_duty(room, head, {"person": stocked[who].account, "topics": "quality-unit;quality-system"})
    for question in mine:
        told(stocked, "runner", question, seconds=20)
        told(stocked, "translator", question, said=())
    found = recall.map_of(room, head)
    able = found["ability"]
    assert able[stocked["runner"].account]["mean"] > 0.5 > -0.5 > able[stocked["translator"].account]["mean"]
    mean = {(one["person"], one["topic"]): one["mean"] for one in found["cells"]}
    for topic in ("quality-unit", "quality-system"):
        assert mean[stocked["runner"].account, topic] > mean[stocked["translator"].account, topic]
    cover = recall.cover_of(room, head, sure=0.05)
    best = next(one for one in cover["topics"] if one["topic"] == "quality-unit")["best"]
    assert best[0]["person"] == stocked["runner"].account
    assert set(cover["roster"]) == {"quality-unit", "quality-system"}
    stand = recall.stand_ins_for(room, head, stocked["runner"].account)
    assert [one["best"][0]["person"] for one in stand] == [stocked["translator"].account] * 2
    first = recall.next_of(room, head, person=stocked["translator"].account, most=1)[0]
    before = mean[stocked["translator"].account, first["topic"]]
    stocked.clock.ahead += timedelta(hours=1)
    told(stocked, "translator", first["question"], seconds=20)
    after = {(one["person"], one["topic"]): one["mean"] for one in recall.map_of(room, head)["cells"]}
    assert after[stocked["translator"].account, first["topic"]] > before
    assert all(math.isfinite(one["error"]) and 0 <= one["mean"] <= 1 for one in recall.map_of(room, head)["cells"])


def test_no_drill_is_best_for_a_day_that_is_over(here):
    questions.put(here.room, here["quality_head"], bank()[:3], approved=True)
    with pytest.raises(ConflictError, match="still to come"):
        recall.next_of(here.room, here["quality_head"])
    standards.set_profile(here.room, here["quality_head"], PROFILE | {"day": "2020-01-01"})
    with pytest.raises(ConflictError, match="still to come"):
        recall.next_of(here.room, here["quality_head"])
    assert recall.map_of(here.room, here["quality_head"])["day"] == ""


def test_a_deck_has_a_page_for_each_topic_with_its_text_whole_in_the_notes(stocked, tmp_path):
    from pptx import Presentation

    head = stocked["quality_head"]
    people = {"owner": stocked["runner"].account, "backup": stocked["scribe"].account}
    hostile = "<script>alert(1)</script> & =1+1"
    drills.set_deck(stocked.room, head, "cleaning", {"claim": hostile, "facts": "one;two", "weakness": "late"} | people)
    with pytest.raises(InvalidError, match="nobody stands in for themselves"):
        drills.set_deck(stocked.room, head, "cleaning", {"claim": "c", "owner": head.account, "backup": head.account})
    path = tmp_path / "deck.pptx"
    path.write_bytes(decks.deck_file(stocked.room, stocked["scribe"], ["cleaning", "quality-unit"]))
    slides = list(Presentation(str(path)).slides)
    assert len(slides) == 3
    words = "\n".join(shape.text_frame.text for shape in slides[1].shapes if shape.has_text_frame)
    assert hostile in words
    assert "Runner" in words
    assert "Scribe" in words
    assert hostile in slides[1].notes_slide.notes_text_frame.text
    path.write_bytes(decks.deck_file(stocked.room, stocked["scribe"]))
    assert len(list(Presentation(str(path)).slides)) == 1 + len({one.topic for one in bank()})
    with pytest.raises(NotThereError):
        decks.deck_file(stocked.room, stocked["scribe"], ["nothing"])


@pytest.mark.parametrize("text", INJECTIONS)
def test_filters_take_text_as_text(stage, text):
    head = stage["quality_head"]
    standards.set_profile(stage.room, head, PROFILE)
    questions.put(stage.room, head, bank()[:4], approved=True)
    assert reading.clauses_of(stage.room, head, search=text + "zz")["clauses"] == []
    assert reading.clauses_of(stage.room, head, authority=text)["clauses"] == []
    assert reading.questions_of(stage.room, head, search=text + "zz") == []
    for name in ("topic", "system", "owner"):
        assert reading.questions_of(stage.room, head, **{name: text}) == []
    assert reading.slots_of(stage.room, head, owner=text) == []
    assert recall.next_of(stage.room, head, topic=text) == []
    for read in (
        lambda: reading.clauses_of(stage.room, head, profile=text),
        lambda: reading.clause_of(stage.room, head, text),
        lambda: recall.map_of(stage.room, head, profile=text),
        lambda: decks.deck_file(stage.room, head, [text]),
    ):
        with pytest.raises(NotThereError):
            read()
    with pytest.raises(InvalidError):
        reading.questions_of(stage.room, head, state=text)
    with pytest.raises(InvalidError):
        recall.cover_of(stage.room, head, topics=text)


def test_search_takes_signs_of_patterns_as_themselves(stage):
    head = stage["quality_head"]
    questions.new_question(stage.room, head, WORDING | {"id": "p-1", "question": "Is 100% of it _checked_?"})
    questions.new_question(stage.room, head, WORDING | {"id": "p-2", "question": "Is all of it checked?"})
    assert [one["id"] for one in reading.questions_of(stage.room, head, search="100%")] == ["p-1"]
    assert [one["id"] for one in reading.questions_of(stage.room, head, search="_checked_")] == ["p-1"]


def test_all_of_it_is_in_the_chain(stocked, tmp_path, kept_hash):
    told(stocked, "runner", bank()[0].question_id)
    standards.import_library(stocked.room, stocked["quality_head"], {"id": "who", "name": "WHO"}, ("w.csv", CSV))
    drills.set_deck(stocked.room, stocked["quality_head"], "cleaning", {"claim": "c"})
    head = stocked.room.store.head()
    stocked.room.accounts.create(MACHINE, "late", "Late", "", frozenset({"runner"}), kept=kept_hash)
    assert stocked.room.accounts.sign_in("late", PASSWORD)
    assert stocked.room.store.head()[0] == head[0] + 2
    found = verify(SqliteReader(tmp_path / "readiness.sqlite"), [])
    assert found.findings == []
    assert found.versions > 310
