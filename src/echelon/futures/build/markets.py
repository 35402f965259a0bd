"""Markets: patients, the class as it stands, rivals to come, and the launch curve, as arrays."""

from dataclasses import dataclass, field

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.market import Competitor, Epidemiology, Indication
from echelon.futures.arrays import F8
from echelon.futures.build.calendar import years_from
from echelon.futures.build.shapes import Shape, array, fixed, relative, shape
from echelon.futures.build.streams import Streams
from echelon.futures.model import Calendar, Markets
from echelon.priors import commercial

UPTAKE_STEP = 1.0 / 32.0
RANKS = 200


def uptake_table() -> tuple[F8, float]:
    """Cumulative sales in years at peak on a grid of UPTAKE_STEP, and the length of the climb in years.

    A monotone cubic through the published yearly shares, so that every year's sales come out as published; it reaches
    the peak when the first year at peak begins, so that nothing is ever above it.
    """
    points = commercial.uptake_points()
    years, climb = len(points), points.index(max(points))
    total = np.concatenate([[0.0], np.cumsum(points)])
    grid = np.arange(0.0, years + UPTAKE_STEP / 2, UPTAKE_STEP)
    table = total[climb] + points[climb] * (grid - climb)
    table[grid < climb] = monotone(total[: climb + 1], grid[grid < climb], points[climb])
    return table, float(years)


def monotone(values: F8, at: F8, last_slope: float | None = None) -> F8:
    """Monotone cubic (Fritsch and Carlson 1980) through `values` at 0, 1, 2, ..., at the places `at`.

    last_slope : slope at the last value, where it is known.
    """
    rise = np.diff(values)
    both = rise[1:] * rise[:-1] > 0.0
    inside = np.divide(2.0 * rise[1:] * rise[:-1], rise[1:] + rise[:-1], out=np.zeros(rise.size - 1), where=both)
    last = _end_slope(rise[-1], rise[-2]) if last_slope is None else last_slope
    slope = np.concatenate([[_end_slope(rise[0], rise[1])], inside, [last]])
    cell = np.minimum(at.astype(int), rise.size - 1)
    t = at - cell
    bend = slope[cell] + slope[cell + 1] - 2.0 * rise[cell]
    curve = rise[cell] - slope[cell] - bend
    return np.asarray(values[cell] + t * (slope[cell] + t * (curve + t * bend)))


def _end_slope(near: float, far: float) -> float:
    slope = 0.5 * (3.0 * near - far)
    if slope * near <= 0.0:
        return 0.0
    return 3.0 * near if near * far <= 0.0 and abs(slope) > 3.0 * abs(near) else slope


def peak_years(time: F8, to_peak: float, table: F8, years: float) -> F8:
    """Sales since launch in years at peak, `time` years after it (array form of the rule of the same name)."""
    after = np.maximum(time, 0.0)
    if to_peak <= 0.0:
        return after
    stretch = to_peak / years
    x = after / stretch
    last = (len(table) - 1) * UPTAKE_STEP
    inside = np.interp(np.minimum(x, last), np.arange(len(table)) * UPTAKE_STEP, table)
    return np.where(x > last, table[-1] + (x - last), inside) * stretch


@dataclass
class Market:
    """One market while it is put together: an indication in a territory."""

    indication: Indication
    epidemiology: Epidemiology
    patients: F8  # [c] a year, at the mode
    count: int
    line: int
    rivals: list[Competitor] = field(default_factory=list)
    pull: F8 = field(default_factory=lambda: np.zeros(0))
    past_pull: float = 0.0
    full_weight: float = 0.0
    entered: int = 0
    rival_in: bool = False


def lines_in_order(company: Company) -> list[Indication]:
    """Indications, each after the one whose patients come to it."""
    left = {row.id: row for row in company.rows(Indication)}
    done: list[Indication] = []
    while left:
        ready = [key for key, row in left.items() if row.after not in left or row.after == key]
        done += [left.pop(key) for key in ready or list(left)]
    return done


