"""Five years: the page a board reads: what a plan starts, launches, builds, earns and spends, year by year."""

import polars as pl

from echelon.company.rows.science import Program
from echelon.plans.five_years import COUNTS, MONEY_IN, MONEY_OUT, FiveYears
from echelon.plans.yardsticks import AS_IT_STANDS
from echelon.report import charts_five_years as charts
from echelon.report import five_years_rows as rows
from echelon.report.choices_words import PAIRED
from echelon.report.five_years_words import BAND, BOUND, CANDIDATES, YARDSTICKS, YEARS
from echelon.report.format import (
    MISSING,
    Money,
    count,
    listed,
    money,
    money_unit,
    money_with_error,
    number,
    percent,
    significant,
)
from echelon.report.names import capital, names_of
from echelon.report.reshape import largest_of
from echelon.report.sheet import Cell, Grid, Part, Sheet, again, drawn

LINES = {
    "Product sales": "sales", "Royalties": "royalties", "Milestones and upfront": "milestones",
    "Reimbursed by partners": "reimbursed", "Money in": MONEY_IN, "Cost of goods": "cogs", "Selling": "selling",
    "Partners’ share": "partner_share", "Research": "research", "Discovery": "discovery", "Overhead": "overhead",
    "Capital": "capital", "Tax": "tax", "Money out": MONEY_OUT, "Net cash flow": "net",
    "Cash at the year’s end": "cash",
}  # fmt: skip


THINGS = {
    "decided": "decided", "licensed": "licensed", "transferred": "technology transferred",
    "signed": "signed", "ended": "ends",
}  # fmt: skip
NO_CHOICE = ("plan", "action", "target", "source", "confidence", "note")
MOST_CHOICES = 12
"""Choices that are shown unfolded."""


def five_years_sheet(found: FiveYears, command: str = "") -> Sheet:
    """The page of a five-year plan.

    found : plans year by year. command : what makes the page again, where that is not `echelon five-years`.
    """
    parts = (_promise, _worth, _pipeline, _launches, _built, _money, _choices)
    return Sheet(
        f"The plan, {found.years[0]} to {found.years[-1]}",
        _lead(found),
        found.info,
        [part(found) for part in parts],
        command or again("five-years", found.info, *_against(found)),
    )


def _against(found: FiveYears) -> list[str]:
    names = [name.replace(" ", "-") for name in found.plans[1:]]
    return ["--against", ",".join(names)] if names else []


def plan_name(found: FiveYears) -> str:
    """The plan in a sentence."""
    return "the company as it stands" if found.plan == AS_IT_STANDS else f"the plan {found.plan}"


def total(found: FiveYears, kind: str) -> float:
    """Expected number of events of a kind over all years, under the plan."""
    mine = found.counts.filter((pl.col("plan") == found.plan) & (pl.col("what") == kind))
    return float(mine["mean"].sum())


def _lead(found: FiveYears) -> str:
    started, passed, launched = (significant(total(found, kind), 2) for kind in ("trials", "positive", "first_launch"))
    return (
        f"Under {plan_name(found)} {started} clinical stages start, {passed} pass and {launched} programs are launched "
        f"in {count(len(found.years), 'year')}, in the mean of {found.futures:,} futures."
    )


def _promise(found: FiveYears) -> Part:
    value = found.values.row(0, named=True)
    currency = found.info["currency"]
    worth = (
        f"The company is worth {money_with_error(value['enpv'], value['se'], currency)} under {plan_name(found)}; "
        f"the worst 5 % of futures are worth {money(value['cvar_5'], currency)} in their mean, and "
        f"{percent(value['p_loss'])} lose money."
    )
    said = [
        worth,
        _floor_said(found),
        *difference_said(found),
    ]
    figure = drawn("counts", "What starts, passes and is launched, by year", lambda size: charts.counts(found, size))
    return Part("promise", "What does the plan promise, year by year?", said,
                [(figure, f"{BAND} {CANDIDATES}")], [_board(found)],
                [YEARS.format(count=len(found.years), first=found.years[0])])  # fmt: skip


