"""Experiments: factors, responses, and the runs made, in coded units."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

F8 = NDArray[np.float64]
Order = Literal["auto", "linear", "interactions", "quadratic"]
Region = Literal["auto", "box", "sphere"]
Goal = Literal["", "maximise", "minimise", "target"]
Recipe = Literal["", "titer", "recovery"]

ORDERS: tuple[Order, ...] = ("linear", "interactions", "quadratic")

NEARLY = 0.9
"""Share of the farthest run's distance that axial runs must have to set the radius; 1.682 against 1.732 does."""


@dataclass(frozen=True)
class Factor:
    """What is varied.

    Attributes
    ----------
    name, unit : as in the table's header.
    low, high : levels that are coded as -1 and +1, in `unit`.
    levels : words of a categorical factor, else empty.
    set_point : where it is to be run, in `unit`, or a word of `levels`; None lets the best be looked for.
    sd : standard deviation with which the set point is held, in `unit`.
    guessed : `low` and `high` were read off the table and not given.
    """

    name: str
    unit: str = ""
    low: float = -1.0
    high: float = 1.0
    levels: tuple[str, ...] = ()
    set_point: float | str | None = None
    sd: float = 0.0
    guessed: bool = False

    @property
    def categorical(self) -> bool:
        """Whether its levels are words."""
        return bool(self.levels)

    @property
    def label(self) -> str:
        """Name and unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def half(self) -> float:
        """Half of the range from low to high: what one coded unit is, in `unit`."""
        return 0.5 * (self.high - self.low)

    def coded(self, value: float) -> float:
        """A value in units as coded; a level's number of a categorical factor stays."""
        return value if self.levels else (value - 0.5 * (self.low + self.high)) / self.half

    def plain(self, coded: float) -> float:
        """A coded value in units."""
        return coded if self.levels else 0.5 * (self.low + self.high) + coded * self.half

    def shown(self, coded: float) -> str:
        """A coded value as people read it: its number in units, or its word."""
        return self.levels[round(coded)] if self.levels else f"{self.plain(coded):.6g}"

    def rounded(self, coded: float, share: int = 3) -> float:
        """A coded value in units, to a thousandth (`share` 3) or a hundredth (2) of its range."""
        value = self.plain(coded)
        return value if self.levels else round(value, max(0, share - math.floor(math.log10(self.half))))


@dataclass(frozen=True)
class Response:
    """What is measured.

    Attributes
    ----------
    name, unit : as in the table's header.
    low, high : quality limits, in `unit`; None where there is none.
    goal, target : what is wanted within the limits.
    recipe : column of the table `recipes` that it gives, or "".
    """

    name: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    goal: Goal = ""
    target: float | None = None
    recipe: Recipe = ""

    @property
    def label(self) -> str:
        """Name and unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def limited(self) -> bool:
        """Whether it has a quality limit."""
        return self.low is not None or self.high is not None

    @property
    def limits(self) -> str:
        """Its limits as text."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        if self.low is not None:
            return f"at least {self.low:g}"
        return f"at most {self.high:g}" if self.high is not None else "no limit"


@dataclass(frozen=True)
class Settings:
    """How the table is to be read and judged.

    Attributes
    ----------
    title : name of the study.
    model : form of the response surface; auto takes the richest that the runs can tell apart.
    region : where the surface is trusted: the box from low to high, or the sphere of its axial runs; auto
        takes the sphere where some run lies beyond low or high.
    reliability : probability R that a point of the design space must reach.
    """

    title: str = ""
    model: Order = "auto"
    region: Region = "auto"
    reliability: float = 0.9


@dataclass(frozen=True)
class Experiments:
    """Factors, responses and runs.

    Attributes
    ----------
    file : where they were read.
    x : (n, k) levels, coded; number of the level for categorical factors.
    y : (n, m) responses; nan where none was measured.
    blocks : block of each run; empty where the table has none.
    lines : line of each run in its file.
    notes : what was taken for granted or left out, in sentences.
    """

    file: str
    factors: tuple[Factor, ...]
    responses: tuple[Response, ...]
    settings: Settings
    x: F8
    y: F8
    blocks: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def block_names(self) -> tuple[str, ...]:
        """Blocks in the order in which they first appear."""
        return tuple(dict.fromkeys(self.blocks))

    @property
    def numeric(self) -> tuple[int, ...]:
        """Places of the factors that are numbers."""
        return tuple(i for i, factor in enumerate(self.factors) if not factor.categorical)

    @property
    def limited(self) -> tuple[int, ...]:
        """Places of the responses that have quality limits."""
        return tuple(j for j, response in enumerate(self.responses) if response.limited)


def radius(experiments: Experiments) -> float:
    """Coded radius of the sphere of the experiments: of the axial runs, or of the farthest where those fall short."""
    numeric = list(experiments.numeric)
    if not len(experiments.x) or not numeric:
        return 1.0
    sizes = np.abs(experiments.x[:, numeric])
    axial, farthest = float(sizes.max()), float(np.sqrt((sizes**2).sum(axis=1)).max())
    return axial if axial >= NEARLY * farthest else farthest


def region(experiments: Experiments) -> Literal["box", "sphere"]:
    """The region in which the surface is trusted."""
    asked = experiments.settings.region
    if asked != "auto":
        return asked
    numeric = list(experiments.numeric)
    beyond = len(experiments.x) > 0 and len(numeric) > 1 and bool((np.abs(experiments.x[:, numeric]) > 1.02).any())
    return "sphere" if beyond else "box"


def inside(experiments: Experiments, x: F8) -> NDArray[np.bool_]:
    """Which of (p, k) coded points lie in the region of the experiments."""
    numeric = list(experiments.numeric)
    if region(experiments) == "sphere":
        return np.asarray((x[:, numeric] ** 2).sum(axis=1) <= radius(experiments) ** 2 * (1 + 1e-9))
    return np.asarray((np.abs(x[:, numeric]) <= 1 + 1e-9).all(axis=1))


def reach(experiments: Experiments) -> float:
    """Largest coded size of one factor in the region."""
    return radius(experiments) if region(experiments) == "sphere" else 1.0


def point(experiments: Experiments, x: Sequence[float]) -> dict[str, float | str]:
    """A coded point in units, by factor."""
    return {
        factor.name: factor.levels[round(value)] if factor.levels else factor.plain(float(value))
        for factor, value in zip(experiments.factors, x, strict=True)
    }
