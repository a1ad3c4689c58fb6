"""Platforms' programs, for administrators: who may book by the open interface, and where."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.storage import clients as stored
from hub.storage.accounts import Identity
from hub.storage.clients import Clients

_Halls = Annotated[list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=30)]
_Name = Annotated[str, Field(min_length=1, max_length=100, description="For people.")]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewClient(_Asked):
    """`id`: what it logs in by, and what the log says; it can never be given to another."""

    id: str = Field(min_length=1, max_length=64, examples=["city-app"])
    name: _Name
    halls: _Halls


class ClientChange(_Asked):
    name: _Name | None = None
    halls: _Halls | None = None
    disabled: bool | None = None


class SecretBody(_Asked):
    at_once: bool = Field(
        False, description="The secret before and all access tokens end now, and not after a day: it was seen."
    )


class Client(BaseModel):
    id: str
    name: str
    halls: list[str]
    disabled: bool
    created_at: datetime
    created_by: str

    @classmethod
    def of(cls, one: stored.Client) -> "Client":
        return cls(
            id=one.id,
            name=one.name,
            halls=list(one.halls),
            disabled=one.disabled,
            created_at=one.created_at,
            created_by=one.created_by,
        )


class CreatedClient(Client):
    """`secret`: told this once."""

    secret: str


class Secret(BaseModel):
    """Told this once."""

    secret: str


def clients(desk: Desk, kept: Clients, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/clients", tags=["administration"])
    decides = gate.need("administrator")
    Decides = Annotated[Identity, Depends(decides)]  # noqa: N806 - a type

    def known(halls: Iterable[str]) -> None:
        for hall in halls:
            if hall not in desk.halls():
                raise ProblemError("unknown-hall", f"there is no hall {hall!r}")

    @router.get("", operation_id="listClients", responses=refusals(401, 403), dependencies=[Depends(decides)])
    async def list_clients() -> list[Client]:
        """Disabled ones too; never the secrets."""
        return [Client.of(one) for one in await to_thread.run_sync(kept.all)]

    @router.post("", operation_id="createClient", status_code=201, responses=refusals(400, 401, 403, 404, 409, 422))
    async def create(body: NewClient, who: Decides) -> CreatedClient:
        known(body.halls)
        now = desk.now()
        made, secret = await to_thread.run_sync(lambda: kept.add(body.id, body.name, body.halls, by=who.name, now=now))
        return CreatedClient(**Client.of(made).model_dump(), secret=secret)

    @router.patch("/{client}", operation_id="changeClient", responses=refusals(400, 401, 403, 404, 422))
    async def change(client: str, body: ClientChange, who: Decides) -> Client:
        """Disabled, its access tokens end. What it booked stays booked."""
        known(body.halls or ())
        now = desk.now()
        after = await to_thread.run_sync(
            lambda: kept.change(client, name=body.name, halls=body.halls, disabled=body.disabled, by=who.name, now=now)
        )
        return Client.of(after)

    @router.post("/{client}/secret", operation_id="renewClientSecret", responses=refusals(400, 401, 403, 404, 422))
    async def renew(client: str, body: SecretBody, who: Decides) -> Secret:
        """A new secret; the one before is good for a day more, so that nothing stops meanwhile."""
        now = desk.now()
        secret = await to_thread.run_sync(lambda: kept.renew(client, at_once=body.at_once, by=who.name, now=now))
        return Secret(secret=secret)

    return router
