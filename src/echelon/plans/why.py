"""Why: what each choice of a plan is worth against every alternative to it, on the same fresh futures."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from echelon.company.rows.money import Choice
from echelon.plans.levers import Lever, Levers, Plan
from echelon.plans.lives import Lives
from echelon.plans.screening import changed
from echelon.runs.gaps import gap

BUDGET = 150_000
"""Futures lived to weigh all alternatives."""

LEAST, MOST_FIRST, MOST = 64, 1_024, 8_192
"""Futures of an alternative: at least, in the first round at most, and of a close one at most."""

FAR = 4.0
"""Standard errors beyond which an alternative gets no more futures."""

SMALL = 2e-4
"""Share of the plan's value under which a difference is not looked at longer."""

SURE = 2.0
SAME_LUCK = "same futures"
"""Ends every note made here, so that a later one replaces it and never a person's own."""


@dataclass(frozen=True)
class Rival:
    """An alternative that the plan does not take.

    loss : what deviating to it costs, money, negative where it did better; se : its standard error. p_better : share of
    futures in which the plan is worth more, ties by half. futures : on which. missed : by how much more than the plan
    it misses the limits of the objective, nought where it misses none.
    """

    name: str
    loss: float
    se: float
    p_better: float
    futures: int
    missed: float

    @property
    def sure(self) -> bool:
        """Whether the loss lies more than two standard errors from nought."""
        return abs(self.loss) > SURE * self.se

    @property
    def same(self) -> bool:
        """Whether it made no difference in any future, so that it is no other choice in fact."""
        return self.loss == 0.0 and self.se == 0.0


@dataclass(frozen=True)
class Reason:
    """Why a lever is set as it is.

    taken : its alternative in the plan. rivals : the others lived, least loss first. nothing : name of the one that
    does least, which may be the one taken. must : whether there is a must-have to keep.
    """

    action: str
    target: str
    stage: str
    taken: str
    nothing: str
    must: bool
    rivals: tuple[Rival, ...]

    @property
    def without(self) -> Rival | None:
        """The lever left at nothing; None where the plan does that, or may not."""
        return next((one for one in self.rivals if one.name == self.nothing), None)

    @property
    def best(self) -> Rival | None:
        """The best other alternative of those that keep the limits; None where no other makes a difference."""
        others = [one for one in self.rivals if not one.same]
        return next((one for one in others if one.missed <= 0.0), others[0] if others else None)

    @property
    def size(self) -> float:
        """What the choice is about, money: against nothing, or against the best other where it does nothing."""
        other = self.without or self.best
        return abs(other.loss) if other else 0.0

    @property
    def verdict(self) -> str:
        """How sure the choice is.

        `only choice`, `no difference` in any future, `sure`, `how is open` (surely better than nothing, and not told
        from another way of doing it), `toss-up`, `limit` (all others break one) or `better seen` (another did better).
        """
        best = self.best
        if best is None:
            return "no difference" if self.rivals else "only choice"
        if best.missed > 0.0:
            return "limit"
        if not best.sure:
            done = self.without is not None and self.without.sure and self.without.loss > 0.0
            return "how is open" if done else "toss-up"
        return "sure" if best.loss > 0.0 else "better seen"

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        best, without = self.best, self.without
        return {
            "action": self.action,
            "target": self.target,
            "stage": self.stage,
            "taken": self.taken,
            "must": self.must,
            "verdict": self.verdict,
            "best": best and best.name,
            "without": without and without.name,
            "rivals": [asdict(one) for one in self.rivals],
        }


@dataclass(frozen=True)
class Why:
    """Reasons of a plan, those that most hangs on first.

    value : the plan's objective on these futures, money. lived : futures. stopped : whether it was stopped, so that
    some alternatives may be missing.
    """

    reasons: tuple[Reason, ...]
    value: float
    lived: int
    stopped: bool

    def as_dict(self) -> dict[str, Any]:
        """For --json."""
        return {
            "reasons": [one.as_dict() for one in self.reasons],
            "value": self.value,
            "lived": self.lived,
            "stopped": self.stopped,
        }


def swapped(levers: Levers, plan: Plan, lever: int, alternative: int) -> Plan:
    """A plan with one lever set otherwise; levers that exclude it give way."""
    made = list(changed(plan, lever, alternative))
    word = levers.rows[lever].one_of
    if word and levers.rows[lever].uses(alternative):
        for i, other in enumerate(levers.rows):
            if i != lever and other.one_of == word and not other.must:
                made[i] = other.nothing
    return tuple(made)


