"""The standard chain of stages, from candidate to approval."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class StandardStage:
    """A stage of the standard chain: its name, what it counts as, and its place."""

    name: str
    kind: Literal["reserve", "clinic", "filing"]
    order: int


STANDARD = (
    StandardStage("preclinical", "reserve", 1),
    StandardStage("ind", "reserve", 2),
    StandardStage("phase1", "clinic", 3),
    StandardStage("phase2", "clinic", 4),
    StandardStage("phase3", "clinic", 5),
    StandardStage("filing", "filing", 6),
)

STANDARD_NAMES = tuple(stage.name for stage in STANDARD)
