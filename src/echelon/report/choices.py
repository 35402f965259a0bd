"""Choices: the pages of indications, routes and reimbursement, each from what its run found."""

import polars as pl

from echelon.report import charts_choices as charts
from echelon.report import choices_words as words
from echelon.report.format import (
    MISSING,
    count,
    listed,
    money,
    money_unit,
    money_with_error,
    number,
    percent,
    significant,
    with_error,
)
from echelon.report.sheet import Cell, Grid, Part, Sheet, again, drawn
from echelon.runs.indications import Indications
from echelon.runs.reimbursement import Reimbursement
from echelon.runs.routes import Routes

FEW = 3
"""Programs of which each gets a sentence at the head of its section."""


def indications_sheet(found: Indications) -> Sheet:
    """The page of candidate indications."""
    parts = [_asset(found, asset) for asset in found.assets]
    notes = [words.VALUE, words.WAIT, words.PAIRED, words.UNSEEN]
    parts.append(Part("reading", "How to read this", notes=notes))
    best = found.rows.filter(pl.col("rank") == 1)
    lead = f"{count(len(found.rows), 'candidate')} of {count(len(best), 'asset')}, by value and by what waiting costs."
    return Sheet(
        "Which indication first?",
        lead,
        found.info,
        parts,
        again("indications", found.info, *(("--asset", found.asked) if found.asked else ())),
    )


def _asset(found: Indications, asset: str) -> Part:
    table = found.of(asset).to_dicts()
    currency = found.info["currency"]
    return Part(
        f"asset-{asset}",
        f"{asset}: what is worth most, and what must not wait?",
        [ranked(table, currency)],
        [
            (
                drawn(
                    f"ranking-{asset}",
                    f"Value of {asset} by indication, and what a wait costs",
                    lambda size: charts.ranking(found, asset, size),
                ),
                "Lines: ± 2 standard errors.",
            )
        ],
        [_candidates(table, currency, asset), _why(table, asset)],
    )


def ranked(table: list[dict], currency: str) -> str:  # type: ignore[type-arg]
    """Which candidate is worth most, and which loses most by waiting, as far as they can be told apart."""
    best = table[0]
    urgent = min(table, key=lambda row: row["first"])
    text = f"Worth most: {best['name']}, {money_with_error(best['rnpv'], best['rnpv_se'], currency)}"
    if (
        len(table) > 1
        and best["rnpv"] - table[1]["rnpv"] < 2 * (best["rnpv_se"] ** 2 + table[1]["rnpv_se"] ** 2) ** 0.5
    ):
        text += f" (not told apart from {table[1]['name']})"
    loss = money_with_error(urgent["wait"], urgent["wait_se"], currency)
    text += f". Loses most by waiting a year: {urgent['name']}, {loss}"
    idle = [row["name"] for row in table if row["wait"] < -2 * row["wait_se"]]
    tail = f" Worth more later than now: {listed(idle, 3)}." if idle else ""
    return f"{text}.{tail}"


def _candidates(table: list[dict], currency: str, asset: str) -> Grid:  # type: ignore[type-arg]
    columns = (
        ("Indication", True), ("Rank", False), ("rNPV ± SE", False), ("P(launch)", False), ("Median launch", False),
        ("Patients a year", False), (f"Price a month, {currency}", False), ("Rivals at launch", False),
        ("Share of class", False), ("Cost ahead", False), ("rNPV over cost", False),
        ("Lost by a year’s wait ± SE", False), ("Must go", False),
    )  # fmt: skip
    unit = money_unit(currency, max(abs(row["rnpv"]) for row in table))
    k = unit.divisor
    rows = [
        [
            Cell(row["name"], row["name"], row["program"]),
            Cell(str(row["rank"]), row["rank"]),
            Cell(with_error(row["rnpv"] / k, row["rnpv_se"] / k), row["rnpv"]),
            Cell(percent(row["p_launch"]), row["p_launch"]),
            Cell((row["launch_day"] or MISSING)[:7], row["launch"]),
            Cell(number(row["patients"]), row["patients"], row["territory"] or ""),
            Cell(number(row["price"]), row["price"]),
            Cell(
                number(row["rivals"], 1), row["rivals"], "" if row["rivals_now"] is None else f"{row['rivals_now']} now"
            ),
            Cell(percent(row["share"], 0), row["share"]),
            Cell(significant(row["cost"] / k), row["cost"]),
            Cell(number(row["productivity"], 1), row["productivity"]),
            Cell(with_error(row["wait"] / k, row["wait_se"] / k), row["wait"]),
            Cell(f"{row['first']}.", row["first"]),
        ]
        for row in table
    ]
    return Grid(f"Candidates of {asset}; money in {unit.unit}", columns, rows)


