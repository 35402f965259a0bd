"""Happenings: what starts, reads out, is approved, launched, listed, built or signed in futures, by calendar year."""

from collections.abc import Callable, Iterable, Iterator
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
    """Reads events of futures: times f8[future, column], and the places under which each is counted.

    times : years from as_of; what is not finite is not counted.
    places : i8[column], or i8[future, column] of what futures left; -1 is not counted.
    """

    times: Callable[[Left], F8]
    places: tuple[I8 | Callable[[Left], I8], ...]


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
        keys = np.concatenate([keys for gauge in self.gauges for keys in self._keys(gauge, left)])
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

    def _keys(self, gauge: Gauge, left: Left) -> Iterator[I8]:
        times = gauge.times(left)
        within = np.flatnonzero(self.year_of >= 0)
        known = (times >= 0.25 * within[0]) & (times < 0.25 * (within[-1] + 1))
        future, column = np.nonzero(known)
        year = self.year_of[(times[known] * 4.0).astype(np.int64)]
        for places in gauge.places:
            at = places(left)[known] if callable(places) else places[column]
            keys: I8 = ((future * len(self.places) + at) * len(self.years) + year)[at >= 0]
            yield keys


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


def _gauge(times: Callable[[Left], F8], *places: I8 | Callable[[Left], I8]) -> Gauge:
    return Gauge(times, places)


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
    fails, reads = where("fails", kind != BEFORE), where("readouts", clinic, nothing)
    trials, positive = where("trials", clinic, nothing), where("positive", clinic, nothing)
    passes = where("passes", (kind != BEFORE) & (kind != FILING))
    failed = _failed(model)
    units = [(group[unit.report], "") if yes else None for unit, yes in zip(built.units, own, strict=True)]
    return (
        _gauge(_began, where("starts", kind != BEFORE), trials),
        _gauge(_passed(unit_of), passes, positive, reads),
        _gauge(failed, lambda left: _at(fails, left.current), lambda left: _at(reads, left.current)),
        _gauge(lambda left: np.where(np.isfinite(failed(left)), np.inf, left.ended), book.all("stops", units)),
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
        _gauge(lambda left: left.decision, book.all("approved", new)),
        _gauge(lambda left: np.where(left.on > 0, left.decision + lag, np.inf), book.all("launches", new)),
        _gauge(lambda left: left.launched, book.all("first_launch", first)),
        _gauge(lambda left: np.where(left.on > 0, left.listed, np.inf), book.all("listed", every)),
    )


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
        _gauge(lambda left: _over(np.min, left.decided_at, members), book.all("decided", whose)),
        _gauge(lambda left: _over(np.max, left.licensed, members), book.all("licensed", whose)),
        _gauge(lambda left: left.ready, book.all("transferred", moves)),
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
        _gauge(lambda left: left.deal_after, book.all("signed", whose)),
        _gauge(lambda left: np.where(np.isfinite(left.deal_after), left.deal_until, np.inf), book.all("ended", whose)),
    )
