"""The event log, which is the truth, and a view of its tickets.

The view is written in the same transaction, and its constraints repeat the invariants that must never break.
"""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint, text

from hub.storage.schema import Position, Utc, metadata

_Stream = String(120).with_variant(String(120, collation="C"), "postgresql")  # compared byte by byte, as in SQLite

event = Table(
    "event",
    metadata,
    Column("position", Position, primary_key=True, autoincrement=True),  # order over all streams
    Column("stream", _Stream, nullable=False),  # queue/HALL/YYYY-MM-DD
    Column("version", Integer, nullable=False),  # 1, 2, 3 … in its stream, without a gap
    Column("command_id", String(200), nullable=False),
    Column("ordinal", Integer, nullable=False),  # 0, 1 … among the events of one command
    Column("body", LargeBinary, nullable=False),  # JSON, tagged
    UniqueConstraint("stream", "version", name="uq_event_stream_version"),
    sqlite_autoincrement=True,
)
Index("uq_event_command", event.c.command_id, event.c.ordinal, unique=True)

ticket = Table(
    "ticket",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("number", String(8), primary_key=True),
    Column("service", String(1), nullable=False),
    Column("state", String(10), nullable=False),
    Column("taken_at", Utc, nullable=False),
    Column("counter", String(8)),
    Column("clerk", String(16)),
    Column("calls", Integer, nullable=False, server_default=text("0")),
    Column("called_at", Utc),
    Column("serving_at", Utc),
    Column("ended_at", Utc),
    Column("rating", Integer),  # 1-5; NULL: not rated
)
Index(
    "uq_ticket_active",
    ticket.c.hall,
    ticket.c.day,
    ticket.c.counter,
    unique=True,
    sqlite_where=text("state IN ('called', 'serving')"),
    postgresql_where=text("state IN ('called', 'serving')"),
)

fact = Table(  # few: the log's epoch, …
    "fact",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Text, nullable=False),
)
