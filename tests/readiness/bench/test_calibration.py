"""Predictions of the drills' own answers: from earlier answers alone, first ones apart, too few said to be."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from tests.readiness.bench.test_bench_a import told
from tests.readiness.conftest import client

from echelon.readiness.bench import calibration
from echelon.readiness.drills.schedule import Card, review
from echelon.readiness.questions.bank import bank


def answers(people=12, rounds=5, seed=2, chance=0.7):
    """Made-up answers of people to six questions, week by week, with the cards as they stood."""
    rng, cards, found = np.random.default_rng(seed), {}, []
    at = datetime(2026, 1, 5, tzinfo=UTC)
    for _ in range(rounds):
        for person in range(people):
            for question in range(6):
                at += timedelta(minutes=5)
                key, right = (f"p{person}", f"q{question}"), bool(rng.uniform() < chance)
                found.append(calibration._Given(key, at, right, cards.get(key, "")))
                cards[key] = review(Card(cards.get(key, "")), 3 if right else 1, at).state
        at += timedelta(days=7)
    return found


def test_no_prediction_knows_what_came_later():
    given = answers()
    before = [chance for _, chance in calibration._predicted(given, {})]
    changed = given[:200] + [calibration._Given(o.key, o.at, not o.right, o.before) for o in given[200:]]
    after = [chance for _, chance in calibration._predicted(changed, {})]
    step = -(-len(given) // calibration.FITS)
    same = 200 // step * step + step
    assert before[:same] == after[:same]
    assert before[same:] != after[same:]


def test_a_first_answer_has_no_prediction_and_later_ones_have():
    for one, chance in calibration._predicted(answers(), {}):
        assert (chance == 0.0) == (one.before == "")


def test_harder_questions_and_weaker_people_are_predicted_lower():
    given = answers(people=4, chance=0.5)
    easy = [chance for one, chance in calibration._predicted(given, {"q0": -2.0}) if one.before and one.key[1] == "q0"]
    assert min(easy) > 0.0
    weak = [calibration._Given(o.key, o.at, o.key[0] != "p0" and o.right, o.before) for o in given]
    last = {one.key: chance for one, chance in calibration._predicted(weak, {})}
    mean = {who: np.mean([chance for key, chance in last.items() if key[0] == who]) for who in ("p0", "p1", "p2")}
    assert mean["p0"] < min(mean["p1"], mean["p2"])


def test_with_few_answers_it_is_said_that_they_are_too_few(stocked):
    key = bank()[0].question_id
    found = calibration.calibration_of(stocked.room, stocked["quality_head"])
    assert (found["answers"], found["enough"]) == (0, False)
    assert "Too few to say: 0 answers" in found["words"]
    told(stocked, "runner", key)
    stocked.clock.ahead = timedelta(hours=1)
    told(stocked, "runner", key, said=(1,))
    found = calibration.calibration_of(stocked.room, stocked["back_room"])
    assert (found["answers"], found["first"], found["all"]["count"]) == (2, {"count": 1, "right": 1}, 1)
    assert {one["says"] for one in found["bands"]} == {"too few"}
    assert 0.0 < found["all"]["predicted"] < 1.0


@pytest.mark.parametrize("role", ["scribe", "subject_expert", "runner", "inspector"])
def test_others_do_not_see_how_everybody_answers(stocked, address, role):
    with client(address, role) as opened:
        assert opened.get("/api/drills/calibration").status_code == 403
    with client(address, "back_room") as opened:
        assert opened.get("/api/drills/calibration").json()["answers"] == 0
