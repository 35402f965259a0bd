"""Measure: three implementations side by side, then scale, memory, start-up; nothing here judges, `page` does."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import echelon
from benchmarks import numpy_model, simpy_model
from benchmarks.plain import plain
from benchmarks.simpy_base import company_of
from echelon.company.company import Company
from echelon.company.resolve import resolve
from echelon.company.rows.market import Sales
from echelon.company.rows.science import Asset, Program
from echelon.futures.build.build import build
from echelon.futures.engine import Engine
from echelon.futures.model import Model
from echelon.futures.rules import numbers as n

if TYPE_CHECKING:
    from collections.abc import Callable

    from echelon.company.rows import Row

ENGINE, NUMPY, SIMPY = "Echelon", "NumPy", "SimPy"
COMPARED = ("enpv", "peak_sales", "programs_launched", "final_cash", "years_filled", "live_program_quarters")
NUMPY_BLOCK = 2048


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    quick: bool
    rounds: int
    engine: int
    numpy: int
    simpy: int
    thread_rounds: int
    thread_futures: int
    large: int
    program_futures: int
    future_steps: tuple[int, ...]
    starts: int


FULL = Size(False, 7, 16_384, 4_096, 20, 5, 65_536, 1_000_000, 200_000, (4_096, 16_384, 65_536, 262_144), 5)
QUICK = Size(True, 3, 2_048, 2_048, 4, 2, 4_096, 10_000, 20_000, (2_048, 8_192), 1)


@dataclass
class Found:
    """Everything measured; times are seconds.

    side : implementation -> seconds per future, one per round. means : implementation -> measure -> (mean, standard
    error), each over futures of its own. same : implementation -> measure -> largest relative difference from the
    engine over the same futures.
    """

    size: Size
    machine: dict[str, str]
    company: dict[str, int] = field(default_factory=dict)
    live: float = 0.0
    side: dict[str, list[float]] = field(default_factory=dict)
    means: dict[str, dict[str, tuple[float, float]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    same: dict[str, dict[str, float]] = field(default_factory=dict)
    threads: dict[int, list[float]] = field(default_factory=dict)
    large: dict[str, float] = field(default_factory=dict)
    programs: dict[int, float] = field(default_factory=dict)
    futures: dict[int, float] = field(default_factory=dict)
    first_start: float = 0.0
    later_starts: list[float] = field(default_factory=list)
    help: list[float] = field(default_factory=list)


def measure_all(quick: bool) -> Found:
    """Measure everything; progress goes to standard error."""
    size = QUICK if quick else FULL
    found = Found(size, machine())
    company = resolve(echelon.load(echelon.example("top_alliance")))[0]
    built, plainly = build(company, seed=1), build(plain(company), seed=1).model
    model, kinds = built.model, built.labels.report_kind
    found.company = {
        "programs": kinds.count("program"),
        "candidates": kinds.count("slot"),
        "filings": len(built.labels.pairs) - kinds.count("slot"),
    }
    for name, step in (
        ("starts and compiling", lambda: starts(found)),
        ("three implementations, side by side", lambda: side_by_side(found, plainly)),
        ("threads", lambda: by_threads(found, model)),
        ("number of futures", lambda: by_futures(found, model)),
        ("number of programs", lambda: by_programs(found)),
        ("a large run", lambda: large(found)),
    ):
        begun = time.perf_counter()
        step()
        print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
    return found


def machine() -> dict[str, str]:
    """The machine in words."""
    processor = "unknown"
    described = Path("/proc/cpuinfo")
    if described.exists():
        lines = [line for line in described.read_text().splitlines() if line.startswith("model name")]
        processor = lines[0].split(":", 1)[1].strip() if lines else processor
    packages = {name: version(name) for name in ("numpy", "numba", "scipy", "simpy", "polars")}
    cores = os.cpu_count() or 1
    return {"processor": processor, "cores": str(cores), "Python": platform.python_version()} | packages


# --- three implementations -------------------------------------------------------------------------------------


def engine_run(engine: Engine, first: int, futures: int) -> np.ndarray:
    """Measures f8[future, measure] of the engine, with everything else it adds up."""
    return np.concatenate([measures for measures, _ in engine.blocks(first + futures, first)])


def side_by_side(found: Found, model: Model) -> None:
    """Rounds of all three in turn, one thread each; every round and implementation has futures of its own."""
    size = found.size
    engine, company = Engine(model, 1), company_of(model)
    kept: dict[str, list[np.ndarray]] = {ENGINE: [], NUMPY: [], SIMPY: []}

    def by_engine(first: int) -> np.ndarray:
        return engine_run(engine, first, size.engine)

    def by_numpy(first: int) -> np.ndarray:
        return table(numpy_model.run(model, first, size.numpy, NUMPY_BLOCK))

    def by_simpy(first: int) -> np.ndarray:
        futures = [simpy_model.Future(company, first + i).run().measures for i in range(size.simpy)]
        return table({name: np.array([one[name] for one in futures]) for name, _ in n.MEASURES})

    work: dict[str, Callable[[int], np.ndarray]] = {ENGINE: by_engine, NUMPY: by_numpy, SIMPY: by_simpy}
    warm = {name: run(0) for name, run in work.items()}
    for name in (NUMPY, SIMPY):
        found.same[name] = differences(warm[name], warm[ENGINE])
    found.side = {name: [] for name in work}
    for round_ in range(1, size.rounds + 1):
        for place, (name, run) in enumerate(work.items()):
            first = 2**20 * (3 * round_ + place)
            begun = time.perf_counter()
            measures = run(first)
            found.side[name].append((time.perf_counter() - begun) / len(measures))
            kept[name].append(measures)
    for name, parts in kept.items():
        whole = np.concatenate(parts)
        found.counts[name] = len(whole)
        found.means[name] = {}
        for measure in COMPARED:
            values = whole[:, column(measure)]
            error = values.std(ddof=1) / np.sqrt(len(values))
            found.means[name][measure] = (float(values.mean()), float(error))
    found.live = found.means[ENGINE]["live_program_quarters"][0]


def column(measure: str) -> int:
    """Position of a measure."""
    return [name for name, _ in n.MEASURES].index(measure)


def table(measures: dict[str, np.ndarray]) -> np.ndarray:
    """Measures as f8[future, measure] in the engine's order."""
    return np.column_stack([measures[name] for name, _ in n.MEASURES])


