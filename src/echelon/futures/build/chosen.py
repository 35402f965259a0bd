"""Chosen: what a plan says of one program, stage by stage, and the times and numbers it says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from echelon.company.choices import EVERY
from echelon.company.rows.money import Choice
from echelon.futures.build.calendar import years_from

Rows = Mapping[tuple[str, str], Choice]
"""Choices by action and stage, the stage blank where the row is for every one."""


@dataclass(frozen=True)
class Chosen:
    """Choices for one program; a row of its own beats one for every program, one for the stage beats one for all."""

    own: Rows
    every: Rows

    def find(self, action: str, stage: str = "") -> Choice | None:
        """The row that holds for a stage, or None."""
        for rows in (self.own, self.every):
            row = rows.get((action, stage)) or rows.get((action, ""))
            if row is not None:
                return row
        return None

    def time(self, as_of: date, action: str, stage: str, default: float) -> float:
        """Time of a choice, years from as_of."""
        row = self.find(action, stage)
        return default if row is None or row.on is None else years_from(as_of, row.on)

    def value(self, action: str, stage: str) -> float:
        """Number of a choice; nought where there is none."""
        row = self.find(action, stage)
        return float(row.value or 0.0) if row else 0.0


def chosen_for(choices: Iterable[Choice]) -> Mapping[str, Chosen]:
    """By target, what a plan says of it; `*` stands for all that are not named."""
    rows: dict[str, dict[tuple[str, str], Choice]] = {EVERY: {}}
    for choice in choices:
        rows.setdefault(choice.target, {})[(choice.action, choice.stage)] = choice
    every = rows[EVERY]
    return {target: Chosen({} if target == EVERY else own, every) for target, own in rows.items()}
