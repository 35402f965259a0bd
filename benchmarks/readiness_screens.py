"""Live screens of the load test, a process of their own: each keeps what it was told, in order, across connections."""

import asyncio
import json
import random
import sys
import time
from typing import Any

AT_ONCE = 100
"""Screens that connect at the same time."""


class Told:
    """The entries as the screens were told them, once for all: each screen is somewhere in this list."""

    def __init__(self) -> None:
        self.seqs: list[int] = []
        self.times: list[float] = []


class Screen(asyncio.Protocol):
    """
    One screen.

    An event counts once its blank line has come, as in a browser; a lost connection is made again with the id of the
    last one that counted.
    """

    def __init__(self, port: int, token: str, told: Told) -> None:
        self.port, self.token, self.told = port, token, told
        self.at, self.wrong = 0, 0
        self.last, self.connections, self.open = "", 0, asyncio.Event()
        self.closed = asyncio.Event()
        self.rest = b""

    async def follow(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self.rest = b""
            self.closed.clear()
            try:
                await loop.create_connection(lambda: self, "127.0.0.1", self.port)
                await self.closed.wait()
            except OSError:
                pass
            await asyncio.sleep(0.2 + random.random() * 0.3)

    def connection_made(self, transport: Any) -> None:
        head = f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.token}\r\n"
        head += f"Last-Event-ID: {self.last}\r\n" if self.last else ""
        transport.write(head.encode() + b"\r\n")
        self.connections += 1

    def data_received(self, data: bytes) -> None:
        if not self.open.is_set() and b"retry:" in data:
            self.open.set()
        whole = self.rest + data
        end = whole.rfind(b"\n\n") + 2
        if end < 2:
            self.rest = whole
            return
        # The line feed stays, so that an event which begins the next part is found as well.
        self.rest = whole[end - 1 :]
        found, at = [], whole.find(b"\nid: ", 0, end)
        while at >= 0:
            stop = whole.index(b"\n", at + 5)
            name = whole[at + 5 : stop]
            found.append(int(name[name.index(b"-") + 1 :]))
            at = whole.find(b"\nid: ", stop, end)
        if found:
            self.last = name.decode()
            self._took(found)

    def _took(self, found: list[int]) -> None:
        told, now, upto = self.told, time.perf_counter(), self.at + len(found)
        known = told.seqs[self.at : upto]
        if found[: len(known)] != known:
            self.wrong += 1
        told.seqs.extend(found[len(known) :])
        # What stays is when the last screen had it.
        told.times[self.at : upto] = [now] * len(found)
        self.at = upto

    def connection_lost(self, error: Exception | None) -> None:
        del error
        self.closed.set()


async def watch(port: int, tokens: list[str]) -> dict[str, Any]:
    """Follow with one screen for each token until the parent names the last entry; then tell what was seen."""
    told = Told()
    screens = [Screen(port, token, told) for token in tokens]
    following = []
    for start in range(0, len(screens), AT_ONCE):
        part = screens[start : start + AT_ONCE]
        following += [asyncio.create_task(screen.follow()) for screen in part]
        await asyncio.gather(*(screen.open.wait() for screen in part))
    sys.stdout.write("open\n")
    sys.stdout.flush()
    last = int(await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline))
    for _ in range(600):
        if told.seqs and told.seqs[-1] >= last and all(screen.at == len(told.seqs) for screen in screens):
            break
        await asyncio.sleep(0.1)
    for task in following:
        task.cancel()
    return {
        "seqs": told.seqs,
        "times": told.times,
        "wrong": sum(bool(screen.wrong) or screen.at != len(told.seqs) for screen in screens),
        "events": sum(screen.at for screen in screens),
        "connections": sum(screen.connections for screen in screens),
    }


def main() -> int:
    """Be told port and tokens, watch, tell what was seen."""
    asked = json.loads(sys.stdin.readline())
    sys.stdout.write(json.dumps(asyncio.run(watch(asked["port"], asked["tokens"]))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
