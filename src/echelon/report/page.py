"""Page: a run as one HTML file that opens offline, on a phone too, and prints; its numbers are the run's."""

import base64
import hashlib
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from echelon.report import answers, listings, loop, partners, sites, supply, tables, world
from echelon.report.charts import DRAWINGS
from echelon.report.format import day, money, money_with_error, number, percent, percent_with_error
from echelon.report.look import NARROW, WIDE, NoChart, Size, svg
from echelon.report.names import Names, names, plan_years, whole_years
from echelon.runs.detail import VALUE_FUTURES
from echelon.runs.run import Run


@dataclass(frozen=True)
class Figure:
    """A chart in two widths; or why there is none."""

    name: str
    title: str
    wide: Markup = Markup()  # noqa: RUF009 - immutable
    narrow: Markup = Markup()  # noqa: RUF009 - immutable
    why: str = ""


@dataclass(frozen=True)
class Card:
    """One of the handful of numbers that matter."""

    label: str
    value: str
    note: str


def report(run: Run, file: Path | str) -> Path:
    """Write the report of a run as one HTML file.

    Parameters
    ----------
    run : a finished run.
    file : where to write it; its folder is made if need be.

    Returns
    -------
    Path
        The file. It needs no network, no other file and no script to be read; a small script of its own sorts and
        searches tables and shows what is under the pointer.
    """
    file = Path(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.draft")
    draft.write_text(page(run), encoding="utf-8")
    return draft.replace(file)


def page(run: Run) -> str:
    """The report of a run as the text of one HTML page."""
    style, script = (_template(name) for name in ("page.css", "page.js"))
    known = names(run)
    context = facts(run, known) | {
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "style_hash": _digest(style),
        "script_hash": _digest(script),
        "figures": {drawing.name: figure(run, drawing.name, drawing.title, drawing.draw) for drawing in DRAWINGS},
    }
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(context)


def figure(run: Run, name: str, title: str, draw: Callable[[Run, Size], Any]) -> Figure:
    """One chart as SVG in both widths, or the reason why there is none."""
    try:
        # The text inside is escaped by the library that draws it; nothing else is let in.
        wide, narrow = (
            Markup(svg(draw(run, size), f"{name}-{size.width}"))  # noqa: S704
            for size in (WIDE, NARROW)
        )
    except NoChart as reason:
        return Figure(name, title, why=str(reason))
    return Figure(name, title, wide, narrow)


def facts(run: Run, known: Names) -> dict[str, Any]:
    """What the template shows besides charts."""
    money_name, program_rows = tables.programs(run, known)
    stages, matrix = tables.matrix(run)
    return {
        "info": run.info,
        "as_of": day(run.info["as_of"]),
        "cards": cards(run),
        "horizon": run.company.settings.company.horizon_years,
        "details": min(run.info["futures"], VALUE_FUTURES),
        "notice": run.info["notice"],
        "answers": sentences(run, known),
        "valued": answers.valued(run),
        "always": answers.always(run),
        "tail": tail(run),
        "stages": stages,
        "matrix": matrix,
        "plan_years": plan_years(run),
        "years": whole_years(run),
        "goals": run.company.settings.echelons,
        "echelons": tables.echelons(run),
        "launches": tables.launches(run),
        "chosen_years": tables.milestones_years(run),
        "territories": tables.territories(run, known),
        "filings": tables.filings(run, known),
        "world": world.section(run, known),
        "ready": sites.section(run, known),
        "listed": listings.section(run, known),
        "partners": partners.section(run, known),
        "supply": supply.section(run, known),
        "ledger": tables.ledger_lines(run),
        "ledger_rows": tables.ledger(run),
        "program_unit": money_name,
        "programs": program_rows,
        "switches": tables.switches(run),
        "loadings": tables.loadings(run, known),
        "shared": tables.shared(run, known),
        "assumptions": tables.assumptions(run),
        "command": command(run),
    }


def sentences(run: Run, known: Names) -> dict[str, str]:
    """The sentence that answers each section's question."""
    return {
        "worth": answers.worth(run),
        "pipeline": answers.stand(run),
        "echelons": answers.stay(run),
        "platform": answers.broad(run, known),
        "launches": answers.launched(run),
        "approvals": answers.approved(run),
        "world": world.answer(run, known),
        "ready": sites.answer(run, known),
        "listed": listings.answer(run, known),
        "partners": partners.answer(run, known),
        "capacity": answers.short(run, known),
        "loop": loop.answer(run, known),
        "cash": answers.solvent(run, known),
        "spread": answers.spread(run, known),
        "programs": answers.best(run, known),
        "couplings": answers.linked(run),
        "assumptions": answers.known(run),
    }


def cards(run: Run) -> list[Card]:
    """The numbers at the top of the page."""
    value, currency = run.measure("enpv"), run.info["currency"]
    launched, floor, short = (run.measure(n) for n in ("programs_launched", "first_under_floor", "first_short"))
    rate = percent(run.company.settings.money.discount_rate, 0)
    years = run.company.settings.company.horizon_years
    plan = plan_years(run)
    filled = run.table("echelons").filter((pl.col("echelon") == "all three") & pl.col("year").is_in(plan[-1:]))
    found = [
        Card(
            "Expected value (eNPV)",
            money_with_error(value["mean"], value["se"], currency),
            f"mean ± standard error, at {rate}",
        ),
        Card(
            "Value in nine of ten futures",
            f"{money(value['q05'], currency)} to {money(value['q95'], currency)}",
            "5 % to 95 %",
        ),
        Card("Chance of a loss", percent(value["below_nought"]), f"share of futures with value below zero at {rate}"),
        Card("CVaR 5 %", money(value["cvar_5"], currency), "mean value of the worst twentieth of futures"),
        Card(
            "Programs launched",
            number(launched["mean"], 1),
            f"in {years} years; 5–95 %: {number(launched['q05'])} to {number(launched['q95'])}",
        ),
    ]
    for year, share, error in filled.select("year", "p_filled", "p_filled_se").iter_rows():
        found.append(Card("All three echelons filled", percent_with_error(share, error), f"at the end of {year}"))
    if run.company.settings.money.cash_floor is not None:
        found.append(
            Card(
                "Cash under its floor",
                percent_with_error(floor["happens"], floor["happens_se"]),
                "share of futures where a quarter ends so",
            )
        )
    if not run.fans()["measure"].is_in(["utilisation"]).any() or not run.company.settings.couplings.supply:
        return found
    found.append(
        Card(
            "Short capacity",
            percent_with_error(short["happens"], short["happens_se"]),
            "share of futures where some sales cannot be made",
        )
    )
    return found


def tail(run: Run) -> list[tuple[str, str]]:
    """Further figures of the value's distribution."""
    value, past, currency = run.measure("enpv"), run.measure("past_horizon"), run.info["currency"]
    rows = [
        ("Mean (eNPV)", money_with_error(value["mean"], value["se"], currency)),
        ("Standard deviation between futures", money(value["sd"], currency)),
        ("Median", money(value["q50"], currency)),
        ("Middle half (25–75 %)", f"{money(value['q25'], currency)} to {money(value['q75'], currency)}"),
        ("Nine futures of ten (5–95 %)", f"{money(value['q05'], currency)} to {money(value['q95'], currency)}"),
        ("P(loss): value below zero", percent(value["below_nought"], 2)),
        ("CVaR 5 %: mean of the worst 5 % of futures", money(value["cvar_5"], currency)),
        ("Earned past the horizon (mean)", money(past["mean"], currency)),
    ]
    if value["mean"] and value["mean"] > 0:
        rows.append(("Share of the mean earned past the horizon", percent(past["mean"] / value["mean"])))
    return rows


def command(run: Run) -> str:
    """The command that makes the run again."""
    info = run.info
    parts = ["echelon", "run", "COMPANY", "--futures", str(info["futures"]), "--seed", str(info["seed"])]
    for option in ("scenario", "plan"):
        if info[option]:
            parts += [f"--{option}", str(info[option])]
    return f"{shlex.join([*parts, '--out', 'RUN'])} && echelon report RUN"


def _template(name: str) -> str:
    return (files("echelon.report") / "templates" / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
