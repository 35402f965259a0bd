"""Paths: the distribution of one program's value, forward over its stages, on a grid of money.

A row is the transform of what a program has brought so far, with the probability that its next stage starts at a time;
rows are kept for single moments and for the cells of the time grid.
"""

from dataclasses import dataclass, field

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.exact.chains import chain_key
from echelon.futures.exact.chances import FILING, open_pairs
from echelon.futures.exact.couplings import delay_of
from echelon.futures.exact.desk import Desk
from echelon.futures.exact.filings import approval_pay, file, filing_key
from echelon.futures.exact.laws import Law, hats, law
from echelon.futures.exact.money import C16, MoneyGrid
from echelon.futures.exact.programs import beginning, stage_law
from echelon.futures.exact.sizes import Size, quantile_nodes
from echelon.futures.exact.spending import lengths, present_value
from echelon.futures.exact.timing import Timing, known, spread

SIZE_NODES = 48


@dataclass
class Rows:
    """Rows by single moment and by cell."""

    desk: Desk
    moments: dict[float, C16] = field(default_factory=dict)
    cells: dict[int, C16] = field(default_factory=dict)

    def add_moment(self, time: float, row: C16) -> None:
        """Add to the row of a moment."""
        self.moments[time] = self.moments[time] + row if time in self.moments else row

    def add_cell(self, k: int, row: C16) -> None:
        """Add to the row of a cell."""
        self.cells[k] = self.cells[k] + row if k in self.cells else row


