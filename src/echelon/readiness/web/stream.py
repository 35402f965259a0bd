"""The live stream: every committed entry to every screen that may see it, in order, resumable, none left out."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, select
from starlette.concurrency import run_in_threadpool

from echelon.readiness.records import schema
from echelon.readiness.records.anchors import EVERY
from echelon.readiness.records.problems import RecordsError
from echelon.readiness.records.store import Actor
from echelon.readiness.room.room import Room
from echelon.readiness.room.views import ITEMS, is_outsider, public, sees

KEPT = 4_000
"""Latest entries held in memory; what is older is read from the database."""

PAGE = 500
POLL = 0.4
"""Seconds after which the database is looked at even when no one here wrote: another process may have."""

QUIET = 15.0
"""Seconds of silence after which a sign of life is sent."""

CHECK = 5.0
"""Seconds between looks at which sessions are still open."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry as it is sent: its texts for insiders and outsiders are made once for all of them."""

    seq: int
    shown: int | None
    kind: str
    inspection: str
    action: str
    body: dict[str, Any]
    before: dict[str, Any]
    inside: bytes
    gone: bytes
    outside: bytes


class Hub:
    """
    Reads the trail as it grows and lets any number of listeners follow it.

    Parameters
    ----------
    room
        The room whose trail it is.
    """

    def __init__(self, room: Room) -> None:
        self.room = room
        self.listening = 0
        self.sessions: dict[str, Actor] = {}
        self._latest: deque[Happening] = deque(maxlen=KEPT)
        self._seq = 0
        self._floor = 0
        self._turn = asyncio.Event()
        self._wake = asyncio.Event()
        self._stopped = False

    async def run(self) -> None:
        """Follow the trail until `stop`."""
        loop = asyncio.get_running_loop()
        self._seq = self._floor = (await run_in_threadpool(self.room.store.head))[0]
        self.sessions = await run_in_threadpool(self.room.accounts.live)

        def wake() -> None:
            loop.call_soon_threadsafe(self._wake.set)

        self.room.store.wake = wake
        checked = spoken = loop.time()
        while not self._stopped:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL)
            self._wake.clear()
            try:
                found = await run_in_threadpool(self._read, self._seq, 0, PAGE)
                if loop.time() - checked > CHECK or any(one.kind in {"account", "session"} for one in found):
                    self.sessions = await run_in_threadpool(self.room.accounts.live)
                    checked = loop.time()
            except RecordsError:
                # The database is away: screens stay connected and go on where they were when it is back.
                found = []
            if found:
                await self._anchor(found[-1].seq)
                self._latest.extend(found)
                self._seq = found[-1].seq
                self._floor = max(self._floor, self._latest[0].seq - 1)
                if len(found) == PAGE:
                    self._wake.set()
            if found or loop.time() - spoken > QUIET:
                spoken = loop.time()
                self._next_turn()
                # With many listeners entries are sent a few at a time: one sending costs the same for one or ten.
                await asyncio.sleep(0.02 + 0.0002 * self.listening)

    def stop(self) -> None:
        """End `run` after the look at the database that it is in: cut off, that would leave a connection behind."""
        self._stopped = True
        self._wake.set()

    async def _anchor(self, seq: int) -> None:
        if self.room.folder is None or seq // EVERY == self._seq // EVERY:
            return
        try:
            await run_in_threadpool(self.room.anchor)
        except (RecordsError, OSError) as error:
            logging.getLogger("echelon.readiness").warning("no anchor could be set: %s", error)

    def _next_turn(self) -> None:
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()

    async def follow(self, actor: Actor, after: str) -> AsyncIterator[bytes]:
        """
        What an actor may see, from a point on, without end.

        Parameters
        ----------
        actor
            Who listens, with its session.
        after
            The id of the last event that was received ("epoch-number"); empty for from now on.

        Yields
        ------
        bytes
            Server-sent events. `record` carries a record's whole state as the actor may see it, `gone` one that it no
            longer sees, `reset` says that all is to be loaded anew, `signed-out` that the session has ended.
        """
        cursor, valid = await run_in_threadpool(self._point, actor, after)
        yield b"retry: 1000\n\n"
        if not valid:
            yield b"event: reset\ndata: {}\n\n"
        self.listening += 1
        loop = asyncio.get_running_loop()
        spoken = loop.time()
        try:
            while True:
                turn = self._turn
                now = self.sessions.get(actor.session)
                if now is None:
                    now = (await run_in_threadpool(self.room.accounts.live)).get(actor.session)
                if now is None:
                    yield b"event: signed-out\ndata: {}\n\n"
                    return
                batch, cursor, more = await self._after(now, cursor)
                if batch or loop.time() - spoken > QUIET - 1:
                    spoken = loop.time()
                    yield batch or b":\n\n"
                if not more:
                    await turn.wait()
        finally:
            self.listening -= 1

    def cursor(self, actor: Actor, seq: int) -> str:
        """The id from which a listener goes on who has seen everything up to an entry."""
        if not is_outsider(actor):
            return f"{self.room.store.epoch}-{seq}"
        table = schema.trail
        wanted = select(table.c.shown).where(
            table.c.inspection == actor.inspection, table.c.shown.is_not(None), table.c.seq <= seq
        )
        with self.room.store.database.reading() as connection:
            last = connection.execute(wanted.order_by(table.c.seq.desc()).limit(1)).scalar()
        return f"{self.room.store.epoch}-{last or 0}"

    def _point(self, actor: Actor, after: str) -> tuple[int, bool]:
        if not after:
            return self._seq, True
        epoch, _, number = after.partition("-")
        head = self.room.store.head()[0]
        if not (number.isdecimal() and len(number) < 15 and epoch == str(self.room.store.epoch)):
            return head, False
        if not is_outsider(actor):
            return (int(number), True) if int(number) <= head else (head, False)
        if int(number) == 0:
            return 0, True
        table = schema.trail
        with self.room.store.database.reading() as connection:
            wanted = select(table.c.seq).where(table.c.inspection == actor.inspection, table.c.shown == int(number))
            seq = connection.execute(wanted).scalar()
        return (seq, True) if seq is not None else (head, False)

    async def _after(self, actor: Actor, cursor: int) -> tuple[bytes, int, bool]:
        # From memory where it reaches back far enough, else a page from the database.
        if cursor >= self._floor:
            missing = self._seq - cursor
            if missing <= 0:
                return b"", cursor, False
            start = max(0, len(self._latest) - missing)
            found = [self._latest[i] for i in range(start, len(self._latest)) if self._latest[i].seq > cursor]
            return b"".join(self._text(actor, one) for one in found), self._seq, False
        try:
            found = await run_in_threadpool(self._read, cursor, self._seq, PAGE)
        except RecordsError:
            return b"", cursor, False
        if not found:
            return b"", max(cursor, self._floor), True
        return b"".join(self._text(actor, one) for one in found), found[-1].seq, True

    def _text(self, actor: Actor, one: Happening) -> bytes:
        if one.kind in {"session", "account", "epoch"}:
            return b""
        if is_outsider(actor):
            return one.outside if one.shown is not None and one.inspection == actor.inspection else b""
        if sees(actor, one.kind, one.body):
            return one.inside
        return one.gone if one.before and sees(actor, one.kind, one.before) else b""

    def _read(self, after: int, upto: int, limit: int) -> list[Happening]:
        trail, records = schema.trail, schema.records
        same = and_(records.c.kind == trail.c.kind, records.c.id == trail.c.id, records.c.version == trail.c.version)
        wanted = (
            select(trail, records.c.body.label("record"))
            .outerjoin(records, same)
            .where(trail.c.seq > after)
            .order_by(trail.c.seq)
            .limit(limit)
        )
        if upto:
            wanted = wanted.where(trail.c.seq <= upto)
        with self.room.store.database.reading() as connection:
            return [_happening(row) for row in connection.execute(wanted).mappings()]


def _happening(row: Any) -> Happening:
    entry = json.loads(row["body"])
    body = json.loads(row["record"]) if row["record"] else {}
    before = {key: values[0] for key, values in entry["change"].items()} if row["version"] > 1 else {}
    if before:
        before = body | before
    told = {key: entry[key] for key in ("seq", "at", "actor", "action", "kind", "id", "version")}
    name = f"{row['epoch']}-{row['seq']}"
    outside = b""
    if row["shown"] is not None and row["kind"] in ITEMS:
        seen = {"kind": row["kind"], "id": row["id"], "action": "released", "record": public(body)}
        outside = _event(f"{row['epoch']}-{row['shown']}", "record", seen)
    return Happening(
        seq=row["seq"],
        shown=row["shown"],
        kind=row["kind"],
        inspection=row["inspection"],
        action=row["action"],
        body=body,
        before=before,
        inside=_event(name, "record", told | {"record": body}),
        gone=_event(name, "gone", {"kind": row["kind"], "id": row["id"]}),
        outside=outside,
    )


def _event(name: str, kind: str, data: dict[str, Any]) -> bytes:
    # JSON on one line: no text of a record can begin a line of the stream.
    return f"id: {name}\nevent: {kind}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n".encode()
