"""Making: which steps a molecule takes, and which of them a recipe does at its site."""

from collections.abc import Collection

from echelon.company.rows.science import Asset, Modality
from echelon.company.rows.supply import STAGES, Expansion, Line, Recipe, Step
from echelon.company.view import View

_GROWN: tuple[Step, ...] = ("cell-culture", "purification", "formulation", "filling", "packaging")
_MADE: tuple[Step, ...] = ("synthesis", "formulation", "tableting", "packaging")
_INJECTED: tuple[Step, ...] = ("synthesis", "purification", "formulation", "filling", "packaging")


def steps_of(modality: Modality) -> tuple[Step, ...]:
    """Steps of a kind of molecule, unless its recipe names others; only conjugates are freeze-dried as a rule."""
    if modality == "adc":
        return ("cell-culture", "purification", "conjugation", "formulation", "filling", "lyophilisation", "packaging")
    if modality == "small-molecule":
        return _MADE
    if modality in ("peptide", "sirna", "antisense"):
        return _INJECTED
    return _GROWN


def stages_of(
    recipe: Recipe, modality: Modality, lines: Collection[tuple[str, Step]]
) -> tuple[tuple[Step, ...], tuple[Step, ...], tuple[Step, ...]]:
    """Steps that a recipe does at its site for substance, conjugate and product, as far as there is a line for them.

    lines : (site, step) of lines and expansions. A step with no line anywhere is taken to have room for all.
    """
    wanted = recipe.steps or steps_of(modality)
    substance, conjugate, product = (
        tuple(step for step in stage if step in wanted and (recipe.site, step) in lines) for stage in STAGES
    )
    return substance, conjugate, product


def makes(view: View, recipe: Recipe) -> tuple[tuple[Step, ...], tuple[Step, ...], tuple[Step, ...]]:
    """Steps of each stage that a recipe does at its site, as the checks see the company."""
    asset = view.get(Asset, recipe.asset)
    return stages_of(recipe, asset.modality if asset else "antibody", lined(view))


def lined(view: View) -> set[tuple[str, Step]]:
    """Site and step of all lines, those that may be built included."""
    rows: list[Line | Expansion] = [*view.rows(Line), *view.rows(Expansion)]
    return {(row.site, row.step) for row in rows}
