"""The kinds of instances behind one face: reading picks the kind, planning needs only what a kind can do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from echelon.company.diagnostics import Place
from echelon.supply.campaign import facilities_plan, two_step_check, two_step_plan, two_step_why
from echelon.supply.campaign.bars import Bar
from echelon.supply.campaign.facilities import Facilities, facilities
from echelon.supply.campaign.fields import Fields
from echelon.supply.campaign.jsonfile import Node
from echelon.supply.campaign.programme import Programme, Search
from echelon.supply.campaign.two_step import TwoStep
from echelon.supply.campaign.two_step_read import two_step
from echelon.supply.campaign.verdict import Verdict

if TYPE_CHECKING:
    import numpy as np

Path = tuple[str, ...]
Said = tuple[Path, str]


class Table(Protocol):
    """A schedule of any kind."""

    def as_dict(self) -> dict[str, Any]:
        """For --json."""

    def bars(self) -> tuple[Bar, ...]:
        """For the table and the chart."""


class Problem(Protocol):
    """An instance of any kind, and what can be done with it."""

    @property
    def name(self) -> str:
        """Name of the instance."""

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of the periods."""

    @property
    def days(self) -> float:
        """Days of a period."""

    @property
    def lanes(self) -> tuple[tuple[str, str], ...]:
        """Site and name of each suite or facility, in order."""

    def impossible(self) -> Iterator[Said]:
        """What can never be made though it is wanted."""

    def programme(self) -> tuple[Programme, Any, dict[int, int]]:
        """The programme, what its columns are, and the period of each whole column."""

    def schedule(self, at: Any, values: "np.ndarray[Any, np.dtype[np.float64]]") -> Table:
        """What a solution means."""

    def evaluate(self, schedule: Any) -> Verdict:
        """What the evaluator says of a schedule."""

    def conflict(self, search: Search) -> Sequence[Said]:
        """Why nothing meets the requirements."""


@dataclass(frozen=True)
class TwoStepProblem:
    """Two steps in suites."""

    instance: TwoStep

    @property
    def name(self) -> str:
        """Name of the instance."""
        return self.instance.name

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of the periods."""
        return self.instance.periods

    @property
    def days(self) -> float:
        """Days of a period."""
        return float(self.instance.days)

    @property
    def lanes(self) -> tuple[tuple[str, str], ...]:
        """Site and name of each suite, upstream first."""
        i = self.instance
        return tuple((i.site[s], s) for s in (*i.up.suites, *i.down.suites))

    def impossible(self) -> Iterator[Said]:
        """What can never be made though it is wanted."""
        return two_step_why.impossible(self.instance)

    def programme(self) -> tuple[Programme, two_step_plan.Columns, dict[int, int]]:
        """The programme, what its columns are, and the period of each whole column."""
        made, at = two_step_plan.programme(self.instance)
        when = {c: key[2] for d in (at.active, at.started, at.delayed, at.made) for key, c in d.items()}
        return made, at, when

    def schedule(self, at: two_step_plan.Columns, values: "np.ndarray[Any, np.dtype[np.float64]]") -> Table:
        """What a solution means."""
        return two_step_plan.schedule(self.instance, at, values)

    def evaluate(self, schedule: Any) -> Verdict:
        """What the evaluator says of a schedule."""
        return two_step_check.evaluate(self.instance, schedule)

    def conflict(self, search: Search) -> Sequence[Said]:
        """Why nothing meets the requirements."""
        return two_step_why.conflict(self.instance, search)


@dataclass(frozen=True)
class FacilitiesProblem:
    """Facilities that make kilograms."""

    instance: Facilities

    @property
    def name(self) -> str:
        """Name of the instance."""
        return self.instance.name

    @property
    def periods(self) -> tuple[str, ...]:
        """Names of the periods."""
        return self.instance.periods

    @property
    def days(self) -> float:
        """Days of a period."""
        return float(self.instance.days)

    @property
    def lanes(self) -> tuple[tuple[str, str], ...]:
        """Site and name of each facility."""
        return tuple((self.instance.site[f], f) for f in self.instance.facilities)

    def impossible(self) -> Iterator[Said]:
        """What can never be made though it is wanted."""
        i = self.instance
        for p in i.products:
            makers = [f for f in i.facilities if (f, p) in i.rate]
            if sum(i.demand[p]) <= i.stock[p] + sum(i.arriving[p]):
                continue
            if not makers:
                yield ("can_make",), f"{p} is wanted, but no facility can make it"
            elif i.least > i.days:
                message = (
                    f"the shortest campaign, {float(i.least):g} days, is longer than a period of {float(i.days):g}"
                )
                yield ("scalars", "min_campaign_days"), message
            elif all(i.batches((f, p), True)[0] > i.batches((f, p), True)[1] for f in makers):
                message = f"a campaign of {p} can never begin: its lead time leaves no whole batch in a period"
                yield ("scalars", "production_lead_time_days"), message

    def programme(self) -> tuple[Programme, facilities_plan.Places, dict[int, int]]:
        """The programme, what its columns are, and the period of each whole column."""
        made, at = facilities_plan.programme(self.instance)
        return made, at, {c: key[2] for d in (at.active, at.started, at.made) for key, c in d.items()}

    def schedule(self, at: facilities_plan.Places, values: "np.ndarray[Any, np.dtype[np.float64]]") -> Table:
        """What a solution means."""
        return facilities_plan.timetable(self.instance, at, values)

    def evaluate(self, schedule: Any) -> Verdict:
        """What the evaluator says of a schedule."""
        return facilities_plan.evaluate(self.instance, schedule)

    def conflict(self, search: Search) -> Sequence[Said]:
        """Why nothing meets the requirements."""
        return facilities_plan.conflict(self.instance, search)


def problem(root: Node, fields: Fields, name: str) -> TwoStepProblem | FacilitiesProblem | None:
    """The instance of a file, by what it holds, or None after logging why it is none."""
    top = fields.members(root, "the document")
    sets = top["sets"].value if "sets" in top else None
    if isinstance(sets, dict) and "facilities" in sets:
        many = facilities(root, fields, name)
        return None if many is None else FacilitiesProblem(many)
    if "sets" in top or "upstream" in top or "downstream" in top:
        two = two_step(root, fields, name)
        return None if two is None else TwoStepProblem(two)
    if not fields.bad():
        message = "this is no instance: `sets` should name usp_suites, dsp_suites, products and periods, or facilities"
        fields.log.wrong(root.place, "E656", message)
    return None


def placed(root: Node, path: Path) -> Place:
    """The place of what a path of keys leads to, as far as it leads."""
    node = root
    for key in path:
        if not isinstance(node.value, dict) or key not in node.value:
            break
        node = node.value[key]
    return node.key_place or node.place if node is not root else root.place
