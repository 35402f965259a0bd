"""Capacity: the page of what more of it is worth, and when to start building."""

import polars as pl

from echelon.report import charts_capacity as charts
from echelon.report.choices_words import PAIRED
from echelon.report.format import listed, money_with_error, percent, significant
from echelon.report.sheet import Cell, Grid, Part, Sheet, again, drawn
from echelon.runs.capacity import Capacity, told_apart

AHEAD = "A decision to build is taken on its day, before anything that comes after it is known."
UNBROKEN = "\N{NON-BREAKING HYPHEN}"
LITRES = (
    "Litres are reactor volume of cell culture at our own sites once all of it is licensed; other steps may be short "
    "before that."
)


def capacity_sheet(found: Capacity) -> Sheet:
    """The page of what capacity is worth."""
    now = found.sizes.row(0, named=True)
    asked = "what would more be worth, and when must building start?"
    lead = f"{now['litres']:,.0f} litres today: when are they too few, {asked}"
    if not now["litres"]:
        lead = f"When are the lines too slow, {asked}"
    return Sheet("When is capacity not enough?", lead, found.info, [_short(found), _worth(found)],
                 again("capacity", found.info))  # fmt: skip


def _short(found: Capacity) -> Part:
    now = found.sizes.row(0, named=True)
    last = found.lines.group_by("site", "step", maintain_order=True).last().filter(pl.col("p_short_by") > 0)
    rows = [
        [
            Cell(row["site"] or "no site may supply", row["site"]),
            Cell(row["step"] or "every step", row["step"]),
            *(Cell(percent(_by(found, row, years)), _by(found, row, years)) for years in (5, 10)),
            Cell(percent(row["p_short_by"]), row["p_short_by"]),
        ]
        for row in last.sort("p_short_by", descending=True).to_dicts()
    ]
    columns = (("Site", True), ("Step", True), ("In 5 years", False), ("In 10 years", False), ("Ever", False))
    said = (
        f"With nothing built some sale is lost within five years in {percent(now['p_short_5'])} of futures, within ten "
        f"in {percent(now['p_short_10'])}, at some time in {percent(now['p_short'])}; "
        f"{significant(now['lost_sales'])} million {found.info['currency']} of sales are lost in the mean future."
    )
    figure = drawn("lines", "Which line holds up sales, and by when", lambda size: charts.lines_short(found, size))
    grids = [Grid("Lines that hold up sales, with nothing built", columns, rows)] if rows else []
    return Part("short", "When is it not enough, and which step is short?", [said],
                [(figure, "Bands: ± 2 standard errors.")], grids, [LITRES])  # fmt: skip


def _by(found: Capacity, row: dict[str, object], years: int) -> float:
    mine = found.lines.filter((pl.col("site") == row["site"]) & (pl.col("step") == row["step"]))
    return float(mine["p_short_by"][min(4 * years, len(mine)) - 1])


def _worth(found: Capacity) -> Part:
    currency = found.info["currency"]
    rows = [
        [
            Cell(f"{row['litres']:,.0f} L", row["litres"], row["built"].replace(";", " + ") or "nothing built"),
            Cell(row["starts"].replace("-", UNBROKEN) or "–", row["starts"]),
            Cell(money_with_error(row["difference"], row["se"], currency) if row["built"] else "–", row["difference"]),
            Cell(percent(row["p_better"], 0) if row["built"] else "–", row["p_better"]),
            Cell(percent(row["p_short_10"]), row["p_short_10"]),
            Cell(percent(row["p_short"]), row["p_short"]),
            Cell(significant(row["lost_sales"]), row["lost_sales"]),
            Cell("" if not row["built"] else _start(row) if row["best"] else "as good" if row["as_good"] else ""),
        ]
        for row in found.sizes.to_dicts()
    ]
    columns = (
        ("Capacity", True), ("Decision", True), ("Against nothing built ± SE", False), ("Better in", False),
        ("Short in 10 years", False), ("Ever", False), (f"Sales lost, million {currency}", False), ("", True),
    )  # fmt: skip
    no_limit = (
        f"Lines without any limit would be worth {money_with_error(found.unlimited, found.unlimited_se, currency)} "
        "more than what there is, from today and for nothing: the most that building can be expected to bring."
    )
    return Part(
        "worth",
        "What is more capacity worth, and when must building start?",
        [*(sentence(found, built) for built in told_apart(found)), no_limit],
        [(drawn("starts", "Value by when building starts", lambda size: charts.by_start(found, size)),
          "Bands: ± 2 standard errors of the paired difference.")],
        [Grid("Every set and start tried", columns, rows)],
        [PAIRED, AHEAD],
    )  # fmt: skip


def _start(row: dict[str, object]) -> str:
    return "best start" if float(str(row["difference"])) > 2 * float(str(row["se"])) else "least loss"


def sentence(found: Capacity, built: str) -> str:
    """What a set of expansions is worth at its best start."""
    tried = found.sizes.filter(pl.col("built") == built)
    row = tried.filter(pl.col("best")).row(0, named=True)
    worth = money_with_error(row["difference"], row["se"], found.info["currency"])
    good = tried.filter(pl.col("as_good"))["starts"].str.slice(0, 4).to_list()
    names, be = built.replace(";", " + "), "is"
    if row["litres"] != found.sizes["litres"][0]:
        names, be = f"{row['litres']:,.0f} litres ({names})", "are"
    if row["difference"] <= 2 * row["se"]:
        return f"{names} {be} not worth building on this demand: at best {worth}, deciding in {row['starts'][:4]}."
    others = [year for year in good if year != row["starts"][:4]]
    told = f"; two standard errors do not tell it from {listed(others)}" if others else ""
    return f"{names} {be} worth {worth}, best decided in {row['starts'][:4]}{told}."
