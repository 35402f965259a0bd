"""Designs: known ones are known, optimal ones are optimal where that can be checked, and the impossible is refused."""

from itertools import combinations_with_replacement, product

import numpy as np
import pytest

from echelon.company.diagnostics import CompanyError
from echelon.examples import study
from echelon.supply.process.bayesian import learn
from echelon.supply.process.model import build, columns, equation, terms_of
from echelon.supply.process.optimal import efficiency, log_determinant
from echelon.supply.process.planning import KINDS, plan, plan_text, write_plan
from echelon.supply.process.read import read_experiments
from echelon.supply.process.table import Experiments, Factor, Response, Settings

MEASURED = Response("y")


def blank(k, order="auto", responses=(), **more):
    factors = tuple(Factor(f"X{i}") for i in range(k))
    return Experiments(
        "none",
        factors,
        tuple(responses),
        Settings(model=order),
        np.zeros((0, k)),
        np.zeros((0, len(responses))),
        **more,
    )


def made_of(factors, x, y=None, order="auto", responses=(MEASURED,)):
    y = np.zeros((len(x), len(responses))) if y is None else y
    return Experiments(
        "none", tuple(factors), responses, Settings(model=order), np.asarray(x, float), y, (), tuple(range(len(x)))
    )


def distinct(x):
    return sorted(map(tuple, np.round(x, 6).tolist()))


@pytest.mark.parametrize(
    ("kind", "k", "runs", "size"),
    [
        ("full-factorial", 3, None, 8 + 3),
        ("fractional-factorial", 7, 8, 8 + 3),
        ("fractional-factorial", 8, 16, 16 + 3),
        ("fractional-factorial", 5, None, 16 + 3),
        ("plackett-burman", 11, None, 12),
        ("central-composite", 2, None, 8 + 3),
        ("central-composite", 5, None, 16 + 10 + 3),
        ("face-centred", 4, None, 24 + 3),
        ("box-behnken", 3, None, 12 + 3),
    ],
)
def test_sizes(kind, k, runs, size):
    assert len(plan(blank(k), kind, runs).x) == size


def test_main_effects_of_screening_designs_are_orthogonal():
    for kind, k, runs in (
        ("fractional-factorial", 7, 8),
        ("fractional-factorial", 8, 16),
        ("plackett-burman", 11, None),
    ):
        x = plan(blank(k), kind, runs, centres=0).x
        np.testing.assert_allclose(x.T @ x, len(x) * np.eye(k), atol=1e-12)


@pytest.mark.parametrize(
    ("k", "runs", "resolution"), [(4, 8, "IV"), (5, 16, "V"), (7, 8, "III"), (8, 16, "IV"), (6, 32, "VI")]
)
def test_resolution(k, runs, resolution):
    assert f"resolution {resolution} " in plan(blank(k), "fractional-factorial", runs).said[0]


def test_aliases_of_a_fraction_are_the_textbook_ones():
    """2^(4-1) with D = ABC: AB = CD, AC = BD, AD = BC."""
    x = [(a, b, c, a * b * c) for a, b, c in product((-1, 1), repeat=3)]
    factors = [Factor(name) for name in "ABCD"]
    asked = build(made_of(factors, x, order="interactions"))
    assert {alias.text for alias in asked.aliases} == {"B:C = A:D", "B:D = A:C", "C:D = A:B"}
    chosen = build(made_of(factors, x))
    assert chosen.order == "linear"
    assert set(chosen.chains) == {("A:B", "C:D"), ("A:C", "B:D"), ("A:D", "B:C")}
    assert chosen.confounded == ()


def test_aliases_of_a_saturated_fraction():
    """2^(3-1) with C = AB: each main effect carries one interaction."""
    x = [(a, b, a * b) for a, b in product((-1, 1), repeat=2)]
    made = build(made_of([Factor(name) for name in "ABC"], x))
    assert {(a.term, equation(a.of)) for a in made.confounded} == {("A", "B:C"), ("B", "A:C"), ("C", "A:B")}


