"""Reimbursement in a SimPy future: rounds until a listing, cuts, renewals, and what they do to sales."""

import math
from dataclasses import dataclass, field
from types import SimpleNamespace

from benchmarks.luck import Luck, inverse, short_uniform


@dataclass
class Reimbursed:
    """What is drawn of one listing: from when on sales are multiplied by what; nothing where only means are used."""

    y: int
    rounds: list[float]
    steps: list[tuple[float, float]] = field(default_factory=list)
    prices: list[tuple[float, float]] = field(default_factory=list)
    listed: float = math.inf


def failures(chance: float, u: float) -> float:
    """Tries that fail before the first that succeeds: k or more where u is under (1 - chance)^k."""
    if chance >= 1.0:
        return 0
    return math.floor(math.log(u) / math.log1p(-chance)) if chance > 0.0 else math.inf


class Reimbursement:
    """Listings of the products on the market."""

    def __init__(self, company: SimpleNamespace, luck: Luck) -> None:
        self.terms = company.listings
        self.luck = luck
        self.drawn: bool = company.switches.listing
        calendar = company.calendar
        self.end: float = calendar.start[-1] + calendar.length[-1]

    def open(self, y: int, launch: float, approved: float) -> Reimbursed | None:
        """Draw what becomes of a product's listing; None when it has none."""
        if y < 0:
            return None
        found = Reimbursed(y, self.rounds(y, launch, approved))
        if self.drawn:
            found.steps = self.steps(found)
        return found

    def rounds(self, y: int, launch: float, approved: float) -> list[float]:
        """Days on which a listing may begin."""
        terms = self.terms
        if not math.isnan(terms.listed_at[y]):
            return [terms.listed_at[y]]
        if not math.isnan(terms.lag[y]):
            return [max(0.0, launch + terms.lag[y])]
        days = [terms.first_round[y] + k for k in range(math.ceil(self.end) + 1)]
        return [day for day in days if day > launch and day >= approved + terms.cutoff[y]]

    def renewed(self, y: int, listed: float) -> list[float]:
        """Days of the renewals that are still to come."""
        terms = self.terms
        days = [listed + (i + 1) * terms.renewal_every[y] for i in range(terms.renewals[y])]
        return [day for day in days if day > 0.0]

    def steps(self, found: Reimbursed) -> list[tuple[float, float]]:
        """Factors on sales and the days from which they hold."""
        terms, y = self.terms, found.y
        first, second, third, fourth = (short_uniform(word) for word in self.luck.words(terms.stream[y]))
        held = not math.isnan(terms.listed_at[y])
        steps = [(-math.inf, terms.before[y])]
        tries = 0 if held else failures(terms.chance[y], first)
        asked = 0.0 if held else inverse(terms.cut[y], second)
        if asked > terms.most_cut[y] or tries >= len(found.rounds):
            return steps
        found.listed = found.rounds[int(tries)]
        price = 1.0 if terms.volume_only[y] else max(0.0, 1.0 - asked)
        again = 1.0 if terms.volume_only[y] else max(0.0, 1.0 - inverse(terms.renewal_cut[y], fourth))
        steps.append((found.listed, terms.after[y] * price))
        found.prices.append((found.listed, price))
        lasts = failures(terms.delisting[y], third)
        for i, day in enumerate(self.renewed(y, found.listed)):
            if i >= lasts:
                steps.append((day, terms.before[y] * price))
                break
            price *= again
            steps.append((day, terms.after[y] * price))
            found.prices.append((day, price))
        return steps

    def factor(self, found: Reimbursed | None, middle: float, rivalled: bool) -> float:
        """Factor on sales of a column by its middle."""
        if found is None:
            return 1.0
        if not self.drawn:
            value = self.expected(found, middle)
        else:
            value = [step for day, step in found.steps if day < middle][-1]
        return value * (self.terms.shared[found.y] if rivalled else 1.0)

    def price(self, found: Reimbursed | None, middle: float) -> float:
        """Price of a column by its middle, over that before the listing."""
        return next((price for day, price in reversed(found.prices) if day < middle), 1.0) if found else 1.0

    def expected(self, found: Reimbursed, middle: float) -> float:
        """Mean factor over rounds, cuts and renewals."""
        terms, y = self.terms, found.y
        value, still = 0.0, 1.0
        for day in found.rounds:
            if day >= middle:
                break
            renewals = sum(renewal < middle for renewal in self.renewed(y, day))
            chance = still * terms.chance[y]
            value += chance * (terms.accept[y] * terms.mean[y][renewals] + (1.0 - terms.accept[y]) * terms.before[y])
            still -= chance
        return float(value + still * terms.before[y])
