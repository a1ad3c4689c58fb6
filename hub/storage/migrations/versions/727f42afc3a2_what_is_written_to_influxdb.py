"""What is written to InfluxDB."""

import sqlalchemy as sa
from alembic import op

revision = "727f42afc3a2"
down_revision = "d34694b8ef1e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "metrics_checkpoint",
        sa.Column("target", sa.String(length=300), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("pk_metrics_checkpoint")),
    )
    op.create_table(
        "metrics_report",
        sa.Column("ident", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("target", sa.String(length=300), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ident", name=op.f("pk_metrics_report")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("metrics_report", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_metrics_report_target"), ["target"], unique=False)


def downgrade() -> None:
    op.drop_table("metrics_report")
    op.drop_table("metrics_checkpoint")
