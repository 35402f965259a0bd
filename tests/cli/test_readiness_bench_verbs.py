"""`echelon readiness` before an inspection: standards, bank, drills and decks by commands, and what is refused."""

import json

import pytest
from tests.cli.conftest import within

PASSWORD = "a long enough phrase"
PROFILE = (
    "id=site", "name=Antibody plant", "authorities=FDA;NMPA", "modality=antibody", "steps=substance;product",
    "features=sterile;computerised", "visit=pre-licence", "day=2199-01-10",
)  # fmt: skip


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.setenv("ECHELON_READINESS_PASSWORD", PASSWORD)

    def run(*args, status=0):
        done = within("readiness", *args, "--room", tmp_path / "room")
        assert done.exit_code == status, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if status == 0 else done.stderr

    return run


def sets(*pairs):
    return [part for pair in pairs for part in ("--set", pair)]


@pytest.fixture
def opened(call):
    people = {}
    for user, role in (("anna", "quality_head"), ("eva", "subject_expert"), ("sam", "scribe")):
        told = call("account", user, "--name", user.title(), "--role", role, "--json")
        people[user] = json.loads(told)["id"]
    call("receive", "profile", "--as", "anna", *sets(*PROFILE))
    assert "307 new" in call("import-bank", "--as", "anna")
    return call, people


def test_from_a_profile_to_a_deck_by_commands_alone(opened, tmp_path):
    call, people = opened
    told = call("standards", "--as", "sam", "--counting", "--authority", "NMPA")
    assert "clauses count" in told
    call("do", "slot", "site.quality-unit-1", "--as", "anna", *sets(f"owner={people['eva']}", "minutes=20"))
    call("do", "slot", "site.quality-unit-1", "--as", "eva", *sets("state=ready", "measured=12"))
    slot = json.loads(call("slots", "--as", "eva", "--state", "ready", "--json"))
    assert [(one["id"], one["minutes"], one["measured"]) for one in slot] == [("site.quality-unit-1", 20, 12)]
    call("receive", "duty", "--as", "anna", *sets(f"person={people['eva']}", "topics=quality-unit"))
    best = json.loads(call("drills", "--as", "sam", "--person", "eva", "--json"))
    assert {one["topic"] for one in best} == {"quality-unit"}
    asked = best[0]["question"]
    call("receive", "answer", "--as", "sam", *sets(f"person={people['eva']}", f"question={asked}", "said=1;2;3"))
    found = json.loads(call("recall", "--as", "eva", "--json"))
    assert [one["topic"] for one in found["cells"]] == ["quality-unit"]
    assert found["figures"]["answers"] == 1
    assert "weakest link" in call("cover", "--as", "anna")
    call(
        "do",
        "deck",
        "quality-unit",
        "--as",
        "eva",
        *sets("claim=Quality stops a batch alone", f"owner={people['eva']}"),
    )
    call("deck", tmp_path / "d.pptx", "--as", "eva", "--topic", "quality-unit")
    assert (tmp_path / "d.pptx").read_bytes().startswith(b"PK")
    call("export-bank", tmp_path / "bank.xlsx", "--as", "sam")
    assert "every question is in the bank as it is" in call(
        "import-bank", tmp_path / "bank.xlsx", "--as", "anna", status=2
    )
    assert "the records are whole" in call("verify")


def test_a_changed_procedure_makes_its_questions_stale_until_they_are_approved_again(opened, tmp_path):
    call, _ = opened
    call("receive", "procedure", "--as", "anna", *sets("name=SOP-014", "fingerprint=v7"))
    call("export-bank", tmp_path / "bank.csv", "--as", "anna")
    lines = (tmp_path / "bank.csv").read_text().splitlines()
    lines[1] = lines[1].removesuffix('""') + '"SOP-014@v7"'
    (tmp_path / "changed.csv").write_text("\n".join(lines) + "\n")
    told = json.loads(call("import-bank", tmp_path / "changed.csv", "--as", "anna", "--approved", "--json"))
    assert (len(told["changed"]), told["same"]) == (1, 306)
    assert json.loads(call("bank", "--as", "sam", "--state", "stale", "--json")) == []
    call("receive", "procedure", "--as", "anna", *sets("name=SOP-014", "fingerprint=v8"))
    stale = json.loads(call("bank", "--as", "sam", "--state", "stale", "--json"))
    assert [one["id"] for one in stale] == told["changed"]
    call("do", "approve-question", told["changed"][0], "--as", "anna")
    assert json.loads(call("bank", "--as", "sam", "--state", "stale", "--json")) == []


def test_a_further_library_is_joined_or_refused_with_every_message(opened, tmp_path):
    call, _ = opened
    head = "clause_id,authority,instrument,level,parent_id,title,system,source,confidence\n"
    good, bad = tmp_path / "own.csv", tmp_path / "bad.csv"
    good.write_text(head + "WHO-1,WHO,TRS 986,section,,Quality management,Quality,read at the source,read\n")
    bad.write_text(head + "21CFR211.22,FDA,x,section,,t,Quality,s,read\nWHO-2,WHO,x,nothing,,t,Quality,s,read\n")
    told = call("import-library", "bad", bad, "--as", "anna", "--name", "Bad", status=2)
    assert "bad.csv:2:1: R201" in told
    assert "bad.csv:3:13: R104" in told
    assert str(tmp_path) not in told
    call("import-library", "who", good, "--as", "anna", "--name", "WHO")
    assert "WHO-1" in call("standards", "--as", "sam", "--authority", "WHO")
    call("do", "retire-library", "who", "--as", "anna", *sets("reason=read again"))
    assert "WHO-1" not in call("standards", "--as", "sam", "--authority", "WHO")


REFUSED = [
    (("receive", "profile", "--as", "eva", *sets(*PROFILE)), "your role may not set a profile"),
    (("receive", "profile", "--as", "anna", *sets(*PROFILE[:3], "modality=antibod", *PROFILE[4:])), "antibody"),
    (("receive", "duty", "--as", "anna", "--set", "person=nobody", "--set", "topics=x"), "no active account"),
    (("import-bank", "none.csv", "--as", "anna"), "there is no file none.csv"),
    (("bank", "--as", "sam", "--state", "odd"), "there is no state 'odd'"),
    (("do", "slot", "site.none", "--as", "anna", "--set", "state=ready"), "there is no slot site.none"),
    (("do", "approve-question", "none", "--as", "anna"), "there is no question none"),
    (("deck", "x.ppt", "--as", "anna"), "is no .pptx"),
    (("deck", "x.pptx", "--as", "anna", "--topic", "none"), "there is no topic none"),
    (("export-bank", "x.json", "--as", "anna"), "neither .csv nor .xlsx"),
    (("drills", "--as", "sam", "--person", "nobody"), "there is no account nobody"),
    (("cover", "--as", "eva"), "your role may not see who can stand in"),
    (("standards", "--as", "sam", "--profile", "none"), "there is no profile none"),
]


def test_what_cannot_be_done_is_told_in_words_with_status_2(opened):
    for args, words in REFUSED:
        assert words in opened[0](*args, status=2), args
