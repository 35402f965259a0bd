"""Reshape: a run's tables sorted, summed and joined for a chart or a table; no result is computed here."""

import math
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from echelon.company.rows.science import Asset, Program, Stage
from echelon.report.names import Names, capital, word
from echelon.runs.run import Run

KINDS = ("reserve", "clinic", "filing", "marketed")
BINS = 48


@dataclass(frozen=True)
class Placed:
    """An asset at its most advanced stage."""

    asset: str
    name: str
    area: str
    modality: str
    stage: str
    kind: str
    order: int
    programs: int


def pipeline(run: Run) -> list[Placed]:
    """Every active asset at the most advanced stage of its active programs, marketed last."""
    company = run.company
    order = {(row.program, row.stage): (row.order or 0, row.kind or "clinic") for row in company.rows(Stage)}
    best: dict[str, Placed] = {}
    for program in company.rows(Program):
        asset = company.get(Asset, program.asset)
        if program.status != "active" or asset is None or asset.status != "active":
            continue
        marketed = program.stage == "marketed"
        place, kind = (10_000, "marketed") if marketed else order.get((program.id, program.stage), (0, "clinic"))
        before = best.get(asset.id)
        count = before.programs + 1 if before else 1
        if before and (KINDS.index(before.kind), before.order) >= (KINDS.index(kind), place):
            best[asset.id] = replace(before, programs=count)
            continue
        name = asset.name or asset.id
        best[asset.id] = Placed(asset.id, name, asset.area, asset.modality, program.stage, kind, place, count)
    return list(best.values())


def stages_of(placed: list[Placed]) -> list[str]:
    """Stages in which assets stand, in order: reserve, clinic, filing, marketed."""
    first: dict[str, tuple[int, int]] = {}
    for one in placed:
        place = (KINDS.index(one.kind), one.order)
        first[one.stage] = min(first.get(one.stage, place), place)
    return sorted(first, key=lambda stage: (first[stage], stage))


def histogram(values: np.ndarray, bins: int = BINS) -> tuple[np.ndarray, np.ndarray]:
    """Edges of even bins over all values, and the share of values in each."""
    low, high = float(values.min()), float(values.max())
    if high - low < 1e-9 * max(abs(low), 1.0):
        low, high = low - max(abs(low) * 0.05, 0.5), high + max(abs(high) * 0.05, 0.5)
    step = nice_step((high - low) / bins)
    first, last = math.floor(low / step), math.floor(high / step) + 1
    edges = np.arange(first, last + 1) * step
    counts, _ = np.histogram(values, edges)
    return edges, counts / len(values)


def nice_step(rough: float) -> float:
    """The smallest of 1, 2, 2.5 or 5 times a power of ten that is not under `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1.0, 2.0, 2.5, 5.0, 10.0) if step * power >= rough * (1 - 1e-9))


def largest_of(frame: pl.DataFrame, *names: str) -> float:
    """The largest size of any value in some columns; 0 when there is none."""
    sizes = frame.select(pl.max_horizontal(*(pl.col(name).abs().max() for name in names))).item()
    return float(sizes or 0.0)


def with_years(fan: pl.DataFrame) -> pl.DataFrame:
    """A fan with the middle of each quarter as a number of years: 2026Q1 is 2026.125."""
    year = pl.col("quarter").str.slice(0, 4).cast(pl.Float64)
    part = pl.col("quarter").str.slice(5, 1).cast(pl.Float64)
    return fan.with_columns((year + (part - 0.5) * 0.25).alias("time"))


def expected_approvals(run: Run) -> pl.DataFrame:
    """Expected number of programs approved by territory and year end: the sum of their probabilities."""
    table = run.table("approvals")
    return (
        table.group_by("territory", "year")
        .agg(
            pl.col("p_approved").sum().alias("programs"),
            pl.col("held").sum().alias("held"),
        )
        .sort("territory", "year")
    )


def territories_by_weight(frame: pl.DataFrame) -> list[str]:
    """Territories, most programs expected at the end first."""
    last = frame.filter(pl.col("year") == pl.col("year").max()).sort("programs", "territory", descending=[True, False])
    return last["territory"].to_list()


def under_floor(run: Run) -> pl.DataFrame:
    """Share of futures in which cash has been under the floor by the end of each quarter."""
    quarters = run.fans()["quarter"].unique(maintain_order=True).to_list()
    first = run.futures()["first_under_floor"].drop_nulls().to_numpy()
    total = len(run.futures())
    ends = (np.arange(len(quarters)) + 1) * 0.25
    share = (first[None, :] <= ends[:, None] + 1e-9).sum(axis=1) / total if total else np.zeros(len(quarters))
    return with_years(pl.DataFrame({"quarter": quarters, "share": share}))


def top_and_rest(frame: pl.DataFrame, names: Names, most: int) -> pl.DataFrame:
    """The largest entries of table `attribution` by name; all others in one row."""
    named = frame.with_columns(
        pl.col("name").map_elements(lambda ident: capital(names.asset(ident)), pl.String).alias("label")
    )
    ranked = named.sort(pl.col("variance_share").abs(), "name", descending=[True, False])
    if len(ranked) <= most + 1:
        return ranked.select("label", "variance_share", "value")
    rest = ranked.slice(most)
    other = pl.DataFrame(
        {
            "label": [f"All {len(rest)} others"],
            "variance_share": [rest["variance_share"].sum()],
            "value": [rest["value"].sum()],
        }
    )
    return pl.concat([ranked.head(most).select("label", "variance_share", "value"), other])


def case_label(case: str, names: Names) -> str:
    """A case of table `platform` in words."""
    if case.startswith("lead drug ("):
        return f"Lead drug alone: {names.asset(case.removeprefix('lead drug (').removesuffix(')'))}"
    known = {
        "pipeline, independent": "Pipeline, drugs independent",
        "pipeline, coupled": "Pipeline, drugs linked as in the model",
        "company": "Whole company",
    }
    return known.get(case, capital(case))


def stage_label(stage: str) -> str:
    """A stage as a column heading."""
    return {"ind": "IND"}.get(stage, capital(word(stage)))
