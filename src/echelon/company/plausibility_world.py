"""Warns of what is implausible in confirmations, lines of therapy, schemes, sites and deals."""

from echelon.company.diagnostics import Log
from echelon.company.making import lined
from echelon.company.rows.market import Deal, Filing, Indication, Listing, Scheme
from echelon.company.rows.science import Program
from echelon.company.rows.supply import Certificate, Inspection, Recipe
from echelon.company.view import View


def check(view: View, log: Log) -> None:
    """Log what these tables say that cannot be meant."""
    _confirmed(view, log)
    _lines(view, log)
    _schemes(view, log)
    _sites(view, log)
    _visits(view, log)
    _successive(view, log)
    _over(view, log)


def _confirmed(view: View, log: Log) -> None:
    for row in view.rows(Filing):
        other = view.get(Program, row.confirmed_by) if row.confirmed_by else None
        if other is None or row.pathway != "conditional" or other.key == row.program:
            continue
        place = view.place("filings", row.key, "confirmed_by")
        if other.stage == "marketed":
            message = f"`{other.key}` is marketed, so it has confirmed the approval already"
            log.warn(place, "W411", message, "an approval already confirmed is `standard`")
        elif other.status == "stopped":
            log.warn(place, "W411", f"`{other.key}` is stopped, so it cannot confirm the approval")


def _lines(view: View, log: Log) -> None:
    """Lines that start from the same patients do not take more of them than there are."""
    if not view.whole("indications"):
        return
    groups: dict[tuple[str, str], list[Indication]] = {}
    for row in view.rows(Indication):
        groups.setdefault((row.disease, row.after), []).append(row)
    for (disease, after), rows in groups.items():
        total = sum(row.share_of_patients.mode for row in rows)
        if total > 1 + 1e-9:
            names = ", ".join(f"`{row.key}`" for row in rows)
            whose = f"`{after}`" if after else f"`{disease}`"
            message = f"{names} together take {total:.4g} of the patients of {whose}"
            hint = "they are scaled down so that none counts twice; a later line names the one before it in `after`"
            log.warn(view.place("indications", rows[-1].key, "share_of_patients"), "W412", message, hint)


def _schemes(view: View, log: Log) -> None:
    if not view.whole("listings"):
        return
    used = {(row.scheme, row.territory) for row in view.rows(Listing)}
    for row in view.rows(Scheme):
        if (row.id, row.territory) not in used:
            message = f"no listing in `{row.territory}` names the scheme `{row.id}`, so it is not used"
            log.warn(view.place("schemes", row.key, "id"), "W413", message)


def _sites(view: View, log: Log) -> None:
    """A filing leans on a site that the authority visits, or has certified."""
    if not view.whole("inspections", "certificates"):
        return
    seen = {(row.site, row.territory) for row in view.rows(Inspection)}
    seen |= {(row.site, row.territory) for row in view.rows(Certificate)}
    for row in view.rows(Filing):
        for site in row.sites if row.status in ("planned", "filed") else ():
            if (site, row.territory) not in seen and site in view.known("sites"):
                message = f"leans on `{site}`, which has neither an inspection nor a certificate for `{row.territory}`"
                hint = f"add `{site}`, `{row.territory}` to `inspections`, or the filing waits for nobody's visit"
                log.warn(view.place("filings", row.key, "sites"), "W414", message, hint)


def _visits(view: View, log: Log) -> None:
    """A visit delays the filings that lean on its site; one on which none leans changes nothing."""
    if not view.whole("programs", "filings", "recipes", "lines", "expansions", "sites"):
        return
    plants = {site for site, _ in lined(view)}
    makes = {(row.asset, row.site) for row in view.rows(Recipe) if row.site in plants}
    leans: set[str] = set()
    for row in view.rows(Filing):
        program = view.get(Program, row.program)
        if program is None:
            continue
        sites = row.sites or tuple(site for asset, site in makes if asset == program.asset)
        leans.update(sites)
    for visit in view.rows(Inspection):
        if visit.site not in leans and visit.territory not in _home(view):
            message = f"no filing leans on `{visit.site}`, so the visit changes nothing"
            hint = "name it in `sites` of `filings`, or give it `lines` and `recipes` of what it makes"
            log.warn(view.place("inspections", visit.key, "site"), "W417", message, hint)


def _home(view: View) -> tuple[str, ...]:
    # Where programs file even without a row in `filings`.
    return view.settings.company.home if view.settings else ()


def _successive(view: View, log: Log) -> None:
    """A territory follows one deal of an asset; a second one, before or after it, does not act there."""
    holds: dict[tuple[str, str], Deal] = {}
    for row in sorted(view.rows(Deal), key=lambda deal: deal.key):
        if row.status == "ended" or row.direction != "out" or row.sublicense_of:
            continue
        if row.ends is not None and row.ends <= view.as_of:
            continue
        for territory in dict.fromkeys(row.territories):
            first = holds.setdefault((row.asset, territory), row)
            if first is not row:
                message = f"`{first.key}` comes first by name and holds `{row.asset}` in `{territory}`"
                hint = "one deal of an asset acts in a territory, so this one does not act there"
                log.warn(view.place("deals", row.key, "territories"), "W416", message, hint)
                break


def _over(view: View, log: Log) -> None:
    """A deal that runs has not ended yet."""
    for row in view.rows(Deal):
        if row.status == "active" and row.ends is not None and row.ends <= view.as_of:
            message = f"ended on {row.ends}, before `as_of` {view.as_of}, so it does not act any more"
            hint = "a deal that is over is `ended`; one that was prolonged has a later day"
            log.warn(view.place("deals", row.key, "ends"), "W428", message, hint)
