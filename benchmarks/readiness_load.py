"""Load and durability of the inspection room, over real connections; writes docs/readiness-load.md."""

import argparse
import asyncio
import json
import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from echelon.readiness.records.store import MACHINE
from echelon.readiness.verifier import SqliteReader, verify
from echelon.readiness.web.serve import open_room

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "readiness-load.md"
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
    """What was measured."""

    took: list[float] = field(default_factory=list)
    acknowledged: dict[str, dict[str, Any]] = field(default_factory=dict)
    retried: int = 0
    delays: list[float] = field(default_factory=list)


class Server:
    """The room as its own process."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.running = folder, 0, None

    async def start(self) -> None:
        self.port = self.port or free_port()
        command = [sys.executable, "-m", "echelon", "readiness", "--room", str(self.folder), "--port", str(self.port)]
        self.running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
        msg = "the room did not open"
        raise RuntimeError(msg)

    def kill(self) -> None:
        assert self.running is not None
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()

    def used(self) -> tuple[float, float]:
        """Seconds of processor and megabytes of memory of the server."""
        assert self.running is not None
        parts = Path(f"/proc/{self.running.pid}/stat").read_text().rpartition(")")[2].split()
        pages = int(Path(f"/proc/{self.running.pid}/statm").read_text().split()[1])
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK"), pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def free_port() -> int:
    import socket

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
        for attempt in range(200):
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


class Screen:
    """One live screen: keeps what it was told, in order, and goes on where it was after a lost connection."""

    def __init__(self, server: Server, token: str) -> None:
        self.server, self.token = server, token
        self.seqs: list[int] = []
        self.last, self.connections, self.open = "", 0, asyncio.Event()
        self.arrived: dict[int, float] | None = None

    async def follow(self) -> None:
        while True:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._once()
            await asyncio.sleep(0.2 + random.random() * 0.3)

    async def _once(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        head = f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"
        head += f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        writer.write(head.encode() + b"\r\n")
        self.connections += 1
        async for raw in reader:
            if raw.startswith(b"retry:"):
                self.open.set()
            elif raw.startswith(b"id: "):
                self.last = raw[4:].strip().decode()
                seq = int(self.last.partition("-")[2])
                self.seqs.append(seq)
                if self.arrived is not None:
                    self.arrived.setdefault(seq, time.perf_counter())
        writer.close()


async def prepared(folder: Path, people: int) -> dict[str, str]:
    """A room with its people: roles by user name. Cheap hashes: what is measured is the room, not Argon2."""
    room = open_room(folder)
    kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    roles = {}
    for number in range(people):
        role = ("front_room", "back_room", "quality_head", "scribe")[number] if number < 4 else "subject_expert"
        # Everyone who listens sees the whole board: the heaviest load there can be.
        both = {role, "scribe"}
        name = f"p{number}"
        room.accounts.create(MACHINE, name, f"Person {number}", "", frozenset(both), kept=kept)
        roles[name] = role
    head = room.accounts.actor(room.accounts.sign_in("p2", PASSWORD))
    room.open_inspection(head, {"id": INSPECTION, "name": "Load", "first_day": "2026-03-02"})
    room.store.database.close()
    return roles


async def run(case: Case, folder: Path) -> dict[str, Any]:
    """Run a case and measure it."""
    people = await prepared(folder, max(case.listeners, 8))
    server, seen = Server(folder), Seen()
    await server.start()
    tokens, ids = {}, {}
    for start in range(0, len(people), 50):
        names = list(people)[start : start + 50]
        for name, told in zip(names, await asyncio.gather(*(enter(server, name) for name in names)), strict=True):
            tokens[name], ids[name] = told["token"], told["account"]
    screens = [Screen(server, tokens[name]) for name in list(people)[: case.listeners]]
    screens[0].arrived = {}
    following = [asyncio.create_task(screen.follow()) for screen in screens]
    await asyncio.gather(*(screen.open.wait() for screen in screens))
    await asyncio.sleep(1)
    cpu, began = server.used()[0], time.perf_counter()
    killer = asyncio.create_task(killing(server, case))
    await asyncio.gather(*items(case, server, seen, tokens, ids, killer))
    took = time.perf_counter() - began
    await killer
    cpu, memory = server.used()[0] - cpu, server.used()[1]
    last = max(told["seq"] for told in seen.acknowledged.values())
    for _ in range(300):
        if all(screen.seqs and screen.seqs[-1] >= last for screen in screens):
            break
        await asyncio.sleep(0.1)
    for task in following:
        task.cancel()
    server.kill()
    return judged(case, folder, seen, screens) | {"seconds": took, "cpu": cpu, "memory": memory}


async def enter(server: Server, name: str) -> dict[str, Any]:
    return await Caller(server, "", Seen()).order("/api/sign-in", {"username": name, "password": PASSWORD})


async def killing(server: Server, case: Case) -> None:
    for _ in range(case.kills):
        await asyncio.sleep(case.seconds / (case.kills + 1))
        server.kill()
        await server.start()


def items(
    case: Case, server: Server, seen: Seen, tokens: dict[str, str], ids: dict[str, str], killer: "asyncio.Task[None]"
) -> list[Awaitable[None]]:
    """The work on every item: it comes at its moment and takes its eight steps over a while, as people do."""
    rng = random.Random(5)
    experts = [name for name in tokens if int(name[1:]) >= 4]

    async def one(number: int) -> None:
        await asyncio.sleep(rng.random() * case.seconds * 0.85)
        expert = rng.choice(experts)
        who = dict(zip(STEPS, ("p0", "p1", expert, expert, expert, "p2", "p0", "p0"), strict=True))
        bodies = {"assign": {"owner": ids[expert]}, "write": {"answer": f"The answer of item {number}. " * 8}}
        item = ""
        for step in STEPS:
            caller = callers.setdefault((who[step], number % 4), Caller(server, tokens[who[step]], seen))
            async with locks.setdefault((who[step], number % 4), asyncio.Lock()):
                if step == "receive":
                    told = {"inspection": INSPECTION, "wording": f"Item {number}: please show us the record."}
                    item = (await caller.order("/api/requests", told, f"i{number}-{step}"))["id"]
                else:
                    await caller.order(f"/api/items/{item}/{step}", bodies.get(step, {}), f"i{number}-{step}")
            await asyncio.sleep(rng.random() * case.seconds * 0.03)

    callers: dict[tuple[str, int], Caller] = {}
    locks: dict[tuple[str, int], asyncio.Lock] = {}
    del killer
    return [one(number) for number in range(case.items)]


def judged(case: Case, folder: Path, seen: Seen, screens: list[Screen]) -> dict[str, Any]:
    """What a case shows: times, and whether anything was lost or out of order."""
    reader = SqliteReader(folder / "readiness.sqlite")
    found = verify(reader, [])
    entries = {row["once"].partition(":")[2]: row for row in reader.rows("SELECT * FROM trail WHERE once IS NOT NULL")}
    record_seqs = [row["seq"] for row in reader.rows("SELECT seq FROM trail WHERE version > 0 ORDER BY seq")]
    reader.close()
    lost = [once for once, told in seen.acknowledged.items() if entries.get(once, {}).get("seq") != told["seq"]]
    took = sorted(seen.took)
    first = {screen.seqs[0] for screen in screens}
    wanted = [seq for seq in record_seqs if seq >= min(first)]
    return {
        "case": case.name,
        "listeners": case.listeners,
        "items": case.items,
        "actions": len(seen.acknowledged),
        "p50": took[len(took) // 2],
        "p95": took[int(len(took) * 0.95)],
        "max": took[-1],
        "lost": len(lost),
        "twice": len(entries) - len(seen.acknowledged),
        "wrong_screens": sum(screen.seqs != wanted for screen in screens),
        "events": sum(len(screen.seqs) for screen in screens),
        "reconnected": sum(screen.connections - 1 for screen in screens),
        "retried": seen.retried,
        "kills": case.kills,
        "findings": found.findings[:3],
    }


COLUMNS = (
    ("case", "{case}"), ("screens", "{listeners:,}"), ("items", "{items:,}"), ("actions", "{actions:,}"),
    ("seconds", "{seconds:.0f}"), ("p50 ms", "{p50:.0f}"), ("p95 ms", "{p95:.0f}"), ("max ms", "{max:,.0f}"),
    ("events received", "{events:,}"), ("lost", "{lost}"), ("done twice", "{twice}"),
    ("wrong screens", "{wrong_screens}"), ("kills", "{kills}"), ("reconnections", "{reconnected:,}"),
    ("server CPU s", "{cpu}"), ("server MB", "{memory:.0f}"),
)  # fmt: skip

WORDS = """\
# Load and durability of the inspection room

