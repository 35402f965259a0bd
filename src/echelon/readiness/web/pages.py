"""The pages: sign-in, the board, the inspector's view, people and the API's description, written by Jinja2."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from echelon.readiness.records.problems import NotThereError, RecordsError, SignedOutError
from echelon.readiness.records.roles import ROLES, ROOMS
from echelon.readiness.records.store import Actor
from echelon.readiness.room.clocks import MINUTES
from echelon.readiness.room.room import Room
from echelon.readiness.room.views import is_outsider
from echelon.readiness.web.api_trail import packed
from echelon.readiness.web.pages_bench_b import STATIC_B, add_pages_b
from echelon.readiness.web.session import COOKIE, actor_of, address_of, check_csrf, csrf_of, keep, token_of

STATIC: Final = {
    "room.css": "text/css; charset=utf-8",
    "room.js": "text/javascript; charset=utf-8",
    "released.js": "text/javascript; charset=utf-8",
    "desk.js": "text/javascript; charset=utf-8",
    "people.js": "text/javascript; charset=utf-8",
    "bench.css": "text/css; charset=utf-8",
    "bench.js": "text/javascript; charset=utf-8",
    "standards.js": "text/javascript; charset=utf-8",
    "bank.js": "text/javascript; charset=utf-8",
    "drills.js": "text/javascript; charset=utf-8",
    "decks.js": "text/javascript; charset=utf-8",
    "trail.js": "text/javascript; charset=utf-8",
    "shared.js": "text/javascript; charset=utf-8",
    **STATIC_B,
}
"""Files of the pages; no other is served."""

INSIDE: Final = {
    "/desk": "desk.html",
    "/standards": "standards.html",
    "/bank": "bank.html",
    "/drills": "drills.html",
    "/decks": "decks.html",
}
"""Pages that outsiders do not see, nor that they are there."""


@cache
def _environment() -> Environment:
    folder = str(files("echelon.readiness.web") / "templates")
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


@cache
def _file(name: str) -> bytes:
    return (files("echelon.readiness.web") / "static" / name).read_bytes()


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    A page to be written.

    Parameters
    ----------
    template
        Its template.
    words
        What the template speaks of.
    actor, csrf
        Who looks at it, and what their orders show as their own.
    notice
        A line above it.
    status
        HTTP status.
    """

    template: str
    words: Mapping[str, Any] = field(default_factory=dict)
    actor: Actor | None = None
    csrf: str = ""
    notice: str = ""
    status: int = 200


def render(sheet: Sheet) -> HTMLResponse:
    """Write a page."""
    actor = sheet.actor
    told = {"csrf": sheet.csrf, "account": actor.account if actor else "", "minutes": MINUTES}
    told["username"] = actor.username if actor else ""
    always: dict[str, Any] = {
        "actor": actor,
        "roles": ROLES,
        "rooms": ROOMS,
        "outsider": bool(actor and is_outsider(actor)),
        "csrf": sheet.csrf,
    }
    always |= {"settings": json.dumps(told), "notice": sheet.notice}
    return HTMLResponse(_environment().get_template(sheet.template).render({**sheet.words, **always}), sheet.status)


def make_pages(room: Room, *, secure: bool, notice: str = "") -> APIRouter:
    """
    The router of the pages.

    Parameters
    ----------
    room
        What they show.
    secure
        Whether cookies are for encrypted connections only.
    notice
        A line above every page: what a demo is.
    """
    router = APIRouter(include_in_schema=False)

    def shown(request: Request, template: str, words: Mapping[str, Any] | None = None) -> Response:
        actor = actor_of(request, room)
        return render(Sheet(template, words or {}, actor, csrf_of(token_of(request)[0]), notice))

    def board(request: Request) -> Response:
        return shown(request, "released.html" if is_outsider(actor_of(request, room)) else "board.html")

    def people(request: Request) -> Response:
        return shown(request, "people.html")

    def inside(request: Request) -> Response:
        if is_outsider(actor_of(request, room)):
            msg = "there is no page of that name"
            raise NotThereError(msg)
        return shown(request, INSIDE[request.url.path])

    def trail(request: Request) -> Response:
        if "quality_head" not in actor_of(request, room).roles:
            msg = "there is no page of that name"
            raise NotThereError(msg)
        return shown(request, "trail.html")

    def handover(
        request: Request,
        csrf: Annotated[str, Form(max_length=80)] = "",
        inspection: Annotated[str, Form(max_length=60)] = "",
        part: Annotated[str, Form(max_length=20)] = "all",
    ) -> Response:
        token = request.cookies.get(COOKIE, "")
        check_csrf(token, csrf)
        return packed(room, room.accounts.actor(token), inspection, part)

    def sign_in_page() -> Response:
        return render(Sheet("sign_in.html", {"wrong": ""}, notice=notice))

    def sign_in(
        request: Request,
        username: Annotated[str, Form(max_length=80)] = "",
        password: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        try:
            token = room.accounts.sign_in(username, password, address_of(request))
        except RecordsError as error:
            return render(Sheet("sign_in.html", {"wrong": str(error)}, notice=notice, status=error.status))
        answer = RedirectResponse("/", 303)
        keep(answer, token, secure=secure)
        return answer

    def sign_out(request: Request, csrf: Annotated[str, Form(max_length=80)] = "") -> Response:
        token = request.cookies.get(COOKIE, "")
        answer = RedirectResponse("/sign-in", 303)
        answer.delete_cookie(COOKIE, path="/")
        if token:
            check_csrf(token, csrf)
            try:
                room.accounts.sign_out(room.accounts.actor(token))
            except SignedOutError:
                return answer
        return answer

    def static(name: str) -> Response:
        if name not in STATIC:
            msg = f"there is no file {name[:60]}"
            raise NotThereError(msg)
        return Response(_file(name), media_type=STATIC[name])

    def no_icon() -> Response:
        return Response(status_code=204)

    def reference(request: Request) -> Response:
        return shown(request, "reference.html", {"operations": _operations(request.app.openapi())})

    for path, call, method in (
        ("/", board, "GET"),
        ("/people", people, "GET"),
        ("/trail", trail, "GET"),
        ("/handover", handover, "POST"),
        ("/sign-in", sign_in_page, "GET"),
        ("/sign-in", sign_in, "POST"),
        ("/sign-out", sign_out, "POST"),
        ("/static/{name}", static, "GET"),
        ("/reference", reference, "GET"),
        ("/favicon.ico", no_icon, "GET"),
    ):
        router.add_api_route(path, call, methods=[method])
    for path in INSIDE:
        router.add_api_route(path, inside, methods=["GET"])
    add_pages_b(router, room, shown)
    return router


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    # The API's own description, one line for each order.
    found = []
    schemas = document.get("components", {}).get("schemas", {})
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            form = schemas.get(body.get("$ref", "").rpartition("/")[2], {})
            needed = form.get("required", [])
            parts = [
                {"name": name, "needed": name in needed, "means": part.get("description", "")}
                for name, part in form.get("properties", {}).items()
            ]
            found.append({"path": path, "method": method.upper(), "means": one.get("description", ""), "fields": parts})
    return found
