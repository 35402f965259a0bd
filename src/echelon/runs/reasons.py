"""Reasons: in words, what sets one candidate indication apart from the middle one of its asset."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

APART = 1.25
"""A factor is named when it is this many times the middle candidate's, or one over it."""

MOST = 3
"""Most factors named on either side."""


@dataclass(frozen=True)
class Candidate:
    """What a candidate's value is made of; None where it is not known.

    patients a year, sales from one of them (full units of currency), class share, rivals by launch, chance of launch,
    discounted cost ahead, years to the median launch, risk-adjusted value.
    """

    patients: float | None
    worth: float | None
    share: float | None
    rivals: float | None
    p_launch: float
    cost: float
    launch: float | None
    value: float


@dataclass(frozen=True)
class _Factor:
    # Size over the middle one's, and what is said where it helps or hinders.
    size: float
    helps: str
    hinders: str


def reasons(candidates: Sequence[Candidate], currency: str) -> list[str]:
    """One sentence for each candidate."""
    return [_reason(one, candidates, currency) for one in candidates]


def _reason(one: Candidate, every: Sequence[Candidate], currency: str) -> str:
    if len(every) < 2:
        return "The only candidate: there is none to compare it with."
    factors = sorted(_factors(one, every, currency), key=lambda factor: -abs(math.log(factor.size)))
    ups = [factor.helps for factor in factors if factor.size >= APART][:MOST]
    downs = [factor.hinders for factor in factors if factor.size <= 1.0 / APART][:MOST]
    direct = " Peak sales are given directly, so patients, price and rivals are not known."
    tail = direct if one.patients is None else ""
    loss = " It does not earn back its cost." if one.value < 0.0 else ""
    if ups and downs:
        text = f"For it: {_listed(ups)}; against it: {_listed(downs)}."
    elif ups:
        text = f"For it: {_listed(ups)}."
    elif downs:
        text = f"Against it: {_listed(downs)}."
    else:
        text = "Near the middle candidate in everything."
    return text + loss + tail


def _factors(one: Candidate, every: Sequence[Candidate], currency: str) -> list[_Factor]:
    found = []

    def add(value: float | None, values: Sequence[float | None], helps: str, hinders: str, told: str) -> None:
        known = [v for v in values if v is not None and v > 0.0]
        if value is None or value <= 0.0 or len(known) < 2:
            return
        size = value / median(known)
        note = f"({told}, {_times(size)} the middle one)"
        found.append(_Factor(size, f"{helps} {note}", f"{hinders} {note}"))

    add(one.patients, [c.patients for c in every], "many patients", "few patients", f"{one.patients or 0:,.0f} a year")
    paid = f"{currency} {one.worth or 0:,.0f} a patient"
    add(one.worth, [c.worth for c in every], "much paid for each", "little paid for each", paid)
    rivals = "no rival" if (one.rivals or 0.0) < 0.05 else f"{one.rivals:.1f} rivals"
    of_class = f"{100 * (one.share or 0.0):.0f} % of its class, {rivals} by launch"
    add(one.share, [c.share for c in every], "few rivals", "many rivals", of_class)
    chance = f"P(launch) {100 * one.p_launch:.0f} %"
    add(one.p_launch, [c.p_launch for c in every], "likely to succeed", "unlikely to succeed", chance)
    costs = [c.cost for c in every if c.cost > 0.0]
    if one.cost > 0.0 and len(costs) > 1:
        size = median(costs) / one.cost
        note = f"({_times(1.0 / size)} the middle one)"
        # A cost weighs only as much as it is large against the value it buys.
        weight = min(1.0, one.cost / max(abs(one.value), 1e-12))
        found.append(_Factor(size**weight, f"little cost ahead {note}", f"much cost ahead {note}"))
    launches = [c.launch for c in every if c.launch is not None]
    if one.launch is not None and launches:
        sooner = median(launches) - one.launch
        note = f"({abs(sooner):.1f} years {'before' if sooner > 0 else 'after'} the middle one)"
        found.append(_Factor(math.exp(0.15 * sooner), f"early {note}", f"late {note}"))
    return found


def _times(size: float) -> str:
    return f"{size:,.1f} times" if size >= 0.095 else f"{size:.1g} times"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
