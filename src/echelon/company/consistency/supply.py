"""Checks that recipes and inspections agree."""

from echelon.company.diagnostics import Log
from echelon.company.rows.supply import Inspection, Recipe
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log every disagreement of recipes and inspections."""
    _supply(view, log)
    _inspections(view, log)


def _supply(view: View, log: Log) -> None:
    known = {
        row.asset for row in view.rows(Recipe) if row.grams_per_month is not None or row.sales_per_gram is not None
    }
    for row in view.rows(Recipe):
        if row.asset not in known:
            place = view.place("recipes", row.key, "grams_per_month")
            message = "the recipe needs `grams_per_month` or `sales_per_gram`, or demand has no grams"
            log.wrong(place, "E313", message)


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
