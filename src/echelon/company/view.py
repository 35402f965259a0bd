"""What the checks see of a company: its sound rows, the names it knows, and where everything stands."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self, TypeVar, cast

from echelon.company.company import Company
from echelon.company.diagnostics import Place
from echelon.company.rows import Row
from echelon.company.rows.science import Program, Stage
from echelon.company.rows.settings import Settings
from echelon.priors.chain import STANDARD_NAMES

R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class View:
    """A company as the checks see it, perhaps while parts of it are broken.

    Attributes
    ----------
    settings : settings, or None where they are broken.
    tables : table -> key -> row, sound rows only.
    keys : table -> keys, those of broken rows included, so that one fault is not reported twice.
    broken : tables with rows that could not be made; checks that need a whole table leave them out.
    unread : tables whose names are not known at all; references to them are not checked.
    place : place of (table, key, column).
    """

    settings: Settings | None
    tables: Mapping[str, Mapping[str, Row]]
    keys: Mapping[str, Collection[str]]
    broken: frozenset[str]
    unread: frozenset[str]
    place: Callable[[str, str, str], Place]

    @classmethod
    def of(cls, company: Company, place: Callable[[str, str, str], Place]) -> Self:
        """The view of a company whose rows are all sound."""
        return cls(company.settings, company.tables, company.tables, frozenset(), frozenset(), place)

    def rows(self, model: type[R]) -> tuple[R, ...]:
        """Sound rows of one table."""
        return cast("tuple[R, ...]", tuple(self.tables[model.table].values()))

    def get(self, model: type[R], key: str) -> R | None:
        """The row of `key`, or None."""
        return cast("R | None", self.tables[model.table].get(key))

    def known(self, table: str) -> Collection[str]:
        """Keys of a table."""
        return self.keys[table]

    def whole(self, *tables: str) -> bool:
        """Whether every row of these tables is sound."""
        return self.broken.isdisjoint(tables)

    @property
    def as_of(self) -> date:
        """The company's day; the end of time where the settings are broken, so that nothing lies after it."""
        return self.settings.company.as_of if self.settings else date.max

    @cached_property
    def chains(self) -> Mapping[str, tuple[str, ...]]:
        """Chain -> its stages in order; `standard` unless the company names its own."""
        found: dict[str, list[tuple[int, str]]] = {}
        for stage in self.rows(Stage):
            if stage.chain:
                found.setdefault(stage.chain, []).append((stage.order or 0, stage.stage))
        own = {chain: tuple(name for _, name in sorted(stages)) for chain, stages in found.items()}
        return {"standard": STANDARD_NAMES} | own

    def stages_ahead(self, program: Program) -> tuple[str, ...]:
        """Stages a program is in or has before it; none when marketed."""
        chain = self.chains.get(program.chain, ())
        return chain[chain.index(program.stage) :] if program.stage in chain else ()

    def stage_row(self, program: Program, stage: str) -> Stage | None:
        """What the company says of a program's stage: its own row, else the chain's."""
        own = self.get(Stage, f"{program.key}/{stage}")
        return own or self.get(Stage, f"{program.chain}/{stage}")
