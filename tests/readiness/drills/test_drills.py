"""Drills: published fits and runs reproduced, cards aimed at the day, rosters and decks."""

import csv
import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from echelon.readiness.drills.cover import roster, stand_ins
from echelon.readiness.drills.decks import Topic, body, shortened, width, write_deck
from echelon.readiness.drills.rasch import ability, chance_right, fit, information_at
from echelon.readiness.drills.schedule import Answer, Card, grade, next_best, on_the_day, recall, review

HERE = Path(__file__).parent
START = datetime(2026, 1, 1, 9, 0, tzinfo=UTC)
FIXTURES = list(csv.DictReader((HERE / "fixtures.csv").read_text().splitlines()))
LSAT = list(csv.DictReader((HERE / "lsat_patterns.csv").read_text().splitlines()))


def fixture(case: str, quantity: str) -> list[float]:
    found = [row for row in FIXTURES if row["case"].startswith(case) and row["quantity"].startswith(quantity)]
    assert len(found) == 1
    return [float(part) for part in re.findall(r"-?\d+\.?\d*", found[0]["value"])]


@pytest.mark.parametrize(("kind", "case"), [
    ("common", "LSAT 1000x5 one-parameter"), ("rasch", "LSAT 1000x5 Rasch"), ("slopes", "LSAT 1000x5 two-parameter"),
])  # fmt: skip
def test_lsat(kind, case):
    answers = np.array([[float(row[f"i{j}"]) for j in range(1, 6)] for row in LSAT])
    made = fit(answers, kind, [float(row["count"]) for row in LSAT])
    assert np.round(made.difficulty, 3) == pytest.approx(np.array(fixture(case, "difficulties")), abs=1.5e-3)
    assert made.log_likelihood == pytest.approx(fixture(case, "log likelihood")[0], abs=6e-4)
    if kind == "common":
        assert made.slope[0] == pytest.approx(fixture(case, "slope")[0], abs=1e-4)
    if kind == "slopes":
        assert made.slope == pytest.approx(np.array(fixture(case, "slopes")), abs=2e-3)


def drilled() -> Card:
    return review(review(Card(), 3, START), 3, START + timedelta(minutes=10))


def test_fsrs():
    card, last = drilled(), START + timedelta(minutes=10)
    assert card.stability == pytest.approx(fixture("fsrs 6.3.2", "stability")[0], abs=5e-5)
    assert card.due - last == timedelta(days=fixture("same card", "due")[0])
    for days in (1, 7, 30, 90):
        expected = fixture("same card", f"retrievability after {days} day")[0]
        assert recall(card, last + timedelta(days=days)) == pytest.approx(expected, abs=5.1e-6)
    good = review(card, 3, card.due)
    assert good.stability == pytest.approx(fixture("same card; third review Good", "stability")[0], rel=1e-12)
    again = review(card, 1, START + timedelta(days=3))
    assert again.stability == pytest.approx(fixture("same card; third review Again", "stability")[0], rel=1e-12)


def test_no_interval_reaches_past_the_inspection():
    card, now, day = Card(), START, START + timedelta(days=40)
    for _ in range(12):
        card = review(card, 4, now, day)
        assert card.due <= day + timedelta(days=1)
        if card.due >= day:
            break
        now = card.due
    with pytest.raises(ValueError, match="needs a time zone"):
        review(Card(), 3, datetime(2026, 1, 1))  # noqa: DTZ001
    assert recall(Card(), day) == 0.0


@pytest.mark.parametrize(("answer", "mark"), [
    (Answer(4, 4, seconds=40), 4), (Answer(4, 4, seconds=90), 3), (Answer(4, 3), 3), (Answer(4, 2), 2),
    (Answer(4, 1), 1), (Answer(4, 4, wrong=True), 1), (Answer(4, 4, evidence=False), 3),
    (Answer(4, 4, speculated=True, evidence=False), 2), (Answer(5, 3, speculated=True), 1),
])  # fmt: skip
def test_grades(answer, mark):
    assert grade(answer) == mark


def test_a_grade_of_impossible_points():
    with pytest.raises(ValueError, match="5 of 4 answer points"):
        grade(Answer(4, 5))


def answers(people=150, questions=40, asked=0.4, seed=3):
    rng = np.random.default_rng(seed)
    theta, b = rng.normal(0, 1, people), rng.normal(0, 1.2, questions)
    right = (rng.random((people, questions)) < 1 / (1 + np.exp(b - theta[:, None]))).astype(float)
    right[rng.random((people, questions)) > asked] = np.nan
    return theta, b, right


def test_sparse_answers_give_difficulties_and_abilities_within_their_errors():
    theta, b, right = answers()
    made = fit(right, "rasch", prior=3.0)
    assert 0.85 < np.mean(np.abs(made.difficulty - b) < 1.96 * np.hypot(made.error, 0.1)) <= 1.0
    found = ability(right, made)
    assert 0.88 < np.mean(np.abs(found.mean - theta) < 1.96 * found.error) < 0.99
    assert np.corrcoef(found.mean, theta)[0, 1] > 0.75
    nobody = ability(np.full((1, len(b)), np.nan), made)
    assert nobody.mean[0] == pytest.approx(0.0, abs=1e-12)
    assert nobody.error[0] == pytest.approx(1.0, abs=1e-3)


