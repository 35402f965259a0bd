"""Laws: distribution functions of the shapes that a model draws from."""

import functools
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from echelon.futures.arrays import F8
from echelon.futures.rules.draws import FIXED, LOGNORMAL, TRIANGULAR, UNIFORM


@dataclass(frozen=True)
class Law:
    """A shape (kind, a, b, c) times `scale`, given that its value lies above the mass `ruled`."""

    kind: int
    a: float
    b: float
    c: float
    ruled: float = 0.0
    scale: float = 1.0

    @property
    def fixed(self) -> bool:
        """Whether it has one value only."""
        return self.kind == FIXED or self.scale == 0.0

    @property
    def value(self) -> float:
        """The one value of a fixed law."""
        return self.a * self.scale

    @functools.cached_property
    def cut(self) -> float:
        """Value under which nothing lies any more, before scaling; minus infinity when nothing is ruled out."""
        return float(_quantile(self, np.array(self.ruled))) if self.ruled > 0.0 else -np.inf

    def scaled(self, factor: float) -> "Law":
        """The law of a multiple."""
        return Law(self.kind, self.a, self.b, self.c, self.ruled, self.scale * factor)

    def below(self, x: F8) -> F8:
        """Probability of a value under `x` (under or at, for a fixed one)."""
        if self.fixed:
            return (x >= self.value).astype(np.float64)
        x = x / self.scale
        if self.ruled > 0.0:
            return np.maximum(0.0, _below(self, x) - self.ruled) / (1.0 - self.ruled)
        return _below(self, x)

    def shortfall(self, x: F8) -> F8:
        """Mean of the part of `x` above the value, E[(x - D)+]: the integral of `below`."""
        if self.fixed:
            return np.maximum(x - self.value, 0.0)
        x = x / self.scale
        if self.ruled > 0.0:
            above = np.maximum(x, self.cut)
            inner = _shortfall(self, above) - _shortfall(self, np.array(self.cut)) - self.ruled * (above - self.cut)
            return self.scale * inner / (1.0 - self.ruled)
        return self.scale * _shortfall(self, x)

    def quantile(self, u: F8) -> F8:
        """Value at each probability."""
        return self.scale * _quantile(self, self.ruled + (1.0 - self.ruled) * u)

    def mean(self) -> float:
        """Mean, of a law with nothing ruled out."""
        return self.scale * _moments(self)[0]

    def square(self) -> float:
        """Mean of the square, of a law with nothing ruled out."""
        return self.scale**2 * _moments(self)[1]

    def top(self) -> float:
        """Largest value, or one exceeded with probability 1e-12."""
        return float(self.quantile(np.array(1.0 - 1e-12)))


def law(row: F8, ruled: float = 0.0, scale: float = 1.0) -> Law:
    """Law of a shape's row f8[4]."""
    kind = int(row[0])
    return Law(kind, float(row[1]), float(row[2]), float(row[3]), 0.0 if kind == FIXED else float(ruled), float(scale))


def hats(one: Law, step: float, count: int) -> F8:
    """Mass of a law on the nodes 0, step, ..., each value shared by its two neighbours so that the mean is kept."""
    nodes = np.arange(-1.0, count + 1.0) * step
    second = np.diff(one.shortfall(nodes), 2) / step
    return np.asarray(second, np.float64)


def _below(one: Law, x: F8) -> F8:
    a, b, c = one.a, one.b, one.c
    if one.kind == UNIFORM:
        return np.clip((x - a) / (b - a), 0.0, 1.0)
    if one.kind == LOGNORMAL:
        safe = np.maximum(x, 1e-300)
        return np.where(x > 0.0, ndtr(np.log(safe / a) / b), 0.0)
    if one.kind == TRIANGULAR:
        up, down = np.clip(x, a, b), np.clip(x, b, c)
        rising = (up - a) ** 2 / ((b - a) * (c - a)) if b > a else np.zeros_like(x)
        falling = 1.0 - (c - down) ** 2 / ((c - b) * (c - a)) if c > b else np.ones_like(x)
        return np.where(x < b, rising, falling)
    return (x >= a).astype(np.float64)


def _shortfall(one: Law, x: F8) -> F8:
    a, b, c = one.a, one.b, one.c
    mean = _moments(one)[0]
    if one.kind == UNIFORM:
        inside = np.clip(x, a, b)
        return (inside - a) ** 2 / (2.0 * (b - a)) + np.maximum(x - b, 0.0)
    if one.kind == LOGNORMAL:
        safe = np.maximum(x, 1e-300)
        d = np.log(safe / a) / b
        return np.where(x > 0.0, x * ndtr(d) - mean * ndtr(d - b), 0.0)
    if one.kind == TRIANGULAR:
        up, down = np.clip(x, a, b), np.clip(x, b, c)
        rising = (up - a) ** 3 / (3.0 * (b - a) * (c - a)) if (b - a) * (c - a) > 0.0 else np.zeros_like(x)
        rest = (c - down) ** 3 / (3.0 * (c - b) * (c - a)) if (c - b) * (c - a) > 0.0 else np.zeros_like(x)
        return np.where(x < b, rising, down - mean + rest) + np.maximum(x - c, 0.0)
    return np.maximum(x - a, 0.0)


def _quantile(one: Law, u: F8) -> F8:
    a, b, c = one.a, one.b, one.c
    if one.kind == UNIFORM:
        return a + (b - a) * u
    if one.kind == LOGNORMAL:
        return np.asarray(a * np.exp(b * ndtri(u)))
    if one.kind == TRIANGULAR:
        rising = a + np.sqrt(np.maximum(u, 0.0) * (b - a) * (c - a))
        falling = c - np.sqrt(np.maximum(1.0 - u, 0.0) * (c - b) * (c - a))
        return np.where(u * (c - a) < b - a, rising, falling)
    return np.full_like(u, a)


def _moments(one: Law) -> tuple[float, float]:
    # Mean and mean of the square, before scaling.
    a, b, c = one.a, one.b, one.c
    if one.kind == UNIFORM:
        return 0.5 * (a + b), (a * a + a * b + b * b) / 3.0
    if one.kind == LOGNORMAL:
        return a * float(np.exp(0.5 * b * b)), a * a * float(np.exp(2.0 * b * b))
    if one.kind == TRIANGULAR:
        return (a + b + c) / 3.0, (a * a + b * b + c * c + a * b + a * c + b * c) / 6.0
    return a, a * a