def _why(table: list[dict], asset: str) -> Grid:  # type: ignore[type-arg]
    rows = [[Cell(f"{row['rank']}. {row['name']}", row["rank"]), Cell(row["why"], row["why"])] for row in table]
    return Grid(
        f"What drives each candidate of {asset}", (("Indication", True), ("Why it stands where it stands", True)), rows
    )


def routes_sheet(found: Routes) -> Sheet:
    """The page of partner against own."""
    lead = (
        f"{count(len(found.rows), 'territory', 'territories')} and {count(len(found.deals), 'deal')}: who should sell?"
    )
    return Sheet(
        "Partner or own?",
        lead,
        found.info,
        [_by_territory(found), *([_taken_back(found), _both_sides(found)] if len(found.deals) else [])],
        again("routes", found.info),
    )


def _by_territory(found: Routes) -> Part:
    currency = found.info["currency"]
    rows = []
    for row in found.rows.to_dicts():
        even = row["break_even"]
        rows.append(
            [
                Cell(row["territory"], row["territory"], row["asset"] or "all assets"),
                Cell(row["partner"] or "we ourselves", row["partner"], _how(row)),
                Cell(significant(row["sales"]), row["sales"]),
                Cell(percent(row["partner_rate"]), row["partner_rate"]),
                Cell(percent(row["own_margin"]), row["own_margin"]),
                Cell(significant(row["own_team"]) if row["own_team"] else MISSING, row["own_team"]),
                Cell("never" if not charts.finite(even) else significant(even), even if charts.finite(even) else 1e18),
                Cell(significant(row["team_even"]), row["team_even"]),
                Cell(row["verdict"], row["verdict"], row["why"]),
            ]
        )
    columns = (
        ("Territory", True), ("Partner", True), ("Expected sales", False), ("Partner pays us", False),
        ("Own margin", False), ("Own team", False), ("Break-even sales", False), ("A team may cost", False),
        ("Verdict", True),
    )  # fmt: skip
    verdicts = found.rows.group_by("verdict", maintain_order=True).len()
    said = listed([f"{verdict}: {count(n, 'territory', 'territories')}" for verdict, n in verdicts.iter_rows()])
    return Part(
        "territories",
        "Partner or own, territory by territory?",
        [f"At the sales expected, in the model’s terms: {said}."],
        [
            (
                drawn("thresholds", "Expected sales against break-even", lambda size: charts.thresholds(found, size)),
                "Right of the break-even own sale pays more.",
            )
        ],
        [Grid(f"Routes; million {currency} a year", columns, rows)],
        [words.ROUTES],
    )


def _how(row: dict[str, str]) -> str:
    return "" if row["route"] == row["status"] else f"{row['route']}, {row['status']}"


