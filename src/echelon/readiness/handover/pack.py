"""The file that is handed over: pages and tables in one .zip, each file's digest listed, its making in the trail."""

import json
import re
import zipfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import IO, Any, Final, Self

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from echelon import __version__
from echelon.readiness.handover.gather import Body, Gathered, content_of, gathered
from echelon.readiness.records.canonical import moment, stamp
from echelon.readiness.records.problems import InvalidError
from echelon.readiness.records.store import Actor, Draft, Order, Writing
from echelon.readiness.room.documents import named
from echelon.readiness.room.items import role_for
from echelon.readiness.room.room import Room
from echelon.readiness.tables import Heading, csv_text

PARTS: Final = ("all", "released")
QUALITY: Final = frozenset({"quality_head"})
MADE: Final = (2000, 1, 1, 0, 0, 0)
"""Time of every file in it, so that the same records give the same bytes."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A file that was handed over."""

    name: str
    sha256: str
    files: int


def handed_over(
    room: Room,
    actor: Actor,
    inspection: str,
    file: IO[bytes],
    *,
    part: str = "all",
    progress: Callable[[int, int], None] | None = None,
) -> Packed:
    """
    Write an inspection into a file, and that this was done into the trail.

    Parameters
    ----------
    room, actor
        Where, and who hands it over: a quality head.
    inspection
        Its id.
    file
        Open for writing and reading; on a failure it holds nothing of use.
    part
        "all", or "released" for what its inspectors were given and nothing else.
    progress
        Told how many of how many documents are in.

    Raises
    ------
    RefusedError, NotThereError, InvalidError
        If the actor may not, there is no such inspection or part.
    """
    if part not in PARTS:
        msg = f"there is no part {part[:40]!r}; there are {' and '.join(PARTS)}"
        raise InvalidError(msg)
    role_for(actor, QUALITY, "hand an inspection over")
    now = room.store.clock()
    name = f"{inspection}-{part}-{now.astimezone(UTC):%Y-%m-%d}"
    with room.store.database.reading() as connection:
        found = gathered(connection, inspection, part)
        with _Box(file, name) as box:
            places = {one["id"]: f"documents/{_file_name(one)}" for one in found.documents}
            for number, one in enumerate(found.documents, start=1):
                box.put(places[one["id"]], content_of(connection, one))
                if progress:
                    progress(number, len(found.documents))
            _write(box, found, part, places, stamp(now))
    file.seek(0)
    whole = sha256()
    while chunk := file.read(1 << 20):
        whole.update(chunk)

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, QUALITY, "hand an inspection over")
        extra = {"part": part, "files": len(box.listed), "sha256": whole.hexdigest()}
        return Draft("export", inspection, {}, inspection=inspection, role=role, extra=extra)

    room.store.write(Order(actor, "export"), work)
    return Packed(f"{name}.zip", whole.hexdigest(), len(box.listed))


class _Box:
    # A zip that remembers what is in it.
    def __init__(self, file: IO[bytes], folder: str) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._folder = folder
        self.listed: list[dict[str, object]] = []

    def put(self, path: str, content: bytes | str) -> None:
        raw = content.encode("utf-8", "replace") if isinstance(content, str) else content
        about = zipfile.ZipInfo(f"{self._folder}/{path}", MADE)
        about.compress_type = zipfile.ZIP_DEFLATED
        about.external_attr = 0o600 << 16
        self._zip.writestr(about, raw)
        self.listed.append({"file": path, "bytes": len(raw), "sha256": sha256(raw).hexdigest()})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is not None:
            # It is of no use; closing it here keeps it from trying again later.
            with suppress(OSError, ValueError):
                self._zip.close()
            return
        rows = sorted(self.listed, key=lambda one: str(one["file"]))
        self.put("manifest.csv", _csv(("file", "bytes", "sha256"), rows))
        self._zip.close()


@cache
def _environment() -> Environment:
    folder = str(files("echelon.readiness.handover") / "templates")
    made = Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters["utc"] = _utc
    made.filters["words"] = lambda text: str(text).replace("_", " ")
    made.filters["value"] = _value
    return made


def _utc(text: str) -> str:
    return f"{moment(text).astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if text else ""


def _value(value: Any) -> str:
    if value is None or value == "":
        return "blank"
    if isinstance(value, list):
        return "; ".join(_value(one) for one in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_value(one)}" for key, one in value.items())
    return str(value)


