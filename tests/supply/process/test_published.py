"""Published experiments come out to their printed digits, and probabilities within Monte-Carlo error."""

import math

import numpy as np
import pytest

from echelon.company.diagnostics import Log
from echelon.examples import study
from echelon.supply.process import published
from echelon.supply.process.analysis import analyse
from echelon.supply.process.fit import fit
from echelon.supply.process.published import checks
from echelon.supply.process.read import read_experiments
from echelon.supply.process.setup import options
from echelon.supply.process.space import FINE_DRAWS, draws, posterior, probability, space
from echelon.supply.process.surface import canonical


def read(name, limits=()):
    log = Log()
    made = read_experiments(study(name), options((), (), limits, (), (), log))
    assert not log.failed
    return made


def coefficients(made, response):
    return {one.term: one for one in fit(made, response).coefficients}


def test_chemreact():
    made = read("chemreact")
    found = coefficients(made, 0)
    printed = {
        "intercept": (84.095427, 0.079631), "block 2": (-4.457530, 0.087226), "Time": (0.932541, 0.057699),
        "Temp": (0.577712, 0.057699), "Time:Temp": (0.125, 0.081592), "Time²": (-1.308555, 0.060064),
        "Temp²": (-0.933442, 0.060064),
    }  # fmt: skip
    assert {name: (round(c.estimate, 6), round(c.se, 6)) for name, c in found.items()} == printed
    one = fit(made, 0)
    assert round(one.r2, 4) == 0.9981
    assert round(one.source("lack of fit").p, 4) == 0.6851
    assert round(one.source("residual").ss, 3) == 0.186
    surface = canonical(made, one)[0]
    assert np.round(surface.coded, 7).tolist() == [0.3722954, 0.3343802]
    assert (round(surface.plain["Time"], 5), round(surface.plain["Temp"], 4)) == (86.86148, 176.6719)
    assert np.round(surface.eigenvalues, 7).tolist() == [-0.9233027, -1.3186949]
    assert surface.kind == "maximum"


def test_helicopter():
    made = read("helicopter")
    found = [round(one.estimate, 6) for one in fit(made, 0).coefficients]
    printed = [372.8, -2.95, -0.083333, 5.083333, 0.25, -6.083333, -2.875, -3.75, 4.375, 4.625, -1.5, -2.125]
    assert found == [*printed, -2.0375, -1.6625, -2.5375, -0.1625]
    one = fit(made, 0)
    assert round(one.r2, 4) == 0.9555
    assert round(one.source("lack of fit").p, 4) == 0.0755
    surface = canonical(made, one)[0]
    assert np.round(surface.coded, 7).tolist() == [0.8607107, -0.3307115, -0.8394866, -0.1161465]
    assert np.round(surface.eigenvalues, 6).tolist() == [3.258222, -1.198324, -3.807935, -4.651963]
    assert surface.kind == "saddle"


def test_myers_and_montgomery():
    made = read("reactor")
    conversion = [one.estimate for one in fit(made, 0).coefficients]
    # intercept, linear, interactions, squares; the vignette prints 4.043, -1.8366 and 2.215 with a digit misplaced.
    assert conversion == pytest.approx(
        [81.09093, 1.02839, 4.04034, 6.20372, 2.125, 11.375, -3.875, -1.83356, 2.93824, -5.19149], abs=5e-6
    )
    activity = [one.estimate for one in fit(made, 1).coefficients]
    assert activity == pytest.approx(
        [59.84977, 3.58301, 0.2546, 2.22983, -0.3875, -0.0375, 0.3125, 0.83479, 0.07484, 0.05716], abs=6e-6
    )


@pytest.mark.parametrize(
    ("activity", "centre", "best", "share", "low", "high"),
    [
        ("thermal_activity=55..60", 0.315, 0.670, 0.151, 0.253, 0.671),
        ("thermal_activity=60..66", 0.248, 0.793, 0.283, 0.254, 0.787),
    ],
)
def test_probabilities_worked_out_by_others(activity, centre, best, share, low, high):
    """Peterson's predictive on the reactor; those figures come of 4,000 random points, 300 of them for the range."""
    made = read("reactor", [activity])
    post = posterior(made)
    assert post.df == 9
    found = space(made, post, seed=3)
    assert found.centre_p == pytest.approx(centre, abs=4 * math.sqrt(centre * (1 - centre) / 200_000) + 0.0025)
    assert found.best_p == pytest.approx(best, abs=0.01)
    assert found.means_pass == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 4_000))
    # Their range is that of 300 of those points; so must 300 of ours be, drawn again and again.
    means = post.means(found.points)
    passing = found.p[((means >= post.low) & (means <= post.high)).all(axis=1)]
    rng = np.random.default_rng(7)
    ends = np.array(
        [[part.min(), part.max()] for part in (rng.choice(passing, 300, replace=False) for _ in range(400))]
    )
    for theirs, ours in zip((low, high), ends.T, strict=True):
        assert ours.min() - 0.01 <= theirs <= ours.max() + 0.01
    assert found.p_low <= low + 0.01
    assert found.p_high >= high - 0.01


def test_draws_are_those_of_the_multivariate_t():
    made = read("reactor")
    post = posterior(made)
    luck = draws(post, FINE_DRAWS, 5)
    centre = probability(post, np.zeros((1, 3)), luck)[0]
    # The same by plain random numbers: normal over the root of a chi-square.
    rng = np.random.default_rng(11)
    count = 400_000
    normal = rng.standard_normal((count, 2)) @ post.root.T
    batch = post.means(np.zeros((1, 3))) + post.stretch(np.zeros((1, 3))) * normal / np.sqrt(
        rng.chisquare(post.df, count) / post.df
    ).reshape(-1, 1)
    plain = float(((batch >= post.low) & (batch <= post.high)).all(axis=1).mean())
    assert centre == pytest.approx(plain, abs=4 * math.sqrt(plain * (1 - plain) / count) + 0.001)


def test_an_analysis_is_the_same_with_the_same_seed():
    made = read("reactor")
    first, again = analyse(made, 4), analyse(made, 4)
    assert first.p == again.p
    assert first.at.tolist() == again.at.tolist()
    assert first.spans == again.spans
    np.testing.assert_array_equal(first.maps[0].p, again.maps[0].p)


def test_every_published_figure_is_met_or_says_why_not():
    found = checks()
    assert len(found) == 66
    assert [check.name for check in found if not check.ok and not check.note] == []
    assert sum(check.ok for check in found) == 62


def test_a_wrong_figure_is_found(monkeypatch, tmp_path):
    text = published.figures().read_text(encoding="utf-8").replace("84.095427", "84.095437")
    (tmp_path / "figures.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(published, "figures", lambda: tmp_path / "figures.csv")
    assert [check.name for check in checks() if not check.ok and not check.note] == [
        "Reactor yield, coefficient intercept"
    ]
