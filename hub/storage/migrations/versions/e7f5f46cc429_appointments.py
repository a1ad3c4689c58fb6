"""Appointments."""

import sqlalchemy as sa
from alembic import op

revision = "e7f5f46cc429"
down_revision = "d4a49d8ec55c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appointment",
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("service", sa.String(length=1), nullable=False),
        sa.Column("slot_at", sa.DateTime(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("principal", sa.String(length=32), nullable=False),
        sa.Column("via", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.DateTime(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("hall", "day", "code", name=op.f("pk_appointment")),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_appointment_person"), ["person"], unique=False)
        batch_op.create_index(
            "uq_appointment_open",
            ["hall", "day", "service", "person", "principal"],
            unique=True,
            sqlite_where=sa.text("state IN ('waiting', 'booked')"),
            postgresql_where=sa.text("state IN ('waiting', 'booked')"),
        )


def downgrade() -> None:
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_appointment_open",
            sqlite_where=sa.text("state IN ('waiting', 'booked')"),
            postgresql_where=sa.text("state IN ('waiting', 'booked')"),
        )
        batch_op.drop_index(batch_op.f("ix_appointment_person"))

    op.drop_table("appointment")