def test_predicted_chances_are_calibrated():
    theta, b, right = answers(people=300, asked=0.5, seed=8)
    made = fit(right, "rasch", prior=3.0)
    found = ability(right, made)
    p = chance_right(found.mean, found.error, made.difficulty)
    truth = 1 / (1 + np.exp(b - theta[:, None]))
    unasked = np.isnan(right)
    assert np.mean(p[unasked]) == pytest.approx(np.mean(truth[unasked]), abs=0.02)
    for low in np.arange(0.1, 0.9, 0.2):
        group = unasked & (p >= low) & (p < low + 0.2)
        assert np.mean(p[group]) == pytest.approx(np.mean(truth[group]), abs=0.05)


def test_a_question_all_got_right_needs_a_prior():
    right = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match="give a prior"):
        fit(right)
    assert np.isfinite(fit(right, prior=2.0).difficulty).all()
    with pytest.raises(ValueError, match=r"1 \(right\), 0 \(wrong\) or blank"):
        fit(np.array([[2.0]]))


def test_information_is_highest_where_difficulty_meets_ability():
    made = fit(answers()[2], prior=3.0)
    assert int(information_at(made, made.difficulty[7]).argmax()) == 7


def test_next_best_prefers_what_is_forgotten_weighty_and_within_reach():
    day, fresh = START + timedelta(days=20), Card()
    known = review(drilled(), 4, START + timedelta(days=3), day)
    cards = {("ann", "q1"): fresh, ("ann", "q2"): known, ("bob", "q1"): fresh}
    order = next_best(cards, {("ann", "q1"): 0.9, ("bob", "q1"): 0.2, ("ann", "q2"): 0.9}, {"q1": 1.0, "q2": 1.0},
                      START + timedelta(days=3), day)  # fmt: skip
    assert (order[0].person, order[0].question) == ("ann", "q1")
    assert all(drill.gain >= 0 for drill in order)
    cards["ann", "q2"] = drilled()
    heavy = next_best(cards, {}, {"q1": 0.0, "q2": 5.0}, START + timedelta(days=3), day)
    assert heavy[0].gain > 0
    assert heavy[0].question == "q2"
    with pytest.raises(ValueError, match="the inspection is over"):
        next_best(cards, {}, {}, day, START)


def test_on_the_day_is_uncertain_where_ability_is():
    card, day = drilled(), START + timedelta(days=10)
    cards = {(person, f"q{n}"): card for person in ("ann", "bob") for n in range(8)}
    topics = {f"q{n}": "cleaning" for n in range(8)}
    found = {one.person: one for one in on_the_day(cards, {"ann": (1.0, 0.2), "bob": (1.0, 1.2)}, {}, topics, day)}
    assert 0 < found["bob"].mean < found["ann"].mean < recall(card, day)
    assert found["bob"].error > found["ann"].error > 0
    assert found["ann"].questions == 8


def test_stand_ins_and_the_topic_that_hangs_on_one():
    chances = {("ann", "water"): 0.9, ("bob", "water"): 0.85, ("ann", "air"): 0.95, ("bob", "air"): 0.4}
    air, water = stand_ins(chances)
    assert (air.able, air.lone) == (("ann",), True)
    assert (water.able, water.lone) == (("ann", "bob"), False)


def test_the_roster_has_the_strongest_weakest_link():
    rng = np.random.default_rng(1)
    people, topics = "abcd", ["t1", "t2", "t3", "t4"]
    chances = {(p, t): float(rng.random()) for p in people for t in topics}
    given, weakest = roster(chances, topics, each=2)
    best = max(
        min(chances[p, t] for p, t in zip(choice, topics, strict=True))
        for choice in product(people, repeat=4)
        if max(choice.count(p) for p in people) <= 2
    )
    assert weakest == pytest.approx(best)
    assert set(given) == set(topics)
    with pytest.raises(ValueError, match="cannot take 4 topics"):
        roster(chances, topics, each=0)


def fits(page, sign_width):
    """Whether a page's text stays in its box, with a sign of such a width in em."""
    box = page.shapes[1].text_frame
    text, size = box.text, box.paragraphs[0].runs[0].font.size.pt
    per_line = int(8.8 * 72 / (sign_width * size))
    lines = sum(-(-len(line) // per_line) for line in text.split("\n"))
    # Lines stand 1.25 em apart, with 4 points between paragraphs.
    return lines * 1.25 * size + 4 * text.count("\n") <= 5.4 * 72


def test_a_deck_has_one_page_per_topic_and_fits(tmp_path):
    from pptx import Presentation

    long = Topic(
        "<b>Water & \x0b steam</b>", "claim " * 200, ("fact " * 100,) * 9, ("SOP-1",) * 80, "weak " * 90, "yes " * 90
    )
    chinese = Topic("清洁验证" * 30, "每个容器" * 90, ("事实" * 200,) * 9, ("规程",) * 200, "弱点" * 200, "是的" * 200)
    write_deck(tmp_path / "d.pptx", "Drills", [Topic("Cleaning", "We clean."), long, chinese])
    deck = Presentation(str(tmp_path / "d.pptx"))
    assert len(deck.slides) == 4
    page = deck.slides[2]
    assert page.shapes.title.text == "<b>Water & steam</b>"
    # Average sign of a sans font: 0.52 em wide; a Chinese one fills its square.
    assert fits(page, 0.52)
    assert fits(deck.slides[3], 1.0)
    assert width(deck.slides[3].shapes.title.text) <= 90
    assert "claim claim" in page.notes_slide.notes_text_frame.text
    with pytest.raises(ValueError, match="at least one topic"):
        write_deck(tmp_path / "e.pptx", "x", [])


def test_shortened_keeps_words():
    assert shortened("one two three", 20) == "one two three"
    assert shortened("alpha beta gamma delta", 14) == "alpha beta …"
    assert shortened("清洁验证和清洁记录", 10) == "清洁验证 …"
    assert len(body(Topic("t", "c", ("f",) * 9))) == 7
