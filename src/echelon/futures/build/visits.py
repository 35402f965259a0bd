"""Inspections as arrays: the odds of each site and authority at its readiness, one visit per interval of years."""

import math

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.base import Uncertain
from echelon.company.rows.money import Choice
from echelon.company.rows.supply import Inspection, Site
from echelon.futures.arrays import F8
from echelon.futures.build.calendar import years_from
from echelon.futures.build.orders import SupplyBook
from echelon.futures.build.pairs import Pair
from echelon.futures.build.shapes import Shape, array, fixed, shape
from echelon.futures.build.streams import Streams
from echelon.futures.model import Visits
from echelon.priors import inspections as published


def at_readiness(chance: float, readiness: float) -> float:
    """Chance of a bad end at a readiness, from that at 0.5: its log-odds fall by the stated slope."""
    if chance <= 0.0 or chance >= 1.0:
        return chance
    odds = math.log(chance / (1.0 - chance)) - published.readiness_slope() * (readiness - 0.5)
    return 1.0 / (1.0 + math.exp(-odds))


class VisitBook:
    """Sites and the authorities that inspect them."""

    def __init__(self, company: Company, years: float, choices: tuple[Choice, ...] = ()) -> None:
        self._as_of = company.settings.company.as_of
        self.rows = list(company.rows(Inspection))
        self.place = {(row.site, row.territory): u for u, row in enumerate(self.rows)}
        self._years = years
        self._sites = {row.id: row for row in company.rows(Site)}
        self._audits = {choice.target: choice.value or 0.0 for choice in choices if choice.action == "audit"}

    def of(self, pair: Pair, supply: SupplyBook) -> list[int]:
        """Inspections that a pair's filing leans on: of the sites it names, else of those that supply it."""
        if pair.held or pair.leader >= 0:
            return []
        sites = pair.filing.sites
        if not sites:
            sites = supply.sites(pair.asset, pair.territory, pair.filing.status == "filed")
        found = [self.place.get((site, pair.territory), -1) for site in dict.fromkeys(sites)]
        return [u for u in found if u >= 0]

    def arrays(self, streams: Streams) -> Visits:
        """Inspections as arrays."""
        first, names = [0], []
        for row in self.rows:
            count = max(1, math.ceil((self._years - self._base(row)) / row.interval_years))
            names += [f"inspection/{row.site}/{row.territory}/{k}" for k in range(count)]
            first.append(len(names))
        ready = [self.readiness(row) for row in self.rows]
        bad = [at_readiness(row.oai or 0.0, r) for row, r in zip(self.rows, ready, strict=True)]
        worse_than_nai = [
            at_readiness(min(1.0, (row.oai or 0.0) + (row.vai or 0.0)), r)
            for row, r in zip(self.rows, ready, strict=True)
        ]
        return Visits(
            oai=np.array(bad, np.float64),
            vai=np.array(worse_than_nai, np.float64) - np.array(bad, np.float64),
            oai_delay=array([_delay(row.oai_delay) for row in self.rows]),
            missed=np.array([row.missed or 0.0 for row in self.rows], np.float64),
            missed_delay=array([_delay(row.missed_delay) for row in self.rows]),
            gap=np.array([row.control_gap for row in self.rows], np.float64),
            gap_delay=array([_delay(row.control_gap_delay) for row in self.rows]),
            base=np.array([self._base(row) for row in self.rows], np.float64),
            interval=np.array([row.interval_years for row in self.rows], np.float64),
            first=np.array(first, np.int32),
            stream=np.array([streams.add(name) for name in names], np.int32),
            other_stream=np.array([streams.add(f"{name}/more") for name in names], np.int32),
        )

    def readiness(self, row: Inspection) -> float:
        """Readiness once the plan's mock audits, of the site and for this authority, have been held."""
        audits = self._audits.get(row.site, 0.0) + self._audits.get(row.key, 0.0)
        effect = self._sites[row.site].audit_effect
        if audits == 0.0 or effect is None:
            return row.readiness
        return 1.0 - (1.0 - row.readiness) * math.pow(1.0 - effect, audits)

    def audit_cost(self, quarters: int) -> F8:
        """Cost of the plan's mock audits, f8[q]: evenly over the year before the first visit that they are for."""
        spent = np.zeros(quarters)
        edges = np.arange(quarters + 1) * 0.25
        for target, audits in self._audits.items():
            rows = [row for row in self.rows if target in (row.site, row.key)]
            if not rows:
                continue
            until = min(self._first_visit(row) for row in rows)
            since = max(0.0, until - 1.0)
            cost = audits * (self._sites[rows[0].site].audit_cost or 0.0)
            spent += cost / (until - since) * np.diff(np.clip(edges, since, until))
        return spent

    def _first_visit(self, row: Inspection) -> float:
        # A site with no visit on record has one in the middle of the first interval.
        return self._base(row) or 0.5 * row.interval_years

    def _base(self, row: Inspection) -> float:
        # Years until which the last visit holds; a bad one holds no longer.
        if row.visited is None or row.outcome == "oai":
            return 0.0
        return max(0.0, years_from(self._as_of, row.visited) + row.interval_years)


def _delay(value: Uncertain | None) -> Shape:
    return shape(value, 1.0 / 12.0) if value else fixed(0.0)