Written by `python -m benchmarks.readiness_load {mode}` on {day}: Python {python}, {cores} cores shared by the server,
the load itself and whatever else ran (load average at the end {busy:.1f}). SQLite, every commit waiting for the disk.
Every screen sees the whole board, so each event goes to all of them; an item takes eight acknowledged actions. The case
to serve is 300 items and 150 screens in 10 minutes, then 3,000 items and 1,500 screens. `make load` (full) runs these;
`short` runs parts of them at their rate.

{table}

Lost: orders that were acknowledged and are not in the trail under the same number. Done twice: entries beyond the
acknowledged orders. A screen is wrong unless it was told every entry exactly once and in order, across reconnections.
Times run from an order's first sending to its answer; with kills (kill -9) they include the restarts of the server.
After each case the verifier looked through the whole room: {found}.
"""


def page(rows: list[dict[str, Any]], mode: str) -> str:
    """The figures as a page."""
    told = [{**row, **{name: 1000 * row[name] for name in ("p50", "p95", "max")}} for row in rows]
    for row in told:
        # A killed server takes its count with it.
        row["cpu"] = "-" if row["kills"] else f"{row['cpu']:.0f}"
    table = ["| " + " | ".join(name for name, _ in COLUMNS) + " |", "| --- |" + " ---: |" * (len(COLUMNS) - 1)]
    table += ["| " + " | ".join(form.format(**row) for _, form in COLUMNS) + " |" for row in told]
    findings = [finding for row in rows for finding in row["findings"]]
    return WORDS.format(
        mode=mode,
        day=time.strftime("%Y-%m-%d"),
        python=platform.python_version(),
        cores=os.cpu_count(),
        busy=os.getloadavg()[0],
        table="\n".join(table),
        found="; ".join(findings) or "it found nothing wrong",
    )


CASES = {
    "full": (
        Case("the real case", 150, 300, 600),
        Case("ten times", 1500, 3000, 600),
        Case("killed 20 times", 150, 300, 300, 20),
    ),
    "short": (
        Case("the real case, a fifth of it at its rate", 150, 60, 120),
        Case("ten times, a twentieth of it at its rate", 1500, 150, 30),
        Case("killed", 50, 40, 60, 6),
    ),
}


def main() -> int:
    """Run the cases and write the page; exit status 1 where something was lost or out of order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=list(CASES), nargs="?", default="full")
    parser.add_argument("--dry", action="store_true", help="do not write the page")
    given = parser.parse_args()
    rows = []
    for case in CASES[given.mode]:
        with tempfile.TemporaryDirectory(prefix="echelon-load-") as folder:
            rows.append(asyncio.run(run(case, Path(folder) / "room")))
        sys.stdout.write(json.dumps(rows[-1]) + "\n")
        sys.stdout.flush()
    if not given.dry:
        PAGE.write_text(page(rows, given.mode), encoding="utf-8")
    bad = any(row["lost"] or row["twice"] or row["wrong_screens"] or row["findings"] for row in rows)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
