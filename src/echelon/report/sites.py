"""Sites: how ready each is for each authority, how its visits end, and what that costs a filing that waits."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from echelon.company.rows.market import Territory
from echelon.company.rows.supply import Inspection
from echelon.report.format import MISSING, count, listed, number, percent, percent_with_error
from echelon.report.names import Names, capital
from echelon.runs.access import visit_odds
from echelon.runs.run import Run

BAD = ("oai", "missed", "control_gap")
"""Ends of a visit that delay what waits for it."""


@dataclass(frozen=True)
class Visited:
    """A site and an authority.

    who : the authority, and where. label : the authority alone. odds : its row of `runs.access.visit_odds`.
    counted : its row of the run's table `inspections`. last : the last visit, in words.
    """

    site: str
    who: str
    label: str
    odds: dict[str, Any]
    counted: dict[str, Any]
    last: str


def visited(run: Run, known: Names) -> list[Visited]:
    """Every site and authority of table `inspections`, those that no filing waits for last."""
    company = run.company
    authority = {row.id: row.authority for row in company.rows(Territory)}
    rows = {(row.site, row.territory): row for row in company.rows(Inspection)}
    counted = {(row["site"], row["territory"]): row for row in run.table("inspections").to_dicts()}
    found = []
    for odds in visit_odds(company).to_dicts():
        key = (odds["site"], odds["territory"])
        if key not in counted:
            continue
        place, body = known.territory(key[1]), authority.get(key[1], "")
        found.append(
            Visited(
                known.site(key[0]),
                f"{body}, {place}" if body else place,
                body or place,
                odds,
                counted[key],
                _last(rows[key]),
            )
        )
    return sorted(found, key=lambda one: (one.counted["visits"] == 0, one.site, -one.odds["delay"], one.who))


def _last(row: Inspection) -> str:
    if row.visited is None:
        return MISSING
    return f"{row.outcome.upper() or 'visited'}, {row.visited:%B %Y}"


def answer(run: Run, known: Names) -> str:
    """Whether the sites are ready, and which authority's visit costs most."""
    every = visited(run, known)
    if not every:
        return "The company’s tables name no inspection of a site, so no filing waits for one in this model."
    if not run.company.settings.couplings.inspections:
        return "In this run no filing waits for an inspection (the coupling `inspections` is off)."
    asked = [one for one in every if one.counted["visits"]]
    if not asked:
        return f"No filing waits for any of the {count(len(every), 'inspection')} in the company’s tables."
    total = sum(one.counted["visits"] for one in asked)
    worst = max(asked, key=lambda one: one.odds["delay"])
    bad = sum(one.counted["visits"] * one.counted["oai"] for one in asked) / total
    return (
        f"Filings wait for {number(total, 1)} visits a future on average, by {_authorities(asked)}; "
        f"{percent(bad)} of these visits end in OAI. A filing is delayed most on average at {worst.site} by "
        f"{worst.label}: {number(worst.odds['delay'], 1)} months, being late at all with probability "
        f"{percent(worst.odds['p_late'], 0)}."
    )


def _authorities(asked: list[Visited]) -> str:
    bodies = len({one.odds["territory"] for one in asked})
    sites = len({one.odds["site"] for one in asked})
    return f"{count(bodies, 'authority', 'authorities')} at {count(sites, 'site')}"


def rows(run: Run, known: Names) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """By site, each authority: readiness, last visit, visits a future, outcomes, chance and size of a delay."""
    every = visited(run, known)
    return [
        (site, [(one.who, _cells(one)) for one in every if one.site == site])
        for site in dict.fromkeys(one.site for one in every)
    ]


def _cells(one: Visited) -> list[str]:
    seen, odds = one.counted, one.odds
    shares = [percent_with_error(seen[name], seen[f"{name}_se"]) for name in ("nai", "vai", *BAD)]
    return [
        number(odds["readiness"], 2),
        one.last,
        number(seen["visits"], 2),
        *shares,
        percent(odds["p_late"]),
        number(odds["delay"], 1),
        number(odds["delay"] / odds["p_late"], 1) if odds["p_late"] > 0 else MISSING,
    ]


def section(run: Run, known: Names) -> dict[str, object]:
    """What the page's section shows."""
    every = visited(run, known)
    idle = [one for one in every if not one.counted["visits"]]
    words = [f"{one.site} by {one.label}" for one in idle]
    return {
        "rows": rows(run, known),
        "drawn": len(idle) < len(every),
        "idle": capital(f"no filing waits for a visit to {listed(words)} in this run.") if words else "",
    }


def outcomes(run: Run, known: Names) -> pl.DataFrame:
    """Site, authority, how a visit ends, its share with standard error, and what a pointer reads."""
    found = []
    for one in visited(run, known):
        if not one.counted["visits"]:
            continue
        for name in ("nai", "vai", *BAD):
            share, error = one.counted[name], one.counted[f"{name}_se"]
            found.append(
                {
                    "site": one.site,
                    "who": one.label,
                    "end": name,
                    "share": share,
                    "low": max(0.0, share - 1.96 * error),
                    "high": min(1.0, share + 1.96 * error),
                    "tip": f"{one.site}, {one.who}: {WORDS[name]} {percent_with_error(share, error)} of visits",
                }
            )
    return pl.DataFrame(found)


WORDS = {"nai": "NAI", "vai": "VAI", "oai": "OAI", "missed": "missed", "control_gap": "control gap"}
