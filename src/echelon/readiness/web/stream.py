"""The live stream: every committed entry to every screen that may see it, in order, resumable, none left out."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from time import thread_time

from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from echelon.readiness.records import schema
from echelon.readiness.records.anchors import EVERY
from echelon.readiness.records.problems import RecordsError, TooManyError
from echelon.readiness.records.store import Actor
from echelon.readiness.room.room import Room
from echelon.readiness.room.views import ALIKE, audience, is_outsider
from echelon.readiness.web.happenings import UNSEEN, Happening, read

KEPT = 4_000
"""Latest entries held in memory; what is older is read from the database."""

RECALLED = 1_000
"""Entries read into memory at the start: after a restart everybody comes back at once."""

PAGE = 500
POLL = 0.4
"""Seconds after which the database is looked at even when no one here wrote: another process may have."""

QUIET = 15.0
"""Seconds of silence after which a sign of life is sent."""

CHECK = 5.0
"""Seconds between looks at which sessions are still open."""

SLICE = 25
"""Screens that are written to before orders have their turn again."""

SHARE = 3.0
"""Times the processor's seconds of a sending that the next one waits: with many screens entries go a few at a time."""

LONGEST = 0.4
"""Seconds that it waits at most."""

SHARED = ALIKE | UNSEEN
"""Kinds whose text is the same for a whole audience."""

JOINED = 64
"""Joined texts held at once, for different listeners and points."""

SCREENS = 20
"""Streams that one session may have open."""

_LOG = logging.getLogger("echelon.readiness")