def _write(box: _Box, found: Gathered, part: str, places: dict[str, str], at: str) -> None:
    names = {one["id"]: one["name"] for one in found.people.values()}
    signed: dict[str, list[Body]] = {}
    for one in found.signatures:
        signed.setdefault(f"{one['kind']}:{one['record']}", []).append(one)
    entries: dict[tuple[str, str], list[Body]] = {}
    for one in found.entries:
        entries.setdefault((one["entry"]["kind"], one["entry"]["id"]), []).append(one["entry"])
    given = {
        "about": found.inspection, "part": part, "at": at, "version": __version__, "names": names, "places": places,
        "signed": signed, "trail": entries, "found": found,
    }  # fmt: skip

    def page(path: str, template: str, item: Body | None = None) -> None:
        up = "../" * path.count("/")
        box.put(path, _environment().get_template(template).render({**given, "item": item, "up": up}))

    page("index.html", "index.html")
    for item in found.items:
        page(f"items/{item['id']}.html", "item.html", item)
    if part == "all":
        page("trail.html", "trail.html")
        page("desk.html", "desk.html")
        box.put("trail.jsonl", _lines(found.entries))
        box.put("anchors.jsonl", "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in found.anchors))
    for name, columns, rows in _tables(found, places, names):
        if rows:
            box.put(f"tables/{name}.csv", _csv(columns, rows))


def _lines(entries: list[Body]) -> str:
    # `entry` is text, not an object: its exact bytes are what was hashed.
    kept = ("seq", "prev", "hash")
    return "".join(
        json.dumps({key: one[key] for key in kept} | {"entry": one["raw"]}, ensure_ascii=False) + "\n"
        for one in entries
    )


def _tables(
    found: Gathered, places: dict[str, str], names: dict[str, str]
) -> Iterable[tuple[str, tuple[str, ...], list[dict[str, object]]]]:
    def rows_of(bodies: list[Body]) -> tuple[tuple[str, ...], list[dict[str, object]]]:
        found_ = dict.fromkeys(key for body in bodies for key in body)
        columns = (*(key for key in FIRST if key in found_), *(key for key in found_ if key not in FIRST))
        # An id stands for itself in its own column, and for a person's name everywhere else.
        rows = [{key: body[key] if key == "id" else _cell(body.get(key), names) for key in columns} for body in bodies]
        return columns, rows

    documents = [one | {"file": places[one["id"]]} for one in found.documents]
    wrapups = [{key: value for key, value in one.items() if key != "figures"} for one in found.wrapups]
    entries = [
        {key: one["entry"][key] for key in ENTRY} | {"prev": one["prev"], "hash": one["hash"]} for one in found.entries
    ]
    chain: list[Body] = [{"seq": seq, "prev": prev, "hash": hash_} for seq, prev, hash_ in found.chain]
    for name, bodies in (
        ("items", found.items), ("documents", documents), ("notes", found.notes), ("commitments", found.commitments),
        ("wrapups", wrapups), ("signatures", found.signatures), ("trail", entries), ("chain", chain),
        ("anchors", found.anchors), ("people", list(found.people.values())),
    ):  # fmt: skip
        yield name, *rows_of(bodies)


FIRST: Final = ("seq", "id", "kind", "state", "received_at", "wording", "answer", "given", "owner")
"""Columns that a reader looks for first."""

ENTRY: Final = (
    "seq", "epoch", "at", "happened", "actor", "role", "action", "reason", "kind", "id", "version", "record", "change",
)  # fmt: skip


def _cell(value: Any, names: dict[str, str]) -> str:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return "; ".join(str(one.get("id", one)) if isinstance(one, dict) else _cell(one, names) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


def _csv(columns: tuple[str, ...], rows: Iterable[dict[str, object]]) -> str:
    # A byte order mark lets spreadsheets read other scripts right.
    return "\ufeff" + csv_text([Heading(name, name) for name in columns], rows)


def _file_name(document: Body) -> str:
    # Its own name as far as every system can hold it, and the ending of what it is, whatever the name says.
    name = re.sub(r"[^\w.-]+", "_", document["name"]).strip("._")[:80] or "document"
    return f"{document['id']}-{named(name, document['media'])}"
