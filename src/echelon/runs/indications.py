"""Indications: candidate indications of an asset ranked by risk-adjusted value, and what a year's wait costs each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import polars as pl

from echelon.company.company import Company
from echelon.company.rows.market import Indication
from echelon.company.rows.science import Asset, Program
from echelon.runs.gaps import Gap
from echelon.runs.markets import Place, Seen, look, place
from echelon.runs.paired import Lived, Pairing, Progress
from echelon.runs.reasons import Candidate, reasons
from echelon.runs.run import RunError
from echelon.runs.simulate import Order
from echelon.runs.waiting import later

DAYS = 365.25

ROWS: dict[str, Any] = {
    "asset": pl.String,
    "rank": pl.Int64,
    "program": pl.String,
    "indication": pl.String,
    "name": pl.String,
    "territory": pl.String,
    "rnpv": pl.Float64,
    "rnpv_se": pl.Float64,
    "p_launch": pl.Float64,
    "p_launch_se": pl.Float64,
    "launch": pl.Float64,
    "launch_day": pl.String,
    "patients": pl.Float64,
    "price": pl.Float64,
    "months": pl.Float64,
    "rivals_now": pl.Int64,
    "rivals": pl.Float64,
    "share": pl.Float64,
    "cost": pl.Float64,
    "cost_pv": pl.Float64,
    "productivity": pl.Float64,
    "wait": pl.Float64,
    "wait_se": pl.Float64,
    "first": pl.Int64,
    "why": pl.String,
}

MARKETS: dict[str, Any] = {
    "program": pl.String,
    "territory": pl.String,
    "patients": pl.Float64,
    "price": pl.Float64,
    "months": pl.Float64,
    "rivals_now": pl.Int64,
    "rivals": pl.Float64,
    "own": pl.Int64,
    "share": pl.Float64,
    "peak_sales": pl.Float64,
}


@dataclass(frozen=True)
class Indications:
    """What the candidate indications of assets are worth, and what a wait costs.

    info : as of a run. rows : one per program, by asset and rank; market figures are those of its `territory`, the
    one where most is expected to be sold. markets : one per program and territory with patients. years : the wait.
    asked : the asset asked for, blank for all.
    """

    info: dict[str, Any]
    rows: pl.DataFrame
    markets: pl.DataFrame
    years: float
    asked: str = ""

    def of(self, asset: str) -> pl.DataFrame:
        """Rows of one asset, by rank."""
        return self.rows.filter(pl.col("asset") == asset).sort("rank")

    @property
    def assets(self) -> list[str]:
        """Assets that are ranked."""
        return self.rows["asset"].unique(maintain_order=True).to_list()


def indications(
    order: Order, asset: str = "", years: float = 1.0, threads: int | None = None, progress: Progress | None = None
) -> Indications:
    """Rank the programs of an asset that are still to be launched.

    Parameters
    ----------
    order : company, scenario, plan, seed and number of futures.
    asset : one asset; blank for every asset with two or more such programs.
    years : how long each program waits in turn.
    threads, progress : as in `simulate`.

    Raises
    ------
    RunError
        If there is no such asset, or nothing to rank.
    """
    pairing = Pairing(order, threads, progress)
    programs = candidates(pairing.company, asset)
    pairing.expect(1 + len(programs))
    base = pairing.base()
    waits = {row.id: base.less(pairing.changed(later(pairing.built, row.id, years))) for row in programs}
    seen = look(pairing.built, order.futures)
    found = _Ranking(pairing.company, base, seen)
    rows: list[dict[str, Any]] = []
    for one in dict.fromkeys(row.asset for row in programs):
        rows += found.of([row for row in programs if row.asset == one], waits)
    markets = [line for row in programs for line in found.markets(row)]
    return Indications(pairing.info, pl.DataFrame(rows, ROWS), pl.DataFrame(markets, MARKETS), years, asset)


def candidates(company: Company, asset: str = "") -> list[Program]:
    """Programs still to be launched: of one asset, or of every asset with two or more."""
    known = {row.id: row for row in company.rows(Asset)}
    if asset and asset not in known:
        msg = f"there is no asset `{asset}`; the company has: {', '.join(sorted(known))}"
        raise RunError(msg)
    ahead = [
        row
        for row in company.rows(Program)
        if row.status == "active" and row.stage != "marketed" and known[row.asset].status == "active"
    ]
    counts = {one: sum(row.asset == one for row in ahead) for one in known}
    found = [row for row in ahead if (row.asset == asset if asset else counts[row.asset] >= 2)]
    if not found:
        what = f"asset `{asset}` has no program" if asset else "no asset has two programs"
        msg = f"{what} still to be launched, so there is nothing to rank"
        raise RunError(msg)
    return found


class _Ranking:
    # Turns one life of the futures into rows.
    def __init__(self, company: Company, base: Lived, seen: Seen) -> None:
        self._company, self._seen = company, seen
        self._built = base.built
        self._reports = {row["program"]: row for row in base.results.reports().to_dicts()}
        self._names = {row.id: row.name or row.id for row in company.rows(Indication)}

    def of(self, programs: list[Program], waits: dict[str, Gap]) -> list[dict[str, Any]]:
        """Rows of one asset's programs, best first."""
        rows = [self._row(program, waits[program.id]) for program in programs]
        rows.sort(key=lambda row: (-row["rnpv"], row["program"]))
        by_wait = sorted(rows, key=lambda row: (-row["wait"], row["program"]))
        words = reasons([_candidate(row) for row in rows], self._company.settings.company.currency)
        for rank, (row, why) in enumerate(zip(rows, words, strict=True), start=1):
            row |= {"rank": rank, "first": 1 + by_wait.index(row), "why": why}
        return rows

    def _row(self, program: Program, wait: Gap) -> dict[str, Any]:
        told = self._reports[program.id]
        launch = told["launch_q50"]
        as_of = self._company.settings.company.as_of
        row: dict[str, Any] = {name: told.get(name) for name in ROWS}
        f, market = self._main(program.id, launch)
        row |= {
            "indication": program.indication,
            "name": program.name or self._names.get(program.indication, program.id),
            "launch": launch,
            "launch_day": None if launch is None else (as_of + timedelta(days=launch * DAYS)).isoformat(),
            "wait": wait.mean,
            "wait_se": wait.se,
        }
        if f is not None:
            row["territory"] = self._built.labels.pairs[f][1]
        return row | (self._market(f, market) if f is not None and market is not None else {})

    def _pairs(self, program: str) -> list[int]:
        labels = self._built.labels
        return [f for f, (name, _, _) in enumerate(labels.pairs) if name == program and labels.leads[f]]

    def _main(self, program: str, launch: float | None) -> tuple[int | None, Place | None]:
        # The pair with most sales expected, and its market at the median launch.
        pairs = self._pairs(program)
        if not pairs:
            return None, None
        f = max(pairs, key=lambda pair: (self._seen.peak([pair]), -pair))
        return f, place(self._company, self._built, f, launch or 0.0)

    def _market(self, f: int, market: Place) -> dict[str, Any]:
        share = float(self._seen.share[f])
        return {
            "patients": market.patients,
            "price": market.price,
            "months": market.months,
            "rivals_now": market.rivals_now,
            "rivals": market.rivals,
            "share": share if np.isfinite(share) else None,
        }

    def markets(self, program: Program) -> Iterable[dict[str, Any]]:
        """Rows of a program's markets with patients."""
        launch = self._reports[program.id]["launch_q50"] or 0.0
        for f in self._pairs(program.id):
            market = place(self._company, self._built, f, launch)
            if market is not None:
                own = {"own": market.own, "peak_sales": self._seen.peak([f])}
                where = self._built.labels.pairs[f][1]
                yield {"program": program.id, "territory": where} | self._market(f, market) | own


def _candidate(row: dict[str, Any]) -> Candidate:
    worth = None if row["price"] is None else row["price"] * row["months"]
    return Candidate(
        row["patients"], worth, row["share"], row["rivals"], row["p_launch"], row["cost_pv"], row["launch"], row["rnpv"]
    )
