"""A company: its settings, its tables of rows, its plans and scenarios; frozen, ordered by key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Self, TypeVar, cast

from echelon.company.rows import TABLES, Change, Choice, Row
from echelon.company.rows.settings import Settings

R = TypeVar("R", bound=Row)


def ordered(rows: Iterable[Row]) -> Mapping[str, Row]:
    """Rows by key, in key order, so that the order of a file changes nothing."""
    by_key = {row.key: row for row in rows}
    return MappingProxyType({key: by_key[key] for key in sorted(by_key)})


@dataclass(frozen=True)
class Company:
    """A company as its tables say it.

    Attributes
    ----------
    settings : sections of company.toml.
    tables : table name -> row key -> row, in key order; every table of `TABLES` is present, perhaps empty.
    plans, scenarios : name -> rows of plans/NAME.csv and scenarios/NAME.csv.
    """

    settings: Settings
    tables: Mapping[str, Mapping[str, Row]]
    plans: Mapping[str, tuple[Choice, ...]] = field(default_factory=dict)
    scenarios: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        settings: Settings,
        rows: Iterable[Row],
        plans: Mapping[str, tuple[Choice, ...]] | None = None,
        scenarios: Mapping[str, tuple[Change, ...]] | None = None,
    ) -> Self:
        """Build a company from rows of any tables, in any order."""
        grouped: dict[str, list[Row]] = {name: [] for name in TABLES}
        for row in rows:
            grouped[row.table].append(row)
        tables = {name: ordered(found) for name, found in grouped.items()}
        return cls(settings, MappingProxyType(tables), dict(plans or {}), dict(scenarios or {}))

    def rows(self, model: type[R]) -> tuple[R, ...]:
        """Rows of one table, in key order."""
        return cast("tuple[R, ...]", tuple(self.tables[model.table].values()))

    def get(self, model: type[R], key: str) -> R | None:
        """The row of `key`, or None."""
        return cast("R | None", self.tables[model.table].get(key))

    def with_rows(self, model: type[Row], rows: Iterable[Row]) -> "Company":
        """A copy with one table replaced."""
        tables = dict(self.tables) | {model.table: ordered(rows)}
        return replace(self, tables=MappingProxyType(tables))

    def with_settings(self, settings: Settings) -> "Company":
        """A copy with other settings."""
        return replace(self, settings=settings)
