"""What an evaluator says of a schedule."""

from dataclasses import dataclass
from fractions import Fraction

NEAR = Fraction(1, 10**6)
"""Amounts by which counted and told ones may differ: rounding of what the solver prints."""


@dataclass(frozen=True)
class Verdict:
    """What a schedule is worth, and what is wrong with it.

    profit : sales less all costs. parts : sales, production, changeover, storage, backlog, waste, all positive.
    wrong : broken rules in words; empty for a schedule that can be run.
    """

    profit: Fraction
    parts: dict[str, Fraction]
    wrong: tuple[str, ...]


def exact(amount: float) -> Fraction:
    """The amount that a solver prints to nine digits: halves, thirds and the like."""
    return Fraction(amount).limit_denominator(10**6)
