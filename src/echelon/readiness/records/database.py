"""Opening the database: a SQLite file by default, PostgreSQL by URL; one writer at a time, readers see one moment."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnection

from echelon.readiness.records.problems import DoubtError, InvalidError, RecordsError, UnavailableError, in_plain_words

FILE = "readiness.sqlite"
"""Name of the database in a room's folder."""

PATIENCE = 10
"""Seconds that a writer waits for another program's."""

LOCK = 5_124_012_001
"""Key of the PostgreSQL advisory lock under which entries are appended."""


def url_of(folder: Path, database: str = "") -> str:
    """
    The database's URL.

    Parameters
    ----------
    folder
        The room's folder; its file is taken where no URL is given.
    database
        `postgresql://user@host/name` or `sqlite:///file`, or empty.

    Raises
    ------
    InvalidError
        If it is a URL of another kind.
    """
    if not database:
        return f"sqlite:///{(folder / FILE).resolve()}"
    try:
        url = make_url(database)
    except ArgumentError:
        msg = f"--database {database!r} is no URL; write postgresql://user@host/name, or leave it out for a file"
        raise InvalidError(msg) from None
    kind = url.get_backend_name()
    if kind == "postgresql":
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if kind == "sqlite" and url.database not in {None, "", ":memory:"}:
        return url.render_as_string()
    msg = f"--database {kind} is not supported; write postgresql://user@host/name, or leave it out for a file"
    raise InvalidError(msg)


class Database:
    """
    A database of records.

    Parameters
    ----------
    url
        From `url_of`.
    durable
        Whether a commit waits for the disk. Off only while a demo is filled.
    pooled
        Whether connections are kept open for the next order; not for a command that gives one.
    """

    def __init__(self, url: str, *, durable: bool = True, pooled: bool = True) -> None:
        self.url = url
        parts = make_url(url)
        self.file = Path(parts.database) if parts.get_backend_name() == "sqlite" and parts.database else None
        self._inode = 0
        self._turn = threading.Lock()
        try:
            self.engine = _sqlite(url, durable, pooled) if self.file else _postgresql(url, pooled)
        except (NoSuchModuleError, ArgumentError) as error:
            raise InvalidError(str(error)) from None

    @property
    def is_file(self) -> bool:
        """Whether it is a SQLite file."""
        return self.file is not None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment throughout."""
        with _plainly():
            if self.is_file:
                self._same_file()
                with self.engine.connect() as connection, connection.begin():
                    yield connection
            else:
                engine = self.engine.execution_options(isolation_level="REPEATABLE READ")
                with engine.connect() as connection, connection.begin():
                    yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The only writing connection; what is done in it is committed as a whole at its end, or not at all."""
        with _plainly():
            if self.is_file:
                # Threads of one process queue here, in turn; SQLite's own waiting would let them starve.
                engine = self.engine.execution_options(writing=True)
                with self._turn, engine.connect() as connection, connection.begin() as transaction:
                    yield connection
                    self._same_file()
                    with _committing():
                        transaction.commit()
            else:
                with self.engine.connect() as connection, connection.begin() as transaction:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
                    yield connection
                    with _committing():
                        transaction.commit()

    @contextmanager
    def aside(self) -> Iterator[Connection]:
        """A transaction for what is not part of the chain: sessions and failed attempts."""
        if self.is_file:
            with self.writing() as connection:
                yield connection
            return
        with _plainly(), self.engine.connect() as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def _same_file(self) -> None:
        # SQLite goes on writing into a file that was deleted or replaced; what it took then would be lost.
        assert self.file is not None
        try:
            found = self.file.stat().st_ino
        except OSError:
            found = 0
        if not self._inode and found:
            self._inode = found
        if not found or found != self._inode:
            msg = f"the database file {self.file} was moved, deleted or replaced while in use; nothing was saved. "
            raise UnavailableError(msg + "Put it back and start again")


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except (RecordsError, ProgrammingError):
        raise
    except NoConnection:
        msg = "the database is busy and did not answer in time; nothing was saved. Do it again in a moment"
        raise UnavailableError(msg) from None
    except DBAPIError as error:
        raise in_plain_words(error) from error


@contextmanager
def _committing() -> Iterator[None]:
    # A connection that is lost before a commit leaves nothing; lost in the middle of one, nobody here can know.
    try:
        yield
    except DBAPIError as error:
        known = isinstance(error.orig, sqlite3.Error) and not _sqlite_name(error.orig).startswith("SQLITE_IOERR")
        if known:
            raise
        msg = "the connection was lost while this was being saved: it may or may not be. Look before you do it again, "
        raise DoubtError(msg + "or send it again with the same key: then it is done once") from error


def _sqlite_name(error: sqlite3.Error) -> str:
    return getattr(error, "sqlite_errorname", "") or ""


def _sqlite(url: str, durable: bool, pooled: bool) -> Engine:
    pool = {"pool_size": 16, "max_overflow": 64, "pool_timeout": 30} if pooled else {"poolclass": NullPool}
    engine = create_engine(url, connect_args={"timeout": PATIENCE}, **pool)

    def connected(connection: Any, record: Any) -> None:
        del record
        # The driver begins transactions late and by guess; ours are begun below.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'OFF'}",
            "foreign_keys=ON",
            "recursive_triggers=ON",
            "trusted_schema=OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def begun(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def _postgresql(url: str, pooled: bool) -> Engine:
    pool = {"pool_size": 16, "max_overflow": 16, "pool_timeout": 30} if pooled else {"poolclass": NullPool}
    return create_engine(url, pool_pre_ping=pooled, connect_args={"connect_timeout": 5}, **pool)


def private(path: Path) -> None:
    """Keep a file or folder from other users of the machine, where the system knows such rights."""
    if os.name == "posix":
        path.chmod(0o700 if path.is_dir() else 0o600)
