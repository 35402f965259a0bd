"""Access: what a company's tables say of visits to its sites and of listings, beside what its futures count."""

from typing import Any

import numpy as np
import polars as pl

from echelon.company.company import Company
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Filing, Listing, Scheme
from echelon.company.rows.science import Program
from echelon.company.rows.supply import Inspection
from echelon.futures.build.shapes import mean, shape
from echelon.futures.build.visits import at_readiness
from echelon.futures.rules.draws import quantile
from echelon.runs.reimbursement import terms

ODDS: dict[str, Any] = {
    "site": pl.String,
    "territory": pl.String,
    "readiness": pl.Float64,
    "oai": pl.Float64,
    "missed": pl.Float64,
    "control_gap": pl.Float64,
    "p_late": pl.Float64,
    "delay": pl.Float64,
}

TERMS: dict[str, Any] = {
    "program": pl.String,
    "asset": pl.String,
    "territory": pl.String,
    "scheme": pl.String,
    "listed": pl.Date,
    "exclusive": pl.Boolean,
    "cut": pl.Float64,
    "renewals": pl.Int64,
    "renewal_years": pl.Float64,
    "renewal_cut": pl.Float64,
}


def visit_odds(company: Company) -> pl.DataFrame:
    """One row per site and authority: odds of one visit at its readiness, and what it costs a filing that waits.

    Parameters
    ----------
    company : resolved, so that blank odds and delays are filled.

    Returns
    -------
    pl.DataFrame
        site, territory, readiness; oai, missed, control_gap: chances of each; p_late: chance that at least one of
        them comes, which are drawn apart; delay: expected delay in months, the sum of chance times mean delay.
    """
    rows = []
    for row in company.rows(Inspection):
        bad = at_readiness(row.oai or 0.0, row.readiness)
        ends = (
            (bad, row.oai_delay),
            (row.missed or 0.0, row.missed_delay),
            (row.control_gap, row.control_gap_delay),
        )
        rows.append(
            {
                "site": row.site,
                "territory": row.territory,
                "readiness": row.readiness,
                "oai": bad,
                "missed": row.missed or 0.0,
                "control_gap": row.control_gap,
                "p_late": 1.0 - float(np.prod([1.0 - chance for chance, _ in ends])),
                "delay": sum(chance * _months(value) for chance, value in ends),
            }
        )
    return pl.DataFrame(rows, ODDS)


def _months(value: Uncertain | None) -> float:
    return mean(shape(value)) if value else 0.0


def listing_terms(company: Company) -> pl.DataFrame:
    """One row per listing, held or to be negotiated, of a program that is filed or approved there.

    Parameters
    ----------
    company : resolved, so that every scheme has its cuts.

    Returns
    -------
    pl.DataFrame
        program, asset, territory, scheme; listed: the day, missing where it is to be negotiated; exclusive: whether
        the table says so; cut: median of the first cut asked; renewals that cut again, years between them, and the
        mean cut of one.
    """
    rows = []
    for row in company.rows(Listing):
        program, filing = company.get(Program, row.program), company.get(Filing, f"{row.program}/{row.territory}")
        scheme = company.get(Scheme, f"{row.scheme}/{row.territory}")
        if program is None or program.status != "active" or scheme is None:
            continue
        if filing is None or filing.status in ("refused", "withdrawn"):
            continue
        asked, _ = terms(company, row)
        rows.append(
            {
                "program": row.program,
                "asset": program.asset,
                "territory": row.territory,
                "scheme": row.scheme,
                "listed": row.listed if row.status == "listed" else None,
                "exclusive": bool(row.exclusive),
                "cut": quantile(np.array([asked], np.float64), 0, 0.5),
                "renewals": scheme.renewals,
                "renewal_years": scheme.renewal_years,
                "renewal_cut": _mean_cut(scheme.renewal_cut),
            }
        )
    return pl.DataFrame(rows, TERMS)


def _mean_cut(value: Uncertain | None) -> float:
    return mean(shape(value)) if value else 0.0


def approvals_held(company: Company) -> pl.DataFrame:
    """Asset, territory and how many of the asset's active programs are approved there."""
    known = {row.id: row.asset for row in company.rows(Program) if row.status == "active"}
    held = [
        (known[row.program], row.territory)
        for row in company.rows(Filing)
        if row.status == "approved" and row.program in known
    ]
    frame = pl.DataFrame(held, {"asset": pl.String, "territory": pl.String}, orient="row")
    return frame.group_by("asset", "territory", maintain_order=True).len("approved")
