"""What stands before every page: allowed hosts, sizes, where a request comes from, and the headers of every answer."""

import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Only our own script, style and addresses; nothing inline, nothing framed."""

HEADERS: Final = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cache-control", b"no-store"),
)

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

LARGEST: Final = 300_000
"""Bytes of an order; documents have a limit of their own."""

UPLOADS: Final = frozenset({"/api/documents", "/api/libraries", "/api/bank/import", "/api/translations/files"})
"""Where files are brought."""

LARGEST_UPLOAD: Final = 26_000_000


class Guard:
    """
    Wraps an application.

    Parameters
    ----------
    app
        What it guards.
    hosts
        Names under which the room may be addressed; others are refused, so that no foreign name can be pointed at it.
    """

    def __init__(self, app: App, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        if name_of(headers.get("host", "")) not in self.hosts:
            await _refuse(send, 400, "this room is not known under that name; start it with --host-name NAME")
            return
        if scope["method"] not in SAFE and not same_origin(headers):
            await _refuse(send, 403, "this order came from another site and was not carried out")
            return
        most = LARGEST_UPLOAD if scope["path"] in UPLOADS else LARGEST
        if _length(headers) > most:
            await _refuse(send, 413, f"this is too large: {most:,} bytes at most")
            return

        begun = False

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                given = {key.lower() for key, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(pair for pair in HEADERS if pair[0] not in given)]
            await send(message)

        try:
            await self.app(scope, _counted(receive, most), sending)
        except Exception:
            if begun:
                raise
            # Answered here and not further out, where no header of ours is set.
            logging.getLogger("echelon.readiness").exception("%s %s failed", scope["method"], scope["path"])
            await _failed(sending, api=scope["path"].startswith("/api"))


def name_of(host: str) -> str:
    """The name in a Host header, without its port, in small letters."""
    return (urlsplit(f"//{host}").hostname or "").lower() if host else ""


def same_origin(headers: dict[str, str]) -> bool:
    """Whether a request that changes something comes from our own pages, or from no browser."""
    site = headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower() and origin != "null"


def _length(headers: dict[str, str]) -> int:
    text = headers.get("content-length", "0")
    return int(text) if text.isdecimal() else LARGEST_UPLOAD + 1


def _counted(receive: Receive, most: int) -> Receive:
    taken = 0

    async def counted() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            # Of a length that was not told beforehand; the application answers with this.
            raise HTTPException(413, f"this is too large: {most:,} bytes at most")
        return message

    return counted


async def _failed(send: Send, *, api: bool) -> None:
    words = "the room failed at this, and its log says why; look whether it was done before you repeat it"
    body = json.dumps({"error": words}).encode() if api else words.encode()
    kind = b"application/json" if api else b"text/plain; charset=utf-8"
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, status: int, words: str) -> None:
    body = words.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
