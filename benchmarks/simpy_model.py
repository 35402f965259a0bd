"""The coupled rules of one future as a SimPy model: a second opinion, and what a general simulation library costs.

It reads the same arrays and the same named draws as the engine, so future i is the same future. Programs, filings,
rivals, expansions and quarters are processes; readouts and decisions are events that other processes wait for.

What orders events: a program acts in the quarter in which its time falls, when that quarter opens, and programs act in
the order in which cash is given. Everything else (decisions, launches, entries, failures) happens at its own time.
A quarter closes before anything that happens at the moment the next one opens.
"""

import math
from collections.abc import Generator
from types import SimpleNamespace
from typing import Any

import simpy

from benchmarks.books import Books
from benchmarks.luck import Luck, inverse, long_uniform, short_uniform
from benchmarks.simpy_base import Clock, Outcome, company_of
from benchmarks.simpy_filings import Filings
from benchmarks.simpy_limits import Limits
from benchmarks.simpy_market import Markets
from benchmarks.simpy_outlook import Outlook
from benchmarks.simpy_science import Science

Process = Generator[simpy.Event, Any, Any]

UNSEEN, RESERVE, CLINIC, MARKETED = -1, 0, 1, 2
DISCOVERING, FILING = -1, 2

QUARTER, RESULT, DECISION, PROGRAM = 0, 2, 3, 4
"""Order of what happens at one moment; programs and then launches follow by their own numbers."""


