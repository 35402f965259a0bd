"""Checks that lines, recipes, their steps, expansions and inspections agree."""

from echelon.company.diagnostics import Log, Place, nearest
from echelon.company.making import makes, steps_of
from echelon.company.rows.science import Asset
from echelon.company.rows.supply import UNIT_STEPS, Expansion, Inspection, Line, Recipe, RecipeStep
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log every disagreement of lines, recipes, expansions and inspections."""
    _sizes(view, log)
    _demand(view, log)
    _recipes(view, log)
    _recipe_steps(view, log)
    _inspections(view, log)


def _sizes(view: View, log: Log) -> None:
    """Cell culture has litres, every other step a rate, and neither has both."""
    rows: list[Line | Expansion] = [*view.rows(Line), *view.rows(Expansion)]
    for row in rows:
        wanted, other = ("litres", "rate") if row.step == "cell-culture" else ("rate", "litres")
        unit = _unit(row.step)
        if getattr(row, wanted) is None:
            place = view.place(row.table, row.key, wanted)
            log.wrong(place, "E345", f"a line of {row.step} needs `{wanted}`", f"`{wanted}` is in {unit}")
        if getattr(row, other) is not None:
            place = view.place(row.table, row.key, other)
            message = f"a line of {row.step} has no `{other}`"
            log.wrong(place, "E345", message, f"give its `{wanted}`, in {unit}, and leave `{other}` blank")


def _unit(step: str) -> str:
    if step == "cell-culture":
        return "litres of all its reactors"
    return "units a day" if step in UNIT_STEPS else "grams a day"


def _demand(view: View, log: Log) -> None:
    known = {
        row.asset for row in view.rows(Recipe) if row.grams_per_month is not None or row.sales_per_gram is not None
    }
    for row in view.rows(Recipe) if view.whole("recipes") else ():
        if row.asset not in known:
            place = view.place("recipes", row.key, "grams_per_month")
            message = "the recipe needs `grams_per_month` or `sales_per_gram`, or demand has no grams"
            log.wrong(place, "E313", message)


def _recipes(view: View, log: Log) -> None:
    """A recipe has what the lines at its site need."""
    sized = view.whole("lines", "expansions")
    for row in view.rows(Recipe):
        made = [step for stage in makes(view, row) for step in stage] if sized else []
        if "cell-culture" in made and row.titer is None:
            place = view.place("recipes", row.key, "titer")
            message = f"`{row.site}` grows the cells of `{row.asset}`, and the recipe has no titer"
            log.wrong(place, "E346", message, "give `titer_low`, `titer_mode` and `titer_high`, in grams per litre")
        counted = next((step for step in made if step in UNIT_STEPS), "")
        if counted and row.unit_grams is None:
            place = view.place("recipes", row.key, "unit_grams")
            message = f"{counted} at `{row.site}` is rated in units a day, and the recipe has no `unit_grams`"
            log.wrong(place, "E346", message, "give the grams of product in one vial or tablet")
        if row.transfer is None and row.transfer_starts is not None:
            place = view.place("recipes", row.key, "transfer_starts")
            message = "the transfer has a day and no length, so none takes place"
            log.wrong(place, "E348", message, "give `transfer` in months, or leave `transfer_starts` blank")
        elif row.transfer is None and row.transfer_cost > 0:
            place = view.place("recipes", row.key, "transfer_cost")
            message = "the transfer has a cost and no length, so none takes place"
            log.wrong(place, "E348", message, "give `transfer` in months, or leave `transfer_cost` blank")


def _recipe_steps(view: View, log: Log) -> None:
    """A row of `recipe_steps` belongs to a recipe and to one of its steps."""
    if "recipes" in view.unread:
        return
    for row in view.rows(RecipeStep):
        if row.asset not in view.known("assets") or row.site not in view.known("sites"):
            continue  # said already
        key = f"{row.asset}/{row.site}"
        if key not in view.known("recipes"):
            place = view.place("recipe_steps", row.key, "site")
            log.wrong(place, "E347", f"there is no recipe `{key}`", nearest(key, view.known("recipes")))
            continue
        recipe, asset = view.get(Recipe, key), view.get(Asset, row.asset)
        if recipe is None or (asset is None and not recipe.steps):
            continue
        wanted = recipe.steps or (steps_of(asset.modality) if asset else ())
        if row.step not in wanted:
            _no_step(view.place("recipe_steps", row.key, "step"), row, wanted, log)


def _no_step(place: Place, row: RecipeStep, wanted: tuple[str, ...], log: Log) -> None:
    message = f"the recipe `{row.asset}/{row.site}` has no step `{row.step}`: {', '.join(wanted)}"
    log.wrong(place, "E347", message, f"name {row.step} in `steps` of `recipes`, or leave the row out")


def _inspections(view: View, log: Log) -> None:
    for row in view.rows(Inspection):
        odds = (row.oai or 0.0) + (row.vai or 0.0)
        if odds > 1.0:
            place = view.place("inspections", row.key, "vai")
            log.wrong(place, "E323", f"`oai` and `vai` together are {odds:g}, more than 1")
        if row.visited and row.visited > view.as_of:
            place = view.place("inspections", row.key, "visited")
            log.wrong(place, "E323", f"the last visit is on {row.visited}, after `as_of`")
        if row.outcome and row.visited is None:
            place = view.place("inspections", row.key, "visited")
            message = f"the last visit ended `{row.outcome}`, and its day is not given"
            log.wrong(place, "E323", message, f"an outcome holds for {row.interval_years:g} years from that day")
