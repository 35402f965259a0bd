"""What the workbench's files share: reading records of a kind, and files brought as tables."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, select

from echelon.readiness.records import schema
from echelon.readiness.records.problems import InvalidError, NotThereError
from echelon.readiness.records.roles import INSIDERS
from echelon.readiness.records.store import Actor, Record, load, record_of
from echelon.readiness.room.items import role_for
from echelon.readiness.tables import TableError

Read = TypeVar("Read")

LARGEST_TABLE = 4_000_000
"""Bytes of a table that is brought."""

ZIP = b"PK\x03\x04"
"""What an .xlsx workbook begins with."""

MOST_TOLD = 20
"""Messages told of one file; the rest are counted."""


def inside(actor: Actor, what: str = "see the workbench") -> None:
    """Refuse an outsider: nothing of the workbench is for them."""
    role_for(actor, INSIDERS, what)


def kept(connection: Connection, kind: str, *, state: str = "", owner: str = "", search: str = "") -> list[Record]:
    """Records of a kind, in the order they were made; for callers that have checked who asks."""
    table = schema.current
    wanted = select(table).where(table.c.kind == kind).order_by(table.c.number, table.c.id)
    for column, value in ((table.c.state, state), (table.c.owner, owner)):
        if value:
            wanted = wanted.where(column == value)
    if search:
        wanted = wanted.where(table.c.words.contains(search.casefold()[:200], autoescape=True))
    return [record_of(row) for row in connection.execute(wanted).mappings()]


def found(connection: Connection, kind: str, id: str) -> Record | None:  # noqa: A002 - the word of the table
    """A record, or None where there is none."""
    try:
        return load(connection, kind, id)
    except NotThereError:
        return None


def read_files(files: Sequence[tuple[str, bytes]], read: Callable[[list[Path]], Read]) -> Read:
    """
    Read tables that were brought as bytes.

    Parameters
    ----------
    files
        Name and bytes of each. What they are is told by their content: .xlsx where it is a zip, else CSV.
    read
        Reads them from as many paths.

    Raises
    ------
    InvalidError
        With every message, up to `MOST_TOLD`, by the name each file was brought under.
    """
    with tempfile.TemporaryDirectory(prefix="echelon-tables-") as folder:
        paths = []
        for number, (name, content) in enumerate(files):
            if not 0 < len(content) <= LARGEST_TABLE:
                msg = f"{name_of(name)}: a table has 1 to {LARGEST_TABLE:,} bytes; this one has {len(content):,}"
                raise InvalidError(msg)
            paths.append(Path(folder) / f"{number}{'.xlsx' if content.startswith(ZIP) else '.csv'}")
            paths[-1].write_bytes(content)
        try:
            return read(paths)
        except TableError as error:
            told = [str(one) for one in error.diagnostics]
            more = [f"and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else []
            words = "\n".join([*told[:MOST_TOLD], *more]) or str(error)
            for path, (name, _) in zip(paths, files, strict=True):
                words = words.replace(str(path), name_of(name))
            raise InvalidError(words) from None


def name_of(name: str) -> str:
    """A file's name as it can be shown: without folders and unprintable signs."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[:80] or "table"
