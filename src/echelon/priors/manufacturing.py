"""Manufacturing: what published plants reach, and how far a number of ours may lie from it before it looks wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from echelon.priors.base import Prior, Range, fact, table, weakest

SLACK = 1.5
"""How far beyond the published range a number still passes: that many times, a share by what it lacks of one."""

MONTHS_PER_DAY = 12 / 365.25

SPANS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "titer": ("titer_1980s", "titer_fedbatch_commercial_average", "titer_fedbatch_reported_high"),
        "recovery": ("dsp_yield_industry_average", "dsp_yield_target", "dsp_yield_siganporia"),
        "batch_success": ("batch_success_survey", "batch_success_planning_default"),
        "working_volume": ("bioreactor_working_volume_fraction",),
        "batch_days": ("production_bioreactor_days_fedbatch", "usp_days_per_batch_lakhdar", "perfusion_culture_days"),
        "substance_release": ("ds_release_days", "qc_qa_release_days", "bulk_harvest_testing_days"),
        "product_release": ("dp_release_days", "qc_qa_release_days"),
        "shelf": ("shelf_life_final_lakhdar", "shelf_life_longterm"),
        "transfer": ("technology_transfer_months", "technology_transfer_commercial_months"),
        "build_culture": ("build_months_greenfield", "build_months_expansion_160kl", "build_months_siganporia"),
        "build_other": ("retrofit_months", "dp_facility_build_months", "build_months_greenfield"),
        "capital_per_litre": (
            "capex_single_use_china",
            "capex_large_stainless_brownfield",
            "capex_large_stainless_greenfield",
        ),
        "conjugation": ("adc_conjugation_yield",),
        "filling": ("fill_finish_yield",),
        "supply_stop": ("supply_stop_import_alert",),
    }
)
"""Published items that together span each attribute."""


@dataclass(frozen=True, slots=True)
class Span:
    """What is published of an attribute: its smallest and largest value, and between which a number of ours passes."""

    low: float
    high: float
    passes_from: float
    passes_to: float
    unit: str
    source: str

    def holds(self, value: float) -> bool:
        """Whether a number passes."""
        return self.passes_from <= value <= self.passes_to


@cache
def published(item: str) -> Prior[Range]:
    """One item of the table, days as months where its attribute counts in months.

    Raises
    ------
    ValueError
        When there is no such item.
    """
    for row in table("manufacturing"):
        if row["item"] == item:
            found = fact(row)
            value = Range(float(row["low"]), found.value, float(row["high"]))
            return Prior(value, found.unit, found.source, found.confidence, found.n, found.note or f"{item}.")
    msg = f"`{item}` is not in the table of manufacturing"
    raise ValueError(msg)


@cache
def span(attribute: str) -> Span:
    """The published span of an attribute of recipes, lines, expansions or inspections (a key of `SPANS`)."""
    found = [published(item) for item in SPANS[attribute]]
    months = attribute in ("substance_release", "product_release", "shelf")
    scales = [MONTHS_PER_DAY if months and prior.unit == "days" else 1.0 for prior in found]
    low = min(prior.value.low * scale for prior, scale in zip(found, scales, strict=True))
    high = max(prior.value.high * scale for prior, scale in zip(found, scales, strict=True))
    share = found[0].unit.startswith(("fraction", "probability"))
    top = 1 - (1 - high) / SLACK if share else high * SLACK
    unit = "" if share else "months" if months else found[0].unit
    sources = "; ".join(dict.fromkeys(prior.source for prior in found))
    return Span(low, high, low / SLACK, top, unit, sources)


@cache
def supply_stop() -> Prior[float]:
    """Chance that OAI is followed by an import alert."""
    found = published("supply_stop_import_alert")
    return Prior(found.value.mode, found.unit, found.source, weakest((found.confidence,)), 163, found.how)
