"""How far InfluxDB has been written, and the reports of devices that wait for it: durable, and bounded."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.storage.health import Sample
from hub.storage.schema_metrics import metrics_checkpoint, metrics_report

REPORTS_MAX = 200_000  # of 274 devices, one a minute: half a day

_decoder = msgspec.json.Decoder(Sample)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """`position`: of the log's last event that is written; `refused`, `dropped`: points and reports that are lost."""

    position: int = 0
    refused: int = 0
    dropped: int = 0


class MetricsBook:
    """For one target. Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine, target: str, reports_max: int = REPORTS_MAX) -> None:
        self._engine, self._target, self._reports_max = engine, target, reports_max
        with engine.begin() as connection:
            kind = {"sqlite": sqlite, "postgresql": postgresql}[engine.dialect.name]
            row = {"target": target, "position": 0, "refused": 0, "dropped": 0}
            connection.execute(kind.insert(metrics_checkpoint).values(row).on_conflict_do_nothing())

    def standing(self) -> Standing:
        table = metrics_checkpoint.c
        with self._engine.connect() as connection:
            asked = select(table.position, table.refused, table.dropped).where(table.target == self._target)
            return Standing(**connection.execute(asked).one()._asdict())

    def reached(self, position: int, refused: int = 0) -> None:
        """Never back: another process may have come further."""
        table = metrics_checkpoint.c
        behind = (table.target == self._target) & (table.position < position)
        with self._engine.begin() as connection:
            connection.execute(update(metrics_checkpoint).where(behind).values(position=position))
            self._add(connection, refused=refused)

    def follow(self, connection: Connection, samples: Sequence[Sample]) -> None:
        """In the transaction in which the reports are stored. The oldest give way when there are too many."""
        rows = [{"target": self._target, "body": msgspec.json.encode(one)} for one in samples]
        if rows:
            connection.execute(insert(metrics_report), rows)
        table = metrics_report.c
        mine = table.target == self._target
        over = connection.execute(select(func.count()).where(mine)).scalar_one() - self._reports_max
        if over > 0:
            oldest = select(table.ident).where(mine).order_by(table.ident).limit(over)
            gone = connection.execute(delete(metrics_report).where(table.ident.in_(oldest))).rowcount
            self._add(connection, dropped=gone)

    def reports(self, most: int) -> tuple[int, list[Sample]]:
        """The oldest that wait, and what to call them by in `written`."""
        table = metrics_report.c
        asked = select(table.ident, table.body).where(table.target == self._target).order_by(table.ident).limit(most)
        with self._engine.connect() as connection:
            rows = connection.execute(asked).all()
        return (rows[-1].ident if rows else 0), [_decoder.decode(row.body) for row in rows]

    def written(self, last: int, refused: int = 0) -> None:
        mine = metrics_report.c.target == self._target
        with self._engine.begin() as connection:
            connection.execute(delete(metrics_report).where(mine, metrics_report.c.ident <= last))
            self._add(connection, refused=refused)

    def _add(self, connection: Connection, *, refused: int = 0, dropped: int = 0) -> None:
        table = metrics_checkpoint.c
        if refused or dropped:
            more = {"refused": table.refused + refused, "dropped": table.dropped + dropped}
            connection.execute(update(metrics_checkpoint).where(table.target == self._target).values(more))
