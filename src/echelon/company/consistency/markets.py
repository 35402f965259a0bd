"""Checks that every program has a market, and that patients, rivals, sales and listings agree."""

from datetime import date

from echelon.company.diagnostics import Log
from echelon.company.rows.market import Competitor, Epidemiology, Filing, Indication, Listing, Price, Sales, Scheme
from echelon.company.rows.money import Actual
from echelon.company.rows.science import Program
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log every disagreement of markets, patients, rivals, sales and listings."""
    _markets(view, log)
    _competitors(view, log)
    _sales(view, log)
    _actuals(view, log)
    _indications(view, log)
    _listings(view, log)


def _markets(view: View, log: Log) -> None:
    """Every program that runs has sales, or patients and a price somewhere, or reported sales."""
    if not view.whole("sales", "epidemiology", "prices", "indications", "actuals"):
        return
    direct = {row.program for row in view.rows(Sales)}
    patients: dict[str, set[str]] = {}
    for epidemiology in view.rows(Epidemiology):
        patients.setdefault(epidemiology.disease, set()).add(epidemiology.territory)
    prices: dict[str, set[str]] = {}
    for price in view.rows(Price):
        prices.setdefault(price.asset, set()).add(price.territory)
    reported = {row.asset for row in view.rows(Actual) if row.item == "sales"}
    for row in view.rows(Program):
        if row.status != "active" or row.key in direct or (row.stage == "marketed" and row.asset in reported):
            continue
        indication = view.get(Indication, row.indication) if row.indication else None
        treated = patients.get(indication.disease, set()) if indication else set()
        if treated & prices.get(row.asset, set()):
            continue
        if row.indication and indication is None:
            continue  # the missing indication is reported as a reference
        lack = "a row in `sales`"
        if indication and not treated:
            lack += f", or patients of `{indication.disease}` in `epidemiology`"
        elif indication:
            lack += f", or a price of `{row.asset}` in a territory that has patients"
        else:
            lack += ", or an `indication` with patients and prices"
        log.wrong(view.place("programs", row.key, "id"), "E301", f"`{row.key}` has no market; it needs {lack}")


def _competitors(view: View, log: Log) -> None:
    for row in view.rows(Competitor):
        if (row.entry is None) == (row.entry_years is None):
            said = "both `entry` and `entry_years`" if row.entry else "neither `entry` nor `entry_years`"
            log.wrong(view.place("competitors", row.key, "entry"), "E319", f"the rival has {said}; it needs one")


def _sales(view: View, log: Log) -> None:
    split = {row.program for row in view.rows(Sales) if row.territory}
    for row in view.rows(Sales):
        if not row.territory and row.program in split:
            message = f"`{row.program}` has sales of all territories together and of single ones"
            log.wrong(view.place("sales", row.key, "program"), "E321", message, "keep one or the other")


def _actuals(view: View, log: Log) -> None:
    as_of = view.as_of
    for row in view.rows(Actual):
        place = view.place("actuals", row.key, "quarter")
        first_month = 3 * int(row.quarter[5]) - 2
        if date(int(row.quarter[:4]), first_month, 1) > as_of:
            log.wrong(place, "E322", f"{row.quarter} is after `as_of` {as_of}, so nothing of it is reported yet")
        if row.item == "sales" and not row.asset:
            log.wrong(view.place("actuals", row.key, "asset"), "E322", "reported sales need their `asset`")


def _indications(view: View, log: Log) -> None:
    for row in view.rows(Indication):
        before = view.get(Indication, row.after) if row.after else None
        if before and before.disease != row.disease:
            place = view.place("indications", row.key, "after")
            message = f"comes after `{before.key}`, which is of `{before.disease}`, not of `{row.disease}`"
            log.wrong(place, "E334", message, "patients go from line to line of one disease")


def _listings(view: View, log: Log) -> None:
    schemes: dict[str, set[str]] = {}
    for scheme in view.rows(Scheme):
        schemes.setdefault(scheme.id, set()).add(scheme.territory)
    for row in view.rows(Listing):
        if row.status == "listed":
            _listed(view, row, log)
        else:
            _planned(view, row, log)
        of = schemes.get(row.scheme, set())
        if of and row.territory not in of and view.whole("schemes"):
            message = f"the scheme `{row.scheme}` is of {', '.join(f'`{name}`' for name in sorted(of))}"
            hint = f"name the scheme of `{row.territory}`, or give `{row.scheme}` a row for it in `schemes`"
            place = view.place("listings", row.key, "scheme")
            log.wrong(place, "E335", f"{message}, and the listing is in `{row.territory}`", hint)


def _listed(view: View, row: Listing, log: Log) -> None:
    if row.listed is None:
        place = view.place("listings", row.key, "listed")
        log.wrong(place, "E325", "a listed program needs its day in `listed`", "a listing still to come is `planned`")
        return
    place = view.place("listings", row.key, "listed")
    if row.listed > view.as_of:
        hint = "a listing still to come is `planned`"
        log.wrong(place, "E325", f"listed on {row.listed}, after `as_of`", hint)
    filing = view.get(Filing, f"{row.program}/{row.territory}")
    if filing and filing.status in ("planned", "filed"):
        message = f"listed, but `{row.program}` is not approved in `{row.territory}`: its filing is `{filing.status}`"
        log.wrong(view.place("listings", row.key, "status"), "E325", message, "a listing still to come is `planned`")
    elif filing and filing.approved and row.listed < filing.approved:
        message = f"listed on {row.listed}, before its approval in `{row.territory}` on {filing.approved}"
        log.wrong(place, "E325", message)


def _planned(view: View, row: Listing, log: Log) -> None:
    if row.listed:
        place = view.place("listings", row.key, "listed")
        log.wrong(place, "E325", "the listing has a day but its status is `planned`")
    scheme = view.get(Scheme, f"{row.scheme}/{row.territory}")
    asked = row.price_cut or (scheme.price_cut if scheme else None)
    least = asked.low if asked and asked.dist != "lognormal" else 0.0
    if row.most_cut < least or (row.most_cut == 0 and (asked is None or asked.high > 0)):
        message = f"`most_cut` {row.most_cut:g} accepts no cut that is asked for, so the listing never comes"
        hint = f"the smallest cut asked is {least:g}" if least else "give the largest cut that you accept, such as 0.6"
        log.wrong(view.place("listings", row.key, "most_cut"), "E336", message, hint)
