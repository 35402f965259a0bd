"""A run: one company, plan, scenario, seed and number of futures, and its results; in memory or in a folder."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import polars as pl

from echelon.company.company import Company
from echelon.company.fills import Fill

TABLES = (
    "measures",
    "fans",
    "programs",
    "reports",
    "stages",
    "launches",
    "launch_counts",
    "echelons",
    "approvals",
    "territories",
    "listings",
    "inspections",
    "deals",
    "stocks",
    "shortages",
    "asset_sales",
    "yearly",
    "assumptions",
    "couplings",
    "attribution",
    "drivers",
    "platform",
    "growth",
    "events",
    "futures",
)
"""Tables of a run, each a Parquet file of its folder."""


class RunError(Exception):
    """A run that cannot be made, read or compared; the message says what would be right."""


@dataclass(frozen=True)
class Run:
    """A finished run.

    info : what run.json says (company, plan, scenario, seed, futures, versions, digest of the inputs, status).
    company : the resolved company, its scenario applied. tables : name -> data frame.
    folder : where it is kept, if it is.
    """

    info: dict[str, Any]
    company: Company
    fills: tuple[Fill, ...]
    tables: dict[str, pl.DataFrame] = field(repr=False)
    folder: Path | None = None

    def table(self, name: str) -> pl.DataFrame:
        """One of `TABLES`."""
        if name not in self.tables:
            msg = f"a run has no table `{name}`; it has {', '.join(self.tables)}"
            raise RunError(msg)
        return self.tables[name]

    def measures(self) -> pl.DataFrame:
        """One row per measure of the company: mean, standard error, spread, quantiles, CVaR, how often it happens."""
        return self.table("measures")

    def fans(self) -> pl.DataFrame:
        """One row per entity, measure and quarter: mean and quantiles."""
        return self.table("fans")

    def programs(self) -> pl.DataFrame:
        """One row per program: PoS, launch, peak sales, value, productivity, share of the company's variance."""
        return self.table("programs")

    def territories(self) -> pl.DataFrame:
        """One row per asset, territory and year: held, filed, planned or open; P(approved) by then; who sells."""
        return self.table("territories")

    def futures(self) -> pl.DataFrame:
        """One row per future: its measures."""
        return self.table("futures")

    def measure(self, name: str) -> dict[str, Any]:
        """One row of `measures` as a dictionary."""
        rows = self.measures().filter(pl.col("measure") == name).to_dicts()
        if not rows:
            msg = f"there is no measure `{name}`; there are {', '.join(self.measures()['measure'])}"
            raise RunError(msg)
        return rows[0]


def open_run(folder: Path | str) -> Run:
    """Read a finished run from its folder."""
    from echelon.company.read import load

    folder = Path(folder)
    info = read_info(folder)
    if info["status"] != "complete":
        msg = (
            f"{folder}: the run stopped at {info.get('done', 0):,} of {info['futures']:,} futures; "
            f"finish it with `echelon run --resume {folder}`"
        )
        raise RunError(msg)
    tables = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        if not path.exists():
            msg = f"{path}: the table is missing, so this is not a whole run"
            raise RunError(msg)
        tables[name] = pl.read_parquet(path)
    fills = tuple(Fill(**row) for row in json.loads((folder / "fills.json").read_text()))
    return Run(info, load(folder / "model"), fills, tables, folder)


def read_info(folder: Path) -> dict[str, Any]:
    """What run.json says."""
    path = folder / "run.json"
    if not path.is_file():
        msg = (
            f"{folder}: there is no run here (run.json is missing); make one with `echelon run COMPANY --out {folder}`"
        )
        raise RunError(msg)
    try:
        return cast("dict[str, Any]", json.loads(path.read_text()))
    except ValueError as error:
        msg = f"{path}: not readable as JSON ({error}); the run must be made again"
        raise RunError(msg) from error
