"""Who sends a request: the session behind its cookie or bearer token, and whether its order is its own."""

from hashlib import sha256
from hmac import compare_digest
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from echelon.readiness.records.problems import RefusedError, SignedOutError
from echelon.readiness.records.store import Actor
from echelon.readiness.room.room import Room
from echelon.readiness.web.guard import SAFE

COOKIE: Final = "echelon_session"
CSRF: Final = "x-csrf-token"

UNUSED: Final = frozenset({"/api/events", "/api/me"})
"""What a screen asks for by itself: it does not count as use of the session, which would never end otherwise."""


def token_of(request: Request) -> tuple[str, bool]:
    """The session's token, and whether a cookie carried it (which a browser sends without being asked)."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer" and token:
        return token.strip(), False
    return request.cookies.get(COOKIE, ""), True


def csrf_of(token: str) -> str:
    """What a page must send back to show that it was ours: a digest that only the token's holder can make."""
    return sha256(b"echelon-csrf-1\n" + token.encode()).hexdigest()


def actor_of(request: Request, room: Room) -> Actor:
    """
    Who sends a request.

    Raises
    ------
    SignedOutError
        Without a session.
    RefusedError
        If it would change something, came with a cookie, and does not show that it came from our page.
    """
    token, by_cookie = token_of(request)
    if not token:
        msg = "sign in first"
        raise SignedOutError(msg)
    if by_cookie and request.method not in SAFE:
        check_csrf(token, request.headers.get(CSRF, ""))
    return room.accounts.actor(token, used=request.url.path not in UNUSED)


def check_csrf(token: str, shown: str) -> None:
    """Refuse an order that does not show where it came from."""
    if not compare_digest(csrf_of(token).encode(), shown.encode("utf-8", "replace")):
        msg = "this order did not come from a page of this room; reload the page and do it again"
        raise RefusedError(msg)


def keep(response: Response, token: str, *, secure: bool) -> None:
    """Give the browser its session's token: out of reach of scripts and of other sites."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=secure, path="/")


def address_of(request: Request) -> str:
    """The address a request came from."""
    return request.client.host if request.client else ""
