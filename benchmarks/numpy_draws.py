"""Named draws in NumPy: the engine's generator and inverse distributions over arrays of (stream, future)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

F8 = NDArray[np.float64]
Whole = NDArray[np.integer[Any]]
U8 = NDArray[np.uint64]

_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_CHUNK = 8192


def philox(counter: list[U8], key: list[U8]) -> list[U8]:
    """Philox4x32-10 of equally long arrays of words."""
    c0, c1, c2, c3 = counter
    k0, k1 = (word.copy() for word in key)
    for _ in range(10):
        p0 = c0 * _M0
        p1 = c2 * _M1
        c0 = p1 >> _SHIFT
        c0 ^= c1
        c0 ^= k0
        c2 = p0 >> _SHIFT
        c2 ^= c3
        c2 ^= k1
        c1 = p1 & _MASK
        c3 = p0 & _MASK
        k0 += _W0
        k0 &= _MASK
        k1 += _W1
        k1 &= _MASK
    return [c0, c1, c2, c3]


class Draws:
    """Draws of a block of futures from index `first` on. streams : u8[n, 4]."""

    def __init__(self, streams: U8, first: int) -> None:
        self._keys = [np.ascontiguousarray(streams[:, j]) for j in range(4)]
        self._first = np.uint64(first)

    def words(self, stream: Any, future: Whole) -> list[U8]:
        """Four words of each (stream, future of the block), in pieces that stay in the cache."""
        size = future.size
        if size <= _CHUNK:
            return self._some(stream, future)
        found = [np.empty(size, np.uint64) for _ in range(4)]
        for a in range(0, size, _CHUNK):
            for whole, piece in zip(found, self._some(stream[a : a + _CHUNK], future[a : a + _CHUNK]), strict=True):
                whole[a : a + _CHUNK] = piece
        return found

    def _some(self, stream: Any, future: Whole) -> list[U8]:
        index = future.astype(np.uint64) + self._first
        keys = [key[stream] for key in self._keys]
        return philox([index & _MASK, index >> _SHIFT, keys[2], keys[3]], keys[:2])

    def long(self, stream: Any, future: Whole) -> F8:
        """Uniforms of 53 bits from lanes 0 and 1."""
        words = self.words(stream, future)
        return long_uniform(words[0], words[1])


def long_uniform(high: U8, low: U8) -> F8:
    """Uniforms in (0, 1) from two words each."""
    whole = (high << np.uint64(21)) | (low >> np.uint64(11))
    return np.asarray((whole.astype(np.float64) + 0.5) * (1.0 / 9007199254740992.0))


def short_uniform(word: U8) -> F8:
    """Uniforms in (0, 1) from one word each."""
    return np.asarray((word.astype(np.float64) + 0.5) * (1.0 / 4294967296.0))


class Shapes:
    """Inverse distributions of a table of shapes f8[n, 4]."""

    def __init__(self, table: F8) -> None:
        kind, a, b, c = (np.ascontiguousarray(table[:, j]) for j in range(4))
        self._kind, self._a, self._b, self._c = kind.astype(np.int8), a, b, c
        self._rise, self._fall = (b - a) * (c - a), (c - b) * (c - a)
        with np.errstate(invalid="ignore", divide="ignore"):
            self._split = (b - a) / (c - a)
        self.typical = np.where(kind == 1, 0.5 * (a + b), np.where(kind == 2, b, a))
        self.least = np.where(kind == 3, 0.0, a)

    def __call__(self, row: Whole, u: F8) -> F8:
        """Values at probabilities `u` of the shapes in `row`."""
        kind = self._kind[row]
        value = self._a[row]
        triangle = np.flatnonzero(kind == 2)
        if triangle.size:
            r, v = (row, u) if triangle.size == row.size else (row[triangle], u[triangle])
            low = v < self._split[r]
            root = np.sqrt(np.where(low, v * self._rise[r], (1.0 - v) * self._fall[r]))
            value[triangle] = np.where(low, self._a[r] + root, self._c[r] - root)
        for code in (1, 3):
            some = np.flatnonzero(kind == code)
            if some.size:
                r, v = row[some], u[some]
                even = code == 1
                a, b = self._a[r], self._b[r]
                value[some] = a + (b - a) * v if even else a * np.exp(b * ndtri(v))
        return value
