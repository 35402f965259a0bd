"""Tables: rows of the page's tables, as text, from a run's tables."""

from dataclasses import dataclass

import polars as pl

from echelon.company.rows import TABLES
from echelon.company.rows.base import columns
from echelon.company.rows.science import Asset, Program
from echelon.company.rows.settings import Couplings
from echelon.report.format import MISSING, NBSP, money_unit, number, percent, significant, with_error
from echelon.report.names import Names, capital, plan_years, whole_years, word
from echelon.report.reshape import (
    Placed,
    expected_approvals,
    largest_of,
    pipeline,
    stage_label,
    stages_of,
    territories_by_weight,
)
from echelon.runs.run import Run

MOST_NAMES = 24
LEDGER = {
    "Income": {
        "sales": "Product sales",
        "royalties": "Royalties",
        "milestones": "Milestones",
        "reimbursed": "Costs refunded",
    },
    "Costs": {
        "cogs": "Goods",
        "selling": "Selling",
        "partner_share": "Partners’ share",
        "research": "Research",
        "discovery": "Discovery",
        "overhead": "Overhead",
        "capital": "Capital",
        "tax": "Tax",
    },
    "Left": {"net": "Net cash flow", "cash": "Cash at end"},
    "For comparison": {"partner_sales": "Partners’ sales", "unserved": "Sales not served"},
}


@dataclass(frozen=True)
class Cell:
    """A cell: what is shown, what it sorts by, and small print."""

    text: str
    sort: str = ""
    small: str = ""


def matrix(run: Run) -> tuple[list[str], list[tuple[str, list[list[tuple[str, str, int]]]]]]:
    """Stages; and per area, per stage, (modality, names, count) of the assets there."""
    placed = pipeline(run)
    stages = stages_of(placed)
    areas = sorted({one.area for one in placed}, key=lambda area: (-sum(one.area == area for one in placed), area))
    rows = []
    for area in areas:
        cells = [_modalities([one for one in placed if one.area == area and one.stage == stage]) for stage in stages]
        rows.append((capital(word(area)), cells))
    return [stage_label(stage) for stage in stages], rows


def _modalities(placed: list[Placed]) -> list[tuple[str, str, int]]:
    found = []
    for modality in sorted({one.modality for one in placed}):
        names = sorted(one.name for one in placed if one.modality == modality)
        shown = names[:MOST_NAMES] + ([f"and {len(names) - MOST_NAMES} more"] if len(names) > MOST_NAMES else [])
        found.append((word(modality), ", ".join(shown), len(names)))
    return found


def echelons(run: Run) -> list[tuple[int, bool, list[str]]]:
    """Year, whether it is in the plan, and assets and probability of each echelon, then of all three."""
    plan, table = set(plan_years(run)), run.table("echelons")
    rows = []
    for year in whole_years(run):
        cells = []
        for level in ("marketed", "clinic", "reserve"):
            found = table.filter((pl.col("year") == year) & (pl.col("echelon") == level)).to_dicts()
            cells += [number(found[0]["assets"], 1), percent(found[0]["p_filled"])] if found else [MISSING, MISSING]
        whole = table.filter((pl.col("year") == year) & (pl.col("echelon") == "all three"))["p_filled"]
        rows.append((year, year in plan, [*cells, percent(whole[0] if len(whole) else None)]))
    return rows


def launches(run: Run) -> list[list[str]]:
    """Year, programs, 10–90 %, assets, P(none), P(at least one by then)."""
    years = whole_years(run)
    return [
        [
            str(row["year"]),
            with_error(row["programs"], row["programs_se"]),
            f"{number(row['programs_q10'])} to {number(row['programs_q90'])}",
            with_error(row["assets"], row["assets_se"]),
            percent(None if row["p_no_programs"] is None else 1.0 - row["p_no_programs"]),
            percent(row["p_any_launch_by"], 2),
        ]
        for row in run.table("launches").filter(pl.col("year").is_in(years)).iter_rows(named=True)
    ]


def milestones_years(run: Run) -> list[int]:
    """Year ends shown for single filings: the plan's second, third and last, then every five years, then the last."""
    years = whole_years(run)
    return [year for i, year in enumerate(years) if i in (0, 2, 4, 9) or i == len(years) - 1]


def territories(run: Run, names: Names) -> list[tuple[str, str, list[str]]]:
    """Territory, approvals held, and expected number of programs approved at chosen year ends."""
    frame = expected_approvals(run)
    chosen = milestones_years(run)
    rows = []
    for territory in territories_by_weight(frame) if len(frame) else []:
        part = frame.filter(pl.col("territory") == territory)
        by_year = dict(part.select("year", "programs").iter_rows())
        rows.append(
            (names.territory(territory), str(part["held"][0]), [number(by_year.get(year), 1) for year in chosen])
        )
    return rows


