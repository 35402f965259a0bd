"""Results: a run's sums and measures as data frames, each figure with its standard error."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from echelon.futures.arrays import F8
from echelon.futures.build.build import Labels
from echelon.futures.rules import numbers as n

QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)


def bin_values() -> F8:
    """Value that stands for each bin of a fan: the middle of the bin."""
    cells = np.arange(n.HALF_BINS)
    fraction = (cells & ((1 << n.SUB_BITS) - 1)) / (1 << n.SUB_BITS)
    exponent = (cells >> n.SUB_BITS) + n.LOWEST_EXPONENT
    size = np.ldexp(1.0 + fraction + 0.5 / (1 << n.SUB_BITS), exponent)
    return np.concatenate([-size[::-1], [0.0], size])


def quantiles(counts: np.ndarray, values: F8, probabilities: tuple[float, ...] = QUANTILES) -> F8:
    """Quantiles of histograms along their last axis, f8[..., probability]; nan where nothing was counted."""
    running = counts.cumsum(axis=-1)
    total = running[..., -1:]
    found = np.empty((*counts.shape[:-1], len(probabilities)))
    for i, probability in enumerate(probabilities):
        target = np.maximum(np.ceil(probability * total), 1)
        found[..., i] = values[np.minimum((running < target).sum(axis=-1), len(values) - 1)]
    found[np.broadcast_to(total == 0, found.shape)] = np.nan
    return found


def measures_table(measures: F8) -> pl.DataFrame:
    """One row per measure: mean with standard error, spread, quantiles, tails and how often it happened at all.

    Measures that are times of an event (first launch, first shortage, first quarter under the floor) are missing in
    futures where it never happens; `happens` is the share where it does, with its own standard error.
    """
    rows = []
    for i, (name, unit) in enumerate(n.MEASURES):
        values = measures[:, i]
        known = values[np.isfinite(values)]
        count = len(known)
        share = count / len(values) if len(values) else math.nan
        spread = float(known.std(ddof=1)) if count > 1 else math.nan
        row: dict[str, object] = {
            "measure": name,
            "unit": unit,
            "mean": float(known.mean()) if count else None,
            "se": spread / math.sqrt(count) if count > 1 else None,
            "sd": spread if count > 1 else None,
        }
        found = np.quantile(known, QUANTILES) if count else [None] * len(QUANTILES)
        row |= {quantile_name(p): _number(value) for p, value in zip(QUANTILES, found, strict=True)}
        row["cvar_5"] = worst_mean(known, 0.05) if count else None
        row["below_nought"] = float((known < 0).mean()) if count else None
        row["happens"] = share
        row["happens_se"] = math.sqrt(share * (1 - share) / len(values)) if len(values) else None
        rows.append(row)
    return pl.DataFrame(rows, infer_schema_length=None)


def quantile_name(probability: float) -> str:
    """Name of a quantile's column, such as q05."""
    return f"q{round(probability * 100):02d}"


def _number(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]


def worst_mean(values: F8, share: float) -> float:
    """Mean of the worst `share` of values (CVaR, also called expected shortfall), counting a part of the last one."""
    ordered = np.sort(values)
    need = share * len(ordered)
    whole = int(need)
    total = ordered[:whole].sum()
    if whole < len(ordered):
        total += (need - whole) * ordered[whole]
    return float(total / need)


