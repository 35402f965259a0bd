"""Shapes: an uncertain value as the row of numbers that the rules invert."""

import math

import numpy as np
from scipy.special import ndtr

from echelon.company.rows.base import Uncertain
from echelon.futures.arrays import F8
from echelon.futures.rules.draws import FIXED, LOGNORMAL, TRIANGULAR, UNIFORM

Shape = tuple[float, float, float, float]

Z_90 = 1.2815515655446004
"""The 90 % quantile of the standard normal distribution."""


def shape(value: Uncertain, factor: float = 1.0) -> Shape:
    """Row (kind, a, b, c) of an uncertain value times a positive factor."""
    low, mode, high = value.low * factor, value.mode * factor, value.high * factor
    if value.dist == "fixed" or low == high:
        return (FIXED, mode, 0.0, 0.0)
    if value.dist == "uniform":
        return (UNIFORM, low, high, 0.0)
    if value.dist == "lognormal":
        return (LOGNORMAL, math.sqrt(low * high), math.log(high / low) / (2 * Z_90), 0.0)
    return (TRIANGULAR, low, mode, high)


def fixed(value: float) -> Shape:
    """Row of a certain value."""
    return (FIXED, value, 0.0, 0.0)


def relative(value: Uncertain) -> Shape:
    """Row of an uncertain value over its mode (1 where the mode is nought)."""
    return shape(value, 1.0 / value.mode) if value.mode > 0 else fixed(1.0)


def mean(row: Shape) -> float:
    """Mean of a shape."""
    kind, a, b, c = row
    if kind == UNIFORM:
        return 0.5 * (a + b)
    if kind == TRIANGULAR:
        return (a + b + c) / 3.0
    if kind == LOGNORMAL:
        return a * math.exp(0.5 * b * b)
    return a


def mass_below(row: Shape, x: float) -> float:
    """Probability that a shape's value is under `x`."""
    kind, a, b, c = row
    if kind == FIXED:
        return 0.0 if x <= a else 1.0
    if kind == UNIFORM:
        return min(1.0, max(0.0, (x - a) / (b - a)))
    if kind == LOGNORMAL:
        return float(ndtr(math.log(x / a) / b)) if x > 0 else 0.0
    if x <= a:
        return 0.0
    if x >= c:
        return 1.0
    if x <= b and b > a:
        return (x - a) ** 2 / ((b - a) * (c - a))
    return 1.0 - (c - x) ** 2 / ((c - b) * (c - a))


def array(rows: list[Shape]) -> F8:
    """Shapes as f8[n, 4]."""
    return np.array(rows, np.float64).reshape(-1, 4)
