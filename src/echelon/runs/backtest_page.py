"""Figures of a back-test as Markdown; `python -m echelon.runs.backtest_page docs/backtest.md` renews them there."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from echelon.company.read import load
from echelon.examples import example
from echelon.futures.build.calendar import DAYS_PER_YEAR
from echelon.runs.backtest import Backtest, backtest
from echelon.runs.outcomes import beside, read_outcomes

SHIPPED = ("top_alliance_2018", "top_alliance_2021")
"""Examples with outcomes."""

BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"


def renew(page: Path) -> None:
    """Write the figures of the shipped companies between the marks of a page."""
    text = page.read_text(encoding="utf-8")
    before, mark, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not mark or not end:
        msg = f"{page} has no place for figures: a line {BEGIN.strip()} and a line {END}"
        raise ValueError(msg)
    cases = []
    for name in SHIPPED:
        company = load(example(name))
        cases.append((company, read_outcomes(beside(example(name)), company)))
    page.write_text(f"{before}{mark}{markdown(backtest(cases))}{end}{after}", encoding="utf-8")


def markdown(made: Backtest) -> str:
    """The scores, the sales, and the approvals and listings that came or were likely, as three tables."""
    head = f"{made.info['futures']:,} futures of each company, seed {made.info['seed']}."
    return "\n\n".join([head, _summary(made), _sales(made), _events(made)]) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: int) -> str:
    rule = ["---"] * left + ["---:"] * (len(heads) - left)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [heads, rule, *rows])


def _share(row: dict[str, Any], level: int) -> str:
    name = f"cover_{level}"
    if row[name] is None:
        return "-"
    return f"{100 * row[name]:.0f} % ({100 * row[f'{name}_low']:.0f}–{100 * row[f'{name}_high']:.0f})"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _summary(made: Backtest) -> str:
    rows = [
        (
            row["company"],
            row["kind"],
            str(row["n"]),
            str(row["expected"]),
            _share(row, 50),
            _share(row, 80),
            _number(row["crps"], 0 if row["kind"] == "sales" else 2),
            _number(row["crps_naive"], 0 if row["kind"] == "sales" else 2),
            _number(row["skill"], 2),
            _number(row["brier"], 3),
            _number(row["brier_naive"], 3),
            _number(row["foretold"], 1),
            "-" if row["came"] is None else str(row["came"]),
        )
        for row in made.tables["summary"].to_dicts()
    ]
    heads = ("known on", "kind", "scored", "expected", "in 50 %", "in 80 %", "CRPS", "reference", "skill", "Brier")
    return _table((*heads, "reference", "foretold", "came"), rows, 2)


def _sales(made: Backtest) -> str:
    rows = [
        (
            row["company"],
            f"{row['what']}, {row['territory']}",
            str(row["year"]),
            *(_number(row[name], 0) for name in ("q10", "q50", "q90")),
            _number(row["amount"], 0),
            f"{row['pit_low']:.2f}",
        )
        for row in made.tables["scores"].to_dicts()
        if row["kind"] == "sales"
    ]
    return _table(("known on", "sales", "year", "10 %", "median", "90 %", "came", "place"), rows, 2)


def _events(made: Backtest) -> str:
    rows = []
    for row in made.tables["scores"].to_dicts():
        if row["kind"] == "sales" or (row["happened"] is None and row["chance"] < 0.5):
            continue
        day = date.fromisoformat(row["company"])
        ends = [_when(day, row[name]) for name in ("if_10", "if_50", "if_90")]
        came = "not yet" if row["happened"] is None else _when(day, row["happened"])
        what = f"{row['what']}, {row['territory']}"
        rows.append((row["company"], row["kind"], what, f"{100 * row['chance']:.0f} %", *ends, came))
    return _table(("known on", "kind", "what", "chance", "10 %", "median", "90 %", "came"), rows, 3)


def _when(day: date, years: float | None) -> str:
    return "-" if years is None else f"{day + timedelta(days=years * DAYS_PER_YEAR):%Y-%m}"


if __name__ == "__main__":
    import sys

    renew(Path(sys.argv[1]))
