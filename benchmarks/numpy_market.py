"""Markets, supply and deals of a block of futures in NumPy: one row per (pair, future) that is on the market."""

from typing import Any

import numpy as np

from benchmarks.numpy_draws import F8, Draws, Shapes, Whole, long_uniform, short_uniform
from echelon.futures.model import Model

REPORTED_FADE = 3.0
COLUMNS = ("pair", "future", "class_", "order", "deal")
NUMBERS = (
    "start", "stretch", "so_far", "weight", "yearly", "factor", "known", "grams", "loss",
)  # fmt: skip


class Rows:
    """A table that grows: named columns of whole numbers and of numbers."""

    def __init__(self, whole: tuple[str, ...], numbers: tuple[str, ...]) -> None:
        self.size = 0
        self._columns: dict[str, Any] = {name: np.empty(0, np.int64) for name in whole}
        self._columns |= {name: np.empty(0) for name in numbers}

    def add(self, rows: dict[str, Any]) -> None:
        """Add rows."""
        count = next(iter(rows.values())).size
        need = self.size + count
        for name, column in self._columns.items():
            if need > column.size:
                self._columns[name] = np.resize(column, 2 * need)
            self._columns[name][self.size : need] = rows[name]
        self.size = need

    def __getitem__(self, name: str) -> Any:
        return self._columns[name][: self.size]


