"""The HTTP API: every action of the room as a documented order; the same checks as everywhere, in the data layer."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from echelon.readiness.records.roles import ROLES
from echelon.readiness.records.store import Actor
from echelon.readiness.room import fields
from echelon.readiness.room.flow import STEPS, Step
from echelon.readiness.room.items import steps_for
from echelon.readiness.room.room import Room, kind_of
from echelon.readiness.room.views import is_outsider
from echelon.readiness.web.api_bench_a import add_bench_a
from echelon.readiness.web.api_bench_b import add_bench_b
from echelon.readiness.web.api_desk import add_desk
from echelon.readiness.web.api_trail import add_trail
from echelon.readiness.web.parts import Happened, Once, Seen, entry_of, form_of, shown, told, version_of
from echelon.readiness.web.session import actor_of, address_of, csrf_of, token_of
from echelon.readiness.web.stream import Hub, Stream


class SignIn(BaseModel):
    """User name and password."""

    model_config = ConfigDict(extra="forbid")
    username: str = Field(max_length=80)
    password: str = Field(max_length=200)


class NewAccount(BaseModel):
    """A person who is to sign in."""

    model_config = ConfigDict(extra="forbid")
    username: str = Field(max_length=40)
    name: str = Field(max_length=120)
    password: str = Field(max_length=200, description="The first password; 12 characters at least.")
    roles: list[str] = Field(max_length=20, description=f"Of {', '.join(ROLES)}.")
    inspection: str = Field("", max_length=60, description="The one inspection an outsider sees.")


class AccountChange(BaseModel):
    """Roles, or whether the account is shut."""

    model_config = ConfigDict(extra="forbid")
    roles: list[str] | None = Field(None, max_length=20)
    disabled: bool | None = None
    reason: str = Field("", max_length=400)


class NewPassword(BaseModel):
    """A new password."""

    model_config = ConfigDict(extra="forbid")
    password: str = Field(max_length=200)
    old: str = Field("", max_length=200, description="The old one, for one's own.")


def make_api(room: Room, hub: Hub) -> APIRouter:
    """
    The router of the API.

    Parameters
    ----------
    room
        What orders are given to.
    hub
        What the live stream comes from.
    """
    router = APIRouter(prefix="/api")

    def who(request: Request) -> Actor:
        return actor_of(request, room)

    me = Depends(who)
    _sessions(router, room, me)
    _items(router, room, hub, me)
    for step in STEPS.values():
        _step(router, room, step, me)
    _people(router, room, me)
    add_desk(router, room, me)
    add_trail(router, room, me)
    add_bench_a(router, room, me)
    add_bench_b(router, room, me)

    async def events(
        actor: Annotated[Actor, me],
        after: Annotated[str, Query(max_length=40, description="Id of the last event received.")] = "",
        last: Annotated[str, Header(alias="Last-Event-ID", max_length=40)] = "",
    ) -> Stream:
        """Follow what happens, as server-sent events; a client that reconnects goes on where it was."""
        return await hub.open(actor, last or after)

    router.add_api_route("/events", events, methods=["GET"], tags=["room"], response_class=StreamingResponse)
    return router


def _sessions(router: APIRouter, room: Room, me: Any) -> None:
    def sign_in(request: Request, given: SignIn) -> dict[str, Any]:
        """Begin a session; send its token as `Authorization: Bearer TOKEN`."""
        token = room.accounts.sign_in(given.username, given.password, address_of(request))
        return {"token": token, "csrf": csrf_of(token), **_me(room.accounts.actor(token))}

    def sign_out(actor: Annotated[Actor, me]) -> dict[str, Any]:
        """End the session."""
        room.accounts.sign_out(actor)
        return {"ended": True}

    def myself(request: Request, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Who is signed in, as what, and what a page shows with its orders."""
        return _me(actor) | {"csrf": csrf_of(token_of(request)[0])}

    router.add_api_route("/sign-in", sign_in, methods=["POST"], tags=["session"])
    router.add_api_route("/sign-out", sign_out, methods=["POST"], tags=["session"])
    router.add_api_route("/me", myself, methods=["GET"], tags=["session"])


