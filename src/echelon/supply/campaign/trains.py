"""Trains: the reactors of a site's cell-culture lines, grouped so that a month of one is a handful of batches."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from echelon.company.rows.supply import Line
from echelon.futures.build.build import Built
from echelon.futures.build.lines import DAYS_PER_QUARTER
from echelon.runs.demand import Asked

MONTH = 30.4375
"""Days of a period."""
FEWEST = 4
"""Batches a month that a train should make at least: what does not fill a whole batch of a month is lost."""


@dataclass(frozen=True)
class Train:
    """Reactors that make one product at a time.

    litres : of one reactor. capacity : by line, what of it the train has a day: litre-days of its own, and its share of
    the other lines of the site. opens : first period. changeover : days lost to a new campaign.
    """

    name: str
    site: str
    litres: float
    reactors: int
    capacity: dict[int, float]
    opens: int
    changeover: float

    def rate(self, uses: Sequence[tuple[int, float]], per_litre: float) -> float:
        """Batches a day. uses : capacity of each line a gram takes. per_litre : grams out of a litre of reactor."""
        grams = self.litres * per_litre
        return min(self.capacity[line] / (use * grams) for line, use in uses if use > 0.0)


def trains_of(
    built: Built, asked: Asked, sites: Sequence[str], periods: tuple[str, ...], most: int, longest: dict[str, float]
) -> tuple[Train, ...]:
    """Trains of the sites that are open in some period.

    asked : what half of the futures have built by then, among others. most : trains to a line of the table.
    longest : reactor-days of the longest batch of each site.
    """
    found: list[Train] = []
    for site in dict.fromkeys(sites):
        mine = _of_lines(built, site, periods, most, longest[site])
        mine += _added(built, site, asked, mine, longest[site], most)
        place = built.network.lines.place[(site, "cell-culture")]
        whole = sum(train.capacity[place] for train in mine)
        others = [line for (where, step), line in built.network.lines.place.items() if where == site and line != place]
        for train in mine:
            share = train.capacity[place] / whole
            for line in others:
                train.capacity[line] = share * float(asked.capacity[line, :4].mean()) / DAYS_PER_QUARTER
        found += mine
    return tuple(found)


def _of_lines(built: Built, site: str, periods: tuple[str, ...], most: int, longest: float) -> list[Train]:
    place, found = built.network.lines.place[(site, "cell-culture")], []
    for row in built.network.company.rows(Line):
        if (row.site, row.step) != (site, "cell-culture") or not row.litres or not row.utilisation:
            continue
        opens = _opens(row.from_date, periods)
        if opens >= len(periods):
            continue
        litres = row.litres / row.reactors
        for i, reactors in enumerate(_split(row.reactors, most, longest / row.utilisation)):
            capacity = {place: litres * reactors * row.utilisation}
            found.append(Train(f"{row.id} {i + 1}", site, litres, reactors, capacity, opens, row.changeover_days))
    return found


def _split(reactors: int, most: int, days: float) -> list[int]:
    # As even as it goes; each large enough for some batches a month, `days` being those that one takes.
    least = max(1, math.ceil(FEWEST * days / MONTH))
    count = max(1, min(most, reactors // least))
    return [reactors // count + (i < reactors % count) for i in range(count)]


def _opens(day: date | None, periods: tuple[str, ...]) -> int:
    starts = [date(int(name[:4]), int(name[5:]), 1) for name in periods]
    return 0 if day is None else sum(start < day for start in starts)


def _added(built: Built, site: str, asked: Asked, there: list[Train], longest: float, most: int) -> list[Train]:
    # What half of the futures or more have built by then, in reactors as large as the largest that stand there.
    place = built.network.lines.place[(site, "cell-culture")]
    extra = np.maximum.accumulate(asked.capacity[place] - built.model.supply.capacity[place, list(asked.quarters)])
    size = float(extra[-1]) / DAYS_PER_QUARTER
    if size <= 1e-6:
        return []
    opens = 3 * int(np.argmax(extra >= extra[-1] * (1 - 1e-9)))
    litres = max((train.litres for train in there), default=size)
    reactors = max(1, round(size / litres))
    return [
        Train(f"{site} added {i + 1}", site, litres, n, {place: size * n / reactors}, opens, 0.0)
        for i, n in enumerate(_split(reactors, most, longest))
    ]
