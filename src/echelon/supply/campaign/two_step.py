"""Two steps: products made upstream and then downstream in suites, in whole batches, period by period.

The rules are those of Lakhdar K, Zhou Y, Savery J, Titchener-Hooker NJ, Papageorgiou LG (2005) Medium term planning of
biopharmaceutical manufacture using mathematical programming. Biotechnol Prog 21(5):1478-1489.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

Numbers = Mapping[str, Fraction]


@dataclass(frozen=True)
class Step:
    """One step's suites and its parameters by product.

    suites : their names. allowed : products of each suite. rate : batches a day. lead : days from a campaign's start to
    its first batch. lifetime : periods that stock may be kept, None for ever. capacity : batches that can be stored,
    None for any number. least, most : days of a campaign in one period. storage, batch, waste, changeover : money a
    batch and period, a batch, a batch, a campaign started.
    """

    suites: tuple[str, ...]
    allowed: Mapping[str, frozenset[str]]
    rate: Numbers
    lead: Numbers
    lifetime: Mapping[str, int | None]
    capacity: Mapping[str, Fraction | None]
    least: Numbers
    most: Numbers
    storage: Numbers
    batch: Numbers
    waste: Numbers
    changeover: Numbers


@dataclass(frozen=True)
class TwoStep:
    """An instance.

    products, periods : names. days : of a period. up, down : the two steps. price : of a final batch. late : penalty a
    batch and period. yields : final batches of one crude batch. demand : final batches by product and period.
    crude, final : batches in stock before the first period. most_late : batches that may be late, None for any number.
    site : of each suite; crude stays at its site. one_start : at most one delayed start a downstream suite and period.
    """

    name: str
    products: tuple[str, ...]
    periods: tuple[str, ...]
    days: Fraction
    up: Step
    down: Step
    price: Numbers
    late: Numbers
    yields: Numbers
    demand: Mapping[str, tuple[Fraction, ...]]
    crude: Mapping[str, Numbers]
    final: Numbers
    most_late: Mapping[str, Fraction | None]
    site: Mapping[str, str]
    one_start: bool

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the sites, in the order of their suites."""
        return tuple(dict.fromkeys(self.site[suite] for suite in (*self.up.suites, *self.down.suites)))

    @property
    def wanted(self) -> tuple[str, ...]:
        """Products with any demand."""
        return tuple(p for p in self.products if any(self.demand[p]))


def batches(step: Step, product: str, days: Fraction, started: bool) -> tuple[int, int]:
    """Fewest and most whole batches of a campaign's period, of one that is `started` in it or goes on.

    A campaign takes from `least` to `most` days of the period; started, its first batch comes after the lead time:
    batches = 1 + rate × (days − lead), otherwise rate × days. The second is under the first where none is possible.
    """
    rate, lead = step.rate[product], step.lead[product]
    low, high = step.least[product], min(step.most[product], days)
    if low > high:
        return 1, 0
    if started:
        few, many = 1 + rate * (low - lead), 1 + rate * (high - lead)
    else:
        few, many = rate * low, rate * high
    return max(math.ceil(few), 0), math.floor(many)


def days_of(step: Step, product: str, made: int, started: bool) -> Fraction:
    """Days that a campaign needs in a period for `made` batches."""
    rate, lead = step.rate[product], step.lead[product]
    return (made - started) / rate + (lead if started else 0)
