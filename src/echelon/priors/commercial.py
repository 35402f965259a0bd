"""Uptake, exclusivity, erosion, order of entry, reimbursement and deal terms."""

from collections.abc import Mapping
from functools import cache
from math import sqrt
from types import MappingProxyType

from echelon.priors.base import Fact, Prior, Range, assumption, confidence, facts, rounded, table, weakest

CHEMICAL = ("small-molecule", "peptide", "sirna", "antisense")
"""Modalities whose copies are generics rather than biosimilars (synthesised molecules)."""

DEAL_STAGES: Mapping[str, str] = MappingProxyType({"ind": "preclinical", "filing": "phase3", "marketed": "approved"})
"""Stages of ours under another name in the deal tables; a drug under review sells as one in phase 3."""


def _commercial(group: str, item: str) -> Fact:
    return facts("commercial", "group", "item")[(group, item)]


def uptake_points() -> tuple[float, ...]:
    """Share of peak sales in years 1 to 6 after launch (median of 61 US drugs)."""
    return tuple(_commercial("uptake", f"year{year}").value for year in range(1, 7))


def order_of_entry_exponent() -> float:
    """Exponent b of the share of the r-th entrant relative to the first, r ** b."""
    return _commercial("order_of_entry", "rank_exponent").value


def entry_lag_exponent() -> float:
    """Exponent of the years between entries in the order-of-entry rule."""
    return _commercial("order_of_entry", "lag_exponent").value


def copies(modality: str) -> str:
    """Class of copies that end a modality's exclusivity: `small-molecule` (generics) or `biologic`."""
    return "small-molecule" if modality in CHEMICAL else "biologic"


@cache
def exclusivity_years(modality: str) -> Prior[float]:
    """Years from first launch to loss of exclusivity."""
    kind = copies(modality)
    found = _commercial("exclusivity", kind)
    how = f"Published median after approval, {kind} class: {found.value:g} years."
    mark = found.confidence
    if modality == "biosimilar":
        mark = "assumed"
        how += " A biosimilar has none of its own; its peak sales hold its rivals already (assumed)."
    return Prior(found.value, "years", found.source, mark, found.n, how)


@cache
def decline(modality: str) -> Prior[float]:
    """Share of sales lost per year after exclusivity ends."""
    kind = copies(modality)
    found = _commercial("erosion", kind)
    how = f"Erosion by copies, {kind} class: {found.value:g} a year ({found.note})."
    return Prior(found.value, "per year", found.source, found.confidence, found.n, how)


@cache
def years_to_peak() -> Prior[Range]:
    """Years from launch to peak sales."""
    low, high = _commercial("years_to_peak", "min"), _commercial("years_to_peak", "max")
    mode = assumption("years_to_peak_mode")
    how = f"Mode {mode.value:g}: {mode.note}."
    value = Range(low.value, mode.value, high.value)
    return Prior(value, "years", low.source, weakest((low.confidence, "derived")), low.n, how)


@cache
def listing_probability(scheme: str = "nrdl") -> Prior[float]:
    """Probability that a negotiation ends in listing: last three published rounds pooled."""
    rows = [row for row in table("nrdl") if row["round"] == "new" and row["negotiated"] and row["listed"]][-3:]
    listed, held = sum(int(row["listed"]) for row in rows), sum(int(row["negotiated"]) for row in rows)
    years = f"{rows[0]['year']}-{rows[-1]['year']}"
    marks = tuple(confidence(row["confidence"]) for row in rows)
    how = f"NRDL {years}: {listed} listed of {held} negotiated{_borrowed(scheme)}."
    mark = weakest(marks) if _is_nrdl(scheme) else "assumed"
    return Prior(round(listed / held, 4), "probability", _sources(rows), mark, held, how)


@cache
def price_cut(scheme: str = "nrdl") -> Prior[Range]:
    """Price cut at first listing: mean of the last three published rounds, spread remembered."""
    rows = [row for row in table("nrdl") if row["round"] == "new" and row["negotiated"] and row["listed"]][-3:]
    weights = [int(row["listed"]) for row in rows]
    mean = sum(w * float(row["value"]) for w, row in zip(weights, rows, strict=True)) / sum(weights)
    spread = assumption("listing_cut_sd")
    half = spread.value * sqrt(6.0)  # half width of a symmetric triangle with that standard deviation
    value = Range(rounded(mean - half, 3), rounded(mean, 3), rounded(min(mean + half, 0.99), 3))
    years = f"{rows[0]['year']}-{rows[-1]['year']}"
    how = (
        f"NRDL {years}: mean cut {mean:.3f} weighted by drugs listed; triangular with standard deviation "
        f"{spread.value:g} ({spread.confidence}){_borrowed(scheme)}."
    )
    mark = spread.confidence if _is_nrdl(scheme) else "assumed"
    return Prior(value, "share of price", _sources(rows), mark, sum(weights), how)


@cache
def renewal_cut(scheme: str = "nrdl") -> Prior[Range]:
    """Price cut at a renewal: the one published mean, spread as at first listing but never under nought."""
    row = next(row for row in table("nrdl") if row["round"] == "renewals")
    mean, spread = float(row["value"]), assumption("listing_cut_sd")
    half = min(mean, spread.value * sqrt(6.0))
    value = Range(rounded(mean - half, 3), rounded(mean, 3), rounded(mean + half, 3))
    how = f"NRDL {row['year']}: mean cut {mean:g} at {row['listed']} renewals; our spread{_borrowed(scheme)}."
    mark = weakest((confidence(row["confidence"]), "derived")) if _is_nrdl(scheme) else "assumed"
    return Prior(value, "share of price", row["source"], mark, int(row["listed"]), how)


def _is_nrdl(scheme: str) -> bool:
    return scheme.casefold() == "nrdl"


def _borrowed(scheme: str) -> str:
    return "" if _is_nrdl(scheme) else f"; nothing is at hand for scheme {scheme}, so the NRDL stands for it"


def _sources(rows: list[Mapping[str, str]]) -> str:
    return "; ".join(dict.fromkeys(row["source"] for row in rows))


@cache
def royalty(stage: str) -> Prior[float]:
    """Royalty on net sales by the stage at which a drug is licensed: middle of the remembered range."""
    key = DEAL_STAGES.get(stage, stage)
    found = facts("deal_terms", "stage", "measure")
    low, high = found[(key, "royalty_rate_low")], found[(key, "royalty_rate_high")]
    value = round(0.5 * (low.value + high.value), 4)
    how = f"Rule of thumb at {key}: {low.value:g} to {high.value:g}, middle {value:g}."
    return Prior(value, "share of net sales", low.source, low.confidence, low.n, how)
