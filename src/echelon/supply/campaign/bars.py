"""Bars: what stands in the table and the Gantt chart, whatever the kind of instance."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One product in one lane in one period: `batches` of it in `days`; `started` begins a campaign."""

    site: str
    lane: str
    step: str
    product: str
    period: str
    batches: float
    days: float
    started: bool
