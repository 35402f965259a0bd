"""What the NumPy model does not have: a company that needs it is refused."""

import numpy as np

from echelon.futures.model import Model


def check(model: Model) -> None:
    """Raise if a company needs a rule that is not here."""
    programs, pairs = model.programs, model.pairs
    absent = {
        "learning": model.switches.learning > 0.0,
        "starts at risk": (programs.at_risk > 0.0).any(),
        "stopping on belief": (programs.stop_below > 0.0).any(),
        "dependencies": (programs.depends >= 0).any(),
        "yearly budgets": np.isfinite(model.money.rd_budget).any(),
        "bridging and validation": (pairs.bridge_stream >= 0).any(),
        "confirmation": (pairs.confirm_stream >= 0).any() or (pairs.confirm_program >= 0).any(),
        "inspections": model.switches.inspections and pairs.visit.size > 0,
        "reimbursement": (pairs.listing >= 0).any(),
        "own parts of combinations": (pairs.leader >= 0).any(),
        "own teams": bool((pairs.team > 0.0).any()),
        "deals that promote or share profit": (model.deals.route > 0).any(),
        "options, extensions and sub-licences": (model.deals.stream >= 0).any() or (model.deals.pass_on < 1.0).any(),
        "cost of product supplied": (model.deals.supply_cost > 0.0).any(),
        "milestones of programs": pairs.mile.size > 0 or model.stages.mile.size > 0,
        "expansions": model.supply.expand_at.size > 0,
        "exact discounting": model.calendar.exact,
        "spending at one time": (model.stages.spend != 0).any(),
    }
    wanted = [name for name, needed in absent.items() if needed]
    if wanted:
        msg = f"not in the NumPy model: {', '.join(wanted)}"
        raise NotImplementedError(msg)
