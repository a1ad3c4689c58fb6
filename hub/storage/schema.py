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

appointment = Table(  # a view as well; who it is, is in `person` alone
    "appointment",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("code", String(16), primary_key=True),
    Column("service", String(1), nullable=False),
    Column("slot_at", Utc, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("person", String(32), nullable=False),  # pseudonym of who comes
    Column("principal", String(32), nullable=False),  # of whom it is for; empty: themselves
    Column("via", String(10), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("number", String(8)),  # the ticket that it became
    Column("reason", String(40), nullable=False),
    Column("instead_of", String(30), nullable=False, server_default=""),  # DAY/CODE of the one given up for it
    Column("client", String(64), nullable=False, server_default=""),  # whose program booked it
)
Index(None, appointment.c.person)
Index(None, appointment.c.principal)
Index(None, appointment.c.code)
Index(
    "ix_appointment_instead_of",
    appointment.c.instead_of,
    sqlite_where=appointment.c.instead_of != "",
    postgresql_where=appointment.c.instead_of != "",
)
Index(
    "uq_appointment_open",
    appointment.c.hall,
    appointment.c.day,
    appointment.c.service,
    appointment.c.person,
    appointment.c.principal,
    unique=True,
    sqlite_where=text("state IN ('waiting', 'booked')"),
    postgresql_where=text("state IN ('waiting', 'booked')"),
)

forgiven_miss = Table(  # an appointment that was missed, and counts against nobody
    "forgiven_miss",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("code", String(16), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("by", String(80), nullable=False),
    Column("why", String(200), nullable=False),
)

hall_day = Table(  # days that a hall works or not, whatever the calendar says; the audit is its history
    "hall_day",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("open", Boolean, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("changed_by", String(80), nullable=False),
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
    Column("uses", Integer, nullable=False, server_default=text("1")),  # at first
    Column("replaces", String(64)),  # the device that is revoked when this is redeemed
    Column("withdrawn_at", Utc),
)

device = Table(
    "device",
    metadata,
    Column("id", String(64), primary_key=True),  # common name of its certificate
    Column("key_sha256", String(64), nullable=False, unique=True),  # of SubjectPublicKeyInfo
    Column("device_class", String(40), nullable=False),
    Column("hardware_serial", String(64)),  # as the board says; NULL: it does not
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

certificate = Table(  # every one that a device was ever given
    "certificate",
    metadata,
    Column("serial", String(40), primary_key=True),  # hex
    Column("device", String(64), nullable=False, index=True),
    Column("key_sha256", String(64), nullable=False, index=True),
    Column("issuer", String(64), nullable=False),  # its key, SHA-1 as in the extension, hex
    Column("issued_at", Utc, nullable=False),
    Column("not_after", Utc, nullable=False),
    Column("certificate", Text, nullable=False),  # PEM
    Column("seen_at", Utc),  # NULL: its device has not shown it yet
    Column("superseded_at", Utc),  # a newer one of the device's was seen
    Column("revoked_at", Utc),
)

applicant = Table(  # boards that ask to be let in, and wait for a person
    "applicant",
    metadata,
    Column("code", String(8), primary_key=True),  # wire.pairing
    Column("key_sha256", String(64), nullable=False, unique=True),
    Column("hall", String(64)),  # NULL: it did not say
    Column("device_class", String(40)),
    Column("hardware_serial", String(64)),
    Column("address", String(64), nullable=False),
    Column("reason", String(12), nullable=False),  # no-token, no-position, expired
    Column("device", String(64)),  # that its key is known as
    Column("claim", String(40)),  # that it came with
    Column("state", String(10), nullable=False),  # waiting, approved, refused
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
    Column("position", String(64)),
    Column("decided_by", String(80)),
    Column("decided_at", Utc),
)

# Care from afar.

device_order = Table(  # given by a person, carried out by a device
    "device_order",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("hall", String(64), nullable=False),
    Column("position", String(64), nullable=False),
    Column("device", String(64), nullable=False),
    Column("what", String(20), nullable=False),  # self-test, identify, restart, send-log, print-slip
    Column("detail", String(40), nullable=False),  # which test, how long, how many lines, which number
    Column("ordered_by", String(80), nullable=False),
    Column("ordered_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("ended_at", Utc),  # NULL: no answer yet
    Column("ok", Boolean),
    Column("text", Text, nullable=False),
    Column("picture", Text, nullable=False),  # base64
    Column("log", Text, nullable=False),
    Index("ix_device_order_position", "hall", "position"),
)

audit = Table(  # who did what to devices, and when; nothing is ever changed, and what is too old goes
    "audit",
    metadata,
    Column("id", _Position, primary_key=True, autoincrement=True),
    Column("hall", String(64), nullable=False),  # "": of no hall, so of all
    Column("position", String(64), nullable=False),  # "": of no single one
    Column("device", String(64), nullable=False),  # "": none
    Column("who", String(80), nullable=False),
    Column("what", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Index("ix_audit_hall", "hall", "position", "id"),
    Index("ix_audit_at", "at"),
)

health_sample = Table(  # what devices said of themselves; old ones are thinned
    "health_sample",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("position", String(64), primary_key=True),
    Column("span_s", Integer, primary_key=True, autoincrement=False),  # 0: one report, else the worst of so long
    Column("at", BigInteger, primary_key=True, autoincrement=False),  # seconds since 1970; of a span, its beginning
    Column("reports", Integer, nullable=False),
    Column("connects", Integer),
    Column("memory_mb", Float),
    Column("disk_free_mb", Float),
    Column("cpu_c", Float),
    Column("offset_ms", Float),
    Column("outbox", Integer, nullable=False),
    Column("paper", String(4)),  # ok, low, out
    sqlite_with_rowid=False,
)

presence_change = Table(  # devices that came and went
    "presence_change",
    metadata,
    Column("id", _Position, primary_key=True, autoincrement=True),
    Column("hall", String(64), nullable=False),
    Column("position", String(64), nullable=False),
    Column("device", String(64), nullable=False),
    Column("at", Utc, nullable=False),
    Column("online", Boolean, nullable=False),
    Column("boot", String(64), nullable=False),
    Column("why", String(20), nullable=False),
    Index("ix_presence_change_position", "hall", "position", "id"),
)

position_settings = Table(  # what the device at a position should be set to: every revision there was
    "position_settings",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("position", String(64), primary_key=True),
    Column("revision", Integer, primary_key=True),  # 1, 2, 3 …
    Column("device", Text, nullable=False),  # JSON: what lies over the [device] table of the board's own file
    Column("changed_at", Utc, nullable=False),
    Column("changed_by", String(80), nullable=False),
    Column("why", String(200), nullable=False),
)

settings_report = Table(  # what devices say became of them
    "settings_report",
    metadata,
    Column("ordinal", _Position, primary_key=True, autoincrement=True),
    Column("hall", String(64), nullable=False),
    Column("position", String(64), nullable=False),
    Column("device", String(64), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("outcome", String(10), nullable=False),  # applied, partly, refused, returned
    Column("in_force", Integer, nullable=False),
    Column("problems", Text, nullable=False),  # JSON: item → words
    Column("decided_at", Utc, nullable=False),  # by the board's clock
    Column("reported_at", Utc, nullable=False),
    Index("ix_settings_report_position", "hall", "position"),
    UniqueConstraint("position", "hall", "device", "revision", "outcome", "decided_at"),  # a report told twice is one
    sqlite_autoincrement=True,
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

asset = Table(  # a piece of hardware, bought or about to be; `asset_event` is its history, and the truth
    "asset",
    metadata,
    Column("serial", String(64), primary_key=True),  # of the hardware
    Column("hall", String(64), nullable=False, index=True),
    Column("details", Text, nullable=False),  # JSON: kind, model, supplier, price, dates, the planned position
    Column("state", String(12), nullable=False),
    Column("since", Utc, nullable=False),
    Column("position", String(64)),  # NULL: at none
    Column("device", String(64), index=True),  # NULL: a handheld without a computer, or at no position
    Column("installed_at", Utc),  # the first time; NULL: never
    Column("commissioned_at", Utc),
    Column("seen_at", Utc),  # online at its position, to the hour; not part of the history
    Column("version", Integer, nullable=False),
)
Index(
    "uq_asset_position",
    asset.c.hall,
    asset.c.position,
    unique=True,
    sqlite_where=text("position IS NOT NULL"),
    postgresql_where=text("position IS NOT NULL"),
)

asset_event = Table(
    "asset_event",
    metadata,
    Column("serial", String(64), ForeignKey("asset.serial"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),  # 1, 2, 3 … without a gap
    Column("body", Text, nullable=False),  # JSON, tagged
)

# People: nothing here is readable without DATA/vault.key; a phone is found by its HMAC, never by itself.

person_record = Table(  # the vault: who is behind a pseudonym
    "person_record",
    metadata,
    Column("person", String(32), primary_key=True),  # pseudonym
    Column("phone", String(64), nullable=False, index=True),  # HMAC; empty: they have none
    Column(
        "wrapped", LargeBinary, nullable=False
    ),  # the row's own key, under the vault's: without it the rest is noise
    Column("sealed", LargeBinary, nullable=False),  # name, number, phone, kind
    Column("seen_at", Utc, nullable=False, index=True),  # by this they are forgotten
)

one_time_code = Table(  # a row for each phone that tried, whether it was ever sent a code or not
    "one_time_code",
    metadata,
    Column("phone", String(64), primary_key=True),  # HMAC
    Column("code", String(64)),  # HMAC; NULL: none
    Column("tries", Integer, nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
)

one_time_send = Table(  # codes that were asked for, for the limits
    "one_time_send",
    metadata,
    Column("id", _Position, primary_key=True, autoincrement=True),
    Column("phone", String(64), nullable=False),  # HMAC
    Column("address", String(64), nullable=False),  # HMAC
    Column("at", Utc, nullable=False),
    Index("ix_one_time_send_phone", "phone", "at"),
    Index("ix_one_time_send_address", "address", "at"),
    Index("ix_one_time_send_at", "at"),
)

visit = Table(  # who proved by a code that a phone is theirs
    "visit",
    metadata,
    Column("secret_sha256", String(64), primary_key=True),
    Column("phone", String(64), nullable=False, index=True),  # HMAC
    Column("sealed", LargeBinary, nullable=False),  # the phone, under a key made of the secret
    Column("expires_at", Utc, nullable=False, index=True),
)

visit_person = Table(
    "visit_person",
    metadata,
    Column("secret_sha256", String(64), ForeignKey("visit.secret_sha256", ondelete="CASCADE"), primary_key=True),
    Column("person", String(32), primary_key=True, index=True),
)

message = Table(  # to phones: those that wait, and of those that do not, that they were there
    "message",
    metadata,
    Column("ident", String(200), primary_key=True),
    Column("person", String(32), nullable=False, index=True),  # empty: nobody whom the vault knows, as with a code
    Column("wrapped", LargeBinary),  # NULL: no longer waiting, and its content is gone
    Column("sealed", LargeBinary),  # phone and text
    Column("state", String(10), nullable=False),  # waiting, sent, refused, expired
    Column("tries", Integer, nullable=False),
    Column("due_at", Utc, nullable=False),  # not before; of one that is being sent: when another process may try
    Column("expires_at", Utc, nullable=False),
    Index("ix_message_state", "state", "due_at"),
)

spent_effort = Table(  # challenges that were solved, until they would be over anyhow
    "spent_effort",
    metadata,
    Column("nonce", String(32), primary_key=True),
    Column("expires_at", Utc, nullable=False, index=True),
)
