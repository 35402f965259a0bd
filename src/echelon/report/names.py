"""Names: what people call the things that a run's tables name by id, and which quarter a time falls in."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from echelon.company.company import Company
from echelon.company.rows.market import Indication, Territory
from echelon.company.rows.science import Asset, Discovery, Program
from echelon.company.rows.supply import Site
from echelon.report.format import MISSING, quarter
from echelon.runs.run import Run

_UPPER = frozenset(["adc", "ind", "nrdl"])


@dataclass(frozen=True)
class Names:
    """Names by id of one run's company, and its quarters in order."""

    assets: Mapping[str, str]
    programs: Mapping[str, str]
    indications: Mapping[str, str]
    territories: Mapping[str, str]
    sites: Mapping[str, str]
    discovery: Mapping[str, str]
    quarters: tuple[str, ...]

    def asset(self, ident: str) -> str:
        """Name of an asset or of a discovery platform."""
        return self.assets.get(ident) or self.discovery.get(ident) or ident

    def program(self, ident: str) -> str:
        """Name of a program or of a discovery platform."""
        return self.programs.get(ident) or self.discovery.get(ident) or ident

    def territory(self, ident: str) -> str:
        """Name of a territory."""
        return self.territories.get(ident) or {"world": "Worldwide, as one filing"}.get(ident, ident)

    def site(self, ident: str) -> str:
        """Name of a site."""
        return self.sites.get(ident, ident)

    def line(self, entity: str) -> str:
        """Name of a line, given as `line/site/step`."""
        _, site, step = entity.split("/")
        return f"{self.site(site)}, {step.replace('-', ' ')}"

    def quarter_at(self, years: float | None) -> str:
        """Calendar quarter that holds a time in years from as_of."""
        if years is None or not math.isfinite(years) or not self.quarters:
            return MISSING
        place = min(max(math.floor(years * 4.0 + 1e-9), 0), len(self.quarters) - 1)
        return quarter(self.quarters[place])

    def driver(self, kind: str, text: str) -> str:
        """A row of table `drivers` in words."""
        if kind == "launch":
            return f"Launch: {self.program(text)}"
        if text.startswith("peak sales of "):
            return f"Peak sales: {self.program(text.removeprefix('peak sales of '))}"
        head, _, rest = text.partition(": ")
        if head.startswith("entry of "):
            parts = rest.split(", ")
            where = [self.indications.get(part) or self.territories.get(part, part) for part in parts]
            return f"Rival's entry: {head.removeprefix('entry of ')}, {', '.join(where)}"
        if not rest:
            return capital(self._words(text))
        parts = rest.split(", ")
        named = [self.assets.get(parts[0]) or self.indications.get(parts[0]) or capital(parts[0])]
        named += [self.territory(part) for part in parts[1:]]
        return f"{capital(head)}: {', '.join(named)}"

    def _words(self, text: str) -> str:
        # What is left is "recipe ASSET SITE titer" and its like.
        words = text.split(" ")
        return " ".join([words[0], *(self.assets.get(word) or self.sites.get(word, word) for word in words[1:])])


def names(run: Run) -> Names:
    """Names of a run's company."""
    fans = run.fans()
    return names_of(run.company, tuple(fans["quarter"].unique(maintain_order=True)) if not fans.is_empty() else ())


def names_of(company: Company, quarters: tuple[str, ...] = ()) -> Names:
    """Names of a company, and the quarters of its futures in order where there are any."""
    assets = {row.id: row.name or row.id for row in company.rows(Asset)}
    return Names(
        assets=assets,
        programs={row.id: row.name or _program(row, assets) for row in company.rows(Program)},
        indications={row.id: row.name or row.id for row in company.rows(Indication)},
        territories={row.id: row.name or row.id for row in company.rows(Territory)},
        sites={row.id: row.name or row.id for row in company.rows(Site)},
        discovery=_discovery(company),
        quarters=quarters,
    )


def _program(row: Program, assets: Mapping[str, str]) -> str:
    return f"{assets.get(row.asset, row.asset)}: {row.indication}" if row.indication else assets.get(row.asset, row.id)


def _discovery(company: Company) -> dict[str, str]:
    return {row.id: f"Discovery: {word(row.modality)}, {row.area.replace('-', ' ')}" for row in company.rows(Discovery)}


def word(ident: str) -> str:
    """A fixed word of the tables (stage, modality, area, target) as people write it."""
    known = {"phase1": "phase 1", "phase2": "phase 2", "phase3": "phase 3", "sirna": "siRNA", "car-t": "CAR-T"}
    if ident in known:
        return known[ident]
    if ident in _UPPER:
        return ident.upper()
    return ident.replace("-", " ").replace("_", " ")


def capital(text: str) -> str:
    """Text with its first letter large, the rest as it is; siRNA stays siRNA."""
    first = text.split(" ", 1)[0]
    return text if first[1:] != first[1:].lower() else text[:1].upper() + text[1:]


def whole_years(run: Run) -> list[int]:
    """Calendar years of which all four quarters are simulated."""
    quarters = run.fans().select("quarter").unique()
    years = quarters.with_columns(pl.col("quarter").str.slice(0, 4).cast(pl.Int32).alias("year"))
    counted = years.group_by("year").len().filter(pl.col("len") == 4)
    return sorted(counted["year"].to_list())


def plan_years(run: Run) -> list[int]:
    """The five-year plan: the first five whole calendar years after as_of, as far as the horizon reaches."""
    return whole_years(run)[:5]
