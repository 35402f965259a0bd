"""Vaccine capacity at risk: how much to buy, and for which candidates, before it is known which of them work.

The model is that of Castillo, Ahuja, Athey et al. 2021, Science 371:1107-1109, in its authors' package
vaccineEarlyInvest; money in USD bn, capacity in million courses a month.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from echelon.plans.vaccine_table import VaccineRow

F8 = NDArray[np.float64]

STEPS = (10.0, 1.0, 0.1)
"""Steps of the published search, million courses a month."""

DIRECT = 64
"""Length from which distributions are put together by Fourier transform."""

KEPT = 5_000
"""Parts of distributions that are remembered."""

NOBODY = (-1, 0)
"""A move that changes nothing; adding nothing to the last candidate is harmless."""

PAIRS = 40
"""Exchanges tried before it is taken that none gains."""

FINE = (0.1, 0.02)
"""Steps of the search that goes on from there."""

PLATFORMS: Mapping[str, float] = MappingProxyType(
    {
        "DNA": 0.4,
        "Inactivated": 0.8,
        "Live attenuated virus": 0.8,
        "Protein subunit": 0.8,
        "RNA": 0.6,
        "VLP": 0.8,
        "Viral vector": 0.8,
    }
)
"""Probability that a platform works; platforms that are not named are left out, as published."""

PHASES = (
    ("Phase 1", "phase1", 0.23),
    ("Phase 2", "phase2", 0.32),
    ("Phase 3", "phase3", 0.5),
    ("Pre-clinical", "preclinical", 0.14),
)
"""Phases in the published order, which breaks ties, with the probability of a candidate in them."""


@dataclass(frozen=True)
class Country:
    """Who buys.

    population : millions. gdp : USD 1,000 a head. high_risk : share of the population. loss : share of a year's GDP
    that two years of the pandemic cost. price : USD for the capacity of one course a year.
    """

    population: float
    gdp: float
    high_risk: float
    loss: float
    price: float


@dataclass(frozen=True)
class World:
    """What is the same for every country: the defaults of the authors' package, each with its unit."""

    population: float = 7800.0  # millions
    gdp: float = 87_300.0  # USD bn a year
    us_population: float = 330.0  # millions
    us_gdp: float = 20_540.0  # USD bn a year
    us_life: float = 7.0  # value of a statistical life in the US, USD m
    loss: float = 0.138  # share of a year's GDP that the world loses in two years
    harm: float = 500.0  # economic harm to the world, USD bn a month
    deaths: float = 200_000.0  # a month
    years_lost: float = 10.0 / 71.0  # years of life lost in a death over a life's
    otherwise: float = 0.5  # share of harm that treatments avoid anyway
    immunised: float = 0.7  # share of the population that ends the harm
    first_kink: float = 0.5  # share of the population to which health gains fall less fast
    after: float = 500.0  # capacity of the world without the programme, million courses a month
    trace: float = 1e-7  # what the published alternative has in the programme instead of none, million courses a month
    programme: float = 3.0  # months of the programme before that capacity is there
    horizon: float = 24.0  # months
    overall: float = 0.9  # probability that a vaccine is possible at all
    subcategory: float = 0.8  # probability that a subcategory works
    most: int = 30  # candidates that are looked at
    platforms: Mapping[str, float] = field(default_factory=lambda: PLATFORMS)


@dataclass(frozen=True)
class Candidate:
    """One candidate: platform, subcategory, phase, and the probability that it works if its platform does."""

    platform: str
    subcategory: str
    phase: str
    chance: float


@dataclass(frozen=True)
class Portfolio:
    """Capacity for each candidate, and what it is worth.

    capacity : million courses a month, one for each candidate. step : on whose grid it lies. net, benefit, cost : USD
    bn, net = benefit - cost. working : expected capacity that works. any_works : probability that some does.
    """

    capacity: tuple[float, ...]
    step: float
    net: float
    benefit: float
    cost: float
    working: float
    any_works: float

    @property
    def total(self) -> float:
        """All capacity, million courses a month."""
        return math.fsum(self.capacity)


