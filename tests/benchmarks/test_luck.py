"""The second writing of the generator: known answers of Random123, and the same words as the engine's."""

import numpy as np
import pytest
from benchmarks.luck import Luck, average, inverse, normal_inverse, philox, typical
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.futures.build.streams import stream_keys
from echelon.futures.rules.draws import block, normal_quantile, quantile

WORD = 0xFFFFFFFF
SHAPES = [[0.0, 3.0, 0.0, 0.0], [1.0, 2.0, 5.0, 0.0], [2.0, 1.0, 2.0, 6.0], [2.0, 1.0, 1.0, 6.0], [2.0, 1.0, 6.0, 6.0]]
SHAPES += [[3.0, 4.0, 0.5, 0.0]]


@pytest.mark.parametrize(
    ("counter", "key", "words"),
    [
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((WORD,) * 4, (WORD,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_known_answers(counter, key, words):
    assert philox(counter, key) == words


@settings(deadline=None)  # the first example compiles
@given(st.text(min_size=1), st.integers(0, 2**63), st.integers(0, 2**40))
def test_same_words_as_the_engine(name, seed, future):
    keys = stream_keys((name,), seed)
    assert Luck(keys.tolist(), future).words(0) == tuple(int(w) for w in block(keys, 0, np.uint64(future)))


@settings(deadline=None)
@given(st.sampled_from(range(len(SHAPES))), st.floats(1e-15, 1 - 1e-15))
def test_same_values_as_the_engine(row, u):
    assert inverse(SHAPES[row], u) == pytest.approx(quantile(np.array(SHAPES), row, u), rel=1e-12)
    assert normal_inverse(u) == pytest.approx(normal_quantile(u), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("shape", SHAPES)
def test_summaries_of_a_shape(shape):
    grid = (np.arange(200_000) + 0.5) / 200_000
    assert average(shape) == pytest.approx(np.mean([inverse(shape, u) for u in grid]), rel=1e-3)
    assert typical(shape) == (shape[2] if shape[0] == 2 else inverse(shape, 0.5))
