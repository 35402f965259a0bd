"""What `echelon process` prints for people: fits, aliases, the design space, ranges, runs to come."""

from typing import TYPE_CHECKING

from echelon.cli.output import number, out, percent, show_table

if TYPE_CHECKING:
    from echelon.supply.process.analysis import Analysis
    from echelon.supply.process.designs import Plan
    from echelon.supply.process.fit import Fit
    from echelon.supply.process.table import Experiments

MOST_ALIASES = 24


def show(made: "Analysis") -> None:
    """Print an analysis."""
    e = made.experiments
    blocks = f", {len(e.block_names)} blocks" if e.blocks else ""
    counted = ", ".join(_many(len(found), word) for found, word in ((e.factors, "factor"), (e.responses, "response")))
    out(f"{e.settings.title}: {_many(len(e.x), 'run')}{blocks}, {counted}")
    for note in e.notes:
        out(f"  {note}")
    for one in made.fits:
        _show_fit(made, one)
    _show_aliases(made)
    _show_space(made)
    for taken in made.recipes:
        cells = ", ".join(f"{name} = {value}" for name, value in taken.cells.items())
        quantiles = f"10 % {taken.q10:.4g}, 50 % {taken.q50:.4g}, 90 % {taken.q90:.4g}, mean {taken.mean:.4g}"
        out(f"recipes: {cells} (batches of {taken.response}: {quantiles})")
    for line in (*made.no_recipe, *made.warnings):
        out(f"note: {line}")


def _many(amount: int, word: str) -> str:
    return f"{amount} {word}{'' if amount == 1 else 's'}"


def _show_fit(made: "Analysis", fit: "Fit") -> None:
    e = made.experiments
    name = e.responses[fit.response].label
    out()
    spread = f"residual sd {number(fit.s2**0.5)} on {fit.df} degrees of freedom" if fit.df else "no residual"
    others = f"{number(fit.r2_adjusted, 4)} adjusted, {number(fit.r2_predicted, 4)} predicted"
    out(f"{name}: {fit.model.order}, {len(fit.rows)} runs, R² {number(fit.r2, 4)} ({others}), {spread}")
    rows = [
        (
            c.term,
            f"{c.estimate:.6g}",
            number(c.se, 4),
            number(c.t, 3),
            p_value(c.p),
            f"{number(c.low, 4)} to {number(c.high, 4)}" if c.low == c.low else "-",
        )
        for c in fit.coefficients
    ]
    show_table(("coded term", "estimate", "SE", "t", "p", "95 % interval"), rows)
    lines = [(s.name, str(s.df), f"{s.ss:.6g}", number(s.ms, 5), number(s.f, 4), p_value(s.p)) for s in fit.anova]
    show_table(("source (sequential)", "df", "SS", "MS", "F", "p"), lines)
    for c in made.surfaces[fit.response]:
        at = ", ".join(f"{key} {value}" for key, value in c.at.items())
        where = ", ".join(f"{key} {value:.6g}" for key, value in c.plain.items() if not isinstance(value, str))
        values = ", ".join(f"{v:.4g}" for v in c.eigenvalues)
        far = "" if c.inside or not where else "; outside the experiments"
        where = f"{where or 'none, the surface runs in a ridge'}{far}"
        out(f"stationary point{f' at {at}' if at else ''}: {c.kind}; {where}; eigenvalues {values}")


def _show_aliases(made: "Analysis") -> None:
    from echelon.supply.process.model import equation

    model = made.fits[0].model
    if model.aliases:
        out()
        out("These runs cannot tell apart:")
        _listed([alias.text for alias in model.aliases])
    if model.chains:
        out()
        out(f"Not in the {model.order} model, and not to be told apart if they were:")
        _listed([" = ".join(chain) for chain in model.chains])
    if model.confounded:
        out()
        out(f"Not in the {model.order} model; if real, they are inside these coefficients:")
        _listed([f"{alias.term} carries {equation(alias.of)}" for alias in model.confounded])


def _listed(lines: list[str]) -> None:
    for line in lines[:MOST_ALIASES]:
        out(f"  {line}")
    if len(lines) > MOST_ALIASES:
        out(f"  and {len(lines) - MOST_ALIASES} more; --json has all")


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
    alone = ", ".join(
        f"{e.responses[j].name} {sure(p)}" for j, p in zip(made.posterior.responses, made.each_p, strict=True)
    )
    out(f"set point ({how}): {names}: {sure(made.p)}{f' ({alone})' if len(made.each_p) > 1 else ''}")
    needed = percent(e.settings.reliability)
    out(f"over the region: best {sure(over.best_p)}; {percent(over.share)} of it reaches {needed}")
    if over.means_pass > 0:
        ends = f"{sure(over.p_low)} to {sure(over.p_high)}"
        out(f"where all means pass ({percent(over.means_pass)} of the region) it runs from {ends}")
    rows = [
        (
            s.factor,
            f"{s.set_point:.5g}" if isinstance(s.set_point, float) else str(s.set_point),
            _span(s.proven, s.to_edge) if not s.words else ", ".join(s.words),
            f"{_span(s.normal)}{f', {sure(s.normal_p)}' if s.normal else ''}",
            _span(s.joint),
        )
        for s in made.spans
    ]
    show_table(("factor", "set point", "proven acceptable", "normal operating, least p", "joint"), rows)
    out("* the edge of what was studied; joint: all factors may move at once" + _least(made.joint_p))


def _least(p: float | None) -> str:
    return "" if p is None else f", least p {sure(p)}"


def sure(p: float | None) -> str:
    """A probability from draws for people; that no draw failed does not make it certain."""
    return percent(None if p is None else min(max(p, 1e-9), 1 - 1e-9))


def _span(span: tuple[float, float] | None, edge: tuple[bool, bool] = (False, False)) -> str:
    if span is None:
        return "-"
    marks = ["*" if at else "" for at in edge]
    return f"{span[0]:.5g}{marks[0]} to {span[1]:.5g}{marks[1]}"


def p_value(p: float) -> str:
    """A p-value for people."""
    return "-" if p != p else "<0.0001" if p < 0.0001 else f"{p:.4f}"


def show_plan(experiments: "Experiments", made: "Plan") -> None:
    """Print the runs to come."""
    for line in made.said:
        out(line)
    rows = made.rows(experiments)
    names = list(rows[0])
    cells = [tuple(f"{v:.6g}" if isinstance(v, float) else str(v) for v in row.values()) for row in rows]
    show_table(names, cells)
