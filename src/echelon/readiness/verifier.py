"""The verifier: reads a room's database without writing or trusting it, and says whether the records are whole.

It shares no code with the records, so that a mistake there does not hide itself here.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

ZEROS = "0" * 64
NAMED = ("seq", "epoch", "at", "actor", "action", "kind", "id", "version", "inspection", "shown", "once")
"""What the columns of an entry repeat from its body."""

MOST = 200
"""Findings after which no more are listed."""


GUARDED = ("trail", "records", "blobs", "anchors")
KEPT = ("current", "accounts")
"""Tables that triggers keep from change and deletion, and those that they keep from deletion."""


class Reader(Protocol):
    """Reads rows of a table in an order."""

    def rows(self, sql: str) -> Iterator[dict[str, Any]]:
        """The rows of a query."""
        ...

    def guards(self) -> tuple[set[str], set[str]]:
        """Triggers that should be there, and those that are, and are on."""
        ...


@dataclass
class Verdict:
    """What was looked at, and what is wrong."""

    entries: int = 0
    versions: int = 0
    documents: int = 0
    signatures: int = 0
    anchors: int = 0
    epochs: list[str] = field(default_factory=list)
    head: int = 0
    hash: str = ZEROS
    findings: list[str] = field(default_factory=list)

    def say(self, finding: str) -> None:
        """Note what is wrong."""
        if len(self.findings) < MOST:
            self.findings.append(finding)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


class SqliteReader:
    """Reads a SQLite file, which it cannot change."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("BEGIN")

    def rows(self, sql: str) -> Iterator[dict[str, Any]]:
        """The rows of a query."""
        for row in self._connection.execute(sql):
            yield dict(row)

    def guards(self) -> tuple[set[str], set[str]]:
        """Triggers that should be there, and those that are and refuse."""
        wanted = {f"{table}_no_{change}" for table in GUARDED for change in ("update", "delete", "replace")}
        wanted |= {"trail_chained", *(f"{table}_no_delete" for table in KEPT)}
        sql = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND sql LIKE '%RAISE(ABORT%'"
        return wanted, {row["name"] for row in self.rows(sql)}

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


