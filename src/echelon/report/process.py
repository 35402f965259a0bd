"""The page of a process study: design space and ranges, every response, aliases, and what recipes take."""

from functools import partial
from pathlib import Path

from echelon import __version__
from echelon.report import charts_process as charts
from echelon.report.format import MISSING, count, listed, number, percent, significant
from echelon.report.sheet import Cell, Grid, Part, Sheet, drawn, write_sheet
from echelon.supply.process.analysis import Analysis
from echelon.supply.process.fit import Fit
from echelon.supply.process.model import equation
from echelon.supply.process.ranges import Span
from echelon.supply.process.table import Experiments, region

MOST_MAPS = 6
MOST_ALIASES = 60


def process_sheet(made: Analysis) -> Sheet:
    """The page of an analysis."""
    e = made.experiments
    parts = [_space(made)]
    parts += [_response(made, one) for one in made.fits]
    parts += [part for part in (_aliases(made), _recipes(made)) if part]
    parts.append(_runs(made))
    parts.append(Part("reading", "How to read this", notes=list(READING)))
    return Sheet(
        "Process study",
        _lead(made),
        {"notice": "", "versions": {"echelon": __version__}},
        parts,
        f"echelon process {Path(e.file).name} --seed {made.seed} --out PAGE.html",
        _facts(e, made.seed),
        e.settings.title,
        "The same table, settings and seed give these very numbers.",
    )


def write_process(made: Analysis, file: Path) -> Path:
    """Write the page as one HTML file."""
    return write_sheet(process_sheet(made), file)


READING = (
    """Coded units: -1 and +1 stand for the low and high level of a factor; a coefficient is the change of the response
    from the middle of the range to its end.""",
    """Probability: of a single future batch run at that point, all limits holding at once, given these runs, a
    noninformative prior and this model (Peterson 2004). It counts the noise of batches, what the runs leave unsure
    about the surface, and the noise of set points where their spread is given. It does not count that the model may be
    of the wrong form, nor that scale, raw materials or analytics may differ.""",
    """Proven acceptable range (ICH Q8): of one factor, the others at their set points. Ranges of several factors may
    not be used together; for that there is the joint range. Normal operating range: three standard deviations of how
    the set point is held, to each side. Neither goes beyond what was studied.""",
    "Sums of squares are sequential: blocks, then linear terms, interactions, squares.",
)


def _facts(e: Experiments, seed: int) -> tuple[tuple[str, str], ...]:
    where = "sphere through the axial runs" if region(e) == "sphere" else "box from low to high"
    return (
        ("Study", e.settings.title),
        ("Runs", str(len(e.x))),
        ("Blocks", str(len(e.block_names) or 1)),
        ("Factors", str(len(e.factors))),
        ("Region", where),
        ("R", percent(e.settings.reliability, 0)),
        ("Seed", str(seed)),
    )


def _lead(made: Analysis) -> str:
    e = made.experiments
    if made.space is None or isinstance(made.posterior, str):
        return f"{count(len(e.x), 'run')}, {count(len(e.factors), 'factor')}. {made.posterior}"
    return (
        f"At the set point all limits hold with probability {_sure(made.p)}; {percent(made.space.share, 0)} of the "
        f"region reaches {percent(e.settings.reliability, 0)}."
    )


def _space(made: Analysis) -> Part:
    e, over = made.experiments, made.space
    if over is None or isinstance(made.posterior, str):
        return Part("space", "Where do all quality limits hold?", [str(made.posterior), *made.warnings])
    limits = listed([f"{e.responses[j].label} {e.responses[j].limits}" for j in made.posterior.responses])
    at = listed([f"{f.name} {f.shown(x)} {f.unit}".strip() for f, x in zip(e.factors, made.at, strict=True)])
    how = "best found" if made.chosen else "as given"
    answers = [f"Limits: {limits}. Set point ({how}): {at}. All hold there with probability {_sure(made.p)}."]
    if over.means_pass > 0:
        ends = f"{_sure(over.p_low, 0)} to {_sure(over.p_high, 0)}"
        told = (
            f"Predicted means pass in {percent(over.means_pass, 0)} of the region, but a batch run there passes with "
        )
        answers.append(f"{told}probability {ends}: overlaid contour plots of means would call all of it safe.")
    needed = percent(e.settings.reliability, 0)
    line = f"Orange line: probability {needed}; cross: set point, at which the other factors stay."
    figures = [
        (drawn(f"map-{i}", f"{one.y} against {one.x}", partial(charts.chart_of, made, one)), line)
        for i, one in enumerate(made.maps[:MOST_MAPS])
    ]
    notes = list(made.warnings)
    if len(made.maps) > MOST_MAPS:
        notes.append(f"{len(made.maps) - MOST_MAPS} more maps are in what --json prints.")
    return Part("space", "Where do all quality limits hold?", answers, figures, [_ranges(made)], notes)


