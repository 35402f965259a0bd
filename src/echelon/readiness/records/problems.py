"""What can go wrong with records, each as one plain sentence that a person can act on."""

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError


class RecordsError(Exception):
    """Something was refused or could not be done; nothing was written."""

    status = 400


class RefusedError(RecordsError):
    """The account may not do or see this."""

    status = 403


class NotThereError(RecordsError):
    """There is no such record, or none that this account may see."""

    status = 404


class ConflictError(RecordsError):
    """The record is no longer in the state or version that the order speaks of."""

    status = 409


class InvalidError(RecordsError):
    """A field is missing, too long or of the wrong kind."""

    status = 422


class TooManyError(RecordsError):
    """Too many failed attempts; the message says when to try again."""

    status = 429


class SignedOutError(RecordsError):
    """There is no session, or it has ended."""

    status = 401


class UnavailableError(RecordsError):
    """The database cannot be reached or written; nothing was written."""

    status = 503


class DoubtError(UnavailableError):
    """The connection was lost while an order was being committed: it may or may not have been saved."""


def in_plain_words(error: DBAPIError) -> RecordsError:
    """
    Tell what a database's failure means for the person at the screen.

    Parameters
    ----------
    error
        What SQLAlchemy raised; the driver's own error is looked at.

    Returns
    -------
    RecordsError
        `UnavailableError` where the database is gone, full or locked; the guard's own words where a trigger refused.
    """
    original = error.orig
    text = " ".join(str(original or error).split())
    if "append-only" in text or "chain:" in text:
        return RefusedError(f"the database refused it: {text.split('CONTEXT:')[0].strip()}")
    if isinstance(error, DataError):
        return InvalidError("a value holds a sign or a number that the database cannot keep; nothing was saved")
    if isinstance(original, sqlite3.Error):
        return _sqlite(original, text)
    if "No space left" in text or "disk full" in text.lower():
        return UnavailableError("the database's disk is full; nothing was saved. Free some space and do it again")
    return UnavailableError(
        f"the database does not answer; nothing was saved. Try again when it is back ({text[:200]})"
    )


def _sqlite(error: sqlite3.Error, text: str) -> RecordsError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name == "SQLITE_FULL":
        return UnavailableError("the disk is full; nothing was saved. Free some space and do it again")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return UnavailableError("another program holds the database; nothing was saved. Do it again in a moment")
    if name.startswith("SQLITE_READONLY"):
        return UnavailableError("the database file cannot be written; nothing was saved. Look at its permissions")
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")):
        return UnavailableError(
            "the database file cannot be read or written; nothing was saved. Look at the disk it is on"
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return UnavailableError("the database file is damaged; nothing was saved. Run echelon readiness verify")
    return UnavailableError(f"the database does not answer; nothing was saved ({text[:200]})")
