"""One study worked through: fits, surface, design space, ranges, maps, and what recipes take."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from echelon.supply.process.fit import Fit, fit
from echelon.supply.process.model import build
from echelon.supply.process.ranges import Map, Span, maps, spans, sure
from echelon.supply.process.recipe import Distribution, distributions
from echelon.supply.process.setpoint import choose, given
from echelon.supply.process.space import FINE_DRAWS, Posterior, Space, batch_draws, each, posterior, space
from echelon.supply.process.surface import Canonical, canonical
from echelon.supply.process.table import F8, Experiments, inside, point, radius, region

MOST_MAPS = 10

EXACT = 1e-16
"""Share of the variance of a response below which its residual is rounding."""


@dataclass(frozen=True)
class Analysis:
    """Everything that is said of a study.

    Attributes
    ----------
    fits, surfaces : one of each per response; a surface is empty where the model has no quadratic part.
    posterior : the predictive distribution of responses with limits, or why there is none.
    space, spans, joint_p, maps : of the design space; empty where there is no posterior.
    at : (k,) set point, coded; chosen : it was looked for. p : probability there; each_p : of each limit alone.
    recipes : distributions for the table `recipes`; no_recipe : why there is none.
    """

    experiments: Experiments
    seed: int
    fits: tuple[Fit, ...]
    surfaces: tuple[tuple[Canonical, ...], ...]
    posterior: Posterior | str
    space: Space | None
    at: F8
    chosen: bool
    p: float
    each_p: tuple[float, ...]
    spans: tuple[Span, ...]
    joint_p: float | None
    maps: tuple[Map, ...]
    recipes: tuple[Distribution, ...]
    no_recipe: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def p_error(self) -> float:
        """Largest standard error that the number of draws leaves on the probability at the set point."""
        return float(np.sqrt(max(self.p * (1 - self.p), 0.0) / FINE_DRAWS)) if self.p == self.p else float("nan")

    @property
    def provenance(self) -> str:
        """Where numbers taken from the study come from, for a `source` cell."""
        e = self.experiments
        at = ", ".join(f"{f.label} {f.shown(x)}" for f, x in zip(e.factors, self.at, strict=True))
        made_of = f"{Path(e.file).name}, {len(e.x)} runs, {self.fits[0].model.order} model"
        return f"process study {e.settings.title} ({made_of}): predicted batches at {at}"

    @property
    def set_point(self) -> dict[str, float | str]:
        """The set point in units."""
        return point(self.experiments, self.at.tolist())


def analyse(experiments: Experiments, seed: int = 1) -> Analysis:
    """Work through a study; the same seed gives the same numbers."""
    shared = build(experiments)
    complete = bool(np.isfinite(experiments.y).all())
    fits = tuple(fit(experiments, j, shared if complete else None) for j in range(len(experiments.responses)))
    surfaces = tuple(canonical(experiments, one) for one in fits)
    post = posterior(experiments)
    there = None if isinstance(post, str) else post
    at = given(experiments)
    chosen = at is None
    if at is None:
        at = choose(experiments, fits, there, seed)
    p, over, joint_p = float("nan"), None, None
    each_p: tuple[float, ...] = ()
    found: tuple[Span, ...] = ()
    drawn: tuple[Map, ...] = ()
    if there is not None:
        p, luck = sure(there, at, seed)
        each_p = tuple(float(one) for one in each(there, at, luck))
        found, joint_p = spans(experiments, there, at, seed)
        drawn = maps(experiments, there, at, seed, MOST_MAPS)
        over = space(experiments, there, seed)
    recipes, no_recipe = distributions(experiments, fits, at, seed)
    return Analysis(
        experiments, seed, fits, surfaces, post, over, at, chosen, p, each_p, found, joint_p, drawn, recipes,
        no_recipe, warnings(experiments, fits, at, there),
    )  # fmt: skip


def warnings(experiments: Experiments, fits: tuple[Fit, ...], at: F8, post: Posterior | None) -> tuple[str, ...]:
    """What a reader must know before using the numbers."""
    found: list[str] = []
    for response, one in zip(experiments.responses, fits, strict=True):
        name, lack = response.name, one.source("lack of fit")
        if one.df == 0:
            found.append(
                f"{name}: {len(one.rows)} runs and {len(one.model.terms)} terms leave no residual degree of freedom; "
                "coefficients have no standard error, and nothing can be tested."
            )
        values = experiments.y[list(one.rows), one.response]
        if float(np.ptp(values)) == 0.0:
            found.append(f"{name} is the same in every run, so nothing can be said of what moves it.")
        elif one.df and one.s2 <= EXACT * float(np.var(values)):
            found.append(f"{name} lies on the surface without any noise; was it measured, or computed?")
        if lack is not None and lack.p < 0.05:
            found.append(f"{name}: the model does not fit the runs (lack of fit, p = {lack.p:.2g}).")
        if one.df and one.r2_predicted == one.r2_predicted and one.r2_predicted < 0.5 <= one.r2:
            found.append(
                f"{name}: it fits its own runs (R² {one.r2:.2f}) better than it foretells others "
                f"(predicted R² {one.r2_predicted:.2f})."
            )
        far = [case.line for case in one.cases if case.outlier]
        if far:
            found.append(
                f"{name}: outlying run of line {', '.join(map(str, far))} (studentised residual, 5 % over all)."
            )
        if response.limited and not np.isfinite(one.beta).all():
            found.append(f"{name}: no surface could be fitted.")
    blocks = [c for one in fits for c in one.coefficients if c.kind == "block" and c.p < 0.05]
    if blocks and post is not None:
        found.append("Blocks differ, so probabilities hold for an average block; a new block may lie elsewhere.")
    if not inside(experiments, at[None])[0]:
        found.append("The set point lies outside the region of the experiments.")
    return tuple(found)


def as_dict(made: Analysis) -> dict[str, Any]:
    """An analysis under its documented keys."""
    e = made.experiments
    names = [response.name for response in e.responses]
    model = made.fits[0].model
    over = made.space
    return {
        "study": e.settings.title,
        "file": e.file,
        "seed": made.seed,
        "factors": [vars(f) | {"levels": list(f.levels)} for f in e.factors],
        "responses": [vars(r) for r in e.responses],
        "runs": len(e.x),
        "blocks": list(e.block_names),
        "region": region(e),
        "radius": radius(e) if region(e) == "sphere" else None,
        "reliability": e.settings.reliability,
        "notes": list(e.notes),
        "warnings": list(made.warnings),
        "model": model.order,
        "terms": list(model.names),
        "aliases": [{"term": a.term, "equals": [list(p) for p in a.of], "text": a.text} for a in model.aliases],
        "left_out_alike": [list(chain) for chain in model.chains],
        "confounded": [{"term": a.term, "with": [list(p) for p in a.of]} for a in model.confounded],
        "fits": {name: one.as_dict() for name, one in zip(names, made.fits, strict=True)},
        "canonical": {name: [c.as_dict() for c in s] for name, s in zip(names, made.surfaces, strict=True)},
        "set_point": made.set_point,
        "set_point_coded": made.at.tolist(),
        "set_point_chosen": made.chosen,
        "predicted": {
            name: float(one.predict(made.at[None])[0]) for name, one in zip(names, made.fits, strict=True)
        },
        "design_space": None
        if over is None or isinstance(made.posterior, str)
        else {
            "df": made.posterior.df,
            "p": made.p,
            "p_se": made.p_error,
            "p_each": {names[j]: p for j, p in zip(made.posterior.responses, made.each_p, strict=True)},
            "share": over.share,
            "best": point(e, over.best.tolist()),
            "best_p": over.best_p,
            "centre_p": over.centre_p,
            "means_pass_share": over.means_pass,
            "means_pass_p": [over.p_low, over.p_high],
        },
        "why_no_design_space": made.posterior if isinstance(made.posterior, str) else None,
        "ranges": [span.as_dict() for span in made.spans],
        "joint_p": made.joint_p,
        "maps": [one.as_dict() for one in made.maps],
        "recipes": [one.as_dict() for one in made.recipes],
        "why_no_recipe": list(made.no_recipe),
    }  # fmt: skip


def sampled(made: Analysis, seed: int) -> F8:
    """(n, m) future batches at the set point, of the responses with limits."""
    assert not isinstance(made.posterior, str)
    return batch_draws(made.posterior, made.at, sure(made.posterior, made.at, seed)[1])