def _ranges(made: Analysis) -> Grid:
    joint = "" if made.joint_p is None else f"; joint: least probability {_sure(made.joint_p)}"
    columns = (
        ("Factor", True), ("Set point", False), ("Proven acceptable", False), ("Normal operating", False),
        ("Least probability in it", False), ("Inside proven", True), ("Joint", False),
    )  # fmt: skip
    return Grid(
        f"Ranges of the factors (* the edge of what was studied){joint}", columns, [_span(s) for s in made.spans]
    )


def _span(s: Span) -> list[Cell]:
    held = MISSING if s.inside_proven is None else "yes" if s.inside_proven else "no"
    return [
        Cell(s.factor, s.factor),
        Cell(f"{s.set_point:.5g}" if isinstance(s.set_point, float) else s.set_point),
        Cell(", ".join(s.words) if s.words else _ends(s.proven, s.to_edge)),
        Cell(_ends(s.normal)),
        Cell(_sure(s.normal_p)),
        Cell(held),
        Cell(_ends(s.joint)),
    ]


def _ends(span: tuple[float, float] | None, edge: tuple[bool, bool] = (False, False)) -> str:
    if span is None:
        return MISSING
    marks = ["*" if at else "" for at in edge]
    return f"{span[0]:.5g}{marks[0]} to {span[1]:.5g}{marks[1]}"


def _response(made: Analysis, fit: Fit) -> Part:
    e = made.experiments
    response = e.responses[fit.response]
    clear = [c.term for c in fit.coefficients if c.p < 0.05 and c.kind not in ("intercept", "block")]
    model = f"{fit.model.order.capitalize()} model on {count(len(fit.rows), 'run')}"
    others = f"adjusted {number(fit.r2_adjusted, 3)}, predicted {number(fit.r2_predicted, 3)}"
    spread = f"residual standard deviation {significant(fit.s2**0.5)} on {count(fit.df, 'degree')} of freedom"
    said = f"Clear of nought: {listed(clear, 8)}." if clear else "No effect is clear of nought."
    answers = [f"{model}: R² {number(fit.r2, 3)}, {others}; {spread}. {said}"]
    lack = fit.source("lack of fit")
    if lack is not None and lack.p == lack.p:
        verdict = "the model does not fit the runs" if lack.p < 0.05 else "nothing speaks against the model"
        answers.append(f"Lack of fit: p = {_p(lack.p)}; {verdict}.")
    for c in made.surfaces[fit.response]:
        at = "".join(f" at {key} {value}" for key, value in c.at.items())
        names = [f"{key} {value:.5g}" for key, value in c.plain.items() if not isinstance(value, str)]
        where = listed(names)
        far = "" if c.inside or not where else ", outside the region of the experiments"
        answers.append(
            f"Stationary point{at}: {c.kind}, {where or 'nowhere in particular'}{far}; eigenvalues "
            f"{listed([significant(float(v), 4) for v in c.eigenvalues])}."
        )
    key = f"r{fit.response}"
    figures = [
        (
            drawn(f"effects-{key}", f"Effects on {response.name}", lambda size: charts.effects(made, fit, size)),
            "Points: coefficients in coded units; lines: 95 % intervals." if fit.df else "No interval can be given.",
        ),
        (
            drawn(
                f"residuals-{key}",
                f"{response.name}: observed, fitted, residuals",
                lambda size: charts.residuals(made, fit, size),
            ),
            "Each point is a run; a run on the diagonal is as fitted.",
        ),
    ]
    return Part(key, f"{response.label}: what moves it?", answers, figures, [_coefficients(fit), _anova(fit)])


