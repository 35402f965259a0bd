"""Inspections: how visits end, how often none happens in time, and what a facility obstacle costs in months."""

import math
from functools import cache
from statistics import NormalDist, fmean, stdev

from echelon.priors.base import Prior, Range, assumption, confidence, rounded, table, weakest

BLA_DEFICIENCY, BLA_NOT_DONE = 22, 6
"""Of 45 biologics that FDA refused at first and approved later (2020-24): sites deficient, visits not done."""

CODING = "own reading of FDA's complete response letters of July 2025 (45 BLA: 22 deficiency, 6 inspection not done)"
SUMMED = ("nai", "vai", "oai")


@cache
def outcome_share(outcome: str, other: str = "", given: float | None = None) -> Prior[float]:
    """Share of drug inspections that ended NAI, VAI or OAI, fiscal years 2009 to 2023 together.

    Parameters
    ----------
    outcome : `nai`, `vai` or `oai`.
    other, given : another outcome whose chance is known already; the rest is shared out as published.
    """
    rows = table("inspection_classes")
    counts = {name: sum(int(row[name]) for row in rows) for name in SUMMED}
    total = sum(counts.values())
    years = f"{rows[0]['fiscal_year']}-{rows[-1]['fiscal_year']}"
    how = f"FDA drug inspections, fiscal years {years}: {counts[outcome]} {outcome.upper()} of {total}"
    if given is None:
        return Prior(rounded(counts[outcome] / total), "probability", rows[0]["source"], "derived", total, f"{how}.")
    rest = total - counts[other]
    value = rounded((1.0 - given) * counts[outcome] / rest)
    how += f", {rest} without {other.upper()}; with {other.upper()} at {given:g}, {value:g}."
    return Prior(value, "probability", rows[0]["source"], "derived", rest, how)


@cache
def missed() -> Prior[float]:
    """Chance that a visit does not happen in time: OAI share times visits not done over sites found deficient."""
    oai = outcome_share("oai")
    value = rounded(oai.value * BLA_NOT_DONE / BLA_DEFICIENCY)
    how = (
        f"{oai.value:g} OAI x {BLA_NOT_DONE} visits not done for {BLA_DEFICIENCY} deficient sites of refused biologics."
    )
    return Prior(value, "probability", CODING, "derived", BLA_NOT_DONE + BLA_DEFICIENCY, how)


@cache
def delay(obstacle: str = "") -> Prior[Range]:
    """Months from a facility letter to approval: lognormal of the published cases, all or those of one obstacle.

    obstacle : `deficiency`, `not_done`, `travel`, or blank for all 20.
    """
    rows = [row for row in table("facility_delays") if obstacle in ("", row["obstacle"])]
    logs = [math.log(float(row["months"])) for row in rows]
    middle, spread = fmean(logs), stdev(logs)
    reach = NormalDist().inv_cdf(0.9) * spread
    value = Range(
        rounded(math.exp(middle - reach)), rounded(math.exp(middle)), rounded(math.exp(middle + reach)), "lognormal"
    )
    which = f" with obstacle {obstacle}" if obstacle else ""
    how = (
        f"{len(rows)} biologics{which}, letter to approval: geometric mean {math.exp(middle):.3g} months, "
        f"log standard deviation {spread:.2g}; only products approved in the end."
    )
    mark = weakest(confidence(row["confidence"]) for row in rows)
    return Prior(value, "months", rows[0]["source"], mark, len(rows), how)


def audit_effect() -> Prior[float]:
    """Part of what readiness lacks that one mock audit takes away; assumed, see `assumptions.csv`."""
    fact = assumption("audit_effect")
    return Prior(fact.value, "share", fact.source, "assumed", None, f"{fact.note[0].upper()}{fact.note[1:]}.")


def audit_cost(rate: float) -> Prior[float]:
    """Cost of one mock audit and of repairing its findings; assumed.

    Parameters
    ----------
    rate : money of the company for a dollar.
    """
    fact = assumption("audit_cost")
    how = f"USD {fact.value:g} million: {fact.note}."
    return Prior(rounded(fact.value * rate), "money", fact.source, "assumed", None, how)


def readiness_slope() -> float:
    """Log-odds of a bad visit that one unit of readiness takes away."""
    return assumption("readiness_slope").value
