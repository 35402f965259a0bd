"""Judging: what plans are worth on futures that nothing was chosen by, side by side."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from echelon.company.rows.money import Choice
from echelon.company.rows.settings import Objective
from echelon.plans.lives import Lives
from echelon.plans.objective import KEPT, Worth, worth
from echelon.runs.gaps import gap

ONE_SIDED_95 = 1.6448536269514722
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class Judged:
    """One plan on fresh futures.

    name : what it is called. objective, mean, tail : as of `objective.Worth`, money; se : standard error of the
    objective. floor_chance, launches, launches_chance, filled, missed : as there. lead : by how much the found plan is
    ahead of it in the same futures, money, with its standard error; least : lower end of its one-sided 95 % interval.
    """

    name: str
    objective: float
    se: float
    mean: float
    tail: float
    floor_chance: float
    launches: float
    launches_chance: float
    filled: float
    missed: float
    lead: float
    lead_se: float
    least: float

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return asdict(self)

    @property
    def low(self) -> float:
        """Lower end of the central 95 % interval of the objective."""
        return self.objective - NORMAL_95 * self.se

    @property
    def high(self) -> float:
        """Upper end of the central 95 % interval of the objective."""
        return self.objective + NORMAL_95 * self.se


def judge(
    lives: Lives,
    plans: Mapping[str, tuple[Choice, ...]],
    futures: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Judged, ...]:
    """Live fresh futures under each plan, the first of which is the one found."""
    found: list[tuple[str, Worth]] = []
    for name, choices in plans.items():
        measures, _ = lives.live(choices, 0, futures)
        found.append((name, worth(lives.wanted, measures[:, KEPT])))
        if progress is not None:
            progress(len(found), len(plans))
    best = found[0][1]
    return tuple(_judged(name, one, best) for name, one in found)


def _judged(name: str, one: Worth, best: Worth) -> Judged:
    lead, lead_se = gap(best.each - one.each)
    return Judged(
        name=name,
        objective=one.value,
        se=gap(one.each)[1],
        mean=one.mean,
        tail=one.tail,
        floor_chance=one.floor_chance,
        launches=one.launches,
        launches_chance=one.launches_chance,
        filled=one.filled,
        missed=one.missed,
        lead=lead,
        lead_se=lead_se,
        least=lead - ONE_SIDED_95 * lead_se,
    )


def misses(wanted: Objective, one: Judged) -> tuple[str, ...]:
    """Limits of the objective that a plan does not keep to on fresh futures, in words."""
    said = []
    if wanted.floor_chance is not None and one.floor_chance > wanted.floor_chance:
        said.append(f"cash is under its floor with a chance of {one.floor_chance:.3f}, limit {wanted.floor_chance:g}")
    if wanted.filled_chance is not None and one.filled < wanted.filled_chance:
        said.append(f"echelons are filled with a chance of {one.filled:.3f}, at least {wanted.filled_chance:g} asked")
    if wanted.launches is None:
        return tuple(said)
    if wanted.launches_chance is None and one.launches < wanted.launches:
        said.append(f"{one.launches:.2f} programs are launched in the mean, at least {wanted.launches:g} asked")
    if wanted.launches_chance is not None and one.launches_chance < wanted.launches_chance:
        chance = f"a chance of {one.launches_chance:.3f}, at least {wanted.launches_chance:g} asked"
        said.append(f"{wanted.launches:g} programs are launched with {chance}")
    return tuple(said)
