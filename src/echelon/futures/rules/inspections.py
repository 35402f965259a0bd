"""Inspections: one visit to a site that every filing which leans on it waits for."""

import math
from typing import Any

from echelon.futures.model import Model, State
from echelon.futures.rules.compiling import part
from echelon.futures.rules.draws import block, quantile, uniform_32, uniform_53


@part
def inspection_delay(model: Model, state: State, future: Any, visit: int) -> float:
    """Delay in years by a failed visit, 0 if it goes well; drawn once per visit and future."""
    if not math.isnan(state.delay[visit]):
        return float(state.delay[visit])
    supply = model.supply
    w0, w1, w2, _ = block(model.streams, supply.inspect_stream[visit], future)
    delay = 0.0
    if uniform_53(w0, w1) < supply.inspect_failure[visit]:
        delay = quantile(supply.inspect_delay, visit, uniform_32(w2))
    state.delay[visit] = delay
    return delay
