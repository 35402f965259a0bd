"""The clause library: complete, each clause counted once; further libraries are read strictly."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from echelon.readiness.standards.library import AUTHORITIES, SYSTEMS, library, read_clauses
from echelon.readiness.standards.profile import (
    Profile,
    applying,
    holds,
    rules,
    scope_of,
    slots,
    subjects_of,
    verdict,
)
from echelon.readiness.tables import TableError, own_table

GALLERY = Path(__file__).parent / "gallery"
PLI = Profile(
    ("FDA",), "antibody", ("substance", "product", "packaging"), frozenset({"sterile", "computerised"}), "pre-licence"
)


def test_the_core_has_376_clauses_and_says_which_were_read():
    rows = own_table("echelon.readiness.standards", "clauses")
    assert len(rows) == 376
    assert Counter(row["confidence"] for row in rows) == {"read": 161, "remembered": 215}
    assert all(("memory" in row["source"]) == (row["confidence"] == "remembered") for row in rows)


def test_part_211_has_its_sixty_sections_and_eleven_subparts():
    book = library()
    part = [clause for clause in book.clauses.values() if clause.instrument == "21 CFR 211"]
    assert Counter(clause.level for clause in part) == {"part": 1, "subpart": 11, "section": 60, "paragraph": 20}


def test_no_clause_is_an_orphan_and_each_has_one_home():
    book = library()
    homes = Counter(link.clause_id for link in book.links if link.home)
    assert set(homes) == set(book.clauses)
    assert set(homes.values()) == {1}
    for key, clause in book.clauses.items():
        assert not clause.parent_id or clause.parent_id in book.clauses
        assert clause.system in clause.systems
        assert clause.authority in AUTHORITIES
        assert book.ancestors(key)[0] == key
    assert {link.class_id for link in book.links} == set(book.subjects)
    assert {subject.system for subject in book.subjects.values()} == set(SYSTEMS)
    assert not [pair for pair, n in Counter((k.clause_id, k.class_id) for k in book.links).items() if n > 1]


def test_one_matter_in_five_rule_books_counts_once():
    book = library()
    same = ["21CFR211.192", "PAI-O1a", "EUGMP-A11-13"]
    assert book.count_once(same) == ("investigations",)
    validation = {"EUGMP-A15-5", "21CFR211.100(a)", "ICHQ7-12", "21CFR211.100"}
    assert book.count_once(validation) == ("process-validation",)
    assert book.count_once(["21CFR211.1", "21CFR211.192"]) == ("investigations", "scope")


@pytest.mark.parametrize(("clause", "authority", "wanted"), [
    ("21CFR211.166", "ICH", "ICHQ5C"), ("21CFR211.113(b)", "EMA", "EUGMP-A1-8"),
    ("EUGMP-I-9", "NMPA", "NMPA-GMP2010-13"),
    ("EUGMP-I-9", "PIC/S", "PICS-I-9"), ("NMPA-GMP2010-11", "FDA", None), ("21CFR211.68(b)", "PIC/S", "PICS-A11"),
])  # fmt: skip
def test_counterparts(clause, authority, wanted):
    found = [link.clause_id for link in library().counterparts(clause, authority)]
    assert (wanted in found) if wanted else found == []


FDA_ALONE = {
    "animals", "label-content", "expiry", "licence", "safety-reports", "inspection-conduct", "conformance",
    "commercial-readiness", "comparability", "development", "containers",
}  # fmt: skip
"""What no clause of EU GMP in the library is about: licences, directives or ICH guides hold it."""


def test_which_subjects_have_no_european_clause():
    book = library()
    covered = {link.class_id for link in book.links if book.clauses[link.clause_id].authority == "EMA"}
    assert set(book.subjects) - covered == FDA_ALONE


def test_rules_use_known_clauses_and_words():
    assert set(rules()) <= set(library().clauses)
    assert holds("a|b,!c", frozenset({"b"}))
    assert not holds("a|b,!c", frozenset({"b", "c"}))
    assert not holds("a|b,!c", frozenset({"d"}))


def test_what_counts_for_an_antibody_plant_before_its_licence():
    counted = set(applying(PLI))
    assert {"PAI-O1c", "21CFR211.113(b)", "ICHQ5A(R2)", "21CFR610.12", "CP7356.002M", "21CFR601.20"} <= counted
    assert not counted & {"21CFR211.176", "21CFR610.40", "EUGMP-I-1", "21CFR211.132", "21CFR600.80", "CP7356.002F"}
    assert not counted & {"21CFR211.1", "21CFR211", "ICHQ7-20"}
    assert verdict("21CFR610.40", PLI).why == "donations only"
    assert verdict("EUGMP-I-1", PLI).why == "EMA does not inspect here"


def test_a_surveillance_visit_leaves_the_pre_approval_objectives_out():
    later = Profile(PLI.authorities, "antibody", PLI.steps, PLI.features | {"licensed"}, "surveillance")
    assert not [key for key in applying(later) if key.startswith("PAI")]
    assert "21CFR600.80" in applying(later)


def test_only_named_systems_and_quality_are_in_scope():
    assert scope_of("abbreviated", ["Production"]) == ("Quality", "Production")
    narrow = Profile(PLI.authorities, "antibody", PLI.steps, PLI.features, "surveillance", systems=("Production",))
    counted = applying(narrow)
    assert "21CFR211.113(b)" in counted
    assert "21CFR211.46" not in counted
    with pytest.raises(ValueError, match="at least 3 other systems; 2 are named"):
        scope_of("full", ["Production", "Materials"])


def test_slots_follow_the_subjects_the_language_and_the_mode():
    here = slots(PLI, "en")
    assert {slot.class_id for slot in here} <= set(subjects_of(PLI))
    assert set(subjects_of(PLI)) - {slot.class_id for slot in here} <= {"special-forms"}
    away = slots(Profile(PLI.authorities, "antibody", PLI.steps, PLI.features, "pre-licence", "remote"), "en")
    assert [slot.minutes for slot in away] == [slot.minutes for slot in here]
    assert {slot.form for slot in here} == {"paper or screen in the room"}
    assert "shared screen" in {slot.form for slot in away}
    assert {slot.language for slot in here} == {"en", ""}


@pytest.mark.parametrize(("change", "message"), [
    ({"authorities": ("FDB",)}, "`FDB` is no authority; did you mean `FDA`"),
    ({"modality": "antybody"}, "did you mean `antibody`"),
    ({"features": frozenset({"steril"})}, "did you mean `sterile`"),
    ({"steps": ()}, "at least one authority and one step"),
    ({"inspection": "visit"}, "`visit` is no inspection; one of pre-approval"),
])  # fmt: skip
def test_a_profile_says_what_is_wrong(change, message):
    parts = {"authorities": ("FDA",), "modality": "antibody", "steps": ("product",)} | change
    with pytest.raises(ValueError, match=re.escape(message)):
        Profile(**parts)


GOOD = (
    "clause_id,authority,instrument,level,parent_id,title,system,source,confidence\n"
    "ANVISA-1,ANVISA,RDC 658,part,,General,Quality,own reading,read\n"
    "ANVISA-1.1,ANVISA,RDC 658,section,ANVISA-1,Quality management,Quality,own reading,read\n"
    "X-211.192a,FDA,21 CFR 211,paragraph,21CFR211.192,Own paragraph,Quality,own reading,remembered\n"
)


def test_a_further_library_is_joined_and_counted_once(tmp_path):
    (tmp_path / "more.csv").write_text(GOOD)
    book = read_clauses(tmp_path / "more.csv")
    assert len(book.clauses) == len(library().clauses) + 3
    assert book.home("X-211.192a") == "investigations"
    assert book.home("ANVISA-1.1") == "scope"
    (tmp_path / "map.csv").write_text("clause_id,class_id,relation,home\nANVISA-1,quality-system,covers,y\n")
    book = read_clauses(tmp_path / "more.csv", tmp_path / "map.csv")
    assert book.home("ANVISA-1.1") == "quality-system"
    assert book.count_once(["ANVISA-1", "ANVISA-1.1", "EUGMP-I-1"]) == ("quality-system",)


CASES = sorted(path.name for path in GALLERY.iterdir() if path.is_dir())


@pytest.mark.parametrize("case", CASES)
def test_gallery(case, monkeypatch):
    monkeypatch.chdir(GALLERY / case)
    mapping = Path("mapping.csv")
    with pytest.raises(TableError) as told:
        read_clauses(Path("clauses.csv"), mapping if mapping.exists() else None)
    found = "".join(f"{diagnostic}\n" for diagnostic in told.value.diagnostics)
    expected = GALLERY / case / "expected.txt"
    if os.environ.get("UPDATE_GALLERY"):
        expected.write_text(found, encoding="utf-8", newline="\n")
    assert found == expected.read_text(encoding="utf-8")
    assert "Traceback" not in found
