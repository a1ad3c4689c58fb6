"""Reports that the hub made by itself: each once, by whichever process claimed it, and kept for some years."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Engine, and_, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.storage.schema_queue import ticket
from hub.storage.schema_reports import kept_report

LEASE = timedelta(minutes=10)
"""After that a process that claimed a report and did not make it is taken for dead."""


class UnknownReportError(LookupError):
    """None of that kind and time is kept."""

    code = "unknown-report"


class Kept(msgspec.Struct, frozen=True):
    kind: str
    first: str
    last: str
    made_at: datetime


class KeptReports:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kind = {"sqlite": sqlite, "postgresql": postgresql}[engine.dialect.name]

    def worked(self, hall: str, first: str, last: str) -> bool:
        """Whether anybody took a number there on these days."""
        asked = select(exists().where(ticket.c.hall == hall, ticket.c.day.between(first, last)))
        with self._engine.connect() as connection:
            return bool(connection.scalar(asked))

    def claim(self, hall: str, kind: str, first: str, last: str, maker: str, now: datetime) -> bool:
        """Whether it is this process's to make: nobody has made it, nor is making it."""
        table = kept_report.c
        row = {"hall": hall, "kind": kind, "first": first, "last": last, "maker": maker, "begun_at": now}
        fresh = self._kind.insert(kept_report).values(row).on_conflict_do_nothing().returning(table.hall)
        stale = and_(_is(hall, kind, first), table.made_at.is_(None), table.begun_at < now - LEASE)
        with self._engine.begin() as connection:
            if connection.scalar(fresh) is not None:
                return True
            taken = connection.execute(update(kept_report).where(stale).values(maker=maker, begun_at=now))
            return bool(taken.rowcount)

    def keep(self, hall: str, kind: str, first: str, maker: str, body: bytes, now: datetime) -> bool:
        """False: another process took it over meanwhile."""
        mine = and_(_is(hall, kind, first), kept_report.c.maker == maker, kept_report.c.made_at.is_(None))
        with self._engine.begin() as connection:
            return bool(connection.execute(update(kept_report).where(mine).values(body=body, made_at=now)).rowcount)

    def give_up(self, hall: str, kind: str, first: str, maker: str) -> None:
        """It could not be made: whoever looks next may."""
        mine = and_(_is(hall, kind, first), kept_report.c.maker == maker, kept_report.c.made_at.is_(None))
        with self._engine.begin() as connection:
            connection.execute(delete(kept_report).where(mine))

    def waiting(self, hall: str, kind: str, first: str, now: datetime) -> bool:
        """Whether it is neither made nor being made."""
        there = or_(kept_report.c.made_at.is_not(None), kept_report.c.begun_at >= now - LEASE)
        with self._engine.connect() as connection:
            return not connection.scalar(select(exists().where(_is(hall, kind, first), there)))

    def all(self, hall: str, most: int = 200) -> list[Kept]:
        """The newest time first."""
        table = kept_report.c
        asked = select(table.kind, table.first, table.last, table.made_at)
        asked = asked.where(table.hall == hall, table.made_at.is_not(None)).order_by(table.last.desc(), table.kind)
        with self._engine.connect() as connection:
            return [Kept(*row) for row in connection.execute(asked.limit(most))]

    def body(self, hall: str, kind: str, first: str) -> bytes:
        """Raises UnknownReportError."""
        made = and_(_is(hall, kind, first), kept_report.c.made_at.is_not(None))
        with self._engine.connect() as connection:
            found = connection.scalar(select(kept_report.c.body).where(made)) if "\0" not in kind + first else None
        if found is None:
            raise UnknownReportError(f"hall {hall} keeps no report {kind[:20]} of {first[:20]}")
        return bytes(found)

    def forget(self, before: datetime) -> int:
        """What was made before then goes. How many."""
        with self._engine.begin() as connection:
            return connection.execute(delete(kept_report).where(kept_report.c.made_at < before)).rowcount


def _is(hall: str, kind: str, first: str) -> ColumnElement[bool]:
    table = kept_report.c
    return and_(table.hall == hall, table.kind == kind, table.first == first)