def filings(run: Run, names: Names, most: int = 40) -> list[tuple[str, str, list[str]]]:
    """Program, territory and P(approved) at chosen year ends, for the most valuable programs with approvals to come."""
    chosen = milestones_years(run)
    value = dict(run.programs().filter(pl.col("kind") == "program").select("program", "rnpv").iter_rows())
    table = run.table("approvals").filter(
        ~pl.col("held") & pl.col("program").is_in(list(value)) & pl.col("year").is_in(chosen)
    )
    pairs = table.select("program", "territory").unique(maintain_order=True).rows()
    pairs.sort(key=lambda pair: (-(value.get(pair[0]) or 0.0), pair))
    rows = []
    for program, territory in pairs[:most]:
        part = table.filter((pl.col("program") == program) & (pl.col("territory") == territory)).sort("year")
        rows.append((names.program(program), names.territory(territory), [percent(p, 0) for p in part["p_approved"]]))
    return rows


def ledger_lines(run: Run) -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of the ledger's lines that are ever booked: group, then (column, heading)."""
    table = run.table("yearly")
    groups = [
        (group, [(name, label) for name, label in lines.items() if largest_of(table, name) > 0])
        for group, lines in LEDGER.items()
    ]
    return [(group, lines) for group, lines in groups if lines]


def ledger(run: Run) -> list[tuple[str, list[str]]]:
    """Per calendar year (part years say which quarters), every line of the ledger that is ever booked."""
    table = run.table("yearly")
    lines = [name for _, group in ledger_lines(run) for name, _ in group]
    largest = largest_of(table, *lines) if lines else 0.0
    digits = 0 if largest >= 1000 else 1 if largest >= 10 else 2
    quarters = run.fans()["quarter"].unique().sort().to_list()
    rows = []
    for row in table.iter_rows(named=True):
        held = [label[4:] for label in quarters if label[:4] == str(row["year"])]
        part = "" if len(held) == 4 else f"{NBSP}{held[0]}" if len(held) == 1 else f"{NBSP}{held[0]}–{held[-1]}"
        rows.append((f"{row['year']}{part}", [number(row[name], digits) for name in lines]))
    return rows


def programs(run: Run, names: Names) -> tuple[str, list[list[Cell]]]:
    """Unit of money; and one row of cells per program, most valuable first."""
    table = run.programs().sort("rnpv", "program", descending=[True, False])
    unit = money_unit(run.info["currency"], 1.0)
    return unit.unit, [_program(run, names, row) for row in table.iter_rows(named=True)]


def _program(run: Run, names: Names, row: dict[str, object]) -> list[Cell]:
    ident = str(row["program"])
    found = run.company.get(Program, ident)
    asset = run.company.get(Asset, str(row["asset"])) if row["asset"] else None
    stage = stage_label(found.stage) if found else f"{row.get('candidates') or ''} candidates".strip()
    notes = [ident, "assumed program"] if found and found.assumed else [ident]
    if asset and names.asset(asset.id).lower() not in names.program(ident).lower():
        notes.insert(1, names.asset(asset.id))
    launches = row.get("launches")
    p_launch = percent(_float(row["p_launch"])) if launches is None else f"{number(_float(launches), 1)} launches"
    return [
        Cell(names.program(ident), names.program(ident).lower(), " · ".join(notes)),
        Cell(stage, stage),
        _share(row["technical_pos"]),
        _share(row["regulatory_pos"]),
        Cell(MISSING if row["marketed"] else p_launch, "" if row["marketed"] else _sort(row["p_launch"])),
        _launch(names, row),
        Cell(significant(_float(row["peak_sales_if_launched"])), _sort(row["peak_sales_if_launched"])),
        Cell(with_error(_float(row["rnpv"]), _float(row["rnpv_se"])), _sort(row["rnpv"])),
        Cell(number(_float(row["productivity"]), 2), _sort(row["productivity"])),
        Cell(significant(_float(row["cost_per_launch"])), _sort(row["cost_per_launch"])),
        _share(row["variance_share"]),
    ]


def _launch(names: Names, row: dict[str, object]) -> Cell:
    early, middle, late = (_float(row[f"launch_q{p}"]) for p in (10, 50, 90))
    if row["marketed"] or middle is None:
        return Cell(MISSING, "")
    return Cell(names.quarter_at(middle), _sort(middle), f"{names.quarter_at(early)}–{names.quarter_at(late)}")


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _sort(value: object) -> str:
    return repr(float(value)) if isinstance(value, int | float) else ""


