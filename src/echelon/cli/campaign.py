"""`echelon campaign`: batches on suites, period by period, by a mixed-integer programme."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.options import Json, Threads
from echelon.cli.output import number, out, print_json, say, show_table

if TYPE_CHECKING:
    from echelon.supply.campaign.plan import Planned
    from echelon.supply.campaign.programme import Seen

InstancePath = Annotated[
    Path, typer.Argument(metavar="INSTANCE", help="JSON file of the instance (docs/campaigns.md).")
]
Limit = Annotated[
    float | None, typer.Option("--time-limit", min=0.1, metavar="S", help="Seconds to search; no limit when not given.")
]
Gap = Annotated[float, typer.Option("--gap", min=0.0, max=1.0, metavar="G", help="Relative gap that is near enough.")]


def campaign(
    instance: InstancePath,
    time_limit: Limit = None,
    gap: Gap = 0.0,
    threads: Threads = None,
    json_: Json = False,
) -> None:
    """Schedule campaigns: which product in which suite when, for the most profit.

    Ctrl-C ends the search and keeps the best schedule so far.
    """
    from echelon.supply.campaign.plan import plan, read_instance
    from echelon.supply.campaign.programme import Search

    read, warnings = read_instance(instance)
    for warning in warnings:
        say(str(warning))
    found = plan(read, Search(time_limit, gap, threads, _told), warnings)
    if json_:
        print_json(as_dict(found))
        return
    _show(found)


def as_dict(found: "Planned") -> dict[str, Any]:
    """A plan under its documented keys."""
    return {
        "objective": found.objective,
        "bound": found.bound,
        "status": found.status,
        "seconds": found.seconds,
        "schedule": found.schedule.as_dict() if found.schedule else None,
    }


def _told(seen: "Seen") -> None:
    best = "no schedule yet" if seen.objective is None else f"best {number(seen.objective, 6)}"
    say(f"{seen.seconds:,.0f} s: {best}, none above {number(seen.bound, 6)}")


def _show(found: "Planned") -> None:
    if found.schedule is None or found.verdict is None:
        out(f"{found.status}: no schedule found in {found.seconds:.1f} s")
        return
    out(f"profit {number(found.objective, 6)}, {found.status}; no schedule earns more than {number(found.bound, 6)}")
    periods = found.instance.periods
    rows = []
    for suite in (*found.instance.up.suites, *found.instance.down.suites):
        cells = {row.period: f"{row.product} × {row.batches}" for row in found.schedule.campaigns if row.suite == suite}
        rows.append((suite, *(cells.get(t, "") for t in periods)))
    show_table(("suite", *periods), rows, left=1 + len(periods))
