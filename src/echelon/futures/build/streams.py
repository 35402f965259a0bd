"""Streams: the names of everything drawn, and the keys that the seed makes of them."""

import hashlib

import numpy as np

from echelon.futures.arrays import I4, U8
from echelon.futures.model import Early, Programs

GENERATOR = "philox4x32-10/1"
"""Version of the generator and of the way keys are made; part of every run."""


class Streams:
    """Registers structural names; a name always has the same key for the same seed, whatever else is registered."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}

    def add(self, name: str) -> int:
        """Index of a stream, registered at its first mention."""
        return self._index.setdefault(name, len(self._index))

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order of index."""
        return tuple(self._index)

    def keys(self, seed: int) -> U8:
        """Keys of all streams, u8[n, 4], each word below 2**32."""
        return stream_keys(self.names, seed)


def early(keys: U8, programs: Programs, stages: I4, factors: I4, markets: I4) -> Early:
    """Streams that every future draws at its start. stages, factors, markets : streams of each."""
    own, starts = programs.private_stream, programs.start_stream
    with_own, with_start = own[own >= 0], starts[starts >= 0]
    order = np.concatenate([stages, factors, with_own, with_start, markets]).astype(np.int64)
    first = stages.size + factors.size
    place = first + np.cumsum(own >= 0) - 1
    start_place = first + with_own.size + np.cumsum(starts >= 0) - 1
    others = np.setdiff1d(np.arange(len(keys)), order)
    others_place = np.full(len(keys), -1, np.int32)
    others_place[others] = np.arange(others.size, dtype=np.int32)
    program = np.repeat(np.arange(own.size, dtype=np.int32), np.diff(programs.stage_from))
    return Early(
        key=keys[order].T.astype(np.uint32, order="C"),
        other=keys[others].T.astype(np.uint32, order="C"),
        place=others_place,
        program=program,
        steep=1.0 / programs.residual[program],
        alone=np.flatnonzero(programs.residual[program] >= 1.0).astype(np.int32),
        factors=stages.size,
        markets=first + with_own.size + with_start.size,
        own=np.where(own >= 0, place, -1).astype(np.int32),
        start=np.where(starts >= 0, start_place, -1).astype(np.int32),
    )


def stream_keys(names: tuple[str, ...], seed: int) -> U8:
    """Keys of named streams, u8[n, 4]: the 128-bit BLAKE2b hash of generator, seed and name."""
    words = np.empty((len(names), 4), np.uint64)
    for i, name in enumerate(names):
        digest = hashlib.blake2b(f"{GENERATOR}|{seed}|{name}".encode(), digest_size=16).digest()
        words[i] = np.frombuffer(digest, "<u4")
    return words
