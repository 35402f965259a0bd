"""Accounts and sessions: who may sign in, as what, and for how long."""

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from echelon.readiness.records import passwords, schema
from echelon.readiness.records.canonical import PERSON, SECRET, digest, moment, stamp
from echelon.readiness.records.problems import (
    ConflictError,
    InvalidError,
    NotThereError,
    RecordsError,
    RefusedError,
    SignedOutError,
    TooManyError,
)
from echelon.readiness.records.roles import OUTSIDERS, wrong_roles
from echelon.readiness.records.store import MACHINE, Actor, Draft, Entry, Order, Store, Writing, current_actor

IDLE = timedelta(hours=2)
"""A session ends after so long without an action or a page; a screen that only listens is idle."""

LONGEST = timedelta(hours=12)
"""A session ends after so long whatever is done in it."""

TOUCHED = timedelta(minutes=1)
"""How often, at most, it is written down that a session is in use."""

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 5
PER_ADDRESS = 50
"""Failed attempts within `WINDOW` after which no more are tried."""

USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,39}", re.ASCII)

SIGNED_OUT = "your session has ended; sign in again"


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can sign in."""

    id: str
    username: str
    name: str
    roles: frozenset[str]
    inspection: str
    disabled: bool


class Accounts:
    """Accounts and sessions of a store."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def create(
        self,
        actor: Actor,
        username: str,
        name: str,
        password: str,
        roles: frozenset[str],
        inspection: str = "",
        *,
        kept: str = "",
    ) -> Account:
        """
        Make an account.

        Parameters
        ----------
        actor
            A quality head, or `MACHINE`.
        username, name, password
            What to sign in with, the person's name in full, and the first password.
        roles
            Of `ROLES`; an outsider's role stands alone.
        inspection
            The one inspection that an outsider sees.
        kept
            A hash to take instead of hashing `password`: for demos of many accounts.

        Raises
        ------
        RefusedError, InvalidError, ConflictError
            If the actor may not, a field is wrong, or the user name is taken.
        """
        username, name = username.strip().lower(), name.strip()
        _check(username, name, roles)
        password_hash = kept or passwords.hashed(password, username)
        salt, made = secrets.token_hex(16), f"p{secrets.token_hex(6)}"

        def work(writing: Writing) -> Draft:
            table = schema.accounts
            may_manage(writing.actor)
            if writing.connection.execute(select(table.c.id).where(table.c.username == username)).first():
                msg = f"the user name {username} is taken"
                raise ConflictError(msg)
            _sees(writing, roles, inspection)
            row: dict[str, Any] = {
                "username": username,
                "name": name,
                "roles": " ".join(sorted(roles)),
                "inspection": inspection,
            }
            row |= {"id": made, "password": password_hash, "salt": salt, "disabled": 0}
            writing.connection.execute(insert(table).values(**row))
            return _entry(made, row, salt, writing.actor)

        self.store.write(Order(actor, "account_create"), work)
        return Account(made, username, name, roles, inspection, disabled=False)

    def change(
        self,
        actor: Actor,
        account: str,
        *,
        roles: frozenset[str] | None = None,
        disabled: bool | None = None,
        reason: str = "",
    ) -> Entry:
        """Change the roles of an account, or shut or open it; its sessions end."""

        def work(writing: Writing) -> Draft:
            may_manage(writing.actor)
            row = dict(_row(writing.connection, account))
            wanted = frozenset(row["roles"].split()) if roles is None else roles
            if wrong := wrong_roles(wanted):
                raise InvalidError(wrong)
            if account == writing.actor.account and (disabled or "quality_head" not in wanted):
                msg = "you cannot shut yourself out; another quality head can"
                raise RefusedError(msg)
            if roles is not None:
                _sees(writing, wanted, row["inspection"])
            row["roles"] = " ".join(sorted(wanted))
            row["disabled"] = row["disabled"] if disabled is None else int(disabled)
            table = schema.accounts
            writing.connection.execute(
                update(table).where(table.c.id == account).values(roles=row["roles"], disabled=row["disabled"])
            )
            _end_sessions(writing.connection, account)
            return _entry(account, row, row["salt"], writing.actor)

        return self.store.write(Order(actor, "account_change", reason=reason), work)

    def set_password(self, actor: Actor, account: str, password: str, old: str = "") -> Entry:
        """Set a password: one's own with the old one, another's as quality head; the sessions of the account end."""
        if actor.account == account and actor is not MACHINE:
            self.check_password(actor, old)
        password_hash = passwords.hashed(password, self.find(account).username)

        def work(writing: Writing) -> Draft:
            if writing.actor.account != account:
                may_manage(writing.actor)
            row = dict(_row(writing.connection, account)) | {"password": password_hash}
            table = schema.accounts
            writing.connection.execute(update(table).where(table.c.id == account).values(password=password_hash))
            _end_sessions(writing.connection, account)
            return _entry(account, row, row["salt"], writing.actor)

        return self.store.write(Order(actor, "account_password"), work)

    def sign_in(self, username: str, password: str, address: str = "") -> str:
        """
        Begin a session.

        Returns
        -------
        str
            The session's token: known to its holder only.

        Raises
        ------
        RefusedError
            If user name and password do not fit; it is not said which.
        TooManyError
            After too many failures of this account or from this address.
        """
        username = username.strip().lower()[:80]
        account = self._tried(username, password, address)
        token = secrets.token_urlsafe(32)

        def work(writing: Writing) -> Draft:
            now = writing.now
            row = _row(writing.connection, account)
            if row["disabled"]:
                msg = "user name and password do not fit"
                raise RefusedError(msg)
            writing.connection.execute(delete(schema.sessions).where(schema.sessions.c.ends <= stamp(now)))
            began = {"token": digest_of(token), "account": account, "began": stamp(now), "seen": stamp(now)}
            writing.connection.execute(insert(schema.sessions).values(**began, ends=stamp(now + IDLE)))
            return Draft("session", began["token"][:12], {}, extra={"account": account})

        self.store.write(Order(Actor(account, username, "", frozenset()), "sign_in"), work)
        return token

    def sign_out(self, actor: Actor) -> None:
        """End a session."""

        def work(writing: Writing) -> Draft:
            table = schema.sessions
            writing.connection.execute(delete(table).where(table.c.token == actor.session))
            return Draft("session", actor.session[:12], {}, extra={"account": actor.account})

        self.store.write(Order(actor, "sign_out"), work)

    def actor(self, token: str, *, used: bool = True) -> Actor:
        """
        Who holds a token.

        Parameters
        ----------
        token
            What the browser or program sent.
        used
            Whether this counts as use of the session; a listening screen's does not.

        Raises
        ------
        SignedOutError
            If there is no such session or it has ended.
        """
        now = self.store.clock()
        table = schema.sessions
        key = digest_of(token) if len(token) < 200 else ""
        with self.store.database.reading() as connection:
            row = connection.execute(select(table).where(table.c.token == key)).mappings().first()
            if row is None or row["ends"] <= stamp(now):
                raise SignedOutError(SIGNED_OUT)
            try:
                actor = current_actor(connection, Actor(row["account"], "", "", frozenset(), key), now)
            except RefusedError:
                raise SignedOutError(SIGNED_OUT) from None
        if used and now - moment(row["seen"]) >= TOUCHED:
            ends = min(now + IDLE, moment(row["began"]) + LONGEST)
            with self.store.database.aside() as connection:
                connection.execute(update(table).where(table.c.token == key).values(seen=stamp(now), ends=stamp(ends)))
        return actor

    def live(self) -> dict[str, Actor]:
        """Every session that has not ended, by the digest of its token."""
        people, table, now = schema.accounts, schema.sessions, stamp(self.store.clock())
        wanted = select(table.c.token, people).join(people, people.c.id == table.c.account)
        with self.store.database.reading() as connection:
            rows = connection.execute(wanted.where(table.c.ends > now, people.c.disabled == 0)).mappings().all()
        return {
            row["token"]: Actor(
                row["id"],
                row["username"],
                row["name"],
                frozenset(row["roles"].split()),
                row["token"],
                row["inspection"],
            )
            for row in rows
        }

    def check_password(self, actor: Actor, password: str) -> None:
        """Let a signed-in person show again who they are; `RefusedError` where the password is not theirs."""
        if self._tried(actor.username, password, "") != actor.account:
            msg = "this is not your password; nothing was signed"
            raise RefusedError(msg)

    def everyone(self) -> list[Account]:
        """All accounts, by name."""
        table = schema.accounts
        with self.store.database.reading() as connection:
            return [_account(row) for row in connection.execute(select(table).order_by(table.c.name)).mappings()]

    def find(self, account: str) -> Account:
        """An account by id or user name."""
        table = schema.accounts
        with self.store.database.reading() as connection:
            found = (
                connection.execute(select(table).where((table.c.id == account) | (table.c.username == account)))
                .mappings()
                .first()
            )
        if found is None:
            msg = f"there is no account {account[:60]}"
            raise NotThereError(msg)
        return _account(found)

    def _tried(self, username: str, password: str, address: str) -> str:
        # The attempt counts before it is judged, so that many at once are not many more chances.
        now = self.store.clock()
        who = [f"account {username}", *([f"address {address}"] if address else [])]
        table, people = schema.attempts, schema.accounts
        with self.store.database.aside() as connection:
            connection.execute(delete(table).where(table.c.at < stamp(now - WINDOW)))
            shut = any(
                (connection.execute(select(func.count()).where(table.c.who == name)).scalar() or 0) >= most
                for name, most in zip(who, (PER_ACCOUNT, PER_ADDRESS), strict=False)
            )
            if not shut:
                numbers = [
                    connection.execute(insert(table).values(who=name, at=stamp(now))).inserted_primary_key
                    for name in who
                ]
                row = connection.execute(
                    select(people.c.id, people.c.password, people.c.disabled).where(people.c.username == username)
                ).first()
        if shut:
            self._blocked(username)
            msg = f"too many failed sign-ins; try again in {WINDOW.seconds // 60} minutes"
            raise TooManyError(msg)
        if not passwords.matches(row.password if row and not row.disabled else None, password) or row is None:
            msg = "user name and password do not fit"
            raise RefusedError(msg)
        with self.store.database.aside() as connection:
            mine = [int(number[0]) for number in numbers if number]
            connection.execute(delete(table).where(table.c.number.in_(mine) | (table.c.who == who[0])))
        return str(row.id)

    def _blocked(self, username: str) -> None:
        # Once for each account and span: whoever reviews the trail should see that somebody tried.
        table, people = schema.attempts, schema.accounts

        def work(writing: Writing) -> Draft:
            told = {"who": f"told {username}", "at": stamp(writing.now)}
            known = writing.connection.execute(select(table.c.at).where(table.c.who == told["who"])).first()
            account = writing.connection.execute(select(people.c.id).where(people.c.username == username)).scalar()
            if known or account is None:
                raise _ToldError
            writing.connection.execute(insert(table).values(**told))
            return Draft("session", "blocked", {}, extra={"account": account})

        with suppress(_ToldError):
            self.store.write(Order(MACHINE, "sign_in_blocked"), work)


