"""Anchors: signed statements of where the chain stood, kept outside the database, and the key that signs them."""

import json
import os
from contextlib import suppress
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
        _put(path, made)
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
        if not known:
            connection.execute(insert(table).values(epoch=epoch, seq=seq, line=line))
    # One that the database has and the file has not was cut off in between, or the disk was full.
    _append(folder / FILE, known or line)
    return dict(json.loads(known)) if known else data


def anchors_in(path: Path) -> list[dict[str, Any]]:
    """
    The anchors in a file, in order, none where there is no file; `InvalidError` names a line that is none.

    A last line that was cut off while it was written is passed over: what it would have said stands in the database.
    """
    found = []
    whole, _, cut = (path.read_text(encoding="utf-8") if path.exists() else "").rpartition("\n")
    lines = [*whole.splitlines(), *([cut] if _is_whole(cut) else [])]
    for number, line in enumerate(lines, start=1):
        try:
            data = json.loads(line)
            found.append({**data, "epoch": int(data["epoch"]), "seq": int(data["seq"]), "hash": str(data["hash"])})
        except (ValueError, KeyError, TypeError):
            msg = f"{path}:{number}: this line is no anchor; put the file back as it was"
            raise InvalidError(msg) from None
    return found


def _put(path: Path, content: bytes) -> None:
    # Whole or not at all, closed to others, and never over a file that is there.
    made = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(made, path)
    finally:
        made.unlink(missing_ok=True)


def _append(path: Path, line: str) -> None:
    # What was cut off before is taken away first; what cannot be written whole is not there at all.
    with path.open("a+b") as file:
        file.seek(0)
        content = file.read()
        end = content.rfind(b"\n") + 1
        if end < len(content) and _is_whole(content[end:].decode("utf-8", "replace")):
            content += b"\n"
            file.write(b"\n")
            end = len(content)
        file.truncate(end)
        if line.encode() in content[:end].splitlines():
            return
        try:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            file.truncate(end)
            raise


def _is_whole(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


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
