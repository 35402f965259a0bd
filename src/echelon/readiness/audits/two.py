"""Two auditors, or one after another with marks kept: Petersen, Chapman, Schnabel, Schumacher-Eschmeyer."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimator's total of gaps, with its standard error where one is known.

    An estimate is an ingredient: what is told to people is the range of `unseen`.
    """

    method: str
    total: float
    error: float = math.nan


def petersen(first: int, second: int, both: int) -> Estimate:
    """n1 n2 / m; error after Chapman and Seber as R's CARE1 prints it.

    Parameters
    ----------
    first, second : gaps that each of two auditors found.
    both : gaps that both found.

    Raises
    ------
    ValueError
        Without a gap that both found: two auditors who share nothing say nothing of what is left.
    """
    if both <= 0:
        msg = "the two auditors have no gap in common; Petersen's estimate needs one, Chapman's does not"
        raise ValueError(msg)
    return Estimate("Petersen", first * second / both, chapman(first, second, both).error)


def chapman(first: int, second: int, both: int) -> Estimate:
    """(n1+1)(n2+1)/(m+1) - 1, variance (n1+1)(n2+1)(n1-m)(n2-m) / ((m+1)^2 (m+2)) (Seber 1982)."""
    above = (first + 1) * (second + 1)
    variance = above * (first - both) * (second - both) / ((both + 1) ** 2 * (both + 2))
    return Estimate("Chapman", above / (both + 1) - 1, math.sqrt(variance))


@dataclass(frozen=True, slots=True)
class Marked:
    """Sampling one after another: caught n, found again m and newly marked at each occasion."""

    caught: tuple[int, ...]
    again: tuple[int, ...]
    marked: tuple[int, ...]

    def known(self) -> list[int]:
        """Marked before each occasion, M."""
        total, known = 0, []
        for count in self.marked:
            known.append(total)
            total += count
        return known


def schnabel(data: Marked, *, changed: bool = False) -> Estimate:
    """Sum of n M over sum of m; with Chapman's change the sum of m plus 1 (Ricker 1975)."""
    top = sum(n * known for n, known in zip(data.caught, data.known(), strict=True))
    return Estimate("Schnabel, changed" if changed else "Schnabel", top / (sum(data.again) + changed))


def schumacher_eschmeyer(data: Marked) -> Estimate:
    """Sum of n M^2 over sum of m M; error that of 1/N by regression, on the scale of 1/N (Krebs 1989)."""
    known = data.known()
    top = sum(n * m * m for n, m in zip(data.caught, known, strict=True))
    bottom = sum(r * m for r, m in zip(data.again, known, strict=True))
    return Estimate("Schumacher-Eschmeyer", top / bottom, _inverse_error(data, top, bottom))


def _inverse_error(data: Marked, top: float, bottom: float) -> float:
    count = sum(1 for n in data.caught if n)
    squares = sum(r * r / n for r, n in zip(data.again, data.caught, strict=True) if n)
    return math.sqrt((squares - bottom**2 / top) / (count - 2) / top)
