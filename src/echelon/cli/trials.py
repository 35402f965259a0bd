"""`echelon trials`: which clinical trial starts when, under shared resources and outcomes that are not known yet."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from echelon.cli.errors import INTERRUPTED, VerbError
from echelon.cli.options import Json, Seed
from echelon.cli.output import out, percent, print_json, say, show_table

if TYPE_CHECKING:
    from echelon.plans.trial_program import Instance
    from echelon.plans.trials import Method, Solution

METHODS = ("auto", "exact", "planner")
EVERY = 5.0
"""Seconds between two lines of progress."""


def trials(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Table of problems: one row per trial.")],
    instance: Annotated[
        str, typer.Option("--instance", metavar="NAME", help="Which problem of the file; all when not given.")
    ] = "",
    method: Annotated[
        str,
        typer.Option(
            "--method",
            metavar="WHICH",
            help="exact; planner, a plan searched on sampled futures; auto, exact where it is likely to end.",
        ),
    ] = "auto",
    seed: Seed = 1,
    seconds: Annotated[
        float, typer.Option("--seconds", min=0.01, metavar="S", help="Seconds after which the exact method gives up.")
    ] = 600.0,
    json_: Json = False,
) -> None:
    """Plan clinical trials that share resources: the plan of highest expected net present value.

    Outcomes become known when trials end, and a start may depend only on what is known.
    """
    from echelon.plans.trial_table import read_instances
    from echelon.plans.trials import solve

    problems = _chosen(read_instances(file), instance, file)
    if method not in METHODS:
        msg = f"there is no method `{method}`"
        raise VerbError(msg, f"one of {', '.join(METHODS)}")
    found = [solve(one, cast("Method", method), seed, seconds, _Watch(), _Progress()) for one in problems]
    if json_:
        print_json(found[0].as_dict() if instance or len(found) == 1 else [one.as_dict() for one in found])
    else:
        _show(found)
    if any(one.stopped for one in found):
        raise typer.Exit(INTERRUPTED)


class _Watch:
    """Says now and then how far the exact method is."""

    def __init__(self) -> None:
        self.said = time.monotonic()

    def __call__(self, states: int, seconds: float) -> None:
        if time.monotonic() - self.said >= EVERY:
            say(f"{states:,} states valued in {seconds:.0f} s")
            self.said = time.monotonic()


class _Progress:
    """Says now and then how far the planner is."""

    def __init__(self) -> None:
        self.said = time.monotonic()

    def __call__(self, what: str, done: int, total: int, value: float) -> None:
        if time.monotonic() - self.said >= EVERY:
            say(f"{done:,} of {total:,} {what}, {'best' if what == 'plans tried' else 'mean'} so far {value:,.1f}")
            self.said = time.monotonic()


def _chosen(problems: "dict[str, Instance]", name: str, file: Path) -> "list[Instance]":
    if not name:
        return list(problems.values())
    if name not in problems:
        msg = f"{file} has no instance `{name}`"
        raise VerbError(msg, f"it has: {', '.join(problems)}")
    return [problems[name]]


def _show(found: "list[Solution]") -> None:
    rows = [
        (
            one.instance,
            one.method + (", stopped" if one.stopped else ""),
            ", ".join(one.first_starts) or "none",
            f"{one.enpv:,.4f}",
            f"{one.low:,.1f} to {one.high:,.1f}" if one.futures else "exact",
            f"{one.bound:,.4f}",
            percent(one.gap),
            f"{one.seconds:.2f}",
        )
        for one in found
    ]
    show_table(("instance", "method", "starts first", "eNPV", "95 %", "bound", "gap", "seconds"), rows, left=3)
    out("eNPV, its interval and its upper bound in USD m; seconds include loading or compiling code.")
    for one in found:
        if one.searched is not None:
            how = f"on {one.futures:,} fresh futures" if one.futures else "over all outcomes"
            ahead = "looks ahead" if one.lookahead else "follows its scores"
            out(f"{one.instance}: the plan {ahead}; {one.searched:,.1f} in the search, {one.enpv:,.1f} {how}")
