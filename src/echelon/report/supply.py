"""Supply: how full every line is and when it holds up sales; what is made, kept in stock and written off by asset."""

import polars as pl

from echelon.report.format import MISSING, number, percent, percent_with_error
from echelon.report.names import Names
from echelon.runs.run import Run

YEARS = (1, 5, 10)
"""Years from as_of at which a line is looked at."""


def lines(run: Run, known: Names) -> list[tuple[str, list[str]]]:
    """Line, its median use after some years, and the chance that it has held up sales by then and ever."""
    use = run.fans().filter(pl.col("measure") == "utilisation")
    short = run.table("shortages")
    found = []
    for site, step in short.select("site", "step").unique(maintain_order=True).iter_rows():
        by = short.filter((pl.col("site") == site) & (pl.col("step") == step))
        mine = use.filter(pl.col("entity") == f"line/{site}/{step}")
        if site and float(mine["q95"].sum()) == 0.0:
            continue
        if not site and by["p_short_by"][-1] == 0.0:
            continue
        at = [min(4 * years, len(by)) - 1 for years in YEARS]
        full = [percent(mine["q50"][i], 0) if site else MISSING for i in at]
        chance = [percent_with_error(by["p_short_by"][i], by["p_short_by_se"][i]) for i in (*at[1:], len(by) - 1)]
        name = known.line(f"line/{site}/{step}") if site else "no site may supply"
        found.append((name, [*full, *chance]))
    return found


def stock(run: Run, known: Names) -> list[tuple[str, list[str]]]:
    """Asset, and by mean of futures: grams asked, served, in stock (of drug product and before), written off."""
    table = run.table("stocks")
    if table.is_empty():
        return []
    horizon = run.company.settings.company.horizon_years
    found = []
    for asset in table["asset"].unique(maintain_order=True):
        mine = table.filter(pl.col("asset") == asset)
        asked, served, expired = (float(mine[name].sum()) for name in ("asked", "served", "expired"))
        if asked <= 0.0:
            continue
        kept = float(mine["stock"].sum()) / mine["quarter"].n_unique()
        cells = [
            number(asked / horizon / 1000, 1),
            percent(served / asked, 1),
            number(kept / 1000, 1),
            number(12 * kept / (asked / horizon), 1),
            number(expired / horizon / 1000, 2),
        ]
        found.append((known.assets.get(asset, asset), cells))
    return found


def section(run: Run, known: Names) -> dict[str, object]:
    """What the page's section shows beside its chart."""
    return {"years": YEARS, "lines": lines(run, known), "stock": stock(run, known)}
