"""Pages of mock audits, translation and readiness, and the auditors' own page of findings."""

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from echelon.readiness.records.problems import NotThereError, RefusedError
from echelon.readiness.records.roles import INSIDERS, ROOMS
from echelon.readiness.room.room import Room
from echelon.readiness.web.session import actor_of

SCRIPT: Final = "text/javascript; charset=utf-8"
STATIC_B: Final = {
    "work.css": "text/css; charset=utf-8",
    "work.js": SCRIPT,
    "audits.js": SCRIPT,
    "findings.js": SCRIPT,
    "translation.js": SCRIPT,
    "ready.js": SCRIPT,
}
"""Files of these pages."""

PAGES: Final = {
    "/audits": ("audits.html", INSIDERS),
    "/translation": ("translation.html", INSIDERS),
    "/ready": ("ready.html", ROOMS),
    "/findings": ("findings.html", frozenset({"mock_auditor"})),
}
"""Each page's template, and for which roles it is."""


def add_pages_b(router: APIRouter, room: Room, shown: Callable[[Request, str], Response]) -> None:
    """Add these pages: what is for no role of who asks is not there, or, within the company, refused."""

    def page(request: Request) -> Response:
        actor = actor_of(request, room)
        template, roles = PAGES[request.url.path]
        if not actor.roles & roles:
            if actor.roles & INSIDERS and roles & INSIDERS:
                msg = f"this page is for {', '.join(role.replace('_', ' ') for role in sorted(roles))}"
                raise RefusedError(msg)
            msg = "there is no page of that name"
            raise NotThereError(msg)
        return shown(request, template)

    for path in PAGES:
        router.add_api_route(path, page, methods=["GET"])
