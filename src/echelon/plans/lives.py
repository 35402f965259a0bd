"""Lives: futures lived under one plan after another, on the same luck, remembered as long as it pays."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable
from copy import copy

import numpy as np

from echelon.company.company import Company
from echelon.company.rows.money import Choice
from echelon.company.rows.settings import Objective
from echelon.futures.arrays import F8
from echelon.futures.build.build import Built, build
from echelon.futures.build.replan import PROGRAM_ACTIONS, replan
from echelon.futures.engine import Engine
from echelon.plans.levers import Levers, Plan
from echelon.plans.objective import KEPT, Worth, worth

MOST_BUILT = 48
"""Sets of arrays that are kept; another plan for programs needs none of its own."""

Watch = Callable[[int], None]
"""Called with the futures lived so far."""


def space(seed: int, name: str) -> int:
    """Seed of a seed space: of what is searched on, selected on, judged by; each has its own luck."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


class Lives:
    """Futures of one company under the plans of its levers, in one seed space.

    Parameters
    ----------
    company : resolved. levers : what a plan sets. seed : of this seed space. threads : all cores when None. free :
    whether limits on cash, budgets and starts are lifted. watch : called after every plan lived.
    """

    def __init__(
        self,
        company: Company,
        levers: Levers,
        seed: int,
        *,
        threads: int | None = None,
        free: bool = False,
        watch: Watch | None = None,
    ) -> None:
        self.company = company
        self.levers = levers
        self.seed = seed
        self.wanted = company.settings.objective
        self.lived = 0
        self._threads = threads or os.cpu_count() or 1
        self._free = free
        self._watch = watch
        self._built: OrderedDict[frozenset[tuple[object, ...]], Built] = OrderedDict()
        self._measures: dict[Plan, F8] = {}
        self._worth: dict[tuple[Plan, int, Objective], Worth] = {}

    def under(self, wanted: Objective) -> "Lives":
        """The same futures weighed by another objective; plans lived for one are known to the other."""
        other = copy(self)
        other.wanted = wanted
        return other

    def built(self, choices: tuple[Choice, ...]) -> Built:
        """Arrays of the company under some choices; only those that no plan had yet are built anew."""
        rest = frozenset(
            (row.action, row.target, row.stage, row.on, row.value, row.years)
            for row in choices
            if row.action not in PROGRAM_ACTIONS
        )
        if rest not in self._built:
            self._built[rest] = build(self.company, choices, self.seed)
            if len(self._built) > MOST_BUILT:
                self._built.popitem(last=False)
        self._built.move_to_end(rest)
        made = replan(self._built[rest], self.company, choices)
        if not self._free:
            return made
        from dataclasses import replace

        return replace(made, model=made.model._replace(switches=made.model.switches._replace(cash=False)))

    def live(self, choices: tuple[Choice, ...], first: int, futures: int) -> tuple[F8, F8]:
        """Measures f8[future, measure] and the mean ledger f8[line, q] of some futures under some choices."""
        engine = Engine(self.built(choices).model, self._threads)
        found = engine.measures(first, futures)
        self.lived += futures
        if self._watch is not None:
            self._watch(self.lived)
        return found

    def measures(self, plan: Plan, futures: int) -> F8:
        """Measures of `KEPT` of the first futures under a plan, f8[future, 4]; what was lived before is not again."""
        known = self._measures.get(plan, np.empty((0, len(KEPT))))
        if len(known) < futures:
            more, _ = self.live(self.levers.choices(plan), len(known), futures - len(known))
            known = np.concatenate([known, more[:, KEPT]])
            self._measures[plan] = known
        return known[:futures]

    def worth(self, plan: Plan, futures: int) -> Worth:
        """What a plan is worth over the first futures."""
        key = (plan, futures, self.wanted)
        if key not in self._worth:
            self._worth[key] = worth(self.wanted, self.measures(plan, futures))
        return self._worth[key]

    def seen(self) -> dict[Plan, int]:
        """Plans lived so far, with how many futures each."""
        return {plan: len(rows) for plan, rows in self._measures.items()}