def _floor_said(found: FiveYears) -> str:
    floor = found.company.settings.money.cash_floor
    if floor is None:
        return "The company sets no cash floor."
    row = found.values.row(0, named=True)
    worst = found.floor.filter(pl.col("plan") == found.plan).sort("p_under_floor", descending=True).row(0, named=True)
    told = f"its floor of {money(floor, found.info['currency'])} at a quarter’s end up to the end of {found.years[-1]}"
    if row["p_under_floor"] == 0.0:
        return f"In none of these futures is cash under {told}."
    most = f"most often in {worst['year']} ({percent(worst['p_under_floor'])})"
    return f"Cash is under {told} in {percent(row['p_under_floor'])} of futures, {most}."


def difference_said(found: FiveYears) -> list[str]:
    """A sentence for each plan that this one is measured against."""
    currency = found.info["currency"]
    said = []
    for row in found.differences.to_dicts():
        worth = money_with_error(row["mean"], row["se"], currency)
        if row["mean"] == 0.0 and row["se"] == 0.0:
            said.append(f"Against “{row['against']}”: no difference in any future.")
            continue
        if row["low_95"] > 0.0:
            sure = f"at least {money(row['low_95'], currency)} with 95 % confidence"
        else:  # the bound above lies as far over the mean
            sure = "worse with 95 % confidence" if 2.0 * row["mean"] - row["low_95"] < 0.0 else "not told from nought"
        said.append(f"Against “{row['against']}”: {worth}, {sure}; better in {percent(row['p_better'], 0)} of futures.")
    return said


def _board(found: FiveYears) -> Grid:
    counts = found.counts.filter(pl.col("plan") == found.plan)
    lines: list[list[Cell]] = []
    for kind, words in COUNTS.items():
        mine = counts.filter(pl.col("what") == kind).to_dicts()
        if any(row["mean"] > 0.0 for row in mine):
            cells = [_counted(row) for row in mine]
            lines.append([Cell(capital(words)), *cells, Cell(number(sum(row["mean"] for row in mine), 1))])
    lines += [_line(found, label) for label in ("Money in", "Money out", "Net cash flow", "Cash at the year’s end")]
    floor = found.floor.filter(pl.col("plan") == found.plan).to_dicts()
    if floor[0]["p_under_floor"] is not None:
        cells = [Cell(percent(row["p_under_floor"]), row["p_under_floor"]) for row in floor]
        lines.append([Cell("P(cash under its floor)"), *cells, Cell(percent(found.values["p_under_floor"][0]))])
    unit = _unit(found)
    columns = (
        (f"Mean (10–90 %), money in {unit.unit}", True),
        *((str(year), False) for year in found.years),
        ("All", False),
    )
    return Grid("The plan on one page", columns, lines)


def _unit(found: FiveYears) -> Money:
    mine = found.money.filter((pl.col("plan") == found.plan) & (pl.col("what") != "cash"))
    return money_unit(found.info["currency"], largest_of(mine, "mean"))


def _counted(row: dict[str, float]) -> Cell:
    band = f"{number(row['q10'])}–{number(row['q90'])}" if row["q10"] != row["q90"] else number(row["q10"])
    return Cell(number(row["mean"], 1 if row["mean"] >= 0.05 or row["mean"] == 0 else 2), row["mean"], band)


def _line(found: FiveYears, label: str, plan: str = "") -> list[Cell]:
    unit, what = _unit(found), LINES[label]
    mine = found.money.filter((pl.col("plan") == (plan or found.plan)) & (pl.col("what") == what)).to_dicts()
    cells = [
        Cell(
            number(row["mean"] / unit.divisor, _digits(unit.divisor)),
            row["mean"],
            f"{number(row['q10'] / unit.divisor, _digits(unit.divisor))} to "
            f"{number(row['q90'] / unit.divisor, _digits(unit.divisor))}",
        )
        for row in mine
    ]
    whole = sum(row["mean"] for row in mine)
    last = Cell(MISSING) if what == "cash" else Cell(number(whole / unit.divisor, _digits(unit.divisor)), whole)
    return [Cell(label), *cells, last]


