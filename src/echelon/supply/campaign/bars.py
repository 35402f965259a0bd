"""Bars: what stands in the table and the Gantt chart, whatever the kind of instance."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One product in one lane in one period: `batches` of it in `days`; `started` begins a campaign."""

    site: str
    lane: str
    step: str
    product: str
    period: str
    batches: float
    days: float
    started: bool


def idle_ends(active: Mapping[tuple[str, str, int], tuple[int, bool]]) -> set[tuple[str, str, int]]:
    """Periods in which a campaign goes on, makes nothing, and leads to nothing: they may be left out.

    active : (suite, product, place of the period) -> batches and whether it starts.
    """
    found: set[tuple[str, str, int]] = set()
    for key in sorted(active, key=lambda key: -key[2]):
        suite, product, t = key
        batches, started = active[key]
        after = (suite, product, t + 1)
        leads = after in active and after not in found and not active[after][1]
        if batches == 0 and not started and not leads:
            found.add(key)
    return found
