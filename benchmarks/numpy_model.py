"""The plainer rules in NumPy, a block of futures at a time: what the same model costs without a compiler.

Events of a quarter are handled together, as flat arrays of (program, future). Cash is exact: where a quarter's funds
might not cover all that could start in it, those futures are walked through program by program. Rules that are not
here (bridging, inspections, reimbursement and others, see `numpy_check`) raise `NotImplementedError`.
"""

import math
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from benchmarks.numpy_check import check
from benchmarks.numpy_draws import F8, Draws, Shapes, Whole, long_uniform, short_uniform
from benchmarks.numpy_market import Market
from echelon.futures.model import Model

STARTS, PASSES, FAILS, STOPS, LOSES, WAITS = range(6)
UNSEEN, RESERVE, CLINIC, MARKETED = -1, 0, 1, 2
DISCOVERING, FILING = -1, 2
NEVER = 32_000
FLOWS = ("sales", "royalties", "milestones", "cogs", "selling", "partner_share", "partner_sales", "unserved")


class Block:
    """Futures `first` to `first + futures` of one model. Flat indices are thing x futures + future."""

    def __init__(self, model: Model, first: int, futures: int) -> None:
        check(model)
        self.model, self.n = model, futures
        self.draws = Draws(model.streams, first)
        self.all = np.arange(futures)
        self.quarters = model.calendar.quarters
        self.horizon = self.quarters / 4.0
        programs, stages, pairs = model.programs, model.stages, model.pairs
        size = programs.report.size
        self.duration, self.cost = Shapes(stages.duration), Shapes(stages.cost)
        self.lag, self.review = Shapes(pairs.lag), Shapes(pairs.review)
        self.time = np.full(size * futures, np.inf)
        self.quarter = np.full(size * futures, NEVER, np.int16)
        self.phase = np.zeros(size * futures, np.int8)
        self.stage = np.repeat(programs.stage_from[:-1], futures)
        self.status = np.repeat(programs.status, futures)
        self.crowd = np.zeros((model.assets, 3, futures), np.int16)
        self.live = np.zeros(futures)
        self.decision = np.full(pairs.program.size * futures, np.inf)
        self.launch_time = np.full(pairs.program.size * futures, np.inf)
        self.launch_quarter = np.full(pairs.program.size * futures, NEVER, np.int16)
        self.launched = np.full(model.reports * futures, np.inf)
        self.asset_launched = np.zeros(model.assets * futures, bool)
        self.again = Shapes(pairs.response_delay)
        self.upfront = self._upfront()
        self.shared = self._shared().ravel()
        self.market = Market(model, self.draws, futures)
        self.lines = {name: np.zeros((self.quarters, futures)) for name in (*FLOWS, "tax", "net", "cash")}
        # Spending: what falls in a quarter beyond, and the change of, a level that runs on (one row past the horizon).
        self.extra = {name: np.zeros((self.quarters + 1) * futures) for name in ("research", "discovery", "reimbursed")}
        self.level = {name: np.zeros((self.quarters + 2) * futures) for name in self.extra}
        self.running = {name: np.zeros(futures) for name in self.extra}
        self.funds = np.zeros(futures)
        self.pauses = np.zeros(futures)
        self.losses = np.full(futures, model.money.losses)
        self.counts = {name: np.zeros(futures) for name in ("programs", "assets", "years", "live")}
        self.all_five = np.ones(futures)
        self.full: list[Any] = []
        self.first_launch = np.full(futures, np.nan)
        self.chain_need = self._chain_need()

    # --- draws made at the start -----------------------------------------------------------------------------

    def _shared(self) -> F8:
        factors, programs = self.model.factors, self.model.programs
        deviation = np.zeros((factors.mean.size, self.n))
        for k in range(factors.mean.size - 1, -1, -1):
            u = self.draws.long(np.full(self.n, factors.stream[k]), self.all)
            deviation[k] = ndtri(u) * factors.scale[k]
            for j in range(factors.solve_from[k], factors.solve_from[k + 1]):
                deviation[k] -= factors.weight[j] * deviation[factors.solve[j]]
        deviation += factors.mean[:, None]
        shared = np.zeros((programs.report.size, self.n))
        for p in range(len(shared)):
            for j in range(programs.factor_from[p], programs.factor_from[p + 1]):
                shared[p] += programs.loading[j] * deviation[programs.factor[j]]
            if programs.private_stream[p] >= 0:
                u = self.draws.long(np.full(self.n, programs.private_stream[p]), self.all)
                shared[p] += programs.private[p] * ndtri(u)
        return shared

    def _upfront(self) -> F8:
        deals = self.model.deals
        found = np.zeros(self.quarters)
        some = (deals.after >= 0.0) & (deals.after < self.horizon)
        np.add.at(found, (deals.after[some] * 4.0).astype(np.int64), deals.upfront[some])
        return found

    def _chain_need(self) -> F8:
        # Cash that could be asked for within one quarter from each stage on: short stages let a second one start.
        stages, programs = self.model.stages, self.model.programs
        need = stages.need.copy()
        for p in range(programs.report.size):
            for s in range(programs.stage_from[p + 1] - 2, programs.stage_from[p] - 1, -1):
                if s == programs.stage_from[p] or self.duration.least[s] * stages.overlap[s] <= 0.25:
                    need[s] += need[s + 1]
        return np.asarray(need)

    def begin(self) -> None:
        """Bring the company to as_of."""
        model, programs, pairs = self.model, self.model.programs, self.model.pairs
        for p, status in enumerate(programs.status):
            if status >= RESERVE:
                self.crowd[programs.asset[p], status] += 1
                self.live += 1.0
            mine = p * self.n + self.all
            if programs.stage_from[p] < programs.stage_from[p + 1]:
                start = np.full(self.n, programs.start[p])
                if programs.start_stream[p] >= 0:
                    u = self.draws.long(np.full(self.n, programs.start_stream[p]), self.all)
                    start += programs.start_span[p] * u
                self.schedule(mine, start, STARTS)
            elif status == MARKETED:
                self.schedule(mine, np.full(self.n, programs.loss[p]), LOSES)
        held = np.flatnonzero(pairs.held)
        f, i = np.repeat(held, self.n), np.tile(self.all, held.size)
        self.decision[f * self.n + i] = pairs.launch[f]
        p = pairs.program[f]
        self.launched[programs.report[p] * self.n + i] = -1.0
        self.asset_launched[programs.asset[p] * self.n + i] = True
        none = np.empty(0, np.int64)
        self.market.launch(f, i, pairs.launch[f], (none, none, np.empty(0)))
        markets = model.markets
        entry, rivals = Shapes(markets.rival_entry), np.arange(markets.rival_market.size)
        v, i = np.repeat(rivals, self.n), np.tile(self.all, rivals.size)
        words = self.draws.words(markets.rival_stream[v], i)
        comes = short_uniform(words[2]) < markets.rival_chance[v]
        when = np.maximum(entry(v, long_uniform(words[0], words[1])), 0.0)
        comes &= (when < self.horizon) & model.switches.competition
        self.entries = (v[comes], i[comes], when[comes])

    # --- programs --------------------------------------------------------------------------------------------

    def schedule(self, e: Whole, time: F8, phase: Any) -> None:
        """Set the next event of programs in futures."""
        self.time[e] = time
        self.phase[e] = phase
        self.quarter[e] = np.where(time < self.horizon, np.maximum(np.minimum(time, 1e3), 0.0) * 4.0, NEVER)

    def stand(self, e: Whole, status: Any) -> None:
        """Move programs between echelons."""
        old = self.status[e]
        new = np.broadcast_to(status, e.shape)
        change = np.flatnonzero((old != new) & (old != -2))
        if not change.size:
            return
        e, old, new = e[change], old[change], new[change]
        p, i = np.divmod(e, self.n)
        asset = self.model.programs.asset[p]
        for level, step in ((old, -1), (new, 1)):
            some = np.flatnonzero(level >= RESERVE)
            at = (asset[some] * 3 + level[some]) * self.n + i[some]
            np.add.at(self.crowd.reshape(-1), at, np.int16(step))
            self.live += step * np.bincount(i[some], minlength=self.n)
        self.status[e] = new

    def research(self, q: int) -> None:
        """All events of programs in a quarter."""
        due = np.flatnonzero(self.quarter == q)
        i = due % self.n
        tight = np.zeros(self.n, bool)
        if self.model.switches.cash and math.isfinite(self.model.money.floor):
            moves = self.phase[due] <= PASSES
            stage = self.stage[due] + (self.phase[due] == PASSES)
            wanted = np.where(moves, self.chain_need[np.minimum(stage, self.chain_need.size - 1)], 0.0)
            tight = np.bincount(i, wanted, self.n) > self.funds
        loose = due[~tight[i]]
        while loose.size:
            self.act(q, loose, False)
            loose = loose[self.quarter[loose] == q]
        if tight.any():
            walked = due[tight[i]]
            for one in np.split(walked, np.flatnonzero(np.diff(walked // self.n)) + 1):
                again = one
                while again.size:
                    self.act(q, again, True)
                    again = again[self.quarter[again] == q]

    def act(self, q: int, e: Whole, short: bool) -> None:
        """Let programs act; with `short`, each start must be covered by what is left of the quarter's funds."""
        programs, stages = self.model.programs, self.model.stages
        self.quarter[e] = NEVER
        phase = self.phase[e]
        gone = phase > PASSES
        self.stand(e[gone], UNSEEN)
        e, phase = e[~gone], phase[~gone]
        self.stage[e] += phase == PASSES
        time = self.time[e]
        p, i = np.divmod(e, self.n)
        gated = time >= 0.0
        never = gated & (time >= programs.stop_at[p])
        waits = stages.not_before[self.stage[e]]
        early = gated & ~never & (time < waits)
        self.stand(e[never], UNSEEN)
        self.schedule(e[early], waits[early], STARTS)
        go = ~never & ~early
        if short:
            need = stages.need[self.stage[e]]
            asks = go & gated & (stages.always[self.stage[e]] == 0)
            poor = asks & (need > self.funds[i])
            self.pauses[i[poor]] += 1.0
            self.schedule(e[poor], np.full(int(poor.sum()), (q + 1) * 0.25), STARTS)
            pays = asks & ~poor
            self.funds[i[pays]] -= need[pays]
            go &= ~poor
        if go.any():
            self.begin_stages(e[go], p[go], i[go], time[go])

    def begin_stages(self, e: Whole, p: Whole, i: Whole, time: F8) -> None:
        """Start stages: length, cost and outcome are drawn, and the next event is set."""
        programs, stages = self.model.programs, self.model.stages
        s = self.stage[e]
        kind = stages.kind[s]
        self.stand(e, np.minimum(kind, CLINIC))
        words = self.draws.words(stages.stream[s], i)
        gone = stages.duration_from[s]
        length = self.duration(s, gone + (1.0 - gone) * short_uniform(words[2]))
        cost = self.cost(s, short_uniform(words[3]))
        self.pay(p, i, time, length, cost, kind == DISCOVERING)
        luck = long_uniform(words[0], words[1])
        filed = np.flatnonzero(kind == FILING)
        if filed.size:
            self.file(e[filed], p[filed], i[filed], time[filed], ndtri(luck[filed]))
        trial = np.flatnonzero(kind != FILING)
        e, p, s, time = e[trial], p[trial], s[trial], time[trial]
        residual = programs.residual[p]
        tied = ndtr((stages.threshold[s] - self.shared[e]) / residual)
        passed = luck[trial] < np.where(residual >= 1.0, stages.pos[s], tied)
        readout = np.maximum(time + stages.overlap[s] * length[trial], 0.0)
        stop = programs.stop_at[p]
        stopped = stop <= readout
        when = np.where(stopped, np.maximum(stop, time), readout)
        self.schedule(e, when, np.where(stopped, STOPS, np.where(passed, PASSES, FAILS)))

    def pay(self, p: Whole, i: Whole, time: F8, length: F8, cost: F8, discovering: Any) -> None:
        """Spread the cost of stages evenly over their length."""
        programs = self.model.programs
        first = np.maximum(time, 0.0)
        last = np.minimum(np.minimum(time + length, programs.stop_at[p]), self.horizon)
        some = np.flatnonzero((last > first) & (length > 0.0))
        if some.size != p.size:
            p, i, first, last, length, cost, discovering = (
                x[some] for x in (p, i, first, last, length, cost, discovering)
            )
        rate = cost / length
        self._spread("discovery", discovering, i, first, last, rate)
        self._spread("research", ~discovering, i, first, last, rate)
        partly = programs.cost_share[p] < 1.0
        if partly.any():
            self._spread("reimbursed", partly, i, first, last, rate * (1.0 - programs.cost_share[p]))

    def _spread(self, line: str, some: Any, i: Whole, first: F8, last: F8, rate: F8) -> None:
        if not some.any():
            return
        i, first, last, rate = i[some], first[some], last[some], rate[some]
        a, b = (first * 4.0).astype(np.int64), (last * 4.0).astype(np.int64)
        n = self.n
        at = np.concatenate([a * n + i, b * n + i])
        np.add.at(self.extra[line], at, np.concatenate([rate * ((a + 1) * 0.25 - first), rate * (last - b * 0.25)]))
        quarterly = rate * 0.25
        np.add.at(
            self.level[line], np.concatenate([(a + 1) * n + i, b * n + i]), np.concatenate([quarterly, -quarterly])
        )

    # --- filings and launches --------------------------------------------------------------------------------

    def file(self, e: Whole, p: Whole, i: Whole, time: F8, data: F8) -> None:
        """File programs wherever they are to be filed, territory after territory."""
        programs, pairs = self.model.programs, self.model.pairs
        start, end = programs.pair_from[p], programs.pair_from[p + 1]
        approved = np.zeros(e.size, bool)
        last = time.copy()
        for rank in range(int((end - start).max(initial=0))):
            f_of = start + rank
            some = np.flatnonzero(f_of < end)
            some = some[pairs.held[f_of[some]] == 0]
            if not some.size:
                continue
            f, j = f_of[some], i[some]
            decided, good = self._decide(f, p[some], j, time[some], data[some], self.shared[e[some]])
            last[some] = np.maximum(last[some], np.where(np.isinf(decided), time[some], decided))
            good &= decided < programs.stop_at[p[some]]
            approved[some] |= good
            at = (f * self.n + j)[good]
            self.decision[at] = decided[good]
            launch = decided[good] + pairs.launch_lag[f[good]]
            soon = launch < self.horizon
            self.launch_time[at[soon]] = launch[soon]
            self.launch_quarter[at[soon]] = launch[soon] * 4.0
        self.schedule(e[~approved], last[~approved], FAILS)
        self.phase[e[approved]] = WAITS

    def _decide(self, f: Whole, p: Whole, i: Whole, time: F8, data: F8, shared: F8) -> tuple[F8, Any]:
        pairs = self.model.pairs
        words = self.draws.words(pairs.filing_stream[f], i)
        planned = pairs.submit_at[f]
        planned = np.where(time > 0.0, np.maximum(planned, time), planned)
        submitted = np.where(np.isnan(planned), time + self.lag(f, short_uniform(words[2])), planned)
        relies = pairs.relies[f]
        submitted = np.where(relies >= 0, np.maximum(submitted, self.decision[relies * self.n + i]), submitted)
        gone = pairs.review_from[f]
        decided = submitted + self.review(f, gone + (1.0 - gone) * short_uniform(words[3]))
        again = np.flatnonzero(pairs.response_stream[f] >= 0)
        if again.size:
            r = f[again]
            luck, *lengths = (short_uniform(w) for w in self.draws.words(pairs.response_stream[r], i[again]))
            for k, u in enumerate(lengths, start=1):
                further = (luck < pairs.response[r] ** k) & (pairs.cycles[r] >= k)
                decided[again] += np.where(further, self.again(r, u), 0.0)
        decided = np.maximum(decided, 0.0)
        common = pairs.common[f]
        score = common * data
        score += np.sqrt(np.maximum(0.0, 1.0 - common * common)) * ndtri(long_uniform(words[0], words[1]))
        good = shared + self.model.programs.residual[p] * score <= pairs.threshold[f]
        return decided, good & np.isfinite(decided)

    def launches(self, q: int) -> None:
        """Launches and entries of a quarter."""
        programs, pairs = self.model.programs, self.model.pairs
        at = np.flatnonzero(self.launch_quarter == q)
        v, j, entry = self.entries
        now = (entry * 4.0).astype(np.int64) == q
        if not at.size and not now.any():
            return
        f, i = np.divmod(at, self.n)
        time = self.launch_time[at]
        loss = np.maximum(self.market.launch(f, i, time, (v[now], j[now], entry[now])), time)
        self._count_launches(programs.report[pairs.program[f]], programs.asset[pairs.program[f]], i, time)
        e = pairs.program[f] * self.n + i
        once = np.unique(e)  # a program may launch in several territories in one quarter
        self.stand(once, MARKETED)
        # The program counts as marketed until the last of its territories loses exclusivity.
        self.time[e] = np.where(self.phase[e] == LOSES, self.time[e], -np.inf)
        np.maximum.at(self.time, e, loss)
        self.schedule(e, self.time[e], LOSES)
        self.stand(once[self.quarter[once] <= q], UNSEEN)

    def _count_launches(self, report: Whole, asset: Whole, i: Whole, time: F8) -> None:
        at = report * self.n + i
        new = np.isinf(self.launched[at])
        if not new.any():
            return
        at, asset, i, time = at[new], asset[new], i[new], time[new]
        np.minimum.at(self.launched, at, time)
        self.counts["programs"] += np.bincount(np.unique(at) % self.n, minlength=self.n)
        fresh = np.unique(asset * self.n + i)
        fresh = fresh[~self.asset_launched[fresh]]
        self.asset_launched[fresh] = True
        self.counts["assets"] += np.bincount(fresh % self.n, minlength=self.n)
        earliest = np.full(self.n, np.inf)
        np.minimum.at(earliest, i, time)
        first = np.isnan(self.first_launch) & np.isfinite(earliest)
        self.first_launch[first] = earliest[first]

    # --- quarters --------------------------------------------------------------------------------------------

    def close(self, q: int) -> F8:
        """Sell and close a quarter; return cash at its end."""
        calendar, money, lines = self.model.calendar, self.model.money, self.lines
        margin, flows = self.market.sell(q)
        for name in FLOWS:
            lines[name][q] = flows[name]
        now = slice(q * self.n, (q + 1) * self.n)
        spent = {}
        for name in self.extra:
            self.running[name] += self.level[name][now]
            spent[name] = self.extra[name][now] + self.running[name]
            self.extra[name][now] = spent[name]
        profit = margin + spent["reimbursed"] - spent["research"] - spent["discovery"] - money.overhead[q]
        profit += self.upfront[q]
        lines["milestones"][q] += self.upfront[q]
        lines["tax"][q] = self.tax_on(profit)
        lines["net"][q] = profit - lines["tax"][q]
        lines["cash"][q] = lines["net"][q] + (lines["cash"][q - 1] if q else money.opening)
        self.counts["live"] += self.live
        if calendar.year_end[q]:
            self.count_year(int(calendar.year_end[: q + 1].sum()))
        return lines["cash"][q]

    def tax_on(self, profit: F8) -> F8:
        """Tax after losses carried forward."""
        used = np.minimum(self.losses, profit)
        self.losses -= used
        return np.where(profit > 0.0, self.model.money.tax * (profit - used), 0.0)

    def count_year(self, year: int) -> None:
        """Whether all three echelons are filled: an asset stands where its foremost program does."""
        some = self.crowd > 0
        marketed = some[:, 2]
        clinic = some[:, 1] & ~marketed
        reserve = some[:, 0] & ~some[:, 1] & ~marketed
        want = self.model.money.target
        filled = np.ones(self.n, bool)
        for level, here in enumerate((reserve, clinic, marketed)):
            filled &= here.sum(axis=0) >= want[level]
        self.counts["years"] += filled
        self.full.append(filled)
        partial = int(self.model.calendar.year_end[:3].any())  # a first year cut short is none of the five
        if partial < year <= partial + 5:
            self.all_five *= filled

    def run(self) -> dict[str, F8]:
        """Run the block; return its measures, f8[future] each."""
        calendar, money = self.model.calendar, self.model.money
        self.begin()
        cash: Any = money.opening
        for q in range(self.quarters):
            self.funds = np.broadcast_to(cash - money.floor, (self.n,)).copy()
            self.research(q)
            self.launches(q)
            cash = self.close(q)
        tail = np.zeros(self.n)
        for c in range(self.quarters, calendar.columns):
            margin, _ = self.market.sell(c)
            tail += (margin - self.tax_on(margin)) * calendar.discount[c]
        return self.measures(tail)

    def measures(self, tail: F8) -> dict[str, F8]:
        """Measures of the block."""
        lines, market = self.lines, self.market
        cash = lines["cash"]
        sold = lines["sales"] + lines["partner_sales"]
        years = sold[: self.quarters // 4 * 4].reshape(-1, 4, self.n).sum(axis=1)
        under = cash < self.model.money.floor
        first = np.where(under.any(axis=0), (under.argmax(axis=0) + 1) * 0.25, np.nan)
        asked = market.served + market.unserved
        when = self.launched.reshape(-1, self.n)
        return {
            "enpv": self.model.calendar.discount[: self.quarters] @ lines["net"] + tail,
            "past_horizon": tail,
            "peak_sales": years.max(axis=0, initial=0.0),
            "programs_launched": self.counts["programs"],
            "assets_launched": self.counts["assets"],
            "first_launch": self.first_launch,
            "lowest_cash": cash.min(axis=0),
            "final_cash": cash[-1],
            "first_under_floor": first,
            "first_short": market.first_short,
            "unserved_share": np.divide(market.unserved, asked, out=np.zeros(self.n), where=asked > 0.0),
            "years_filled": self.counts["years"],
            "filled_five_years": self.all_five,
            "starts_paused": self.pauses,
            "live_program_quarters": self.counts["live"],
            "expired_share": np.zeros(self.n),
            "external_money": np.maximum(0.0, max(self.model.money.floor, 0.0) - cash.min(axis=0)),
            "loop_breaks": np.fmin(first, self._first_gap()),
            "launched_by": ((when >= 0.0) & (when < self.model.money.counted * 0.25)).sum(axis=0).astype(float),
        }

    def _first_gap(self) -> F8:
        # End of the first calendar year at which an echelon is not filled.
        ends = (np.flatnonzero(self.model.calendar.year_end) + 1) * 0.25
        gap = ~np.array(self.full).reshape(-1, self.n)
        return np.where(gap.any(axis=0), ends[gap.argmax(axis=0)], np.nan)


def run(model: Model, first: int, futures: int, block: int = 1024) -> dict[str, F8]:
    """Measures of futures from index `first` on, f8[future] each."""
    parts = [Block(model, first + a, min(block, futures - a)).run() for a in range(0, futures, block)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