def candidates(rows: Sequence[VaccineRow], world: World) -> tuple[Candidate, ...]:
    """The candidates looked at, in the published greedy order: each adds most to the chance that any works.

    Benefit over cost of 100 million courses a month, with scrap recovered, rises with that chance, so the order is the
    same in every country.
    """
    groups = [
        (Candidate(row.platform, row.subcategory, phase, chance), getattr(row, name))
        for row in sorted(rows, key=lambda row: (row.platform, row.subcategory))
        for phase, name, chance in PHASES
        if row.platform in world.platforms and getattr(row, name) > 0
    ]
    taken = [0] * len(groups)
    order = []
    for _ in range(min(world.most, sum(count for _, count in groups))):
        best, which = -1.0, -1
        for k, (_, count) in enumerate(groups):
            if taken[k] < count:
                taken[k] += 1
                chance = _any_works([one for one, _ in groups], taken, world)
                taken[k] -= 1
                if chance > best:
                    best, which = chance, k
        taken[which] += 1
        order.append(groups[which][0])
    return tuple(order)


def _any_works(members: Sequence[Candidate], taken: Sequence[int], world: World) -> float:
    fails: dict[tuple[str, str], float] = {}
    for one, count in zip(members, taken, strict=True):
        place = one.platform, one.subcategory
        fails[place] = fails.get(place, 1.0) * (1.0 - one.chance) ** count
    platforms: dict[str, float] = {}
    for (platform, _), fail in fails.items():
        platforms[platform] = platforms.get(platform, 1.0) * (1.0 - world.subcategory * (1.0 - fail))
    none = math.prod(1.0 - world.platforms[name] * (1.0 - fail) for name, fail in platforms.items())
    return world.overall * (1.0 - none)


