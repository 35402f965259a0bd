"""The other side of the load test: the room as a process that can be killed, and people who give it orders."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from argon2 import PasswordHasher

from echelon.readiness.records.anchors import key_in
from echelon.readiness.records.database import Database, url_of
from echelon.readiness.records.store import MACHINE, Store
from echelon.readiness.room.room import Room

PASSWORD = "a phrase of the load test"
INSPECTION = "load"
STEPS = ("receive", "assign", "start", "write", "submit", "approve", "release", "close")
"""What is done with each item: eight acknowledged actions."""


@dataclass
class Case:
    """A load: how many listen, how many items come in how many seconds, and how often the server is killed."""

    name: str
    listeners: int
    items: int
    seconds: float
    kills: int = 0


@dataclass
class Seen:
    """What was measured: seconds of each order, its answer by its key, and when it was first sent by its entry."""

    took: list[float] = field(default_factory=list)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: dict[int, float] = field(default_factory=dict)
    retried: int = 0


class Server:
    """The room as its own process."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0
        self.running: subprocess.Popen[bytes] | None = None
        self.said: IO[bytes] = (folder.parent / "said.txt").open("ab")

    async def start(self) -> None:
        self.port = self.port or free_port()
        command = [sys.executable, "-m", "echelon", "readiness", "--room", str(self.folder), "--port", str(self.port)]
        self.running = subprocess.Popen(command, stderr=self.said)
        for _ in range(1200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
        msg = "the room did not open in a minute"
        raise RuntimeError(msg)

    def kill(self) -> None:
        if self.running is not None and self.running.poll() is None:
            self.running.send_signal(signal.SIGKILL)
            self.running.wait()

    def used(self) -> tuple[float, float]:
        """Seconds of processor and megabytes of memory of the server."""
        assert self.running is not None
        parts = Path(f"/proc/{self.running.pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{self.running.pid}/statm").read_text().split()[1])
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Caller:
    """One person's connection for orders: kept open, made again when lost; an order in doubt is sent again."""

    def __init__(self, server: Server, token: str, seen: Seen) -> None:
        self.server, self.token, self.seen = server, token, seen
        self.reader: asyncio.StreamReader | None = None
        self.writer: asyncio.StreamWriter | None = None

    async def order(self, path: str, body: dict[str, Any], once: str = "") -> dict[str, Any]:
        began = time.perf_counter()
        for attempt in range(400):
            try:
                status, data = await self._send(path, body, once)
            except (OSError, asyncio.IncompleteReadError, ValueError):
                self.reader = None
                self.seen.retried += 1
                await asyncio.sleep(min(0.05 * 2**attempt, 0.5))
                continue
            if status != 200:
                msg = f"{path}: {status} {data}"
                raise RuntimeError(msg)
            if once:
                self.seen.took.append(time.perf_counter() - began)
                self.seen.acknowledged[once] = data
                self.seen.sent[data["seq"]] = began
            return data
        msg = "the room does not come back"
        raise RuntimeError(msg)

    async def _send(self, path: str, body: dict[str, Any], once: str) -> tuple[int, dict[str, Any]]:
        if self.reader is None or self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        raw = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(raw)}\r\n"
        head += f"Authorization: Bearer {self.token}\r\n" if self.token else ""
        head += f"Idempotency-Key: {once}\r\n" if once else ""
        self.writer.write(head.encode() + b"\r\n" + raw)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(answer.partition("content-length: ")[2].partition("\r\n")[0])
        return int(answer.split(" ", 2)[1]), json.loads(await self.reader.readexactly(length))


def prepared(folder: Path, people: int) -> list[str]:
    """A room with its people. Cheap hashes: what is measured is the room, not Argon2."""
    room = Room(Store(Database(url_of(folder), durable=False)), key_in(folder), folder)
    room.store.open()
    kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    names = [f"p{number}" for number in range(people)]
    for number, name in enumerate(names):
        role = ("front_room", "back_room", "quality_head", "scribe")[number] if number < 4 else "subject_expert"
        # Everyone who listens sees the whole board: the heaviest load there can be.
        both = frozenset({role, "scribe"})
        room.accounts.create(MACHINE, name, f"Person {number}", "", both, kept=kept)
    head = room.accounts.actor(room.accounts.sign_in("p2", PASSWORD))
    room.open_inspection(head, {"id": INSPECTION, "name": "Load", "first_day": "2026-03-02"})
    room.store.database.close()
    return names


async def entered(server: Server, names: list[str]) -> dict[str, dict[str, Any]]:
    """Everyone signed in, fifty at a time: token and account by name."""

    async def enter(name: str) -> dict[str, Any]:
        return await Caller(server, "", Seen()).order("/api/sign-in", {"username": name, "password": PASSWORD})

    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(names), 50):
        part = names[start : start + 50]
        found |= dict(zip(part, await asyncio.gather(*(enter(name) for name in part)), strict=True))
    return found


async def work(case: Case, server: Server, seen: Seen, people: dict[str, dict[str, Any]]) -> None:
    """The work on every item: it comes at its moment and takes its eight steps over a while, as people do."""
    rng = random.Random(5)
    experts = list(people)[4:]
    callers: dict[tuple[str, int], Caller] = {}
    locks: dict[tuple[str, int], asyncio.Lock] = {}

    async def one(number: int) -> None:
        await asyncio.sleep(rng.random() * case.seconds * 0.85)
        expert = rng.choice(experts)
        who = dict(zip(STEPS, ("p0", "p1", expert, expert, expert, "p2", "p0", "p0"), strict=True))
        bodies = {
            "assign": {"owner": people[expert]["account"]},
            "write": {"answer": f"The answer of item {number}. " * 8},
        }
        item = ""
        for step in STEPS:
            caller = callers.setdefault((who[step], number % 4), Caller(server, people[who[step]]["token"], seen))
            async with locks.setdefault((who[step], number % 4), asyncio.Lock()):
                if step == "receive":
                    told = {"inspection": INSPECTION, "wording": f"Item {number}: please show us the record."}
                    item = (await caller.order("/api/requests", told, f"i{number}-{step}"))["id"]
                else:
                    await caller.order(f"/api/items/{item}/{step}", bodies.get(step, {}), f"i{number}-{step}")
            await asyncio.sleep(rng.random() * case.seconds * 0.03)

    await asyncio.gather(*(one(number) for number in range(case.items)))
