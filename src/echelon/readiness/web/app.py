"""The application: pages, API and stream over one room, behind the guard, with every failure told in plain words."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from echelon import __version__
from echelon.readiness.records.problems import DoubtError, RecordsError, SignedOutError
from echelon.readiness.room.room import Room
from echelon.readiness.web.api import make_api
from echelon.readiness.web.guard import Guard
from echelon.readiness.web.pages import Sheet, make_pages, render
from echelon.readiness.web.stream import Hub

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def make_app(room: Room, *, hosts: frozenset[str] = LOOPBACK, secure: bool = False, notice: str = "") -> FastAPI:
    """
    The application over a room.

    Parameters
    ----------
    room
        An open room.
    hosts
        Names under which it may be addressed.
    secure
        Whether it is reached over an encrypted connection; its cookies are then for such only.
    notice
        A line above every page.
    """
    hub = Hub(room)

    @asynccontextmanager
    async def running(app: FastAPI) -> AsyncIterator[None]:
        del app
        following = asyncio.create_task(hub.run())
        following.add_done_callback(_tell)
        yield
        hub.stop()
        await asyncio.gather(following, return_exceptions=True)

    app = FastAPI(
        title="Echelon inspection room",
        version=__version__,
        description="Every action of the room. Sign in at /api/sign-in and send the token as a bearer token.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=running,
    )
    app.include_router(make_api(room, hub))
    app.include_router(make_pages(room, secure=secure, notice=notice))
    app.add_exception_handler(RecordsError, _refused)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(OSError, _failed)
    app.add_middleware(Guard, hosts=hosts)
    return app


def _tell(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()):
        logging.getLogger("echelon.readiness").error("the live stream stopped", exc_info=error)


def _answer(request: Request, status: int, words: str, *, doubt: bool = False) -> Response:
    if request.url.path.startswith("/api"):
        return JSONResponse({"error": words} | ({"doubt": True} if doubt else {}), status)
    return render(Sheet("error.html", {"words": words}, status=status))


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RecordsError)
    if isinstance(error, SignedOutError) and not request.url.path.startswith("/api"):
        return RedirectResponse("/sign-in", 303)
    return _answer(request, error.status, str(error), doubt=isinstance(error, DoubtError))


def _malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    parts = [f"{'.'.join(str(part) for part in one['loc'][1:]) or 'body'}: {one['msg']}" for one in error.errors()]
    return _answer(request, 422, "; ".join(parts))


def _failed(request: Request, error: Exception) -> Response:
    # Disk full while a file is put together, for example: what the database keeps is told of by its own errors.
    assert isinstance(error, OSError)
    logging.getLogger("echelon.readiness").error("%s: %s", request.url.path, error)
    why = error.strerror or "its disk failed"
    return _answer(
        request, 503, f"this machine could not finish it ({why}); look whether it was done before you repeat it"
    )


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, OSError):
        why = error.__cause__.strerror or "its disk failed"
        return _answer(request, 503, f"this machine could not take in what was sent ({why}); nothing was saved")
    return _answer(request, error.status_code, str(error.detail).lower())