def differences(ours: np.ndarray, engines: np.ndarray) -> dict[str, float]:
    """Largest relative difference by measure, over the futures that both ran."""
    count = min(len(ours), len(engines))
    worst = {}
    for measure in COMPARED:
        a, b = ours[:count, column(measure)], engines[:count, column(measure)]
        worst[measure] = float((np.abs(a - b) / np.maximum(np.abs(b), 1e-12)).max())
    return worst


# --- scale -----------------------------------------------------------------------------------------------------


def by_threads(found: Found, model: Model) -> None:
    """Seconds per future on one thread, two, and as many as there are cores; in turn."""
    counts = sorted({1, 2, os.cpu_count() or 1})
    engines = {threads: Engine(model, threads) for threads in counts}
    found.threads = {threads: [] for threads in counts}
    for round_ in range(found.size.thread_rounds + 1):
        for threads, engine in engines.items():
            begun = time.perf_counter()
            engine_run(engine, 0, found.size.thread_futures)
            engine.take_counts()
            if round_:
                found.threads[threads].append((time.perf_counter() - begun) / found.size.thread_futures)


def by_futures(found: Found, model: Model) -> None:
    """Seconds per future for runs of different length, one thread."""
    engine = Engine(model, 1)
    engine_run(engine, 0, 1024)
    for futures in found.size.future_steps:
        begun = time.perf_counter()
        for _ in engine.blocks(futures):
            pass
        found.futures[futures] = (time.perf_counter() - begun) / futures


def by_programs(found: Found) -> None:
    """Seconds per future and program for 10, 100 and 1,000 programs, one thread: the least of three."""
    company = echelon.load(echelon.example("biotech"))
    for programs in (10, 100, 1000):
        engine = Engine(build(resolve(copies(company, programs))[0], seed=1).model, 1)
        futures = max(256, found.size.program_futures // programs)
        times = []
        for _ in range(4):
            begun = time.perf_counter()
            engine_run(engine, 0, futures)
            times.append(time.perf_counter() - begun)
        found.programs[programs] = min(times[1:]) / futures / programs


def copies(company: Company, programs: int) -> Company:
    """A company with one program, its asset and its sales, over and over under names of their own."""
    (program,) = company.rows(Program)
    (asset,) = company.rows(Asset)
    rows: dict[type[Row], list[Row]] = {Program: [], Asset: [], Sales: []}
    for i in range(programs):
        rows[Asset].append(asset.model_copy(update={"id": f"{asset.id}-{i:04d}"}))
        rows[Program].append(program.model_copy(update={"id": f"{program.id}-{i:04d}", "asset": f"{asset.id}-{i:04d}"}))
        for sales in company.rows(Sales):
            rows[Sales].append(sales.model_copy(update={"program": f"{program.id}-{i:04d}"}))
    for model, found in rows.items():
        company = company.with_rows(model, found)
    return company


# --- fresh processes -------------------------------------------------------------------------------------------


UNUSUAL = ("NUMBA_CACHE_DIR", "PYTHONDONTWRITEBYTECODE")
"""Settings that a user does not have: the rules' cache is `cache`, and Python keeps the modules that it has read."""


def child(arguments: list[str], cache: str | None = None) -> tuple[float, str]:
    """Seconds that a fresh process takes from start to end, and what it prints."""
    known = {name: value for name, value in os.environ.items() if name not in UNUSUAL}
    if cache:
        known["ECHELON_CACHE"] = cache
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], env=known, check=True, capture_output=True, text=True)
    return time.perf_counter() - begun, done.stdout


def starts(found: Found) -> None:
    """From the start of Python to first results, with and without compiled rules; and `echelon --help`."""
    one = ["-m", "benchmarks.child", "biotech", "1000", "1"]
    with tempfile.TemporaryDirectory() as cache:
        found.first_start, _ = child(one, cache)
        found.later_starts = [child(one, cache)[0] for _ in range(2 + found.size.starts)]
    found.help = [child(["-m", "echelon", "--help"])[0] for _ in range(2 + found.size.starts)]


def large(found: Found) -> None:
    """One large run in a process of its own, on all cores."""
    threads = str(os.cpu_count() or 1)
    _, said = child(["-m", "benchmarks.child", "top_alliance", str(found.size.large), threads])
    answer: dict[str, Any] = json.loads(said)
    found.large = {name: float(value) for name, value in answer.items()}


def middle(times: list[float]) -> float:
    """Median."""
    return statistics.median(times)
