"""Webhooks: where platforms are told what became of the appointments that their programs booked. For administrators."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from hub.desk import Desk
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.routes import Router
from hub.storage.accounts import Identity
from hub.storage.clients import Clients
from hub.storage.webhook_deliveries import Delivery as StoredDelivery
from hub.storage.webhooks import Webhook as StoredWebhook
from hub.webhooks.addresses import URL_MAX
from hub.webhooks.hooks import Hooks
from hub.webhooks.series import name_of


class NewWebhook(BaseModel):
    """`client`: whose appointments it hears of. `url`: https."""

    model_config = ConfigDict(extra="forbid")
    client: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,63}$")
    url: str = Field(min_length=1, max_length=URL_MAX)


class Webhook(BaseModel):
    """`why`, `since`: of the state. `waiting`: deliveries that are not done. `succeeded_at`: of the last one."""

    id: str
    client: str
    url: str
    state: Literal["active", "disabled"]
    why: str
    since: datetime
    made_at: datetime
    made_by: str
    succeeded_at: datetime | None
    waiting: int

    @classmethod
    def of(cls, one: StoredWebhook) -> "Webhook":
        return cls(**{name: getattr(one, name) for name in Webhook.model_fields})


class Webhooks(BaseModel):
    webhooks: list[Webhook]


class WebhookWithSecret(Webhook):
    """`secret`: by which what is sent is verified (standardwebhooks.com). It is told this once."""

    secret: str

    @classmethod
    def told(cls, one: StoredWebhook, secret: str) -> "WebhookWithSecret":
        return cls(**Webhook.of(one).model_dump(), secret=secret)


class Delivery(BaseModel):
    """`id`: of its `webhook-id` header. `error`: how the last try ended; `due_at`: of what waits, the next try. `body`:
    what is sent."""

    id: str
    type: str
    appointment: str
    state: Literal["waiting", "done", "given-up"]
    tries: int
    made_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    error: str
    body: dict[str, object]

    @classmethod
    def of(cls, one: StoredDelivery) -> "Delivery":
        return cls(
            id=one.id,
            type=one.type,
            appointment=name_of(one.series),
            state=one.state,
            tries=one.tries,
            made_at=one.made_at,
            due_at=one.due_at if one.state == "waiting" else None,
            ended_at=one.ended_at,
            error=one.error,
            body=msgspec.json.decode(one.body),
        )


class Deliveries(BaseModel):
    """Newest first."""

    deliveries: list[Delivery]


class Tested(BaseModel):
    """`status`: what was answered, 0: nothing; `told`: in words."""

    ok: bool
    status: int
    told: str


def webhooks(desk: Desk, hooks: Hooks, clients: Clients, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1/halls/{hall}/webhooks", tags=["webhooks"])
    acts = gate.need("administrator")
    only = [Depends(acts)]

    @router.get("", operation_id="listWebhooks", responses=refusals(401, 403, 404), dependencies=only)
    async def list_webhooks(hall: str) -> Webhooks:
        """In the order in which they were made, with how they are."""
        desk.today(hall)
        return Webhooks(webhooks=[Webhook.of(one) for one in await to_thread.run_sync(hooks.of, hall)])

    @router.post("", operation_id="makeWebhook", status_code=201, responses=refusals(401, 403, 404, 409, 422))
    async def make(hall: str, body: NewWebhook, who: Annotated[Identity, Depends(acts)]) -> WebhookWithSecret:
        """It hears of what happens from now on. The answer has the secret, this once."""
        desk.today(hall)
        await to_thread.run_sync(clients.one, body.client)
        made = await to_thread.run_sync(hooks.make, hall, body.client, body.url, who.name)
        return WebhookWithSecret.told(*made)

    @router.post("/{ident}/secret", operation_id="renewWebhookSecret", responses=refusals(401, 403, 404))
    async def renew(hall: str, ident: str, who: Annotated[Identity, Depends(acts)]) -> WebhookWithSecret:
        """Another secret, told this once. For 24 hours both sign, so that receivers can change over in peace."""
        desk.today(hall)
        return WebhookWithSecret.told(*await to_thread.run_sync(hooks.rotate, hall, ident, who.name))

    @router.post("/{ident}/enable", operation_id="enableWebhook", responses=refusals(401, 403, 404))
    async def enable(hall: str, ident: str, who: Annotated[Identity, Depends(acts)]) -> Webhook:
        """What waits goes out at once, in order, and has its three days again."""
        desk.today(hall)
        enabled = await to_thread.run_sync(hooks.enable, hall, ident, who.name)
        hooks.courier.wake()
        return Webhook.of(enabled)

    @router.delete("/{ident}", operation_id="removeWebhook", status_code=204, responses=refusals(401, 403, 404))
    async def remove(hall: str, ident: str, who: Annotated[Identity, Depends(acts)]) -> None:
        """With all that waits for it."""
        desk.today(hall)
        await to_thread.run_sync(hooks.remove, hall, ident, who.name)

    @router.get(
        "/{ident}/deliveries",
        operation_id="listWebhookDeliveries",
        responses=refusals(401, 403, 404, 422),
        dependencies=only,
    )
    async def list_deliveries(
        hall: str,
        ident: str,
        state: Literal["waiting", "done", "given-up"] | None = None,
        most: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> Deliveries:
        """Newest first."""
        desk.today(hall)

        def read() -> Deliveries:
            found = hooks.deliveries.of(hooks.one(hall, ident).id, state, most)
            return Deliveries(deliveries=[Delivery.of(one) for one in found])

        return await to_thread.run_sync(read)

    @router.post("/{ident}/test", operation_id="testWebhook", responses=refusals(401, 403, 404), dependencies=only)
    async def test(hall: str, ident: str) -> Tested:
        """Sends a `webhook.test` now, once, whatever its state, and says how that went."""
        desk.today(hall)
        answer = await hooks.test(hall, ident)
        return Tested(ok=answer.ok, status=answer.status, told=answer.told())

    return router
