"""Listings: which uses are reimbursed where, which will be by when, and at what price."""

from typing import Any

import polars as pl

from echelon.report import world
from echelon.report.format import MISSING, NBSP, count, number, percent
from echelon.report.names import Names, capital, plan_years
from echelon.runs.access import approvals_held, listing_terms
from echelon.runs.run import Run

MOST_SHOWN = 8


def valued(run: Run) -> dict[str, float]:
    """Value after risk of each program."""
    return {name: value or 0.0 for name, value in run.programs().select("program", "rnpv").iter_rows()}


def to_come(run: Run) -> pl.DataFrame:
    """Program, territory, year, P(listed) with its error: of every listing to be negotiated that has a chance."""
    planned = listing_terms(run.company).filter(pl.col("listed").is_null()).select("program", "territory")
    chance = run.table("listings").join(planned, on=["program", "territory"], how="semi", maintain_order="left")
    ever = chance.filter(pl.col("p_listed") > 0).select("program", "territory").unique()
    return chance.join(ever, on=["program", "territory"], how="semi", maintain_order="left")


def shown(run: Run) -> list[str]:
    """Programs with a listing to come, the most valuable first."""
    value = valued(run)
    ids = to_come(run)["program"].unique().to_list()
    return sorted(ids, key=lambda name: (-value.get(name, 0.0), name))[:MOST_SHOWN]


def counts(run: Run) -> pl.DataFrame:
    """Asset and territory: uses approved, listed, listed as the only drug of their class, and still to be listed."""
    terms = listing_terms(run.company)
    grouped = terms.group_by("asset", "territory", maintain_order=True).agg(
        pl.col("listed").is_not_null().sum().cast(pl.Int64).alias("listed"),
        (pl.col("listed").is_not_null() & pl.col("exclusive")).sum().cast(pl.Int64).alias("exclusive"),
        pl.col("listed").is_null().sum().cast(pl.Int64).alias("planned"),
    )
    joined = grouped.join(
        approvals_held(run.company), on=["asset", "territory"], how="left", maintain_order="left"
    ).with_columns(pl.col("approved").fill_null(0).cast(pl.Int64))
    return joined.sort("listed", "approved", "planned", "asset", "territory", descending=[True] * 3 + [False] * 2)


def expected(run: Run, asset: str, territory: str, year: int) -> float:
    """Expected number of an asset's uses that have been listed in a territory by a year's end."""
    mine = listing_terms(run.company).filter((pl.col("asset") == asset) & (pl.col("territory") == territory))
    held = len(mine.filter(pl.col("listed").is_not_null()))
    added = to_come(run).filter(
        (pl.col("year") == year)
        & (pl.col("territory") == territory)
        & pl.col("program").is_in(mine["program"].to_list())
    )
    return float(held + added["p_listed"].sum())


def _chosen(run: Run) -> dict[str, Any]:
    # The lead asset where it is listed most, else the asset that is.
    table = counts(run)
    mine = table.filter(pl.col("asset") == world.lead(run))
    return (mine if not mine.is_empty() else table).row(0, named=True)


def answer(run: Run, known: Names) -> str:
    """What the lead asset has been listed for, and how much more is expected."""
    if listing_terms(run.company).is_empty():
        return "No program has a listing in the company’s tables, so reimbursement is not modelled."
    row, years = _chosen(run), plan_years(run)
    text = (
        f"In {known.territory(row['territory'])} {known.asset(row['asset'])} is approved for "
        f"{count(row['approved'], 'use')} and listed for {number(row['listed']) if row['listed'] else 'none'} of them"
    )
    if row["exclusive"]:
        text += f", for {row['exclusive']} as the only drug of its class"
    if not run.company.settings.couplings.listing:
        return f"{text}; in this run listings act by their average (the coupling `listing` is off), so none is counted."
    if not years:
        return f"{text}."
    more = expected(run, row["asset"], row["territory"], years[-1])
    return f"{text}; by the end of {years[-1]} it is expected to have been listed for {number(more, 1)}."


def summary(run: Run, known: Names) -> list[tuple[str, str, list[str]]]:
    """Asset, territory; uses approved, listed, exclusive, to be negotiated, and expected by the end of the plan."""
    years, act = plan_years(run), run.company.settings.couplings.listing
    found = []
    for row in counts(run).to_dicts():
        cells = [number(row[name]) for name in ("approved", "listed", "exclusive", "planned")]
        if years:
            cells.append(number(expected(run, row["asset"], row["territory"], years[-1]), 1) if act else MISSING)
        found.append((capital(known.asset(row["asset"])), known.territory(row["territory"]), cells))
    return found


def planned(run: Run, known: Names) -> list[tuple[str, list[str], list[str]]]:
    """Listings to be negotiated, most valuable programs first: program, (territory, cut, renewals), chances by year."""
    years, act, value = plan_years(run), run.company.settings.couplings.listing, valued(run)
    chance = {
        (p, t, y): share for p, t, y, share in to_come(run).select("program", "territory", "year", "p_listed").rows()
    }
    rows = listing_terms(run.company).filter(pl.col("listed").is_null()).to_dicts()
    rows.sort(key=lambda row: (-value.get(row["program"], 0.0), row["program"], row["territory"]))
    return [
        (
            known.program(row["program"]),
            [known.territory(row["territory"]), percent(row["cut"], 0), _renewals(row)],
            [percent(chance.get((row["program"], row["territory"], y), 0.0), 0) if act else MISSING for y in years],
        )
        for row in rows
    ]


def _renewals(row: dict[str, Any]) -> str:
    if not row["renewals"]:
        return "none"
    every = f"every {row['renewal_years']:g} years" if row["renewal_years"] != 1 else "every year"
    return f"{row['renewals']} × {percent(row['renewal_cut'], 0)}, {every}".replace(" ", NBSP)


def held(run: Run, known: Names) -> list[tuple[str, list[str]]]:
    """Listings held: program; territory, since when, exclusive, renewals, chance that approval is withdrawn."""
    years = plan_years(run)
    table = run.table("listings").filter(pl.col("year") == (years[-1] if years else 0))
    gone = {(p, t): share for p, t, share in table.select("program", "territory", "p_withdrawn").rows()}
    rows = listing_terms(run.company).filter(pl.col("listed").is_not_null()).to_dicts()
    value = valued(run)
    rows.sort(key=lambda row: (-value.get(row["program"], 0.0), row["program"], row["territory"]))
    found = []
    for row in rows:
        cells = [
            known.territory(row["territory"]),
            f"{row['listed']:%B %Y}",
            "yes" if row["exclusive"] else MISSING,
            _renewals(row),
        ]
        if years:
            cells.append(percent(gone.get((row["program"], row["territory"]), 0.0), 0))
        found.append((known.program(row["program"]), cells))
    return found


def section(run: Run, known: Names) -> dict[str, object]:
    """What the page's section shows."""
    chance = to_come(run)
    worst = chance["p_listed_se"].max() if not chance.is_empty() else None
    years = plan_years(run)
    any_listing = not listing_terms(run.company).is_empty()
    return {
        "any": any_listing,
        "years": years,
        "summary": summary(run, known),
        "planned": planned(run, known),
        "held": held(run, known),
        "error": number(100 * float(worst), 1) if worst is not None else "",  # type: ignore[arg-type]
    }
