"""Documents: typed by what they contain, limited in size, kept under their SHA-256 together with their entry."""

import zipfile
from hashlib import sha256
from io import BytesIO
from typing import Final

from sqlalchemy import insert, select

from echelon.readiness.records import schema
from echelon.readiness.records.problems import InvalidError, NotThereError
from echelon.readiness.records.roles import INSIDERS
from echelon.readiness.records.store import Actor, Draft, Entry, Order, Writing
from echelon.readiness.room import fields
from echelon.readiness.room.items import role_for
from echelon.readiness.room.room import Room, checked, key_of
from echelon.readiness.room.views import ITEMS, is_outsider

LARGEST: Final = 25_000_000
"""Bytes of one document."""

_OFFICE: Final = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}

ENDINGS: Final = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "text/plain": (".txt", ".csv", ".md", ".log", ".json", ".xlf", ".xliff", ".tmx"),
    "application/xml": (".xlf", ".xliff", ".tmx", ".xml"),
    **{media: (f".{end}",) for end, media in zip(("docx", "xlsx", "pptx"), _OFFICE.values(), strict=True)},
}
"""How names of each type may end; the first is added to any other."""

TYPES: Final = "PDF, PNG, JPEG, .docx, .xlsx, .pptx or plain text in UTF-8"


def media_of(content: bytes) -> str:
    """
    The type of a document by its content, whatever its name says.

    Raises
    ------
    InvalidError
        If it is of no type that is taken.
    """
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"PK\x03\x04"):
        try:
            names = zipfile.ZipFile(BytesIO(content)).namelist()
        except (zipfile.BadZipFile, NotImplementedError, ValueError):
            names = []
        # A workbook with macros is a program.
        if "[Content_Types].xml" in names and not any(name.lower().endswith("vbaproject.bin") for name in names):
            for part, media in _OFFICE.items():
                if any(name.startswith(part) for name in names):
                    return media
    elif b"\x00" not in content:
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return "text/plain; charset=utf-8"
    msg = f"this is no document that is taken: {TYPES}, without macros"
    raise InvalidError(msg)


def upload(
    room: Room, actor: Actor, values: dict[str, str], content: bytes, once: str = "", *, media: str = ""
) -> Entry:
    """
    Keep a document.

    Parameters
    ----------
    room, actor
        Where, and who brings it: anyone of the company.
    values
        Fields of `fields.NewDocument`.
    content
        Its bytes.
    once
        The caller's own key of the order.
    media
        Its type, where the caller has read it; told by its content where empty.

    Raises
    ------
    InvalidError
        If it is empty, too large or of no type that is taken.
    """
    asked = checked(fields.NewDocument, values)
    if not 0 < len(content) <= LARGEST:
        msg = f"a document has 1 to {LARGEST:,} bytes; this one has {len(content):,}"
        raise InvalidError(msg)
    media, found = media or media_of(content), sha256(content).hexdigest()

    def work(writing: Writing) -> Draft:
        role = role_for(writing.actor, INSIDERS, "bring documents")
        if asked.translation_of:
            writing.load("document", asked.translation_of)
        table = schema.blobs
        if writing.connection.execute(select(table.c.hash).where(table.c.hash == found)).first() is None:
            row = {"hash": found, "size": len(content), "media": media, "content": content}
            writing.connection.execute(insert(table).values(**row))
        number = writing.next_number("document")
        body = asked.model_dump() | {"id": f"D{number}", "sha256": found, "size": len(content), "media": media}
        body["brought_by"] = writing.actor.account
        return Draft("document", body["id"], body, number, words=asked.name, role=role)

    return room.store.write(Order(actor, "upload", once=key_of(actor, once)), work)


def content_of(room: Room, actor: Actor, document: str) -> tuple[str, str, bytes]:
    """
    Name, type and bytes of a document that an actor may see.

    An outsider sees what was released to the own inspection, as it was released.

    Raises
    ------
    NotThereError
        If there is none, or none that the actor may see.
    """
    inside = not is_outsider(actor)
    kept = dict(room.get(actor, "document", document).body) if inside else _released(room, actor, document)
    table = schema.blobs
    with room.store.database.reading() as connection:
        row = connection.execute(select(table).where(table.c.hash == kept["sha256"])).mappings().one()
    if sha256(row["content"]).hexdigest() != row["hash"]:
        msg = f"document {document} is damaged in the database; run echelon readiness verify"
        raise NotThereError(msg)
    return named(str(kept["name"]), str(row["media"])), str(row["media"]), bytes(row["content"])


def named(name: str, media: str) -> str:
    """A document's name to save it under: it ends as its content is, so that no text is opened as a program."""
    endings = ENDINGS.get(media.partition(";")[0], (".bin",))
    return name if name.lower().endswith(endings) else f"{name}{endings[0]}"


def _released(room: Room, actor: Actor, document: str) -> dict[str, str]:
    for item in room.board(actor, kinds=ITEMS)[1]:
        for one in item.body["documents"]:
            if one["id"] == document:
                return dict(one)
    msg = f"there is no document {document[:60]}"
    raise NotThereError(msg)
