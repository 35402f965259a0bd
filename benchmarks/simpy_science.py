"""Science of a SimPy future: what outcomes share, and what readouts teach."""

import math
from types import SimpleNamespace

from benchmarks.luck import Luck, normal_inverse

PRIOR_WEIGHT = 10.0


class Science:
    """Shared factors of one future, the platforms' records, and what nature has let them learn."""

    def __init__(self, company: SimpleNamespace, luck: Luck) -> None:
        self.company = company
        self.luck = luck
        self.factors = self.draw_factors()
        self.own_factors: dict[int, float] = {}
        self.wins, self.tries = [0.0] * company.platforms, [0.0] * company.platforms
        self.taught = [0.0] * company.platforms
        self.lessons: list[tuple[int, float, float]] = []

    def draw_factors(self) -> list[float]:
        """Shared factors by back-substitution: each independent normal, less its ties to later factors."""
        factors = self.company.factors
        deviation = [0.0] * len(factors.mean)
        for k in reversed(range(len(deviation))):
            ties = range(factors.solve_from[k], factors.solve_from[k + 1])
            deviation[k] = normal_inverse(self.luck.long(factors.stream[k])) * factors.scale[k]
            deviation[k] -= sum(factors.weight[i] * deviation[factors.solve[i]] for i in ties)
        return [mean + value for mean, value in zip(factors.mean, deviation, strict=True)]

    def shared(self, p: int) -> float:
        """What the program's factors add up to."""
        programs = self.company.programs
        loads = range(programs.factor_from[p], programs.factor_from[p + 1])
        value: float = sum(programs.loading[i] * self.factors[programs.factor[i]] for i in loads)
        if programs.private_stream[p] >= 0:
            if p not in self.own_factors:
                self.own_factors[p] = normal_inverse(self.luck.long(programs.private_stream[p]))
            value += programs.private[p] * self.own_factors[p]
        return value

    def chance(self, p: int, s: int) -> float:
        """Probability that a stage passes, as nature knows it."""
        chance: float = self.company.stages.pos[s]
        if self.company.programs.residual[p] < 1.0:
            gap = (self.company.stages.threshold[s] - self.shared(p)) / self.company.programs.residual[p]
            chance = math.erfc(-gap / math.sqrt(2.0)) / 2.0
        if self.company.switches.learning > 0.0:
            chance += chance * (1.0 - chance) * self.taught[self.company.programs.platform[p]]
        return chance

    def believed(self, p: int, s: int) -> float:
        """Probability that a stage passes, as the plan believes: stated, moved by the platform's record."""
        w = self.company.programs.platform[p]
        stated: float = self.company.stages.pos[s]
        moved: float = stated + self.wins[w] / (PRIOR_WEIGHT + self.tries[w])
        return min(1.0, max(0.0, moved))

    def report(self, p: int, s: int, passes: bool, expected: float) -> None:
        """Note a readout; it is known from the next quarter on."""
        self.lessons.append((self.company.programs.platform[p], passes - self.company.stages.pos[s], passes - expected))

    def learn(self) -> None:
        """Readouts of the last quarter become known to all who share a platform."""
        moved: dict[int, float] = {}
        for platform, surplus, surprise in self.lessons:
            self.wins[platform] += surplus
            self.tries[platform] += 1.0
            moved[platform] = moved.get(platform, 0.0) + self.company.switches.learning * surprise
        for platform, step in moved.items():
            taught = self.taught[platform]
            self.taught[platform] = min(1.0, max(-1.0, taught + step * (1.0 - taught * taught)))
        self.lessons.clear()