def why(lives: Lives, plan: Plan, budget: int = BUDGET, progress: Callable[[int, int], None] | None = None) -> Why:
    """Weigh every alternative of every lever against the plan, paired.

    All get a first round of futures; then the closest get twice as many, until the budget is spent. The best other
    alternative is the best of several on the same futures, so its loss is, if anything, a little too low.

    Parameters
    ----------
    lives : futures that the plan was neither searched nor judged on. plan : the one to explain. budget : futures
    lived. progress : called with futures lived and in all. Ctrl-C ends it and keeps what is done.
    """
    race = _Race(lives, plan, budget, progress)
    stopped = False
    try:
        race.first()
        while race.closer():
            pass
    except KeyboardInterrupt:
        stopped = True
    rows = [race.reason(i, lever) for i, lever in enumerate(lives.levers.rows)]
    value = lives.worth(plan, max(lives.seen().get(plan, 0), LEAST)).value
    return Why(tuple(sorted(rows, key=lambda one: -one.size)), value, race.lived, stopped)


class _Race:
    """Alternatives and on how many futures each has been lived."""

    def __init__(
        self, lives: Lives, plan: Plan, budget: int, progress: Callable[[int, int], None] | None = None
    ) -> None:
        self._lives, self._plan, self._progress = lives, plan, progress
        self._began, self._budget = lives.lived, budget
        self._found: dict[tuple[int, int], Rival] = {}
        self._open = [
            (i, a)
            for i, lever in enumerate(lives.levers.rows)
            for a in range(len(lever.alternatives))
            if a != plan[i] and lives.levers.fits(swapped(lives.levers, plan, i, a))
        ]

    @property
    def lived(self) -> int:
        return self._lives.lived - self._began

    def first(self) -> None:
        share = self._budget // 2 // max(1, len(self._open)) // LEAST * LEAST
        futures = min(MOST_FIRST, max(LEAST, share))
        for at in self._open:
            self._look(at, futures)

    def closer(self) -> bool:
        """Look longer at the closest alternative; False when there is none, or nothing left to look with."""
        close = [at for at in self._open if self._worth_it(self._found[at])]
        if not close or self.lived >= self._budget:
            return False
        at = min(close, key=lambda one: (_away(self._found[one]) * math.sqrt(self._found[one].futures), one))
        self._look(at, 2 * self._found[at].futures)
        return True

    def reason(self, i: int, lever: Lever) -> Reason:
        rivals = sorted((one for (at, _), one in self._found.items() if at == i), key=lambda one: one.loss)
        taken, nothing = (lever.alternatives[a].name for a in (self._plan[i], lever.nothing))
        return Reason(lever.action, lever.target, lever.stage, taken, nothing, lever.must, tuple(rivals))

    def _look(self, at: tuple[int, int], futures: int) -> None:
        i, a = at
        other = self._lives.worth(swapped(self._lives.levers, self._plan, i, a), futures)
        mine = self._lives.worth(self._plan, futures)
        gain = mine.each - other.each
        loss, se = gap(gain)
        better = float((np.sign(gain) * 0.5 + 0.5).mean())
        missed = max(0.0, other.missed - mine.missed)
        name = self._lives.levers.rows[i].alternatives[a].name
        self._found[at] = Rival(name, loss, se, better, futures, missed)
        if self._progress is not None:
            self._progress(min(self.lived, self._budget), self._budget)

    def _worth_it(self, one: Rival) -> bool:
        value = abs(self._lives.worth(self._plan, one.futures).value)
        matters = abs(one.loss) + SURE * one.se > SMALL * value
        return one.se > 0.0 and one.futures < MOST and _away(one) < FAR and matters


def _away(one: Rival) -> float:
    return abs(one.loss) / one.se if one.se > 0.0 else math.inf


def noted(levers: Levers, plan: Plan, found: Why, currency: str) -> tuple[Choice, ...]:
    """Rows of a plan table, each with a note in plain words on why it is taken; a person's own notes stay."""
    notes = {(one.action, one.target, one.stage): note(one, currency) for one in found.reasons}
    rows = list(levers.kept)
    for lever, one in levers.of(plan):
        text = notes.get((lever.action, lever.target, lever.stage), "")
        rows += [_with_note(row, text) for row in one.choices]
    return tuple(rows)


def _with_note(row: Choice, text: str) -> Choice:
    if not text or (row.note and not row.note.endswith(SAME_LUCK)):
        return row
    return row.model_copy(update={"note": text})


def note(one: Reason, currency: str) -> str:
    """Why a choice is taken, in one line; blank where there was nothing to choose.

    For example "stop: +12 ± 3 million CNY against as it is, same futures".
    """
    best, without = one.best, one.without
    if best is None:
        return f"{one.taken}: makes no difference, {SAME_LUCK}" if one.rivals else ""
    said = [_against(without, currency)] if without is not None else []
    if best != without:
        said.append(_against(best, currency) + (", the best other" if without is not None else ""))
    ends = {
        "toss-up": "; a toss-up",
        "how is open": "; how is open",
        "better seen": "; the other did better",
        "limit": "; others break a limit",
    }
    return f"{one.taken}: {'; '.join(said)}{ends.get(one.verdict, '')}, {SAME_LUCK}"


def _against(other: Rival, currency: str) -> str:
    places = 0 if other.se <= 0.0 else min(2, max(0, -math.floor(math.log10(other.se))))
    amount = f"{other.loss:+,.{places}f} ± {other.se:,.{places}f} million {currency}"
    return f"{amount} against {other.name}"
