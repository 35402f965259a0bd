"""Anchors: signed statements of where the chain stood, kept outside the database, and the key that signs them."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from sqlalchemy import insert, select

from echelon.readiness.records import schema
from echelon.readiness.records.canonical import ANCHOR, canonical, stamp
from echelon.readiness.records.problems import InvalidError, RefusedError
from echelon.readiness.records.store import MACHINE, Draft, Entry, Order, Store, Writing, last_of

KEY = "key.pem"
FILE = "anchors.jsonl"

EVERY = 500
"""Entries after which the server sets an anchor by itself."""


@dataclass(frozen=True, slots=True)
class Key:
    """The room's signing key; its public half names it."""

    private: Ed25519PrivateKey
    public: str

    def seal(self, tag: bytes, data: dict[str, Any]) -> str:
        """The signature, in hex, over tagged canonical bytes."""
        return self.private.sign(tag + canonical(data)).hex()


def key_in(folder: Path) -> Key:
    """
    The key in a room's folder, made where there is none.

    Raises
    ------
    InvalidError
        If the file there is no Ed25519 key.
    """
    path = folder / KEY
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        # Created closed to others, and never over a key that is there.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(made)
    try:
        private = load_pem_private_key(path.read_bytes(), None)
    except ValueError:
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        msg = f"{path} holds no Ed25519 key in PEM form; put the room's key back"
        raise InvalidError(msg)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    return Key(private, public)


def set_anchor(store: Store, key: Key, folder: Path) -> dict[str, Any]:
    """
    Sign where the chain stands, in the database and in `anchors.jsonl` beside it.

    Copies of that file elsewhere (printed, mailed, write-once) are what shows a chain that was cut or made anew.

    Returns
    -------
    dict
        The anchor: epoch, seq, hash, at, key, signature.
    """
    with store.database.writing() as connection:
        seq, chained, epoch = last_of(connection)
        data: dict[str, Any] = {"epoch": epoch, "seq": seq, "hash": chained, "at": stamp(store.clock())}
        data["key"] = key.public
        data["signature"] = key.seal(ANCHOR, data)
        line = canonical(data).decode()
        table = schema.anchors
        known = connection.execute(select(table.c.line).where(table.c.epoch == epoch, table.c.seq == seq)).scalar()
        if known:
            return dict(json.loads(known))
        connection.execute(insert(table).values(epoch=epoch, seq=seq, line=line))
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    return data


def anchors_in(path: Path) -> list[dict[str, Any]]:
    """The anchors in a file, in order, none where there is no file; `InvalidError` names a line that is none."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else (), start=1):
        try:
            data = json.loads(line)
            found.append({**data, "epoch": int(data["epoch"]), "seq": int(data["seq"]), "hash": str(data["hash"])})
        except (ValueError, KeyError, TypeError):
            msg = f"{path}:{number}: this line is no anchor; put the file back as it was"
            raise InvalidError(msg) from None
    return found


def check_restored(store: Store, folder: Path) -> None:
    """
    Refuse a database that is older than its anchors, until the restore is named.

    Raises
    ------
    RefusedError
        If the last anchor speaks of an entry that is not there.
    """
    if behind := _behind(store, folder):
        msg = (
            f"the database ends at entry {store.head()[0]} and does not hold entry {behind['seq']}, which was anchored "
            f"at {behind['at']}. If it is a restored backup, say so: echelon readiness restore --name NAME --reason WHY"
        )
        raise RefusedError(msg)


def restore(store: Store, folder: Path, name: str, reason: str) -> Entry:
    """
    Begin a new epoch after a restore: an entry that names what was lost. Nothing is re-signed or renumbered.

    Raises
    ------
    InvalidError
        If nothing is missing, or name or reason are blank.
    """
    behind = _behind(store, folder)
    if behind is None:
        msg = "the database holds every anchored entry; nothing was lost and no epoch is needed"
        raise InvalidError(msg)
    if not name.strip() or not reason.strip():
        msg = "a restore needs a name and a reason; both stand in the trail"
        raise InvalidError(msg)

    def work(writing: Writing) -> Draft:
        seq = last_of(writing.connection)[0]
        lost = [seq + 1, behind["seq"]]
        extra = {"name": name, "lost": lost, "anchor": behind["hash"], "anchored_at": behind["at"]}
        # Room above the last anchor: what was written after it is lost as well, and its numbers are not given again.
        return Draft("epoch", name[:60], {}, extra=extra, begins_at=behind["seq"] + EVERY + 1)

    entry = store.write(Order(MACHINE, "epoch", reason=reason), work)
    store.epoch = entry.epoch
    return entry


def _behind(store: Store, folder: Path) -> dict[str, Any] | None:
    # The last anchor, where the database ends before its entry and no later epoch has named that.
    anchors = anchors_in(folder / FILE)
    if not anchors:
        return None
    last = max(anchors, key=lambda one: (one["epoch"], one["seq"]))
    table = schema.trail
    with store.database.reading() as connection:
        if last_of(connection)[2] > last["epoch"]:
            return None
        found = connection.execute(select(table.c.hash).where(table.c.seq == last["seq"])).scalar()
    if found is not None and found != last["hash"]:
        msg = f"entry {last['seq']} is not the one that was anchored at {last['at']}; run echelon readiness verify"
        raise RefusedError(msg)
    return None if found else last
