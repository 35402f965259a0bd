"""Early draws: what every future needs, drawn at its start in loops that the compiler does several at a time."""

from typing import Any

import numpy as np

from echelon.futures.model import Model
from echelon.futures.rules.compiling import inner, part
from echelon.futures.rules.draws import (
    DOUBT,
    NORMAL_MIDDLE,
    block,
    high_half,
    low_half,
    nearly_below,
    normal_middle,
    normal_quantile,
    philox,
    quantile,
    triangular,
    uniform_32,
    uniform_53,
)
from echelon.futures.state import State

LOSES, WINS, OPEN = 0, 1, 2
"""What the luck of a stage comes to when nothing is learnt from others: it fails, passes, or is too near to say."""


@inner
def drawn(model: Model, state: State, stream: int) -> Any:
    """Four words of one stream, drawn at the start of the future: `draws.block`, but for what is drawn early."""
    i = model.early.place[stream]
    words = state.words
    return np.uint64(words[0, i]), np.uint64(words[1, i]), np.uint64(words[2, i]), np.uint64(words[3, i])


@part
def draw_early(model: Model, state: State, future: Any) -> None:
    """Draw all stages, factors, starts and markets of a future, and the words of every other stream."""
    key = model.early.key
    stages = model.stages.kind.size
    low, high = low_half(future), high_half(future)
    for s in range(stages):
        w0, w1, w2, w3 = philox(
            low, high, np.uint64(key[2, s]), np.uint64(key[3, s]), np.uint64(key[0, s]), np.uint64(key[1, s])
        )
        state.even[s] = uniform_53(w0, w1)
        state.stage_length[s] = uniform_32(w2)
        state.stage_cost[s] = uniform_32(w3)
    for b in range(stages, state.even.size):
        w0, w1, _, _ = philox(
            low, high, np.uint64(key[2, b]), np.uint64(key[3, b]), np.uint64(key[0, b]), np.uint64(key[1, b])
        )
        state.even[b] = uniform_53(w0, w1)
    key = model.early.other
    for i in range(state.words.shape[1]):
        w0, w1, w2, w3 = philox(
            low, high, np.uint64(key[2, i]), np.uint64(key[3, i]), np.uint64(key[0, i]), np.uint64(key[1, i])
        )
        state.words[0, i] = w0
        state.words[1, i] = w1
        state.words[2, i] = w2
        state.words[3, i] = w3
    draw_stages(model, state, future)
    draw_normals(model, state)
    draw_factors(model, state)
    draw_outcomes(model, state)


@part
def draw_stages(model: Model, state: State, future: Any) -> None:
    """Turn the uniforms of stages into lengths, given the time already elapsed, and costs."""
    stages = model.stages
    spread = stages.spread
    for s in range(stages.kind.size):
        elapsed = stages.duration_from[s]
        u = elapsed + (1.0 - elapsed) * state.stage_length[s]
        state.stage_length[s] = triangular(spread[0, s], spread[1, s], spread[2, s], u)
    for s in range(stages.kind.size):
        state.stage_cost[s] = triangular(spread[3, s], spread[4, s], spread[5, s], state.stage_cost[s])
    for i in range(stages.odd.size):
        s = stages.odd[i]
        _, _, w2, w3 = block(model.streams, stages.stream[s], future)
        elapsed = stages.duration_from[s]
        state.stage_length[s] = quantile(stages.duration, s, elapsed + (1.0 - elapsed) * uniform_32(w2))
        state.stage_cost[s] = quantile(stages.cost, s, uniform_32(w3))
    for s in range(stages.kind.size):
        length = state.stage_length[s]
        state.stage_rate[s] = state.stage_cost[s] / length if length > 0.0 else 0.0


@part
def draw_normals(model: Model, state: State) -> None:
    """Turn the uniforms of factors into normals."""
    first = model.early.factors
    for i in range(state.normal.size):
        state.normal[i] = normal_middle(state.even[first + i] - 0.5)
    for i in range(state.normal.size):
        if abs(state.even[first + i] - 0.5) > NORMAL_MIDDLE:
            state.normal[i] = normal_quantile(state.even[first + i])


@part
def draw_factors(model: Model, state: State) -> None:
    """Shared factors, last first, each given the later ones."""
    factors = model.factors
    for k in range(factors.mean.size - 1, -1, -1):
        value = state.normal[k] * factors.scale[k]
        for i in range(factors.solve_from[k], factors.solve_from[k + 1]):
            value -= factors.weight[i] * state.away[factors.solve[i]]
        state.away[k] = value
        state.factor[k] = factors.mean[k] + value


@part
def draw_outcomes(model: Model, state: State) -> None:
    """Weigh the luck of all stages against what it takes to pass, given the factors."""
    programs, stages = model.programs, model.stages
    for p in range(programs.report.size):
        value = 0.0
        for i in range(programs.factor_from[p], programs.factor_from[p + 1]):
            value += programs.loading[i] * state.factor[programs.factor[i]]
        own = model.early.own[p]
        if own >= 0:
            value += programs.private[p] * state.normal[own - model.early.factors]
        state.shared[p] = value
    early = model.early
    for s in range(stages.kind.size):
        state.margin[s] = state.shared[early.program[s]]
    for s in range(stages.kind.size):
        passes = nearly_below((stages.threshold[s] - state.margin[s]) * early.steep[s])
        state.margin[s] = passes - state.even[s]
    for i in range(early.alone.size):
        s = early.alone[i]
        state.margin[s] = stages.pos[s] - state.even[s]
    for s in range(stages.kind.size):
        margin = state.margin[s]
        clear = WINS if stages.certain[s] == 1 or margin > DOUBT else LOSES
        state.verdict[s] = clear if stages.certain[s] == 1 or abs(margin) > DOUBT else OPEN
