"""`echelon campaign --run`: a year's campaign plan of a company, from a quantile of its own demand."""

import json
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from echelon.cli.campaign import Year as Asked
from echelon.cli.campaign import answer, or_infeasible
from echelon.cli.choice import watched
from echelon.cli.errors import VerbError
from echelon.cli.output import number, out, say, show_table
from echelon.report.format import listed

if TYPE_CHECKING:
    from echelon.supply.campaign.programme import Search
    from echelon.supply.campaign.year import Year


def plan_from_run(asked: Asked, search: "Search", json_: bool, page: Path | None) -> None:
    """Make the instance of a year, keep it where asked for, plan it and show the plan."""
    from echelon.runs.run import open_run
    from echelon.supply.campaign.plan import read_instance
    from echelon.supply.campaign.year import plan_year

    if asked.write is not None and asked.write.suffix.lower() != ".json":
        msg = f"{asked.write}: an instance's name ends in .json"
        raise VerbError(msg)
    run = open_run(asked.run)
    began = time.monotonic()
    made = watched(lambda progress: plan_year(run, asked.year, asked.quantile, asked.site, asked.trains, progress))
    if made.left_out:
        say(f"nothing wanted at quantile {asked.quantile:g}, so left out: {listed(list(made.left_out), 40)}")
    text = json.dumps(made.document, indent=1, ensure_ascii=False) + "\n"
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{asked.site or run.folder.name if run.folder else 'year'} {asked.year}.json"
        path.write_text(text, encoding="utf-8")
        given = or_infeasible(lambda: read_instance(path), json_, began)
    if asked.write is not None:
        asked.write.write_text(text, encoding="utf-8")
        say(f"instance: {asked.write}")
    if not json_:
        _show(made, asked)
    where = f" --site {asked.site}" if asked.site else ""
    command = f"echelon campaign --run {asked.run.name} --year {asked.year} --quantile {asked.quantile:g}{where}"
    found = answer(given, search, json_, page, command)
    if not json_ and found.schedule is not None:
        _short(found.schedule.as_dict()["balances"])


def _show(made: "Year", asked: Asked) -> None:
    out(f"{made.document['name']} ({made.futures:,} futures lived again)")
    rows = []
    for p in made.products:
        batches = [t.litres * p.per_litre / 1000 for t in made.trains if t.site == p.site]
        rows.append(
            (p.name, p.site, number(float(p.year.mean())), number(p.wanted), number(p.stock), number(p.closing),
             number(max(batches), 3))
        )  # fmt: skip
    title = f"q{100 * asked.quantile:g} kg"
    show_table(("product", "site", "mean kg", title, "stock kg", "kept kg", "kg a batch"), rows, left=2)
    for site in dict.fromkeys(train.site for train in made.trains):
        mine = [train for train in made.trains if train.site == site]
        out(f"{site}: {listed([f'{t.name} {t.reactors} × {t.litres:,.6g} L' for t in mine], 30)}")


def _short(balances: list[dict[str, Any]]) -> None:
    short: dict[str, float] = {}
    for row in balances:
        short[row["product"]] = short.get(row["product"], 0.0) + row["late"]
    words = [f"{name} {number(kilograms)} kg" for name, kilograms in short.items() if kilograms > 1e-6]
    out(f"not served, or not in stock at the end: {listed(words, 30)}" if words else "all of it is served")
