"""Draws: the generator's known answers, inverse distributions, and early draws that are the same as single ones."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import special, stats
from tests.support.block import model_of

from echelon.futures.memory import new_state, new_tally
from echelon.futures.rules import draws
from echelon.futures.rules.bundles import pack
from echelon.futures.rules.future import run_block

INNER = st.floats(1e-12, 1.0 - 1e-12)

KNOWN = (
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)
"""Known answers of Philox4x32-10 as published with Random123 (Salmon et al. 2011): counter, key, words."""


@pytest.mark.parametrize(("counter", "key", "words"), KNOWN)
def test_philox_gives_the_known_answers(counter: tuple[int, ...], key: tuple[int, ...], words: tuple[int, ...]) -> None:
    assert draws.philox(*(np.uint64(word) for word in (*counter, *key))) == words


def test_block_puts_the_future_in_the_lower_counter() -> None:
    streams = np.array([[11, 12, 13, 14], [5, 6, 7, 8]], np.uint64)
    future = np.uint64((3 << 32) | 9)
    words = [np.uint64(word) for word in (9, 3, 7, 8, 5, 6)]
    assert draws.block(streams, 1, future) == draws.philox(*words)


def test_uniforms_lie_inside_the_unit_interval() -> None:
    zero, ones = np.uint64(0), np.uint64(0xFFFFFFFF)
    assert 0.0 < draws.uniform_53(zero, zero) < draws.uniform_53(ones, ones) <= 1.0
    assert draws.uniform_53(zero, zero) == 0.5 / 2**53
    assert 0.0 < draws.uniform_32(zero) < draws.uniform_32(ones) < 1.0


@settings(deadline=None)  # the first call may compile
@given(u=st.floats(1e-300, 1.0 - 1e-16))
@example(u=0.075)
@example(u=0.925)
def test_normal_quantile(u: float) -> None:
    expected = special.ndtri(u)
    assert draws.normal_quantile(u) == pytest.approx(expected, rel=4e-15, abs=4e-16)


def test_normal_quantile_at_the_ends() -> None:
    assert draws.normal_quantile(0.0) == -math.inf
    assert draws.normal_quantile(1.0) == math.inf


@settings(deadline=None)  # the first call may compile
@given(u=INNER, low=st.floats(-100, 100), up=st.floats(0, 50), down=st.floats(0, 50))
def test_triangular(u: float, low: float, up: float, down: float) -> None:
    mode, high = low + up, low + up + down
    if high - low > 1e-6:
        expected = stats.triang.ppf(u, (mode - low) / (high - low), low, high - low)
        assert draws.triangular(low, mode, high, u) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@settings(deadline=None)  # the first call may compile
@given(u=INNER, value=st.floats(-1e6, 1e6))
def test_triangular_of_one_value_is_that_value(u: float, value: float) -> None:
    assert draws.triangular(value, value, value, u) == value


@settings(deadline=None)  # the first call may compile
@given(u=INNER, a=st.floats(0.1, 100), b=st.floats(0.01, 2))
def test_quantiles_of_shapes(u: float, a: float, b: float) -> None:
    shapes = np.array(
        [
            [draws.FIXED, a, 0, 0],
            [draws.UNIFORM, a, a + b, 0],
            [draws.TRIANGULAR, a, a + b, a + 3 * b],
            [draws.LOGNORMAL, a, b, 0],
        ]
    )
    assert draws.quantile(shapes, 0, u) == a
    assert draws.quantile(shapes, 1, u) == pytest.approx(a + b * u, rel=1e-15)
    assert draws.quantile(shapes, 2, u) == draws.triangular(a, a + b, a + 3 * b, u)
    assert draws.quantile(shapes, 3, u) == pytest.approx(stats.lognorm.ppf(u, b, scale=a), rel=1e-12)


@settings(deadline=None)  # the first call may compile
@given(z=st.floats(-40, 40))
def test_nearly_below_is_near(z: float) -> None:
    assert abs(draws.nearly_below(z) - draws.normal_below(z)) < draws.DOUBT


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_nearly_below_at_the_ends(sign: float) -> None:
    assert draws.nearly_below(sign * math.inf) == pytest.approx(0.5 + 0.5 * sign, abs=draws.DOUBT)


def test_normal_below() -> None:
    z = np.linspace(-8, 8, 101)
    found = [draws.normal_below(value) for value in z]
    np.testing.assert_allclose(found, special.ndtr(z), rtol=1e-13)


def test_early_draws_are_those_of_single_streams() -> None:
    model = model_of("everything_on")
    state = new_state(model)
    future = np.uint64(77)
    run_block(pack(model), pack(state), pack(new_tally(model)), future, 1, np.zeros((1, state.measures.size)), True)
    stages = model.stages
    assert stages.odd.size
    assert stages.odd.size < stages.kind.size
    for s in range(stages.kind.size):
        w0, w1, w2, w3 = draws.block(model.streams, stages.stream[s], future)
        elapsed = stages.duration_from[s]
        u = elapsed + (1.0 - elapsed) * draws.uniform_32(w2)
        assert state.even[s] == draws.uniform_53(w0, w1)
        assert state.stage_length[s] == draws.quantile(stages.duration, s, u)
        assert state.stage_cost[s] == draws.quantile(stages.cost, s, draws.uniform_32(w3))
    streams = [*model.factors.stream, *model.programs.private_stream[model.programs.private_stream >= 0]]
    for i, stream in enumerate(streams):
        w0, w1, _, _ = draws.block(model.streams, stream, future)
        assert state.normal[i] == draws.normal_quantile(draws.uniform_53(w0, w1))
    for p, stream in enumerate(model.programs.start_stream):
        if stream >= 0:
            w0, w1, _, _ = draws.block(model.streams, stream, future)
            assert state.even[model.early.start[p]] == draws.uniform_53(w0, w1)
    for i, stream in enumerate(model.markets.early_stream):
        w0, w1, _, _ = draws.block(model.streams, stream, future)
        assert state.even[model.early.markets + i] == draws.uniform_53(w0, w1)
