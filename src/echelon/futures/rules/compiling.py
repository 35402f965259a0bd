"""How the rules are compiled: one decorator, with a disk cache that a change in any rule's source makes anew."""

import hashlib
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core import config

F = TypeVar("F", bound=Callable[..., Any])


def sources_digest() -> str:
    """Digest of every rule source, the array declarations they read, and the compiler's version."""
    digest = hashlib.blake2b(digest_size=12)
    here = Path(__file__).parent
    for path in sorted([*here.glob("*.py"), here.parent / "model.py"]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    digest.update(f"numba {numba.__version__} numpy {version('numpy')}".encode())
    return digest.hexdigest()


def cache_folder() -> Path:
    """Folder of compiled rules: ECHELON_CACHE, else the user's cache folder."""
    base = os.environ.get("ECHELON_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "echelon" / sources_digest()


# The compiler keeps one index per source file and looks only at that file's date; the digest in the
# folder's name is what makes a change in one rule reach every rule that calls it.
if "NUMBA_CACHE_DIR" not in os.environ:
    config.CACHE_DIR = str(cache_folder())


def rule(function: F) -> F:
    """Compile a rule: no Python objects inside, no lock held, exact arithmetic (no fast-math), cached on disk.

    With NUMBA_DISABLE_JIT=1 the same source runs uncompiled.
    """
    compiled: F = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return compiled


def part(function: F) -> F:
    """Compile a part of a rule into whoever calls it: the many arrays of a model are then no arguments of a call."""
    compiled: F = numba.njit(nogil=True, error_model="numpy", forceinline=True)(function)
    return compiled
