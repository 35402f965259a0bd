"""Probability of success by stage: one estimand (phase by phase), shrunk, combined on the log-odds scale."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from scipy.special import ndtr, ndtri, owens_t

from echelon.priors.base import Confidence, Fact, Prior, area_group, assumption, facts, table, weakest

STEPS = ("phase1", "phase2", "phase3", "filing")
"""Stages whose success is published as a transition."""

STANDS_FOR: Mapping[str, str] = MappingProxyType({"bispecific": "antibody", "fusion-protein": "protein"})
"""Modalities without a published cell, and the one that stands for them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One transition of one group after shrinkage."""

    group: str
    raw: float
    value: float
    n: int
    parent: str
    source: str
    figure: str
    confidence: Confidence


@cache
def _figures() -> Mapping[tuple[str, str], str]:
    return MappingProxyType({(row["kind"], row["group"]): row["figure"] for row in table("transitions")})


@cache
def _parents() -> Mapping[tuple[str, str], str]:
    return MappingProxyType({(row["kind"], row["group"]): row["parent"] for row in table("transitions")})


def _fact(kind: str, group: str, step: str) -> Fact:
    return facts("transitions", "kind", "group", "step")[(kind, group, step)]


@cache
def shrunk(kind: str, group: str, step: str) -> Cell:
    """One published transition, drawn towards its parent group.

    The Beta rule ``(x + k p_parent) / (n + k)`` with x successes of n and the k stated in `assumptions`.

    Parameters
    ----------
    kind : area, modality, biomarker, rarity or all.
    group : group within the kind, such as `oncology`.
    step : one of `STEPS`.

    Raises
    ------
    KeyError
        When the source has no such cell.
    """
    found = _fact(kind, group, step)
    n = found.n or 0
    parent, figure = _parents()[(kind, group)], _figures()[(kind, group)]
    if not parent:
        return Cell(group, found.value, found.value, n, "", found.source, figure, found.confidence)
    above = shrunk("all" if parent == "all" else kind, parent, step).value
    k = assumption("shrinkage").value
    value = (n * found.value + k * above) / (n + k)
    return Cell(group, found.value, value, n, parent, found.source, figure, found.confidence)


def combine(base: float, signals: tuple[float, ...]) -> float:
    """Join signals on the log-odds scale, drawn in for their correlation.

    ``logit p = logit p_all + w Σ (logit p_signal - logit p_all)`` with ``w = 1 / (1 + k (m - 1))`` for m
    signals, so that two signals that say the same do not count twice; kept between the stated bounds.
    """
    weight = _weight(len(signals))
    logit = _logit(base) + weight * sum(_logit(p) - _logit(base) for p in signals)
    value = 1.0 / (1.0 + math.exp(-logit))
    return min(max(value, assumption("pos_floor").value), assumption("pos_ceiling").value)


def _weight(count: int) -> float:
    return 1.0 / (1.0 + assumption("signal_correlation").value * max(count - 1, 0))


def _logit(p: float) -> float:
    edge = 1e-9  # a published 100 % has no log-odds; shrinkage keeps every filled cell away from it
    p = min(max(p, edge), 1.0 - edge)
    return math.log(p / (1.0 - p))


@cache
def pos(step: str, area: str, modality: str, biomarker: bool | None = None, rare: bool = False) -> Prior[float]:
    """Probability that a stage is passed, given that it is reached.

    Parameters
    ----------
    step : a stage of the standard chain: preclinical, ind, phase1, phase2, phase3 or filing.
    area, modality : of the program.
    biomarker : whether patients are selected by one; None gives no signal.
    rare : whether the disease is rare; False gives no signal.

    Returns
    -------
    Prior
        Probability, 0 to 1, to four decimals.
    """
    if step == "preclinical":
        found = facts("benchmark_chain", "stage", "measure")[("preclinical", "pos")]
        how = f"Industry benchmark of the preclinical stage: {found.value:g}, all areas and modalities."
        return Prior(found.value, "probability", found.source, found.confidence, found.n, how)
    if step == "ind":
        found = facts("benchmark_chain", "stage", "measure")[("preclinical", "pos")]
        how = "The preclinical benchmark ends at the first trial, so losses here are already inside it."
        return Prior(1.0, "probability", found.source, "derived", None, how)
    cells = _signals(step, area, modality, biomarker, rare)
    base = shrunk("all", "all", step)
    value = round(combine(base.value, tuple(cell.value for cell in cells)), 4)
    used = (base, *cells)
    figures = ", ".join(dict.fromkeys(cell.figure for cell in used))
    source = f"{'; '.join(dict.fromkeys(cell.source for cell in used))}: {figures}"
    mark = weakest(cell.confidence for cell in used)
    how = _how(base, cells, value)
    if modality == "biosimilar" and step == "phase2":
        how += " Biosimilars seldom run a phase 2: a chain without it fits them better."
    return Prior(value, "probability", source, mark, min(cell.n for cell in used), how)


def _signals(step: str, area: str, modality: str, biomarker: bool | None, rare: bool) -> tuple[Cell, ...]:
    found: list[Cell] = []
    group = area_group(area, "transitions")
    if group:
        found.append(shrunk("area", group, step))
    found.append(shrunk("modality", STANDS_FOR.get(modality, modality), step))
    if biomarker is not None:
        found.append(shrunk("biomarker", "with" if biomarker else "without", step))
    if rare:
        found.append(shrunk("rarity", "rare", step))
    return tuple(found)


def _how(base: Cell, cells: tuple[Cell, ...], value: float) -> str:
    k = assumption("shrinkage").value
    names = {"with": "with biomarker", "without": "without biomarker", "rare": "rare disease"}
    parts = [
        f"{names.get(cell.group, cell.group)} {cell.raw:g} of {cell.n:,}, shrunk to {cell.value:.3f}" for cell in cells
    ]
    together = f"added as log-odds with weight {_weight(len(cells)):.2f}" if len(cells) > 1 else "alone"
    return (
        f"All drugs {base.value:g} of {base.n:,}; {'; '.join(parts)} (parent weighs {k:g} observations); "
        f"{together}: {value:g}."
    )


def given_approval_elsewhere(p: float, correlation: float) -> float:
    """Probability of approval at one authority, given approval at another on the same data.

    ``Φ₂(c, c; ρ) / Φ(c)`` with ``Φ(c) = p``: a Gaussian copula of two decisions with the same probability.
    By Owen's T, ``Φ₂(c, c; ρ) = Φ(c) - 2 T(c, √((1 - ρ) / (1 + ρ)))``.

    Parameters
    ----------
    p : probability of approval at each authority before anything is known.
    correlation : ρ between decisions, 0 to 1.
    """
    if p <= 0.0 or p >= 1.0 or correlation >= 1.0:
        return p if p <= 0.0 else 1.0
    threshold = float(ndtri(p))
    angle = math.sqrt((1.0 - correlation) / (1.0 + correlation))
    joint = float(ndtr(threshold)) - 2.0 * float(owens_t(threshold, angle))
    return min(max(joint / p, p), 1.0)
