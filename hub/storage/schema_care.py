"""Tables of care from afar: orders, settings, health, and who did what."""

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text, UniqueConstraint

from hub.storage.schema import Position, Utc, metadata

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
    Column("id", Position, primary_key=True, autoincrement=True),
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
    Column("id", Position, primary_key=True, autoincrement=True),
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
    Column("ordinal", Position, primary_key=True, autoincrement=True),
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
