"""Futures read one by one say, year by year, what the tallies of a run of the same futures say."""

from collections import Counter

import numpy as np
import pytest
from tests.support.random_companies import random_company
from tests.support.random_supply import random_supply
from tests.support.random_worlds import random_world

from echelon.futures.build.build import Labels
from echelon.futures.rules import numbers as n
from echelon.plans.happenings import KINDS
from echelon.plans.yearly import CHUNK, Yearly, live
from echelon.runs.paired import Pairing
from echelon.runs.results import Results
from echelon.runs.simulate import Order

FUTURES = CHUNK + 44
"""More than one chunk."""
COMPANIES = [(make, seed) for make in (random_company, random_supply, random_world) for seed in (1, 4, 9)]


@pytest.fixture(scope="module", params=COMPANIES, ids=lambda one: f"{one[0].__name__}-{one[1]}")
def both(request: pytest.FixtureRequest) -> tuple[Yearly, Results]:
    make, seed = request.param
    pairing = Pairing(Order(make(seed), FUTURES, seed), 1)
    return live(pairing.built, whole(pairing.built.labels), FUTURES, 2), pairing.base().results


def whole(labels: Labels) -> tuple[int, ...]:
    quarters = Counter(int(label[:4]) for label in labels.quarters)
    return tuple(year for year in labels.years if quarters[year] == 4)


def summed(told: Yearly, kind: str) -> dict[tuple[str, str], np.ndarray]:
    """Events of a kind by whose they are and what, where there are any."""
    places = enumerate(told.happenings.places)
    found = {place[1:]: told.times[i] for i, place in places if place[0] == kind}
    return {name: times for name, times in found.items() if times.any()}


def by_pair(told: Yearly, results: Results, name: str, held: bool) -> dict[tuple[str, str], np.ndarray]:
    """A tally by pair and year, named and added up as events are."""
    labels = results.labels
    group = dict(zip(labels.reports, labels.report_groups, strict=True))
    slot = {report: kind == "slot" for report, kind in zip(labels.reports, labels.report_kind, strict=True)}
    at = [labels.years.index(year) for year in told.happenings.years]
    found: dict[tuple[str, str], np.ndarray] = {}
    for f, (program, territory, known) in enumerate(labels.pairs):
        if labels.leads[f] and (held or not known):
            key = (group[program], "" if slot[program] else territory)
            found[key] = found.get(key, 0) + results.counts[name][f, at]
    return {key: times for key, times in found.items() if times.any()}


def assert_same(told: dict[tuple[str, str], np.ndarray], known: dict[tuple[str, str], np.ndarray]) -> None:
    assert set(told) == set(known)
    for key, times in known.items():
        assert told[key].tolist() == times.tolist(), key


def test_measures_and_money_are_those_of_the_run(both: tuple[Yearly, Results]) -> None:
    told, results = both
    assert np.array_equal(told.measures, results.measures, equal_nan=True)
    yearly = results.yearly()
    yearly = yearly.filter(yearly["year"].is_in(told.happenings.years))
    for line, name in enumerate(n.LINE_NAMES):
        assert told.money[:, line].mean(axis=0) == pytest.approx(yearly[name].to_numpy(), rel=1e-9, abs=1e-9)
    flows = told.money[:, list(n.INFLOWS)].sum(axis=1) - told.money[:, list(n.OUTFLOWS)].sum(axis=1)
    assert flows == pytest.approx(told.money[:, n.NET], abs=1e-6)


def test_approvals_and_listings_are_those_of_the_run(both: tuple[Yearly, Results]) -> None:
    told, results = both
    assert_same(summed(told, "approved"), by_pair(told, results, "approvals", held=False))
    assert_same(summed(told, "listed"), by_pair(told, results, "listed", held=True))


def test_first_launches_are_those_of_the_run(both: tuple[Yearly, Results]) -> None:
    told, results = both
    labels, year = results.labels, np.array([int(label[:4]) for label in results.labels.quarters])
    known: dict[tuple[str, str], np.ndarray] = {}
    for r, group in enumerate(labels.report_groups):
        launches = results.counts["launches"][r, :-1]
        times = np.array([launches[year == one].sum() for one in told.happenings.years])
        known[group, ""] = known.get((group, ""), 0) + times
    assert_same(summed(told, "first_launch"), {key: times for key, times in known.items() if times.any()})
    launched = told.counts[:, KINDS.index("first_launch")].sum(axis=0)
    assert launched.tolist() == sum(known.values()).tolist()  # type: ignore[union-attr]


def test_sums_fit_each_other(both: tuple[Yearly, Results]) -> None:
    told, _ = both
    assert told.counts[:, KINDS.index("trials")].sum() <= told.counts[:, KINDS.index("starts")].sum()
    reads = told.counts[:, KINDS.index("readouts")]
    assert (told.counts[:, KINDS.index("positive")] <= reads).all()
    assert (told.any_ <= told.times).all()
    assert (told.times <= told.squares).all()
    assert told.any_.max() <= FUTURES
    by_kind = np.zeros((len(KINDS), len(told.happenings.years)), np.int64)
    np.add.at(by_kind, told.happenings.kind_of, told.times)
    assert (by_kind == told.counts.sum(axis=0)).all()