def _items(router: APIRouter, room: Room, hub: Hub, me: Any) -> None:
    def inspections(actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """Inspections."""
        return [dict(one.body) for one in room.board(actor, kinds=("inspection",))[1]]

    def inspection_open(given: fields.NewInspection, actor: Annotated[Actor, me], once: Once = "") -> dict[str, Any]:
        """Enter an inspection, real or mock."""
        return told(room.open_inspection(actor, given.model_dump(), once))

    def inspection_close(name: str, given: fields.Reason, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Close an inspection."""
        return told(room.close_inspection(actor, name, given.reason))

    def items(
        actor: Annotated[Actor, me],
        inspection: Annotated[str, Query(max_length=60)] = "",
        state: Annotated[str, Query(max_length=60)] = "",
        owner: Annotated[str, Query(max_length=60)] = "",
        search: Annotated[str, Query(max_length=200)] = "",
    ) -> dict[str, Any]:
        """Requests and questions that you may see, and the event id from which to follow on."""
        seq, found = room.board(actor, inspection=inspection, state=state, owner=owner, search=search)
        return {"cursor": hub.cursor(actor, seq), "items": [shown(one) for one in found]}

    def item(name: str, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """One item, and what you may do with it now."""
        record = room.get(actor, kind_of(name), name)
        steps = [] if is_outsider(actor) else steps_for(actor, record)
        return shown(record) | {"steps": [form_of(step) for step in steps]}

    def history(name: str, actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """The trail of one item, with old and new values."""
        return [entry_of(one) for one in room.history(actor, kind_of(name), name)]

    def trail(
        actor: Annotated[Actor, me],
        after: Annotated[int, Query(ge=0, le=2**60)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> list[dict[str, Any]]:
        """The whole trail, for review."""
        return [entry_of(one) for one in room.trail(actor, after, limit)]

    for path, kind, title in (("/requests", "request", "a request"), ("/questions", "question", "a question")):
        router.add_api_route(
            path, _receive(room, kind, title, me), methods=["POST"], tags=["room"], name=f"receive {kind}"
        )
    for path, call, method in (
        ("/inspections", inspections, "GET"),
        ("/inspections", inspection_open, "POST"),
        ("/inspections/{name}/close", inspection_close, "POST"),
        ("/items", items, "GET"),
        ("/items/{name}", item, "GET"),
        ("/items/{name}/history", history, "GET"),
        ("/trail", trail, "GET"),
    ):
        router.add_api_route(path, call, methods=[method], tags=["room"])


def _receive(room: Room, kind: str, title: str, me: Any) -> Callable[..., dict[str, Any]]:
    def receive(
        given: fields.NewItem, actor: Annotated[Actor, me], once: Once = "", happened: Happened = ""
    ) -> dict[str, Any]:
        return told(room.receive(actor, kind, given.model_dump(), once=once, happened=happened))

    receive.__doc__ = f"Take down {title} as it was made."
    return receive


def _step(router: APIRouter, room: Room, step: Step, me: Any) -> None:
    form = step.form

    def take(
        name: str,
        given: form,  # type: ignore[valid-type]
        actor: Annotated[Actor, me],
        once: Once = "",
        seen: Seen = "",
        happened: Happened = "",
    ) -> dict[str, Any]:
        values = given.model_dump()  # type: ignore[attr-defined]
        return told(room.do(actor, step.name, name, values, version=version_of(seen), once=once, happened=happened))

    owner = " or the owner" if step.owner else ""
    leads = f" Leads to {step.after}." if step.after else ""
    take.__doc__ = f"{step.label}: for {', '.join(sorted(step.roles))}{owner}; when {', '.join(step.before)}.{leads}"
    router.add_api_route(f"/items/{{name}}/{step.name}", take, methods=["POST"], tags=["steps"], name=step.name)


def _people(router: APIRouter, room: Room, me: Any) -> None:
    def people(actor: Annotated[Actor, me]) -> dict[str, str]:
        """Names by account."""
        return room.people(actor)

    def owners(actor: Annotated[Actor, me]) -> dict[str, str]:
        """Names, by account, of those who can be given work."""
        return room.owners(actor)

    def accounts(actor: Annotated[Actor, me]) -> list[dict[str, Any]]:
        """Accounts, for a quality head."""
        return [_account(one) for one in room.account_list(actor)]

    def account_create(given: NewAccount, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Make an account."""
        roles = frozenset(given.roles)
        return _account(
            room.accounts.create(actor, given.username, given.name, given.password, roles, given.inspection)
        )

    def account_change(name: str, given: AccountChange, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Change roles, shut or open an account; its sessions end."""
        roles = None if given.roles is None else frozenset(given.roles)
        entry = room.accounts.change(actor, name, roles=roles, disabled=given.disabled, reason=given.reason)
        return told(entry)

    def account_password(name: str, given: NewPassword, actor: Annotated[Actor, me]) -> dict[str, Any]:
        """Set a password: one's own with the old one, another's as quality head."""
        return told(room.accounts.set_password(actor, name, given.password, given.old))

    for path, call, method in (
        ("/people", people, "GET"),
        ("/owners", owners, "GET"),
        ("/accounts", accounts, "GET"),
        ("/accounts", account_create, "POST"),
        ("/accounts/{name}", account_change, "POST"),
        ("/accounts/{name}/password", account_password, "POST"),
    ):
        router.add_api_route(path, call, methods=[method], tags=["people"])


def _me(actor: Actor) -> dict[str, Any]:
    told_ = {"account": actor.account, "username": actor.username, "name": actor.name}
    return told_ | {"roles": sorted(actor.roles), "inspection": actor.inspection, "outsider": is_outsider(actor)}


def _account(account: Any) -> dict[str, Any]:
    told_ = {"id": account.id, "username": account.username, "name": account.name, "roles": sorted(account.roles)}
    return told_ | {"inspection": account.inspection, "disabled": account.disabled}
