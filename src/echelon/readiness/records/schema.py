"""Tables of the records and the guards that keep the append-only ones append-only, for SQLite and PostgreSQL."""

from sqlalchemy import BigInteger, Column, Connection, Index, Integer, LargeBinary, MetaData, Table, Text, inspect

from echelon.readiness.records.guards import guards

metadata = MetaData()

trail = Table(
    "trail",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("inspection", Text, nullable=False),
    Column("shown", Integer),
    Column("once", Text, unique=True),
    Column("body", LargeBinary, nullable=False),
    Column("prev", Text, nullable=False),
    Column("hash", Text, nullable=False, unique=True),
    Index("trail_shown", "inspection", "shown"),
)
"""Every entry ever made. `body` holds the exact bytes hashed; the other columns repeat parts of it for looking up.
`shown` counts, within an inspection, the entries that an inspector may see; `once` is the caller's key of an order."""

records = Table(
    "records",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    Column("hash", Text, nullable=False),
)
"""Every version of every record; a correction is a further version."""

blobs = Table(
    "blobs",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("media", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""Contents of documents under their SHA-256."""

anchors = Table(
    "anchors",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("line", Text, nullable=False),
)
"""Signed statements that the chain stood at an entry; their copies outside the database are what counts."""

current = Table(
    "current",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("inspection", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("involved", Text, nullable=False),
    Column("due", Text, nullable=False),
    Column("shown", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("current_board", "inspection", "kind", "state"),
    Index("current_owner", "owner"),
)
"""The last version of each record, for reading: a projection that the verifier rebuilds and compares."""

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("username", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("inspection", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("disabled", Integer, nullable=False),
)
"""People, apart from the trail: the trail knows them by `id` and holds a salted digest of the name."""

sessions = Table(
    "sessions",
    metadata,
    Column("token", Text, primary_key=True),
    Column("account", Text, nullable=False, index=True),
    Column("began", Text, nullable=False),
    Column("seen", Text, nullable=False),
    Column("ends", Text, nullable=False),
)
"""Who is signed in; `token` is the SHA-256 of what the browser holds."""

attempts = Table(
    "attempts",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("who", Text, nullable=False, index=True),
    Column("at", Text, nullable=False),
)
"""Failed sign-ins of late, by account and by address."""

APPEND_ONLY = ("trail", "records", "blobs", "anchors")
"""Tables of which nothing is ever changed or deleted."""

NEVER_DELETED = ("current", "accounts")
"""Tables whose rows change but are never deleted."""


def create(connection: Connection) -> bool:
    """
    Create tables and guards where they are not there yet.

    Parameters
    ----------
    connection
        A connection in a writing transaction.

    Returns
    -------
    bool
        Whether they were created now.
    """
    if inspect(connection).has_table("trail"):
        return False
    metadata.create_all(connection)
    for statement in guards(connection.dialect.name, APPEND_ONLY, NEVER_DELETED):
        connection.exec_driver_sql(statement)
    return True
