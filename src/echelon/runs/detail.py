"""Detail: a run's first futures looked at one by one: events, values by asset, and the draws behind them."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from echelon.futures.arrays import F8
from echelon.futures.build.build import Built
from echelon.futures.engine import Engine
from echelon.futures.rules.events import FAILS, STOPS
from echelon.futures.state import State
from echelon.runs.territories import Cells

EVENT_FUTURES = 1_000
VALUE_FUTURES = 8_192


@dataclass(frozen=True)
class Detail:
    """Events of the first futures; and value and launch of every asset in some more.

    events : one row per event. values : f8[future, group] discounted value by asset (discovery: by platform), groups
    named; launched : i1[future, program] whether a program not on the market at as_of was launched; enpv : f8[future];
    firsts : f8[future, cell] first approval of an asset in a territory not held at as_of (cells as in `Cells.of`).
    """

    events: pl.DataFrame
    groups: tuple[str, ...]
    values: F8
    programs: tuple[str, ...]
    launched: np.ndarray
    enpv: F8
    firsts: F8


def look(built: Built, futures: int) -> Detail:
    """Run the first futures again, one by one, and keep what block sums do not."""
    engine = Engine(built.model, 1)
    labels = built.labels
    count = min(futures, VALUE_FUTURES)
    group_of = [
        labels.report_assets[r] if kind != "slot" else labels.report_groups[r]
        for r, kind in enumerate(labels.report_kind)
    ]
    groups = tuple(dict.fromkeys(group_of))
    place = np.array([groups.index(group) for group in group_of])
    sums = np.zeros((len(group_of), len(groups)))
    sums[np.arange(len(group_of)), place] = 1.0
    named = [r for r, kind in enumerate(labels.report_kind) if kind != "slot"]
    values = np.empty((count, len(groups)))
    launched = np.zeros((count, len(named)), np.int8)
    enpv = np.empty(count)
    cells = Cells.of(labels)
    firsts = np.empty((count, len(cells.names)))
    rows: list[tuple[int, float, str, str, str]] = []
    for future in range(count):
        measures, state = engine.one(future)
        values[future] = state.npv @ sums
        launched[future] = np.isfinite(state.launched[named])
        enpv[future] = measures[0]
        firsts[future] = cells.first(approved(built, state))
        if future < EVENT_FUTURES:
            rows += events_of(built, state, future)
    frame = pl.DataFrame(
        rows,
        schema={"future": pl.Int32, "time": pl.Float64, "event": pl.String, "program": pl.String, "what": pl.String},
        orient="row",
    ).sort("future", "time", "program", "what")
    programs = tuple(labels.reports[r] for r in named)
    return Detail(frame, groups, values, programs, launched, enpv, firsts)


def approved(built: Built, state: State) -> F8:
    """Approval of each pair within the horizon, f8[pair]: years from as_of; inf where there is none or it is held."""
    horizon = built.model.calendar.quarters * 0.25
    decided = state.decision
    new = np.isfinite(decided) & (decided >= 0) & (decided < horizon) & (built.model.pairs.held == 0)
    return np.where(new, decided, np.inf)


def events_of(built: Built, state: State, future: int) -> list[tuple[int, float, str, str, str]]:
    """Events that a finished future has left in the state: future, years from as_of, event, program, what."""
    horizon = built.model.calendar.quarters * 0.25
    labels = built.labels
    rows: list[tuple[int, float, str, str, str]] = []
    passed = state.passed_at
    for s in np.flatnonzero(np.isfinite(passed) & (passed < horizon) & (passed >= 0)):
        report, stage = labels.stages[s]
        rows.append((future, float(passed[s]), "passed", report, stage))
    programs = built.model.programs
    ended = np.flatnonzero(((state.phase == FAILS) | (state.phase == STOPS)) & (state.time < horizon))
    for p in ended:
        s = state.current[p]
        if programs.stage_from[p] <= s < programs.stage_from[p + 1] and not np.isnan(passed[s]):
            report, stage = labels.stages[s]
            event = "failed" if state.phase[p] == FAILS else "stopped"
            rows.append((future, float(max(state.time[p], 0.0)), event, report, stage))
    decided = approved(built, state)
    for f in np.flatnonzero(np.isfinite(decided)):
        program, territory, _ = labels.pairs[f]
        rows.append((future, float(decided[f]), "approved", program, territory))
    for name, times in (("listed", state.listed), ("withdrawn", state.withdrawn)):
        for f in np.flatnonzero((times >= 0) & (times < horizon)):
            program, territory, _ = labels.pairs[f]
            if labels.leads[f] and (name == "listed" or decided[f] <= times[f]):
                rows.append((future, float(times[f]), name, program, territory))
    new = np.flatnonzero(np.isfinite(state.launched) & (state.launched >= 0))
    return rows + [(future, float(state.launched[r]), "launched", labels.reports[r], "") for r in new]
