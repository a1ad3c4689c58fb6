"""Cases of negative ratings."""

import sqlalchemy as sa
from alembic import op

revision = "86018d88f3b3"
down_revision = "4862056f99c5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rating_case",
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("ask", sa.String(length=20), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("service", sa.String(length=1), nullable=False),
        sa.Column("counter", sa.String(length=8), nullable=False),
        sa.Column("clerk", sa.String(length=16), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("rating", sa.String(length=200), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("rated_at", sa.DateTime(), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("due", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("assignee", sa.String(length=80), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("ground", sa.String(length=12), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("satisfaction", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.Column("closed_day", sa.String(length=10), nullable=False),
        sa.Column("appeal_until", sa.String(length=10), nullable=False),
        sa.Column("overran", sa.Boolean(), nullable=False),
        sa.Column("clerk_appeal", sa.String(length=10), nullable=False),
        sa.Column("citizen_appealed", sa.Boolean(), nullable=False),
        sa.Column("rounds", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hall", "ask", name=op.f("pk_rating_case")),
    )
    with op.batch_alter_table("rating_case", schema=None) as batch_op:
        batch_op.create_index("ix_rating_case_hall_day", ["hall", "day"], unique=False)
        batch_op.create_index("ix_rating_case_hall_state", ["hall", "state", "due"], unique=False)

    op.create_table(
        "rating_case_position",
        sa.Column("name", sa.String(length=10), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rating_case_position")),
    )
    op.create_table(
        "rating_case_event",
        sa.Column("hall", sa.String(length=64), nullable=False),
        sa.Column("ask", sa.String(length=20), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hall", "ask"], ["rating_case.hall", "rating_case.ask"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hall", "ask", "ordinal", name=op.f("pk_rating_case_event")),
    )


def downgrade() -> None:
    op.drop_table("rating_case_event")
    op.drop_table("rating_case_position")
    with op.batch_alter_table("rating_case", schema=None) as batch_op:
        batch_op.drop_index("ix_rating_case_hall_state")
        batch_op.drop_index("ix_rating_case_hall_day")

    op.drop_table("rating_case")
