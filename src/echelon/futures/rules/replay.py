"""Replay: the draws of one stream over many futures, for whoever explains a run."""

from typing import Any

import numpy as np

from echelon.futures.rules.compiling import rule
from echelon.futures.rules.draws import block, uniform_53


@rule
def uniforms(streams: Any, stream: int, first: Any, out: Any) -> None:
    """Fill out, f8[future], with the 53-bit uniforms of a stream from future `first` (u8) on."""
    for i in range(out.size):
        w0, w1, _, _ = block(streams, stream, first + np.uint64(i))
        out[i] = uniform_53(w0, w1)