class Path:
    """One program with stages ahead."""

    def __init__(self, desk: Desk, money: MoneyGrid, p: int) -> None:
        self._desk = desk
        self._money = money
        self._p = p
        self._delay = delay_of(desk.model, p)
        self._ended = np.zeros_like(money.fixed(0.0))

    def value(self) -> C16:
        """Transform of the distribution of the program's value."""
        desk, programs, stages = self._desk, self._desk.model.programs, self._desk.model.stages
        nothing = self._money.fixed(0.0)
        start = beginning(desk.model, desk.grid, self._p)
        rows = Rows(desk)
        for t, share in zip(start.at, start.mass, strict=True):
            rows.add_moment(float(t), share * nothing)
        for k in np.flatnonzero(start.cells):
            rows.add_cell(int(k), start.cells[k] * nothing)
        self._ended = (1.0 - start.total) * nothing
        chances = desk.ways[self._p].chances
        for j, s in enumerate(range(programs.stage_from[self._p], programs.stage_from[self._p + 1])):
            if stages.kind[s] == FILING:
                self._file(s, rows)
                return self._ended
            reach, passed = float(chances.reach[0, j]), float(chances.passed[0, j])
            rows = self._stage(s, rows, passed / reach if reach > 0.0 else 0.0)
        for row in (*rows.moments.values(), *rows.cells.values()):
            self._ended = self._ended + row
        return self._ended

    def _stage(self, s: int, rows: Rows, chance: float) -> Rows:
        grid, after = self._desk.grid, Rows(self._desk)
        length, overlap = stage_law(self._desk.model, s), float(self._desk.model.stages.overlap[s])
        for time, row in rows.moments.items():
            if length.fixed or overlap == 0.0:
                spent = row * self._cost(s, time, *lengths(length, grid.step), 0.0)
                self._ended = self._ended + (1.0 - chance) * spent
                self._next(after, time + (overlap * length.value if length.fixed else 0.0), chance * spent)
                continue
            mass = np.diff(length.scaled(overlap).below(grid.edges - time))
            for cell in np.flatnonzero(mass > 1e-15).tolist():
                d = max(float(grid.middles[cell] - time), 0.0) / overlap
                self._read(after, cell, chance, mass[cell] * row * self._cost(s, time, np.array([d]), np.ones(1), 0.0))
            self._read_late(s, time, length, overlap, row)
        nodes, mass = lengths(length, grid.step)
        used = np.zeros(1, np.int64)
        if overlap > 0.0:
            moved = length.scaled(overlap)
            mass = hats(moved, grid.step, int(np.ceil(moved.top() / grid.step)) + 2)
            used = np.flatnonzero(mass > 1e-15)
            nodes = np.asarray(np.full(used.size, length.value) if length.fixed else used * grid.step / overlap)
            mass = mass[used]
        for k, row in rows.cells.items():
            time = float(grid.middles[k])
            if overlap == 0.0:
                self._read(after, k, chance, row * self._cost(s, time, nodes, mass, grid.step))
                continue
            for i, d, share in zip(used, nodes, mass, strict=True):
                spent = share * row * self._cost(s, time, np.array([d]), np.ones(1), grid.step)
                self._read(after, k + int(i), chance, spent)
        return after

    def _read_late(self, s: int, time: float, length: Law, overlap: float, row: C16) -> None:
        # Readouts past the horizon: cost is booked, nothing follows.
        nodes, mass = lengths(length, self._desk.grid.step)
        late = time + overlap * nodes >= self._desk.grid.horizon
        missing = 1.0 - float(np.diff(length.scaled(overlap).below(self._desk.grid.edges - time)).sum())
        if late.any() and missing > 0.0:
            shares = mass[late] * missing / mass[late].sum()
            self._ended = self._ended + row * self._cost(s, time, nodes[late], shares, 0.0)

    def _read(self, after: Rows, k: int, chance: float, spent: C16) -> None:
        # A readout in a cell: fails, or passes and goes on.
        grid = self._desk.grid
        if k >= grid.count:
            self._ended = self._ended + spent
            return
        self._ended = self._ended + (1.0 - chance) * spent
        early = 0.0
        if np.isfinite(self._delay) and self._delay > 0.0:
            early = float(np.clip((self._delay - grid.edges[k]) / grid.step, 0.0, 1.0))
        if early > 0.0:
            self._next(after, self._delay, chance * early * spent)
        if early < 1.0:
            after.add_cell(max(k, grid.before), chance * (1.0 - early) * spent)

    def _next(self, after: Rows, time: float, row: C16) -> None:
        time = max(time, 0.0, self._delay)
        if time >= self._desk.grid.horizon:
            self._ended = self._ended + row
        else:
            after.add_moment(time, row)

    def _cost(self, s: int, time: float, nodes: F8, mass: F8, width: float) -> C16:
        """Transform of a stage's cost, over lengths of the stage."""
        model = self._desk.model
        cost = law(model.stages.cost[s]).scaled(float(model.programs.cost_share[self._p]))
        worth, _ = present_value(self._desk.clock, int(model.stages.spend[s]), np.array([time]), nodes, width)
        spent = np.zeros(self._money.bins)
        for unit, share in zip(worth[0], mass, strict=True):
            self._money.add(spent, cost.scaled(float(unit)), float(share))
        return np.asarray(np.conj(self._money.of(spent)))

    def _file(self, s: int, rows: Rows) -> None:
        desk, p = self._desk, self._p
        grid, chances = desk.grid, desk.ways[p].chances
        length = lengths(stage_law(desk.model, s), grid.step)
        mine = open_pairs(desk.model, p)
        chance = float(chances.weight[0] @ chances.approve[:, 0]) if mine.size else 0.0
        decided = Rows(desk)
        relative = file(desk.model, p, spread(grid, 0.0, grid.horizon)) if rows.cells and mine.size else None
        for time, row in rows.moments.items():
            spent = row * self._cost(s, time, *length, 0.0)
            self._ended = self._ended + (1.0 - chance) * spent
            if mine.size:
                self._decide(decided, file(desk.model, p, known(grid, time)).decided[0], chance * spent)
        for k, row in rows.cells.items():
            spent = row * self._cost(s, float(grid.middles[k]), *length, grid.step)
            self._ended = self._ended + (1.0 - chance) * spent
            if relative is not None:
                start = Timing(grid, np.zeros(0), np.zeros(0), (np.arange(grid.count) == k).astype(np.float64))
                self._decide(decided, start.add(relative.decided[0]), chance * spent)
        for time, row in decided.moments.items():
            self._ended = self._ended + row * self._brought(int(mine[0]), time, 0.0)
        for k, row in decided.cells.items():
            self._ended = self._ended + row * self._brought(int(mine[0]), float(grid.middles[k]), grid.step)

    def _decide(self, decided: Rows, when: Timing, row: C16) -> None:
        for t, share in zip(when.at, when.mass, strict=True):
            decided.add_moment(float(t), share * row)
        for k in np.flatnonzero(when.cells > 1e-15):
            decided.add_cell(int(k), when.cells[k] * row)
        self._ended = self._ended + max(0.0, 1.0 - when.total) * row

    def _brought(self, f: int, time: float, width: float) -> C16:
        """Transform of what an approval brings: milestone and sales."""
        desk, pairs, deals = self._desk, self._desk.model.pairs, self._desk.model.deals
        found = self._money.fixed(0.0)
        d = pairs.deal[f]
        if d >= 0 and deals.after[d] <= time < deals.until[d]:
            worth = desk.clock.around(np.array([time]), width) if width > 0.0 else desk.clock.at(np.array([time]))
            amount = approval_pay(desk.model, f) * desk.model.programs.economic_share[self._p]
            found = self._money.fixed(float(amount * worth[0]))
        launch = time + float(pairs.launch_lag[f])
        inside = float(launch < desk.grid.horizon)
        if width > 0.0:
            inside = float(np.clip((desk.grid.horizon - launch) / width + 0.5, 0.0, 1.0))
        if inside <= 0.0:
            return found
        worth = desk.sales.worth(f, np.array([min(launch, desk.grid.horizon - 1e-9)]))[:, 0]
        sold = sized(self._money, desk.sales.size(f), np.zeros(worth.size), worth, desk.sales.climbs(f)[1])
        return found * (inside * sold + (1.0 - inside) * self._money.fixed(0.0))


