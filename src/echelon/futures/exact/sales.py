"""Sales: what a launched pair sells in every column, and what a unit of it is worth, at any time of launch."""

import numpy as np

from echelon.futures.arrays import F8
from echelon.futures.exact.deals import income, promotes, running
from echelon.futures.exact.laws import law
from echelon.futures.exact.reimbursement import listing_factor
from echelon.futures.exact.sizes import Draw, Size, market_draws, product_mean, quantile_nodes
from echelon.futures.exact.timing import Grid, Timing
from echelon.futures.model import Model
from echelon.futures.rules.draws import TRIANGULAR

REPORTED_FADE = 3.0
"""Years over which the model's uncertainty takes over from reported sales."""


class SalesBook:
    """Sales of all pairs; what depends on a shape alone is worked out once."""

    def __init__(self, model: Model, grid: Grid, nodes: int) -> None:
        self._model = model
        self._grid = grid
        calendar = model.calendar
        self.start = calendar.start
        self.length = calendar.length
        self.middle = calendar.start + 0.5 * calendar.length
        self.u, self.weight = quantile_nodes(nodes)
        self._mean_rise: dict[tuple[float, ...], F8] = {}
        self._cells: dict[tuple[object, ...], F8] = {}

    def _peak_years(self, time: F8, climb: float) -> F8:
        # Sales since launch in years at peak: the launch curve stretched to a climb.
        if climb <= 0.0:
            return np.maximum(time, 0.0)
        markets = self._model.markets
        stretch = climb / markets.uptake_years
        x = np.maximum(time, 0.0) / stretch
        last = (markets.uptake.size - 1) * markets.uptake_step
        inside = np.interp(x, np.arange(markets.uptake.size) * markets.uptake_step, markets.uptake)
        return stretch * (inside + np.maximum(x - last, 0.0))

    def climbs(self, f: int) -> tuple[F8, F8]:
        """Years to peak of a pair on common nodes, and the weights of the nodes."""
        one = law(self._model.pairs.to_peak[f])
        if one.fixed:
            return np.array([one.value]), np.ones(1)
        return one.quantile(self.u), self.weight

    def rise(self, f: int, times: F8) -> F8:
        """Years of peak sales in each column, f8[node, t, c], launched at each time."""
        climbs, _ = self.climbs(f)
        edges = np.append(self.start, self.start[-1] + self.length[-1])
        since = edges[None, :] - times[:, None]
        return np.array([np.diff(self._peak_years(since, float(climb)), axis=1) for climb in climbs])

    def mean_rise(self, f: int, times: F8) -> F8:
        """Mean of `rise` over the climb, f8[t, c]."""
        return np.asarray(np.tensordot(self.climbs(f)[1], self.rise(f, times), axes=1))

    def level(self, f: int, times: F8, rival: Timing | None) -> F8:
        """Factor on sales in each column, f8[t, c], launched at each time.

        rival : first launch by another program of the asset in the territory, while that is open.
        """
        model, pairs = self._model, self._model.pairs
        middle = self.middle
        value = np.full((times.size, middle.size), float(pairs.scale[f]))
        m = pairs.market[f]
        if m >= 0:
            value *= pairs.static_share[f] * model.markets.patients[m]
        value *= np.exp(pairs.growth[f] * middle)
        if pairs.listing[f] >= 0:
            value *= listing_factor(model, f, times, middle, self._width(times))
        return value * self._stays(f, times) * self._decay(f, times, rival)

    def _width(self, times: F8) -> float:
        # Launches by cell are spread over their cells; single moments are not.
        return self._grid.step if times.size == self._grid.count else 0.0

    def _stays(self, f: int, times: F8) -> F8:
        # Chance f8[t, c] that an approval has not been withdrawn by the middle of each column.
        pairs = self._model.pairs
        of = int(pairs.leader[f]) if pairs.leader[f] >= 0 else f
        if pairs.confirm_stream[of] < 0 or pairs.confirm_pos[of] >= 1.0:
            return np.ones((times.size, 1))
        since = self.middle[None, :] - (times[:, None] - float(pairs.launch_lag[of]))
        length, width = law(pairs.confirm[of], float(pairs.confirm_from[of])), self._width(times)
        if width > 0.0:
            gone = (length.shortfall(since + 0.5 * width) - length.shortfall(since - 0.5 * width)) / width
        else:
            gone = length.below(since)
        return np.asarray(1.0 - (1.0 - float(pairs.confirm_pos[of])) * gone)

    def _decay(self, f: int, times: F8, rival: Timing | None) -> F8:
        # What is left after loss of exclusivity.
        pairs = self._model.pairs
        if not np.isnan(pairs.loss[f]):
            return self._after(f, np.full(times.size, pairs.loss[f]))
        first = np.minimum(self._model.asset_territory_launch[pairs.asset_territory[f]], times)
        own = self._after(f, first + pairs.exclusivity[f])
        if rival is None:
            return own
        grid = self._grid
        when = np.concatenate([rival.at, grid.middles])
        mass = np.concatenate([rival.mass, rival.cells])
        sooner = np.where(when[None, :] < first[:, None], mass, 0.0)
        # Mass of the cell in which the launch itself lies: half of it comes sooner.
        own_cell = np.abs(when[None, :] - first[:, None]) < 1e-9 * grid.step
        own_cell[:, : rival.at.size] = False
        sooner = np.where(own_cell, 0.5 * mass, sooner)
        mixed = sooner @ self._after(f, when + pairs.exclusivity[f])
        return np.asarray(own * (1.0 - sooner.sum(axis=1))[:, None] + mixed)

    def _after(self, f: int, loss: F8) -> F8:
        decline = self._model.pairs.decline[f]
        past = self.middle[None, :] - loss[:, None]
        if decline >= 1e9:
            return (past <= 0.0).astype(np.float64)
        return np.asarray(np.exp(-decline * np.maximum(past, 0.0)))

    def size(self, f: int) -> Size:
        """What a pair's peak is drawn from."""
        model, pairs = self._model, self._model.pairs
        stream = pairs.value_stream[f]
        if stream < 0:
            stream = model.programs.peak_stream[pairs.program[f]]
        one = law(pairs.value[f])
        draws = [Draw(int(stream), one)]
        m = pairs.market[f]
        if m >= 0:
            draws += market_draws(model, int(m))
        if not (pairs.held[f] == 1 and pairs.reported[f] == 1):
            return Size(1.0, tuple(draws), False)
        typical = float(pairs.value[f, 2]) if one.kind == TRIANGULAR else float(one.quantile(np.array(0.5)))
        if typical <= 0.0:
            return Size(0.0, (), True)
        draws[0] = Draw(int(stream), one.scaled(1.0 / typical))
        return Size(typical, tuple(draws), True)

    def fade(self) -> F8:
        """Share of reported sales, f8[c], that the model's draws have taken over."""
        return np.minimum(1.0, self.middle / REPORTED_FADE)

    def _of(self, f: int, times: F8, rival: Timing | None) -> F8:
        return self.mean_factor(f) * self.level(f, times, rival) * self.mean_rise(f, times)

    def mean_factor(self, f: int) -> F8:
        """Mean size of a pair, f8[c]."""
        size = self.size(f)
        if size.fades:
            fade = self.fade()
            return np.asarray(size.constant * (1.0 - fade) + product_mean([size]) * fade)
        return np.full(self.middle.size, product_mean([size]))

    def sold(self, f: int, launch: Timing, rival: Timing | None = None) -> F8:
        """Expected sales of a pair in each column, f8[c], over its time of launch."""
        found = np.zeros(self.middle.size)
        if launch.at.size:
            found += launch.mass @ self._of(f, launch.at, rival)
        if launch.cells.any():
            found += launch.cells @ (self._in_cells(f) if rival is None else self._of(f, self._grid.middles, rival))
        return found

    def _in_cells(self, f: int) -> F8:
        key = self.key(f)
        if key not in self._cells:
            shape = tuple(self._model.pairs.to_peak[f].tolist())
            if shape not in self._mean_rise:
                self._mean_rise[shape] = self.mean_rise(f, self._grid.middles)
            factor = self.mean_factor(f) * self.level(f, self._grid.middles, None)
            self._cells[key] = factor * self._mean_rise[shape]
        return self._cells[key]

    def key(self, f: int) -> tuple[object, ...]:
        """All that the sales of a pair without rivals of its own depend on."""
        pairs = self._model.pairs
        numbers = (
            *pairs.to_peak[f].tolist(), *pairs.value[f].tolist(), *pairs.confirm[f].tolist(),
            pairs.growth[f], pairs.decline[f], pairs.exclusivity[f], pairs.scale[f], pairs.static_share[f],
            pairs.confirm_from[f], pairs.confirm_pos[f], pairs.launch_lag[f], int(pairs.listing[f]),
            int(pairs.leader[f]),
            self._model.asset_territory_launch[pairs.asset_territory[f]],
        )  # fmt: skip
        loss = None if np.isnan(pairs.loss[f]) else float(pairs.loss[f])
        return (*numbers, loss, int(pairs.market[f]), int(pairs.held[f]), int(pairs.reported[f]))

    def route(self, f: int) -> tuple[F8, F8, F8]:
        """Chance that a partner sells in each column, that it promotes, and its net pay per unit it sells, f8[c]."""
        d, none = int(self._model.pairs.deal[f]), np.zeros(self.middle.size)
        if d < 0:
            return none, none, none
        runs = running(self._model, d, self.middle)
        if promotes(self._model, d):
            return none, runs, none
        return runs, none, np.full(self.middle.size, income(self._model, d))

    def unit_value(self, f: int) -> F8:
        """Present value to us of one unit sold in each column, f8[c]."""
        model, pairs = self._model, self._model.pairs
        partner, promoted, rate = self.route(f)
        keep = 1.0 - model.money.cogs - model.money.selling - pairs.paid_away[f] - promoted * self.commission(f)
        share = pairs.economic_share[f]
        return np.asarray(share * (partner * rate + (1.0 - partner) * keep) * model.calendar.discount)

    def commission(self, f: int) -> float:
        """Share of our sales that a partner which promotes them is paid."""
        d = self._model.pairs.deal[f]
        return float(self._model.deals.commission[d]) if d >= 0 else 0.0

    def worth(self, f: int, times: F8) -> F8:
        """Present value to us, f8[node, t], of sales of a size of one, launched at each time."""
        if times.size == self._grid.count:
            key = ("worth", self.key(f), self.money_key(f), float(times[0]))
            if key not in self._cells:
                self._cells[key] = self._worth(f, times)
            return self._cells[key]
        return self._worth(f, times)

    def _worth(self, f: int, times: F8) -> F8:
        weight = self.level(f, times, None) * self.unit_value(f)
        climbs, _ = self.climbs(f)
        edges = np.append(self.start, self.start[-1] + self.length[-1])
        since = edges[None, :] - times[:, None]
        rises = (np.diff(self._peak_years(since, float(climb)), axis=1) for climb in climbs)
        return np.array([(rise * weight).sum(axis=1) for rise in rises])

    def money_key(self, f: int) -> tuple[object, ...]:
        """All that the value of a pair's sales depends on, beside the sales."""
        pairs = self._model.pairs
        return (
            int(pairs.deal[f]), float(pairs.paid_away[f]), float(pairs.economic_share[f]),
            float(pairs.launch_lag[f]),
        )  # fmt: skip

    def held_worth(self, f: int) -> tuple[F8, F8]:
        """Present value f8[node] of a held pair: what is certain, and what goes with a size of one."""
        time = np.array([self._model.pairs.launch[f]])
        value = (self.rise(f, time) * self.level(f, time, None) * self.unit_value(f))[:, 0]
        size = self.size(f)
        if not size.fades:
            return np.zeros(len(value)), value.sum(axis=1)
        fade = self.fade()
        return size.constant * (value @ (1.0 - fade)), value @ fade
