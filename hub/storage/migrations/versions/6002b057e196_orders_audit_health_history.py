"""orders, audit, health history."""

import sqlalchemy as sa
from alembic import op

from hub.storage.schema import Utc

revision = "6002b057e196"
down_revision = "81ab25469c91"
branch_labels = None
depends_on = None

_COUNT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _COUNT, autoincrement=True, nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_hall", "audit", ["hall", "position", "id"])
    op.create_table(
        "device_order",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.String(length=40), nullable=False),
        sa.Column("ordered_by", sa.String(length=80), nullable=False),
        sa.Column("ordered_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("ok", sa.Boolean(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("picture", sa.Text(), nullable=False),
        sa.Column("log", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_order")),
    )
    op.create_index("ix_device_order_position", "device_order", ["hall", "position"])
    op.execute(
        "INSERT INTO device_order (id, hall, position, device, what, detail, ordered_by, ordered_at, expires_at, "
        "ended_at, ok, text, picture, log) SELECT id, hall, position, device, 'self-test', test, ordered_by, "
        "ordered_at, expires_at, ended_at, ok, text, picture, '' FROM self_test"
    )
    op.drop_table("self_test")
    op.create_table(
        "health_sample",
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=False),
        sa.Column("span_s", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("connects", sa.Integer(), nullable=True),
        sa.Column("memory_mb", sa.Float(), nullable=True),
        sa.Column("disk_free_mb", sa.Float(), nullable=True),
        sa.Column("cpu_c", sa.Float(), nullable=True),
        sa.Column("offset_ms", sa.Float(), nullable=True),
        sa.Column("outbox", sa.Integer(), nullable=False),
        sa.Column("paper", sa.String(length=4), nullable=True),
        sa.PrimaryKeyConstraint("hall", "position", "span_s", "at", name=op.f("pk_health_sample")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "presence_change",
        sa.Column("id", _COUNT, autoincrement=True, nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_presence_change")),
    )
    op.create_index("ix_presence_change_position", "presence_change", ["hall", "position", "id"])


def downgrade() -> None:
    raise NotImplementedError("what devices were ordered to do, and by whom, would be lost")