def _taken_back(found: Routes) -> Part:
    currency = found.info["currency"]
    rows = [
        [
            Cell(row["partner"], row["partner"], row["deal"]),
            Cell(row["status"], row["status"], f"on {row['on']}" if row["on"] else "never exercised"),
            Cell(row["territories"].replace(";", ", "), row["territories"]),
            Cell(money_with_error(row["difference"], row["se"], currency), row["difference"]),
            Cell(percent(row["p_own_better"], 0), row["p_own_better"]),
            Cell(money(row["milestones_pv"], currency), row["milestones_pv"]),
        ]
        for row in found.deals.to_dicts()
    ]
    columns = (
        ("Deal", True), ("Status", True), ("Territories", True), ("Own less deal ± SE", False),
        ("Own better in", False), ("Milestones still expected", False),
    )  # fmt: skip
    sure = [row for row in found.deals.to_dicts() if abs(row["difference"]) > 2 * row["se"]]
    own, kept = ([r["partner"] for r in sure if (r["difference"] > 0) == side] for side in (True, False))
    said = []
    if own:
        said.append(f"In these futures own sale is worth more than {count(len(own), 'deal')}: {listed(own, 6)}.")
    if kept:
        said.append(f"Worth keeping: {listed(kept, 6)}.")
    return Part(
        "back",
        "What is it worth to have the territories ourselves?",
        said or ["No deal differs from own sale by more than two standard errors."],
        [],
        [Grid("The company’s value with own sale, less its value with the deal", columns, rows)],
        [words.PAIRED, words.SAME_VOLUME],
    )


def _both_sides(found: Routes) -> Part:
    currency = found.info["currency"]
    columns = (
        ("Year", True), ("Sales", False), ("Royalties", False), ("Supply", False), ("Profit share", False),
        ("Milestones", False), ("Commission", False), ("To us", False), ("of it supply’s cost", False),
        ("Licensee", False), ("Partner", False), ("Partner’s costs", False),
    )  # fmt: skip
    keys = (
        "sales",
        "royalties",
        "supply",
        "profit_share",
        "milestones",
        "commission",
        "ours",
        "supply_cost",
        "licensee",
        "partner",
        "partner_costs",
    )
    partner = dict(found.deals.select("deal", "partner").iter_rows())
    grids = []
    for deal in found.flows["deal"].unique(maintain_order=True):
        table = found.flows.filter(pl.col("deal") == deal)
        if table.select(pl.col(*keys).abs().sum()).sum_horizontal().item() == 0.0:
            continue
        rows = [
            [Cell(str(row["year"]), row["year"]), *(Cell(significant(row[key]), row[key]) for key in keys)]
            for row in table.to_dicts()
        ]
        caption = f"{partner.get(deal, deal)} ({deal}); mean of futures, million {currency}"
        grids.append(Grid(caption, columns, rows, folded=True))
    return Part(
        "sides",
        "What does each side get?",
        [],
        [
            (
                drawn(
                    "shares", "Who gets the partner’s sales, to the horizon", lambda size: charts.shares(found, size)
                ),
                "Not discounted.",
            )
        ],
        grids,
        [words.SIDES],
    )


def reimbursement_sheet(found: Reimbursement) -> Sheet:
    """The page of price against volume."""
    lead = f"{count(len(found.listings), 'listing')} to be negotiated: how deep a cut is worth the patients it brings?"
    return Sheet(
        "Price against volume",
        lead,
        found.info,
        [_against(found), _largest(found)],
        again("reimbursement", found.info, *(("--program", found.asked) if found.asked else ())),
    )


