"""The bytes that are hashed: canonical JSON of texts, whole numbers, truths and blanks, in UTF-8."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

TRAIL = b"echelon-trail-1\n"
RECORD = b"echelon-record-1\n"
ANCHOR = b"echelon-anchor-1\n"
SIGNATURE = b"echelon-signature-1\n"
PERSON = b"echelon-person-1\n"
SECRET = b"echelon-secret-1\n"

NOTHING = "0" * 64
"""What stands for the hash before the first entry."""


def canonical(data: Mapping[str, Any]) -> bytes:
    """
    Write data as bytes that are the same wherever and whenever they are written.

    With ASCII keys and no fractions this is the form of RFC 8785 (keys sorted, no spaces, UTF-8). What is verified
    later are the stored bytes themselves, never a second writing of them.

    Parameters
    ----------
    data
        Nested mappings and lists of str, int, bool and None.

    Returns
    -------
    bytes
        UTF-8 text of one JSON object.

    Raises
    ------
    TypeError
        If a value is of another kind (a float, a date) or a key is not ASCII text.
    """
    _check(data)
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest(tag: bytes, *parts: bytes) -> str:
    """SHA-256, in hex, of a tag that says what is hashed, followed by its parts."""
    whole = sha256(tag)
    for part in parts:
        whole.update(part)
    return whole.hexdigest()


def link(previous: str, body: bytes) -> str:
    """Hash of a trail entry: it covers the hash of the entry before it, so that none can be changed or left out."""
    return digest(TRAIL, bytes.fromhex(previous), body)


def stamp(moment: datetime) -> str:
    """A moment as UTC text to the millisecond; such texts sort in order of time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def moment(text: str) -> datetime:
    """The moment that such a text names."""
    return datetime.fromisoformat(text)


def _check(value: Any) -> None:
    if value is None or isinstance(value, str | bool | int):
        return
    if isinstance(value, Mapping):
        for key, part in value.items():
            if not (isinstance(key, str) and key.isascii()):
                msg = f"the key {key!r} is not ASCII text"
                raise TypeError(msg)
            _check(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _check(part)
    else:
        msg = f"{value!r} cannot stand in a record: only texts, whole numbers, truths and blanks can"
        raise TypeError(msg)
