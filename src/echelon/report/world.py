"""World: where an asset is held, filed or planned, who sells there, and with what chance by when, for page and map."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from echelon.priors.world import countries
from echelon.report.format import MISSING, count, listed, number, percent
from echelon.report.names import Names, capital, names, plan_years
from echelon.report.tables import milestones_years
from echelon.runs.run import Run

PARTNER, NONE = "partner", "none"
"""Beside held, filed and planned: a partner has the rights and nothing is filed; or nothing at all."""

LABELS: Mapping[str, str] = MappingProxyType(
    {
        "held": "Approved",
        "filed": "Filed",
        "planned": "Planned",
        PARTNER: "Partner’s, nothing filed",
        NONE: "Nothing filed",
    }
)
RANK = ("held", "filed", "planned", PARTNER, NONE)


@dataclass(frozen=True)
class Standing:
    """An asset in one territory.

    kind : one of `RANK`. sells : who does, in words. p : year end -> probability that it is approved.
    """

    territory: str
    name: str
    countries: tuple[str, ...]
    members: int
    kind: str
    sells: str
    p: Mapping[int, float]
    se: float
    futures: int


def lead(run: Run) -> str:
    """The asset that stands in most countries: approved, then filed, then planned ones; blank where none stands."""
    told = run.territories().filter(pl.col("status") != "open").unique(["asset", "territory"])
    if told.is_empty():
        return ""
    counted = told.group_by("asset").agg(
        *(
            pl.col("members").filter(pl.col("status") == word).sum().alias(word)
            for word in ("held", "filed", "planned")
        ),
    )
    ranked = counted.with_columns((pl.col("held") + pl.col("filed") + pl.col("planned")).alias("all"))
    return str(ranked.sort("all", "held", "filed", "asset", descending=[True, True, True, False])["asset"][0])


def standings(run: Run, known: Names, asset: str) -> list[Standing]:
    """The asset in every territory: approved ones first, then filed, planned, a partner's, and the rest."""
    table = run.territories().filter(pl.col("asset") == asset)
    found = []
    for key, part in table.group_by("territory", maintain_order=True):
        row = part.row(0, named=True)
        kind = row["status"] if row["status"] != "open" else PARTNER if row["deal"] else NONE
        sells = {"own": "own", "": MISSING}.get(row["sells"], row["sells"])
        if row["option"]:
            sells = f"{'' if sells == MISSING else sells + '; '}{row['option']} has an option"
        found.append(
            Standing(
                str(key[0]),
                known.territory(str(key[0])),
                tuple(row["countries"].split(";")) if row["countries"] else (),
                row["members"],
                kind,
                sells,
                MappingProxyType(dict(part.select("year", "p_approved").iter_rows())),
                float(part["se"].max() or 0.0),  # type: ignore[arg-type]
                row["futures"],
            )
        )
    return sorted(found, key=lambda one: (RANK.index(one.kind), -one.members, one.name.lower()))


def answer(run: Run, known: Names) -> str:
    """Where the lead asset stands, and how many countries it is expected to be approved in."""
    asset = lead(run)
    if not asset:
        return "No asset is approved, filed or planned in any territory."
    told = standings(run, known, asset)
    now = {kind: sum(one.members for one in told if one.kind == kind) for kind in RANK}
    words = {"held": "approved in", "filed": "under review in", "planned": "planned for"}
    unit = "countries and regions" if any(one.countries for one in told) else "territories"
    parts = [f"{text} {number(now[kind])}" for kind, text in words.items() if now[kind]]
    parts[0] += f" {unit if now[next(kind for kind in words if now[kind])] != 1 else _one(unit)}"
    text = f"{capital(known.asset(asset))} is {listed(parts)}"
    years = plan_years(run)
    stands = sum(now[kind] for kind in words) + now[PARTNER]
    if years:
        expected = sum(one.members * one.p[years[-1]] for one in told)
        text += f"; by the end of {years[-1]} it is " + (
            f"approved there in {percent(expected)} of futures"
            if stands == 1
            else f"expected to be approved in {number(expected, 1)}"
        )
    abroad = sum(one.members for one in told if one.kind != NONE and not one.sells.startswith(("own", MISSING)))
    return f"{text}. {_sold(abroad, stands)}"


def _one(unit: str) -> str:
    return "country or region" if unit.startswith("countries") else "territory"


def _sold(partners: int, every: int) -> str:
    if not partners:
        return "The company sells it itself everywhere."
    if partners == every:
        return "Partners have the rights everywhere."
    return f"Partners have the rights in {number(partners)} of these {number(every)}, the company itself in the rest."


def rows(run: Run, known: Names) -> list[tuple[str, list[str], list[str]]]:
    """The lead asset's territories: name, (countries, status, who sells), chance of approval by chosen year ends."""
    years = milestones_years(run)
    return [
        (one.name, [number(one.members), LABELS[one.kind], one.sells], _chances(one, years))
        for one in standings(run, known, lead(run))
    ]


def _chances(one: Standing, years: list[int]) -> list[str]:
    if one.kind in (PARTNER, NONE):
        return [MISSING] * len(years)
    return [percent(one.p.get(year), 0) for year in years]


def others(run: Run, known: Names) -> list[tuple[str, str, list[str], list[str]]]:
    """All other assets where they stand: asset, territory, (status, who sells), chances by chosen year ends."""
    years, first = milestones_years(run), lead(run)
    told = run.territories().filter((pl.col("status") != "open") & (pl.col("asset") != first))
    assets = sorted(told["asset"].unique(), key=lambda asset: known.asset(asset).lower())
    return [
        (capital(known.asset(asset)), one.name, [LABELS[one.kind], one.sells], _chances(one, years))
        for asset in assets
        for one in standings(run, known, asset)
        if one.kind not in (PARTNER, NONE)
    ]


def basis(run: Run) -> str:
    """Over how many futures the chances were counted, and how sure that makes them."""
    table = run.territories()
    few = table.filter(pl.col("futures") < run.info["futures"])
    worst = float(table["se"].max() or 0.0)  # type: ignore[arg-type]
    text = f"Counted over all {run.info['futures']:,} futures"
    if not few.is_empty():
        text = (
            f"{text} where one program of the asset files in a territory, and over the first {few['futures'][0]:,} "
            "where several do, since their approvals are linked"
        )
    return f"{text}; no standard error is above {number(100 * worst, 1)} percentage points."


def by_country(run: Run, asset: str) -> dict[str, Standing]:
    """Standing of an asset by two-letter code, for countries that some territory names."""
    return {code: one for one in standings(run, names(run), asset) for code in one.countries}


def tip(code: str, one: Standing | None, years: list[int]) -> str:
    """What the map says of a country."""
    name = countries()[code].name
    if one is None:
        return f"{name}: in no territory of the company"
    text = f"{name}: {LABELS[one.kind].lower()}"
    if one.sells != MISSING:
        text += f"; sold by {one.sells}" if not one.sells.startswith("own") else f"; {one.sells} sales"
    if one.kind in ("filed", "planned") and years:
        text += "; chance of approval by end of " + ", ".join(f"{y} {percent(one.p.get(y), 0)}" for y in years)
    return text if len(one.countries) == 1 else f"{text} ({one.name}, {count(one.members, 'country', 'countries')})"


def section(run: Run, known: Names) -> dict[str, object]:
    """What the page's section shows."""
    asset = lead(run)
    return {
        "asset": capital(known.asset(asset)) if asset else "",
        "years": milestones_years(run),
        "rows": rows(run, known) if asset else [],
        "others": others(run, known),
        "basis": basis(run) if asset else "",
    }
