"""Happenings: what starts, reads out, is approved, launched, listed, built or signed in futures, by calendar year."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from echelon.company.rows.supply import Expansion
from echelon.futures.arrays import F8, I8
from echelon.futures.build.build import Built
from echelon.futures.model import Model
from echelon.futures.rules.events import FAILS
from echelon.futures.state import State

KINDS = (
    "starts", "passes", "fails", "stops", "approved", "first_launch", "launches", "listed",
    "decided", "licensed", "transferred", "signed", "ended", "trials", "readouts", "positive",
)  # fmt: skip
"""Kinds of events. The last three are totals over programs: clinical stages that start, that read out, that pass."""
TOTALS = ("trials", "readouts", "positive")

CLINIC, FILING, BEFORE = 1, 2, -1
"""Kinds of stages in the arrays; the work before a candidate's first stage has none."""

Place = tuple[str, str, str]
"""Kind of event, whose it is, and what: a stage or a territory, or blank."""
Name = tuple[str, str] | None
"""Whose an event is, and what; None where it is not counted."""


@dataclass
class Left:
    """What some futures leave in the state, a row each: times are years from as_of. Columns as in `state.State`."""

    begun: F8
    passed_at: F8
    ended: F8
    phase: np.ndarray
    current: np.ndarray
    decision: F8
    on: np.ndarray
    listed: F8
    launched: F8
    decided_at: F8
    licensed: F8
    ready: F8
    deal_after: F8
    deal_until: F8

    @classmethod
    def room(cls, state: State, futures: int) -> "Left":
        """Room for so many futures like the one in a state."""
        fields = {name: getattr(state, name) for name in cls.__dataclass_fields__}
        return cls(**{name: np.empty((futures, len(one)), one.dtype) for name, one in fields.items()})

    def keep(self, i: int, state: State) -> None:
        """Keep a finished future in row i."""
        for name in self.__dataclass_fields__:
            getattr(self, name)[i] = getattr(state, name)


@dataclass(frozen=True)
class Gauge:
    """Reads one kind of event: times f8[future, column], and the place i8 of each column (or future and column).

    Times that are not finite or before as_of, and places of -1, are not counted.
    """

    times: Callable[[Left], F8]
    places: Callable[[Left], I8]


