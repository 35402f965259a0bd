"""Sites of a SimPy future: reactor time by quarter, who goes short, and inspections."""

import math
from types import SimpleNamespace

from benchmarks.luck import Luck, inverse, long_uniform, short_uniform

NAI, VAI, OAI, MISSED, GAP = range(5)


class Supply:
    """Sites: reactor time by quarter, and who goes short."""

    def __init__(self, company: SimpleNamespace, luck: Luck) -> None:
        self.company = company
        self.luck = luck
        self.capacity: list[list[float]] = company.supply.capacity
        self.built: list[list[tuple[float, float]]] = [[] for _ in self.capacity]
        self.titers: dict[int, float] = {}
        self.use: list[list[float]] = [[] for _ in self.capacity]
        self.first_short = math.nan

    def add(self, site: int, licensed: float, litre_days: float) -> None:
        """Add reactor time a quarter to a site from a time on."""
        self.built[site].append((licensed, litre_days))

    def titer(self, recipe: int) -> float:
        """Titer of a recipe over its mode."""
        if recipe not in self.titers:
            u = self.luck.long(self.company.supply.titer_stream[recipe])
            self.titers[recipe] = inverse(self.company.supply.titer[recipe], u)
        return self.titers[recipe]

    def shares(self, column: int, loads: list[float]) -> list[float]:
        """Share of what is asked of each site that it can make: pro rata when reactor time is short."""
        calendar = self.company.calendar
        quarter = min(column, calendar.quarters - 1)
        end = (quarter + 1) / 4.0
        found = []
        for site, load in enumerate(loads):
            extra = sum(min(1.0, (end - licensed) * 4.0) * days for licensed, days in self.built[site])
            capacity = (self.capacity[site][quarter] + extra) * calendar.length[column] * 4.0
            short = self.company.switches.supply and load > capacity
            found.append(capacity / load if short else 1.0)
            if column < calendar.quarters:
                self.use[site].append(load / capacity if capacity > 0.0 else 10.0 * (load > 0.0))
                if short and math.isnan(self.first_short):
                    self.first_short = column / 4.0
        return found


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
