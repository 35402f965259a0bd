"""Which countries a territory stands for: its codes, or its id where that is one; and what is wrong with them."""

from collections.abc import Iterable
from difflib import get_close_matches

from echelon.company.diagnostics import Log
from echelon.company.rows.market import Territory
from echelon.company.view import View
from echelon.priors.world import codes_of, countries


def codes(territory: Territory) -> tuple[str, ...]:
    """Two-letter codes of a territory's countries, in the order given; unknown ones are left out.

    Without `countries`, the id is taken for a code where the name, if there is one, agrees: `na`, named
    North America, is not Namibia.
    """
    if territory.countries:
        return tuple(dict.fromkeys(code for word in territory.countries for code in codes_of(word)))
    found = codes_of(territory.id)
    return found if _agrees(territory, found) else ()


def _agrees(territory: Territory, found: tuple[str, ...]) -> bool:
    if not territory.name or not found:
        return bool(found)
    said = territory.name.casefold()
    if len(found) > 1:
        return "europe" in said or territory.id.casefold() in said.split()
    country = countries()[found[0]]
    names = (country.name.split(" (")[0], country.iso3)
    return any(name.casefold() in said or said in name.casefold() for name in names)


def check(view: View, log: Log) -> None:
    """Log codes that are no country, and countries of two territories."""
    held: dict[str, str] = {}
    for row in view.rows(Territory):
        for word in row.countries:
            if not codes_of(word):
                place = view.place("territories", row.key, "countries")
                log.wrong(place, "E326", f"`{word}` is no country or region of the world table", _nearest(word))
        both: dict[str, list[str]] = {}
        for code in codes(row):
            other = held.setdefault(code, row.key)
            if other != row.key:
                both.setdefault(other, []).append(code)
        for other, shared in both.items():
            place = view.place("territories", row.key, "countries" if row.countries else "id")
            verb = "is" if len(shared) == 1 else "are"
            log.wrong(place, "E327", f"{_listed(shared)} {verb} in `{other}` too", "a country has one territory")


def _listed(found: list[str]) -> str:
    shown = ", ".join(found[:5])
    return shown if len(found) <= 5 else f"{shown} and {len(found) - 5} more"


def _nearest(word: str) -> str:
    known = countries().values()
    said = word[:80].casefold()
    by_name = {one.name.casefold(): one.iso2 for one in known}
    begins = [name for name in by_name if len(said) > 2 and name.startswith(said)]
    by_word = by_name | {code.casefold(): one.iso2 for one in known for code in (one.iso2, one.iso3)}
    found = begins[:1] or _close(said, by_word)
    if not found:
        return "codes are those of ISO 3166, such as CN, or EU and EEA"
    code = by_word[found[0]]
    return f"did you mean `{code}`, {countries()[code].name}?"


def _close(said: str, known: Iterable[str]) -> list[str]:
    return get_close_matches(said, known, n=1, cutoff=0.6)