class MarketBook:
    """All markets of a company, and the class in each as held pairs and known rivals make it."""

    def __init__(self, company: Company, calendar: Calendar, streams: Streams) -> None:
        self._company = company
        self._calendar = calendar
        self._streams = streams
        self.table, self.years = uptake_table()
        self.exponent = commercial.order_of_entry_exponent()
        climb = commercial.years_to_peak().value
        self.rival_to_peak = (climb.low + climb.mode + climb.high) / 3.0
        self.markets: dict[tuple[str, str], Market] = {}
        self.lines = lines_in_order(company)
        self._line = {row.id: j for j, row in enumerate(self.lines)}
        self.counts: dict[tuple[str, str], Epidemiology] = {}
        self._patients = {(row.disease, row.territory): row for row in company.rows(Epidemiology)}
        self._rivals: dict[tuple[str, str], list[Competitor]] = {}
        for row in company.rows(Competitor):
            self._rivals.setdefault((row.indication, row.territory), []).append(row)

    def find(self, indication: str, territory: str) -> int:
        """Index of a market, made at its first mention; -1 when its patients are unknown."""
        row = self._company.get(Indication, indication) if indication else None
        if row is None or (row.disease, territory) not in self._patients:
            return -1
        key = (indication, territory)
        if key not in self.markets:
            self.markets[key] = self._open(row, self._patients[(row.disease, territory)], territory)
        return list(self.markets).index(key)

    def _open(self, row: Indication, patients: Epidemiology, territory: str) -> Market:
        calendar = self._calendar
        as_of = self._company.settings.company.as_of
        middle = calendar.start + 0.5 * calendar.length
        year = as_of.year + (as_of.timetuple().tm_yday / 365.25) + middle
        count = patients.patients.mode * (1.0 + patients.growth) ** (year - (patients.year + 0.5))
        count = count * patients.diagnosed * patients.treated * self._reached(row) * row.eligible * row.biomarker_share
        key = (patients.disease, territory)
        self.counts.setdefault(key, patients)
        market = Market(row, patients, count, list(self.counts).index(key), self._line[row.id])
        market.pull = np.zeros(calendar.columns)
        market.rivals = self._rivals.get((row.id, territory), [])
        return market

    def _reached(self, row: Indication) -> float:
        # Share of the disease's treated patients who reach a line, at the modes.
        share = row.share_of_patients.mode
        before = self._company.get(Indication, row.after) if row.after else None
        return share * self._reached(before) if before else share

    def months(self, m: int) -> float:
        """Months of therapy paid for each patient counted: the course, or a year of it where prevalence counts."""
        market = list(self.markets.values())[m]
        months = market.indication.months_on_therapy.mode
        paid = min(12.0, months) if market.epidemiology.kind == "prevalence" else months
        return paid * market.indication.adherence

    def patients(self, m: int) -> F8:
        """Patients a year of a market at the modes, f8[c]."""
        return list(self.markets.values())[m].patients

    def settle(self, held: dict[int, list[tuple[float, float, float, int]]]) -> dict[int, float]:
        """Put known rivals and held pairs into their markets in order of entry.

        held : market -> (launch in years, strength, years to peak, pair). Returns the order weight of each pair.
        """
        weights: dict[int, float] = {}
        as_of = self._company.settings.company.as_of
        for m, market in enumerate(self.markets.values()):
            entrants: list[tuple[float, float, float, int]] = list(held.get(m, []))
            entrants += [
                (years_from(as_of, rival.entry), rival.strength, self.rival_to_peak, -1)
                for rival in market.rivals
                if rival.entry is not None and rival.entry <= as_of
            ]
            for rank, (time, strength, to_peak, pair) in enumerate(sorted(entrants), start=1):
                weight = strength * rank**self.exponent
                self._add(market, time, weight, to_peak)
                if pair >= 0:
                    weights[pair] = weight
            market.entered = len(entrants)
            market.rival_in = any(pair < 0 for *_, pair in entrants)
            market.full_weight = sum(
                strength * rank**self.exponent for rank, (_, strength, _, _) in enumerate(sorted(entrants), start=1)
            )
        return weights

    def _add(self, market: Market, time: float, weight: float, to_peak: float) -> None:
        market.pull += weight * self.uptake(time, to_peak)
        market.past_pull += weight * self.past_uptake(time, to_peak)

    def uptake(self, time: float, to_peak: float) -> F8:
        """Mean uptake in each column of something launched at `time`, f8[c]."""
        calendar = self._calendar
        edges = np.append(calendar.start, calendar.start[-1] + calendar.length[-1]) - time
        return np.diff(peak_years(edges, to_peak, self.table, self.years)) / calendar.length

    def past_uptake(self, time: float, to_peak: float) -> float:
        """Mean uptake over the year before as_of."""
        edges = np.array([-1.0, 0.0]) - time
        return float(np.diff(peak_years(edges, to_peak, self.table, self.years))[0])

    def static_share(self, m: int, weight: float | None, strength: float) -> float:
        """Class share when competition is off: order weight over that of all now in the market and itself."""
        market = list(self.markets.values())[m]
        if weight is not None:
            return weight / market.full_weight
        own = strength * (market.entered + 1) ** self.exponent
        return float(own / (market.full_weight + own))

    def _early(self) -> list[int]:
        # Streams of everything that is drawn at the start of a future, in the order of `Markets.early_stream`.
        names = [f"epidemiology/{row.disease}/{row.territory}" for row in self.counts.values()]
        names += [f"indication/{row.id}/share" for row in self.lines]
        names += [f"indication/{row.id}/months" for row in self.lines]
        return [self._streams.add(name) for name in names]

    def arrays(self, entrants: set[int]) -> Markets:
        """Markets as arrays. entrants : markets that something of ours may still enter."""
        as_of = self._company.settings.company.as_of
        found = list(self.markets.values())
        columns = self._calendar.columns
        rivals = [
            (m, (key[1], rival))
            for m, (key, market) in enumerate(self.markets.items())
            for rival in market.rivals
            if rival.entry is None or rival.entry > as_of
        ]
        entries: list[Shape] = []
        for _, (_, rival) in rivals:
            if rival.entry is not None:
                entries.append(fixed(years_from(as_of, rival.entry)))
            else:
                entries.append(shape(rival.entry_years) if rival.entry_years else fixed(0.0))
        awaited = entrants | {m for m, _ in rivals}
        groups: dict[str, int] = {}
        return Markets(
            patients=np.array([market.patients for market in found]).reshape(-1, columns),
            count_of=np.array([market.count for market in found], np.int32),
            line_of=np.array([market.line for market in found], np.int32),
            counts=array([relative(row.patients) for row in self.counts.values()]),
            lines=array([relative(row.share_of_patients) for row in self.lines]),
            line_mode=np.array([row.share_of_patients.mode for row in self.lines], np.float64),
            line_parent=np.array([self._line.get(row.after, -1) for row in self.lines], np.int32),
            line_group=np.array(
                [groups.setdefault(f"{row.disease}/{row.after}", len(groups)) for row in self.lines], np.int32
            ),
            months=array([relative(row.months_on_therapy) for row in self.lines]),
            groups=len(groups),
            early_stream=np.array(self._early(), np.int32),
            pull=np.array([market.pull for market in found]).reshape(-1, columns),
            contested=np.array([m in awaited for m in range(len(found))], np.int8),
            entered=np.array([market.entered for market in found], np.int32),
            rival_since=np.array([0 if market.rival_in else columns for market in found], np.int32),
            rival_market=np.array([m for m, _ in rivals], np.int32),
            rival_entry=array(entries or [fixed(0.0)]),
            rival_chance=np.array([rival.probability for _, (_, rival) in rivals]),
            rival_strength=np.array([rival.strength for _, (_, rival) in rivals]),
            rival_stream=np.array(
                [
                    self._streams.add(f"competitor/{rival.id}/{rival.indication}/{territory}")
                    for _, (territory, rival) in rivals
                ],
                np.int32,
            ),
            rival_to_peak=float(self.rival_to_peak),
            order_power=np.concatenate([[1.0], np.arange(1, RANKS + 1, dtype=float) ** self.exponent]),
            uptake=self.table,
            uptake_step=UPTAKE_STEP,
            uptake_years=self.years,
        )
