"""The HTTP API of those who look back: reviewing the trail, and handing an inspection over as a readable file."""

import tempfile
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from echelon.readiness.handover.pack import handed_over
from echelon.readiness.records.store import Actor
from echelon.readiness.room import fields, review
from echelon.readiness.room.room import Room
from echelon.readiness.web.parts import Once, entry_of, shown, told

Filter = Annotated[str, Query(max_length=200)]
CHUNK = 1 << 18


def add_trail(router: APIRouter, room: Room, me: Any) -> None:
    """Add review and handing over to the API's router."""

    def look(
        actor: Annotated[Actor, me],
        who: Filter = "",
        record: Filter = "",
        inspection: Filter = "",
        first: Filter = "",
        last: Filter = "",
        order: Filter = "",
        unreviewed: bool = False,
        after: Annotated[int, Query(ge=0, le=2**60)] = 0,
        limit: Annotated[int, Query(ge=1, le=review.MOST)] = 200,
    ) -> dict[str, Any]:
        """Look through the trail: by person, record, inspection, day (UTC) and kind of order; what was reviewed."""
        wanted = {"who": who, "record": record, "inspection": inspection, "first": first, "last": last}
        found = review.look(room, actor, wanted | {"order": order, "unreviewed": unreviewed}, after, limit)
        entries = [
            entry_of(one) | {"reviewed": found.reviewed[one.seq], "own": one.actor == actor.account}
            for one in found.entries
        ]
        actions = [] if after else review.actions(room, actor)
        return {"entries": entries, "more": found.more, "orders": [*review.GROUPS, review.LATE, *actions]}

    def mark(given: fields.Review, actor: Annotated[Actor, me], once: Once = "") -> dict[str, Any]:
        """Mark entries as reviewed, which is an entry of the trail itself; nobody reviews what they did."""
        return told(review.mark(room, actor, given.model_dump(), once))

    def reviews(actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """Reviews of the trail that were made."""
        return [shown(one) for one in review.reviews_of(room, actor)]

    def handover(
        name: str, actor: Annotated[Actor, me], part: Annotated[Literal["all", "released"], Query()] = "all"
    ) -> StreamingResponse:
        """An inspection as one .zip that is read without this program: all of it, or what was released."""
        return packed(room, actor, name, part)

    router.add_api_route("/review", look, methods=["GET"], tags=["review"])
    router.add_api_route("/review", mark, methods=["POST"], tags=["review"])
    router.add_api_route("/reviews", reviews, methods=["GET"], tags=["review"])
    router.add_api_route(
        "/inspections/{name}/handover", handover, methods=["POST"], tags=["review"], response_class=StreamingResponse
    )


def packed(room: Room, actor: Actor, inspection: str, part: str) -> StreamingResponse:
    """The file of an inspection as an answer that is saved."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed once it has been sent
    try:
        made = handed_over(room, actor, inspection, file, part=part)
    except BaseException:
        file.close()
        raise
    size = file.seek(0, 2)
    file.seek(0)

    def parts() -> Iterator[bytes]:
        with file:
            while chunk := file.read(CHUNK):
                yield chunk

    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(made.name, safe='')}",
        "content-length": str(size),
        "x-sha256": made.sha256,
    }
    return StreamingResponse(parts(), media_type="application/zip", headers=headers)