class Listener:
    """One open stream: who listens, how far it has been told, and what wakes it."""

    __slots__ = ("actor", "audience", "cursor", "ended", "joined", "left", "waiting")

    def __init__(self, actor: Actor, cursor: int, joined: float) -> None:
        self.actor = actor
        self.audience = audience(actor)
        self.cursor = cursor
        self.joined = joined
        self.ended = self.left = False
        self.waiting: asyncio.Future[bytes] | None = None

    def wake(self, data: bytes = b"") -> None:
        """Let a waiting stream go on, with something to send or to look what there is."""
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_result(data)

    def end(self, *, left: bool = False) -> None:
        """End the stream: because its session has, or because the other side is gone."""
        self.ended, self.left = True, self.left or left
        self.wake()


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
        self.listeners: dict[Listener, None] = {}
        self._latest: deque[Happening] = deque(maxlen=KEPT)
        self._seq = 0
        self._floor = 0
        self._apart = 0
        self._joined: dict[tuple[object, int, int], bytes] = {}
        self._wake = asyncio.Event()
        self._ready = asyncio.Event()
        self._stopped = False
        self._checked = self._spoken = 0.0

    @property
    def listening(self) -> int:
        """How many streams are open."""
        return len(self.listeners)

    async def run(self) -> None:
        """Follow the trail until `stop`; a database that is away is waited for, and nothing else ends it."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # an order that is committed while the server closes
                loop.call_soon_threadsafe(self._wake.set)

        self.room.store.wake = wake
        self._checked = self._spoken = loop.time()
        while not self._stopped:
            try:
                await self._turn(loop)
            except RecordsError:
                # The database is away: screens stay connected and go on where they were when it is back.
                await asyncio.sleep(POLL)
            except Exception:  # noqa: BLE001 - screens that say "live" and hear nothing more would be worse
                _LOG.exception("the live stream stumbled and goes on")
                await asyncio.sleep(POLL)

    async def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._ready.is_set():
            await self._begin()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), POLL)
        self._wake.clear()
        found = await run_in_threadpool(read, self.room.store, self._seq, 0, PAGE)
        ends = any(one.kind == "account" or one.action == "sign_out" for one in found)
        if ends or loop.time() - self._checked > CHECK:
            self._checked = loop.time()
            await self._check(self._checked)
        if found:
            await self._anchor(found[-1].seq)
            await self._tell(found)
            if len(found) == PAGE:
                self._wake.set()
        elif loop.time() - self._spoken > QUIET:
            await self._sliced([(one, b":\n\n") for one in self.listeners])
        else:
            return
        self._spoken = loop.time()

    def stop(self) -> None:
        """End `run` after the look at the database that it is in: cut off, that would leave a connection behind."""
        self._stopped = True
        self._wake.set()

    async def _begin(self) -> None:
        head = (await run_in_threadpool(self.room.store.head))[0]
        found = await run_in_threadpool(read, self.room.store, max(0, head - RECALLED), head, RECALLED)
        self._keep(found)
        self._seq = head
        self._floor = found[0].seq - 1 if found else head
        self._ready.set()

    def _keep(self, found: list[Happening]) -> None:
        self._latest.extend(found)
        # The last entry of which people of one role may see different things.
        self._apart = max((one.seq for one in found if one.kind not in SHARED), default=self._apart)

    async def _check(self, now: float) -> None:
        live = await run_in_threadpool(self.room.accounts.live)
        for one in list(self.listeners):
            actor = live.get(one.actor.session)
            if actor is not None:
                one.actor, one.audience = actor, audience(actor)
            elif one.joined < now:
                one.end()

    async def _tell(self, found: list[Happening]) -> None:
        # Whoever is up to date and sees nothing of it is moved on without being woken.
        before, self._seq = self._seq, found[-1].seq
        self._keep(found)
        self._floor = max(self._floor, self._latest[0].seq - 1)
        self._joined.clear()
        woken: list[tuple[Listener, bytes]] = []
        for one in self.listeners:
            if one.waiting is None:
                continue
            if one.cursor == before and not self._batch(one):
                one.cursor = self._seq
            else:
                woken.append((one, b""))
        began = thread_time()
        await self._sliced(woken)
        await asyncio.sleep(min(LONGEST, max(0.02, SHARE * (thread_time() - began))))

    async def _sliced(self, woken: list[tuple[Listener, bytes]]) -> None:
        for start in range(0, len(woken), SLICE):
            for one, data in woken[start : start + SLICE]:
                one.wake(data)
            await asyncio.sleep(0)

    async def _anchor(self, seq: int) -> None:
        if self.room.folder is None or seq // EVERY == self._seq // EVERY:
            return
        try:
            await run_in_threadpool(self.room.anchor)
        except (RecordsError, OSError) as error:
            _LOG.warning("no anchor could be set: %s", error)

    async def open(self, actor: Actor, after: str) -> "Stream":
        """
        A stream of what an actor may see, from a point on, without end.

        Parameters
        ----------
        actor
            Who listens, with its session.
        after
            The id of the last event that was received ("epoch-number"); empty for from now on.

        Returns
        -------
        Stream
            Server-sent events. `record` carries a record's whole state as the actor may see it, `gone` one that it no
            longer sees, `reset` says that all is to be loaded anew, `signed-out` that the session has ended.

        Raises
        ------
        TooManyError
            If the session has too many open already.
        """
        if sum(one.actor.session == actor.session for one in self.listeners) >= SCREENS:
            msg = f"this session has {SCREENS} live screens open already; close one"
            raise TooManyError(msg)
        await self._ready.wait()
        known = self._known(actor, after)
        cursor, valid = known if known is not None else await run_in_threadpool(self._point, actor, after)
        return Stream(self, Listener(actor, cursor, asyncio.get_running_loop().time()), valid=valid)

    async def next(self, listener: Listener) -> bytes:
        """What a listener is to be sent next, once there is something; it may be empty."""
        if listener.cursor < self._floor:
            return await self._older(listener)
        if listener.cursor < self._seq:
            batch = self._batch(listener)
            listener.cursor = self._seq
            if batch:
                return batch
        listener.waiting = asyncio.get_running_loop().create_future()
        try:
            return await listener.waiting
        finally:
            listener.waiting = None

    def _batch(self, listener: Listener) -> bytes:
        # From memory; joined once for all who are as far and see the same.
        alike = self._apart <= listener.cursor
        name = (listener.audience if alike else listener.actor.account, listener.cursor, self._seq)
        made = self._joined.get(name)
        if made is None:
            start = max(0, len(self._latest) - (self._seq - listener.cursor))
            found = (self._latest[i] for i in range(start, len(self._latest)))
            made = b"".join(one.text(listener.actor) for one in found if one.seq > listener.cursor)
            if len(self._joined) < JOINED:
                self._joined[name] = made
        return made

    async def _older(self, listener: Listener) -> bytes:
        try:
            found = await run_in_threadpool(read, self.room.store, listener.cursor, self._floor, PAGE)
        except RecordsError:
            await asyncio.sleep(POLL)
            return b""
        listener.cursor = found[-1].seq if found else self._floor
        return b"".join(one.text(listener.actor) for one in found)

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

    def _known(self, actor: Actor, after: str) -> tuple[int, bool] | None:
        # Without the database where that is possible: after a restart everybody asks at once.
        if not after:
            return self._seq, True
        number = _number(after, self.room.store.epoch)
        if number is not None and not is_outsider(actor) and number <= self._seq:
            return number, True
        return None

    def _point(self, actor: Actor, after: str) -> tuple[int, bool]:
        head = self.room.store.head()[0]
        number = _number(after, self.room.store.epoch)
        if number is None:
            return head, False
        if not is_outsider(actor):
            return (number, True) if number <= head else (head, False)
        if number == 0:
            return 0, True
        table = schema.trail
        with self.room.store.database.reading() as connection:
            wanted = select(table.c.seq).where(table.c.inspection == actor.inspection, table.c.shown == number)
            seq = connection.execute(wanted).scalar()
        return (seq, True) if seq is not None else (head, False)


class Stream(Response):
    """
    The answer that does not end: what a listener may see, as it happens.

    Parameters
    ----------
    hub
        What it is told by.
    listener
        Who listens, from where.
    valid
        Whether the point it wants to go on from is known; it starts anew otherwise.
    """

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, listener: Listener, *, valid: bool) -> None:
        self.hub, self.listener, self.valid = hub, listener, valid
        self.status_code, self.background = 200, None
        self.init_headers({"x-accel-buffering": "no"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the session ends or the other side is gone."""
        del scope
        listener, hub = self.listener, self.hub
        headers = [pair for pair in self.raw_headers if pair[0] != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        gone = asyncio.create_task(_gone(receive))
        gone.add_done_callback(lambda _: listener.end(left=True))
        hub.listeners[listener] = None
        try:
            data = b"retry: 1000\n\n" + (b"" if self.valid else b"event: reset\ndata: {}\n\n")
            while not listener.ended:
                if data:
                    await send({"type": "http.response.body", "body": data, "more_body": True})
                data = await hub.next(listener)
            if not listener.left:
                end = b"event: signed-out\ndata: {}\n\n"
                await send({"type": "http.response.body", "body": end, "more_body": False})
        finally:
            hub.listeners.pop(listener, None)
            gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _number(after: str, epoch: int) -> int | None:
    told, _, number = after.partition("-")
    if number.isascii() and number.isdecimal() and len(number) < 15 and told == str(epoch):
        return int(number)
    return None
