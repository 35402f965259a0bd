"""Outlook of a SimPy future: what the pipeline may ask for, by what has happened so far and what is usual."""

import math
from typing import TYPE_CHECKING, Any

from benchmarks.simpy_market import Climb

if TYPE_CHECKING:
    from benchmarks.simpy_model import Future

FILING = 2
Prospect = tuple[float, float]
"""Chance that a pair will be sold, and when it is likely decided on."""


class Outlook:
    """Grams by order that what is not launched yet is expected to ask for."""

    def __init__(self, future: "Future") -> None:
        self.future, self.company = future, future.company
        self.terms, self.pairs = future.company.outlook, future.company.pairs
        self.begun: dict[int, float] = {}
        self.read: dict[int, float] = {}
        for p, start in enumerate(future.programs.start):
            if start < 0.0 and future.programs.start_stream[p] < 0:
                self.begun[future.programs.stage_from[p]] = start

    def grams(self, now: float, quarter: int) -> list[float]:
        """By order, grams expected in a quarter, as seen at a time."""
        calendar = self.company.calendar
        past = quarter - calendar.quarters
        column = quarter if past < 0 else calendar.quarters + past // 4
        found = [0.0] * len(self.company.supply.order_asset)
        if column >= calendar.columns:
            return found
        for p in self.terms.program:
            for f, (chance, due) in self.prospects(p, now).items():
                if chance > 0.0 and self.pairs.order[f] >= 0:
                    grams = chance * self.usual(p, f, due, column)
                    found[self.pairs.order[f]] += grams if past < 0 else grams / (4.0 * calendar.length[column])
        return found

    def prospects(self, p: int, now: float) -> dict[int, Prospect]:
        """Every pair of a program: its chance, and when it is likely decided on."""
        filings, programs = self.future.filings, self.future.programs
        chance, ready = self.filed(p, now)
        found: dict[int, Prospect] = {}
        for f in filings.of_program(p):
            if self.pairs.held[f]:
                found[f] = (0.0, self.pairs.launch[f])
            elif filings.decisions[f].triggered:
                answer: Any = filings.decisions[f].value
                found[f] = (float(self.still_to_launch(f)), answer)
            else:
                due = ready + self.terms.bridging[f]
                known = self.pairs.submit_at[f]
                if math.isnan(known):
                    due += self.terms.lag[f]
                else:
                    due = max(known, due) if due > 0.0 else known
                if self.pairs.relies[f] >= 0:
                    due = max(due, found[self.pairs.relies[f]][1])
                due = max(due + self.terms.answer[f], now)
                found[f] = (chance * self.terms.chance[f] if due < programs.stop_at[p] else 0.0, due)
        for f in list(found):
            for part in self.future.markets.parts(f):
                found[part] = found[f]
        return found

    def still_to_launch(self, f: int) -> bool:
        """Whether a pair is approved, and neither sold nor withdrawn."""
        filings = self.future.filings
        approved = math.isfinite(filings.approved[f]) and f not in self.future.markets.products
        return approved and math.isinf(filings.withdrawn[f]) and not filings.unconfirmed(f)

    def filed(self, p: int, now: float) -> Prospect:
        """Chance that a program is filed, as believed now, and when."""
        programs, stages = self.future.programs, self.future.stages
        if self.future.ended[p].triggered:
            return 0.0, math.inf
        chance, last_read, next_start = 1.0, now, self.terms.start[p]
        for s in range(programs.stage_from[p], programs.stage_from[p + 1]):
            known = self.begun.get(s)
            start = max(next_start, now, stages.not_before[s]) if known is None else known
            if stages.kind[s] == FILING:
                return chance, max(start, last_read) if known is None else start
            if self.read.get(s, math.inf) < now:
                next_start = self.read[s]
                continue
            chance *= self.future.science.believed(p, s)
            reads = max(last_read, start + self.terms.read[s])
            early = 0.0 if stages.kind[s + 1] == FILING else stages.at_risk[s + 1]
            next_start = max(last_read, reads - early * (reads - start))
            last_read = reads
        return 0.0, math.inf

    def usual(self, p: int, f: int, due: float, column: int) -> float:
        """Grams that a pair asks for in a column if it is launched when that is likely, and is of usual size."""
        calendar, markets, pairs = self.company.calendar, self.future.markets, self.pairs
        middle = calendar.start[column] + calendar.length[column] / 2.0
        launch = due + pairs.launch_lag[f]
        grams: float = self.terms.grams[f] * calendar.length[column]
        grams *= markets.uptake(Climb(launch, self.terms.to_peak[f]), column)
        m = pairs.market[f]
        if m >= 0:
            grams *= self.company.markets.patients[m][column] * self.won(p, f, m, column)
        if pairs.listing[f] >= 0:
            grams *= self.treated(f, m, column, due, launch)
        loss = pairs.loss[f]
        if math.isnan(loss):
            loss = min(markets.first_sale[pairs.asset_territory[f]], launch) + pairs.exclusivity[f]
        if middle > loss:
            grams *= math.exp(-pairs.decline[f] * (middle - loss)) if pairs.decline[f] < 1e9 else 0.0
        return grams

    def won(self, p: int, f: int, m: int, column: int) -> float:
        """Share of a class that the next to enter wins at its peak."""
        markets = self.future.markets
        if not self.company.switches.competition:
            return float(self.pairs.static_share[f])
        powers = self.company.markets.order_power
        weight = self.terms.strength[p] * powers[min(markets.entered[m] + 1, len(powers) - 1)]
        others = self.company.markets.pull[m][column]
        others += sum(one.weight * markets.uptake(one.climb, column) for one in markets.entrants[m])
        return float(weight / (weight + others)) if weight > 0.0 else 0.0

    def treated(self, f: int, m: int, column: int, approved: float, launch: float) -> float:
        """Patients treated over the pair's level, by the chance that it is listed by then."""
        terms, y = self.company.listings, self.pairs.listing[f]
        middle = self.company.calendar.start[column] + self.company.calendar.length[column] / 2.0
        share = 1.0
        if math.isnan(terms.listed_at[y]):
            if math.isnan(terms.lag[y]):
                day = terms.first_round[y]
                day += max(0, math.ceil(max(launch, approved + terms.cutoff[y]) - day))
                rounds = max(0, min(80, math.ceil(middle - day)))
            else:
                day = max(0.0, launch + terms.lag[y])
                rounds = int(middle > day)
            listed = terms.accept[y] * (1.0 - (1.0 - terms.chance[y]) ** rounds)
            share = terms.before[y] * (1.0 - listed) + terms.after[y] * listed
        if m >= 0 and self.company.switches.competition and column >= self.future.markets.rival_since[m]:
            share *= terms.shared[y]
        return float(share)
