"""Length of stages and where their readout lies, by therapeutic area."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from echelon.priors.base import Prior, Range, area_group, assumption, facts, rounded, weakest

NEXT: Mapping[str, str] = MappingProxyType(
    {
        "phase1": "phase1_start_to_phase2_start",
        "phase2": "phase2_start_to_phase3_start",
        "phase3": "phase3_start_to_filing_start",
    }
)
"""Published start-to-start times by stage."""


@cache
def duration(stage: str, area: str) -> Prior[Range]:
    """Length of a stage of the standard chain, in months.

    Published means; the spread around them is our assumption and keeps the mean.
    The filing stage is the review in the United States, used where no authority is known.
    """
    table = facts("durations", "area", "measure")
    group = area_group(area, "trials")
    found = table.get((group, stage)) or table[("All", stage)]
    shown = group.lower() if (group, stage) in table and group != "All" else "all areas"
    mean = found.value
    parts = tuple(assumption(f"duration_{part}").value for part in ("low", "mode", "high"))
    low, mode, high = (rounded(mean * part) for part in parts)
    shape = f"triangular from {parts[0]:g} to {parts[2]:g} of it, mode {parts[1]:g} (assumed; keeps the mean)"
    what = "review in the United States, " if stage == "filing" else ""
    return Prior(
        Range(low, mode, high),
        "months",
        found.source,
        weakest((found.confidence, "derived")),
        found.n,
        f"Published {what}{shown}: {mean:g} months; {shape}.",
    )


@cache
def overlap(stage: str, area: str) -> Prior[float]:
    """Readout of a stage as a fraction of its length, at most 1.

    Published start-to-start time over published length, for the area where given, else for all areas.
    Stages without a published start-to-start time read out at their end.
    """
    if stage not in NEXT:
        note = "No start-to-start time is published for this stage; its readout is at its end."
        return Prior(1.0, "fraction", "our assumption", "assumed", None, note)
    table = facts("durations", "area", "measure")
    group = area_group(area, "trials")
    here = group if (group, NEXT[stage]) in table and (group, stage) in table else "All"
    gap, length = table[(here, NEXT[stage])], table[(here, stage)]
    value = min(round(gap.value / length.value, 4), 1.0)
    shown = here.lower() if here != "All" else "all areas"
    return Prior(
        value,
        "fraction",
        gap.source,
        weakest((gap.confidence, length.confidence)),
        gap.n,
        f"Published start to start, {shown}: {gap.value:g} of {length.value:g} months, so {value:g}.",
    )
