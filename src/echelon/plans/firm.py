"""Firm: which choices are the same in nearly all plans that are nearly as good as the found one."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from echelon.futures.arrays import F8
from echelon.plans.judging import ONE_SIDED_95
from echelon.plans.levers import Levers, Plan
from echelon.plans.lives import Lives
from echelon.plans.screening import changed
from echelon.plans.why import Why
from echelon.runs.gaps import gap

TOLERANCE = 0.01
"""Share of the plan's value that a good plan may lose."""

SAMPLED, APART = 1_000, 3
"""Plans of the random walk that are kept, and steps between them, in levers."""

CHECKED = 8
"""Sampled plans that are lived."""

FIRM, FREE = 0.95, 0.6
"""Shares of agreement from which a choice is called firm, and under which free."""


@dataclass(frozen=True)
class Agreement:
    """How many good plans take what the found plan takes.

    agree : their share. other : what the others take most often, with its share; blank where all agree. undone : share
    that does nothing with it.
    """

    action: str
    target: str
    stage: str
    taken: str
    agree: float
    other: str
    other_share: float
    undone: float

    @property
    def word(self) -> str:
        """`firm`, `free` or `leaning`."""
        return "firm" if self.agree >= FIRM else "free" if self.agree < FREE else "leaning"


@dataclass(frozen=True)
class Checked:
    """A sampled plan on fresh futures.

    differs : choices that are not the found plan's. expected : its loss as losses add up, money. loss : its loss in
    fact, paired; se : standard error. good : whether the loss is within the tolerance, as far as the error tells.
    """

    differs: int
    expected: float
    loss: float
    se: float
    good: bool


@dataclass(frozen=True)
class Firm:
    """Choices by how firm they are.

    rows : the least agreed first. tolerance : share of the value that a good plan may lose; allowed : the same, money.
    sampled : plans. checked : those lived. stopped : whether it was stopped before its end.
    """

    rows: tuple[Agreement, ...]
    tolerance: float
    allowed: float
    sampled: int
    checked: tuple[Checked, ...]
    stopped: bool

    @property
    def good(self) -> int:
        """Lived plans that are as good as they were taken to be."""
        return sum(one.good for one in self.checked)

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "tolerance": self.tolerance,
            "allowed": self.allowed,
            "sampled": self.sampled,
            "rows": [asdict(one) | {"word": one.word} for one in self.rows],
            "checked": [asdict(one) for one in self.checked],
            "good": self.good,
            "stopped": self.stopped,
        }


def firm(
    lives: Lives,
    plan: Plan,
    found: Why,
    seed: int,
    futures: int,
    tolerance: float = TOLERANCE,
    progress: Callable[[int, int], None] | None = None,
) -> Firm:
    """Sample good plans evenly and count what they share with the found one.

    A good plan is one whose losses, lever by lever as `why` found them, add up to no more than the tolerance; a loss
    that seems negative counts as none. What was not looked at is not taken, nor what changes nothing at all. Losses
    need not add up, so some of the sampled plans are lived.

    Parameters
    ----------
    lives : futures that neither the plan nor its losses were looked at on. futures : each checked plan is lived on.
    seed : of the random walk. Ctrl-C keeps what is done.
    """
    table = _table(lives.levers, found)
    allowed = tolerance * abs(found.value)
    sampled = walk(lives.levers, plan, table, allowed, np.random.Generator(np.random.Philox([seed, 99])))
    rows = sorted((_agreement(lives.levers, plan, sampled, i) for i in range(len(plan))), key=lambda one: one.agree)
    checked: list[Checked] = []
    stopped = False
    places = np.unique(np.linspace(0, len(sampled) - 1, CHECKED).astype(int))
    try:
        for i in places:
            checked.append(_checked(lives, plan, sampled[i], table, allowed, futures))
            if progress is not None:
                progress(len(checked), len(places))
    except KeyboardInterrupt:
        stopped = True
    return Firm(tuple(rows), tolerance, allowed, len(sampled), tuple(checked), stopped)


def walk(levers: Levers, plan: Plan, table: list[F8], allowed: float, random: np.random.Generator) -> list[Plan]:
    """Plans from a random walk that visits all good plans alike (Metropolis).

    Parameters
    ----------
    table : by lever f8[alternative], loss of each, money. allowed : what a plan's losses may add up to, money.
    """
    free = [i for i, row in enumerate(table) if len(row) > 1]
    if not free:
        return [plan]
    made: list[Plan] = []
    now, total = plan, 0.0
    for step in range(SAMPLED * APART * len(free)):
        i = free[int(random.integers(len(free)))]
        a = int(random.integers(len(table[i])))
        after = total + float(table[i][a] - table[i][now[i]])
        if after <= allowed:
            moved = changed(now, i, a)
            if levers.fits(moved):
                now, total = moved, after
        if (step + 1) % (APART * len(free)) == 0:
            made.append(now)
    return made


def _table(levers: Levers, found: Why) -> list[F8]:
    # What is the same in every future as the one taken is no other choice, and what was not lived is not taken.
    known = {(one.action, one.target, one.stage): one for one in found.reasons}
    table = []
    for row in levers.rows:
        reason = known[row.action, row.target, row.stage]
        losses = {reason.taken: 0.0} | {
            one.name: max(0.0, one.loss) for one in reason.rivals if one.loss != 0.0 or one.se > 0.0
        }
        table.append(np.array([losses.get(one.name, np.inf) for one in row.alternatives]))
    return table


def _agreement(levers: Levers, plan: Plan, sampled: list[Plan], i: int) -> Agreement:
    lever = levers.rows[i]
    seen = np.array([one[i] for one in sampled])
    counts = np.bincount(seen, minlength=len(lever.alternatives)) / len(sampled)
    agree, undone = float(counts[plan[i]]), float(counts[lever.nothing])
    counts[plan[i]] = 0.0
    most = int(counts.argmax())
    other = lever.alternatives[most].name if counts[most] > 0.0 else ""
    taken = lever.alternatives[plan[i]].name
    return Agreement(lever.action, lever.target, lever.stage, taken, agree, other, float(counts[most]), undone)


def _checked(lives: Lives, plan: Plan, other: Plan, table: list[F8], allowed: float, futures: int) -> Checked:
    mine, one = lives.worth(plan, futures), lives.worth(other, futures)
    loss, se = gap(mine.each - one.each)
    return Checked(
        differs=sum(a != b for a, b in zip(plan, other, strict=True)),
        expected=float(sum(row[a] for row, a in zip(table, other, strict=True))),
        loss=loss,
        se=se,
        good=loss - ONE_SIDED_95 * se <= allowed and one.missed <= mine.missed,
    )
