"""Webhooks: who is told where of their program's appointments. What is changed by a person is in the audit as well."""

from datetime import datetime
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import Connection, Engine, and_, delete, func, insert, select, update

from hub.storage.audit import What, note, told
from hub.storage.schema_platform_hooks import webhook, webhook_delivery
from hub.storage.schema_queue import event

State: TypeAlias = Literal["active", "disabled"]
MOST = 20  # in one hall


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """`wrapped`, `sealed`: its secrets. `after`: it hears of events after that position. `why`, `since`: of the state.
    `waiting`: deliveries that are not done."""

    id: str
    client: str
    hall: str
    url: str
    wrapped: bytes
    sealed: bytes
    after: int = 0
    made_at: datetime
    made_by: str
    state: State = "active"
    why: str = ""
    since: datetime
    succeeded_at: datetime | None = None
    waiting: int = 0

    @property
    def host(self) -> str:
        """What of its address may be told to others: the rest of it may hold a secret."""
        return urlsplit(self.url).hostname or ""


class Webhooks:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, one: Webhook) -> Literal["made", "known", "too-many"]:
        """It hears of what happens from now on."""
        row = msgspec.structs.asdict(one)
        del row["waiting"]
        of_hall = webhook.c.hall == one.hall
        with self._engine.begin() as connection:
            row["after"] = connection.scalar(select(func.coalesce(func.max(event.c.position), 0)))
            there = connection.execute(select(webhook.c.client, webhook.c.url).where(of_hall)).all()
            if (one.client, one.url) in [tuple(each) for each in there]:
                return "known"
            if len(there) >= MOST:
                return "too-many"
            connection.execute(insert(webhook), row)
            _noted(connection, one, "webhook-made", one.made_by, one.made_at)
        return "made"

    def of(self, hall: str) -> list[Webhook]:
        """In the order in which they were made."""
        return self._read(hall)

    def one(self, hall: str, ident: str) -> Webhook | None:
        found = self._read(hall, ident)
        return found[0] if found else None

    def by_id(self, ident: str) -> Webhook | None:
        found = self._read(None, ident)
        return found[0] if found else None

    def disabled(self) -> list[tuple[str, str]]:
        """(hall, client) of those that are."""
        off = select(webhook.c.hall, webhook.c.client).distinct().where(webhook.c.state == "disabled")
        with self._engine.connect() as connection:
            return [(hall, client) for hall, client in connection.execute(off.order_by(webhook.c.client))]

    def rotate(self, one: Webhook, wrapped: bytes, sealed: bytes, *, by: str, at: datetime) -> bool:
        """False: its secrets are no longer those of `one`, or it is gone."""
        same = and_(webhook.c.id == one.id, webhook.c.sealed == one.sealed)
        with self._engine.begin() as connection:
            changed = connection.execute(update(webhook).where(same).values(wrapped=wrapped, sealed=sealed)).rowcount
            if changed:
                _noted(connection, one, "webhook-secret", by, at)
        return bool(changed)

    def enable(self, one: Webhook, *, by: str, at: datetime) -> bool:
        """What waits is due at once, and has its whole time again. False: it was enabled already, or is gone."""
        off = and_(webhook.c.id == one.id, webhook.c.state == "disabled")
        waiting = and_(webhook_delivery.c.webhook == one.id, webhook_delivery.c.state == "waiting")
        with self._engine.begin() as connection:
            changed = connection.execute(update(webhook).where(off).values(state="active", why="", since=at)).rowcount
            if changed:
                anew = {"tries": 0, "due_at": at, "failing_since": None}
                connection.execute(update(webhook_delivery).where(waiting).values(anew))
                _noted(connection, one, "webhook-enabled", by, at)
        return bool(changed)

    def disable(self, one: Webhook, why: str, at: datetime) -> bool:
        """The hub's doing. What waits, waits; what happens meanwhile is kept for it as well."""
        on = and_(webhook.c.id == one.id, webhook.c.state == "active")
        with self._engine.begin() as connection:
            off = update(webhook).where(on).values(state="disabled", why=why[:200], since=at)
            changed = connection.execute(off).rowcount
            if changed:
                _noted(connection, one, "webhook-disabled", "hub", at, why)
        return bool(changed)

    def remove(self, one: Webhook, *, by: str, at: datetime) -> bool:
        """With all that waits for it."""
        with self._engine.begin() as connection:
            gone = connection.execute(delete(webhook).where(webhook.c.id == one.id)).rowcount
            if gone:
                _noted(connection, one, "webhook-removed", by, at)
        return bool(gone)

    def _read(self, hall: str | None, ident: str | None = None) -> list[Webhook]:
        waits = and_(webhook_delivery.c.webhook == webhook.c.id, webhook_delivery.c.state == "waiting")
        count = select(func.count()).select_from(webhook_delivery).where(waits).scalar_subquery()
        query = select(webhook, count.label("waiting")).order_by(webhook.c.made_at, webhook.c.id)
        if hall is not None:
            query = query.where(webhook.c.hall == hall)
        if ident is not None:
            query = query.where(webhook.c.id == ident)
        with self._engine.connect() as connection:
            return [Webhook(**row._asdict()) for row in connection.execute(query)]


def _noted(connection: Connection, one: Webhook, what: What, who: str, at: datetime, why: str = "") -> None:
    note(connection, hall=one.hall, who=who, what=what, detail=told(one.client, one.host, why), at=at)
