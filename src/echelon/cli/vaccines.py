"""`echelon vaccines`: how much vaccine capacity to buy, and for which candidates, before it is known which work."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from echelon.cli.errors import VerbError
from echelon.cli.options import Json
from echelon.cli.output import number, out, percent, print_json, show_table

if TYPE_CHECKING:
    from echelon.plans.capacity_at_risk import Buyer, Portfolio


def vaccines(
    population: Annotated[float, typer.Option("--population", metavar="M", help="Millions of people.")],
    gdp: Annotated[float, typer.Option("--gdp", metavar="K", help="GDP a head, in USD 1,000.")],
    high_risk: Annotated[float, typer.Option("--high-risk", metavar="SHARE", help="Share of people at high risk.")],
    loss: Annotated[float, typer.Option("--loss", metavar="SHARE", help="Share of a year's GDP lost in two years.")],
    price: Annotated[float, typer.Option("--price", metavar="USD", help="Price of capacity for one course a year.")],
    candidates_: Annotated[
        Path | None,
        typer.Option("--candidates", metavar="FILE", help="Table of candidates; September 2020 when not given."),
    ] = None,
    published_only: Annotated[
        bool, typer.Option("--published-only", help="Stop where the published search stops.")
    ] = False,
    json_: Json = False,
) -> None:
    """Buy vaccine capacity at risk: for a country, before trials read out."""
    from echelon.plans import capacity_at_risk as model
    from echelon.plans.vaccine_table import read_candidates, shipped

    _check(population=population, gdp=gdp, high_risk=high_risk, loss=loss, price=price)
    world = model.World()
    members = model.candidates(read_candidates(candidates_ or shipped()), world)
    if not members:
        msg = "no candidate is on a platform with a known chance"
        raise VerbError(msg, f"platforms: {', '.join(world.platforms)}")
    buyer = model.Buyer(model.Country(population, gdp, high_risk, loss, price), members, world)
    after = model.published_search(buyer)
    best = after[-1] if published_only else model.search(buyer, after[-1])
    if json_:
        print_json(as_dict(buyer, after, best))
    else:
        _show(buyer, after, best)


def _check(population: float, gdp: float, high_risk: float, loss: float, price: float) -> None:
    ranges = {
        "--population": (population, 0.001, 7800.0),
        "--gdp": (gdp, 0.0, 1000.0),
        "--high-risk": (high_risk, 0.0, 1.0),
        "--loss": (loss, 0.0, 1.0),
        "--price": (price, 0.01, 1e6),
    }
    for name, (value, low, high) in ranges.items():
        if not low <= value <= high:
            msg = f"{name} must be between {low:g} and {high:g}, not {value:g}"
            raise VerbError(msg)


def as_dict(buyer: "Buyer", after: "tuple[Portfolio, ...]", best: "Portfolio") -> dict[str, Any]:
    """What was found, under documented keys."""
    return {
        "net": best.net,
        "benefit": best.benefit,
        "cost": best.cost,
        "total": best.total,
        "working": best.working,
        "any_works": best.any_works,
        "step": best.step,
        "published_search": [{"step": one.step, "net": one.net, "total": one.total} for one in after],
        "candidates": [
            {
                "platform": one.platform,
                "subcategory": one.subcategory,
                "phase": one.phase,
                "capacity": size,
            }
            for one, size in zip(buyer.members, best.capacity, strict=True)
        ],
    }


def _show(buyer: "Buyer", after: "tuple[Portfolio, ...]", best: "Portfolio") -> None:
    for one in after:
        out(f"published search, steps of {one.step:g}: net {one.net:,.6f} with {number(one.total)} in all")
    rows: dict[tuple[str, str, str], list[float]] = {}
    for member, size in zip(buyer.members, best.capacity, strict=True):
        rows.setdefault((member.platform, member.subcategory, member.phase), []).append(size)
    cells = [
        (*kind, str(len(sizes)), number(sum(sizes)), ", ".join(f"{size:g}" for size in sorted(sizes, reverse=True)))
        for kind, sizes in rows.items()
        if sum(sizes) > 0
    ]
    show_table(("platform", "subcategory", "phase", "n", "capacity", "each"), cells, left=3)
    out(f"net {best.net:,.6f} = benefit {best.benefit:,.6f} - cost {best.cost:,.6f}, USD bn")
    out(f"capacity {best.total:,.2f}, expected to work {best.working:,.2f}, million courses a month")
    out(f"some of it works with a chance of {percent(best.any_works)}")