def _coefficients(fit: Fit) -> Grid:
    columns = (
        ("Coded term", True),
        ("Estimate", False),
        ("SE", False),
        ("t", False),
        ("p", False),
        ("95 % interval", False),
    )
    rows = [
        [
            Cell(c.term, c.term),
            Cell(significant(c.estimate, 6), c.estimate),
            Cell(significant(c.se, 4), c.se),
            Cell(significant(c.t), abs(c.t)),
            Cell(_p(c.p), c.p),
            Cell(f"{significant(c.low, 4)} to {significant(c.high, 4)}" if c.low == c.low else MISSING, c.low),
        ]
        for c in fit.coefficients
    ]
    return Grid("Coefficients", columns, rows, folded=True)


def _anova(fit: Fit) -> Grid:
    columns = (
        ("Source", True),
        ("df", False),
        ("Sum of squares", False),
        ("Mean square", False),
        ("F", False),
        ("p", False),
    )
    rows = [
        [
            Cell(s.name, s.name),
            Cell(str(s.df), s.df),
            Cell(significant(s.ss, 6), s.ss),
            Cell(significant(s.ms, 5), s.ms),
            Cell(significant(s.f, 4), s.f),
            Cell(_p(s.p), s.p),
        ]
        for s in fit.anova
    ]
    return Grid("Analysis of variance", columns, rows, folded=True)


def _aliases(made: Analysis) -> Part | None:
    model = made.fits[0].model
    if not model.aliases and not model.confounded and not model.chains:
        return None
    rows = [
        [Cell(a.term, a.term), Cell(f"= {equation(a.of)}"), Cell("not fitted: the same in every run")]
        for a in model.aliases
    ]
    rows += [
        [Cell(chain[0], chain[0]), Cell(f"= {' = '.join(chain[1:])}"), Cell(f"not in the {model.order} model")]
        for chain in model.chains
    ]
    rows += [
        [Cell(a.term, a.term), Cell(f"carries {equation(a.of)}"), Cell(f"not in the {model.order} model")]
        for a in model.confounded
    ]
    fitted = f"{count(len(model.aliases), 'term')} of the model cannot be fitted"
    carried = f"{count(len(model.confounded), 'coefficient')} would also carry terms left out, if those were real"
    grid = Grid("Aliases", (("Term", True), ("With", True), ("Meaning", True)), rows[:MOST_ALIASES])
    return Part("aliases", "What can these runs not tell apart?", [f"{fitted}; {carried}."], grids=[grid])


def _recipes(made: Analysis) -> Part | None:
    if not made.recipes and not made.no_recipe:
        return None
    columns = (
        ("Recipe column", True), ("Low", False), ("Mode", False), ("High", False), ("Shape", True), ("10 %", False),
        ("50 %", False), ("90 %", False), ("Mean", False),
    )  # fmt: skip
    rows = [
        [
            Cell(f"{one.column} ({one.unit})", one.column, one.response),
            *(Cell(significant(v, 4), v) for v in (one.low, one.mode, one.high)),
            Cell("triangular"),
            *(Cell(significant(v, 4), v) for v in (one.q10, one.q50, one.q90, one.mean)),
        ]
        for one in made.recipes
    ]
    notes = [*made.no_recipe, *(f"{one.column}: what lies {one.cut} is cut off." for one in made.recipes if one.cut)]
    grids = [Grid("For the table recipes", columns, rows)] if rows else []
    said = "Future batches at the set point, as a triangular distribution with the same 10, 50 and 90 % quantiles."
    return Part("recipes", "What do recipes take from it?", [said] if rows else [], [], grids, notes)


def _runs(made: Analysis) -> Part:
    e = made.experiments
    columns = (
        ("Line", False),
        *((("Block", True),) if e.blocks else ()),
        *((f.label, f.categorical) for f in e.factors),
        *((r.label, False) for r in e.responses),
    )
    rows = []
    for i, line in enumerate(e.lines):
        cells = [Cell(str(line), line)]
        cells += [Cell(e.blocks[i], e.blocks[i])] if e.blocks else []
        cells += [Cell(f.shown(float(x)), float(x)) for f, x in zip(e.factors, e.x[i], strict=True)]
        cells += [Cell(f"{y:.6g}" if y == y else MISSING, float(y)) for y in e.y[i]]
        rows.append(cells)
    return Part("runs", "Which runs were used?", list(e.notes), [], [Grid("Runs", columns, rows, folded=True)])


def _sure(p: float | None, digits: int = 1) -> str:
    """A probability from draws; that no draw failed does not make it certain."""
    return percent(None if p is None else min(max(p, 1e-9), 1 - 1e-9), digits)


def _p(p: float) -> str:
    return MISSING if p != p else "<0.0001" if p < 0.0001 else f"{p:.4f}"
