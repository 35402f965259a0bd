"""Streams: the names of everything drawn, and the keys that the seed makes of them."""

import hashlib

import numpy as np

from echelon.futures.model import U8

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


def stream_keys(names: tuple[str, ...], seed: int) -> U8:
    """Keys of named streams, u8[n, 4]: the 128-bit BLAKE2b hash of generator, seed and name."""
    words = np.empty((len(names), 4), np.uint64)
    for i, name in enumerate(names):
        digest = hashlib.blake2b(f"{GENERATOR}|{seed}|{name}".encode(), digest_size=16).digest()
        words[i] = np.frombuffer(digest, "<u4")
    return words
