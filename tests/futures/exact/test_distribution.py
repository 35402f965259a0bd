"""Distribution of value: its moments are the exact ones, its quantiles those of futures."""

import numpy as np
import pytest
from tests.futures.exact.test_against_futures import example
from tests.support.agreement import simulate

from echelon.futures.exact.distribution import value_distribution
from echelon.futures.exact.engine import exact
from echelon.futures.rules import numbers as n


@pytest.mark.parametrize("name", ["textbook", "biotech", "published/dimasi2016", "published/fund150"])
def test_moments(name: str) -> None:
    built = example(name, 1)
    found, figures = value_distribution(built), exact(built).figures
    assert found.probability.sum() == pytest.approx(1.0, abs=1e-9)
    assert found.mean == pytest.approx(float(figures.enpv), rel=3e-4)
    assert found.sd == pytest.approx(float(figures.enpv_sd), rel=3e-4)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_quantiles_of_futures(seed: int) -> None:
    built = example("biotech", seed)
    found = value_distribution(built)
    values = simulate(built, 100_000).measures[:, n.ENPV]
    for u in (0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999):
        under = (values < found.quantile(u)).mean()
        assert abs(under - u) < 4.0 * np.sqrt(u * (1.0 - u) / values.size)
    assert abs((values < 0.0).mean() - found.loss) < 4.0 * np.sqrt(0.25 / values.size)
    worst = np.sort(values)[: values.size // 20]
    assert found.tail_mean(0.05) == pytest.approx(worst.mean(), abs=4.0 * 2.0 * worst.std() / np.sqrt(worst.size))


def test_textbook_outcomes_by_hand() -> None:
    found = value_distribution(example("textbook", 1))
    # All three fail, with 0.55 x 0.1 x 0.73; only then is there a loss.
    assert found.loss == pytest.approx(0.55 * 0.1 * 0.73, abs=1e-9)
    # At worst each is refused at the last: 39.571, 3.815 and 43.604 are lost.
    assert found.below(-85.0) == pytest.approx(0.05 * 0.1 * 0.03, abs=1e-9)
    assert found.below(-88.0) == pytest.approx(0.0, abs=1e-9)


def test_half_the_steps_give_nearly_the_same() -> None:
    errors = value_distribution(example("biotech", 1)).grid_error
    assert set(errors) == {"mean", "sd", "loss", "tail_mean", "median"}
    assert errors["mean"] < 0.05
    assert errors["loss"] < 1e-5
