"""Draws: one Philox block per (stream, future), uniforms from its words, and inverse distributions.

Every function here is pure. A stream is four 32-bit words hashed from the seed and the structural name of a thing;
two words form the generator's key and two its upper counter, below which the index of the future counts.
"""

import math
from typing import Any

import numpy as np

from echelon.futures.rules.compiling import inner, rule

FIXED, UNIFORM, TRIANGULAR, LOGNORMAL = 0, 1, 2, 3

NORMAL_MIDDLE = 0.425

_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_TO_53 = np.uint64(21)
_LOW_11 = np.uint64(11)


@inner
def turn(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any, turns: int) -> Any:
    """One round of the generator, after `turns` others."""
    p0 = _M0 * c0
    p1 = _M1 * c2
    k0 = (k0 + np.uint64(turns) * _W0) & _MASK
    k1 = (k1 + np.uint64(turns) * _W1) & _MASK
    return (p1 >> _SHIFT) ^ c1 ^ k0, p1 & _MASK, (p0 >> _SHIFT) ^ c3 ^ k1, p0 & _MASK


@inner
def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Any:
    """Philox4x32-10 (Salmon et al. 2011): four u8 counters and two u8 keys below 2**32 -> four u8 words."""
    # Written out: the compiler then draws eight blocks at a time in a loop over streams.
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0, k1, 0)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0, k1, 1)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0, k1, 2)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0, k1, 3)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0, k1, 4)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0, k1, 5)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0, k1, 6)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0, k1, 7)
    c0, c1, c2, c3 = turn(c0, c1, c2, c3, k0, k1, 8)
    return turn(c0, c1, c2, c3, k0, k1, 9)


@inner
def low_half(future: Any) -> Any:
    """Lower word of a future's index."""
    return future & _MASK


@inner
def high_half(future: Any) -> Any:
    """Upper word of a future's index."""
    return future >> _SHIFT


@rule
def block(streams: Any, stream: int, future: Any) -> Any:
    """Four words of one stream in one future.

    streams : u8[n, 4], words below 2**32; future : u8.
    """
    return philox(
        low_half(future),
        high_half(future),
        streams[stream, 2],
        streams[stream, 3],
        streams[stream, 0],
        streams[stream, 1],
    )


@inner
def uniform_53(high: Any, low: Any) -> float:
    """Uniform in (0, 1) from two words, 53 bits."""
    return (float((high << _TO_53) | (low >> _LOW_11)) + 0.5) * (1.0 / 9007199254740992.0)


@inner
def uniform_32(word: Any) -> float:
    """Uniform in (0, 1) from one word, 32 bits."""
    return (float(word) + 0.5) * (1.0 / 4294967296.0)


@inner
def normal_middle(q: float) -> float:
    """Inverse of the standard normal distribution at q + 1/2, for q from -0.425 to 0.425 (Wichura 1988, AS 241)."""
    r = 0.180625 - q * q
    top = 2509.0809287301226727 * r + 33430.575583588128105
    top = ((top * r + 67265.770927008700853) * r + 45921.953931549871457) * r + 13731.693765509461125
    top = ((top * r + 1971.5909503065514427) * r + 133.14166789178437745) * r + 3.387132872796366608
    low = 5226.495278852545925 * r + 28729.085735721942674
    low = ((low * r + 39307.89580009271061) * r + 21213.794301586595867) * r + 5394.1960214247511077
    low = ((low * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1.0
    return q * top / low


@rule
def normal_quantile(u: float) -> float:
    """Inverse of the standard normal distribution, relative error about 1e-16 (Wichura 1988, AS 241)."""
    q = u - 0.5
    if abs(q) <= NORMAL_MIDDLE:
        return normal_middle(q)
    tail = u if q < 0 else 1.0 - u
    if tail <= 0.0:
        return -math.inf if q < 0 else math.inf
    r = math.sqrt(-math.log(tail))
    if r <= 5.0:
        r -= 1.6
        top = 7.7454501427834140764e-4 * r + 0.0227238449892691845833
        top = ((top * r + 0.24178072517745061177) * r + 1.27045825245236838258) * r + 3.64784832476320460504
        top = ((top * r + 5.7694972214606914055) * r + 4.6303378461565452959) * r + 1.42343711074968357734
        low = 1.05075007164441684324e-9 * r + 5.475938084995344946e-4
        low = ((low * r + 0.0151986665636164571966) * r + 0.14810397642748007459) * r + 0.68976733498510000455
        low = ((low * r + 1.6763848301838038494) * r + 2.05319162663775882187) * r + 1.0
    else:
        r -= 5.0
        top = 2.01033439929228813265e-7 * r + 2.71155556874348757815e-5
        top = ((top * r + 0.0012426609473880784386) * r + 0.026532189526576123093) * r + 0.29656057182850489123
        top = ((top * r + 1.7848265399172913358) * r + 5.4637849111641143699) * r + 6.6579046435011037772
        low = 2.04426310338993978564e-15 * r + 1.4215117583164458887e-7
        low = ((low * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r + 0.0148753612908506148525
        low = ((low * r + 0.13692988092273580531) * r + 0.59983220655588793769) * r + 1.0
    value = top / low
    return -value if q < 0 else value


@inner
def triangular(a: float, b: float, c: float, u: float) -> float:
    """Inverse of the triangular distribution with low a, mode b and high c; a when all three are the same."""
    rising = u * (c - a) < b - a
    root = math.sqrt((u * (b - a) if rising else (1.0 - u) * (c - b)) * (c - a))
    return a + root if rising else c - root


@rule
def quantile_of(kind: Any, a: float, b: float, c: float, u: float) -> float:
    """Inverse distribution at u, uniform in (0, 1).

    kind and parameters: fixed a; uniform a to b; triangular low a, mode b, high c; lognormal with median a and log
    standard deviation b.
    """
    if kind == FIXED:
        return a
    if kind == TRIANGULAR:
        return triangular(a, b, c, u)
    if kind == UNIFORM:
        return a + (b - a) * u
    return a * math.exp(b * normal_quantile(u))


@rule
def quantile(shape: Any, row: int, u: float) -> float:
    """Inverse distribution of a row of shapes, f8[n, 4] of (kind, a, b, c), at u, uniform in (0, 1)."""
    return quantile_of(shape[row, 0], shape[row, 1], shape[row, 2], shape[row, 3], u)


@rule
def normal_below(z: float) -> float:
    """Standard normal distribution function."""
    return 0.5 * math.erfc(-z * 0.7071067811865476)


DOUBT = 1e-6
"""Above the error of `nearly_below`."""


@inner
def nearly_below(z: float) -> float:
    """`normal_below` to seven digits (Hastings 1955, sheet 45), in a form that is done several at a time."""
    x = abs(z) * 0.7071067811865476
    root = 0.0002765672 + 0.0000430638 * x
    root = 1.0 + x * (0.0705230784 + x * (0.0422820123 + x * (0.0092705272 + x * (0.0001520143 + x * root))))
    root *= root
    root *= root
    root *= root
    root *= root
    tail = 0.5 / root
    return tail if z < 0.0 else 1.0 - tail
