"""Sides: what each party of a deal gets of its sales, year by year, adding up to the whole."""

import polars as pl

from echelon.company.company import Company
from echelon.company.rows.market import Deal
from echelon.runs.results import Results

PARTS = ("ours", "supply_cost", "licensee", "partner", "partner_costs")
"""Where the partner's sales go: to us, of that for product supplied, to a licensee above, to the partner, its costs."""


def sides(results: Results, company: Company) -> pl.DataFrame:
    """Mean yearly flows of every deal that runs, to both sides.

    Returns
    -------
    DataFrame
        One row per deal and calendar year: `sales` booked by the partner; `royalties`, `supply`, `profit_share`,
        `milestones` and `commission` as in a run's table of deals; `ours`: what the partner pays us, less a
        commission; `supply_cost`: what product supplied costs us out of that; `licensee`: what a licensee above a
        sub-licence keeps; `partner_costs`: the partner's own costs at the deal's share; `partner`: what is left to
        it. `ours` + `licensee` + `partner` + `partner_costs` is `sales`.
    """
    known = {row.id: row for row in company.rows(Deal)}
    costs = {ident: known[ident].partner_cost or 0.0 for ident in results.labels.deals}
    frame = results.deals().rename({"partner_sales": "sales"})
    paid = pl.col("royalties") + pl.col("supply") + pl.col("profit_share") + pl.col("milestones") - pl.col("commission")
    # Not `replace_strict`: without any deal it has nothing to tell the type of the costs by.
    cost = pl.Series("cost", [costs[ident] for ident in frame["deal"]], pl.Float64)
    return frame.with_columns(
        (paid - pl.col("kept")).alias("ours"),
        pl.col("kept").alias("licensee"),
        (pl.col("sales") * cost).alias("partner_costs"),
        (pl.col("sales") * (1.0 - cost) - paid).alias("partner"),
    ).select(
        "deal", "year", "sales", "royalties", "supply", "profit_share", "milestones", "commission",
        "ours", "supply_cost", "licensee", "partner", "partner_costs",
    )  # fmt: skip