def sized(money: MoneyGrid, size: Size, certain: F8, drawn: F8, weight: F8) -> C16:
    """Transform of `certain` + `drawn` x size, f8[node] by climb."""
    lead, others, shares = _split(size)
    gains, losses = np.zeros(money.bins), np.zeros(money.bins)
    found = np.zeros_like(money.fixed(0.0))
    for unit, more, w in zip(drawn, certain, weight, strict=True):
        if more != 0.0:
            gains[:], losses[:] = 0.0, 0.0
        for other, share in zip(others, shares, strict=True):
            scale = float(unit * other)
            money.add(gains if scale >= 0.0 else losses, lead.scaled(abs(scale)), float(w * share))
        if more != 0.0:
            found = found + money.fixed(float(more)) * (money.of(gains) + np.conj(money.of(losses)))
    if not certain.any():
        found = money.of(gains) + np.conj(money.of(losses))
    return found


def _split(size: Size) -> tuple[Law, F8, F8]:
    # The first draw as a law; the product of all others, with the constant, as nodes and their probabilities.
    if not size.draws:
        return Law(0, 0.0, 0.0, 0.0), np.array([size.constant]), np.ones(1)
    value, share = np.array([size.constant]), np.ones(1)
    for draw in size.draws[1:]:
        if draw.law.fixed:
            value = value * draw.law.value
            continue
        u, w = quantile_nodes(16)
        value = np.outer(value, draw.law.quantile(u)).ravel()
        share = np.outer(share, w).ravel()
    if value.size <= SIZE_NODES:
        return size.draws[0].law, value, share
    order = np.argsort(value)
    value, share = value[order], share[order]
    group = np.minimum((np.cumsum(share) * SIZE_NODES).astype(np.int64), SIZE_NODES - 1)
    total, summed = np.zeros((2, SIZE_NODES))
    np.add.at(total, group, share)
    np.add.at(summed, group, share * value)
    kept = total > 0.0
    return size.draws[0].law, summed[kept] / total[kept], total[kept]


def held_value(desk: Desk, money: MoneyGrid, p: int) -> C16:
    """Transform of the value of a program that is marketed already, with one pair at most."""
    pairs = desk.model.pairs
    found = money.fixed(0.0)
    for f in range(desk.model.programs.pair_from[p], desk.model.programs.pair_from[p + 1]):
        if pairs.held[f] == 1:
            certain, drawn = desk.sales.held_worth(f)
            found = found * sized(money, desk.sales.size(f), certain, drawn, desk.sales.climbs(f)[1])
    return found


def bounds(desk: Desk, p: int) -> tuple[float, float]:
    """Lowest and highest value that a program can have, extremes of unbounded draws apart."""
    model = desk.model
    stages = range(model.programs.stage_from[p], model.programs.stage_from[p + 1])
    lowest = -sum(law(model.stages.cost[s]).top() * float(model.programs.cost_share[p]) for s in stages)
    highest = 0.0
    for f in range(model.programs.pair_from[p], model.programs.pair_from[p + 1]):
        size = desk.sales.size(f)
        top = size.constant * float(np.prod([draw.law.top() for draw in size.draws]))
        times = desk.grid.middles
        if model.pairs.held[f] == 1:
            certain, drawn = desk.sales.held_worth(f)
            ends = np.concatenate([certain, certain + drawn * top])
        else:
            ends = desk.sales.worth(f, times).ravel() * top
        highest += max(0.0, float(ends.max()))
        lowest += min(0.0, float(ends.min()))
        highest += approval_pay(model, f) * float(model.programs.economic_share[p])
    return lowest, highest


def path_key(desk: Desk, p: int) -> tuple[object, ...]:
    """All that the distribution of a program's value depends on."""
    model = desk.model
    programs, pairs = model.programs, model.pairs
    chances = desk.ways[p].chances
    mine = range(programs.pair_from[p], programs.pair_from[p + 1])
    return (
        chain_key(model, p), float(programs.start[p]), float(programs.start_span[p]),
        tuple(chances.reach.ravel().tolist()), tuple(chances.passed.ravel().tolist()),
        tuple(
            (desk.sales.key(f), desk.sales.money_key(f), *filing_key(model, f),
             pairs.launch[f] if pairs.held[f] == 1 else 0.0)
            for f in mine
        ),
    )  # fmt: skip
