"""Published and hand-worked results, from the examples' own tables, to the digits printed."""

from pathlib import Path

import numpy as np
import pytest

import echelon.examples
from echelon.company.read import load
from echelon.company.resolve import resolve
from echelon.futures.build.build import build
from echelon.futures.exact.engine import exact
from echelon.futures.exact.figures import ExactResult

EXAMPLES = Path(echelon.examples.__file__).parent


def result(name: str) -> ExactResult:
    company, _ = resolve(load(EXAMPLES / name))
    return exact(build(company))


def test_textbook_by_hand() -> None:
    figures = result("textbook").figures
    assert figures.npv == pytest.approx([48.351736, 144.494781, 55.912399], abs=1e-6)
    assert float(figures.enpv) == pytest.approx(248.758916, abs=1e-6)
    assert 1.0 - figures.launches[:, -1] == pytest.approx([0.45, 0.9, 0.27], abs=1e-12)
    assert figures.cost == pytest.approx([42.0, 4.0, 33.2], abs=1e-9)
    assert 1.0 - figures.launched[0, 0] == pytest.approx(0.95985, abs=1e-12)
    assert figures.launched[0, 3] == pytest.approx(0.10935, abs=1e-12)
    # Amber: 36.417855 is spent for sure, 2 x 1.576531 with 0.5, 86.346121 / 0.45 comes with 0.45.
    outcomes = np.array([-36.417855, -36.417855 - 3.153061, -36.417855 - 3.153061 + 86.346121 / 0.45])
    chances = np.array([0.5, 0.05, 0.45])
    variance = chances @ outcomes**2 - (chances @ outcomes) ** 2
    assert figures.npv_variance[0] == pytest.approx(variance, rel=1e-6)


def test_known_times_leave_no_grid_error() -> None:
    found = result("textbook")
    assert float(found.grid_error.enpv) < 1e-9
    assert found.grid_error.launches.max() < 1e-12


def test_paul_2010() -> None:
    figures = result("published/paul2010").figures
    loa = float(figures.technical_pos[0] * figures.regulatory_pos[0])
    assert loa == pytest.approx(0.0412, abs=5e-5)
    assert float(figures.cost[0]) / loa == pytest.approx(873.02, abs=0.005)
    assert float(figures.cost_pv[0]) * 1.11**13.5 / loa == pytest.approx(1778.42, abs=0.005)


def test_dimasi_2016() -> None:
    figures = result("published/dimasi2016").figures
    loa = float(figures.technical_pos[0] * figures.regulatory_pos[0])
    assert loa == pytest.approx(0.1183, abs=5e-5)
    to_approval = 1.105 ** (128.0 / 12.0)
    assert figures.stage_cost[1:4].sum() / loa == pytest.approx(965.1, rel=5e-4)
    assert figures.stage_cost_pv[1:4].sum() * to_approval / loa == pytest.approx(1459.5, rel=5e-4)
    assert figures.stage_cost_pv[0] * to_approval / loa == pytest.approx(1098.6, rel=5e-4)
    assert figures.stage_cost_pv.sum() * to_approval / loa == pytest.approx(2558.0, rel=5e-4)


@pytest.mark.parametrize(
    ("name", "chances", "deviation", "yearly"),
    [
        ("published/fund150", {1: 0.9995, 2: 0.9959, 3: 0.9818, 5: 0.8744}, 2.669, 0.346),
        ("published/fund150_correlated", {1: 0.9678, 2: 0.9044, 3: 0.8214, 5: 0.6381}, 5.851, 0.758),
    ],
)
def test_fund_of_150(name: str, chances: dict[int, float], deviation: float, yearly: float) -> None:
    figures = result(name).figures
    for count, chance in chances.items():
        assert figures.launched[0, count:].sum() == pytest.approx(chance, abs=5e-5)
        assert figures.at_least(count)[-1] == pytest.approx(chance, abs=5e-5)
    numbers = np.arange(figures.launched.shape[1])
    mean = numbers @ figures.launched[0]
    sd = np.sqrt((numbers - mean) ** 2 @ figures.launched[0])
    assert mean == pytest.approx(7.5, abs=1e-9)
    assert sd == pytest.approx(deviation, abs=5e-4)
    # Only counts vary, so the value's deviation is that of the count times what one success brings.
    success = (figures.npv[0] + figures.cost_pv[0]) / 0.05
    assert float(figures.enpv_sd) == pytest.approx(sd * success, rel=1e-9)
    # Ten years of 2,000 at 10 % are worth 12,289 when they begin.
    assert sd * 12_289 / (150 * 200) / np.sqrt(10.0) == pytest.approx(yearly, abs=1e-3)
