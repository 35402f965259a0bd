"""`echelon verify`: published results, and ours beside them."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from echelon.cli.options import Json, Seed
from echelon.cli.output import number, out, print_json, show_table

if TYPE_CHECKING:
    from echelon.runs.published import Check


def verify(
    json_: Json = False,
    seed: Seed = 1,
    simulate: Annotated[
        bool, typer.Option("--simulate/--exact-only", help="Simulate the probabilities too, beside the exact figures.")
    ] = True,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page docs/published.md.")] = False,
) -> None:
    """Reproduce published results, and say how far off we are.

    Ends with exit status 1 when a figure is missed and it is not known why.
    """
    from echelon.cli.errors import NO
    from echelon.plans.published import checks as planned
    from echelon.runs import published
    from echelon.supply.campaign.published import checks as campaigns
    from echelon.supply.process.published import checks as designed

    checks = [*published.verify(seed, simulate), *designed(), *planned(), *campaigns()]
    if json_:
        print_json([check.as_dict() for check in checks])
    elif markdown:
        sys.stdout.write(published.page(checks))
    else:
        _show(checks)
    if not all(check.ok or check.note for check in checks):
        raise typer.Exit(NO)


def simulated(check: "Check") -> str:
    """What a simulation says of a figure."""
    if check.se is not None:
        return f"± {number(check.se, 2)}"
    return f"{number(check.simulated, 4)} ({check.z:+.1f} SE)" if check.z is not None else ""


def _show(checks: "list[Check]") -> None:
    from echelon.runs.published import figure, printed_digits

    sources = list(dict.fromkeys(check.source for check in checks))
    rows = [
        (
            "ok" if check.ok else "NO",
            check.name,
            f"[{sources.index(check.source) + 1}]",
            figure(check.published, 0),
            figure(check.ours, printed_digits(check.published)),
            number(check.difference, 2),
            simulated(check),
        )
        for check in checks
    ]
    show_table(("", "result", "", "published", "ours", "difference", "simulated"), rows, left=3)
    for index, source in enumerate(sources, start=1):
        out(f"[{index}] {source}")
    out()
    for check in checks:
        if not check.ok:
            out(f"NO  {check.name}: {check.note or 'it is not known why'}")
    out(f"{sum(check.ok for check in checks)} of {len(checks)} published results are reproduced to the printed digits")