class PostgresqlReader:
    """Reads a PostgreSQL database in one read-only transaction."""

    def __init__(self, url: str) -> None:
        import psycopg
        from psycopg.rows import dict_row

        self._connection = psycopg.connect(url.replace("postgresql+psycopg:", "postgresql:"), row_factory=dict_row)
        self._connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def rows(self, sql: str) -> Iterator[dict[str, Any]]:
        """The rows of a query."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql.encode())
            for row in cursor:
                yield {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}

    def guards(self) -> tuple[set[str], set[str]]:
        """Triggers that should be there, and those that are, and are on."""
        wanted = {f"{table}_{what}" for table in (*GUARDED, *KEPT) for what in ("kept", "not_emptied")}
        sql = "SELECT t.tgname AS name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal "
        sql += "AND t.tgenabled <> 'D' "
        sql += "AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'trail'::regclass)"
        return wanted | {"trail_chained"}, {row["name"] for row in self.rows(sql)}

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()


def verify(reader: Reader, anchors: list[dict[str, Any]], keys: frozenset[str] = frozenset()) -> Verdict:
    """
    Look through everything.

    Parameters
    ----------
    reader
        Reads the database.
    anchors
        Anchors kept outside it.
    keys
        Public keys (hex) that anchors and signatures may be of; any when empty, since then nobody said which is right.

    Returns
    -------
    Verdict
        What was looked at, and every finding in words.
    """
    verdict = Verdict()
    hashes, named, signed, people, told = _chain(reader, verdict)
    bodies = _versions(reader, verdict, named)
    _current(reader, verdict, bodies, told)
    _documents(reader, verdict, bodies)
    _accounts(reader, verdict, people)
    _guards(reader, verdict)
    _signatures(verdict, bodies, signed, keys)
    stored = [_object(row["line"]) for row in reader.rows("SELECT line FROM anchors ORDER BY epoch, seq")]
    _anchors(verdict, [*stored, *(one for one in anchors if one not in stored)], hashes, keys)
    return verdict


SECRET = b"echelon-secret-1\n"

Found = dict[str, Any]
"""Columns of a record on the board by name, as they should be."""


def _chain(
    reader: Reader, verdict: Verdict
) -> tuple[
    dict[int, str], dict[tuple[str, str, int], str], set[str], dict[str, dict[str, Any]], dict[tuple[str, str], Found]
]:
    hashes: dict[int, str] = {}
    named: dict[tuple[str, str, int], str] = {}
    signed: set[str] = set()
    people: dict[str, dict[str, Any]] = {}
    shown: dict[str, int] = {}
    told: dict[tuple[str, str], Found] = {}
    previous, last, epoch = ZEROS, 0, 1
    for row in reader.rows("SELECT * FROM trail ORDER BY seq"):
        seq, body = row["seq"], _object(row["body"])
        where = f"entry {seq}"
        if row["prev"] != previous:
            verdict.say(f"{where}: it does not follow the entry before it; one was changed, removed or put in between")
        if row["hash"] != _linked(row["prev"], row["body"]):
            verdict.say(f"{where}: its content does not have its hash; it was changed after it was written")
        wrong = [name for name in NAMED if row[name] != body.get(name)]
        if wrong:
            verdict.say(f"{where}: columns {', '.join(wrong)} differ from what was hashed")
        if row["action"] == "epoch":
            change = body.get("change", {})
            lost = change.get("lost", [])
            verdict.epochs.append(f"{change.get('name')}: entries {lost or 'none'} lost, because {body.get('reason')}")
            if row["epoch"] != epoch + 1 or (lost and lost[0] != last + 1):
                verdict.say(f"{where}: the epoch does not name the gap that it follows")
        elif seq != last + 1:
            verdict.say(f"{where}: entries {last + 1} to {seq - 1} are missing")
        elif row["epoch"] != epoch:
            verdict.say(f"{where}: its epoch {row['epoch']} was never begun")
        if row["shown"] is not None:
            if row["shown"] != shown.get(row["inspection"], 0) + 1:
                verdict.say(f"{where}: entries shown to {row['inspection']} are not counted without gaps")
            shown[row["inspection"]] = row["shown"]
        if body.get("version"):
            named[body["kind"], body["id"], body["version"]] = body["record"]
            key = (body["kind"], body["id"])
            seen = row["shown"] if row["shown"] is not None else told[key]["shown"] if key in told else 0
            told[key] = {"seq": seq, "inspection": row["inspection"], "shown": seen}
            signed.update({body["id"]} if body["action"] == "sign" else ())
        if body.get("kind") == "account":
            people[str(body.get("id"))] = body.get("change") or {}
        hashes[seq] = row["hash"]
        previous, last, epoch = row["hash"], seq, row["epoch"]
        verdict.entries += 1
    verdict.head, verdict.hash = last, previous
    return hashes, named, signed, people, told


def _versions(
    reader: Reader, verdict: Verdict, named: dict[tuple[str, str, int], str]
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    bodies: dict[tuple[str, str], list[dict[str, Any]]] = {}
    left = dict(named)
    for row in reader.rows("SELECT * FROM records ORDER BY kind, id, version"):
        key = (row["kind"], row["id"], row["version"])
        where = f"{row['kind']} {row['id']} version {row['version']}"
        found = hashlib.sha256(b"echelon-record-1\n" + _raw(row["body"])).hexdigest()
        told = left.pop(key, None)
        if told is None:
            verdict.say(f"{where}: no entry of the trail speaks of it; it was put in past the trail")
        elif told != found or row["hash"] != found:
            verdict.say(f"{where}: it was changed after it was written")
        bodies.setdefault(key[:2], []).append({"version": row["version"], "hash": found, "body": _raw(row["body"])})
        verdict.versions += 1
    for kind, name, version in left:
        verdict.say(f"{kind} {name} version {version}: the trail speaks of it, and it is not there")
    return bodies


def _current(
    reader: Reader,
    verdict: Verdict,
    bodies: dict[tuple[str, str], list[dict[str, Any]]],
    told: dict[tuple[str, str], Found],
) -> None:
    left = dict(bodies)
    for row in reader.rows("SELECT * FROM current ORDER BY kind, id"):
        key = (row["kind"], row["id"])
        where = f"{row['kind']} {row['id']} on the board"
        versions = left.pop(key, None)
        if versions is None:
            verdict.say(f"{where}: it has no version in the records")
            continue
        last = versions[-1]
        if (row["version"], _raw(row["body"])) != (last["version"], last["body"]):
            verdict.say(f"{where}: it is not the last version of the record")
        for name, right in _found_by(row["kind"], _object(last["body"]), told.get(key, {})).items():
            if row[name] != right:
                verdict.say(f"{where}: column {name} says {row[name]!r}, the record {right!r}")
    for kind, name in left:
        verdict.say(f"{kind} {name}: it has versions and is missing from the board")


def _found_by(kind: str, body: dict[str, Any], told: Found) -> Found:
    """What a record's columns must say: who has it and where it stands decide who is shown it."""
    right: Found = {name: body[name] for name in ("state", "due", "owner") if name in body} | told
    if kind in {"card", "duty"}:
        right["owner"] = body.get("person", "")
    elif kind == "note":
        right["owner"] = body.get("pen", "")
    elif kind == "signature":
        right["owner"] = f"{body.get('kind')}:{body.get('record')}"
    if kind in {"request", "question"}:
        right["involved"] = "".join(f"|{who}|" for who in body.get("involved", []))
        parts = ("id", "wording", "topic", "clause", "system", "inspector", "answer", "given")
        right["words"] = " ".join(str(body.get(name, "")) for name in parts).casefold()
    return right