class Future:
    """One future of a company: its processes and what they share."""

    def __init__(self, company: SimpleNamespace, future: int) -> None:
        self.company = company
        self.luck = Luck(company.streams, future)
        self.clock = Clock()
        self.books = Books(company)
        self.programs, self.stages, self.pairs = company.programs, company.stages, company.pairs
        self.quarters: int = company.calendar.quarters
        self.horizon = self.quarters / 4.0
        self.results = [self.clock.event() for _ in company.stages.kind]
        self.ended = [self.clock.event() for _ in company.programs.report]
        self.launched = [math.inf] * company.reports
        self.asset_launched = [False] * company.assets
        self.standing = list(company.programs.status)
        self.crowd = [[0, 0, 0] for _ in range(company.assets)]
        self.funds = 0.0
        self.limits = Limits(company, self.books)
        self.pauses = 0
        self.launches = {"programs": 0, "assets": 0}
        self.first_launch = math.nan
        self.protected: list[dict[int, float]] = [{} for _ in self.standing]
        self.echelons: list[list[int]] = []
        self.live_quarters = 0
        for p, status in enumerate(self.standing):
            if status >= RESERVE:
                self.crowd[company.programs.asset[p]][status] += 1
        self.science = Science(company, self.luck)
        self.markets = Markets(company, self.luck, self.books)
        self.filings = Filings(self)
        self.outlook = Outlook(self)

    def stand(self, p: int, status: int) -> None:
        """Move a program to another echelon; further filings of a marketed program stand nowhere."""
        if self.standing[p] < UNSEEN:
            return
        crowd = self.crowd[self.programs.asset[p]]
        if self.standing[p] >= RESERVE:
            crowd[self.standing[p]] -= 1
        if status >= RESERVE:
            crowd[status] += 1
        self.standing[p] = status

    def end(self, p: int, time: float) -> None:
        """A program has failed, is stopped, or is refused everywhere."""
        self.stand(p, UNSEEN)
        if not self.ended[p].triggered:
            self.ended[p].succeed(time)

    # --- programs --------------------------------------------------------------------------------------------

    def program(self, p: int) -> Process:
        """Life of a program: one stage after another until it fails, is stopped, or is filed."""
        programs = self.programs
        ahead = range(programs.stage_from[p], programs.stage_from[p + 1])
        if not ahead:
            return
        time: float = programs.start[p]
        if programs.start_stream[p] >= 0:
            time += programs.start_span[p] * self.luck.long(programs.start_stream[p])
        for s in ahead:
            yield self.turn(p, time)
            if time >= 0.0:
                may, time = yield from self.permission(p, s, time)
                if not may:
                    self.end(p, time)
                    break
            if self.stages.kind[s] == FILING:
                yield from self.filings.file(p, s, time)
                return
            time = yield from self.run_stage(p, s, time)
            if math.isinf(time):
                break
        for s in ahead:  # whoever waits for a stage that is not reached need not wait
            if not self.results[s].triggered:
                self.results[s].succeed(math.inf)

    def turn(self, p: int, time: float) -> simpy.Event:
        """The program's turn in the quarter of a time: when the quarter opens, in the order in which cash is given."""
        return self.clock.until(math.floor(max(time, 0.0) * 4.0) / 4.0, PROGRAM + p)

    def permission(self, p: int, s: int, time: float, deadline: float = math.inf) -> Process:
        """Wait until the plan lets a stage start, or never does, or a deadline; return whether it may, and when."""
        programs, stages = self.programs, self.stages
        while True:
            if time >= min(deadline, programs.stop_at[p]):
                return False, time
            if time < stages.not_before[s]:
                time = stages.not_before[s]
            elif programs.depends[p] >= 0 and not self.ready(programs.depends[p], time):
                passed = yield self.results[programs.depends[p]]
                if math.isinf(passed):
                    return False, max(time, math.floor(self.clock.now * 4.0) / 4.0)
                time = max(time, passed)
            elif stages.stop_below[s] > 0.0 and self.science.believed(p, s) < stages.stop_below[s]:
                return False, time
            elif self.limits.covered(s) and self.limits.room(s, self.clock.now) and self.affordable(s):
                self.limits.begin(s, self.clock.now)
                return True, time
            else:
                self.pauses += 1
                time = math.floor(self.clock.now * 4.0 + 1.0) / 4.0
            if time < deadline:
                yield self.turn(p, time)

    def ready(self, stage: int, time: float) -> bool:
        """Whether another program's stage has passed by a time."""
        result: Any = self.results[stage]
        return bool(result.triggered and result.value <= time)

    def affordable(self, s: int) -> bool:
        """Whether this quarter's cash above the floor, and the year's budget, cover a start; if so it is set aside."""
        if not self.company.switches.cash or self.stages.always[s]:
            return True
        need = self.stages.need[s]
        year = self.company.calendar.year[int(self.clock.now * 4.0)]
        budget = self.company.money.rd_budget[year]
        if math.isfinite(budget) and self.books.committed(year) + need > budget:
            return False
        if need > self.funds:
            return False
        self.funds -= need
        return True

    def run_stage(self, p: int, s: int, start: float) -> Process:
        """Run a stage from its start; return when the next may start, inf if none will."""
        stages, programs = self.stages, self.programs
        self.stand(p, min(stages.kind[s], CLINIC))
        self.outlook.begun[s] = start
        first, second, third, fourth = self.luck.words(stages.stream[s])
        gone = stages.duration_from[s]
        length = inverse(stages.duration[s], gone + (1.0 - gone) * short_uniform(third))
        self.pay(p, s, (start, start + length), inverse(stages.cost[s], short_uniform(fourth)), math.inf)
        expected = self.science.chance(p, s)
        passes = long_uniform(first, second) < expected
        known = self.outlook.read.get(s - 1, start) if s > programs.stage_from[p] else start
        readout = max(start + stages.overlap[s] * length, known)  # a stage at risk says nothing before the one before
        if programs.stop_at[p] <= readout:
            yield self.clock.until(programs.stop_at[p], DECISION)
            self.end(p, programs.stop_at[p])
            return math.inf
        self.outlook.read[s] = readout
        self.clock.process(self.read_out(p, s, readout, passes, expected))
        early = readout
        if stages.kind[s + 1] != FILING:  # nothing is filed before its data are there
            early = max(start, known, 0.0, readout - stages.at_risk[s + 1] * (readout - start))
        if passes:
            return early
        if early < readout:
            yield from self.lost_start(p, s + 1, early, readout)
        yield self.clock.until(readout, DECISION)
        self.end(p, readout)
        return math.inf

    def lost_start(self, p: int, s: int, early: float, readout: float) -> Process:
        """Start a stage at risk whose predecessor will fail: it is paid for until that is known."""
        yield self.turn(p, early)
        may, start = yield from self.permission(p, s, early, readout)
        if may:
            self.stand(p, min(self.stages.kind[s], CLINIC))
            self.outlook.begun[s] = start
            _, _, third, fourth = self.luck.words(self.stages.stream[s])
            length = inverse(self.stages.duration[s], short_uniform(third))
            self.pay(p, s, (start, start + length), inverse(self.stages.cost[s], short_uniform(fourth)), readout)

    def read_out(self, p: int, s: int, time: float, passes: bool, expected: float) -> Process:
        """Tell who waits in the quarter of a readout; after it, let the platform learn."""
        yield self.clock.until(math.floor(time * 4.0) / 4.0, RESULT)
        if not self.results[s].triggered:
            self.results[s].succeed(time if passes else math.inf)
        yield self.clock.until(time, DECISION)
        if passes:
            miles = self.stages.mile[self.stages.mile_from[s] : self.stages.mile_from[s + 1]]
            self.markets.deals.happened(miles, p, time)
        if self.stages.kind[s] == CLINIC:
            self.science.report(p, s, passes, expected)

    def pay(self, p: int, s: int, span: tuple[float, float], cost: float, until: float) -> None:
        """Book a stage's cost gross, what a partner pays back, and our part in the program's worth."""
        self.limits.work(s, span[0], min(span[1], until, self.programs.stop_at[p]))
        line = "discovery" if self.stages.kind[s] == DISCOVERING else "research"
        self.spend(p, span, cost, line, self.stages.spend[s], until)

    def spend(
        self,
        p: int,
        span: tuple[float, float],
        cost: float,
        line: str = "research",
        profile: int = 0,
        until: float = math.inf,
        stops: bool = True,
    ) -> None:
        """Book a cost of a program, until the plan stops it."""
        until = min(until, self.programs.stop_at[p]) if stops else until
        ours = self.programs.cost_share[p]
        value = self.books.spend(line, span, cost, profile, until)
        if ours < 1.0:
            value -= self.books.spend("reimbursed", span, cost * (1.0 - ours), profile, until)
        self.books.worth[self.programs.report[p]] -= value

    # --- markets and quarters --------------------------------------------------------------------------------

    def launch(self, f: int, time: float, approved: float) -> None:
        """First sale of a pair: the program is on the market until its last territory loses exclusivity."""
        p = self.pairs.program[f]
        report, asset = self.programs.report[p], self.programs.asset[p]
        if math.isinf(self.launched[report]):
            self.launched[report] = time
            self.launches["programs"] += 1
            self.launches["assets"] += not self.asset_launched[asset]
            self.asset_launched[asset] = True
            if math.isnan(self.first_launch):
                self.first_launch = time
        self.stand(p, MARKETED)
        self.protect(f, max(time, self.markets.launch(f, time, approved)))

    def protect(self, f: int, until: float) -> None:
        """Note until when a pair is protected: a withdrawal ends that as the loss of exclusivity does."""
        p = self.pairs.program[f]
        self.protected[p][f] = until
        self.clock.process(self.exclusivity(p))

    def exclusivity(self, p: int) -> Process:
        """When the last of its territories loses exclusivity, a program no longer counts as marketed."""
        end = max(self.protected[p].values())
        yield self.clock.until(end, DECISION)
        if max(self.protected[p].values()) <= max(end, self.clock.now):  # the clock may stop a rounding short of it
            self.stand(p, UNSEEN)

    def rival(self, v: int) -> Process:
        """A rival still to come enters its market, if it comes."""
        markets = self.company.markets
        first, second, third, _ = self.luck.words(markets.rival_stream[v])
        if short_uniform(third) >= markets.rival_chance[v]:
            return
        entry = max(0.0, inverse(markets.rival_entry[v], long_uniform(first, second)))
        yield self.clock.until(entry, PROGRAM + len(self.standing) + len(self.pairs.program) + v)
        self.markets.enter(v, entry)

    def company_life(self) -> Process:
        """Quarters one after another: what was learnt and what cash there is; at its end, its close."""
        calendar, money = self.company.calendar, self.company.money
        cash = money.opening
        for quarter in range(self.quarters):
            self.science.learn()
            self.funds = cash - money.floor
            self.limits.cash = cash
            self.markets.supply.decide(quarter, self.funds, self.markets.ahead, self.outlook.grams)
            yield self.clock.until((quarter + 1) / 4.0, QUARTER)
            self.markets.sell(quarter)
            cash = self.books.close(quarter)
            self.live_quarters += sum(status >= RESERVE for status in self.standing)
            if calendar.year_end[quarter]:
                self.echelons.append(self.count())

    def partial_years(self) -> int:
        """Calendar years cut short by the day the company starts: 1 when the first ends within three quarters."""
        return int(any(self.company.calendar.year_end[:3]))

    def count(self) -> list[int]:
        """Assets in each echelon: an asset stands where its foremost program does."""
        counts = [0, 0, 0]
        for crowd in self.crowd:
            foremost = max((level for level in range(3) if crowd[level]), default=UNSEEN)
            if foremost >= RESERVE:
                counts[foremost] += 1
        return counts

    def run(self) -> Outcome:
        """Run the future to its horizon, then value what is launched by then to the end of its tail."""
        pairs = self.pairs
        for f, held in enumerate(pairs.held):
            if held and pairs.leader[f] < 0:
                approved = pairs.launch[f] - pairs.launch_lag[f]
                self.filings.decisions[f].succeed(approved)
                self.filings.approved[f] = approved
                self.launched[self.programs.report[pairs.program[f]]] = -1.0
                self.asset_launched[self.programs.asset[pairs.program[f]]] = True
                self.protect(f, self.markets.launch(f, pairs.launch[f], approved))
                self.filings.confirm(f, approved)
        for v in range(len(self.company.markets.rival_market)):
            self.clock.process(self.rival(v))
        for p in range(len(self.standing)):
            self.clock.process(self.program(p))
            self.clock.process(self.filings.confirmed(p))
        self.clock.run(until=self.clock.process(self.company_life()))
        return self.outcome(self.tail())

    def tail(self) -> float:
        """Discounted margin after tax, past the horizon, of what is on the market."""
        calendar = self.company.calendar
        value = 0.0
        for f, time in self.filings.failing.items():
            if time >= self.horizon:
                self.markets.withdraw(f, time)
        for column in range(self.quarters, calendar.columns):
            margin = self.markets.sell(column)
            value += (margin - self.books.tax_on(margin)) * calendar.discount[column]
        return value

    def outcome(self, tail: float) -> Outcome:
        """Sum a future up."""
        lines, money, sold = self.books.lines, self.company.money, self.markets
        cash = lines["cash"]
        yearly = [
            sum(lines["sales"][q : q + 4]) + sum(lines["partner_sales"][q : q + 4])
            for q in range(0, self.quarters - 3, 4)
        ]
        filled = [all(have >= want for have, want in zip(year, money.target, strict=True)) for year in self.echelons]
        closing = [q for q, last in enumerate(self.company.calendar.year_end) if last]
        ends = [q for q, full in zip(closing, filled, strict=True) if not full]
        under = [q for q, value in enumerate(cash) if value < money.floor]
        asked = sold.served + sold.unserved
        measures = {
            "enpv": self.books.value + tail,
            "past_horizon": tail,
            "peak_sales": max(yearly, default=0.0),
            "programs_launched": self.launches["programs"],
            "assets_launched": self.launches["assets"],
            "first_launch": self.first_launch,
            "lowest_cash": min(cash),
            "final_cash": cash[-1],
            "first_under_floor": (under[0] + 1) / 4.0 if under else math.nan,
            "first_short": sold.supply.first_short,
            "unserved_share": sold.unserved / asked if asked > 0.0 else 0.0,
            "years_filled": sum(filled),
            "filled_five_years": float(all(filled[self.partial_years() :][:5])),
            "starts_paused": self.pauses,
            "live_program_quarters": self.live_quarters,
            "expired_share": sold.supply.expired_share(),
            "external_money": max(0.0, max(money.floor, 0.0) - min(cash)),
            "launched_by": sum(0.0 <= time < money.counted / 4.0 for time in self.launched),
            "loop_breaks": min([(q + 1) / 4.0 for q in (*under, *ends)], default=math.nan),
        }
        return Outcome(
            measures=measures,
            lines=lines,
            worth=self.books.worth,
            launched=self.launched,
            approved=self.filings.approved,
            echelons=self.echelons,
            use=sold.supply.use,
            lost=sold.supply.lost[:-1],
            stock=sold.supply.stocks,
            shortages=sold.supply.shortages(),
            orders=sold.supply.served,
            flows=sold.supply.flows,
            listed=self.by_year(sold.listings()),
            withdrawn=self.by_year(dict(enumerate(self.filings.withdrawn))),
            visits=self.filings.inspections.ends,
            deals=sold.deals.flows,
        )

    def by_year(self, times: dict[int, float]) -> list[list[int]]:
        """By pair and calendar year, whether its time falls in that year, from as_of to the horizon."""
        calendar = self.company.calendar
        found = [[0] * calendar.years for _ in self.pairs.program]
        for f, time in times.items():
            if 0.0 <= time < self.horizon:
                found[f][calendar.year[int(time * 4.0)]] = 1
        return found


def run(model: Any, first: int, futures: int) -> list[Outcome]:
    """Run futures from index `first` on; model : `echelon.futures.model.Model`."""
    company = company_of(model)
    return [Future(company, future).run() for future in range(first, first + futures)]
