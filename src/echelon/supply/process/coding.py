"""Guesses the levels that a factor's -1 and +1 stand for, where nobody says."""

from collections import Counter
from collections.abc import Sequence

ALIKE = 0.02
"""Share of the range within which two levels count as mirror images."""


def coding(values: Sequence[float]) -> tuple[float, float]:
    """Low and high of a factor from its levels in the runs.

    The factorial levels of a designed experiment lie opposite each other and are run more often than axial ones; of
    all pairs that mirror each other in the middle of the range, the most frequent is taken, the widest of equals.
    """
    counts = Counter(float(value) for value in values if value == value)
    levels = sorted(counts)
    if not levels:
        return -1.0, 1.0
    low, high = levels[0], levels[-1]
    if len(levels) < 4:
        return low, high
    middle, room = 0.5 * (low + high), ALIKE * (high - low)
    best, most = (low, high), min(counts[low], counts[high])
    for a in levels[1 : len(levels) // 2]:
        mirror = 2 * middle - a
        b = min((abs(level - mirror), level) for level in levels)[1]
        if a < b and abs(a + b - 2 * middle) <= room and min(counts[a], counts[b]) > most:
            best, most = (a, b), min(counts[a], counts[b])
    return best
