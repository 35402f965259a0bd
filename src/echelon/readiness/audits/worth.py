"""What one more mock audit is worth: the chance of a bad inspection it takes away, in months of delay avoided."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from echelon.priors import inspections as published
from echelon.readiness.audits.unseen import LEVEL, SHAPE, Detection

CLASSES = ("critical", "major", "other")

FOUND_PER_INSPECTION: Mapping[str, float] = MappingProxyType(
    {"critical": 17 / 286, "major": 432 / 286, "other": 1488 / 286}
)
"""Deficiencies per inspection in 286 inspections of the MHRA in 2018 (blogs.pharmawhiz.com); read."""

CRITICAL_WEIGHT, OTHER_WEIGHT = 0.6, 0.0004
"""Log-chance of official action per critical and per other deficiency found; assumed."""


def weights() -> Mapping[str, float]:
    """How much one deficiency that an inspector finds adds to -ln P(no official action).

    The weight of a major one is solved for, so that the mean inspection above ends in the published share of official
    action: -ln(1 - share) = sum of weight times found. Critical and other are our assumptions.
    """
    share = published.outcome_share("oai").value
    rest = -math.log1p(-share) - CRITICAL_WEIGHT * FOUND_PER_INSPECTION["critical"]
    rest -= OTHER_WEIGHT * FOUND_PER_INSPECTION["other"]
    return {"critical": CRITICAL_WEIGHT, "major": rest / FOUND_PER_INSPECTION["major"], "other": OTHER_WEIGHT}


@dataclass(frozen=True, slots=True)
class Span:
    """A number between two ends with a stated chance; the mean is for adding up, not for telling alone."""

    low: float
    mean: float
    high: float
    level: float


@dataclass(frozen=True)
class Worth:
    """What one more audit of so many auditors changes.

    Attributes
    ----------
    before, after : chance of official action without it and with it, its finds repaired.
    months : months of delay avoided.
    """

    auditors: int
    before: Span
    after: Span
    months: Span


def one_more_audit(
    made: Detection,
    found: Mapping[str, int],
    open_gaps: Mapping[str, int],
    auditors: int,
    inspectors: int = 2,
    held: float = 1.0,
    draws: int = 4_000,
    seed: int = 1,
    level: float = LEVEL,
) -> Worth:
    """What one more audit is worth.

    Unseen gaps of each class and the chance of detection are drawn together; an inspection of so many inspectors,
    each finding as one auditor does, finds some of what is left, and each find adds its weight to the chance of
    official action. The delay is the published one from facility letter to approval.

    Parameters
    ----------
    made : what earlier rounds say of detection.
    found : gaps found so far by class: critical, major, other.
    open_gaps : of those, not yet repaired by class; an inspector finds them as easily as any other.
    auditors : of the next audit.
    inspectors : of the inspection to come.
    held : share of the next audit's finds that are repaired, and stay so, by the inspection.
    draws, seed : of the simulation; equal seeds give equal answers.
    level : chance that the spans hold the value, given the model.

    Raises
    ------
    ValueError
        When a class is unknown, or a number is negative.
    """
    unknown = sorted({*found, *open_gaps} - set(CLASSES))
    if unknown or auditors < 1 or inspectors < 1 or not 0.0 <= held <= 1.0:
        msg = f"classes are {', '.join(CLASSES)}, auditors and inspectors at least 1, and `held` is a share of 0 to 1"
        raise ValueError(msg)
    rng = np.random.default_rng(seed)
    spot = rng.choice(len(made.weight), draws, p=made.weight)
    none, later = made.missed(), made.missed(auditors)
    caught = (1.0 - later / none)[spot]
    by_inspectors = 1.0 - made.missed(inspectors) / none
    by_inspectors_later = 1.0 - made.missed(auditors + inspectors) / later
    before, after = np.zeros(draws), np.zeros(draws)
    for name, weight in weights().items():
        shape = found.get(name, 0) + SHAPE
        rate = SHAPE / (FOUND_PER_INSPECTION[name] / 0.5)
        left = rng.negative_binomial(shape, ((rate + 1.0 - none) / (rate + 1.0))[spot])
        gone = rng.binomial(rng.binomial(left, caught), held)
        still = rng.binomial(open_gaps.get(name, 0), np.minimum(1.0, (made.a / (made.a + made.b))[spot]))
        before += weight * (still + rng.binomial(left, by_inspectors[spot]))
        after += weight * (still + rng.binomial(left - gone, by_inspectors_later[spot]))
    p_before, p_after = -np.expm1(-before), -np.expm1(-after)
    delay = published.delay().value
    sigma = math.log(delay.high / delay.mode) / 1.2815515655446004
    months = delay.mode * np.exp(sigma * rng.standard_normal(draws))
    saved = np.mean(p_before - p_after) * months
    return Worth(auditors, _span(p_before, level), _span(p_after, level), _span(saved, level))


def _span(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]], level: float) -> Span:
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(values, [tail, 1.0 - tail])
    return Span(float(low), float(values.mean()), float(high), level)
