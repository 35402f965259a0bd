"""The loop: whether sales pay for the research that makes the next sales, and what money from outside it takes."""

import polars as pl

from echelon.report.format import money, percent_with_error
from echelon.report.names import Names, whole_years
from echelon.runs.run import Run

BROUGHT = ("sales", "royalties", "milestones", "reimbursed")
"""Lines of the ledger that products and partners bring."""
DIRECT = ("cogs", "selling", "partner_share")
"""What selling them takes."""
GROWN = {
    "Research": ("research",),
    "Discovery": ("discovery",),
    "Building": ("capital",),
    "Overhead and tax": ("overhead", "tax"),
}
"""What the money is spent on."""


def flows(run: Run) -> pl.DataFrame:
    """One row per whole calendar year: mean money that products leave over, and what is spent of it."""
    table = run.table("yearly").filter(pl.col("year").is_in(whole_years(run)))
    left = pl.sum_horizontal(*BROUGHT) - pl.sum_horizontal(*DIRECT)
    return table.select("year", left.alias("left"), *(pl.sum_horizontal(*of).alias(name) for name, of in GROWN.items()))


def answer(run: Run, known: Names) -> str:
    """Whether the company sustains itself, and what money it needs from outside."""
    breaks, outside, currency = run.measure("loop_breaks"), run.measure("external_money"), run.info["currency"]
    table = flows(run)
    spent = pl.sum_horizontal(*GROWN)
    paying = table.filter(pl.col("left") >= spent)["year"].to_list()
    failing = table.filter(pl.col("left") < spent)["year"].max()
    first = next((year for year in paying if failing is None or year > failing), None)
    pays = (
        f"On average, from {first} on, products leave over what research, building and overhead take"
        if first
        else "On average, products do not leave over what research, building and overhead take in every later year"
    )
    kept = 1.0 - breaks["happens"]
    holds = (
        "; the loop holds to the horizon, every echelon filled at each year’s end and cash never under its floor, in "
        f"{percent_with_error(kept, breaks['happens_se'])} of futures"
    )
    if breaks["happens"] > 0:
        holds += f", and breaks first in {known.quarter_at(breaks['q50'] - 0.25)} (median of those in which it breaks)"
    need = (
        f". Money from outside that would keep cash at its floor: {money(outside['q50'], currency)} in the median "
        f"future, {money(outside['q95'], currency)} or more in one of twenty."
    )
    return pays + holds + need
