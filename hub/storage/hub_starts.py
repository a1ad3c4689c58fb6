"""When hubs began to serve, and which life of the log they found."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Engine, delete, insert, select

from hub.storage.schema_starts import hub_start

_KEPT = timedelta(days=3 * 366)  # as long as a question may go back


class Start(msgspec.Struct, frozen=True):
    """`name`: of the hub's process; `restored`: from a backup, since the one before."""

    at: datetime
    name: str
    restored: bool


class HubStarts:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def began(self, name: str, epoch: int, at: datetime) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(hub_start).where(hub_start.c.at < at - _KEPT))
            connection.execute(insert(hub_start).values(at=at, name=name, epoch=epoch))

    def between(self, since: datetime, until: datetime) -> list[Start]:
        """By time."""
        table = hub_start.c
        columns = select(table.at, table.name, table.epoch)
        with self._engine.connect() as connection:
            before = connection.execute(columns.where(table.at < since).order_by(table.id.desc()).limit(1)).first()
            rows = connection.execute(columns.where(table.at >= since, table.at < until).order_by(table.id)).all()
        epochs = [before.epoch if before else None, *(row.epoch for row in rows)]
        return [
            Start(row.at, row.name, earlier is not None and row.epoch > earlier)
            for earlier, row in zip(epochs, rows, strict=False)
        ]
