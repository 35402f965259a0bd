"""Why: choices of companies where each one's worth is known, and the notes that say it."""

from dataclasses import replace

import pytest
from tests.support.pockets import APART, Pocket, pockets, values_of

from echelon.company.resolve import resolve
from echelon.company.rows.choosing import Option
from echelon.company.rows.money import Choice
from echelon.company.rows.settings import Money
from echelon.plans.firm import firm
from echelon.plans.levers import levers
from echelon.plans.lives import Lives, space
from echelon.plans.why import Why, note, noted, swapped, why

GO_OR_STOP = Option(action="start", target="*", last="2025-12-31")
PROGRAMS = (Pocket(0.6, 40.0, 120.0), Pocket(0.2, 60.0, 60.0), Pocket(0.5, 20.0, 30.0))


def lives_of(company, seed=1):
    resolved, _ = resolve(company)
    return Lives(resolved, levers(resolved), space(seed, "explain"), threads=2)


@pytest.fixture(scope="module")
def weighed() -> tuple[Lives, tuple[int, ...], Why]:
    lives = lives_of(pockets(PROGRAMS, [GO_OR_STOP]))
    stop = [i for i, value in enumerate(values_of(PROGRAMS)) if value < 0.0]
    plan = tuple(
        row.nothing if i in stop else next(a for a in range(len(row.alternatives)) if a != row.nothing)
        for i, row in enumerate(lives.levers.rows)
    )
    return lives, plan, why(lives, plan, 30_000)


def test_a_choice_is_worth_what_the_program_is(weighed):
    _, _, found = weighed
    exact = {f"p{i}": value for i, value in enumerate(values_of(PROGRAMS))}
    assert min(abs(value) for value in exact.values()) > 1.0
    for one in found.reasons:
        other = one.without or next(rival for rival in one.rivals if rival.name == "as it is")
        assert abs(other.loss - abs(exact[one.target])) < 4 * other.se
        assert (one.taken == "stop") == (exact[one.target] < 0.0)
        assert one.size == pytest.approx(abs((one.without or one.best).loss))
    assert [one.size for one in found.reasons] == sorted((one.size for one in found.reasons), reverse=True)


def test_close_choices_get_more_futures_within_the_budget(weighed):
    lives, plan, _ = weighed
    lives = Lives(lives.company, lives.levers, 9, threads=2)
    found = why(lives, plan, 900)
    rivals = [rival for one in found.reasons for rival in one.rivals]
    assert found.lived <= 900 + 2 * 8_192
    assert len({rival.futures for rival in rivals}) > 1
    assert all(rival.futures >= 64 for rival in rivals)
    assert len(rivals) == sum(len(row.alternatives) - 1 for row in lives.levers.rows)
    assert plan in lives.seen()


def test_what_makes_no_difference_is_said():
    money = Money(discount_rate=0.1, cogs=0.2, selling=0.3, opening_cash=1000.0, cash_floor=0.0)
    gated = APART.model_copy(update={"cash": True})
    lives = lives_of(pockets((*PROGRAMS, Pocket(0.0, 0.0, 0.0)), [GO_OR_STOP], gated, money))
    found = why(lives, lives.levers.stands, 4_000)
    idle = next(one for one in found.reasons if one.target == "p3")
    assert idle.verdict == "no difference"
    assert idle.best is None
    assert {one.p_better for one in idle.rivals} == {0.5}
    assert note(idle, "USD") == "as it is: makes no difference, same futures"
    # To fund whatever the cash is the same here as to go on, so it makes no toss-up of a sure choice.
    first = next(one for one in found.reasons if one.target == "p0")
    assert first.verdict == "sure"
    assert any(one.same for one in first.rivals)
    assert first.best.name == "stop"


def test_a_close_choice_is_a_toss_up():
    even = Pocket(0.5, 40.0, 90.0)
    ((worth,), other) = values_of([even]), values_of([replace(even, peak=0.0)])[0]
    even = replace(even, peak=even.peak * -other / (worth - other))
    assert values_of([even])[0] == pytest.approx(0.0, abs=1e-6)
    lives = lives_of(pockets([even], [GO_OR_STOP]))
    only = why(lives, lives.levers.stands, 20_000).reasons[0]
    assert only.verdict == "toss-up"
    assert "a toss-up" in note(only, "USD")