class Buyer:
    """A country with its candidates: what capacity is worth to it."""

    def __init__(self, country: Country, members: Sequence[Candidate], world: World) -> None:
        self.country, self.members, self.world = country, tuple(members), world
        self.share = country.population / world.population
        gdp_share = country.population * country.gdp / world.gdp
        life = (
            world.us_life
            * (gdp_share / self.share)
            / ((world.us_gdp / world.gdp) / (world.us_population / world.population))
        )
        health = self.share * world.deaths * world.years_lost * life / 1000.0
        economy = country.loss / world.loss * world.harm * gdp_share
        self.month = (economy + health) * (1.0 - world.otherwise)
        self.kinks, self.harm = _harm(country.high_risk, gdp_share / self.share, world)
        self.platforms = tuple(dict.fromkeys(one.platform for one in self.members))
        self._benefits: dict[float, F8] = {}
        self._parts: dict[tuple[object, ...], F8] = {}
        self._rests: dict[tuple[object, ...], F8] = {}

    def benefit(self, capacity: F8) -> F8:
        """USD bn for capacities that work, million courses a month, against having none in the programme."""
        world = self.world
        needed = world.immunised * self.country.population
        early = np.asarray(capacity, float) * world.programme / needed
        rate = world.after * self.share / needed
        later = world.horizon - world.programme
        trace = np.full(1, world.trace * world.programme / needed)
        without = self._stages(trace, rate * later, later)[0]
        worth = self.month * (self._stages(early, rate * later, later) - without)
        return np.where(early > 0.0, worth, 0.0)

    def _stages(self, early: F8, late: float, months: float) -> F8:
        programme = self._stage(np.zeros_like(early), early, self.world.programme)
        return programme + self._stage(early, early + late, months)

    def _stage(self, begin: F8, end: F8, months: float) -> F8:
        """Months' worth of harm avoided while the immunised share, of those needed, rises evenly from begin to end."""
        kinks, harm = self.kinks, self.harm
        area = np.concatenate([[0.0], np.cumsum(0.5 * (harm[1:] + harm[:-1]) * np.diff(kinks))])

        def below(share: F8) -> F8:
            inside = np.minimum(share, 1.0)
            k = np.clip(np.searchsorted(kinks, inside, side="right") - 1, 0, len(kinks) - 2)
            ahead = inside - kinks[k]
            slope = (harm[k + 1] - harm[k]) / (kinks[k + 1] - kinks[k])
            return area[k] + ahead * (harm[k] + 0.5 * slope * ahead) + np.maximum(share - 1.0, 0.0)

        width = end - begin
        level = np.interp(np.minimum(begin, 1.0), kinks, harm)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(width > 1e-15, (below(end) - below(begin)) / width, level)
        return months * mean

    def working(self, units: Sequence[int]) -> F8:
        """Distribution of the capacity that works, in units: f8[capacity]; units are whole, one for each candidate."""
        total = np.ones(1)
        for platform in self.platforms:
            total = _convolved(total, self._platform(platform, units))
        return _or_none(total, self.world.overall)

    def expected(self, units: Sequence[int], step: float, changing: str = "") -> float:
        """Expected benefit, USD bn, of capacities of whole steps.

        changing : the platform whose candidates are tried out, so that the others are put together only once.
        """
        platform = changing or self.platforms[0]
        own = self._platform(platform, units)
        rest = self._rest(platform, units, step, len(own))
        overall = self.world.overall
        return overall * float(own @ rest[: len(own)]) + (1.0 - overall) * float(self._worth(1, step)[0])

    def _rest(self, platform: str, units: Sequence[int], step: float, size: int) -> F8:
        # Expected benefit by what works of one platform, over what works of all others.
        key = (platform, step, *(u for one, u in zip(self.members, units, strict=True) if one.platform != platform))
        known = self._rests.get(key)
        if known is None or len(known) < size:
            others = np.ones(1)
            for name in self.platforms:
                if name != platform:
                    others = _convolved(others, self._platform(name, units))
            length = size + 32
            worth = self._worth(length + len(others) - 1, step)
            known = _convolved(worth, others[::-1])[len(others) - 1 :][:length]
            if len(self._rests) > KEPT:
                self._rests.clear()
            self._rests[key] = known
        return known

    def _platform(self, platform: str, units: Sequence[int]) -> F8:
        # Distribution of what works of one platform, in units.
        own = [(one, u) for one, u in zip(self.members, units, strict=True) if one.platform == platform]
        key = (platform, *(u for _, u in own))
        known = self._parts.get(key)
        if known is not None:
            return known
        parts: dict[str, F8] = {}
        for one, size in own:
            before = parts.get(one.subcategory, np.ones(1))
            if size > 0:
                after = np.zeros(len(before) + size)
                after[: len(before)] += (1.0 - one.chance) * before
                after[size:] += one.chance * before
                before = after
            parts[one.subcategory] = before
        total = np.ones(1)
        for part in parts.values():
            total = _convolved(total, _or_none(part, self.world.subcategory))
        if len(self._parts) > KEPT:
            self._parts.clear()
        made = self._parts[key] = _or_none(total, self.world.platforms[platform])
        return made

    def _worth(self, size: int, step: float) -> F8:
        known = self._benefits.get(step)
        if known is None or len(known) < size:
            known = self._benefits[step] = self.benefit(step * np.arange(2 * size + 64, dtype=np.float64))
        return known[:size]

    def cost(self, total: float) -> float:
        """USD bn for a total capacity, million courses a month, by the year."""
        return self.country.price * 12.0 / 1000.0 * total

    def net(self, units: Sequence[int], step: float, changing: str = "") -> float:
        """Expected net benefit, USD bn."""
        return self.expected(units, step, changing) - self.cost(step * sum(units))

    def portfolio(self, units: Sequence[int], step: float) -> Portfolio:
        """What is to be known of a choice."""
        chances, benefit, cost = self.working(units), self.expected(units, step), self.cost(step * sum(units))
        return Portfolio(
            tuple(round(step * size, 9) for size in units),
            step,
            benefit - cost,
            benefit,
            cost,
            step * float(chances @ np.arange(len(chances))),
            1.0 - float(chances[0]),
        )


def _convolved(one: F8, other: F8) -> F8:
    if min(len(one), len(other)) < DIRECT:
        return np.convolve(one, other)
    from scipy.signal import fftconvolve

    whole: F8 = fftconvolve(one, other)
    return whole