class Market:
    """What a block of futures sells. Flat indices are thing x futures + future."""

    def __init__(self, model: Model, draws: Draws, futures: int) -> None:
        self.model, self.draws, self.n = model, draws, futures
        pairs, markets = model.pairs, model.markets
        self.all = np.arange(futures)
        self.rows = Rows(COLUMNS, NUMBERS)
        self.rivals = Rows(("class_",), ("start", "so_far", "weight"))
        self.value, self.climb = Shapes(pairs.value), Shapes(pairs.to_peak)
        self.strength = Shapes(model.programs.strength)
        self.entered = np.repeat(markets.entered.astype(np.int64), futures)
        self.first_sale = np.repeat(model.asset_territory_launch, futures)
        self.size = self._sizes()
        self.takes = self._takes()
        self.deal_year = np.zeros((model.deals.supply_share.size, futures))
        self.milestone_paid = np.zeros((model.deals.mile_deal.size, futures), bool)
        self.first_short = np.full(futures, np.nan)
        self.served = np.zeros(futures)
        self.unserved = np.zeros(futures)

    def _sizes(self) -> F8:
        # Patients, share of them and months over their modes; lines that share patients never take more than all.
        markets = self.model.markets
        shapes = [Shapes(rows) for rows in (markets.counts, markets.lines, markets.months)]
        owners = [(shape, row) for shape in shapes for row in range(shape.typical.size)]
        drawn = np.ones((markets.early_stream.size, self.n))
        for b, stream in enumerate(markets.early_stream):
            shape, row = owners[b]
            u = self.draws.long(np.full(self.n, stream), self.all)
            drawn[b] = shape(np.full(self.n, row), u)
        lines = markets.line_mode.size
        counts = markets.early_stream.size - 2 * lines
        share, months = drawn[counts : counts + lines], drawn[counts + lines :]
        asked = np.zeros((markets.groups, self.n))
        np.add.at(asked, markets.line_group, share * markets.line_mode[:, None])
        reached = share / np.maximum(1.0, asked[markets.line_group])
        for j in np.flatnonzero(markets.line_parent >= 0):
            reached[j] *= reached[markets.line_parent[j]]
        of = markets.line_of
        return np.asarray(drawn[markets.count_of] * reached[of] * months[of]).ravel()

    def _takes(self) -> F8:
        # What a gram takes of the line of each leg, by future.
        supply = self.model.supply
        shapes = Shapes(supply.titer)
        takes = np.repeat(supply.use[:, None], self.n, axis=1)
        for i, row in enumerate(supply.use_titer):
            if row >= 0:
                u = self.draws.long(np.full(self.n, supply.titer_stream[row]), self.all)
                takes[i] /= shapes(np.full(self.n, row), u)
        return takes

    # --- entering --------------------------------------------------------------------------------------------

    def launch(self, f: Whole, i: Whole, time: F8, rivals: tuple[Whole, Whole, F8]) -> F8:
        """Launch pairs in futures, with the rivals that enter in the same quarter; return their loss of exclusivity."""
        model, pairs, draws = self.model, self.model.pairs, self.draws
        p, m = pairs.program[f], pairs.market[f]
        held = pairs.held[f] == 1
        g = pairs.asset_territory[f] * self.n + i
        np.minimum.at(self.first_sale, g, time)
        loss = pairs.loss[f]
        loss = np.where(np.isnan(loss), self.first_sale[g] + pairs.exclusivity[f], loss)
        words = draws.words(model.programs.peak_stream[p], i)
        years = self.climb(f, short_uniform(words[2]))
        level = long_uniform(words[0], words[1])
        priced = np.flatnonzero(pairs.value_stream[f] >= 0)
        level[priced] = draws.long(pairs.value_stream[f[priced]], i[priced])
        yearly, usual = self.value(f, level), self.value.typical[f]
        dear = np.divide(yearly, usual, out=np.ones(f.size), where=usual > 0.0)
        at = np.where(m >= 0, m * self.n + i, -1)
        factor = np.where(m >= 0, self.size[at], 1.0) if self.size.size else np.ones(f.size)
        weight = np.ones(f.size)
        if model.switches.competition:
            weight[held & (m >= 0)] = pairs.weight[f[held & (m >= 0)]]
            new = np.flatnonzero(~held & (m >= 0))
            strength = self.strength(p[new], short_uniform(words[3][new]))
            weight[new] = self._enter(at[new], time[new], f[new], strength, rivals)
        else:
            weight = np.where(m >= 0, pairs.static_share[f], 1.0)
        known = held & (pairs.reported[f] == 1)
        factor *= np.where(known, dear, 1.0)
        stretch = years / model.markets.uptake_years
        past = self.peak_years(np.maximum(-time, 0.0), stretch)
        order = pairs.order[f].astype(np.int64)
        self.rows.add(
            {
                "pair": f,
                "future": i,
                "class_": at,
                "order": np.where(order >= 0, order * self.n + i, -1),
                "deal": np.where(pairs.deal[f] >= 0, pairs.deal[f] * self.n + i, -1),
                "start": time,
                "stretch": stretch,
                "so_far": past,
                "weight": weight,
                "yearly": np.where(known, usual, yearly) * pairs.scale[f],
                "factor": factor,
                "known": known.astype(float),
                "grams": pairs.grams[f] / np.where(m >= 0, dear, 1.0),
                "loss": loss,
            }
        )
        return loss

    def _enter(self, at: Whole, time: F8, node: Whole, strength: F8, rivals: tuple[Whole, Whole, F8]) -> F8:
        # Ranks of what enters in one quarter, by class and future, in order of time; rivals after pairs at one moment.
        markets = self.model.markets
        v, j, entry = rivals
        where = np.concatenate([at, markets.rival_market[v] * self.n + j])
        when = np.concatenate([time, entry])
        nodes = np.concatenate([node, v + len(self.model.pairs.program)])
        order = np.lexsort((nodes, when, where))
        ordered = where[order]
        first = np.r_[True, ordered[1:] != ordered[:-1]][: order.size]
        place = np.arange(order.size) - np.maximum.accumulate(np.where(first, np.arange(order.size), 0))
        rank = np.empty(order.size, np.int64)
        rank[order] = self.entered[ordered] + place + 1
        np.add.at(self.entered, where, 1)
        power = markets.order_power[np.minimum(rank, markets.order_power.size - 1)]
        if v.size:
            self.rivals.add(
                {
                    "class_": where[at.size :],
                    "start": entry,
                    "so_far": np.zeros(v.size),
                    "weight": markets.rival_strength[v] * power[at.size :],
                }
            )
        return np.asarray(strength * power[: at.size])

    # --- selling ---------------------------------------------------------------------------------------------

    def peak_years(self, since: F8, stretch: Any) -> F8:
        """Sales since launch in years at peak: the published curve, stretched."""
        markets = self.model.markets
        table, step = markets.uptake, markets.uptake_step
        last = table.size - 1
        slow = stretch > 0.0
        x = np.divide(since, stretch * step, out=np.full_like(since, last + 1.0), where=slow)
        cell = np.minimum(x, last - 1).astype(np.int64)
        low = table[cell]
        inside = (low + (x - cell) * (table[cell + 1] - low)) * stretch
        beyond = np.where(slow, (table[last] - last * step) * stretch + since, since)
        return np.where(x >= last, beyond, inside)

    def demand(self, c: int) -> F8:
        """Sales asked for by each row."""
        model, pairs, rows = self.model, self.model.pairs, self.rows
        calendar = model.calendar
        length = calendar.length[c]
        end = calendar.start[c] + length
        middle = end - 0.5 * length
        f, at = rows["pair"], rows["class_"]
        total = self.peak_years(end - rows["start"], rows["stretch"])
        uptake = (total - rows["so_far"]) / length
        rows["so_far"][:] = total
        pulls = rows["weight"] * uptake
        value = rows["yearly"] * pulls
        value *= length
        fade = np.where(rows["known"] > 0.0, min(1.0, middle / REPORTED_FADE), 1.0)
        value *= 1.0 + (rows["factor"] - 1.0) * fade
        in_class = np.flatnonzero(at >= 0)
        if in_class.size:
            some = at[in_class]
            value[in_class] *= model.markets.patients[some // self.n, c]
            if model.switches.competition:
                value[in_class] *= self._crowding(c, pulls, in_class)
        if pairs.growth.any():
            value *= np.exp(pairs.growth * middle)[f]
        lost = np.flatnonzero(rows["loss"] < middle)
        decline = pairs.decline[f[lost]]
        value[lost] *= np.where(decline < 1e9, np.exp(-decline * (middle - rows["loss"][lost])), 0.0)
        return np.asarray(value)

    def _crowding(self, c: int, pulls: F8, in_class: Whole) -> F8:
        # What one unit of a row's own pull wins: its whole weight and the others' as far as they are taken up.
        markets, rows, rivals = self.model.markets, self.rows, self.rivals
        pull = np.repeat(markets.pull[:, c], self.n)
        new = in_class[self.model.pairs.held[rows["pair"][in_class]] == 0]
        np.add.at(pull, rows["class_"][new], pulls[new])
        if rivals.size:
            calendar = self.model.calendar
            stretch = np.full(rivals.size, markets.rival_to_peak / markets.uptake_years)
            total = self.peak_years(calendar.start[c] + calendar.length[c] - rivals["start"], stretch)
            gained = (total - rivals["so_far"]) / calendar.length[c]
            rivals["so_far"][:] = total
            np.add.at(pull, rivals["class_"], rivals["weight"] * gained)
        known = self.model.pairs.counted[rows["pair"][in_class]]
        counted = pulls[in_class].copy()
        held = np.flatnonzero(known >= 0)
        counted[held] = self.model.pairs.pulls[known[held], c]
        whole = pull[rows["class_"][in_class]] + rows["weight"][in_class] - counted
        return np.divide(1.0, whole, out=np.zeros_like(whole), where=whole > 0.0)

    def sum_up(self, values: F8, index: Whole, things: int) -> F8:
        """Sums of values by flat index, f8[thing, future]."""
        return np.bincount(index, values, things * self.n).reshape(things, self.n)

    def sell(self, c: int) -> tuple[F8, dict[str, F8]]:
        """Sell a column: margin before tax f8[future], and the flows that a ledger books."""
        model, pairs, rows, money = self.model, self.model.pairs, self.rows, self.model.money
        value = self.demand(c)
        lost = self._supply(c, value)
        f, i = rows["pair"], rows["future"]
        runs = np.r_[(model.deals.from_column <= c) & (c < model.deals.to_column), False]
        away = runs[pairs.deal]
        theirs = np.flatnonzero(away[f])
        ours = pairs.economic_share
        margin = 1.0 - money.cogs - money.selling - pairs.paid_away
        away_share = np.where(away, 0.0, pairs.paid_away + margin * (1.0 - ours))
        sold = np.where(away[f], 0.0, value)
        sales = np.bincount(i, sold, self.n)
        others = np.bincount(i, value * away_share[f], self.n)
        rates, milestones = self._settle(c, value[theirs], rows["deal"][theirs])
        paid = value[theirs] * rates.ravel()[rows["deal"][theirs]]
        royalties = np.bincount(i[theirs], paid, self.n)
        others += np.bincount(i[theirs], paid * (1.0 - ours)[f[theirs]], self.n)
        partner_sales = np.bincount(i[theirs], value[theirs], self.n)
        if c < model.calendar.quarters:
            self.unserved += lost
            self.served += sales + partner_sales
        flows = {
            "sales": sales,
            "cogs": sales * money.cogs,
            "selling": sales * money.selling,
            "partner_share": others,
            "royalties": royalties,
            "milestones": milestones,
            "partner_sales": partner_sales,
            "unserved": lost,
        }
        return sales * (1.0 - money.cogs - money.selling) - others + royalties + milestones, flows

    def _supply(self, c: int, value: F8) -> F8:
        # Serve what can be made, in place; return what could not be.
        calendar, rows, pairs = self.model.calendar, self.rows, self.model.pairs
        made = np.flatnonzero(rows["order"] >= 0)
        if not made.size or not self.model.switches.supply:
            return np.zeros(self.n)
        order, f = rows["order"][made], rows["pair"][made]
        price = np.exp(pairs.growth * (calendar.start[c] + 0.5 * calendar.length[c]))[f]
        grams = self.sum_up(value[made] / price * rows["grams"][made], order, self.model.supply.order_asset.size)
        got = self._made(c, grams)
        served = np.divide(got, grams, out=np.ones_like(grams), where=got < grams)
        if c < calendar.quarters:
            self.first_short[(got < grams).any(axis=0) & np.isnan(self.first_short)] = c * 0.25
        asked = value[made]
        value[made] *= served.ravel()[order]
        return np.bincount(rows["future"][made], asked - value[made], self.n)

    def _made(self, c: int, grams: F8) -> F8:
        # Grams that lines allow of what is asked for: first sites first, all alike where one is short.
        supply, calendar = self.model.supply, self.model.calendar
        there = supply.capacity[:, min(c, calendar.quarters - 1)] * (calendar.length[c] * 4.0)
        left = np.repeat(there[:, None], self.n, axis=1)
        got, rest = np.zeros_like(grams), grams.copy()
        for turn in range(supply.passes):
            legs = [(k, g) for k, g in self._legs(turn) if supply.leg_after[g] <= calendar.start[c]]
            pressed = np.zeros_like(left)
            for k, g in legs:
                pressed[supply.use_line[g]] += rest[k] * self.takes[g]
            share = np.divide(left, pressed, out=np.ones_like(left), where=pressed > left)
            left = np.maximum(0.0, left - pressed)
            for k, g in legs:
                granted = rest[k] * share[supply.use_line[g]]
                got[k] += granted
                rest[k] -= granted
        return np.where(rest > 0.0, got, grams)

    def _legs(self, turn: int) -> list[tuple[int, int]]:
        # Orders and the legs that they ask in a turn; a leg has one line.
        supply = self.model.supply
        stages = [
            (k, j) for k in range(self.model.supply.order_asset.size) for j in range(*supply.order_from[k : k + 2])
        ]
        return [(k, supply.leg_from[j] + turn) for k, j in stages if supply.leg_from[j] + turn < supply.leg_from[j + 1]]

    def _settle(self, c: int, value: F8, deal: Whole) -> tuple[F8, F8]:
        deals = self.model.deals
        count = deals.supply_share.size
        if self.model.calendar.year_start[c]:
            self.deal_year[:] = 0.0
        sold = self.sum_up(value, deal, count)
        before = self.deal_year.copy()
        self.deal_year += sold
        rates = np.zeros_like(sold)
        for d in range(count):
            tiers = range(deals.tier_from[d], deals.tier_from[d + 1])
            ends = [*deals.tier_sales[list(tiers[1:])], np.inf]
            due = np.zeros(self.n)
            for t, end in zip(tiers, ends, strict=True):
                part = np.minimum(self.deal_year[d], end) - np.maximum(before[d], deals.tier_sales[t])
                due += np.maximum(part, 0.0) * deals.tier_rate[t]
            rates[d] = np.divide(due, sold[d], out=np.zeros(self.n), where=sold[d] > 0.0) + deals.supply_share[d]
        found = np.zeros(self.n)
        for o in np.flatnonzero(np.isfinite(deals.mile_sales)):
            d = deals.mile_deal[o]
            reached = (self.deal_year[d] >= deals.mile_sales[o]) & ~self.milestone_paid[o] & (sold[d] > 0.0)
            self.milestone_paid[o] |= reached
            found += reached * deals.mile_amount[o]
        return rates, found