@dataclass(frozen=True)
class Happenings:
    """What is counted of a company under a plan: its places in order, and the gauges that find them in futures.

    years : whole calendar years. year_of : i8[quarter] place of its year, -1 outside. kind_of : i8[place].
    """

    places: tuple[Place, ...]
    gauges: tuple[Gauge, ...]
    years: tuple[int, ...]
    year_of: I8
    kind_of: I8

    @classmethod
    def of(cls, built: Built, years: tuple[int, ...]) -> "Happenings":
        """Events of programs, filings, expansions and deals; candidates of one platform are counted together."""
        book = _Book()
        gauges = (*_research(built, book), *_market(built, book), *_network(built, book), *_deals(built, book))
        year = np.array([int(label[:4]) for label in built.labels.quarters])
        kinds = np.array([KINDS.index(kind) for kind, _, _ in book.places], np.int64)
        return cls(tuple(book.places), gauges, years, np.where(np.isin(year, years), year - years[0], -1), kinds)

    def count(self, left: Left) -> tuple[I8, tuple[I8, I8, I8]]:
        """Events of some futures.

        Returns
        -------
        counts : i8[future, kind, year]; and by place and year i8: their sum over futures, the sum of their squares,
        and the futures with any.
        """
        futures, years, places = len(left.begun), len(self.years), len(self.places)
        keys = np.concatenate([self._keys(gauge, left) for gauge in self.gauges])
        found, times = np.unique(keys, return_counts=True)
        future, cell = np.divmod(found, places * years)
        size = places * years
        sums = tuple(
            np.bincount(cell, weights, size).astype(np.int64).reshape(places, years)
            for weights in (times, times * times, np.ones(len(times)))
        )
        at = (future * len(KINDS) + self.kind_of[cell // years]) * years + cell % years
        counts = np.bincount(at, times, futures * len(KINDS) * years).astype(np.int64)
        return counts.reshape(futures, len(KINDS), years), (sums[0], sums[1], sums[2])

    def _keys(self, gauge: Gauge, left: Left) -> I8:
        times, at = gauge.times(left), gauge.places(left)
        known = np.isfinite(times) & (times >= 0.0) & (times < 0.25 * len(self.year_of)) & (at >= 0)
        future, column = np.nonzero(known)
        year = self.year_of[(times[known] * 4.0).astype(np.int64)]
        place = at[column] if at.ndim == 1 else at[known]
        within = year >= 0
        keys: I8 = ((future * len(self.places) + place) * len(self.years) + year)[within]
        return keys


class _Book:
    # Numbers places as they are named.
    def __init__(self) -> None:
        self._number: dict[Place, int] = {}

    @property
    def places(self) -> list[Place]:
        return list(self._number)

    def all(self, kind: str, names: Iterable[Name]) -> I8:
        """Places of some names, -1 where there is none."""
        found = [-1 if name is None else self._number.setdefault((kind, *name), len(self._number)) for name in names]
        return np.array(found, np.int64)


def _gauge(places: I8, times: Callable[[Left], F8]) -> Gauge:
    return Gauge(times, lambda _: places)


def _research(built: Built, book: _Book) -> tuple[Gauge, ...]:
    labels, model = built.labels, built.model
    group = dict(zip(labels.reports, labels.report_groups, strict=True))
    unit_of = np.repeat(np.arange(len(built.units)), np.diff(model.programs.stage_from))
    # Further filings of what is marketed are no program of their own.
    own = np.array([unit.kind != "extension" for unit in built.units], bool)
    kind = np.where(own[unit_of], model.stages.kind, BEFORE) if len(unit_of) else model.stages.kind
    names = [(group[report], stage) for report, stage in labels.stages]

    def where(kind_of_event: str, allowed: np.ndarray, shown: list[tuple[str, str]] = names) -> I8:
        return book.all(kind_of_event, [name if yes else None for name, yes in zip(shown, allowed, strict=True)])

    clinic, nothing = kind == CLINIC, [("", "")] * len(names)
    began, passed = _began, _passed(unit_of)
    fails, reads = where("fails", kind != BEFORE), where("readouts", clinic, nothing)
    failed = _failed(model)
    units = [(group[unit.report], "") if yes else None for unit, yes in zip(built.units, own, strict=True)]
    return (
        _gauge(where("starts", kind != BEFORE), began),
        _gauge(where("trials", clinic, nothing), began),
        _gauge(where("passes", (kind != BEFORE) & (kind != FILING)), passed),
        _gauge(where("positive", clinic, nothing), passed),
        _gauge(reads, passed),
        Gauge(failed, lambda left: _at(fails, left.current)),
        Gauge(failed, lambda left: _at(reads, left.current)),
        _gauge(book.all("stops", units), lambda left: np.where(np.isfinite(failed(left)), np.inf, left.ended)),
    )


def _began(left: Left) -> F8:
    # A stage that begins on as_of is under way.
    return np.where(left.begun > 0.0, left.begun, np.inf)


def _passed(unit_of: np.ndarray) -> Callable[[Left], F8]:
    # A program that is taken out before a readout does not see it.
    return lambda left: np.where(left.passed_at <= left.ended[:, unit_of], left.passed_at, np.inf)


def _failed(model: Model) -> Callable[[Left], F8]:
    # What a plan stops in review ends like a refusal, on its day.
    stop = model.programs.stop_at
    return lambda left: np.where((left.phase == FAILS) & (left.ended < stop), left.ended, np.inf)


def _at(places: I8, stage: np.ndarray) -> I8:
    # A program with nothing ahead points past its own stages; it does not fail.
    found: I8 = places[np.minimum(stage, len(places) - 1)] if len(places) else np.full(stage.shape, -1)
    return found


def _market(built: Built, book: _Book) -> tuple[Gauge, ...]:
    labels, pairs = built.labels, built.model.pairs
    slot = {report: kind == "slot" for report, kind in zip(labels.reports, labels.report_kind, strict=True)}
    group = dict(zip(labels.reports, labels.report_groups, strict=True))
    every: list[Name] = [
        (group[program], "" if slot[program] else where) if leads else None
        for (program, where, _), leads in zip(labels.pairs, labels.leads, strict=True)
    ]
    new = [None if held else name for name, (_, _, held) in zip(every, labels.pairs, strict=True)]
    first = [(group[report], "") for report in labels.reports]
    lag = pairs.launch_lag
    return (
        _gauge(book.all("approved", new), lambda left: left.decision),
        _gauge(book.all("launches", new), lambda left: np.where(left.on > 0, left.decision + lag, np.inf)),
        _gauge(book.all("first_launch", first), lambda left: left.launched),
        _gauge(book.all("listed", every), lambda left: np.where(left.on > 0, left.listed, np.inf)),
    )  # fmt: skip


def project(row: Expansion) -> str:
    """What an expansion is decided as: its project, or itself."""
    return row.project or row.id


def _network(built: Built, book: _Book) -> tuple[Gauge, ...]:
    names = [project(row) for row in built.network.lines.expansions]
    projects = list(dict.fromkeys(names))
    members = [np.array([name == one for name in names]) for one in projects]
    moves = [(row.key, "") for row in built.network.lines.transfers]
    whose = [(one, "") for one in projects]
    return (
        _gauge(book.all("decided", whose), lambda left: _over(np.min, left.decided_at, members)),
        _gauge(book.all("licensed", whose), lambda left: _over(np.max, left.licensed, members)),
        _gauge(book.all("transferred", moves), lambda left: left.ready),
    )


def _over(how: Callable[..., F8], times: F8, members: list[np.ndarray]) -> F8:
    # A project is decided with its first expansion, and licensed with its last.
    known = np.where(np.isnan(times), np.inf, times)
    if not members:
        return np.empty((len(times), 0))
    return np.stack([how(known[:, mine], axis=1) for mine in members], axis=1)


def _deals(built: Built, book: _Book) -> tuple[Gauge, ...]:
    whose = [(deal, "") for deal in built.labels.deals]
    return (
        _gauge(book.all("signed", whose), lambda left: left.deal_after),
        _gauge(book.all("ended", whose), lambda left: np.where(np.isfinite(left.deal_after), left.deal_until, np.inf)),
    )
