"""Single futures of the compiled engine, in a form that other implementations can be compared with."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from echelon.futures.memory import new_state, new_tally
from echelon.futures.model import Model
from echelon.futures.rules import numbers as n
from echelon.futures.rules.bundles import pack
from echelon.futures.rules.future import run_block


@dataclass(frozen=True)
class Outcome:
    """One future; fields as in `benchmarks.simpy_model.Outcome`."""

    measures: dict[str, float]
    lines: dict[str, list[float]]
    worth: list[float]
    launched: list[float]
    approved: list[float]
    echelons: list[list[int]]
    use: list[list[float]]
    lost: list[list[float]]
    stock: list[list[float]]
    shortages: list[list[int]]
    orders: list[list[list[float]]]
    flows: list[list[list[float]]]
    listed: list[list[int]]
    withdrawn: list[list[int]]
    visits: list[list[int]]
    deals: list[list[list[float]]]


SUPPLY = ("use", "lost", "stock", "shortages", "orders", "flows")


def engine_futures(model: Model, first: int, futures: int) -> list[Outcome]:
    """Run futures one at a time and read the engine's memory after each."""
    state, tally = new_state(model), new_tally(model)
    tables = pack(model), pack(state), pack(tally)
    measures = np.empty((1, len(n.MEASURES)))
    found = []
    cells, lines = state.supply_cells, len(model.supply.capacity)
    for future in range(first, first + futures):
        for sums in (
            tally.echelons,
            tally.listed,
            tally.withdrawals,
            tally.visits,
            tally.deal_sums,
            tally.shortages,
            tally.order_sums,
            tally.stock_sums,
        ):
            sums[:] = 0
        run_block(*tables, np.uint64(future), 1, measures, True)
        found.append(
            Outcome(
                measures={name: float(measures[0, i]) for i, (name, _) in enumerate(n.MEASURES)},
                lines={name: state.ledger[i].tolist() for i, name in enumerate(n.LINE_NAMES)},
                worth=state.npv.tolist(),
                launched=state.launched.tolist(),
                approved=approvals(model, state.decision),
                echelons=tally.echelons.argmax(axis=2).T[: int(model.calendar.year_end.sum())].tolist(),
                use=cells[: 2 * lines : 2].tolist(),
                lost=cells[1 : 2 * lines : 2].tolist(),
                stock=cells[2 * lines :].tolist(),
                shortages=tally.shortages.tolist(),
                orders=tally.order_sums.swapaxes(1, 2).tolist(),
                flows=tally.stock_sums.swapaxes(1, 2).tolist(),
                listed=tally.listed.tolist(),
                withdrawn=tally.withdrawals.tolist(),
                visits=tally.visits.tolist(),
                deals=tally.deal_sums.tolist(),
            )
        )
    return found


def approvals(model: Model, decision: np.ndarray) -> list[float]:
    """Times of approval by pair, inf never or past the horizon; other parts of a combination have none of their own."""
    pairs = model.pairs
    time = np.where(pairs.held == 1, pairs.launch - pairs.launch_lag, decision)
    return np.where((pairs.leader < 0) & (time < model.calendar.quarters / 4.0), time, np.inf).tolist()


def disagreements(ours: Any, theirs: Any, tolerance: float = 1e-9) -> dict[str, tuple[float, float]]:
    """Where two outcomes of one future differ: what -> the first differing pair of numbers.

    tolerance : relative to the number, or to the largest of its series.
    """
    found: dict[str, tuple[float, float]] = {}

    def compare(name: str, a: Any, b: Any) -> None:
        x, y = np.atleast_1d(np.asarray(a, float)), np.atleast_1d(np.asarray(b, float))
        assert x.shape == y.shape, name
        finite = np.abs(y[np.isfinite(y)])
        scale = tolerance * max(1e-6, finite.max(initial=0.0))
        wrong = np.flatnonzero(~np.isclose(x, y, rtol=tolerance, atol=scale, equal_nan=True).ravel())
        if wrong.size:
            found[name] = (float(x.ravel()[wrong[0]]), float(y.ravel()[wrong[0]]))

    for name, value in ours.measures.items():
        compare(name, value, theirs.measures[name])
    for name, line in ours.lines.items():
        compare(f"line {name}", line, theirs.lines[name])
    for name in ("worth", "launched", "approved", "echelons", *SUPPLY, "listed", "withdrawn", "visits", "deals"):
        compare(name, getattr(ours, name), getattr(theirs, name))
    return found
