"""Levers: everything a plan may choose, each with its alternatives, and the plans that these make."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from types import MappingProxyType

import numpy as np

from echelon.company.company import Company
from echelon.company.consistency.choosing import NUMBERED
from echelon.company.rows.choosing import Option
from echelon.company.rows.market import Deal
from echelon.company.rows.money import Choice, Resource
from echelon.company.rows.science import Discovery
from echelon.company.rows.supply import Expansion, Inspection, Recipe, Site
from echelon.futures.arrays import F8
from echelon.plans.yardsticks import unmarketed

Plan = tuple[int, ...]
"""A plan: the place of the alternative that each lever takes."""

ROUNDING = 1e-9
"""Of a yearly limit, by which sums of needs may be off."""

WAITS = 3
"""Years that a start or a licence may wait where no last day is given."""
BUILD_WAITS = 6
"""Years that a decision to build may wait where no last day is given."""
BUILD_STEP = 2.0
"""Years between the days tried for building where there is no table of options."""

OF_PROGRAMS = frozenset({"fund", "delay", "stop"})
"""Actions of a plan that the lever `start` sets."""

HOLDING = frozenset({"stop_below", "cover"})
"""Actions that hold starts back, so that doing most is to leave them."""

AS_IT_IS, FUNDED, STOPPED = "as it is", "whatever the cash", "stop"
NO, IN_PLAN = "no", "as in the plan"
"""Names of alternatives that are no days or numbers."""


@dataclass(frozen=True)
class Alternative:
    """One thing a lever may be set to.

    name : in words, such as `2027-01-01`, `stop` or `0.5`. choices : rows of the plan that say it.
    """

    name: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Lever:
    """One thing to choose.

    action, target, stage : as in the table `options`. alternatives : what it may be set to. nothing, everything :
    places of the alternatives that do least and most; for a start, to stop and to go on. one_of : of levers with the
    same word at most one leaves `nothing`. must : whether it is a must-have.
    """

    action: str
    target: str
    alternatives: tuple[Alternative, ...]
    nothing: int = 0
    everything: int = 0
    one_of: str = ""
    must: bool = False
    stage: str = ""

    def uses(self, at: int) -> bool:
        """Whether an alternative is a use of the lever, of which levers that exclude each other have one at most."""
        return self.must or at != self.nothing

    @property
    def name(self) -> str:
        """Action, target and stage."""
        return " ".join(part for part in (self.action, self.target, self.stage) if part)


@dataclass(frozen=True)
class Room:
    """Days of must-haves that keep to yearly limits together.

    needs : by place of a must-have, f8[alternative, year], what it books in the mean, money. limits : f8[year], what
    they leave of it together, money; inf where there is none. held : by place, alternatives that keep to them.
    """

    needs: Mapping[int, F8]
    limits: F8
    held: Mapping[int, int]

    def holds(self, plan: Plan) -> bool:
        """Whether the must-haves of a plan keep to the limits."""
        booked = sum((need[plan[i]] for i, need in self.needs.items()), np.zeros(len(self.limits)))
        return bool((booked <= self.limits * (1.0 + ROUNDING) + ROUNDING).all())


@dataclass(frozen=True)
class Levers:
    """All that may be chosen, and what is not: rows of the plan at hand that no lever touches.

    stands : the plan that leaves everything as the company, with the plan at hand, has it, as far as rules allow.
    at_hand : rows of the plan at hand. forbidden : what stands, in words, by the place of
    each lever of which a rule forbids it. room : days of must-haves that keep to yearly limits, where not all do.
    """

    rows: tuple[Lever, ...]
    kept: tuple[Choice, ...]
    stands: Plan
    at_hand: tuple[Choice, ...] = ()
    forbidden: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    room: Room | None = None

    def choices(self, plan: Plan) -> tuple[Choice, ...]:
        """Rows of a plan table."""
        return self.kept + tuple(
            choice for lever, at in zip(self.rows, plan, strict=True) for choice in lever.alternatives[at].choices
        )

    def fits(self, plan: Plan) -> bool:
        """Whether of levers that exclude each other at most one is used, and must-haves keep to yearly limits."""
        used = [lever.one_of for lever, at in zip(self.rows, plan, strict=True) if lever.one_of and lever.uses(at)]
        return len(used) == len(set(used)) and (self.room is None or self.room.holds(plan))

    def fitted(self, plan: Plan) -> Plan:
        """A plan that fits.

        Of levers that exclude each other all but one are set to nothing: but for the must-have, or the first. Days of
        must-haves that break yearly limits together give way to some that do not.
        """
        made, used = list(plan), {lever.one_of for lever in self.rows if lever.must}
        for i, lever in enumerate(self.rows):
            if lever.one_of and not lever.must and lever.uses(made[i]):
                if lever.one_of in used:
                    made[i] = lever.nothing
                used.add(lever.one_of)
        if self.room is not None and not self.room.holds(tuple(made)):
            for i, at in self.room.held.items():
                made[i] = at
        return tuple(made)

    @property
    def nothing(self) -> Plan:
        """The plan that does least."""
        return tuple(lever.nothing for lever in self.rows)

    @property
    def everything(self) -> Plan:
        """The plan that does most."""
        return self.fitted(tuple(lever.everything for lever in self.rows))

    @property
    def musts(self) -> Plan:
        """The plan that does least and every must-have."""
        return self.fitted(tuple(lever.everything if lever.must else lever.nothing for lever in self.rows))

    def differing(self, plan: Plan) -> tuple[int, ...]:
        """Places of the levers that a plan sets otherwise than things stand."""
        pairs = enumerate(zip(plan, self.stands, strict=True))
        return tuple(i for i, (at, stood) in pairs if at != stood or i in self.forbidden)

    def stood(self, lever: int) -> str:
        """Name of what a lever stands at, whether or not it may stay so."""
        return self.forbidden.get(lever) or self.rows[lever].alternatives[self.stands[lever]].name

    def of(self, plan: Plan) -> Iterator[tuple[Lever, Alternative]]:
        """Levers and what a plan sets them to."""
        for lever, at in zip(self.rows, plan, strict=True):
            yield lever, lever.alternatives[at]


def levers(company: Company, at_hand: Sequence[Choice] = ()) -> Levers:
    """What may be chosen in a company: the table `options`, or, where it has no rows, everything that is open.

    Parameters
    ----------
    company : resolved. at_hand : rows of the plan that the search begins with; what no lever touches stays.
    """
    options = company.rows(Option) or tuple(_open())
    given = {row.key: row for row in at_hand}
    made: dict[tuple[str, str, str], Lever] = {}
    for option in sorted(options, key=lambda row: row.target != "*"):  # one target's own row replaces that of `*`
        for target in _targets(company, option):
            lever = _lever(company, option, target, given)
            made[(option.action, target, option.stage)] = _with_hand(company, lever, given)
    rows = tuple(made[key] for key in sorted(made))
    touched = {what for lever in rows for what in _touched(company, lever)}
    kept = tuple(row for row in at_hand if (row.action, row.target, row.stage) not in touched)
    said = [_said(company, lever, given) for lever in rows]
    stands = [_place(lever, one) for lever, one in zip(rows, said, strict=True)]
    words = {i: _stood(rows[i], said[i]) for i, at in enumerate(stands) if at is None}
    return Levers(
        rows,
        kept,
        tuple(_allowed(lever) if at is None else at for lever, at in zip(rows, stands, strict=True)),
        tuple(at_hand),
        MappingProxyType(words),
    )


def _open() -> Iterator[Option]:
    yield Option(action="start", target="*")
    yield Option(action="license", target="*")
    yield Option(action="build", target="*", step=BUILD_STEP)
    yield Option(action="transfer", target="*")
    yield Option(action="audit", target="*", values=("1", "2", "3", "5"))


def _targets(company: Company, option: Option) -> list[str]:
    if option.target != "*" or option.action in ("stop_below", "cover"):
        return [option.target]
    if option.action == "audit":
        visited = {row.site for row in company.rows(Inspection)}
        return [row.id for row in company.rows(Site) if row.id in visited]
    if option.action == "license":
        return [row.id for row in company.rows(Deal) if row.status == "offered"]
    if option.action == "own":
        return [row.id for row in company.rows(Deal) if row.status == "active" and row.direction == "out"]
    if option.action in ("build", "build_above"):
        rows = company.rows(Expansion)
        return list(dict.fromkeys(row.project or row.id for row in rows if row.starts is None))
    if option.action == "transfer":
        return [row.key for row in company.rows(Recipe) if row.transfer is not None and row.transfer_starts is None]
    open_ones = list(unmarketed(company))
    if option.action == "accept_cut":
        return open_ones
    return open_ones + [row.id for row in company.rows(Discovery)]


def _lever(company: Company, option: Option, target: str, given: dict[str, Choice]) -> Lever:
    if option.action == "start":
        return _start(company, option, target, given)
    if option.action in NUMBERED:
        found = [
            Alternative(text, (_choice(option.action, target, option.stage, value=float(text)),))
            for text in option.values
        ]
    else:
        found = [
            Alternative(
                day.isoformat(),
                tuple(_choice(option.action, one, on=day) for one in _parts(company, option.action, target)),
            )
            for day in _days(company, option)
        ]
    none = Alternative(NO, ())
    made = partial(Lever, option.action, target, one_of=option.one_of, stage=option.stage)
    if option.rule == "never":
        return made((none,))
    if option.rule == "must":
        return made(tuple(found), must=True)
    return made((none, *found), everything=0 if option.action in HOLDING else 1)


def _start(company: Company, option: Option, target: str, given: dict[str, Choice]) -> Lever:
    as_of = company.settings.company.as_of
    funded = [row for row in given.values() if row.action == "fund" and row.target == target]
    if option.rule == "must" and not funded:
        funded = [_choice("fund", target)]
    stop = Alternative(STOPPED, (_choice("stop", target, on=as_of),))
    if option.rule == "never":
        return Lever("start", target, (stop,), one_of=option.one_of)
    days = _days(company, option)
    if option.rule == "must" and option.last is None:  # a must-have waits only where a last day says how long
        days = days[:1]
    found = [
        Alternative(day.isoformat(), (*funded, _choice("delay", target, on=day)))
        if day > as_of
        else Alternative(AS_IT_IS, tuple(funded))
        for day in days
    ]
    if option.rule == "must":
        return Lever("start", target, tuple(found), one_of=option.one_of, must=True)
    found.append(stop)
    budgets = any(row.resource == "rd_budget" for row in company.rows(Resource))
    held = company.settings.couplings.cash and company.settings.money.cash_floor is not None
    if held and not funded and not budgets and days[0] <= as_of:  # funding whatever the cash would go over a budget
        found.append(Alternative(FUNDED, (_choice("fund", target),)))
    everything = len(found) - 1 if found[-1].name == FUNDED else 0
    return Lever("start", target, tuple(found), found.index(stop), everything, option.one_of)


def _choice(action: str, target: str, stage: str = "", *, on: date | None = None, value: float | None = None) -> Choice:
    return Choice.model_validate({"action": action, "target": target, "stage": stage, "on": on, "value": value})


def _parts(company: Company, action: str, target: str) -> list[str]:
    if action != "build":
        return [target]
    rows = [row for row in company.rows(Expansion) if target in (row.project, row.id)]
    return [row.id for row in rows if row.starts is None] or [row.id for row in rows]


def _days(company: Company, option: Option) -> list[date]:
    as_of = company.settings.company.as_of
    first = option.first or as_of
    waits = BUILD_WAITS if option.action == "build" else WAITS
    last = option.last or later(first, waits)
    days, i = [first], 1
    while (day := later(first, i * option.step)) <= last:
        days.append(day)
        i += 1
    return days


def later(day: date, years: float) -> date:
    """A day some years on; the last of February stays one."""
    months = day.year * 12 + day.month - 1 + round(12 * years)
    year, month = divmod(months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, min(day.day, last))
        except ValueError:
            continue
    raise AssertionError


def _touched(company: Company, lever: Lever) -> Iterable[tuple[str, str, str]]:
    if lever.action == "start":
        return [(action, lever.target, "") for action in OF_PROGRAMS]
    return [(lever.action, one, lever.stage) for one in _parts(company, lever.action, lever.target)]


def _said(company: Company, lever: Lever, given: dict[str, Choice]) -> tuple[Choice, ...]:
    touched = set(_touched(company, lever))
    return tuple(row for row in given.values() if (row.action, row.target, row.stage) in touched)


def _with_hand(company: Company, lever: Lever, given: dict[str, Choice]) -> Lever:
    # What the plan at hand says of the lever is one of its alternatives, unless a rule forbids to choose.
    said = _said(company, lever, given)
    if not said or lever.must or len(lever.alternatives) == 1 or _place(lever, said) is not None:
        return lever
    return replace(lever, alternatives=(*lever.alternatives, Alternative(IN_PLAN, said)))


def _place(lever: Lever, said: tuple[Choice, ...]) -> int | None:
    wanted = {_core(row) for row in said}
    return next((i for i, one in enumerate(lever.alternatives) if {_core(row) for row in one.choices} == wanted), None)


def _core(row: Choice) -> tuple[str, str, str, date | None, float | None, float | None]:
    return row.action, row.target, row.stage, row.on, row.value, row.years


def _stood(lever: Lever, said: tuple[Choice, ...]) -> str:
    if said:
        return IN_PLAN
    return AS_IT_IS if lever.action == "start" else NO


def _allowed(lever: Lever) -> int:
    # What comes nearest to how things stand where a rule forbids that.
    return lever.everything if lever.action == "start" else lever.nothing
