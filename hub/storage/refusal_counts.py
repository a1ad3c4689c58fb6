"""What was turned away: how often at which door, and when last; nothing of its content."""

from datetime import UTC, datetime

import msgspec
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage.schema_accounts import refusal


class Refusal(msgspec.Struct, frozen=True):
    """How often something was turned away at a door (mqtt, http, est, hub), and when last."""

    door: str
    code: str
    count: int
    last_at: datetime


class RefusalCounts:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def count(self, door: str, code: str, at: datetime, times: int = 1) -> None:
        """So many more came in by `door` and were turned away."""
        try:
            self._count(door, code, at, times)
        except IntegrityError:  # two processes met at the first of its kind
            self._count(door, code, at, times)

    def all(self) -> list[Refusal]:
        """By door and code."""
        with self._engine.connect() as connection:
            columns = (refusal.c.door, refusal.c.code, refusal.c.count, refusal.c.last_at)
            rows = connection.execute(select(*columns).order_by(refusal.c.door, refusal.c.code)).all()
        return [Refusal(door, code, count, datetime.fromtimestamp(last_at, UTC)) for door, code, count, last_at in rows]

    def _count(self, door: str, code: str, at: datetime, times: int) -> None:
        table, last_at = refusal, at.timestamp()
        this = (table.c.door == door) & (table.c.code == code)
        with self._engine.begin() as connection:
            more = connection.execute(update(table).where(this).values(count=table.c.count + times, last_at=last_at))
            if more.rowcount == 0:
                connection.execute(insert(table).values(door=door, code=code, count=times, last_at=last_at))
