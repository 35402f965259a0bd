"""Named draws in plain Python: the same streams as the engine, from a second writing of the generator.

A stream's key is four 32-bit words. Words 0 and 1 are the generator's key; words 2 and 3 are the upper half of its
counter, whose lower half is the index of the future. One block gives four words, used as lanes: two words make a
53-bit uniform, one word makes a 32-bit one.
"""

import math
from statistics import NormalDist

Shape = list[float]

MASK = 0xFFFFFFFF
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
STEPS = (0x9E3779B9, 0xBB67AE85)

normal_inverse = NormalDist().inv_cdf


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Philox4x32-10 of Salmon, Moraes, Dror and Shaw (2011)."""
    a, b, c, d = counter
    left, right = key
    for _ in range(10):
        low = MULTIPLIERS[0] * a
        high = MULTIPLIERS[1] * c
        a, b, c, d = (high >> 32) ^ b ^ left, high & MASK, (low >> 32) ^ d ^ right, low & MASK
        left = (left + STEPS[0]) & MASK
        right = (right + STEPS[1]) & MASK
    return a, b, c, d


class Luck:
    """All draws of one future. keys : four words for each stream."""

    def __init__(self, keys: list[list[int]], future: int) -> None:
        self._keys = keys
        self._low = future & MASK
        self._high = future >> 32

    def words(self, stream: int) -> tuple[int, int, int, int]:
        """Four words of a stream."""
        key = self._keys[stream]
        return philox((self._low, self._high, key[2], key[3]), (key[0], key[1]))

    def long(self, stream: int) -> float:
        """Uniform of 53 bits from lanes 0 and 1 of a stream."""
        words = self.words(stream)
        return long_uniform(words[0], words[1])


def long_uniform(high: int, low: int) -> float:
    """Uniform in (0, 1) from two words."""
    return ((high << 21 | low >> 11) + 0.5) / 9007199254740992.0


def short_uniform(word: int) -> float:
    """Uniform in (0, 1) from one word."""
    return (word + 0.5) / 4294967296.0


def inverse(shape: Shape, u: float) -> float:
    """Value of an uncertain quantity at probability u; a lognormal one is given by median and log spread."""
    kind, a, b, c = shape
    if kind == 0:
        return a
    if kind == 1:
        return a + u * (b - a)
    if kind == 3:
        return a * math.exp(b * normal_inverse(u))
    if u < (b - a) / (c - a):
        return a + math.sqrt(u * (b - a) * (c - a))
    return c - math.sqrt((1.0 - u) * (c - b) * (c - a))


def average(shape: Shape) -> float:
    """Mean of an uncertain quantity."""
    kind, a, b, c = shape
    if kind == 1:
        return (a + b) / 2.0
    if kind == 2:
        return (a + b + c) / 3.0
    return a * math.exp(b * b / 2.0) if kind == 3 else a


def typical(shape: Shape) -> float:
    """Most usual value: the mode of a triangle, else the median."""
    return shape[2] if shape[0] == 2 else inverse(shape, 0.5)
