"""A company without the rules that the NumPy model does not have: what the three implementations are timed on."""

from echelon.company.company import Company
from echelon.company.rows.market import Deal, DealMilestone, Filing, Listing, Scheme, Territory
from echelon.company.rows.science import Program
from echelon.company.rows.settings import Supplying
from echelon.company.rows.supply import Certificate, Expansion, Inspection, Line, Recipe, RecipeStep, Site

LEFT_OUT = (
    "bridging, validation, confirmation, inspections, reimbursement, own parts of combinations, own teams, options, "
    "promotion, ventures, sub-licences, cost of product supplied, milestones of programs, steps after cell culture, "
    "stocks, release times, changeovers, technology transfers, expansions and cost of goods by the gram"
)


def plain(company: Company) -> Company:
    """A resolved company without what `LEFT_OUT` names."""
    for table in (Listing, Scheme, Inspection, DealMilestone):
        company = company.with_rows(table, [])
    filings = [
        row.model_copy(
            update={
                "pathway": "standard",
                "accepts_data": 1.0,
                "validation": None,
                "confirm": None,
                "confirm_pos": None,
                "confirmed_by": "",
            }
        )
        for row in company.rows(Filing)
    ]
    deals = [
        row.model_copy(update={"approval_milestone": 0.0, "supply_cost": 0.0, "extension_chance": 0.0})
        for row in company.rows(Deal)
        if row.route in ("license", "distribution") and row.status != "option" and not row.sublicense_of
    ]
    company = company.with_rows(Filing, filings).with_rows(Deal, deals)
    programs = [row.model_copy(update={"regimen": ()}) for row in company.rows(Program)]
    lands = [row.model_copy(update={"own_team": 0.0}) for row in company.rows(Territory)]
    return _cells_only(company.with_rows(Program, programs).with_rows(Territory, lands))


def _cells_only(company: Company) -> Company:
    # Supply as one step: cells grown at sites, in turn, with nothing in stock.
    for dropped in (RecipeStep, Expansion):
        company = company.with_rows(dropped, [])
    costs = ("substance_cost", "product_cost", "substance_release", "product_release", "transfer_cost")
    unmade = dict.fromkeys(costs, 0.0)
    recipes = [row.model_copy(update=unmade) for row in company.rows(Recipe) if row.titer and row.transfer is None]
    lines = [
        row.model_copy(update={"changeover_days": 0.0}) for row in company.rows(Line) if row.step == "cell-culture"
    ]
    sites = [row.model_copy(update={"fixed_cost": 0.0}) for row in company.rows(Site)]
    certificates = [row.model_copy(update={"shipping": 0.0}) for row in company.rows(Certificate)]
    for table, rows in ((Recipe, recipes), (Line, lines), (Site, sites), (Certificate, certificates)):
        company = company.with_rows(table, rows)
    return company.with_settings(company.settings.model_copy(update={"supply": Supplying()}))
