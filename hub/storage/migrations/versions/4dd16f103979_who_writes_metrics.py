"""Who writes metrics, what was passed over, and kinds of reports."""

import sqlalchemy as sa
from alembic import op

revision = "4dd16f103979"
down_revision = "86018d88f3b3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("metrics_checkpoint", schema=None) as batch_op:
        batch_op.add_column(sa.Column("passed", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("holder", sa.String(length=100), server_default="", nullable=False))
        batch_op.add_column(sa.Column("held_until", sa.DateTime(), nullable=True))
        batch_op.add_column(sa.Column("trouble", sa.String(length=300), server_default="", nullable=False))
    with op.batch_alter_table("metrics_report", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=20), server_default="health", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("metrics_report", schema=None) as batch_op:
        batch_op.drop_column("kind")
    with op.batch_alter_table("metrics_checkpoint", schema=None) as batch_op:
        batch_op.drop_column("trouble")
        batch_op.drop_column("held_until")
        batch_op.drop_column("holder")
        batch_op.drop_column("passed")