def _digits(divisor: float) -> int:
    return 0 if divisor == 1.0 else 2


def _worth(found: FiveYears) -> Part:
    currency = found.info["currency"]
    against = {row["against"]: row for row in found.differences.to_dicts()}
    lines = []
    for row in found.values.to_dicts():
        other = against.get(row["plan"])
        lines.append(
            [
                Cell(capital(row["plan"]), row["plan"]),
                Cell(money_with_error(row["enpv"], row["se"], currency), row["enpv"],
                     f"{money(row['q10'], currency)} to {money(row['q90'], currency)}"),
                Cell(money(row["cvar_5"], currency), row["cvar_5"]),
                Cell(percent(row["p_loss"]), row["p_loss"]),
                Cell(percent(row["p_under_floor"]), row["p_under_floor"]),
                Cell(number(row["launches"], 1), row["launches"]),
                Cell(money_with_error(other["mean"], other["se"], currency) if other else MISSING,
                     other["mean"] if other else None),
                Cell(money(other["low_95"], currency) if other else MISSING, other["low_95"] if other else None),
                Cell(percent(other["p_better"], 0) if other else MISSING, other["p_better"] if other else None),
            ]
        )  # fmt: skip
    columns = (
        ("Plan", True), ("Value ± SE, 10–90 %", False), ("Worst 5 % (CVaR)", False), ("P(loss)", False),
        ("P(cash under floor)", False), ("Launches", False), ("The plan, more than this ± SE", False),
        ("At least (95 %)", False), ("Better in", False),
    )  # fmt: skip
    told = [words for name, words in YARDSTICKS.items() if name in found.plans]
    return Part(
        "worth",
        "What is it worth, beside what it is measured against?",
        [],
        [
            (drawn("value", "Value of the company under each plan", lambda size: charts.value(found, size)),
             "Bars: 10 to 90 % of futures."),
            (drawn("cash", "Cash at quarter ends", lambda size: charts.cash(found, size)),
             "Lines: mean. Bands: 10 to 90 % of futures."),
            (drawn("net", "Net cash flow by year", lambda size: charts.net(found, size)), BAND),
        ],
        [Grid(f"Plans on the same {found.futures:,} futures", columns, lines)],
        [PAIRED, BOUND, *told],
    )  # fmt: skip


def _pipeline(found: FiveYears) -> Part:
    known = names_of(found.company)
    lines = []
    for subject in rows.programs(found):
        cells = [rows.told(found, subject, year) for year in found.years]
        if any(cells):
            name = Cell(known.program(subject), known.program(subject), rows.standing(found, subject))
            lines.append([name, *(Cell(text or MISSING) for text in cells)])
    columns = (("Program, stage now", True), *((str(year), True) for year in found.years))
    figure = drawn("milestones", "The programs likeliest to be launched", lambda size: charts.milestones(found, size))
    return Part(
        "pipeline", "What starts, and what reads out?", [],
        [(figure, "Area: chance in the year. All programs are in the table.")],
        [Grid("Program by program, with the chance in each year", columns, lines, folded=True)] if lines else [],
        ["What is less likely than 0.5 % in a year is left out. Refused: in every territory it is filed in."],
    )  # fmt: skip


def _launches(found: FiveYears) -> Part:
    known = names_of(found.company)
    lines = []
    for subject in rows.programs(found):
        if found.company.get(Program, subject) is None:
            continue
        cells = [rows.launched_where(found, subject, year, known) for year in found.years]
        if any(cells):
            name = Cell(known.program(subject), known.program(subject))
            lines.append([name, *(Cell(text or MISSING) for text in cells)])
    columns = (("Program", True), *((str(year), True) for year in found.years))
    figure = drawn("places", "Launches expected by territory and year", lambda size: charts.territories(found, size))
    caption = "Launches by program and territory, with the chance in each year"
    return Part(
        "launches",
        "What is launched where?",
        [],
        [(figure, "Programs launched there, further indications of what is sold included.")],
        [Grid(caption, columns, lines, folded=True)] if lines else [],
    )


