"""Every table, in one place. Times are UTC; what is secret is stored as SHA-256 or argon2 only.

`event` is the truth; `ticket` is a view of it, written in the same transaction, whose constraints repeat the invariants
that must never break.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Utc(TypeDecorator[datetime]):
    """Aware datetimes in Python, UTC without an offset in the database (SQLite has no other)."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


_Position = BigInteger().with_variant(Integer, "sqlite")  # SQLite's own is 64 bits, and must be called INTEGER
_Stream = String(120).with_variant(String(120, collation="C"), "postgresql")  # compared byte by byte, as in SQLite

event = Table(
    "event",
    metadata,
    Column("position", _Position, primary_key=True, autoincrement=True),  # order over all streams
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

claim = Table(  # enrolment tokens
    "claim",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("hall", String(64), nullable=False),
    Column("position", String(64)),  # NULL: any
    Column("device_class", String(40)),  # NULL: any
    Column("uses_left", Integer, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("created_by", String(64), nullable=False),
)

device = Table(
    "device",
    metadata,
    Column("id", String(64), primary_key=True),  # common name of its certificate
    Column("key_sha256", String(64), nullable=False, unique=True),  # of SubjectPublicKeyInfo
    Column("device_class", String(40), nullable=False),
    Column("hall", String(64), nullable=False),
    Column("position", String(64)),  # NULL: not placed yet
    Column("claim", String(40), nullable=False),  # the token that it came with
    Column("state", String(12), nullable=False),  # in-service, revoked
    Column("serial", String(40), nullable=False),  # of its certificate, hex
    Column("certificate", Text, nullable=False),  # PEM
    Column("not_after", Utc, nullable=False),
    Column("enrolled_at", Utc, nullable=False),
)
Index(
    "uq_device_position",
    device.c.hall,
    device.c.position,
    unique=True,
    sqlite_where=text("state = 'in-service' AND position IS NOT NULL"),
    postgresql_where=text("state = 'in-service' AND position IS NOT NULL"),
)

self_test = Table(  # ordered by a person, done by a device
    "self_test",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hall", String(64), nullable=False),
    Column("position", String(64), nullable=False),
    Column("device", String(64), nullable=False),
    Column("test", String(40), nullable=False),
    Column("ordered_by", String(80), nullable=False),
    Column("ordered_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("ended_at", Utc),  # NULL: no answer yet
    Column("ok", Boolean),
    Column("text", Text, nullable=False),
    Column("picture", Text, nullable=False),  # base64
    Index("ix_self_test_position", "hall", "position"),
)

account = Table(
    "account",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),  # administrator, manager, clerk, technician
    Column("password", Text, nullable=False),  # argon2id
    Column("clerk", String(16)),  # work number, for clerks
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("created_at", Utc, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("account", String(64), nullable=False),
    Column("expires_at", Utc, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("expires_at", Utc),
    Column("created_at", Utc, nullable=False),
    Column("created_by", String(64), nullable=False),
)

media = Table(  # what screens may show; the bytes lie under the data directory, by their hash
    "media",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", String(120), nullable=False),
    Column("type", String(40), nullable=False),  # media type, as found in the content
    Column("size", BigInteger, nullable=False),  # bytes
    Column("width", Integer),  # NULL: films do not say
    Column("height", Integer),
    Column("added_at", Utc, nullable=False),
    Column("added_by", String(70), nullable=False),
)

playlist = Table(
    "playlist",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hall", String(64), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("body", Text, nullable=False),  # JSON: all but its items
    Column("changed_at", Utc, nullable=False),
    Column("changed_by", String(70), nullable=False),
)

playlist_item = Table(
    "playlist_item",
    metadata,
    Column("playlist", String(40), ForeignKey("playlist.id", ondelete="CASCADE"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("sha256", String(64), ForeignKey("media.sha256"), nullable=False, index=True),
    Column("duration_s", Float, nullable=False),
)

emergency = Table(
    "emergency",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hall", String(64), nullable=False, index=True),
    Column("body", Text, nullable=False),  # JSON: words and whom it is for
    Column("sha256", String(64), ForeignKey("media.sha256")),
    Column("until", Utc),  # NULL: until it is withdrawn
    Column("begun_at", Utc, nullable=False),
    Column("begun_by", String(70), nullable=False),
    Column("withdrawn_at", Utc),
    Column("withdrawn_by", String(70)),
)

play = Table(  # proof of play, as screens tell it
    "play",
    metadata,
    Column("device", String(64), primary_key=True),
    Column("batch", String(100), primary_key=True),
    Column("ordinal", Integer, primary_key=True),  # 0, 1 … in its batch
    Column("hall", String(64), nullable=False),
    Column("position", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("began_at", Utc, nullable=False),
    Column("played_s", Float, nullable=False),
    Column("outcome", String(10), nullable=False),  # whole, cut, broken
)
Index("ix_play_hall_began_at", play.c.hall, play.c.began_at)

refusal = Table(  # what came in and was turned away, counted: never its content
    "refusal",
    metadata,
    Column("door", String(16), primary_key=True),  # mqtt, http, est
    Column("code", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", Float, nullable=False),
)

release = Table(  # bundles of the edge software that were uploaded; their bytes lie under DATA/releases
    "release",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    Column("size", Integer, nullable=False),
    Column("signature", String(200), nullable=False),
    Column("added_at", Utc, nullable=False),
    Column("added_by", String(70), nullable=False),
)

rollout = Table(
    "rollout",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hall", String(64), nullable=False, index=True),
    Column("sha256", String(64), ForeignKey("release.sha256"), nullable=False),
    Column("plan", Text, nullable=False),  # JSON
    Column("phase", String(10), nullable=False),  # running, paused, halted, done, aborted
    Column("wave", Integer, nullable=False),  # that is open; -1: none yet
    Column("why", String(500), nullable=False),
    Column("turn", Integer, nullable=False),  # counts changes: of several processes one writes each
    Column("started_at", Utc, nullable=False),
    Column("started_by", String(70), nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("changed_by", String(70), nullable=False),
)
Index(
    "uq_rollout_under_way",
    rollout.c.hall,
    unique=True,
    sqlite_where=text("phase IN ('running', 'paused', 'halted')"),
    postgresql_where=text("phase IN ('running', 'paused', 'halted')"),
)

rollout_member = Table(
    "rollout_member",
    metadata,
    Column("rollout", String(40), ForeignKey("rollout.id", ondelete="CASCADE"), primary_key=True),
    Column("position", String(64), primary_key=True),
    Column("device_class", String(40), nullable=False),
    Column("wave", Integer, nullable=False),
    Column("stage", String(10), nullable=False),
    Column("since", Utc),
    Column("excused", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),  # of the order that it is about; 0: none yet
    Column("said_running", String(40), nullable=False),  # version that its device last said it runs
    Column("text", String(500), nullable=False),
)

release_order = Table(  # what a position's device should run, whichever rollout came to it last
    "release_order",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("position", String(64), primary_key=True),
    Column("sha256", String(64), ForeignKey("release.sha256"), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("held", Boolean, nullable=False),
)
