"""Mock audits of a plan: never less ready, never later, paid for before the visit, as the audits' statistics say."""

import math

import numpy as np
import pytest
from tests.support.companies import everything_on

from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows.money import Choice
from echelon.company.rows.supply import Inspection, Site
from echelon.futures.build.build import build
from echelon.futures.build.visits import VisitBook, at_readiness
from echelon.futures.engine import Engine
from echelon.priors import inspections as published
from echelon.readiness.audits.worth import CLASSES, FOUND_PER_INSPECTION, weights


def company(effect: float = 0.3, cost: float = 0.7) -> Company:
    made = everything_on()
    sites = [row.model_copy(update={"audit_effect": effect, "audit_cost": cost}) for row in made.rows(Site)]
    return resolve(made.with_rows(Site, sites))[0]


def audits(number: float, target: str = "plant") -> tuple[Choice, ...]:
    return (Choice(action="audit", target=target, value=number),)


def test_each_audit_takes_its_part_of_what_is_missing() -> None:
    row = next(row for row in company().rows(Inspection) if row.key == "plant/home")
    assert row.readiness == 0.6
    for number in (0, 1, 2, 5):
        book = VisitBook(company(), 14.0, audits(number))
        assert book.readiness(row) == pytest.approx(1.0 - 0.4 * 0.7**number)
    both = VisitBook(company(), 14.0, (*audits(2), *audits(1, "plant/home")))
    assert both.readiness(row) == pytest.approx(1.0 - 0.4 * 0.7**3)
    other = next(row for row in company().rows(Inspection) if row.key == "maker/home")
    assert both.readiness(other) == other.readiness


def test_audits_never_lower_readiness_or_put_an_approval_off() -> None:
    free = company()
    couplings = free.settings.couplings.model_copy(update={"cash": False})
    free = free.with_settings(free.settings.model_copy(update={"couplings": couplings}))
    made = [build(free, audits(number), 3) for number in (0, 1, 4)]
    bad = np.array([one.model.visits.oai for one in made])
    assert (np.diff(bad, axis=0) <= 0.0).all()
    assert (bad[-1] < bad[0]).sum() == 3
    moved = 0
    engines = [Engine(one.model, 1) for one in made]
    filed = (made[0].model.pairs.held == 0) & (made[0].model.pairs.leader < 0)
    for future in range(200):
        none, one, four = (np.nan_to_num(engine.one(future)[1].decision, nan=np.inf)[filed] for engine in engines)
        assert (one <= none).all()
        assert (four <= one).all()
        moved += int((four < none).sum())
    assert moved > 0


def test_audits_are_paid_for_before_the_visit() -> None:
    before, after = (build(company(), choices, 3).model.money.overhead for choices in ((), audits(3)))
    spent = after - before
    assert spent.sum() == pytest.approx(3 * 0.7)
    # The first of the plant's visits is due in the middle of an interval of two years that begins at as_of.
    assert np.flatnonzero(spent).tolist() == [0, 1, 2, 3]
    late = build(company(), audits(3, "plant/south"), 3).model.money.overhead - before
    assert late.sum() == pytest.approx(3 * 0.7)
    assert np.flatnonzero(late).min() == 3, "the last visit holds until 2027-09, and the year before it is paid for"


def test_blanks_are_filled_and_say_so() -> None:
    resolved, fills = resolve(everything_on())
    plant = resolved.get(Site, "plant")
    assert plant is not None
    assert (plant.audit_effect, plant.audit_cost) == (0.3, 0.4)
    found = {fill.column: fill for fill in fills if (fill.table, fill.id) == ("sites", "plant")}
    assert {fill.confidence for fill in found.values()} == {"assumed"}
    bare = [row.id for row in resolved.rows(Site) if row.audit_effect is None]
    assert bare, "a site that nobody inspects has nothing to fill"


@pytest.mark.parametrize(("number", "within"), [(1, 0.1), (2, 0.25)])
def test_the_default_agrees_with_the_statistics_of_audits(number: int, within: float) -> None:
    """Two auditors who each find a gap with chance 0.3, nine finds in ten repaired, at an average site."""
    left = (1.0 - 0.9 * (1.0 - 0.7**2)) ** number
    found = sum(weights()[name] * FOUND_PER_INSPECTION[name] for name in CLASSES)
    chance = -math.expm1(-found * left)
    share = published.outcome_share("oai").value
    ready = 1.0 - 0.5 * (1.0 - published.audit_effect().value) ** number
    fallen = math.log(at_readiness(share, ready) / share)
    assert fallen == pytest.approx(math.log(chance / share), rel=within)
