"""Review times by authority and pathway, and the lag of filings away from home."""

import math
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from echelon.priors.base import Fact, Prior, Range, assumption, fact, rounded, table, weakest

DAYS_PER_MONTH = 365.25 / 12

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        "ec": "EMA",
        "european commission": "EMA",
        "european medicines agency": "EMA",
        "us fda": "FDA",
        "mhlw": "PMDA",
        "mhlw/pmda": "PMDA",
        "hc": "Health Canada",
        "cfda": "NMPA",
    }
)
"""Other names of authorities."""


@cache
def authorities() -> tuple[str, ...]:
    """Authorities with a published review time."""
    return tuple(dict.fromkeys(row["authority"] for row in table("reviews")))


@cache
def known_authority(name: str) -> str:
    """The authority as the table names it, or blank; a country in brackets is ignored."""
    word = name.split("(")[0].strip().casefold()
    by_name = {known.casefold(): known for known in authorities()}
    return by_name.get(word) or ALIASES.get(word, "")


@cache
def review(authority: str, pathway: str = "standard") -> Prior[Range] | None:
    """Months from submission to decision, or None for an authority without a published figure.

    The median is published. With a published interquartile range the spread is the lognormal that has it;
    without, 10 % and 90 % quantiles at the stated share of the median and its inverse.
    """
    known = known_authority(authority)
    if pathway == "reliance":
        return _reliance()
    rows = {row["pathway"]: row for row in table("reviews") if row["authority"] == known}
    row = rows.get("priority" if pathway == "conditional" else pathway) or rows.get("all")
    if row is None:
        return None
    found = fact(row)
    median = found.value / DAYS_PER_MONTH
    if row["q25"]:
        sigma = math.log(float(row["q75"]) / float(row["q25"])) / (2 * 0.6744897502)
        factor = math.exp(-1.2815515655 * sigma)
        spread = f"spread from the published quartiles {row['q25']} and {row['q75']} days"
    else:
        factor = assumption("review_low").value
        spread = f"10 % and 90 % quantiles at {factor:g} and {1 / factor:.3g} of it (our assumption)"
    value = Range(rounded(median * factor), rounded(median), rounded(median / factor), "lognormal")
    note = f" ({found.note})" if found.note != "median" else ""
    how = f"Published median of {known}, {row['pathway']}: {found.value:g} days{note}; {spread}."
    return Prior(value, "months", found.source, weakest((found.confidence, "derived")), found.n, how)


def _reliance() -> Prior[Range]:
    found, low = assumption("reliance_review"), assumption("review_low").value
    value = Range(rounded(found.value * low), found.value, rounded(found.value / low), "lognormal")
    how = f"Review on another authority's decision: {found.value:g} months; {found.note}."
    return Prior(value, "months", found.source, found.confidence, None, how)


def filing_made() -> Fact:
    """Chance that a filing planned outside the home territories is made at all."""
    return assumption("filing_made")


def submission_lag(home: bool) -> Prior[Range]:
    """Months from the start of the filing stage to submission: none at home, the stated lag elsewhere."""
    if home:
        how = "Home territory: submitted when the filing stage starts."
        return Prior(Range.fixed(0.0), "months", "our assumption", "assumed", None, how)
    found = assumption("submission_lag")
    how = f"Not a home territory: {found.value:g} months, since {found.note.split(': ')[-1]} take time."
    return Prior(Range.fixed(found.value), "months", found.source, found.confidence, None, how)
