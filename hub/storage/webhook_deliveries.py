"""Deliveries to webhooks: of each appointment one at a time, in the order in which things happened."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Engine, and_, delete, exists, func, select, update

from hub.storage.schema_platform_hooks import webhook, webhook_delivery

State: TypeAlias = Literal["waiting", "done", "given-up"]
_delivery = webhook_delivery.c
_earlier = webhook_delivery.alias("earlier")
_UNDER_WAY = and_(
    _earlier.c.webhook == _delivery.webhook,
    _earlier.c.series == _delivery.series,
    _earlier.c.state == "waiting",
    _earlier.c.position < _delivery.position,
)
_NEXT = and_(  # the first of its appointment that is not done, of a webhook that is told anything
    _delivery.state == "waiting",
    ~exists(select(1).where(_UNDER_WAY)),
    _delivery.webhook.in_(select(webhook.c.id).where(webhook.c.state == "active")),
)


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """`tries`: those before this one; `error`: how the last ended; `due_at`: of what waits."""

    webhook: str
    position: int
    series: str
    type: str
    body: bytes
    state: State
    tries: int
    due_at: datetime
    failing_since: datetime | None
    error: str
    made_at: datetime
    ended_at: datetime | None

    @property
    def id(self) -> str:
        """The same with every try, so that who hears it twice can tell."""
        return f"{self.webhook}-{self.position}"


class Deliveries:
    """Synchronous, safe to call from any thread: every call is one transaction of its own, `claim` one for each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(self, at: datetime) -> list[str]:
        """Webhooks that something can be sent to now."""
        asked = select(_delivery.webhook).distinct().where(_NEXT, _delivery.due_at <= at)
        with self._engine.connect() as connection:
            return list(connection.scalars(asked))

    def next_due(self, but: Collection[str] = ()) -> datetime | None:
        """Of others than these webhooks."""
        asked = select(func.min(_delivery.due_at)).where(_NEXT, _delivery.webhook.not_in(list(but)))
        with self._engine.connect() as connection:
            found: datetime | None = connection.execute(asked).scalar_one()
        return found

    def claim(self, ident: str, at: datetime, until: datetime, most: int) -> list[Delivery]:
        """What is due of that webhook, for this process alone until then."""
        due = and_(_delivery.webhook == ident, _NEXT, _delivery.due_at <= at)
        asked = select(webhook_delivery).where(due).order_by(_delivery.due_at, _delivery.position).limit(most)
        with self._engine.connect() as connection:
            found = [Delivery(**row._asdict()) for row in connection.execute(asked)]
        return [one for one in found if self._taken(one, at, until)]

    def _taken(self, one: Delivery, at: datetime, until: datetime) -> bool:
        mine = and_(_same(one), _delivery.state == "waiting", _delivery.due_at <= at, _delivery.tries == one.tries)
        with self._engine.begin() as connection:
            taken = update(webhook_delivery).where(mine).values(due_at=until, tries=one.tries + 1)
            return bool(connection.execute(taken).rowcount)

    def done(self, one: Delivery, at: datetime) -> None:
        """Claimed before."""
        with self._engine.begin() as connection:
            ended = {"state": "done", "ended_at": at, "error": "", "failing_since": None}
            if connection.execute(update(webhook_delivery).where(_held(one)).values(ended)).rowcount:
                connection.execute(update(webhook).where(webhook.c.id == one.webhook).values(succeeded_at=at))

    def again(self, one: Delivery, due_at: datetime, error: str, at: datetime) -> None:
        """Claimed before; it failed."""
        later = {"due_at": due_at, "error": error[:200], "failing_since": one.failing_since or at}
        with self._engine.begin() as connection:
            connection.execute(update(webhook_delivery).where(_held(one)).values(later))

    def of(self, ident: str, state: State | None = None, most: int = 100) -> list[Delivery]:
        """Newest first."""
        asked = select(webhook_delivery).where(_delivery.webhook == ident)
        if state is not None:
            asked = asked.where(_delivery.state == state)
        with self._engine.connect() as connection:
            found = connection.execute(asked.order_by(_delivery.position.desc()).limit(most))
            return [Delivery(**row._asdict()) for row in found]

    def forget(self, before: datetime, at: datetime) -> None:
        """What has waited since then is given up; what ended before then goes."""
        old = and_(_delivery.state == "waiting", _delivery.made_at < before)
        with self._engine.begin() as connection:
            connection.execute(update(webhook_delivery).where(old).values(state="given-up", ended_at=at))
            connection.execute(delete(webhook_delivery).where(_delivery.ended_at < before))


def _same(one: Delivery) -> ColumnElement[bool]:
    return and_(_delivery.webhook == one.webhook, _delivery.position == one.position)


def _held(one: Delivery) -> ColumnElement[bool]:
    """Unless another process took it over meanwhile."""
    return and_(_same(one), _delivery.state == "waiting", _delivery.tries == one.tries + 1)