def test_a_plan_that_is_wrong_is_told(weighed):
    lives, plan, _ = weighed
    worse = tuple(row.nothing for row in lives.levers.rows)
    found = why(lives, worse, 20_000)
    assert next(one for one in found.reasons if one.target == "p0").verdict == "better seen"
    assert plan != worse


def test_exclusive_levers_give_way():
    options = [GO_OR_STOP, *(Option(action="start", target=f"p{i}", last="2025-12-31", one_of="one") for i in (0, 2))]
    lives = lives_of(pockets(PROGRAMS, options))
    made = lives.levers
    go = [next(a for a in range(len(row.alternatives)) if a != row.nothing) for row in made.rows]
    plan = (go[0], made.rows[1].nothing, made.rows[2].nothing)
    other = swapped(made, plan, 2, go[2])
    assert made.fits(other)
    assert other == (made.rows[0].nothing, made.rows[1].nothing, go[2])


def test_notes_say_it_and_keep_what_a_person_wrote(weighed):
    lives, plan, found = weighed
    rows = {(row.action, row.target): row for row in noted(lives.levers, plan, found, "USD")}
    stop = rows["stop", "p1"].note
    assert stop.startswith("stop: +")
    assert "million USD against as it is" in stop
    assert stop.endswith(", same futures")
    kept = replace(lives.levers, kept=(Choice(action="own", target="x", note="ours"),))
    assert noted(kept, plan, found, "USD")[0].note == "ours"
    mine = rows["stop", "p1"].model_copy(update={"note": "I say so"})
    made = kept.rows[1].alternatives[plan[1]]
    row = replace(kept.rows[1], alternatives=tuple(replace(one, choices=(mine,)) if one is made else one
                                                   for one in kept.rows[1].alternatives))  # fmt: skip
    changed = replace(kept, rows=(kept.rows[0], row, kept.rows[2]))
    assert "I say so" in {one.note for one in noted(changed, plan, found, "USD")}


def test_ctrl_c_keeps_what_is_done(weighed):
    lives, plan, _ = weighed
    fresh = Lives(lives.company, lives.levers, 5, threads=2)
    seen: list[int] = []

    def interrupt(done, total):
        del total
        seen.append(done)
        if len(seen) == 2:
            raise KeyboardInterrupt

    found = why(fresh, plan, 30_000, interrupt)
    assert found.stopped
    assert sum(len(one.rivals) for one in found.reasons) == 2
    assert len(found.reasons) == len(lives.levers.rows)


def test_levers_for_one_target_are_told_apart_by_stage():
    programs = [Pocket(0.5, 40.0, 120.0), Pocket(0.5, 40.0, 120.0)]
    options = [
        Option(action="cover", target="p0", stage="trial", values=("400",)),
        Option(action="cover", target="p0", values=("1",)),
    ]
    money = pockets(programs).settings.money.model_copy(update={"cash_floor": 0.0, "opening_cash": 200.0})
    lives = lives_of(pockets(programs, options, couplings=APART.model_copy(update={"cash": True}), money=money))
    assert [lever.stage for lever in lives.levers.rows] == ["", "trial"]
    plan = tuple(len(lever.alternatives) - 1 for lever in lives.levers.rows)
    found = why(lives, plan, 4_000)
    assert {one.stage: one.taken for one in found.reasons} == {"": "1", "trial": "400"}
    notes = {row.stage: row.note for row in noted(lives.levers, plan, found, "USD")}
    assert notes[""].startswith("1:")
    assert notes["trial"].startswith("400:")
    checked = firm(Lives(lives.company, lives.levers, 5, threads=2), plan, found, 1, 256)
    assert {one.stage: one.taken for one in checked.rows} == {"": "1", "trial": "400"}


def test_what_a_must_have_excludes_is_no_rival():
    options = [
        Option(action="start", target="p0", one_of="one", rule="must"),
        Option(action="start", target="p1", one_of="one"),
    ]
    lives = lives_of(pockets(PROGRAMS, options))
    found = why(lives, lives.levers.everything, 2_000)
    assert {one.target: one.verdict for one in found.reasons} == {"p0": "only choice", "p1": "only choice"}
