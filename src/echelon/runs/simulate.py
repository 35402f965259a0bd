"""Simulate: from a company to a run, range by range, with progress, checkpoints and resumption."""

import hashlib
import json
import os
import platform as machine
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from echelon import __version__
from echelon.company.company import Company
from echelon.company.fills import Fill
from echelon.company.overlay import with_scenario
from echelon.company.resolve import resolve
from echelon.company.rows.money import Choice
from echelon.company.write import write_company
from echelon.futures.build.build import Built, build
from echelon.futures.build.streams import GENERATOR
from echelon.futures.engine import Engine
from echelon.futures.rules import numbers as n
from echelon.futures.rules.future import FUTURES_PER_BLOCK
from echelon.runs import explaining
from echelon.runs.assumptions import assumptions
from echelon.runs.detail import look
from echelon.runs.lock import alone
from echelon.runs.making import shortages, stocks
from echelon.runs.results import Results, measures_table
from echelon.runs.run import Run, RunError, read_info
from echelon.runs.territories import territories
from echelon.runs.totals import CHECKPOINT, Totals, load_checkpoint, save_checkpoint

FORMAT = 1
BLOCKS_PER_RANGE = 32
CHECKPOINT_SECONDS = 5.0
MOST_FUTURES = 100_000_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Order:
    """What is asked for: a company under a scenario and a plan, a seed, and how many futures."""

    company: Company
    futures: int
    seed: int
    scenario: str = ""
    plan: str = ""

    def choices(self) -> tuple[Choice, ...]:
        """Rows of the plan."""
        if not self.plan:
            return ()
        if self.plan not in self.company.plans:
            known = ", ".join(sorted(self.company.plans)) or "none"
            msg = f"there is no plan `{self.plan}`; the company has: {known}"
            raise RunError(msg)
        return self.company.plans[self.plan]


@dataclass(frozen=True)
class Prepared:
    """An order, ready to run."""

    order: Order
    company: Company
    fills: tuple[Fill, ...]
    built: Built
    digest: str


def prepare(order: Order) -> Prepared:
    """Apply the scenario, fill blanks, build arrays, and take the digest of everything the results depend on."""
    if not 1 <= order.futures <= MOST_FUTURES:
        msg = f"futures must be between 1 and {MOST_FUTURES:,}, not {order.futures:,}"
        raise RunError(msg)
    if not 0 <= order.seed < 2**63:
        msg = f"the seed must be a whole number from 0 to 2^63 - 1, not {order.seed}"
        raise RunError(msg)
    company = with_scenario(order.company, order.scenario) if order.scenario else order.company
    resolved, fills = resolve(company)
    built = build(resolved, order.choices(), order.seed)
    return Prepared(order, resolved, fills, built, digest_of(resolved, order))


def digest_of(company: Company, order: Order) -> str:
    """Digest of the resolved company, plan, seed, number of futures and generator."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{FORMAT}|{GENERATOR}|{order.seed}|{order.futures}".encode())
    digest.update(company.settings.model_dump_json().encode())
    for name, rows in company.tables.items():
        digest.update(name.encode())
        for row in rows.values():
            digest.update(row.model_dump_json(exclude={"source", "note", "confidence"}).encode())
    for choice in sorted(order.choices(), key=lambda row: row.key):
        digest.update(choice.model_dump_json(exclude={"source", "note", "confidence"}).encode())
    return digest.hexdigest()


def simulate(
    company: Company,
    futures: int = 10_000,
    seed: int = 1,
    threads: int | None = None,
    scenario: str = "",
    plan: str = "",
    out: Path | str | None = None,
    progress: Progress | None = None,
) -> Run:
    """Simulate a company into many futures.

    Parameters
    ----------
    company : as `echelon.load` reads it.
    futures : how many; the first k of any run with the same seed are the same futures.
    seed : of every draw.
    threads : blocks run at once; all cores when None. Any number gives the same results.
    scenario : one of the company's scenarios, or "uncoupled".
    plan : one of the company's plans.
    out : folder to keep the run in; None keeps it in memory.
    progress : called with (futures done, futures in all).

    Raises
    ------
    RunError
        If the order cannot be met, or `out` holds something already.
    CompanyError
        If the company cannot be resolved or the scenario does not apply.
    """
    prepared = prepare(Order(company, futures, seed, scenario, plan))
    folder = Path(out) if out is not None else None
    if folder is None:
        return finish(prepared, threads, None, Totals(), progress)
    start_folder(prepared, folder)
    with alone(folder):
        return finish(prepared, threads, folder, Totals(), progress)


def resume(folder: Path | str, threads: int | None = None, progress: Progress | None = None) -> Run:
    """Finish a run that was stopped; its results are those of a run that never was, bit for bit."""
    from echelon.company.read import load
    from echelon.runs.run import open_run

    folder = Path(folder)
    info = read_info(folder)
    if info["status"] == "complete":
        return open_run(folder)
    order = Order(load(folder / "model"), info["futures"], info["seed"], "", info["plan"])
    prepared = prepare(order)
    if prepared.digest != info["digest"]:
        msg = f"{folder}: the model in this folder is not the one the run began with; make the run again"
        raise RunError(msg)
    fills = tuple(Fill(**row) for row in json.loads((folder / "fills.json").read_text()))
    shown = Order(order.company, order.futures, order.seed, info["scenario"], info["plan"])
    prepared = Prepared(shown, prepared.company, fills, prepared.built, prepared.digest)
    with alone(folder):
        return finish(prepared, threads, folder, load_checkpoint(folder), progress)


def start_folder(prepared: Prepared, folder: Path) -> None:
    """Make a run's folder: the resolved model, the fills, and run.json."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = (
            f"{folder} is there already and not empty; choose another folder, "
            f"or finish the run in it with `echelon run --resume {folder}`"
        )
        raise RunError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    write_company(prepared.company, folder / "model")
    (folder / "fills.json").write_text(json.dumps([asdict(fill) for fill in prepared.fills], indent=1))
    write_info(folder, info_of(prepared, "running", 0))


