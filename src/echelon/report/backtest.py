"""Back-test page: what came against what was said, as one HTML file that opens offline."""

import base64
import hashlib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from echelon import __version__
from echelon.report import charts_backtest as charts
from echelon.report.format import MISSING, NBSP, number, percent, significant
from echelon.report.look import NARROW, WIDE, Chart, NoChart, Size, svg
from echelon.report.page import Figure
from echelon.runs.backtest import TELLING, Backtest

HYPHEN = "\u2011"
"""A hyphen at which no line ends."""

SECTIONS = (
    ("scores", "How good was it?"),
    ("calibration", "When it said 60 %, was it 60 %?"),
    ("pit", "Were the bands too narrow, or off to one side?"),
    ("sales", "Sales, year by year"),
    ("events", "Approvals and listings, one by one"),
)
HEADS = (
    "Known on",
    "Kind",
    "Scored",
    "Expected",
    "In 50 %",
    "In 80 %",
    "CRPS",
    "Reference",
    "Skill",
    "Brier",
    "Reference",
    "Foretold",
    "Came",
)
COLUMNS = (
    ("What", True),
    ("Known on", True),
    ("Kind", True),
    ("Where", True),
    ("Year", False),
    ("Came", False),
    ("Chance", False),
    ("10 %", False),
    ("Median", False),
    ("90 %", False),
    ("Place", False),
    ("CRPS", False),
    ("Reference", False),
)


def report(made: Backtest, file: Path | str) -> Path:
    """Write a back-test as one HTML page.

    Parameters
    ----------
    made : scores of one or several companies. file : where to write it; its folder is made if need be.
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.draft")
    draft.write_text(page(made), encoding="utf-8")
    return draft.replace(file)


def page(made: Backtest) -> str:
    """A back-test as the text of one HTML page."""
    style, script = (_template(name) for name in ("page.css", "page.js"))
    drawings: dict[str, tuple[str, Callable[[Backtest, Size], Chart]]] = {
        "calibration": ("Probability given against share that came", charts.calibration),
        "pit": ("Place of outcomes in their predictions", charts.pit),
        "sales": ("Sales predicted and reported", charts.sales),
    }
    context = {
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "style_hash": _digest(style),
        "script_hash": _digest(script),
        "info": made.info,
        "sections": SECTIONS,
        "heads": HEADS,
        "columns": COLUMNS,
        "telling": percent(TELLING, 0),
        "answers": answers(made),
        "summary": summary(made),
        "outcomes": outcomes(made),
        "figures": {name: _figure(made, name, title, draw) for name, (title, draw) in drawings.items()},
        "event_figures": _events(made),
        "unforeseen": [
            f"{kind} of {what} in {where}, after {day}: no open filing or planned listing"
            for day, kind, what, where in made.tables["unforeseen"].iter_rows()
        ],
        "version": __version__,
        "command": f"echelon backtest --futures {made.info['futures']} --seed {made.info['seed']}",
    }
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("backtest.html").render(context)


def answers(made: Backtest) -> list[str]:
    """What the scores say, a sentence for each kind."""
    said = []
    for row in charts.pooled(made.tables["summary"]).to_dicts():
        skill = row["skill"]
        better = (
            "as good as" if skill is None else f"{percent(abs(skill), 0)} {'better' if skill >= 0 else 'worse'} than"
        )
        half, most = (percent(row[f"cover_{level}"], 0) for level in (50, 80))
        bands = f"{half} lie in the central half of futures and {most} in the central 80{NBSP}%"
        if row["kind"] == "sales":
            said.append(f"Sales: of {row['n']} years, {bands}; by CRPS {better} last year’s sales again.")
        else:
            kind, told = charts.KINDS[row["kind"]], number(row["foretold"], 1)
            said.append(
                f"{kind}: {told} foretold, {row['came']} came, of {row['n']}; of {row['expected']} to be expected, "
                f"{bands}; by CRPS {better} a spreadsheet of medians."
            )
    return said


def summary(made: Backtest) -> list[list[str]]:
    """Rows of the table of scores."""
    rows = []
    for row in made.tables["summary"].to_dicts():
        bands = [
            f"{percent(row[f'cover_{level}'], 0)} "
            f"({100 * row[f'cover_{level}_low']:.0f}–{100 * row[f'cover_{level}_high']:.0f})".replace(" ", NBSP)
            for level in (50, 80)
        ]
        rows.append(
            [
                "all days" if row["company"] == "all" else row["company"].replace("-", HYPHEN),
                row["kind"],
                number(row["n"]),
                number(row["expected"]),
                *bands,
                significant(row["crps"]),
                significant(row["crps_naive"]),
                percent(row["skill"], 0)
                if row["skill"] is None or row["skill"] > -1
                else f"{number(row['skill'], 1)}{NBSP}×",
                number(row["brier"], 3),
                number(row["brier_naive"], 3),
                number(row["foretold"], 1),
                number(row["came"]),
            ]
        )
    return rows


def outcomes(made: Backtest) -> list[list[tuple[str, str]]]:
    """Rows of the table of outcomes: each cell as shown, and as sorted."""
    rows = []
    for row in made.tables["scores"].to_dicts():
        sold = row["kind"] == "sales"
        came = row["amount"] if sold else row["happened"]
        digits = 0 if sold else 1
        place = f"{row['pit_low']:.2f}" if row["pit_high"] - row["pit_low"] < 0.01 else f"over {row['pit_low']:.2f}"
        cells: list[tuple[str, Any]] = [
            (row["what"], row["what"]),
            (row["company"], row["company"]),
            (row["kind"], row["kind"]),
            (row["territory"], row["territory"]),
            (str(row["year"] or MISSING), row["year"]),
            (number(came, digits) if came is not None else "not yet", came),
            (percent(row["chance"], 0), row["chance"]),
            *(
                (number(row[name], digits) if row[name] is not None else "never", row[name])
                for name in ("q10", "q50", "q90")
            ),
            (place, row["pit_low"]),
            (significant(row["crps"]), row["crps"]),
            (significant(row["crps_naive"]), row["crps_naive"]),
        ]
        rows.append([(text, "" if value is None else str(value)) for text, value in cells])
    return rows


def _events(made: Backtest) -> list[Figure]:
    found = []
    for company in made.info["companies"]:
        for kind in ("approval", "listing"):
            day = company["as_of"]
            if not company[f"{kind}s"]:
                continue

            def draw(made: Backtest, size: Size, day: str = day, kind: str = kind) -> Chart:
                return charts.events(made, day, kind, size)

            found.append(_figure(made, f"{kind}-{day}", f"{charts.KINDS[kind]}, as known on {day}", draw))
    return found


def _figure(made: Backtest, name: str, title: str, draw: Callable[[Backtest, Size], Chart]) -> Figure:
    try:
        # The text inside is escaped by the library that draws it; nothing else is let in.
        wide, narrow = (
            Markup(svg(draw(made, size), f"{name}-{size.width}"))  # noqa: S704
            for size in (WIDE, NARROW)
        )
    except NoChart as reason:
        return Figure(name, title, why=str(reason))
    return Figure(name, title, wide, narrow)


def _template(name: str) -> str:
    return (files("echelon.report") / "templates" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
