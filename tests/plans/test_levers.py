"""Levers: what may be chosen, from a table or from what is open, and the plans they make."""

from datetime import date

import pytest
from tests.support.pockets import APART, AS_OF, MIXED, pockets

from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.company.rows.choosing import Option
from echelon.company.rows.money import Choice
from echelon.company.rows.settings import Money
from echelon.examples import example
from echelon.plans.levers import later, levers


def made(*options, at_hand=()):
    return levers(resolve(pockets(MIXED, options))[0], at_hand)


def names(found, target):
    return [one.name for lever in found.rows if lever.target == target for one in lever.alternatives]


def test_without_a_table_everything_open_may_be_chosen():
    waits = ["as it is", "2026-12-31", "2027-12-31", "2028-12-31", "stop"]
    assert names(made(), "p0") == waits  # nothing holds starts back
    money = Money(cash_floor=0.0)
    held = levers(resolve(pockets(MIXED, money=money, couplings=APART.model_copy(update={"cash": True})))[0])
    assert names(held, "p0") == [*waits, "whatever the cash"]
    found = levers(resolve(load(example("top_alliance")))[0])
    actions = {lever.action for lever in found.rows}
    assert actions >= {"start", "build", "transfer", "audit"}
    assert all(lever.target != "js001-npc-rm-1l" for lever in found.rows if lever.action == "start")  # on the market
    project = next(lever for lever in found.rows if lever.name == "build phase-a")
    assert {row.target for row in project.alternatives[1].choices} == {
        "lingang-phase-a", "lingang-phase-a-filling", "lingang-phase-a-purification",
    }  # fmt: skip


def test_a_targets_own_row_goes_before_that_of_all():
    found = made(Option(action="start", target="*"), Option(action="start", target="p1", rule="never"))
    assert names(found, "p1") == ["stop"]
    assert len(names(found, "p0")) == 5


def test_rules_for_every_program_are_one_lever():
    found = made(
        Option(action="stop_below", target="*", values=("0.1", "0.2")),
        Option(action="cover", target="*", stage="trial", values=("2", "6")),
    )
    assert [lever.name for lever in found.rows] == ["cover * trial", "stop_below *"]
    assert found.everything == (0, 0)  # holding back is not doing most
    assert found.choices((2, 1)) == (
        Choice(action="cover", target="*", stage="trial", value=6.0),
        Choice(action="stop_below", target="*", value=0.1),
    )


def test_what_the_plan_at_hand_says_stands_and_what_no_lever_touches_is_kept():
    mine = Choice(action="delay", target="p0", on=date(2027, 5, 4))
    other = Choice(action="at_risk", target="p2", value=0.5)
    found = made(Option(action="start", target="*"), at_hand=(mine, other))
    assert found.kept == (other,)
    assert set(found.choices(found.stands)) == {mine, other}
    assert "as in the plan" in names(found, "p0")


def test_of_levers_that_exclude_each_other_one_is_used():
    pair = [Option(action="start", target=f"p{i}", one_of="one") for i in range(2)]
    found = made(*pair)
    assert not found.fits((0, 0))
    fitted = found.fitted((0, 0))
    assert found.fits(fitted)
    assert fitted == (0, found.rows[1].nothing)


@pytest.mark.parametrize(
    ("day", "years", "then"),
    [
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2025, 11, 30), 0.25, date(2026, 2, 28)),
        (AS_OF, 2.5, date(2028, 6, 30)),
    ],
)
def test_days_some_years_on(day, years, then):
    assert later(day, years) == then


def test_a_start_comes_no_earlier_than_its_first_day():
    day = date(2028, 1, 1)
    found = made(
        Option(action="start", target="p0", first=day, last=date(2029, 6, 1)),
        Option(action="start", target="p1", rule="must", first=day),
    )
    assert names(found, "p0") == ["2028-01-01", "2029-01-01", "stop"]
    assert names(found, "p1") == ["2028-01-01"]
    assert set(found.choices(found.musts)) == {
        Choice(action="stop", target="p0", on=AS_OF),
        Choice(action="fund", target="p1"),
        Choice(action="delay", target="p1", on=day),
    }


def test_a_must_have_shuts_out_what_it_excludes():
    found = made(
        Option(action="start", target="p0", one_of="one"),
        Option(action="start", target="p1", one_of="one", rule="must"),
    )
    assert not found.fits((0, 0))
    assert found.everything == found.fitted((0, 0)) == (found.rows[0].nothing, 0)
    assert found.fits(found.everything)


def test_what_a_rule_forbids_is_told_from_what_stands():
    mine = Choice(action="delay", target="p1", on=date(2027, 5, 4))
    options = [Option(action="start", target=name, rule="never") for name in ("p0", "p1")]
    found = made(*options, Option(action="start", target="p2"), at_hand=(mine,))
    assert found.at_hand == (mine,)
    assert found.differing(found.stands) == (0, 1)
    assert [found.stood(i) for i in range(3)] == ["as it is", "as in the plan", "as it is"]
