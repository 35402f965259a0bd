"""A company without the rules that the NumPy model does not have: what the three implementations are timed on."""

from echelon.company.company import Company
from echelon.company.rows.market import Deal, DealMilestone, Filing, Listing, Scheme, Territory
from echelon.company.rows.science import Program
from echelon.company.rows.supply import Inspection

LEFT_OUT = (
    "bridging, validation, confirmation, inspections, reimbursement, own parts of combinations, own teams, options, "
    "promotion, ventures, sub-licences, cost of product supplied and milestones of programs"
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
    return company.with_rows(Program, programs).with_rows(Territory, lands)
