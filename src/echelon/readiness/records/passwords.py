"""Passwords: kept as Argon2id hashes, checked a few at a time so that a crowd signing in leaves others a processor."""

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from echelon.readiness.records.problems import InvalidError

SHORTEST = 12
LONGEST = 200
AT_ONCE = 2
"""Hashes computed at the same time; each takes 64 MiB."""

_turns = threading.Semaphore(AT_ONCE)


@cache
def _hasher() -> PasswordHasher:
    # RFC 9106, second recommended choice: 64 MiB, three passes.
    return PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=1)


@cache
def _nobody() -> str:
    return _hasher().hash("a password that nobody has, for accounts that do not exist")


def hashed(password: str, username: str = "") -> str:
    """
    The hash to keep of a new password.

    Raises
    ------
    InvalidError
        If the password is too short, too long or holds the user name.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        msg = f"a password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}"
        raise InvalidError(msg)
    if username and username.casefold() in password.casefold():
        msg = "a password must not hold the user name"
        raise InvalidError(msg)
    with _turns:
        return _hasher().hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one kept; without a kept one it takes as long, and is not."""
    if len(password) > LONGEST:
        return False
    with _turns:
        try:
            right = _hasher().verify(kept or _nobody(), password)
        except (VerificationError, InvalidHashError):
            return False
    return right and kept is not None
