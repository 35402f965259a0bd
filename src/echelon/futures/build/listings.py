"""Reimbursement as arrays: rounds and terms of each pair's listing, and its expected effect."""

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np

from echelon.company.choices import EVERY
from echelon.company.company import Company
from echelon.company.rows.base import Uncertain
from echelon.company.rows.market import Listing, Scheme
from echelon.company.rows.money import Choice
from echelon.futures.arrays import F8
from echelon.futures.build.calendar import years_from
from echelon.futures.build.pairs import Pair
from echelon.futures.build.shapes import Shape, array, mass_below, shape
from echelon.futures.build.streams import Streams
from echelon.futures.model import Listings
from echelon.futures.rules.draws import quantile

POINTS = 4096
"""Midpoints of the quantile axis over which expected cuts are taken."""


@dataclass(frozen=True)
class _Entry:
    # One reimbursed pair.
    row: Listing
    scheme: Scheme
    in_patients: bool
    part: bool


class ListingBook:
    """Listings of the pairs that have one."""

    def __init__(self, company: Company, choices: tuple[Choice, ...], streams: Streams) -> None:
        self._company = company
        self._streams = streams
        self._most = {choice.target: choice.value for choice in choices if choice.action == "accept_cut"}
        self._entries: list[_Entry] = []

    def add(self, pair: Pair) -> int:
        """Place of a pair's listing, -1 when it has none. Another own part of a combination follows without a cut."""
        row = self._company.get(Listing, pair.listing_key)
        if row is None:
            return -1
        scheme = self._company.get(Scheme, f"{row.scheme}/{row.territory}")
        if scheme is None or (row.status == "listed" and row.listed is None):
            return -1
        self._entries.append(_Entry(row, scheme, pair.market >= 0, pair.leader >= 0))
        return len(self._entries) - 1

    def arrays(self) -> Listings:
        """Listings as arrays."""
        as_of = self._company.settings.company.as_of
        rows = [self._row(entry, as_of) for entry in self._entries]
        longest = max((entry.scheme.renewals for entry in self._entries), default=0) + 1
        means = np.zeros((len(rows), longest))
        for y, entry in enumerate(self._entries):
            found = expected(entry.scheme, rows[y])
            means[y] = np.append(found, np.full(longest - len(found), found[-1]))

        def column(name: str, kind: type = np.float64) -> np.ndarray:
            return np.array([row[name] for row in rows], kind)

        def shapes(name: str) -> F8:
            cells: list[Shape] = [row[name] for row in rows]  # type: ignore[misc]
            return array(cells)

        return Listings(
            first_round=column("first_round"),
            cutoff=column("cutoff"),
            lag=column("lag"),
            listed_at=column("listed_at"),
            chance=column("chance"),
            cut=shapes("cut"),
            most_cut=column("most_cut"),
            before=column("before"),
            after=column("after"),
            renewal_every=column("renewal_every"),
            renewals=column("renewals", np.int32),
            renewal_cut=shapes("renewal_cut"),
            delisting=column("delisting"),
            shared=column("shared"),
            mean=means,
            accept=column("accept"),
            volume_only=column("volume_only", np.int8),
            stream=column("stream", np.int32),
        )

    def _row(self, entry: _Entry, as_of: date) -> dict[str, object]:
        row, scheme = entry.row, entry.scheme
        listed = row.status == "listed"
        volume = row.volume or scheme.volume
        cut = row.price_cut or scheme.price_cut or Uncertain.fixed(0.0)
        most = self._most.get(row.program, self._most.get(EVERY))
        accepted = row.most_cut if most is None else most
        chance = row.probability if row.probability is not None else scheme.probability
        # Patients without reimbursement are a part of those with it; peak sales given directly are those without.
        return {
            "first_round": next_round(as_of, scheme.effective_month),
            "cutoff": scheme.cutoff_months / 12.0,
            "lag": math.nan if row.months_to_list is None else row.months_to_list / 12.0,
            "listed_at": years_from(as_of, row.listed) if listed and row.listed else math.nan,
            "chance": 1.0 if listed or chance is None else chance,
            "cut": shape(cut),
            "most_cut": accepted,
            "before": 1.0 / volume if entry.in_patients or listed else 1.0,
            "after": 1.0 if entry.in_patients or listed else volume,
            "renewal_every": scheme.renewal_years,
            "renewals": scheme.renewals,
            "renewal_cut": shape(scheme.renewal_cut or Uncertain.fixed(0.0)),
            "delisting": scheme.delisting,
            "shared": 1.0 / scheme.exclusive_volume,
            "accept": 1.0 if accepted >= 1.0 or cut.high <= accepted else mass_below(shape(cut), accepted),
            "volume_only": int(entry.part),
            "stream": self._streams.add(f"listing/{row.program}/{row.territory}"),
        }


def next_round(as_of: date, month: int) -> float:
    """Years to the first of a month after as_of on which listings hold."""
    day = date(as_of.year, month, 1)
    if day <= as_of:
        day = date(as_of.year + 1, month, 1)
    return years_from(as_of, day)


@lru_cache(256)
def kept(row: Shape, share: float = 1.0) -> F8:
    """Share of the price left by a cut, over even steps of the lower `share` of its quantiles, f8[point], read only."""
    table = array([row])
    steps = (np.arange(POINTS) + 0.5) / POINTS * share
    left = np.array([max(0.0, 1.0 - quantile(table, 0, u)) for u in steps])
    left.flags.writeable = False
    return left


def expected(scheme: Scheme, row: dict[str, object]) -> F8:
    """Expected factor on sales after 0, 1, ... renewals of a listing, f8[renewal]."""
    before, after, accept = float(row["before"]), float(row["after"]), float(row["accept"])  # type: ignore[arg-type]
    first, again = np.ones(1), np.ones(1)
    if not row["volume_only"]:
        again = kept(row["renewal_cut"])
        if math.isnan(row["listed_at"]) and accept > 0.0:  # type: ignore[arg-type]
            first = kept(row["cut"], accept)
    level = after * float(first.mean())
    lasts = 1.0 - scheme.delisting
    found = [level]
    ended = 0.0
    for i in range(1, scheme.renewals + 1):
        ended += lasts ** (i - 1) * scheme.delisting * float((again ** (i - 1)).mean()) * level * before / after
        found.append(lasts**i * level * float((again**i).mean()) + ended)
    return np.array(found)