def _share(value: object) -> Cell:
    return Cell(percent(_float(value)), _sort(value))


def switches(run: Run) -> list[tuple[str, str, str]]:
    """Each coupling: its name, on or off (with its strength), and what it means."""
    rows = []
    settings = run.company.settings.couplings
    for name, info in columns(Couplings).items():
        value = getattr(settings, name)
        strength = "" if isinstance(value, bool) else f", {number(value, 2)}"
        state = f"on{strength}" if value else "off"
        rows.append((capital(word(name)), state, info.meaning))
    return rows


def loadings(run: Run, names: Names) -> list[tuple[str, str, list[str], str]]:
    """Program, asset loading, others by factor, share of own luck; candidates of one discovery platform share a row."""
    table = run.table("couplings")
    if table.is_empty():
        return []
    kinds = run.table("reports").select("program", "group", "kind")
    joined = table.join(kinds, on="program", how="left").with_columns(
        pl.when(pl.col("kind") == "slot").then(pl.col("group")).otherwise(pl.col("program")).alias("unit")
    )
    rows = []
    for unit, part in joined.group_by("unit", maintain_order=True):
        first = part.filter(pl.col("program") == part["program"][0])
        size = part["program"].n_unique()
        label = names.program(str(unit[0])) + (f" ({size} candidates, each)" if part["kind"][0] == "slot" else "")
        cells = {"asset": [""], "target": [""], "platform": [""]}
        for factor in cells:
            found = first.filter(pl.col("factor") == factor)
            named = factor != "asset"
            texts = [
                f"{factor_name(factor, name) + ' ' if named else ''}{number(load, 2)}"
                for name, load in found.select("name", "loading").iter_rows()
            ]
            cells[factor] = [", ".join(texts) or MISSING]
        own = percent(1.0 - float(first["variance"].sum()), 0)
        rows.append((label, str(unit[0]), [text[0] for text in cells.values()], own))
    return sorted(rows, key=lambda row: row[0].lower())


def factor_name(factor: str, name: str) -> str:
    """Name of a factor: targets are written in capitals, as the field does."""
    return name.upper() if factor == "target" else word(name)


def shared(run: Run, names: Names) -> list[tuple[str, str, int, str]]:
    """Factor kind, its name, how many assets share it, and which."""
    table = run.table("couplings").filter(pl.col("factor") != "asset")
    slots = set(run.table("reports").filter(pl.col("kind") == "slot")["program"])
    rows = []
    for key, part in table.group_by("factor", "name", maintain_order=True):
        own = part.filter(~pl.col("program").is_in(list(slots)))["asset"].unique(maintain_order=True).to_list()
        if len(part["asset"].unique()) < 2:
            continue
        candidates = part.filter(pl.col("program").is_in(list(slots)))["program"].n_unique()
        named = ", ".join(sorted((names.asset(asset) for asset in own), key=str.lower)[:60])
        text = named + (f"{' and ' if named else ''}{candidates} discovery candidates" if candidates else "")
        rows.append((str(key[0]), factor_name(str(key[0]), str(key[1])), len(own) + candidates, text))
    return sorted(rows, key=lambda row: (row[0], -row[2], row[1]))


@dataclass(frozen=True)
class Group:
    """Numbers that share a source: how they are known, from where, how, on how many observations."""

    known: str
    filled: bool
    source: str
    how: str
    n: str
    rows: list[tuple[str, str, str, str]]


def assumptions(run: Run) -> list[tuple[str, int, list[Group]]]:
    """Per table of the company: its name, how many numbers, and the numbers grouped by source."""
    frame = run.table("assumptions")
    order = ["company", *TABLES]
    found: dict[str, dict[tuple[object, ...], Group]] = {}
    for row in frame.iter_rows(named=True):
        key = (row["source"], row["confidence"], row["how"], row["given"], row["n"])
        groups = found.setdefault(row["table"], {})
        if key not in groups:
            n = f"{row['n']:,}" if row["n"] is not None else ""
            known = row["confidence"] or "unmarked"
            groups[key] = Group(
                known, row["given"] == "filled", row["source"] or "no source given", row["how"] or "", n, []
            )
        groups[key].rows.append((row["id"], row["column"], row["value"], row["unit"] or ""))
    tables = sorted(found, key=lambda name: order.index(name) if name in order else len(order))
    return [(name, sum(len(g.rows) for g in found[name].values()), list(found[name].values())) for name in tables]
