"""`echelon decide`: what to fund, delay, stop, license and build, as a plan that holds up on fresh futures."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon.cli.choice import PageOut, Plan, Scenario, order, write
from echelon.cli.errors import INTERRUPTED
from echelon.cli.options import CompanyPath, Json, Seed, Threads
from echelon.cli.output import number, out, percent, print_json, say, show_table

if TYPE_CHECKING:
    from echelon.company.company import Company
    from echelon.company.rows.money import Choice
    from echelon.company.rows.settings import Objective
    from echelon.plans.deciding import Asked, Decision
    from echelon.plans.explaining import Explained
    from echelon.runs.simulate import Order

EVERY = 5.0
"""Seconds between two lines of progress."""


def decide(
    company: CompanyPath,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Plan to write: plans/NAME.csv.")] = "decided",
    replace: Annotated[bool, typer.Option("--replace", help="Write over a plan of that name.")] = False,
    file: Annotated[Path | None, typer.Option("--file", metavar="F", help="Write the plan to this .csv.")] = None,
    plan: Plan = "",
    scenario: Scenario = "",
    tail: Annotated[
        float | None, typer.Option("--tail", min=0, max=1, metavar="W", help="Weight of the worst 5 % of futures.")
    ] = None,
    floor_chance: Annotated[
        float | None,
        typer.Option("--floor-chance", min=0, max=1, metavar="P", help="Highest chance of cash under its floor."),
    ] = None,
    filled_chance: Annotated[
        float | None,
        typer.Option(
            "--filled-chance", min=0, max=1, metavar="P", help="Lowest chance of filled echelons, five years."
        ),
    ] = None,
    launches: Annotated[
        float | None, typer.Option("--launches", min=0, metavar="N", help="Programs launched at least, in the mean.")
    ] = None,
    by: Annotated[int | None, typer.Option("--by", metavar="YEAR", help="Year by whose end they are.")] = None,
    effort: Annotated[
        int, typer.Option("--effort", min=0, metavar="N", help="Futures that the search lives.")
    ] = 200_000,
    judged: Annotated[int, typer.Option("--judged", min=64, metavar="N", help="Fresh futures that judge.")] = 8_192,
    quick: Annotated[
        bool, typer.Option("--quick", help="Explain the choices only: no frontier, information or firm choices.")
    ] = False,
    seed: Seed = 1,
    out_: PageOut = None,
    threads: Threads = None,
    json_: Json = False,
) -> None:
    """Search what to fund, delay, stop, license and build, and write it as a plan.

    What may be chosen is in the table `options`, limits are in `resources`, the objective is in company.toml. Ctrl-C
    ends the search and keeps the best plan so far; exit status 130 tells that it was stopped.
    """
    from echelon.plans.deciding import Asked
    from echelon.plans.deciding import decide as search
    from echelon.plans.explaining import explain
    from echelon.plans.plan_file import plan_path, write_plan

    asked = order(company, 1, seed, scenario, plan, out_)
    path = plan_path(company, name, replace, file)
    objective = _objective(asked.company, tail, floor_chance, filled_chance, launches, by)

    kept = False

    def keep(choices: "tuple[Choice, ...]") -> None:
        nonlocal kept
        write_plan(path, choices)
        kept = True

    how = Asked(seed, effort, judged, objective, threads)
    try:
        found = search(asked, how, _Progress(), keep)
    except KeyboardInterrupt:
        say(f"stopped; the best plan so far is in {path}" if kept else "stopped before there was a plan")
        raise typer.Exit(INTERRUPTED) from None
    write_plan(path, found.choices)
    ended = found.searched.stopped
    explained = explain(found, how, _Progress(), quick=quick or ended or not (json_ or out_))
    write_plan(path, explained.choices)
    page = _page(found, explained, asked, how, out_)
    if json_:
        print_json(found.as_dict() | explained.as_dict() | {"file": path, "page": page})
    else:
        _show(found)
        _show_why(explained)
        out(f"plan: {path}")
        if page:
            out(f"page: {page}")
        if file is None:
            out(f"by year: echelon five-years {company} --plan {name}")
    if ended or explained.stopped:
        raise typer.Exit(INTERRUPTED)


def _page(found: "Decision", explained: "Explained", asked: "Order", how: "Asked", page: Path | None) -> Path | None:
    if page is None:
        return None
    from echelon.report.decide import decide_sheet

    given, own = found.company.settings.objective.model_dump(), asked.company.settings.objective.model_dump()
    said: dict[str, object] = {"effort": how.effort, "judged": how.judged, "seed": how.seed}
    said |= {"plan": asked.plan, "scenario": asked.scenario}
    said |= {key.removeprefix("launches_"): given[key] for key in given if given[key] != own[key]}
    options = " ".join(f"--{key.replace('_', '-')} {value}" for key, value in said.items() if value != "")
    return write(decide_sheet(found, explained, f"echelon decide COMPANY {options} --out PAGE.html"), page)


def _objective(
    company: "Company",
    tail: float | None,
    floor_chance: float | None,
    filled_chance: float | None,
    launches: float | None,
    by: int | None,
) -> "Objective":
    from echelon.cli.errors import VerbError
    from echelon.company.limits import years

    told = years(company.settings.company)
    if by is not None and by not in told:
        msg = f"--by {by} lies outside the horizon"
        raise VerbError(msg, f"a year from {told[0]} to {told[-1]}")
    given = {"tail": tail, "floor_chance": floor_chance, "filled_chance": filled_chance}
    given |= {"launches": launches, "launches_by": by}
    return company.settings.objective.model_copy(
        update={key: value for key, value in given.items() if value is not None}
    )


class _Progress:
    """Says now and then how far the work is and how good the best plan is."""

    def __init__(self) -> None:
        self.said = time.monotonic()

    def __call__(self, what: str, done: int, total: int, best: float) -> None:
        if time.monotonic() - self.said >= EVERY:
            far = f"{what}: {done:,} of {total:,}"
            say(far if best != best else f"{far}; best so far {number(best)} (on what it was searched on)")
            self.said = time.monotonic()


def spread(value: float, se: float) -> str:
    """A value with its standard error; one that is only rounding is told as none."""
    return f"{number(value)} ± {number(se if se > 1e-9 * max(1.0, abs(value)) else 0.0, 2)}"


def _what(target: str, stage: str) -> str:
    return f"{target} {stage}" if stage else target


def _show(found: "Decision") -> None:
    general = found.company.settings.company
    out(f"{general.name}, as of {general.as_of} (seed {found.seed})")
    out(f"Objective, million {general.currency}; fresh futures, the same for all")
    wanted = found.company.settings.objective
    columns: dict[str, list[str]] = {
        "plan": [one.name for one in found.judged],
        "objective ± SE": [spread(one.objective, one.se) for one in found.judged],
        "worst 5 %": [number(one.tail) for one in found.judged],
        "under floor": [percent(one.floor_chance) for one in found.judged],
        "launches": [f"{one.launches:.1f}" for one in found.judged],
        "ahead by": ["-"] + [f"{number(one.lead)} (≥ {number(one.least)})" for one in found.judged[1:]],
    }
    if wanted.filled_chance is not None:
        columns["filled"] = [percent(one.filled) for one in found.judged]
    show_table(tuple(columns), list(zip(*columns.values(), strict=True)), left=1)
    out("ahead by: of the found plan in the same futures (and the lower end of its one-sided 95 % interval)")
    flattered = number(found.searched.value)
    out(f"on the {found.searched.futures:,} futures it was searched on: {flattered}; it was fitted to these")
    if found.searched.stopped:
        out("the search was stopped before its end: this is the best plan until then")
    for words in found.misses:
        out(f"limit missed by the found plan: {words}")
    bound = found.bound
    gap = f"; on its futures the plan lies {percent(bound.gap)} below it" if bound.gap is not None else ""
    out(bound.why if bound.value is None else f"upper bound: {spread(bound.value, bound.se)}{gap}")
    taken = [(lever.action, _what(lever.target, lever.stage), one.name) for lever, one in found.levers.of(found.plan)]
    changed = [taken[i] for i in found.levers.differing(found.plan)]
    out(f"{len(changed)} of {len(taken)} choices differ from how things stand")
    if changed:
        show_table(("action", "target", "choice"), changed, left=3)


MOST_SHOWN = 10
"""Choices whose reasons are printed; the plan's notes hold all."""


def _show_why(found: "Explained") -> None:
    rows = [
        (
            one.action,
            _what(one.target, one.stage),
            one.taken,
            other.name,
            f"{number(other.loss)} ± {number(other.se, 2)}",
            one.verdict,
        )
        for one in found.why.reasons[:MOST_SHOWN]
        if (other := one.without or one.best) is not None
    ]
    if rows:
        out("The choices that most hangs on, and what they are worth; further fresh futures")
        show_table(("action", "target", "choice", "against", "worth ± SE", ""), rows, left=4)
    if found.stopped:
        out("stopped while explaining: what is missing was not reached")