def _built(found: FiveYears) -> Part:
    known = names_of(found.company)
    table = found.events.filter(pl.col("kind").is_in(list(THINGS)))
    lines = []
    for kind, words in THINGS.items():
        mine = table.filter(pl.col("kind") == kind)
        for subject in mine["subject"].unique(maintain_order=True):
            name = Cell(rows.thing(found, kind, subject, known), subject)
            for plans, chances in _alike(found, mine.filter(pl.col("subject") == subject)):
                cells = [Cell(percent(p, 0) if p else MISSING, p) for p in chances]
                lines.append([name, Cell(words), Cell(plans), *cells])
    columns = (("What", True), ("Event", True), ("Plan", True), *((str(year), False) for year in found.years))
    said = (
        [] if lines else ["Nothing is decided, licensed, moved, signed or ended in these years under any of the plans."]
    )
    grids = [Grid("Chance in each year, plan by plan", columns, lines)] if lines else []
    note = "Expansions of one project are decided with the first of them and licensed with the last."
    return Part("built", "What is built, and which deals are signed?", said, [], grids, [note] if lines else [])


def _alike(found: FiveYears, table: pl.DataFrame) -> list[tuple[str, list[float]]]:
    # Chances by year, plan by plan; plans under which it is just as likely stand together.
    by_plan: dict[str, list[float]] = {plan: [0.0] * len(found.years) for plan in found.plans}
    for row in table.to_dicts():
        by_plan[row["plan"]][found.years.index(row["year"])] = row["mean"]
    groups: dict[tuple[float, ...], list[str]] = {}
    for plan, chances in by_plan.items():
        groups.setdefault(tuple(chances), []).append(plan)
    named = [(list(chances), plans) for chances, plans in groups.items() if any(chances)]
    return [("every plan" if len(plans) == len(found.plans) else listed(plans), chances) for chances, plans in named]


def _money(found: FiveYears) -> Part:
    unit = _unit(found)
    shown = [label for label, what in LINES.items() if not _nought(found, what)]
    columns = (
        (f"{unit.unit}, mean (10–90 %)", True), *((str(year), False) for year in found.years), ("All", False),
    )  # fmt: skip
    grids = [Grid(f"Money under {plan_name(found)}", columns, [_line(found, label) for label in shown])]
    for plan in found.plans[1:]:
        lines = [_line(found, label, plan) for label in shown]
        grids.append(Grid(f"Money under “{plan}”", columns, lines, folded=True))
    figure = drawn("booked", "Money in and out by year, mean of futures", lambda size: charts.booked(found, size))
    said = "Bands of lines do not add up to the band of their sum: what is high in one future is not in another."
    return Part("money", "What comes in, and what goes out?", [], [(figure, "")], grids, [said])


def _nought(found: FiveYears, what: str) -> bool:
    return found.money.filter((pl.col("what") == what) & (pl.col("mean") != 0.0)).is_empty()


def _choices(found: FiveYears) -> Part:
    mine = found.choices.filter(pl.col("plan") == found.plan).to_dicts()
    known = names_of(found.company)
    asked = [name for name in mine[0] if name not in NO_CHOICE] if mine else []
    used = [name for name in asked if any(row[name] not in (None, "") for row in mine)]
    lines = [
        [
            Cell(capital(row["action"].replace("_", " ")), row["action"]),
            Cell(known.program(row["target"]), row["target"]),
            *(Cell(_cell(row[name]), row[name]) for name in used),
            Cell(row["note"] or row["source"] or ""),
        ]
        for row in mine
    ]
    columns = (("Choice", True), ("Of", True), *((capital(name), True) for name in used), ("Why", True))
    said = [] if lines else ["No choice is made: the company goes on as its tables say."]
    grids = (
        [Grid(f"{count(len(lines), 'choice')} of the plan", columns, lines, folded=len(lines) > MOST_CHOICES)]
        if lines
        else []
    )
    return Part("choices", "Which choices is it made of?", said, [], grids)


def _cell(value: object) -> str:
    if value in (None, ""):
        return MISSING
    return f"{value:g}" if isinstance(value, float) else str(value)
