"""What is still unseen, as a range with a stated chance; by class and by system; and what more auditors would find."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaln, gammaln, logsumexp

from echelon.readiness.audits.closed import chao_corrected, jackknife, m0, mt, sample_coverage
from echelon.readiness.audits.counts import Capture, Histories, capture
from echelon.readiness.audits.removal import carle_strub

Floats = npt.NDArray[np.float64]

MEANS = (0.03, 0.78, 16)
"""Mean chance that one auditor finds a gap: lowest, highest, steps of the grid."""

CONCENTRATIONS = (0.7, 60.0, 10)
"""Concentration of that chance over gaps (small: gaps differ much), in equal steps of its logarithm."""

PRIOR_MEAN = (2.0, 4.0)
"""Beta prior of the mean: about one in three, 0.08 to 0.66 with 90 %; our assumption."""

SHAPE = 0.5
"""Shape of the gamma prior of the number of gaps, with no weight on any size (Jeffreys)."""

FEW = 4
"""Under so many auditors no estimator is accurate (Briand and others 2000), so the range is wide and says so."""

LEVEL = 0.8
"""Stated chance that a range holds the truth."""


class RepairedError(ValueError):
    """Findings of before and after a repair were put into one estimate."""


@dataclass(frozen=True)
class Round:
    """One audit: who saw which gap first, while nothing was repaired.

    Attributes
    ----------
    name : for messages.
    histories : bool [gap, auditor]; for a later round only gaps that no earlier round had found.
    repaired : whether anything was repaired while the auditors looked.
    """

    name: str
    histories: Histories
    repaired: bool = False


@dataclass(frozen=True)
class Detection:
    """What the rounds say of the chance that one auditor finds a gap: a weighted grid.

    Attributes
    ----------
    a, b : shapes of the beta over gaps; float64 [grid].
    weight : posterior weights, summing to 1; float64 [grid].
    auditors : auditors that have looked, over all rounds.
    seen : gaps found by anyone.
    """

    a: Floats
    b: Floats
    weight: Floats
    auditors: float
    seen: int

    def missed(self, more: float = 0.0) -> Floats:
        """Chance that a gap is missed by all auditors so far and by so many more; float64 [grid]."""
        effort = self.auditors + more
        return np.asarray(np.exp(betaln(self.a, self.b + effort) - betaln(self.a, self.b)), np.float64)


@dataclass(frozen=True, slots=True)
class Between:
    """A whole number between two ends, with a stated chance; there is no middle to take for the number."""

    low: int
    high: int
    level: float

    def __str__(self) -> str:
        return f"{self.low} to {self.high}"


@dataclass(frozen=True)
class Unseen:
    """What is still unseen after one round, or after several with repairs between.

    Attributes
    ----------
    seen : gaps found.
    range : what is unseen beyond them.
    by : the same for each stratum asked for. Ranges of strata do not add up to the whole's.
    coverage : share of what is findable that was found, between 0 and 1; blank when several rounds were taken.
    methods : unseen by the usual estimators, each alone too narrow a view; infinite where it has no answer.
    notes : what a reader must know.
    """

    seen: int
    range: Between
    by: Mapping[str, Between]
    coverage: float | None
    methods: Mapping[str, float]
    notes: tuple[str, ...]


def detection(rounds: Sequence[Round], seeded: tuple[int, int] | None = None) -> Detection:
    """Posterior of the chance of detection from first detections.

    A gap found first in a round by j of its t auditors, after E auditors of earlier rounds had missed it, has the
    likelihood C(t,j) B(a+j, b+E+t-j) / B(a,b) over the chance that it was found at all; what happens to it after is
    left out. So repairs between rounds do no harm, and gaps that differ are allowed for.

    Parameters
    ----------
    rounds : in their order in time.
    seeded : known errors found and planted, where records with planted errors were among those audited.

    Raises
    ------
    RepairedError
        When a round was repaired while it went on.
    ValueError
        Without two auditors in all, or with more found than planted.
    """
    for one in rounds:
        if one.repaired:
            msg = (
                f"in `{one.name}` gaps were repaired while auditors still looked; "
                "a gap that is gone cannot be found again, so split it into rounds at the repair"
            )
            raise RepairedError(msg)
    counts = [capture(one.histories) for one in rounds]
    total = sum(count.auditors for count in counts)
    if total < 2:
        msg = f"what is unseen needs two auditors or more who looked independently; there is {total}"
        raise ValueError(msg)
    a, b, prior = _grid()
    logs = prior + _likelihood(counts, a, b) + _seeded(seeded, a / (a + b))
    return Detection(a, b, np.exp(logs - logsumexp(logs)), float(total), sum(count.seen for count in counts))


def _grid() -> tuple[Floats, Floats, Floats]:
    means = np.linspace(*MEANS[:2], MEANS[2])
    sizes = np.exp(np.linspace(math.log(CONCENTRATIONS[0]), math.log(CONCENTRATIONS[1]), CONCENTRATIONS[2]))
    mean, size = (part.ravel() for part in np.meshgrid(means, sizes, indexing="ij"))
    prior = (PRIOR_MEAN[0] - 1.0) * np.log(mean) + (PRIOR_MEAN[1] - 1.0) * np.log1p(-mean)
    return mean * size, (1.0 - mean) * size, prior


def _likelihood(counts: Sequence[Capture], a: Floats, b: Floats) -> Floats:
    before, found, logs = 0, 0, np.zeros_like(a)
    for count in counts:
        t = count.auditors
        for j in range(1, t + 1):
            ways = float(gammaln(t + 1) - gammaln(j + 1) - gammaln(t - j + 1))
            logs += count.times(j) * (ways + betaln(a + j, b + before + t - j) - betaln(a, b))
        before += t
        found += count.seen
    none = betaln(a, b + before) - betaln(a, b)
    return np.asarray(logs - found * np.log(-np.expm1(none)), np.float64)


def _seeded(seeded: tuple[int, int] | None, mean: Floats) -> Floats | float:
    if seeded is None:
        return 0.0
    found, planted = seeded
    if not 0 <= found <= planted:
        msg = f"{found} of {planted} planted errors were found; the first cannot exceed the second"
        raise ValueError(msg)
    return np.asarray(found * np.log(mean) + (planted - found) * np.log1p(-mean), np.float64)


def between(made: Detection, seen: int, level: float = LEVEL, base: float = 0.0) -> Between:
    """Range of the unseen among gaps of which `seen` were found.

    Given the chance of detection, the unseen are negative binomial with shape `seen` + 1/2; the grid mixes them.

    The posterior level is half way from the stated one to 1 (0.9 for 0.8): few auditors cannot tell gaps that differ
    from auditors that see little, so the posterior's own 80 % held the truth in only 0.63 to 1 of simulated audits
    where detection was unlike the prior; so widened, in 0.79 or more.

    base : rate of the gamma prior of the number of gaps; 0 says nothing about it.
    """
    none = made.missed()
    success = (base + 1.0 - none) / (base + 1.0)
    return _ends(made.weight, success, seen + SHAPE, level)


def _ends(weight: Floats, success: Floats, shape: float, level: float) -> Between:
    def below(count: int) -> float:
        return float(weight @ betainc(shape, count + 1.0, success))

    tail = (1.0 - level) / 4.0
    return Between(_quantile(below, tail), _quantile(below, 1.0 - tail), level)


def _quantile(below: Callable[[int], float], share: float) -> int:
    """Least whole number with at least `share` at or under it."""
    if below(0) >= share:
        return 0
    low, high = 0, 1
    while below(high) < share:
        low, high = high, 2 * high
        if high > 1_000_000_000:
            return high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if below(middle) < share else (low, middle)
    return high


def unseen(
    rounds: Sequence[Round],
    strata: Mapping[str, int] | None = None,
    level: float = LEVEL,
    seeded: tuple[int, int] | None = None,
) -> Unseen:
    """What is still unseen.

    Parameters
    ----------
    rounds : one audit, or several in their order with repairs between them.
    strata : gaps found so far by class or by system; each is given a range of its own with the shared detection.
    level : chance that the range holds the truth, on average over sites; measured in docs/readiness-statistics.md.
    seeded : known errors found and planted.

    Raises
    ------
    RepairedError, ValueError
        As `detection`.
    """
    made = detection(rounds, seeded)
    counts = [capture(one.histories) for one in rounds]
    one = counts[0] if len(counts) == 1 else None
    methods = _one_round(one) if one else {"Carle-Strub over rounds": _carle(counts)}
    notes = []
    if made.auditors < FEW:
        notes.append(f"fewer than {FEW} auditors: no method is accurate, and the range is wide for it")
    if one and not one.times(2) and one.seen:
        notes.append("no gap was found by exactly two auditors: the upper end rests on what audits elsewhere found")
    if not made.seen:
        notes.append("nothing was found, so the data say nothing of how well the auditors looked")
    return Unseen(
        made.seen,
        between(made, made.seen, level),
        {name: between(made, count, level) for name, count in (strata or {}).items()},
        sample_coverage(one) if one else None,
        methods,
        tuple(notes),
    )


def _one_round(found: Capture) -> dict[str, float]:
    if not found.seen:
        return {}
    orders = [jackknife(found, order) for order in (1, 2) if order < found.auditors]
    made = [m0(found), mt(found), chao_corrected(found), *orders]
    return {one.method: one.total - found.seen for one in made}


def _carle(counts: Sequence[Capture]) -> float:
    first = [count.seen for count in counts]
    return carle_strub(first).total - sum(first) if sum(first) else math.nan


@dataclass(frozen=True, slots=True)
class NextAudit:
    """What one more audit of so many auditors would probably find, and what it would leave."""

    auditors: int
    finds: Between
    leaves: Between


def next_audit(made: Detection, auditors: int, seen: int | None = None, level: float = LEVEL) -> NextAudit:
    """New gaps that so many more independent auditors would find, and what would stay unseen.

    A gap missed so far is found with chance 1 - E(1-p)^(E+m) / E(1-p)^E; finds and what is left are then negative
    binomial again. Ranges of a prediction: they hold the chance of the finds themselves.

    auditors : of the next audit, at least 1.
    seen : gaps found so far in one class; all where None.
    """
    if auditors < 1:
        msg = f"an audit has at least one auditor, not {auditors}"
        raise ValueError(msg)
    none, later = made.missed(), made.missed(auditors)
    odds = none / (1.0 - none)
    shape = (made.seen if seen is None else seen) + SHAPE
    found, left = odds * (1.0 - later / none), odds * later / none
    return NextAudit(
        auditors,
        _ends(made.weight, 1.0 / (1.0 + found), shape, level),
        _ends(made.weight, 1.0 / (1.0 + left), shape, level),
    )


def chance_of_any(made: Detection, seen: int, base: float = 0.0) -> float:
    """Chance that at least one gap of a class is unseen, such as a critical one when none was found."""
    none = made.missed()
    success = (base + 1.0 - none) / (base + 1.0)
    return float(made.weight @ (1.0 - success ** (seen + SHAPE)))


def pooled(rounds: Sequence[Round], repaired_between: Literal[False]) -> Histories:
    """One table of several rounds, allowed only where nothing at all was repaired between them.

    Raises
    ------
    RepairedError
        Otherwise: estimates over repaired rounds overstate what is left two- to fifteenfold.
    """
    if repaired_between or any(one.repaired for one in rounds):
        names = ", ".join(one.name for one in rounds)
        msg = f"gaps were repaired between {names}; give the rounds to `unseen` in their order instead of one table"
        raise RepairedError(msg)
    widest = {one.histories.shape[0] for one in rounds}
    if len(widest) != 1:
        msg = "rounds in one table name the same gaps in the same order"
        raise ValueError(msg)
    return np.asarray(np.hstack([one.histories for one in rounds]), np.bool_)
