"""Judging plans: exactly where all that can happen can be gone through, else on fresh futures."""

from dataclasses import dataclass
from itertools import product as every

import numpy as np

from echelon.plans.plan_search import Passes, Policy, Progress
from echelon.plans.trial_program import I8

NORMAL_95 = 1.959964

DEEPEST = 300
"""Periods up to which all outcomes are gone through."""

LEAST = 30
"""Futures without which there is no interval."""

Key = tuple[int, bytes, bytes]


@dataclass(frozen=True)
class Judgement:
    """What a policy is worth, USD m: its mean, the standard error (0 where exact) and how many futures say so."""

    mean: float
    se: float
    futures: int

    @property
    def low(self) -> float:
        """Lower end of the central 95 % interval."""
        return self.mean - NORMAL_95 * self.se

    @property
    def high(self) -> float:
        """Upper end of the central 95 % interval."""
        return self.mean + NORMAL_95 * self.se


class Judge:
    """Plays a policy, remembering what it decided in each state of knowledge."""

    def __init__(self, policy: Policy) -> None:
        self.policy, self.game = policy, policy.game
        self.periods, self.products, _ = policy.game.start.shape
        self.decided: dict[Key, tuple[int, ...]] = {}

    def first(self) -> tuple[int, ...]:
        """Places of the products that start in the first period."""
        return self._starts(0, self._state(), self._used())

    def exactly(self, most: int) -> Judgement | None:
        """The policy's value over all outcomes; None when they lead through more than `most` states."""
        if self.periods > DEEPEST:
            return None
        worth = self._exact(0, self._state(), self._used(), {}, most)
        return None if worth is None else Judgement(worth, 0.0, 0)

    def fresh(self, passes: Passes, progress: Progress | None = None) -> Judgement:
        """The policy's mean over futures, each with the luck taken off that no plan can change.

        Interrupted (Ctrl-C) after enough futures for an interval, it keeps what there is.
        """
        values: list[float] = []
        try:
            for one in passes:
                values.append(self._one(one))
                if progress is not None:
                    progress("fresh futures", len(values), len(passes), float(np.mean(values)))
        except KeyboardInterrupt:
            if len(values) < LEAST:
                raise
        se = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("inf")
        return Judgement(float(np.mean(values)), se, len(values))

    def _state(self) -> I8:
        return np.ones(self.products, np.int64)

    def _used(self) -> I8:
        return np.zeros((self.periods, len(self.game.capacity)), np.int64)

    def _starts(self, t: int, state: I8, used: I8) -> tuple[int, ...]:
        key = (t, state.tobytes(), used[t:].tobytes())
        if key not in self.decided:
            self.decided[key] = self.policy.starts(t, state, used)
        return self.decided[key]

    def _turn(self, t: int, state: I8, used: I8) -> tuple[float, I8, I8, list[tuple[int, float]]]:
        """Reward, next state if all succeeds, use of resources, and products whose outcome comes with its chance."""
        g, starts = self.game, self._starts(t, state, used)
        reward, after, use, known = 0.0, state.copy(), used.copy(), []
        for i in range(self.products):
            now = int(state[i])
            if i in starts:
                use[t : t + int(g.lasts[i, now])] += g.needs[i, now]
                reward += float(g.start[t, i, now])
                to, chance = int(g.begun[i, now]), float(g.begun_chance[i, now])
                if g.final[i, now]:
                    to, chance = 0, -1.0
            else:
                reward += float(g.wait[t, i, now])
                to, chance = int(g.after[i, now]), float(g.chance[i, now])
            after[i] = to
            if chance >= 0.0:
                known.append((i, chance))
        if (use > g.capacity).any():
            msg = "a plan used more of a resource than there is"
            raise AssertionError(msg)
        return reward, after, use, known

    def _one(self, passes: Passes) -> float:
        g, total = self.game, 0.0
        state, used = self._state(), self._used()
        for t in range(self.periods):
            reward, after, used, known = self._turn(t, state, used)
            total += reward
            for i, chance in known:
                worth = float(g.worth[t + 1, i, after[i]])
                if passes[i, g.trial[i, state[i]]]:
                    total -= (1.0 - chance) * worth
                else:
                    total += chance * worth
                    after[i] = 0
            state = after
        return total

    def _exact(self, t: int, state: I8, used: I8, seen: dict[Key, float], most: int) -> float | None:
        if t == self.periods:
            return 0.0
        key = (t, state.tobytes(), used[t:].tobytes())
        if key in seen:
            return seen[key]
        if len(seen) >= most or len(self.decided) >= most:
            return None
        total, after, use, known = self._turn(t, state, used)
        for outcome in every((True, False), repeat=len(known)):
            weight, then = 1.0, after.copy()
            for (i, chance), passed in zip(known, outcome, strict=True):
                weight *= chance if passed else 1.0 - chance
                if not passed:
                    then[i] = 0
            if weight > 0.0:
                worth = self._exact(t + 1, then, use, seen, most)
                if worth is None:
                    return None
                total += weight * worth
        seen[key] = total
        return total
