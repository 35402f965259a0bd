"""The question bank: enough, none twice, ranked as published, read and written whole, stale when they should."""

import re
from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest

from echelon.readiness.questions.bank import (
    CRITERIA,
    bank,
    questions_csv,
    read_questions,
    revised,
    stale,
    write_questions,
)
from echelon.readiness.questions.ranking import citation_shares, ranked, subject_shares
from echelon.readiness.standards.library import SYSTEMS, library
from echelon.readiness.standards.profile import Profile
from echelon.readiness.tables import TableError

COMMON = {
    "a",
    "an",
    "and",
    "are",
    "at",
    "by",
    "do",
    "does",
    "did",
    "for",
    "from",
    "has",
    "have",
    "how",
    "if",
    "in",
    "is",
    "it",
    "its",
    "not",
    "of",
    "on",
    "or",
    "so",
    "that",
    "the",
    "their",
    "then",
    "there",
    "they",
    "this",
    "to",
    "was",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "whose",
    "why",
    "with",
    "you",
    "your",
    "me",
    "show",
}


def words(text):
    return {word for word in re.findall(r"[a-z]+", text.lower()) if word not in COMMON}


def test_enough_questions_over_all_criteria_systems_and_subjects():
    questions = bank()
    assert len(questions) >= 300
    assert len({one.question_id for one in questions}) == len(questions)
    assert min(Counter(one.criterion for one in questions).values()) >= 20
    assert set(CRITERIA) == {one.criterion for one in questions}
    assert {one.system for one in questions} == set(SYSTEMS)
    assert set(library().subjects) - {one.topic for one in questions} == {"scope"}
    for one in questions:
        assert set(one.clauses) <= set(library().clauses)
        assert library().subjects[one.topic].system == one.system
        assert 3 <= len(one.points) <= 6
        assert len(set(one.points)) == len(one.points)
        assert one.evidence
        assert len(one.question.split()) >= 5
        assert one.question[0].isupper()
        assert one.question[-1] in "?."


def test_no_two_questions_are_nearly_the_same():
    sets = [(one.question_id, words(one.question)) for one in bank()]
    near = [
        (first, second) for (first, a), (second, b) in combinations(sets, 2) if len(a & b) / max(1, len(a | b)) > 0.5
    ]
    assert near == []


def test_the_measure_finds_a_reworded_copy():
    a, b = words("How long may a dirty vessel stand, and which study supports it?"), words(
        "How long may the vessel stand dirty and what study supports that?")  # fmt: skip
    assert len(a & b) / len(a | b) > 0.5


def test_shares_follow_the_published_order():
    shares, other = citation_shares()
    order = sorted(shares, key=shares.get, reverse=True)
    assert order[0] == "21CFR211.22(d)"
    assert order[1] == "21CFR211.192"
    assert set(order[2:4]) == {"21CFR211.100(a)", "21CFR211.160(b)"}
    assert 0.1 < shares["21CFR211.22(d)"] < 0.3
    assert 0 < other < min(shares.values())
    assert subject_shares()["procedures"] == shares["21CFR211.22(d)"]
    assert subject_shares()["donors"] == other


def test_ranking_is_of_the_profile():
    site = Profile(("FDA",), "antibody", ("substance", "product"), frozenset({"sterile", "computerised"}))
    found = ranked(bank(), site)
    assert found[0].question.topic == "procedures"
    assert [one.chance for one in found] == sorted((one.chance for one in found), reverse=True)
    assert not [one for one in found if one.question.topic in ("donors", "site-file")]
    assert len(ranked(bank())) == len(bank())


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_round_trip(kind, tmp_path):
    path = tmp_path / f"q.{kind}"
    odd = replace(
        bank()[0], question_id="=1+1", question='=HYPERLINK("x") 你好?', points=("-a", "+b", "@c"), evidence="'=x"
    )
    questions = (*bank(), odd)
    if kind == "csv":
        path.write_text(questions_csv(questions), encoding="utf-8", newline="")
        assert not re.search(r'(^|,)"[=+@-]', path.read_text(encoding="utf-8"), re.MULTILINE)
    else:
        write_questions(path, questions)
    assert read_questions(path) == questions


def test_messages(tmp_path):
    first = replace(bank()[0], clauses=("21CFR211.193",), topic="waters", points=("one",))
    (tmp_path / "q.csv").write_text(questions_csv([first, first]), encoding="utf-8")
    with pytest.raises(TableError) as told:
        read_questions(tmp_path / "q.csv")
    assert Counter(d.code for d in told.value.diagnostics) == {"R202": 2, "R204": 2, "R302": 2, "R301": 1}
    assert "did you mean `water`?" in str(told.value)
    assert "3 to 6 answer points, not 1" in str(told.value)


def test_versions_and_staleness():
    one = replace(bank()[0], procedure="SOP-7@aa")
    assert revised(one, one).version == 1
    assert revised(one, replace(one, question="Other words altogether, are they?")).version == 2
    assert revised(one, replace(one, difficulty=2.0)).version == 1
    with pytest.raises(ValueError, match="keeps its key"):
        revised(one, replace(one, question_id="x"))
    assert stale([one, bank()[1]], {"SOP-7": "aa"}) == ()
    assert "has changed since" in stale([one], {"SOP-7": "bb"})[0].why
    assert "no longer in force" in stale([one], {})[0].why
