"""Rows of a five-year plan: its events named and sorted for a chart or a table; no result is computed here."""

import polars as pl

from echelon.company.rows.market import Deal
from echelon.company.rows.science import Discovery, Program, Stage
from echelon.company.rows.supply import Expansion
from echelon.plans.five_years import FiveYears
from echelon.plans.happenings import project
from echelon.report.format import listed, percent, significant
from echelon.report.names import Names, names_of, word

MOST_PROGRAMS = 20
"""Programs that are drawn."""
LEAST = 0.005
"""What is less likely in a year is left out of a table's cell."""


def own(found: FiveYears, *kinds: str) -> pl.DataFrame:
    """Events of the plan itself, of some kinds."""
    return found.events.filter((pl.col("plan") == found.plan) & pl.col("kind").is_in(kinds))


def clinic(found: FiveYears) -> set[tuple[str, str]]:
    """Programs and platforms with their stages that are trials in people."""
    return {(row.program, row.stage) for row in found.company.rows(Stage) if row.program and row.kind == "clinic"}


def likeliest(found: FiveYears, most: int = MOST_PROGRAMS) -> pl.DataFrame:
    """Clinical stages that start and pass and first launches of the programs likeliest to be launched, then to pass.

    One row per program, kind and year: name, kind, year, mean (expected number), told (what it is, in words).
    """
    trials, known = clinic(found), names_of(found.company)
    platforms = {row.id for row in found.company.rows(Discovery)}
    table = own(found, "starts", "passes", "first_launch").filter(~pl.col("subject").is_in(list(platforms)))
    rows = [
        row
        for row in table.to_dicts()
        if row["kind"] == "first_launch" or (row["subject"], row["what"]) in trials
    ]  # fmt: skip
    weight: dict[str, tuple[float, float]] = {}
    for row in rows:
        launched, passed = weight.get(row["subject"], (0.0, 0.0))
        more = (row["mean"], 0.0) if row["kind"] == "first_launch" else (0.0, row["mean"])
        weight[row["subject"]] = (launched + more[0], passed + more[1])
    chosen = sorted(weight, key=lambda one: (-weight[one][0], -weight[one][1], one))[:most]
    told = {"starts": "starts", "passes": "passes"}
    shown = [
        {
            "program": row["subject"],
            "name": known.program(row["subject"]),
            "kind": row["kind"],
            "year": row["year"],
            "mean": row["mean"],
            "told": f"{told[row['kind']]} {word(row['what'])}" if row["kind"] in told else "first launch",
        }
        for one in chosen
        for row in rows
        if row["subject"] == one
    ]
    schema = {"program": pl.String, "name": pl.String, "kind": pl.String, "year": pl.Int64, "mean": pl.Float64}
    return pl.DataFrame(shown, schema | {"told": pl.String})


def places(found: FiveYears) -> pl.DataFrame:
    """Expected launches by territory and year, where most is expected first; candidates have no territory."""
    known = names_of(found.company)
    table = own(found, "launches").filter(pl.col("what") != "")
    total = table.group_by("what").agg(pl.col("mean").sum().alias("total"))
    summed = table.group_by("what", "year").agg(pl.col("mean").sum()).join(total, on="what")
    named = summed.with_columns(
        pl.col("what").map_elements(known.territory, pl.String).alias("name"),
    )
    return named.sort(["total", "what", "year"], descending=[True, False, False]).select("what", "name", "year", "mean")


def programs(found: FiveYears) -> list[str]:
    """Programs and platforms to which anything happens under the plan, likeliest launches first."""
    table = own(found, "starts", "passes", "fails", "first_launch", "launches", "stops")
    weight = (
        table.group_by("subject")
        .agg(
            pl.col("mean").filter(pl.col("kind") == "first_launch").sum().alias("launch"),
            pl.col("mean").filter(pl.col("kind") == "passes").sum().alias("passes"),
        )
        .sort(["launch", "passes", "subject"], descending=[True, True, False])
    )
    platforms = {row.id for row in found.company.rows(Discovery)}
    names = weight["subject"].to_list()
    return [one for one in names if one not in platforms] + [one for one in names if one in platforms]


def told(found: FiveYears, subject: str, year: int) -> str:
    """What is expected of a program (or a platform's candidates) in a year, in one cell: readouts, starts, launch."""
    table = own(found, "starts", "passes", "fails", "first_launch", "stops").filter(
        (pl.col("subject") == subject) & (pl.col("year") == year)
    )
    counted = found.company.get(Discovery, subject) is not None
    filed = {row.stage for row in found.company.rows(Stage) if row.program == subject and row.kind == "filing"}
    read: dict[str, list[float]] = {}
    refused, others = "", []
    for row in table.to_dicts():
        if row["kind"] == "fails" and row["what"] in filed:
            refused = f"refused {_size(row['mean'], counted)}" if row["mean"] >= LEAST else ""
        elif row["kind"] in ("passes", "fails"):
            both = read.setdefault(row["what"], [0.0, 0.0])
            both[row["kind"] == "fails"] += row["mean"]
        elif row["mean"] >= LEAST:
            others.append(f"{_event(row['kind'], row['what'])} {_size(row['mean'], counted)}")
    parts = [
        f"{word(stage)} reads out {_size(passes + fails, counted)}, passes {_size(passes, counted)}"
        for stage, (passes, fails) in read.items()
        if passes + fails >= LEAST
    ]
    return "; ".join([*parts, *others, *([refused] if refused else [])])


def _event(kind: str, what: str) -> str:
    return {"starts": f"{word(what)} starts", "first_launch": "first launch", "stops": "stopped"}[kind]


def _size(mean: float, counted: bool) -> str:
    return significant(mean, 2) if counted else percent(mean, 0)


def launched_where(found: FiveYears, program: str, year: int, known: Names) -> str:
    """Territories in which a program is launched in a year, likeliest first, with the chance."""
    table = own(found, "launches").filter(
        (pl.col("subject") == program) & (pl.col("year") == year) & (pl.col("mean") >= LEAST)
    )
    rows = table.sort(["mean", "what"], descending=[True, False]).to_dicts()
    return ", ".join(f"{known.territory(row['what'])} {percent(row['mean'], 0)}" for row in rows)


def thing(found: FiveYears, kind: str, subject: str, known: Names) -> str:
    """Name of what is built, moved or signed."""
    if kind in ("decided", "licensed"):
        rows = [row for row in found.company.rows(Expansion) if project(row) == subject]
        litres = sum(row.litres or 0.0 for row in rows)
        steps = listed([word(row.step) for row in rows if row.litres is None])
        sizes = ", ".join(part for part in (f"{litres:,.0f} L" if litres else "", steps) if part)
        return f"{subject} ({known.site(rows[0].site)}: {sizes})" if rows else subject
    if kind in ("signed", "ended"):
        deal = found.company.get(Deal, subject)
        return f"{deal.partner}, {known.asset(deal.asset)} ({subject})" if deal else subject
    return subject


def standing(found: FiveYears, subject: str) -> str:
    """Where a program stands at as_of; what a platform is."""
    row = found.company.get(Program, subject)
    return word(row.stage) if row else "candidates, expected number"


__all__ = ["launched_where", "likeliest", "own", "places", "programs", "standing", "thing", "told"]