class _ToldError(RecordsError):
    """That sign-ins are blocked has been told already, or there is no such account."""


def may_manage(actor: Actor) -> None:
    """Refuse where an actor may not look after accounts."""
    if not actor.roles & {"quality_head", "machine"}:
        msg = "only a quality head looks after accounts"
        raise RefusedError(msg)


def digest_of(token: str) -> str:
    """What is kept of a session's token."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def person(salt: str, username: str, name: str) -> str:
    """What the trail keeps of a person: checkable while the account's row is there, meaningless without."""
    return digest(PERSON, salt.encode(), b"\n", username.encode(), b"\n", name.encode())


def _check(username: str, name: str, roles: frozenset[str]) -> None:
    if not USERNAME.fullmatch(username):
        msg = "a user name is 2 to 40 of a-z, 0-9, dot, dash and underscore, and begins with a letter"
        raise InvalidError(msg)
    if not 1 <= len(name) <= 120 or not name.isprintable():
        msg = "the person's name is 1 to 120 printable characters"
        raise InvalidError(msg)
    if wrong := wrong_roles(roles):
        raise InvalidError(wrong)


def _sees(writing: Writing, roles: frozenset[str], inspection: str) -> None:
    # An account for an inspection that is not there yet would see whatever gets that name one day.
    for role in sorted(roles & OUTSIDERS):
        if not inspection:
            msg = f"{role} needs the inspection that it sees"
            raise InvalidError(msg)
        try:
            mock = writing.load("inspection", inspection).body["mock"]
        except NotThereError:
            msg = f"there is no inspection {inspection[:60]}; enter it before the accounts that see it"
            raise InvalidError(msg) from None
        if role == "mock_auditor" and not mock:
            msg = f"{inspection} is a real inspection; a mock auditor belongs to a mock one"
            raise InvalidError(msg)


def _row(connection: Connection, account: str) -> Any:
    table = schema.accounts
    row = connection.execute(select(table).where(table.c.id == account)).mappings().first()
    if row is None:
        msg = f"there is no account {account[:60]}"
        raise NotThereError(msg)
    return row


def _entry(account: str, row: Any, salt: str, actor: Actor) -> Draft:
    extra = {
        "person": person(salt, row["username"], row["name"]),
        # Of the hash that is kept, so that one put in past the trail shows; it tells nothing of the password.
        "secret": digest(SECRET, salt.encode(), b"\n", row["password"].encode()),
        "roles": row["roles"],
        "sees": row["inspection"],
        "disabled": bool(row["disabled"]),
    }
    role = "quality_head" if "quality_head" in actor.roles else next(iter(sorted(actor.roles)), "")
    return Draft("account", account, {}, role=role, extra=extra)


def _end_sessions(connection: Connection, account: str) -> None:
    connection.execute(delete(schema.sessions).where(schema.sessions.c.account == account))


def _account(row: Any) -> Account:
    roles = frozenset(row["roles"].split())
    return Account(row["id"], row["username"], row["name"], roles, row["inspection"], bool(row["disabled"]))
