"""Filings of a SimPy future: data, submission, review, decision; confirmation and withdrawal of approvals."""

import math
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import simpy

from benchmarks.luck import inverse, long_uniform, normal_inverse, short_uniform
from benchmarks.simpy_inspections import Inspections

if TYPE_CHECKING:
    from benchmarks.simpy_model import Future

Process = Generator[simpy.Event, Any, Any]

CLINIC, UNSEEN = 1, -1
DECISION, PROGRAM = 3, 4
SPREAD = 0


class Filings:
    """All filings of one future and what becomes of the approvals."""

    def __init__(self, future: "Future") -> None:
        self.future = future
        self.company, self.luck, self.clock = future.company, future.luck, future.clock
        self.pairs, self.programs = future.pairs, future.programs
        count = len(self.pairs.program)
        self.decisions = [self.clock.event() for _ in range(count)]
        self.approved = [math.inf] * count
        self.failing: dict[int, float] = {}
        self.withdrawn = [math.inf] * count
        self.inspections = Inspections(self.company, self.luck)

    def of_program(self, p: int) -> list[int]:
        """Pairs of a program, without other parts of a combination."""
        pairs = range(self.programs.pair_from[p], self.programs.pair_from[p + 1])
        return [f for f in pairs if self.pairs.leader[f] < 0]

    def file(self, p: int, s: int, time: float) -> Process:
        """File a program wherever it is to be filed and wait for every answer."""
        future = self.future
        future.stand(p, CLINIC)
        future.outlook.begun[s] = time
        first, second, third, fourth = self.luck.words(future.stages.stream[s])
        gone = future.stages.duration_from[s]
        length = inverse(future.stages.duration[s], gone + (1.0 - gone) * short_uniform(third))
        future.pay(p, s, (time, time + length), inverse(future.stages.cost[s], short_uniform(fourth)), math.inf)
        data = normal_inverse(long_uniform(first, second))
        open_pairs = [f for f in self.of_program(p) if not self.pairs.held[f]]
        for f in open_pairs:
            self.clock.process(self.filing(f, time, data))
        self.clock.process(self.stopped(p))
        yield self.clock.all_of([self.decisions[f] for f in open_pairs])
        if all(math.isinf(self.approved[f]) for f in open_pairs):
            future.end(p, self.clock.now)
        elif open_pairs:
            self.leave(open_pairs[0])

    def stopped(self, p: int) -> Process:
        """When a program is stopped, filings without an answer are withdrawn; what is approved stays on the market."""
        yield self.clock.until(self.programs.stop_at[p], DECISION)
        if all(math.isinf(self.approved[f]) for f in self.of_program(p)):
            self.future.end(p, self.clock.now)

    def filing(self, f: int, time: float, data: float) -> Process:
        """One authority: data it takes, submission, review and further cycles, inspections, then its decision."""
        pairs, p = self.pairs, self.pairs.program[f]
        ready, validation = time, 0.0
        if pairs.bridge_stream[f] >= 0:
            first, second, third, fourth = (short_uniform(w) for w in self.luck.words(pairs.bridge_stream[f]))
            validation = inverse(pairs.validation[f], fourth)
            if first >= pairs.accepts[f]:
                begin = max(time, 0.0)
                ready = begin + inverse(pairs.bridging[f], third)
                self.future.spend(p, (begin, ready), pairs.bridging_cost[f])
                if second >= pairs.bridging_pos[f]:
                    yield self.clock.until(ready, DECISION)
                    self.decisions[f].succeed(math.inf)
                    return
        words = self.luck.words(pairs.filing_stream[f])
        submitted = yield from self.submission(f, ready, short_uniform(words[2]))
        if math.isinf(submitted):
            self.decisions[f].succeed(math.inf)
            return
        gone = pairs.review_from[f]
        due = submitted + validation + inverse(pairs.review[f], gone + (1.0 - gone) * short_uniform(words[3]))
        due += self.responses(f)
        visits = pairs.visit[pairs.visit_from[f] : pairs.visit_from[f + 1]]
        if due < min(self.future.horizon, self.programs.stop_at[p]):  # later, nobody comes
            due = self.inspections.answered(visits, due)
        decided = max(0.0, due)
        yield self.clock.until(decided, DECISION)
        if not self.good(f, data, long_uniform(words[0], words[1])) or decided >= self.programs.stop_at[p]:
            self.decisions[f].succeed(math.inf)
            return
        self.approved[f] = decided
        milestones = pairs.mile[pairs.mile_from[f] : pairs.mile_from[f + 1]]
        self.future.markets.deals.happened(milestones, p, decided)
        self.decisions[f].succeed(decided)
        self.confirm(f, decided)
        launch = decided + pairs.launch_lag[f]
        yield self.clock.until(launch, PROGRAM + len(self.programs.report) + f)
        if math.isinf(self.withdrawn[f]) and not self.unconfirmed(f):
            self.future.launch(f, launch, decided)
        else:
            self.leave(f)

    def submission(self, f: int, ready: float, u: float) -> Process:
        """When a filing is submitted: after its data, on its day, and after the approval it relies on."""
        pairs = self.pairs
        submitted = pairs.submit_at[f]
        if math.isnan(submitted):
            submitted = ready + inverse(pairs.lag[f], u)
        elif ready > 0.0:
            submitted = max(submitted, ready)  # a planned day of submission waits for the data
        if pairs.relies[f] >= 0:
            relied_on = yield self.decisions[pairs.relies[f]]
            submitted = max(submitted, relied_on)
        return submitted

    def responses(self, f: int) -> float:
        """Time added by complete responses: one draw counts them, each has its own length."""
        pairs = self.pairs
        if pairs.response_stream[f] < 0:
            return 0.0
        luck, *lengths = (short_uniform(w) for w in self.luck.words(pairs.response_stream[f]))
        further = sum(luck < pairs.response[f] ** (i + 1) for i in range(pairs.cycles[f]))
        return sum(inverse(pairs.response_delay[f], u) for u in lengths[:further])

    def good(self, f: int, data: float, u: float) -> bool:
        """Whether the authority approves, given what the data are worth."""
        p, common = self.pairs.program[f], self.pairs.common[f]
        score = common * data
        if common < 1.0:
            score += math.sqrt(1.0 - common**2) * normal_inverse(u)
        science = self.future.science
        return bool(science.shared(p) + self.programs.residual[p] * score <= self.pairs.threshold[f])

    # --- conditional approvals -------------------------------------------------------------------------------

    def confirm(self, f: int, approved: float) -> None:
        """The trial of its own that a conditional approval still waits for."""
        pairs = self.pairs
        if pairs.confirm_stream[f] >= 0:
            first, second, third, _ = self.luck.words(pairs.confirm_stream[f])
            gone = pairs.confirm_from[f]
            ends = approved + inverse(pairs.confirm[f], gone + (1.0 - gone) * short_uniform(third))
            self.future.spend(pairs.program[f], (approved, ends), pairs.confirm_cost[f], stops=False)
            if long_uniform(first, second) >= pairs.confirm_pos[f]:
                self.failing[f] = ends
                self.clock.process(self.failed_trial(f, ends))

    def failed_trial(self, f: int, time: float) -> Process:
        """A confirmatory trial fails."""
        yield self.clock.until(time, DECISION)
        self.withdraw(f, time)

    def confirmed(self, p: int) -> Process:
        """What a program was to confirm is withdrawn when it fails, is stopped or is refused everywhere."""
        waiting = self.programs.confirms[self.programs.confirms_from[p] : self.programs.confirms_from[p + 1]]
        if waiting:
            time = yield self.future.ended[p]
            yield self.clock.until(time, DECISION)
            for f in waiting:
                if self.approved[f] <= time:
                    self.withdraw(f, time)

    def unconfirmed(self, f: int) -> bool:
        """Whether the program that confirms an approval has ended already."""
        p = self.pairs.confirm_program[f]
        ended: Any = self.future.ended[p]
        return bool(p >= 0 and ended.triggered and ended.value <= self.clock.now)

    def withdraw(self, f: int, time: float) -> None:
        """Take an approval back; the program leaves the market when it was the last."""
        if math.isfinite(self.withdrawn[f]):
            return
        self.withdrawn[f] = time
        self.future.markets.withdraw(f, time)
        protected = self.future.protected[self.pairs.program[f]]
        if f in protected:
            self.future.protect(f, min(protected[f], time))
        else:
            self.leave(f)

    def leave(self, f: int) -> None:
        """A program that is nowhere on the market, and has no approval or answer to come, has nothing left."""
        p = self.pairs.program[f]
        to_come = [not self.decisions[g].triggered or self.sold_later(g) for g in self.of_program(p)]
        if not self.future.protected[p] and not any(to_come):
            self.future.stand(p, UNSEEN)

    def sold_later(self, f: int) -> bool:
        """Whether the launch of an approved pair is still to come."""
        launch = self.approved[f] + self.pairs.launch_lag[f]
        return self.clock.now < launch < math.inf and math.isinf(self.withdrawn[f])
