"""Whose program booked an appointment."""

import sqlalchemy as sa
from alembic import op

revision = "54f47549756f"
down_revision = "727f42afc3a2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("client", sa.String(length=64), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_column("client")
