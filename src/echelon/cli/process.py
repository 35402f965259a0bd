"""`echelon process`: from designed experiments to a design space and the titer that recipes use."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echelon.cli.options import Json, Seed
from echelon.cli.output import number, out, percent, print_json, show_table

if TYPE_CHECKING:
    from echelon.supply.process.analysis import Analysis
    from echelon.supply.process.fit import Fit
    from echelon.supply.process.table import Experiments

Many = list[str] | None
MOST_ALIASES = 24


def process(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Table of experiments (.csv, .xlsx), its folder, or settings (.toml)."),
    ],
    response: Annotated[Many, typer.Option("--response", metavar="NAME", help="A column that was measured.")] = None,
    factor: Annotated[
        Many, typer.Option("--factor", metavar="NAME=LOW..HIGH", help="A column that was varied, coded from -1 to +1.")
    ] = None,
    limit: Annotated[
        Many, typer.Option("--limit", metavar="NAME>=LOW", help="A quality limit; NAME<=HIGH and NAME=LOW..HIGH too.")
    ] = None,
    block: Annotated[str, typer.Option("--block", metavar="NAME", help="The column of blocks.")] = "",
    ignore: Annotated[Many, typer.Option("--ignore", metavar="NAME", help="A column to leave out.")] = None,
    model: Annotated[
        str, typer.Option("--model", metavar="FORM", help="linear, interactions, quadratic, or auto.")
    ] = "",
    reliability: Annotated[
        float | None, typer.Option("--reliability", metavar="R", help="Probability that a design space must reach.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar="F", help="Settings; the .toml beside FILE when not given.")
    ] = None,
    seed: Seed = 1,
    json_: Json = False,
) -> None:
    """Fit response surfaces to designed experiments and map the design space."""
    from echelon.supply.process.analysis import analyse, as_dict

    plain = [("block", block), ("model", model), ("reliability", reliability)]
    experiments = _read(file, settings, response, factor, limit, ignore, plain, True)
    made = analyse(experiments, seed)
    if json_:
        print_json(as_dict(made))
        return
    show(made)


def _read(
    file: Path,
    settings: Path | None,
    response: Many,
    factor: Many,
    limit: Many,
    ignore: Many,
    plain: list[tuple[str, str | float | None]],
    runs: bool,
) -> "Experiments":
    from echelon.company.diagnostics import CompanyError, Log
    from echelon.supply.process.read import read_experiments
    from echelon.supply.process.setup import options

    log = Log()
    more = options(response or (), factor or (), limit or (), ignore or (), plain, log)
    if log.failed:
        raise CompanyError(log.diagnostics())
    return read_experiments(file, more, settings, runs)


def show(made: "Analysis") -> None:
    """Print an analysis."""
    e = made.experiments
    blocks = f", {len(e.block_names)} blocks" if e.blocks else ""
    out(f"{e.settings.title}: {len(e.x)} runs{blocks}, {len(e.factors)} factors, {len(e.responses)} responses")
    for note in e.notes:
        out(f"  {note}")
    for one in made.fits:
        _show_fit(made, one)
    _show_aliases(made)
    _show_space(made)
    for taken in made.recipes:
        cells = ", ".join(f"{name} = {value}" for name, value in taken.cells.items())
        quantiles = f"10 % {taken.q10:.4g}, 50 % {taken.q50:.4g}, 90 % {taken.q90:.4g}"
        out(f"recipes: {cells} (batches of {taken.response}: {quantiles})")
    for line in (*made.no_recipe, *made.warnings):
        out(f"note: {line}")


def _show_fit(made: "Analysis", fit: "Fit") -> None:
    e = made.experiments
    name = e.responses[fit.response].label
    out()
    spread = f"residual sd {number(fit.s2**0.5)} on {fit.df} degrees of freedom" if fit.df else "no residual"
    out(f"{name}: {fit.model.order}, {len(fit.rows)} runs, R² {fit.r2:.4f} ({number(fit.r2_adjusted, 4)} adjusted, "
        f"{number(fit.r2_predicted, 4)} predicted), {spread}")  # fmt: skip
    rows = [
        (
            c.term,
            f"{c.estimate:.6g}",
            number(c.se, 4),
            number(c.t, 3),
            _p(c.p),
            f"{number(c.low, 4)} to {number(c.high, 4)}",
        )
        for c in fit.coefficients
    ]
    show_table(("coded term", "estimate", "SE", "t", "p", "95 % interval"), rows)
    lines = [(s.name, str(s.df), f"{s.ss:.6g}", number(s.ms, 5), number(s.f, 4), _p(s.p)) for s in fit.anova]
    show_table(("source (sequential)", "df", "SS", "MS", "F", "p"), lines)
    for c in made.surfaces[fit.response]:
        at = ", ".join(f"{key} {value}" for key, value in c.at.items())
        where = ", ".join(
            f"{key} {value:.6g}" if isinstance(value, float) else f"{key} {value}" for key, value in c.plain.items()
        )
        values = ", ".join(f"{v:.4g}" for v in c.eigenvalues)
        far = "" if c.inside or not where else "; outside the experiments"
        where = f"{where or 'none, the surface runs in a ridge'}{far}"
        out(f"stationary point{f' at {at}' if at else ''}: {c.kind}; {where}; eigenvalues {values}")


def _show_aliases(made: "Analysis") -> None:
    model = made.fits[0].model
    if model.aliases:
        out()
        out("These runs cannot tell apart:")
        for alias in model.aliases[:MOST_ALIASES]:
            out(f"  {alias.text}")
    if model.confounded:
        from echelon.supply.process.model import equation

        out()
        out(f"Not in the model; if real, they are inside these coefficients ({model.order} model):")
        for alias in model.confounded[:MOST_ALIASES]:
            out(f"  {alias.term} carries {equation(alias.of)}")


def _show_space(made: "Analysis") -> None:
    out()
    e, over = made.experiments, made.space
    names = ", ".join(f"{f.name} {f.shown(x)}" for f, x in zip(e.factors, made.at, strict=True))
    how = "best found" if made.chosen else "as given"
    if over is None or isinstance(made.posterior, str):
        out(f"set point ({how}): {names}")
        out(f"design space: {made.posterior}")
        return
    limits = "; ".join(f"{e.responses[j].label} {e.responses[j].limits}" for j in made.posterior.responses)
    out(f"Probability that all limits hold ({limits}); t with {made.posterior.df} degrees of freedom")
    out(f"set point ({how}): {names}: {percent(made.p)}")
    needed = percent(e.settings.reliability)
    out(f"over the region: best {percent(over.best_p)}; {percent(over.share)} of it reaches {needed}")
    if over.means_pass > 0:
        ends = f"{percent(over.p_low)} to {percent(over.p_high)}"
        out(f"where all means pass ({percent(over.means_pass)} of the region) it runs from {ends}")
    rows = [
        (
            s.factor,
            f"{s.set_point:.5g}" if isinstance(s.set_point, float) else str(s.set_point),
            _span(s.proven, s.to_edge) if not s.words else ", ".join(s.words),
            f"{_span(s.normal)}{f', {percent(s.normal_p)}' if s.normal else ''}",
            _span(s.joint),
        )
        for s in made.spans
    ]
    show_table(("factor", "set point", "proven acceptable", "normal operating, least p", "joint"), rows)


def _span(span: tuple[float, float] | None, edge: tuple[bool, bool] = (False, False)) -> str:
    if span is None:
        return "-"
    marks = ["*" if at else "" for at in edge]
    return f"{span[0]:.5g}{marks[0]} to {span[1]:.5g}{marks[1]}"


def _p(p: float) -> str:
    return "-" if p != p else "<0.0001" if p < 0.0001 else f"{p:.4f}"
