"""Inspections of a SimPy future: authorities' visits to sites, and what they hold up."""

import math
from types import SimpleNamespace

from benchmarks.luck import Luck, inverse, long_uniform, short_uniform

NAI, VAI, OAI, MISSED, GAP = range(5)


class Inspections:
    """Visits of authorities to sites: one in each interval of years, the same for all filings that lean on it."""

    def __init__(self, company: SimpleNamespace, luck: Luck) -> None:
        self.visits = company.visits
        self.luck = luck
        self.on: bool = company.switches.inspections
        self.delays: dict[int, float] = {}
        self.ends = [[0] * 5 for _ in company.visits.oai]

    def answered(self, places: list[int], due: float) -> float:
        """When a decision that is due is taken, given the sites and authorities it leans on."""
        return max((self.cleared(u, due) for u in places), default=due) if self.on else due

    def cleared(self, u: int, due: float) -> float:
        """When one site no longer holds a decision up."""
        base, interval = self.visits.base[u], self.visits.interval[u]
        if due < base and base > 0.0:  # the last visit still holds
            return due
        first, count = self.visits.first[u], self.visits.first[u + 1] - self.visits.first[u]
        place = min(count - 1, max(0, math.floor((due - base) / interval)))
        late = [base + (i + 1) * interval + self.delay(u, first + i) for i in range(place)]
        return float(max([due + self.delay(u, first + place), *late]))

    def delay(self, u: int, n: int) -> float:
        """Delay by one visit: its end, whether it is missed, whether the control strategy has a gap."""
        if n not in self.delays:
            visits = self.visits
            first, second, third, fourth = self.luck.words(visits.stream[n])
            later, gap, wider, _ = self.luck.words(visits.other_stream[n])
            luck = long_uniform(first, second)
            end = OAI if luck < visits.oai[u] else VAI if luck < visits.oai[u] + visits.vai[u] else NAI
            self.ends[u][end] += 1
            late = inverse(visits.oai_delay[u], short_uniform(third)) if end == OAI else 0.0
            if short_uniform(fourth) < visits.missed[u]:
                self.ends[u][MISSED] += 1
                late += inverse(visits.missed_delay[u], short_uniform(later))
            if short_uniform(gap) < visits.gap[u]:
                self.ends[u][GAP] += 1
                late += inverse(visits.gap_delay[u], short_uniform(wider))
            self.delays[n] = late
        return self.delays[n]

    def stops(self, u: int, chance: float) -> list[tuple[float, float]]:
        """Spans of time in which a site may not ship: after OAI, by chance, until it is put right."""
        visits, found = self.visits, []
        for i, n in enumerate(range(visits.first[u], visits.first[u + 1])):
            first, second, third, _ = self.luck.words(visits.stream[n])
            _, _, _, shut = self.luck.words(visits.other_stream[n])
            if self.on and long_uniform(first, second) < visits.oai[u] and short_uniform(shut) < chance:
                known = visits.base[u] > 0.0  # else the visit is somewhere within its interval
                since = visits.base[u] + (i if known else i + 0.5) * visits.interval[u]
                found.append((since, since + inverse(visits.oai_delay[u], short_uniform(third))))
        return found
