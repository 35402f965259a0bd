"""What the NumPy model does not have: a company that needs it is refused."""

import numpy as np

from echelon.futures.model import Model, Supply


def check(model: Model) -> None:
    """Raise if a company needs a rule that is not here."""
    programs, stages, pairs = model.programs, model.stages, model.pairs
    absent = {
        "learning": model.switches.learning > 0.0,
        "starts at risk": (stages.at_risk > 0.0).any(),
        "stopping on belief": (stages.stop_below > 0.0).any(),
        "cash cover": model.switches.cover,
        "limits on starts and people": model.switches.limits,
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
        **_of_supply(model.supply),
        "exact discounting": model.calendar.exact,
        "spending at one time": (model.stages.spend != 0).any(),
    }
    wanted = [name for name, needed in absent.items() if needed]
    if wanted:
        msg = f"not in the NumPy model: {', '.join(wanted)}"
        raise NotImplementedError(msg)


def _of_supply(supply: Supply) -> dict[str, bool]:
    return {
        "expansions": bool(np.isfinite([*supply.expand_at, *supply.expand_trigger, *supply.expand_above]).any()),
        "several steps": bool((np.diff(supply.order_from) > 1).any() or (np.diff(supply.use_from) > 1).any()),
        "stocks and release times": bool((supply.stage_lag > 0.0).any() or (supply.stage_cover > 0.0).any()),
        "orders served before others": supply.classes > 1,
        "changeovers": supply.setups,
        "technology transfers": bool((supply.leg_transfer >= 0).any()),
        "stopped shipments": bool((supply.leg_stop >= 0).any()),
        "costs of goods as they are made": bool((supply.leg_cost > 0.0).any()),
        "fixed costs of sites": bool((supply.fixed_cost > 0.0).any()),
    }
