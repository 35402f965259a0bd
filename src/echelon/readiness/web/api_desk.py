"""The HTTP API beside the board: documents, signatures, commitments, notes, wrap-ups."""

import logging
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response

from echelon.readiness.records.problems import RecordsError
from echelon.readiness.records.store import Actor
from echelon.readiness.room import desk, documents, fields, signing
from echelon.readiness.room.room import Room
from echelon.readiness.web.parts import Once, Seen, entry_of, shown, told, version_of


def add_desk(router: APIRouter, room: Room, me: Any) -> None:
    """Add what is beside the board to the API's router."""
    _documents(router, room, me)
    _signatures(router, room, me)
    _promises(router, room, me)
    _notes(router, room, me)


def _documents(router: APIRouter, room: Room, me: Any) -> None:
    def upload(
        file: Annotated[UploadFile, File(description=f"{documents.TYPES}; 25 MB at most.")],
        actor: Annotated[Actor, me],
        name: Annotated[str, Form(max_length=120)] = "",
        language: Annotated[str, Form(max_length=20)] = "en",
        translation_of: Annotated[str, Form(max_length=60)] = "",
        once: Once = "",
    ) -> dict[str, Any]:
        """Bring a document; it is kept under the hash of its content."""
        named = (name or file.filename or "document").replace("\\", "/").rpartition("/")[2]
        values = {"name": named, "language": language, "translation_of": translation_of}
        return told(documents.upload(room, actor, values, file.file.read(documents.LARGEST + 1), once))

    def listed(actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """Documents."""
        return [dict(one.body) for one in room.board(actor, kinds=("document",))[1]]

    def content(name: str, actor: Annotated[Actor, me]) -> Response:
        """The document itself, always to be saved, never shown as a page of this room."""
        title, media, raw = documents.content_of(room, actor, name)
        disposition = f"attachment; filename*=UTF-8''{quote(title, safe='')}"
        return Response(raw, media_type=media, headers={"content-disposition": disposition})

    router.add_api_route("/documents", upload, methods=["POST"], tags=["documents"])
    router.add_api_route("/documents", listed, methods=["GET"], tags=["documents"])
    router.add_api_route("/documents/{name}/content", content, methods=["GET"], tags=["documents"])


def _signatures(router: APIRouter, room: Room, me: Any) -> None:
    def sign(kind: str, name: str, given: fields.Sign, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Sign the version of a record that you read; the password is asked for again."""
        return told(signing.sign(room, room.key, actor, kind, name, given.model_dump()))

    def signatures(kind: str, name: str, actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """The signatures of a record, each with whether it is of the last version."""
        return signing.signatures_of(room, actor, kind, name)

    router.add_api_route("/records/{kind}/{name}/signatures", sign, methods=["POST"], tags=["signatures"])
    router.add_api_route("/records/{kind}/{name}/signatures", signatures, methods=["GET"], tags=["signatures"])


def _promises(router: APIRouter, room: Room, me: Any) -> None:
    def listed(actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """Commitments."""
        return [shown(one) for one in room.board(actor, kinds=("commitment",))[1]]

    def made(given: fields.NewCommitment, actor: Annotated[Actor, me], once: Once = "") -> dict[str, Any]:
        """Write down a commitment made to an inspector."""
        return told(desk.promise(room, actor, given.model_dump(), once))

    def done(name: str, given: fields.Done, actor: Annotated[Actor, me], seen: Seen = "") -> dict[str, Any]:
        """Close a commitment with its proof: for its owner or a quality head."""
        return told(desk.keep_promise(room, actor, name, given.model_dump(), version_of(seen)))

    router.add_api_route("/commitments", listed, methods=["GET"], tags=["desk"])
    router.add_api_route("/commitments", made, methods=["POST"], tags=["desk"])
    router.add_api_route("/commitments/{name}/done", done, methods=["POST"], tags=["desk"])


def _notes(router: APIRouter, room: Room, me: Any) -> None:
    def listed(actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """Sheets of notes and wrap-ups."""
        return [shown(one) for one in room.board(actor, kinds=("note", "wrapup"))[1]]

    def made(given: fields.NewNote, actor: Annotated[Actor, me], once: Once = "") -> dict[str, Any]:
        """Lay out a sheet of notes, for an inspector or a day."""
        return told(desk.new_note(room, actor, given.model_dump(), once))

    def pen(name: str, given: fields.Nothing, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Take the pen of a sheet: one person writes at a time."""
        del given
        return told(desk.take_pen(room, actor, name))

    def saved(name: str, given: fields.NoteText, actor: Annotated[Actor, me], lay_down: bool = False) -> dict[str, Any]:
        """Save the text of a sheet, and lay down the pen where asked."""
        return told(desk.save_note(room, actor, name, given.model_dump(), lay_down=lay_down))

    def history(kind: str, name: str, actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """The trail of any record that you may see."""
        return [entry_of(one) for one in room.history(actor, kind, name)]

    def wrapped(given: fields.WrapUp, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Write the wrap-up of a day: its figures and remarks; it sets an anchor, and says whether that could be."""
        entry = desk.wrap_up(room, actor, given.model_dump())
        anchored = False
        if room.folder is not None:
            try:
                room.anchor()
                anchored = True
            except (RecordsError, OSError) as error:
                # The wrap-up is saved by now; the next anchor covers it as well.
                logging.getLogger("echelon.readiness").warning("no anchor could be set: %s", error)
        return told(entry) | {"anchored": anchored}

    for path, call, method in (
        ("/notes", listed, "GET"),
        ("/notes", made, "POST"),
        ("/notes/{name}/pen", pen, "POST"),
        ("/notes/{name}/text", saved, "POST"),
        ("/records/{kind}/{name}/history", history, "GET"),
        ("/wrapups", wrapped, "POST"),
    ):
        router.add_api_route(path, call, methods=[method], tags=["desk"])
