"""`echelon verify`: published results, and ours beside them."""

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
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table as docs/published.md has it.")] = False,
) -> None:
    """Reproduce published results, and say how far off we are."""
    from echelon.cli.errors import NO
    from echelon.runs.published import verify as published

    checks = published(seed, simulate)
    if json_:
        print_json([check.as_dict() for check in checks])
    elif markdown:
        out(as_markdown(checks))
    else:
        rows = [(_verdict(c), c.name, c.source, *_figures(c)) for c in checks]
        show_table(("", "result", "source", "published", "ours", "difference", "simulated"), rows, left=3)
        out(f"{sum(c.ok for c in checks)} of {len(checks)} published results are reproduced to the printed digits")
    if not all(check.ok for check in checks):
        raise typer.Exit(NO)


def as_markdown(checks: "list[Check]") -> str:
    """The table of docs/published.md, without what depends on a seed."""
    lines = ["| result | source | published | ours | difference | |", "| --- | --- | ---: | ---: | ---: | --- |"]
    for check in checks:
        figures = " | ".join(_figures(check)[:3])
        lines.append(f"| {check.name} | {check.source} | {figures} | {_verdict(check)} |")
    return "\n".join(lines)


def _verdict(check: "Check") -> str:
    return "ok" if check.ok else "NO"


def _figures(check: "Check") -> tuple[str, str, str, str]:
    simulated = f"{number(check.simulated, 4)} ({check.z:+.1f} SE)" if check.z is not None else "-"
    return number(check.published, 4), number(check.ours, 6), number(check.difference, 2), simulated