def info_of(prepared: Prepared, status: str, done: int, seconds: float | None = None) -> dict[str, Any]:
    """What run.json says."""
    general = prepared.company.settings.company
    return {
        "format": FORMAT,
        "company": general.name,
        "as_of": general.as_of.isoformat(),
        "currency": general.currency,
        "notice": general.notice,
        "scenario": prepared.order.scenario,
        "plan": prepared.order.plan,
        "seed": prepared.order.seed,
        "futures": prepared.order.futures,
        "done": done,
        "status": status,
        "digest": prepared.digest,
        "generator": GENERATOR,
        "versions": {
            "echelon": __version__,
            "python": machine.python_version(),
            "numpy": version("numpy"),
            "numba": version("numba"),
        },
        "seconds": seconds,
    }


def write_info(folder: Path, info: dict[str, Any]) -> None:
    """Write run.json in one step."""
    draft = folder / "run.draft.json"
    draft.write_text(json.dumps(info, indent=2, ensure_ascii=False) + "\n")
    draft.replace(folder / "run.json")


def finish(
    prepared: Prepared, threads: int | None, folder: Path | None, totals: Totals, progress: Progress | None
) -> Run:
    """Run what is left, then make the tables."""
    futures = prepared.order.futures
    engine = Engine(prepared.built.model, threads or os.cpu_count() or 1)
    began = saved_at = time.monotonic()
    saved = len(totals.measures)
    step = FUTURES_PER_BLOCK * BLOCKS_PER_RANGE
    try:
        while totals.futures < futures:
            first = totals.futures
            part = Totals()
            for measures, sums in engine.blocks(min(first + step, futures), first):
                part.measures.append(measures)
                totals.add_block(measures, sums)
                if progress:
                    progress(totals.futures, futures)
            totals.add_counts(engine.take_counts())
            if folder is not None and (time.monotonic() - saved_at > CHECKPOINT_SECONDS or first == 0):
                saved = save_checkpoint(folder, totals, saved)
                write_info(folder, info_of(prepared, "running", totals.futures))
                saved_at = time.monotonic()
    except KeyboardInterrupt:
        if folder is not None:
            write_info(folder, info_of(prepared, "stopped", load_checkpoint(folder).futures))
        raise
    seconds = time.monotonic() - began
    run = make_run(prepared, totals, seconds, folder)
    if folder is not None:
        keep(run, folder)
    return run


def make_run(prepared: Prepared, totals: Totals, seconds: float, folder: Path | None) -> Run:
    """Make all tables of a run."""
    measures = totals.table()
    built = prepared.built
    results = Results(built.labels, totals.futures, measures, totals.sums, totals.counts)
    detail = look(built, totals.futures)
    tables = {
        "measures": measures_table(measures),
        "fans": results.fans(),
        "programs": results.programs(),
        "reports": results.reports(),
        "stages": results.stages(),
        "launches": results.launches(),
        "launch_counts": _counted(results),
        "echelons": results.echelons(),
        "approvals": results.approvals(),
        "territories": territories(results, prepared.company, detail.firsts),
        "listings": results.listings(),
        "inspections": results.inspections(),
        "deals": results.deals(),
        "stocks": stocks(results),
        "shortages": shortages(results),
        "asset_sales": results.asset_sales(),
        "yearly": results.yearly(),
        "assumptions": assumptions(prepared.company, prepared.fills),
        "couplings": explaining.couplings(built),
        "attribution": explaining.attribution(results),
        "drivers": explaining.drivers(detail, built),
        "platform": explaining.platform(detail, built),
        "growth": explaining.growth(detail, built),
        "events": detail.events,
        "futures": pl.DataFrame(
            {"future": np.arange(len(measures))} | {name: measures[:, i] for i, (name, _) in enumerate(n.MEASURES)}
        ).fill_nan(None),
    }
    return Run(info_of(prepared, "complete", totals.futures, seconds), prepared.company, prepared.fills, tables, folder)


def _counted(results: Results) -> pl.DataFrame:
    share = results.launch_counts()
    at_least = share[::-1].cumsum()[::-1]
    return pl.DataFrame(
        {
            "programs": np.arange(len(share)),
            "probability": share,
            "at_least": at_least,
            "at_least_se": np.sqrt(np.clip(at_least * (1 - at_least), 0, None) / results.futures),
        }
    )


def keep(run: Run, folder: Path) -> None:
    """Write a run's tables, then mark it complete and drop its checkpoint."""
    for name, frame in run.tables.items():
        draft = folder / f"{name}.draft"
        frame.write_parquet(draft)
        draft.replace(folder / f"{name}.parquet")
    write_info(folder, run.info)
    parts = folder / CHECKPOINT
    if parts.is_dir():
        for path in parts.iterdir():
            path.unlink()
        parts.rmdir()
