"""Spreads: what keeps the variance of value out of reach, by name, while expectations stay exact."""

import numpy as np

from echelon.futures.exact.chances import shared_columns
from echelon.futures.exact.couplings import earning, may_withdraw, shared_exclusivity
from echelon.futures.exact.deals import is_drawn
from echelon.futures.exact.lines import crowded_pairs
from echelon.futures.model import Model


def spread_couplings_on(model: Model) -> tuple[str, ...]:
    """Name every coupling that leaves expectations alone but keeps the spread of value out of reach."""
    pairs = model.pairs
    found = {
        "a shared factor together with patients, prices or products shared by programs": (
            bool(shared_columns(model))
            and (bool((pairs.market >= 0).any()) or bool((model.programs.status == -2).any()))
        ),
        "an own team paid from a launch to come": bool((pairs.team[pairs.held == 0] > 0.0).any()),
    }
    ties = (name for name, programs in spread_ties(model).items() if programs)
    return (*(name for name, on in found.items() if on), *ties)


def spread_ties(model: Model) -> dict[str, set[int]]:
    """Programs whose own variance is out of reach, by what keeps it there."""
    pairs = model.pairs
    opened, leads = pairs.held == 0, pairs.leader < 0
    shared = [f for mine in shared_exclusivity(model).values() for f in mine]
    drawn = [int(f) for f in np.flatnonzero(pairs.deal >= 0) if is_drawn(model, int(pairs.deal[f]))]
    bridged = opened & leads & (pairs.bridge_stream >= 0) & (pairs.accepts < 1.0) & (pairs.bridging_cost > 0.0)
    trial = (pairs.confirm_stream >= 0) & (pairs.confirm_cost > 0.0)
    trial[may_withdraw(model)] = True
    ties: dict[str, list[int]] = {
        "loss of exclusivity from a first launch that several programs may make": shared,
        "reliance of one filing on another": np.flatnonzero(opened & leads & (pairs.relies >= 0)).tolist(),
        "listing": np.flatnonzero(pairs.listing >= 0).tolist() if model.switches.listing else [],
        "a bridging study that costs": np.flatnonzero(bridged).tolist(),
        "a confirmatory trial": np.flatnonzero(trial).tolist(),
        "lines that share patients": np.flatnonzero(crowded_pairs(model)).tolist(),
        "a combination of own assets": np.flatnonzero(pairs.leader >= 0).tolist(),
        "an option on a deal, or its extension": drawn,
        "a milestone that the first of several approvals earns": _several(model),
    }
    found = {name: {int(pairs.program[f]) for f in tied} for name, tied in ties.items()}
    found["a milestone at a stage"] = _at_stages(model)
    return found


def _several(model: Model) -> list[int]:
    found: list[int] = []
    for o in range(model.deals.mile_deal.size):
        mine = [int(f) for some in earning(model, o).values() for f in some]
        if len(mine) > 1 and model.deals.mile_amount[o] != 0.0:
            found += mine
    return found


def _at_stages(model: Model) -> set[int]:
    stages = np.flatnonzero(np.diff(model.stages.mile_from) > 0)
    return {int(p) for p in np.searchsorted(model.programs.stage_from, stages, side="right") - 1}
