"""The mixed-integer programme of facilities, the timetable its solution means, and the evaluator that doubts it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from echelon.supply.campaign.bars import idle_ends
from echelon.supply.campaign.facilities import Facilities, Line, Run, Timetable
from echelon.supply.campaign.programme import INFINITY, Programme, Search
from echelon.supply.campaign.verdict import NEAR, Verdict, exact

if TYPE_CHECKING:
    import numpy as np

Key = tuple[str, str, int]
PROBE_SECONDS = 30.0
"""Longest that the question of what cannot be met may take."""


@dataclass(frozen=True)
class Places:
    """Where each decision stands: active, started, made by facility, product and period; stocks by product."""

    active: dict[Key, int]
    started: dict[Key, int]
    made: dict[Key, int]
    stock: dict[tuple[str, int], int]
    sold: dict[tuple[str, int], int]
    waste: dict[tuple[str, int], int]
    late: dict[tuple[str, int], int]


def programme(instance: Facilities) -> tuple[Programme, Places]:
    """The programme, and what its columns are."""
    made, at = Programme(), Places({}, {}, {}, {}, {}, {}, {})
    for f in instance.facilities:
        mine = [p for p in instance.products if (f, p) in instance.rate]
        for t in range(instance.opens[f], len(instance.periods)):
            for p in mine:
                _period(instance, (f, p, t), made, at)
            made.row([(at.active[f, p, t], 1) for p in mine], high=1)
    for p in instance.products:
        _product(instance, p, made, at)
    return made, at


def _period(instance: Facilities, key: Key, made: Programme, at: Places) -> None:
    f, p, t = key
    first, on = instance.batches((f, p), True), instance.batches((f, p), False)
    most = max(first[1], on[1], 0)
    active = at.active[key] = made.column(0, 1, whole=True)
    started = at.started[key] = made.column(0, 1, -float(instance.changeover), whole=True)
    produced = at.made[key] = made.column(0, most, -float(instance.cost[f, p]), whole=True)
    before = [(at.active[f, p, t - 1], -1.0)] if (f, p, t - 1) in at.active else []
    made.row([(active, 1), (started, -1), *before], high=0)
    made.row([(started, 1), (active, -1)], high=0)
    if first[0] > first[1]:
        made.fix(started, 0)
    if on[0] > on[1]:
        made.row([(active, 1), (started, -1)], high=0)
    few, many = first if first[0] <= first[1] else (0, 0)
    least, most = on if on[0] <= on[1] else (0, 0)
    made.row([(produced, 1), (started, least - few), (active, -least)], low=0)
    made.row([(produced, 1), (started, most - many), (active, -most)], high=0)


def _product(instance: Facilities, p: str, made: Programme, at: Places) -> None:
    times = range(len(instance.periods))
    capacity, most, life = instance.capacity[p], instance.most_late[p], instance.lifetime[p]
    for t in times:
        at.stock[p, t] = made.column(0, INFINITY if capacity is None else float(capacity), -float(instance.storage[p]))
        at.waste[p, t] = made.column(0, INFINITY, -float(instance.waste[p]))
        at.sold[p, t] = made.column(0, INFINITY, float(instance.price[p]))
        at.late[p, t] = made.column(0, INFINITY if most is None else float(most), -float(instance.late[p]))
    for t in times:
        begun = float(instance.arriving[p][t] + (instance.stock[p] if t == 0 else 0))
        terms = [(at.stock[p, t], 1.0), (at.sold[p, t], 1.0), (at.waste[p, t], 1.0)]
        terms += [(at.stock[p, t - 1], -1.0)] if t else []
        ready = t - instance.release[p]
        terms += [
            (at.made[f, p, ready], -float(instance.kilograms[f, p]))
            for f in instance.facilities
            if (f, p, ready) in at.made
        ]
        made.row(terms, begun, begun)
        due = float(instance.demand[p][t])
        before = [(at.late[p, t - 1], -float(instance.decay))] if t else []
        made.row([(at.late[p, t], 1.0), (at.sold[p, t], 1.0), *before], due, due)
        if life is not None:
            made.row([(at.stock[p, t], 1.0), *((at.sold[p, u], -1.0) for u in times if t < u <= t + life)], high=0)


def timetable(instance: Facilities, at: Places, values: "np.ndarray[Any, np.dtype[np.float64]]") -> Timetable:
    """What a solution means."""
    runs = []
    active = {
        key: (round(float(values[at.made[key]])), bool(round(float(values[at.started[key]]))))
        for key, column in at.active.items()
        if round(float(values[column])) == 1
    }
    order = {key: i for i, key in enumerate(at.active)}
    for f, p, t in sorted(set(active) - idle_ends(active), key=order.__getitem__):
        number, started = active[f, p, t]
        days = (number - started) / instance.rate[f, p] + (instance.lead[f, p] if started else 0)
        weight = float(number * instance.kilograms[f, p])
        runs.append(Run(instance.site[f], f, p, instance.periods[t], number, weight, float(days), started))

    def value(column: int) -> float:
        return round(float(values[column]), 9) + 0.0

    made: dict[tuple[str, str], float] = {}
    for run in runs:
        made[run.product, run.period] = made.get((run.product, run.period), 0.0) + run.kilograms
    lines = [
        Line(
            p, period, made.get((p, period), 0.0), value(at.stock[p, t]), value(at.sold[p, t]), value(at.waste[p, t]),
            value(at.late[p, t]),
        )
        for p in instance.products
        for t, period in enumerate(instance.periods)
    ]  # fmt: skip
    return Timetable(tuple(runs), tuple(lines))


def evaluate(instance: Facilities, table: Timetable) -> Verdict:
    """Profit of a timetable and the rules it breaks, counted up from its runs, sales and waste alone."""
    wrong = list(_runs(instance, table))
    parts = dict.fromkeys(("sales", "production", "changeover", "storage", "backlog", "waste"), Fraction(0))
    made: dict[tuple[str, int], Fraction] = {}
    for run in table.runs:
        pair = (run.facility, run.product)
        if pair in instance.kilograms and run.period in instance.periods:
            when = (run.product, instance.periods.index(run.period) + instance.release[run.product])
            made[when] = made.get(when, Fraction(0)) + run.batches * instance.kilograms[pair]
            parts["production"] += instance.cost.get(pair, Fraction(0)) * run.batches
            parts["changeover"] += instance.changeover * run.started
    told = {(line.product, line.period): line for line in table.lines}
    for p in instance.products:
        stock, late, stocks, sold = instance.stock[p], Fraction(0), [], []
        for t, period in enumerate(instance.periods):
            line = told[p, period]
            stock += instance.arriving[p][t]
            stock += made.get((p, t), Fraction(0)) - exact(line.sold) - exact(line.waste)
            late = instance.decay * late + instance.demand[p][t] - exact(line.sold)
            stocks.append(stock)
            sold.append(exact(line.sold))
            wrong += _line(instance, p, line, stock, late)
            parts["sales"] += instance.price[p] * exact(line.sold)
            parts["storage"] += instance.storage[p] * stock
            parts["backlog"] += instance.late[p] * late
            parts["waste"] += instance.waste[p] * exact(line.waste)
        life = instance.lifetime[p]
        if life is not None:
            for t, kept in enumerate(stocks):
                if kept > sum(sold[t + 1 : t + 1 + life], Fraction(0)) + NEAR:
                    wrong.append(f"{p} in {instance.periods[t]}: stock outlives its {life} periods")
    profit = parts["sales"] - sum(value for name, value in parts.items() if name != "sales")
    return Verdict(profit, parts, tuple(wrong))


def _line(instance: Facilities, p: str, line: Line, stock: Fraction, late: Fraction) -> Iterator[str]:
    who = f"{p} in {line.period}"
    if min(stock, late, exact(line.sold), exact(line.waste)) < -NEAR:
        yield f"{who}: less than nothing"
    if abs(stock - exact(line.stock)) > NEAR or abs(late - exact(line.late)) > NEAR:
        counted = f"stock {float(stock):g} and late {float(late):g} are counted"
        yield f"{who}: {counted}, not {line.stock:g} and {line.late:g}"
    capacity, most = instance.capacity[p], instance.most_late[p]
    if capacity is not None and stock > capacity + NEAR:
        yield f"{who}: {float(stock):g} kg in a store for {float(capacity):g}"
    if most is not None and late > most + NEAR:
        yield f"{who}: {float(late):g} kg are late, at most {float(most):g} may be"


def _runs(instance: Facilities, table: Timetable) -> Iterator[str]:
    taken: set[tuple[str, str]] = set()
    running = {(run.facility, run.product, run.period) for run in table.runs}
    for run in table.runs:
        who = f"{run.facility} in {run.period}, {run.product}"
        if (run.facility, run.period) in taken:
            yield f"{who}: a second product in one period"
        taken.add((run.facility, run.period))
        if (run.facility, run.product) not in instance.rate or run.period not in instance.periods:
            yield f"{who}: it cannot be made there, or there is no such period"
            continue
        t = instance.periods.index(run.period)
        if t < instance.opens[run.facility]:
            yield f"{who}: the facility is not open yet"
        if not run.started and (t == 0 or (run.facility, run.product, instance.periods[t - 1]) not in running):
            yield f"{who}: goes on from nothing; it is a new campaign"
        rate, lead = instance.rate[run.facility, run.product], instance.lead[run.facility, run.product]
        days = lead + (run.batches - 1) / rate if run.started else run.batches / rate
        if run.batches < 0 or not instance.least <= days <= instance.days:
            yield f"{who}: {run.batches} batches take {float(days):g} days, which is no campaign of a period"


def conflict(instance: Facilities, search: Search) -> list[tuple[tuple[str, ...], str]]:
    """Where the limits on what may be late cannot be kept, and by how much at best."""
    made, at = programme(instance)
    made.forget_worth()
    over = {}
    for (p, t), column in at.late.items():
        limit = instance.most_late[p]
        if limit is not None:
            made.free(column, 0.0, INFINITY)
            over[p, t] = made.column(0.0, INFINITY, -1.0)
            made.row([(column, 1.0), (over[p, t], -1.0)], high=float(limit))
    solved = made.solve(Search(PROBE_SECONDS, 1e-3, search.threads, stop=search.stop))
    found: list[tuple[tuple[str, ...], str]] = []
    for (p, t), column in over.items():
        more = 0.0 if solved.values is None else float(solved.values[column])
        if more > float(NEAR):
            most = float(instance.most_late[p] or 0)
            message = f"{p} in {instance.periods[t]}: {most + more:g} kg are late at best, and at most {most:g} may be"
            found.append((("max_backlog_kg", p), message))
    return found or [(("max_backlog_kg",), "no schedule keeps the limits on what may be late")]
