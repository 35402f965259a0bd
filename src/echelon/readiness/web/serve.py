"""Starting the room: from a folder or a database's address to a server that answers on this machine."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from echelon.readiness.records.anchors import check_restored, key_in
from echelon.readiness.records.database import Database, private, url_of
from echelon.readiness.records.problems import InvalidError
from echelon.readiness.records.store import Store
from echelon.readiness.room.room import Room
from echelon.readiness.web.app import LOOPBACK, make_app

BACKLOG = 4096


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a room is served.

    Parameters
    ----------
    host, port
        Address of this machine to listen at; port 0 takes a free one.
    names
        Further names under which it may be addressed.
    encrypted
        Whether a proxy on this machine encrypts the connections; without one only this machine itself is served.
    """

    host: str = "127.0.0.1"
    port: int = 8450
    names: tuple[str, ...] = ()
    encrypted: bool = False


def open_room(
    folder: Path, database: str = "", *, create: bool = True, restored: bool = True, pooled: bool = True
) -> Room:
    """
    Open a room, and make it where it is not there yet.

    Parameters
    ----------
    folder
        The room's folder: its database unless `database` names another, its key and its anchors.
    database
        URL of a PostgreSQL database.
    create
        Whether to make what is missing; `InvalidError` otherwise.
    restored
        Whether to refuse a database older than its anchors; off for the order that names a restore.
    pooled
        Whether connections are kept open for the next order.
    """
    url = url_of(folder, database)
    if not create and not database and not Path(url.removeprefix("sqlite:///")).exists():
        msg = f"there is no room in {folder}; echelon readiness --room {folder} makes one"
        raise InvalidError(msg)
    if not folder.exists():
        folder.mkdir(parents=True)
        private(folder)
    room = Room(Store(Database(url, pooled=pooled)), key_in(folder), folder)
    if file := room.store.database.file:
        # Closed to others before anything is in it: SQLite gives the files beside it the rights that it has by then.
        file.touch(mode=0o600)
        private(file)
    room.store.open()
    if restored:
        check_restored(room.store, folder)
    return room


def serve(room: Room, place: Place, *, notice: str = "", ready: Callable[[str], None] = print) -> None:
    """
    Serve a room until interrupted.

    Parameters
    ----------
    room
        An open room.
    place
        Where.
    notice
        A line above every page.
    ready
        Told the address once the room listens there.

    Raises
    ------
    InvalidError
        If it would be open to other machines without encryption.
    OSError
        If the address is taken.
    """
    if place.host not in LOOPBACK and not place.encrypted:
        msg = f"--host {place.host} would send passwords unencrypted over the network; let a proxy with TLS listen,"
        raise InvalidError(msg + " or say --behind-tls where one already stands before it")
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((place.host, place.port))
    except OSError as error:
        listening.close()
        error.filename = f"{place.host}:{place.port}"
        raise
    listening.listen(BACKLOG)
    port = listening.getsockname()[1]
    app = make_app(room, hosts=LOOPBACK | {place.host, *place.names}, secure=place.encrypted, notice=notice)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=30,
        proxy_headers=place.encrypted,
        h11_max_incomplete_event_size=32_768,
    )
    shown = f"[{place.host}]" if ":" in place.host else place.host
    ready(f"http://{shown}:{port}")
    uvicorn.Server(config).run(sockets=[listening])