def _documents(reader: Reader, verdict: Verdict, bodies: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
    there = set()
    for row in reader.rows("SELECT hash, size, content FROM blobs ORDER BY hash"):
        content = _raw(row["content"])
        if hashlib.sha256(content).hexdigest() != row["hash"] or len(content) != row["size"]:
            verdict.say(f"document content {row['hash'][:16]}: it was changed after it was stored")
        there.add(row["hash"])
        verdict.documents += 1
    for (kind, name), versions in bodies.items():
        wanted = str(_object(versions[-1]["body"]).get("sha256", "")) if kind == "document" else ""
        if wanted and wanted not in there:
            verdict.say(f"document {name}: its content {wanted[:16]} is not there")


def _accounts(reader: Reader, verdict: Verdict, people: dict[str, dict[str, Any]]) -> None:
    left = dict(people)
    for row in reader.rows("SELECT * FROM accounts ORDER BY id"):
        where, told = f"account {row['id']} ({row['username']})", left.pop(row["id"], None)
        if told is None:
            verdict.say(f"{where}: no entry of the trail speaks of it; it was put in past the trail")
            continue
        person = f"{row['salt']}\n{row['username']}\n{row['name']}"
        found = {
            "name": hashlib.sha256(b"echelon-person-1\n" + person.encode("utf-8", "replace")).hexdigest(),
            "roles": row["roles"],
            "inspection": row["inspection"],
            "shut": bool(row["disabled"]),
        }
        right = dict(zip(found, (told.get(key) for key in ("person", "roles", "sees", "disabled")), strict=True))
        # Entries made before passwords were covered say nothing of them.
        if "secret" in told:
            secret = f"{row['salt']}\n{row['password']}".encode()
            found["password"], right["password"] = hashlib.sha256(SECRET + secret).hexdigest(), told["secret"]
        if wrong := [name for name in found if found[name] != right[name]]:
            verdict.say(f"{where}: {', '.join(wrong)} changed past the trail")
    for name in left:
        verdict.say(f"account {name}: the trail speaks of it, and it is not there")


def _guards(reader: Reader, verdict: Verdict) -> None:
    wanted, found = reader.guards()
    for name in sorted(wanted - found):
        verdict.say(f"the guard {name} is not there or is off: the database lets its table be changed")


def _signatures(
    verdict: Verdict, bodies: dict[tuple[str, str], list[dict[str, Any]]], signed: set[str], keys: frozenset[str]
) -> None:
    for (kind, name), versions in bodies.items():
        if kind != "signature":
            continue
        verdict.signatures += 1
        body = _object(versions[-1]["body"])
        seal, key = str(body.pop("seal", "")), str(body.get("key", ""))
        of = bodies.get((str(body.get("kind")), str(body.get("record"))), [])
        if not any((one["version"], one["hash"]) == (body.get("version"), body.get("hash")) for one in of):
            verdict.say(f"signature {name}: the version it signs is not as it was when it was signed")
        if not _sealed(key, seal, b"echelon-signature-1\n", body):
            verdict.say(f"signature {name}: its seal does not fit what it says")
        elif keys and key not in keys:
            verdict.say(f"signature {name}: it is sealed by a key that is not the room's")
        if name not in signed:
            verdict.say(f"signature {name}: no entry of the trail tells of signing")


def _anchors(verdict: Verdict, anchors: list[dict[str, Any]], hashes: dict[int, str], keys: frozenset[str]) -> None:
    later = len(verdict.epochs) + 1
    for anchor in anchors:
        verdict.anchors += 1
        where = f"anchor of entry {anchor.get('seq')} ({anchor.get('at')})"
        body = {name: value for name, value in anchor.items() if name != "signature"}
        key = str(anchor.get("key", ""))
        if not _sealed(key, str(anchor.get("signature", "")), b"echelon-anchor-1\n", body):
            verdict.say(f"{where}: its signature does not fit what it says")
            continue
        if keys and key not in keys:
            verdict.say(f"{where}: it is signed by a key that is not the room's")
        found = hashes.get(anchor["seq"])
        # What a named restore lost is not there, and need not be.
        if found is None and anchor["epoch"] < later:
            continue
        if anchor["seq"] and found is None:
            verdict.say(f"{where}: the entry is not there; the end of the trail was cut off")
        elif anchor["seq"] and found != anchor["hash"]:
            verdict.say(f"{where}: the chain was made anew since; its hash is another")


def _raw(value: Any) -> bytes:
    # Whoever changes a row may leave any type behind; it is compared as bytes.
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


def _object(value: Any) -> dict[str, Any]:
    try:
        found = json.loads(_raw(value))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _linked(previous: str, body: Any) -> str:
    try:
        before = bytes.fromhex(previous)
    except ValueError:
        return ""
    return hashlib.sha256(b"echelon-trail-1\n" + before + _raw(body)).hexdigest()


def _sealed(key: str, signature: str, tag: bytes, data: dict[str, Any]) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(bytes.fromhex(signature), tag + raw)
    except (InvalidSignature, ValueError):
        return False
    return True