def _against(found: Reimbursement) -> Part:
    rows = [
        [
            Cell(row["program"], row["program"], f"{row['scheme']}, {row['territory']}"),
            Cell(
                f"{percent(row['cut_low'], 0)} to {percent(row['cut_high'], 0)}",
                row["cut_mean"],
                f"mean {percent(row['cut_mean'])}",
            ),
            Cell(number(row["volume"], 1), row["volume"]),
            Cell(number(row["break_even_volume"], 2), row["break_even_volume"]),
            Cell(percent(row["break_even_cut"]), row["break_even_cut"]),
            Cell(percent(row["p_pays"], 0), row["p_pays"]),
            Cell(percent(row["p_round"], 0), row["p_round"]),
        ]
        for row in found.listings.to_dicts()
    ]
    columns = (
        ("Listing", True), ("Cut asked, 5–95 %", False), ("Patients, times", False),
        ("Times needed at the mean cut", False), ("Cut that breaks even", False), ("Cut asked is less", False),
        ("Listed in a round", False),
    )  # fmt: skip
    paying = int((found.listings["p_pays"] > 0.5).sum())
    said = f"In {paying} of {len(found.listings)} the cut asked is more likely than not made up for by more patients."
    return Part(
        "volume",
        "Does the volume make up for the price?",
        [said],
        [
            (
                drawn("volume", "Price cut against volume", lambda size: charts.price_volume(found, size)),
                words.ON_THE_CURVE,
            )
        ],
        [Grid("Listings to be negotiated", columns, rows)],
        [words.VOLUME],
    )


def _largest(found: Reimbursement) -> Part:
    currency = found.info["currency"]
    rows = [
        [
            Cell(row["program"], row["program"]),
            Cell(
                "never list"
                if row["most_cut"] == 0
                else "any"
                if row["most_cut"] == 1
                else percent(row["most_cut"], 0),
                row["most_cut"],
            ),
            Cell(money_with_error(row["difference"], row["se"], currency), row["difference"]),
            Cell(percent(row["p_listed"]), row["p_listed"]),
            Cell(
                "best"
                if row["best"]
                else "as good"
                if row["as_good"]
                else f"{money_with_error(row['behind'], row['behind_se'], currency)} less",
                -row["behind"],
            ),
        ]
        for row in found.choices.to_dicts()
    ]
    said = [best_cuts(found, program) for program in found.choices["program"].unique(maintain_order=True)]
    best = found.choices.filter(pl.col("best")).group_by("program").agg(pl.col("most_cut").max())["most_cut"].to_list()
    told = [[Cell(line.partition(": ")[0], line), Cell(line.partition(": ")[2], line)] for line in said]
    spoken = Grid("The cut to accept, program by program", (("Program", True), ("In words", True)), told)
    columns = (
        ("Program", True),
        ("Largest cut accepted", False),
        ("Against never listing ± SE", False),
        ("P(listed)", False),
        ("To the best", False),
    )
    return Part(
        "largest",
        "Which is the largest cut to accept?",
        said if len(said) <= FEW else [f"Best for {len(said)} programs: a largest cut of {span(best)}."],
        [
            (
                drawn("largest", "Value by the largest cut accepted", lambda size: charts.largest_cut(found, size)),
                "Lines: ± 2 standard errors.",
            )
        ],
        [*([spoken] if len(said) > FEW else []), Grid("Every largest cut tried", columns, rows, folded=True)],
        [words.PAIRED, words.REFUSED],
    )


def span(cuts: list[float]) -> str:
    """From the least to the largest of some cuts."""
    low, high = min(cuts), max(cuts)
    return percent(low, 0) if low == high else f"{percent(low, 0)} to {percent(high, 0)}"


def best_cuts(found: Reimbursement, program: str) -> str:
    """The best largest cut of a program, and which others cannot be told from it."""
    table = found.choices.filter(pl.col("program") == program)
    good = table.filter(pl.col("as_good"))["most_cut"].to_list()
    row = table.filter(pl.col("best")).to_dicts()[-1]
    if good[0] == 0.0 and good[-1] == 1.0:
        return f"{program}: no choice differs from another by more than two standard errors."
    if good[0] == 0.0:
        return f"{program}: never list; listing loses value."
    worth = money_with_error(row["difference"], row["se"], found.info["currency"])
    deepest = "any cut" if good[-1] == 1.0 else f"cuts up to {percent(good[-1], 0)}"
    lowest = f"; refusing all above {percent(good[0], 0)} is not told from it" if good[0] < good[-1] else ""
    return f"{program}: accept {deepest}, worth {worth} against never listing{lowest}."
