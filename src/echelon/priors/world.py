"""The world: countries and regions with their authority, population, currency and place on a tile map."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from echelon.priors.base import Confidence, Prior, confidence, rounded, table, weakest

RECALLED = "recollection of ISO 3166, ISO 4217 and what authorities call themselves; not looked up"
"""Where names, codes, currencies and authorities come from; populations have a source of their own."""

EU, EEA = "EU", "EEA"

ALIASES: Mapping[str, str] = MappingProxyType({"UK": "GB", "EL": "GR"})
"""Codes in use beside the ISO ones."""

GROUP_NAMES: Mapping[str, str] = MappingProxyType({EU: "European Union", EEA: "European Union and EEA"})


@dataclass(frozen=True, slots=True)
class Country:
    """One country or region.

    Attributes
    ----------
    iso2, iso3 : its codes (ISO 3166).
    name : as shown to people.
    authority : who approves medicines there, as the review-time table names it where it is there.
    population : million, in `year`.
    currency : ISO 4217.
    region : one of a handful of world regions.
    group : `eu` for members of the EU, `eea` for those of the EEA alone, `none` for all others.
    row, column : its place on the tile map, from the top and from the left.
    source, confidence : of the population; names, currency and authority are remembered (`RECALLED`).
    """

    iso2: str
    iso3: str
    name: str
    authority: str
    population: float
    year: int
    currency: str
    region: str
    group: str
    row: int
    column: int
    source: str
    confidence: Confidence


@cache
def countries() -> Mapping[str, Country]:
    """Every country of the table by its two-letter code, in the order of codes."""
    return MappingProxyType({row["iso2"]: _country(row) for row in table("world")})


def _country(row: Mapping[str, str]) -> Country:
    return Country(
        row["iso2"],
        row["iso3"],
        row["name"],
        row["authority"],
        float(row["population"]),
        int(row["year"]),
        row["currency"],
        row["region"],
        row["group"],
        int(row["row"]),
        int(row["column"]),
        row["source"],
        confidence(row["confidence"]),
    )


@cache
def _groups() -> Mapping[str, tuple[str, ...]]:
    known = countries().values()
    eu = tuple(one.iso2 for one in known if one.group == "eu")
    return MappingProxyType({EU: eu, EEA: tuple(one.iso2 for one in known if one.group in ("eu", "eea"))})


@cache
def _by_code() -> Mapping[str, str]:
    every = {code: code for code in countries()} | {one.iso3: one.iso2 for one in countries().values()}
    return MappingProxyType(every | dict(ALIASES))


def codes_of(code: str) -> tuple[str, ...]:
    """Two-letter codes that a code stands for; none where it is unknown.

    Parameters
    ----------
    code : a two- or three-letter code in small or large letters, `UK`, or `EU` or `EEA` for all their members.
    """
    word = code.strip().upper()
    found = _groups().get(word)
    if found is not None:
        return found
    return (_by_code()[word],) if word in _by_code() else ()


def group_of(codes: Iterable[str]) -> str:
    """`EU` or `EEA` where the codes are exactly its members, else blank."""
    given = set(codes)
    return next((group for group, members in _groups().items() if given == set(members)), "")


def name(codes: tuple[str, ...]) -> Prior[str] | None:
    """What people call these countries together: one country's name, or that of the EU or EEA."""
    group = group_of(codes)
    if group:
        return _recalled(GROUP_NAMES[group], f"The name of the {group}.")
    if len(codes) != 1:
        return None
    return _recalled(countries()[codes[0]].name, f"The name of {codes[0]}.")


def authority(codes: tuple[str, ...]) -> Prior[str] | None:
    """The drug authority that these countries share, or None."""
    found = {countries()[code].authority for code in codes}
    return _recalled(found.pop(), f"The drug authority of {_shown(codes)}.") if len(found) == 1 else None


def currency(codes: tuple[str, ...]) -> Prior[str] | None:
    """The currency that these countries share, or None; that of the EU and the EEA is the euro."""
    if group_of(codes):
        return _recalled("EUR", f"The currency in which most of {_shown(codes)} pays.")
    found = {countries()[code].currency for code in codes}
    return _recalled(found.pop(), f"The currency of {_shown(codes)}.") if len(found) == 1 else None


def population(codes: tuple[str, ...]) -> Prior[float]:
    """Population of these countries together, in millions."""
    found = [countries()[code] for code in codes]
    years = sorted({str(one.year) for one in found})
    said = f"{len(found)} countries and regions" if len(found) > 1 else found[0].name
    how = f"Population of {said}, {' and '.join(years)}."
    source = "; ".join(dict.fromkeys(one.source for one in found))
    total = rounded(sum(one.population for one in found), 6)
    return Prior(total, "million", source, weakest(one.confidence for one in found), None, how)


def _recalled(value: str, how: str) -> Prior[str]:
    return Prior(value, "", RECALLED, "remembered", None, how)


def _shown(codes: tuple[str, ...]) -> str:
    group = group_of(codes)
    if group:
        return f"the {group}"
    return ", ".join(codes[:5]) + ("" if len(codes) <= 5 else f" and {len(codes) - 5} more")
