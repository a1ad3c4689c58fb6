"""Tables of the edge software's releases, and of how they are rolled out."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from hub.storage.schema import Utc, metadata

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