def test_a_rotatable_design_is_equally_sure_in_all_directions():
    x = plan(blank(3), "central-composite", centres=6).x
    empty = blank(3)
    terms = terms_of(empty.factors, "quadratic")
    inverse = np.linalg.inv(columns(empty.factors, terms, x).T @ columns(empty.factors, terms, x))
    rng = np.random.default_rng(1)
    way = rng.standard_normal((50, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    z = columns(empty.factors, terms, way)
    variance = np.einsum("pi,ij,pj->p", z, inverse, z)
    assert np.ptp(variance) < 1e-9 * variance.mean()


def test_d_optimal_is_the_best_of_all_small_designs():
    """Two factors, quadratic, six runs of nine places: every choice is tried."""
    empty = blank(2, "quadratic")
    terms = terms_of(empty.factors, "quadratic")
    places = columns(empty.factors, terms, np.array(list(product((-1.0, 0.0, 1.0), repeat=2))))
    best = max(log_determinant(places[list(chosen)]) for chosen in combinations_with_replacement(range(9), 6))
    found = columns(empty.factors, terms, plan(empty, "d-optimal", 6).x)
    assert log_determinant(found) == pytest.approx(best, abs=1e-9)


def test_d_optimal_linear_is_a_factorial():
    x = plan(blank(3, "interactions"), "d-optimal", 8).x
    assert distinct(x) == sorted(product((-1.0, 1.0), repeat=3))
    empty = blank(3, "interactions")
    assert efficiency(columns(empty.factors, terms_of(empty.factors, "interactions"), x)) == pytest.approx(1.0)


def test_d_optimal_completes_what_is_begun():
    """Half of a factorial is there: the other half is asked for."""
    half = [(a, b, a * b) for a, b in product((-1, 1), repeat=2)]
    begun = made_of([Factor(name) for name in "ABC"], half, order="interactions")
    assert distinct(plan(begun, "d-optimal", 4).x) == sorted(
        (float(a), float(b), float(-a * b)) for a, b in product((-1, 1), repeat=2)
    )


def test_what_is_in_the_table_is_not_asked_for_again():
    made = read_experiments(study("culture"))
    with pytest.raises(CompanyError, match="in the table already"):
        plan(made, "face-centred")
    again = plan(made, "face-centred", centres=8)
    assert len(again.x) == 2
    assert not again.x.any()
    assert again.block == "3"


def test_a_bayesian_design_goes_to_the_top():
    """A known hill: the runs asked for are nearer to its top than those made, and apart from each other."""
    rng = np.random.default_rng(2)
    x = np.array(list(product((-1, 0, 1), repeat=2)), float)
    top = np.array([0.4, -0.3])
    y = 10 - 3 * ((x - top) ** 2).sum(axis=1) + rng.normal(0, 0.05, len(x))
    made = made_of([Factor("A"), Factor("B")], x, y[:, None], responses=(Response("y", goal="maximise"),))
    found = plan(made, "bayesian", 3)
    assert np.linalg.norm(found.x[0] - top) < 0.25
    assert all(np.abs(a - b).max() >= 0.3 for a, b in zip(found.x, found.x[1:], strict=False))
    assert found.expected[0]["y expected"] > y.max() - 0.2


def test_a_bayesian_design_stays_where_the_limits_may_hold():
    x = np.array(list(product((-1, 0, 1), repeat=2)), float)
    y = np.column_stack([10 + 3 * x[:, 0], 5 + 2 * x[:, 0]])
    responses = (Response("yield", goal="maximise"), Response("impurity", high=5.5))
    made = made_of([Factor("A"), Factor("B")], x, y, responses=responses)
    assert plan(made, "bayesian", 1).x[0, 0] < 0.4


def test_a_process_foretells_a_smooth_surface():
    rng = np.random.default_rng(4)
    x = rng.uniform(-1, 1, (40, 2))
    process = learn(x, np.sin(2 * x[:, 0]) + x[:, 1] ** 2 + rng.normal(0, 0.02, 40))
    places = rng.uniform(-0.8, 0.8, (200, 2))
    mean, sd = process.predict(places)
    truth = np.sin(2 * places[:, 0]) + places[:, 1] ** 2
    assert np.abs(mean - truth).max() < 0.15
    assert (sd > 0).all()
    assert process.noise_sd < 0.1


def test_designs_that_cannot_be_made():
    words = Experiments(
        "none", (Factor("S", levels=("a", "b", "c")), Factor("A")), (), Settings(), np.zeros((0, 2)), np.zeros((0, 0))
    )
    for made, kind, runs in (
        (blank(2), "box-behnken", None),
        (blank(2), "fractional-factorial", None),
        (blank(7), "fractional-factorial", 4),
        (blank(1), "central-composite", None),
        (blank(3), "bayesian", None),
        (blank(3), "d-optimal", 5),
        (blank(3), "no-such", None),
        (words, "central-composite", None),
        (words, "plackett-burman", None),
    ):
        with pytest.raises(CompanyError, match="E614"):
            plan(made, kind, runs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_reads_back_as_its_factors(kind, tmp_path):
    made = read_experiments(study("reactor"))
    empty = Experiments(made.file, made.factors, made.responses, made.settings, np.zeros((0, 3)), np.zeros((0, 2)))
    base = made if kind == "bayesian" else empty
    found = plan(base, kind, seed=5)
    file = write_plan(base, found, tmp_path / "next.csv")
    with pytest.raises(FileExistsError):
        write_plan(base, found, file)
    (tmp_path / "next.toml").write_text(
        study("reactor").with_suffix(".toml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    again = read_experiments(file, runs=False)
    assert [f.name for f in again.factors] == [f.name for f in made.factors]
    np.testing.assert_allclose(again.x, found.x, atol=6e-4)
    assert plan_text(base, plan(base, kind, seed=5)) == file.read_text(encoding="utf-8")