@dataclass(frozen=True)
class Results:
    """What a run has added up.

    labels : names of all axes. futures : how many. measures : f8[future, measure]. sums, counts : as in `state.Tally`.
    """

    labels: Labels
    futures: int
    measures: F8
    sums: Mapping[str, F8]
    counts: Mapping[str, np.ndarray]

    def fans(self) -> pl.DataFrame:
        """One row per entity, measure and quarter: mean and quantiles (within 1/128 of the sampled ones)."""
        values = bin_values()
        frames = [
            self._fan(
                "company", name, self.counts["ledger_bins"][i], self.sums["ledger_sums"][i] / self.futures, values
            )
            for i, name in enumerate(n.LINE_NAMES)
        ]
        watched = [
            (f"line/{site}/{step}", name) for site, step in self.labels.lines for name in ("utilisation", "lost_sales")
        ] + [(f"asset/{asset}", "stock") for asset in self.labels.supplied]
        for i, (entity, name) in enumerate(watched):
            counts = self.counts["supply_bins"][i]
            frames.append(self._fan(entity, name, counts, counts @ values / self.futures, values))
        return pl.concat(frames)

    def _fan(self, entity: str, measure: str, counts: np.ndarray, mean: F8, values: F8) -> pl.DataFrame:
        found = quantiles(counts, values)
        columns: dict[str, object] = {
            "entity": [entity] * len(mean),
            "measure": [measure] * len(mean),
            "quarter": self.labels.quarters,
            "mean": mean,
        }
        columns |= {quantile_name(p): found[:, i] for i, p in enumerate(QUANTILES)}
        return pl.DataFrame(columns)

    def stages(self) -> pl.DataFrame:
        """One row per program and stage ahead: how often reached and passed, expected cost in all and discounted."""
        reached, passed = self.counts["reached"], self.counts["passed"]
        rate = np.divide(passed, reached, out=np.full(len(reached), np.nan), where=reached > 0)
        frame = pl.DataFrame(
            {
                "program": [report for report, _ in self.labels.stages],
                "stage": [stage for _, stage in self.labels.stages],
                "reached": reached / self.futures,
                "passed_given_reached": rate,
                "se": np.sqrt(rate * (1 - rate) / np.maximum(reached, 1)),
                "cost": self.sums["stage_sums"][:, 0] / self.futures,
                "cost_pv": self.sums["stage_sums"][:, 1] / self.futures,
            }
        )
        return frame.with_columns(pl.col("passed_given_reached", "se").fill_nan(None))

    def programs(self) -> pl.DataFrame:
        """One row per program (discovery summed by platform): PoS, launch, peak sales, value, productivity."""
        frame = self.reports()
        slots = frame.filter(pl.col("kind") == "slot")
        if slots.is_empty():
            return frame
        total = ["rnpv", "cost", "cost_pv", "variance_share", "p_launch", "peak_sales"]
        grouped = slots.group_by("group", maintain_order=True).agg(
            *[pl.col(name).sum() for name in total],
            pl.col("rnpv_se").pow(2).sum().sqrt(),
            pl.len().alias("candidates"),
        )
        grouped = grouped.with_columns(
            pl.col("group").alias("program"),
            pl.lit("discovery").alias("kind"),
            pl.col("p_launch").alias("launches"),
            pl.lit(None, pl.Float64).alias("p_launch"),
            pl.lit(None, pl.Float64).alias("peak_sales"),
            (pl.col("rnpv") / pl.col("cost_pv")).alias("productivity"),
        )
        return pl.concat([frame.filter(pl.col("kind") != "slot"), grouped], how="diagonal")

    def reports(self) -> pl.DataFrame:
        """One row per program and per discovery candidate."""
        sums, count = self.sums["program_sums"], self.futures
        npv, cost = sums[:, n.NPV] / count, sums[:, n.COST] / count
        peak, total = sums[:, n.PEAK] / count, self.measures[:, n.ENPV].mean()
        variance = np.maximum(sums[:, n.NPV_SQUARE] / count - npv**2, 0.0)
        company_variance = self.measures[:, n.ENPV].var()
        covariance = sums[:, n.NPV_TOTAL] / count - npv * total
        launches = self.counts["launches"]
        new = launches[:, :-1].sum(axis=1)
        held = count - launches.sum(axis=1) > 0
        p_launch = np.where(held, 1.0, new / count)
        middle = (np.arange(launches.shape[1] - 1) + 0.5) * 0.25
        when = quantiles(launches[:, :-1], middle, (0.1, 0.5, 0.9))
        technical, regulatory = self._pos()
        launch_discount = sums[:, n.LAUNCH_DISCOUNT] / count
        cost_pv = sums[:, n.COST_PV] / count
        frame = pl.DataFrame(
            {
                "program": self.labels.reports,
                "asset": self.labels.report_assets,
                "group": self.labels.report_groups,
                "kind": self.labels.report_kind,
                "marketed": held,
                "technical_pos": technical,
                "regulatory_pos": regulatory,
                "p_launch": p_launch,
                "p_launch_se": np.sqrt(p_launch * (1 - p_launch) / count),
                "launch_q10": when[:, 0],
                "launch_q50": when[:, 1],
                "launch_q90": when[:, 2],
                "peak_sales": peak,
                "peak_sales_se": _se(sums[:, n.PEAK_SQUARE], peak, count),
                "peak_sales_if_launched": _ratio(peak, p_launch),
                "rnpv": npv,
                "rnpv_se": np.sqrt(variance / count),
                "rnpv_sd": np.sqrt(variance),
                "cost": cost,
                "cost_se": _se(sums[:, n.COST_SQUARE], cost, count),
                "cost_pv": cost_pv,
                "cost_per_launch": _ratio(cost, new / count),
                "capitalised_cost_per_launch": _ratio(cost_pv, launch_discount),
                "productivity": _ratio(npv, cost_pv),
                "variance_share": covariance / company_variance if company_variance > 0 else covariance * np.nan,
            }
        )
        return frame.fill_nan(None)

    def _pos(self) -> tuple[F8, F8]:
        # Technical: all stages before filing; regulatory: filing. From the start of the first stage ahead.
        place = {report: r for r, report in enumerate(self.labels.reports)}
        technical = np.full(len(place), np.nan)
        regulatory = np.full(len(place), np.nan)
        reached, passed = self.counts["reached"], self.counts["passed"]
        last: dict[str, int] = {}
        for s, (report, _) in enumerate(self.labels.stages):
            last[report] = s
        for s, (report, stage) in enumerate(self.labels.stages):
            r = place[report]
            if stage == "discovery" or reached[s] == 0:
                continue
            rate = passed[s] / reached[s]
            if last[report] == s:
                regulatory[r] = rate
            else:
                technical[r] = rate if np.isnan(technical[r]) else technical[r] * rate
        return technical, regulatory

    def launches(self) -> pl.DataFrame:
        """One row per calendar year: new programs and assets launched, and P(at least one launch by then)."""
        values = np.arange(n.COUNT_BINS)
        first = self.measures[:, n.FIRST_LAUNCH]
        rows: dict[str, object] = {"year": self.labels.years}
        for i, kind in enumerate(("programs", "assets")):
            counts = self.counts["year_launches"][i]
            seen = counts.sum(axis=1)
            mean = np.divide(counts @ values, seen, out=np.full(len(seen), np.nan), where=seen > 0)
            spread = np.divide(counts @ values**2, seen, out=np.full(len(seen), np.nan), where=seen > 0) - mean**2
            found = quantiles(counts, values.astype(float), (0.1, 0.5, 0.9))
            rows |= {
                kind: mean,
                f"{kind}_se": np.sqrt(np.maximum(spread, 0) / np.maximum(seen, 1)),
                f"{kind}_q10": found[:, 0],
                f"{kind}_q50": found[:, 1],
                f"{kind}_q90": found[:, 2],
                f"p_no_{kind}": np.divide(counts[:, 0], seen, out=np.full(len(seen), np.nan), where=seen > 0),
            }
        quarter_year = np.array([int(label[:4]) for label in self.labels.quarters])
        edges = [(np.flatnonzero(quarter_year <= year).max() + 1) * 0.25 for year in self.labels.years]
        known = first[np.isfinite(first)]
        by = np.array([(known < edge).sum() / self.futures for edge in edges])
        rows |= {"p_any_launch_by": by, "p_any_launch_by_se": np.sqrt(by * (1 - by) / self.futures)}
        frame = pl.DataFrame(rows).fill_nan(None)
        return frame.filter(pl.col("programs").is_not_null())

    def launch_counts(self) -> F8:
        """Distribution of the number of programs launched within the horizon, f8[count]."""
        counts = self.measures[:, n.PROGRAMS_LAUNCHED].astype(int)
        return np.bincount(counts) / self.futures

    def echelons(self) -> pl.DataFrame:
        """One row per calendar year and echelon: assets at year end, and the probability that it is filled."""
        values = np.arange(n.COUNT_BINS)
        frames = []
        for level, name in enumerate(("reserve", "clinic", "marketed")):
            counts = self.counts["echelons"][level]
            seen = counts.sum(axis=1)
            keep = seen > 0
            found = quantiles(counts[keep], values.astype(float), (0.1, 0.5, 0.9))
            filled = self.counts["filled"][level][keep] / seen[keep]
            frames.append(
                pl.DataFrame(
                    {
                        "echelon": [name] * int(keep.sum()),
                        "year": np.array(self.labels.years)[keep],
                        "assets": counts[keep] @ values / seen[keep],
                        "q10": found[:, 0],
                        "q50": found[:, 1],
                        "q90": found[:, 2],
                        "p_filled": filled,
                        "p_filled_se": np.sqrt(filled * (1 - filled) / seen[keep]),
                    }
                )
            )
        seen = self.counts["echelons"][0].sum(axis=1)
        keep = seen > 0
        filled = self.counts["filled"][3][keep] / seen[keep]
        frames.append(
            pl.DataFrame(
                {
                    "echelon": ["all three"] * int(keep.sum()),
                    "year": np.array(self.labels.years)[keep],
                    "p_filled": filled,
                    "p_filled_se": np.sqrt(filled * (1 - filled) / seen[keep]),
                }
            )
        )
        return pl.concat(frames, how="diagonal")

    def approvals(self) -> pl.DataFrame:
        """One row per program, territory and calendar year: probability that approval is held at its end."""
        by = self.counts["approvals"].cumsum(axis=1) / self.futures
        rows = [
            {
                "program": program,
                "territory": territory,
                "held": held,
                "year": year,
                "p_approved": 1.0 if held else by[f, y],
            }
            for f, (program, territory, held) in enumerate(self.labels.pairs)
            if self.labels.leads[f]
            for y, year in enumerate(self.labels.years)
        ]
        return pl.DataFrame(rows).with_columns(
            (pl.col("p_approved") * (1 - pl.col("p_approved")) / self.futures).sqrt().alias("se")
        )

    def listings(self) -> pl.DataFrame:
        """One row per program, territory and calendar year with a new listing or a withdrawal in any future.

        Probabilities that the first listing has come, and that the approval has been withdrawn, by the year's end.
        """
        listed = self.counts["listed"].cumsum(axis=1) / self.futures
        gone = self.counts["withdrawals"].cumsum(axis=1) / self.futures
        rows = [
            {
                "program": program,
                "territory": territory,
                "year": year,
                "p_listed": listed[f, y],
                "p_listed_se": math.sqrt(listed[f, y] * (1 - listed[f, y]) / self.futures),
                "p_withdrawn": gone[f, y],
                "p_withdrawn_se": math.sqrt(gone[f, y] * (1 - gone[f, y]) / self.futures),
            }
            for f, (program, territory, _) in enumerate(self.labels.pairs)
            if listed[f, -1] > 0 or gone[f, -1] > 0
            for y, year in enumerate(self.labels.years)
        ]
        names = ("p_listed", "p_listed_se", "p_withdrawn", "p_withdrawn_se")
        schema: dict[str, Any] = {"program": pl.String, "territory": pl.String, "year": pl.Int64}
        return pl.DataFrame(rows, schema=schema | dict.fromkeys(names, pl.Float64))

    def inspections(self) -> pl.DataFrame:
        """One row per site and authority: visits that filings waited for, a future, and how they ended."""
        counts = self.counts["visits"]
        visits = counts[:, :3].sum(axis=1)
        columns: dict[str, Any] = {
            "site": [site for site, _ in self.labels.visits],
            "territory": [territory for _, territory in self.labels.visits],
            "visits": visits / self.futures,
        }
        for i, name in enumerate(n.VISIT_OUTCOMES):
            share = np.divide(counts[:, i], visits, out=np.full(len(visits), np.nan), where=visits > 0)
            columns[name] = share
            columns[f"{name}_se"] = np.sqrt(share * (1 - share) / np.maximum(visits, 1))
        return pl.DataFrame(columns).fill_nan(None)

    def deals(self) -> pl.DataFrame:
        """One row per deal and calendar year: mean flows, see `futures.rules.numbers.DEAL_FLOWS`."""
        years = np.array([int(label[:4]) for label in self.labels.quarters])
        known = np.unique(years)
        mean = self.sums["deal_sums"] / self.futures
        columns: dict[str, Any] = {
            "deal": np.repeat(np.array(self.labels.deals, dtype=str), len(known)),
            "year": np.tile(known, len(self.labels.deals)),
        }
        for i, (name, _) in enumerate(n.DEAL_FLOWS):
            columns[name] = [mean[d, i][years == year].sum() for d in range(len(self.labels.deals)) for year in known]
        return pl.DataFrame(columns)

    def asset_sales(self) -> pl.DataFrame:
        """One row per asset and quarter: mean in-market sales, partners' included."""
        mean = self.sums["asset_sales"] / self.futures
        return pl.DataFrame(
            {
                "asset": np.repeat(np.array(self.labels.assets), mean.shape[1]),
                "quarter": list(self.labels.quarters) * mean.shape[0],
                "sales": mean.ravel(),
            }
        )

    def yearly(self) -> pl.DataFrame:
        """One row per calendar year: mean of every line of the ledger (cash: at the year's end)."""
        years = np.array([int(label[:4]) for label in self.labels.quarters])
        mean = self.sums["ledger_sums"] / self.futures
        columns: dict[str, object] = {"year": np.unique(years)}
        for i, name in enumerate(n.LINE_NAMES):
            if name == "cash":
                columns[name] = [mean[i][years == year][-1] for year in np.unique(years)]
            else:
                columns[name] = [mean[i][years == year].sum() for year in np.unique(years)]
        return pl.DataFrame(columns)


def _ratio(top: F8, bottom: F8) -> F8:
    found: F8 = np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)
    return found


def _se(squares: F8, mean: F8, count: int) -> F8:
    return np.asarray(np.sqrt(np.maximum(squares / count - mean**2, 0.0) / count))
