"""How far InfluxDB has been written and by whom, and the reports that wait for it: durable, and bounded."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.storage.metrics_reports import Report, Waiting, kept
from hub.storage.schema_metrics import metrics_checkpoint, metrics_report

REPORTS_MAX = 200_000  # of 274 devices, one in 30 s: six hours

_TROUBLE_MAX = 300

_row, _report = metrics_checkpoint.c, metrics_report.c


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """`position`: of the log's last event that is written; `refused`: points that InfluxDB would not take, or that
    cannot be written at all; `dropped`: reports that gave way to newer ones; `passed`: events that were passed over."""

    position: int = 0
    refused: int = 0
    dropped: int = 0
    passed: int = 0


class MetricsBook:
    """For one target. Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine, target: str, reports_max: int = REPORTS_MAX) -> None:
        self._engine, self._target, self._reports_max = engine, target, reports_max
        with engine.begin() as connection:
            kind = {"sqlite": sqlite, "postgresql": postgresql}[engine.dialect.name]
            row = {"target": target, "position": 0, "refused": 0, "dropped": 0}
            connection.execute(kind.insert(metrics_checkpoint).values(row).on_conflict_do_nothing())

    def hold(self, who: str, at: datetime, until: datetime) -> bool:
        """Whether `who` is the one process that may write until then. Who wrote last goes on, others wait for the end
        of its time. Should two write after all, for their clocks disagree, points lie upon themselves."""
        free = (_row.holder.in_((who, ""))) | _row.held_until.is_(None) | (_row.held_until <= at)
        mine = update(metrics_checkpoint).where(_row.target == self._target, free)
        with self._engine.begin() as connection:
            return bool(connection.execute(mine.values(holder=who, held_until=until)).rowcount)

    def let_go(self, who: str) -> None:
        """Another process may write at once."""
        mine = (_row.target == self._target) & (_row.holder == who)
        with self._engine.begin() as connection:
            connection.execute(update(metrics_checkpoint).where(mine).values(holder="", held_until=None))

    def complain(self, trouble: str) -> None:
        """Why nothing can be written now; empty: it can. So that every process can tell."""
        mine = update(metrics_checkpoint).where(_row.target == self._target)
        with self._engine.begin() as connection:
            connection.execute(mine.values(trouble=trouble[:_TROUBLE_MAX]))

    def trouble(self) -> str:
        with self._engine.connect() as connection:
            asked = select(_row.trouble).where(_row.target == self._target)
            return str(connection.execute(asked).scalar_one())

    def standing(self) -> Standing:
        with self._engine.connect() as connection:
            asked = select(_row.position, _row.refused, _row.dropped, _row.passed).where(_row.target == self._target)
            return Standing(**connection.execute(asked).one()._asdict())

    def reached(self, position: int, refused: int = 0, passed: int = 0) -> None:
        """Never back: another process may have come further."""
        behind = (_row.target == self._target) & (_row.position < position)
        with self._engine.begin() as connection:
            connection.execute(update(metrics_checkpoint).where(behind).values(position=position))
            self._add(connection, refused=refused, passed=passed)

    def follow(self, connection: Connection, reports: Sequence[Report]) -> None:
        """In the transaction in which they are stored. The oldest give way when there are too many."""
        if rows := [{"target": self._target, **kept(one)} for one in reports]:
            connection.execute(insert(metrics_report), rows)
        mine = _report.target == self._target
        over = connection.execute(select(func.count()).where(mine)).scalar_one() - self._reports_max
        if over > 0:
            oldest = select(_report.ident).where(mine).order_by(_report.ident).limit(over)
            gone = connection.execute(delete(metrics_report).where(_report.ident.in_(oldest))).rowcount
            self._add(connection, dropped=gone)

    def add(self, reports: Sequence[Report]) -> None:
        with self._engine.begin() as connection:
            self.follow(connection, reports)

    def waiting(self) -> int:
        """How many reports are."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).where(_report.target == self._target)).scalar_one()

    def reports(self, most: int) -> list[Waiting]:
        """The oldest that wait."""
        asked = select(_report.ident, _report.kind, _report.body).where(_report.target == self._target)
        with self._engine.connect() as connection:
            return [Waiting(*row) for row in connection.execute(asked.order_by(_report.ident).limit(most))]

    def written(self, idents: Collection[int], refused: int = 0) -> None:
        """Those and no others: a report with a lower number may have been stored since by another process."""
        with self._engine.begin() as connection:
            connection.execute(delete(metrics_report).where(_report.ident.in_(idents)))
            self._add(connection, refused=refused)

    def _add(self, connection: Connection, **more: int) -> None:
        sums = {name: _row[name] + many for name, many in more.items() if many}
        if sums:
            connection.execute(update(metrics_checkpoint).where(_row.target == self._target).values(sums))
