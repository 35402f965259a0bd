"""Published results come out of the tables and engines of any company."""

from pathlib import Path

import pytest

from echelon.runs.published import Check, page, rounds_to, verify

PAGE = Path(__file__).parents[2] / "docs/published.md"


@pytest.fixture(scope="module")
def checks() -> list[Check]:
    return verify(seed=7)


def test_every_published_figure_is_met_or_says_why_not(checks: list[Check]) -> None:
    assert len(checks) >= 20
    missed = [(check.name, check.published, check.ours) for check in checks if not check.ok and not check.note]
    assert missed == []
    assert sum(check.ok for check in checks) >= len(checks) - 1


def test_simulation_agrees_with_the_exact_figures(checks: list[Check]) -> None:
    scores = [check.z for check in checks if check.z is not None]
    assert len(scores) > 30
    assert max(abs(z) for z in scores) < 4
    assert 0.3 < sum(abs(z) < 0.6745 for z in scores) / len(scores) < 0.75


@pytest.mark.parametrize(
    ("ours", "printed", "expected"),
    [
        (873.02, "873", True),
        (873.5, "873", False),
        (0.98178, "0.9818", True),
        (1459.48, "1460", False),
        (12.5, "13", True),
    ],
)
def test_a_figure_is_met_when_it_rounds_to_the_printed_digits(ours: float, printed: str, expected: bool) -> None:
    assert rounds_to(ours, printed) is expected


def test_the_page_of_published_results_is_up_to_date(checks: list[Check]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(checks)
