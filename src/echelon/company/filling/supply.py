"""Fills inspections from published outcomes and delays, and what mock audits of inspected sites do and cost."""

from typing import Any

from echelon.company.company import Company
from echelon.company.filling.ledger import Ledger
from echelon.company.rows.supply import Inspection, Site
from echelon.priors import inspections


def fill_sites(company: Company, rate: float | None, ledger: Ledger) -> list[Site]:
    """Every site; those that are inspected with the effect and cost of a mock audit.

    Parameters
    ----------
    rate : money of the company for a dollar; None where it is not known, and blank costs then stay blank.
    """
    visited = {row.site for row in company.rows(Inspection)}
    rows: list[Site] = []
    for row in company.rows(Site):
        new: dict[str, Any] = {}
        if row.id in visited and row.audit_effect is None:
            new["audit_effect"] = ledger.number((Site.table, row.key, "audit_effect"), inspections.audit_effect())
        if row.id in visited and row.audit_cost is None and rate is not None:
            new["audit_cost"] = ledger.number((Site.table, row.key, "audit_cost"), inspections.audit_cost(rate))
        rows.append(row.model_copy(update=new) if new else row)
    return rows


def fill_inspections(company: Company, ledger: Ledger) -> list[Inspection]:
    """Every inspection, with the chance of each outcome and what it costs in time."""
    rows: list[Inspection] = []
    for row in company.rows(Inspection):
        new: dict[str, Any] = {}
        for name, other in (("oai", "vai"), ("vai", "oai")):
            if getattr(row, name) is None:
                prior = inspections.outcome_share(name, other, getattr(row, other))
                new[name] = ledger.number((Inspection.table, row.key, name), prior)
        if row.missed is None:
            new["missed"] = ledger.number((Inspection.table, row.key, "missed"), inspections.missed())
        for name, obstacle in (("oai_delay", ""), ("missed_delay", "not_done"), ("control_gap_delay", "")):
            if getattr(row, name) is None and (name != "control_gap_delay" or row.control_gap > 0):
                new[name] = ledger.spread((Inspection.table, row.key, name), inspections.delay(obstacle))
        rows.append(row.model_copy(update=new) if new else row)
    return rows