def _or_none(part: F8, chance: float) -> F8:
    mixed = chance * part
    mixed[0] += 1.0 - chance
    return mixed


def _harm(high_risk: float, wealth: float, world: World) -> tuple[F8, F8]:
    """Share of those needed who are immunised, at its kinks, and the share of harm that is then avoided.

    The mean of economic harm, which falls evenly, and harm to health, which falls fastest while the high-risk are
    immunised: 5 + 5 × wealth / 7.2 times as fast, wealth being GDP a head over the world's; after a half, half as fast.
    """
    edges = [0.0, min(high_risk, world.immunised), world.first_kink, world.immunised]
    kinks = sorted({min(edge, world.immunised) for edge in edges})
    health = [0.0]
    for low, high in pairwise(kinks):
        slope = 5.0 + 5.0 * wealth / 7.2 if high <= high_risk else 1.0 if high <= world.first_kink else 0.5
        health.append(health[-1] + slope * (high - low))
    shares = np.array(kinks) / world.immunised
    return shares, 0.5 * (shares + np.array(health) / health[-1])


def published_search(buyer: Buyer, steps: Sequence[float] = STEPS) -> tuple[Portfolio, ...]:
    """What the published coordinate search finds after each of its steps, each from where the one before ended."""
    units: list[int] = [0] * len(buyer.members)
    found = []
    size = steps[0] if steps else 1.0
    for step in steps:
        units = _coordinates(buyer, [round(k * size / step) for k in units], step)
        found.append(buyer.portfolio(units, step))
        size = step
    return tuple(found)


def _coordinates(buyer: Buyer, units: list[int], step: float) -> list[int]:
    # One candidate at a time goes a step up or down, first the one that gained most last time.
    net, idle = buyer.net(units, step), 100_000
    gains = np.full(len(units), 1e12)
    tried = 0
    while tried < len(units):
        i = int(np.argmax(gains))
        for change in (1, -1):
            if units[i] + change < 0:
                continue
            units[i] += change
            after = buyer.net(units, step, buyer.members[i].platform)
            if after > net:
                gains[i], net, tried = (after - net) / step, after, 0
                break
            units[i] -= change
        else:
            gains[i] = math.exp(-idle / 5000.0)
            idle += 1
            tried += 1
    return units


def search(buyer: Buyer, start: Portfolio, steps: Sequence[float] = FINE) -> Portfolio:
    """A better choice, from a given one: single steps, and steps that go from one candidate to another.

    Net benefit is concave in the capacities where harm falls ever less fast, so what these moves cannot better is near
    the best; alike candidates are tried once.
    """
    best = start
    for step in steps:
        units = [round(size / step) for size in best.capacity]
        while _exchanged(buyer, units, step):
            pass
        found = buyer.portfolio(units, step)
        best = found if found.net > best.net else best
    return best


def _exchanged(buyer: Buyer, units: list[int], step: float) -> bool:
    # A single move or exchange that gains, made; False where none does. Alike candidates are tried once.
    net = buyer.net(units, step)
    kinds: dict[tuple[Candidate, int], int] = {}
    for i, pair in enumerate(zip(buyer.members, units, strict=True)):
        kinds.setdefault(pair, i)
    moves = [(NOBODY, 0.0)]
    for i in kinds.values():
        for change in (1, -1):
            if units[i] + change >= 0:
                units[i] += change
                moves.append(((i, change), buyer.net(units, step, buyer.members[i].platform) - net))
                units[i] -= change
    pairs = sorted(
        (
            (a + b, one, other)
            for one, a in moves
            for other, b in moves
            if one[1] >= 0 >= other[1] and one[0] != other[0]
        ),
        reverse=True,
    )
    for _, up, down in pairs[:PAIRS]:
        for i, change in (up, down):
            units[i] += change
        if buyer.net(units, step, buyer.members[max(up[0], 0)].platform) > net + 1e-12:
            return True
        for i, change in (up, down):
            units[i] -= change
    return False
