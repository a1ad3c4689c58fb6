"""People: the vault, codes, visits, messages."""

import sqlalchemy as sa
from alembic import op

revision = "61c27c57ded4"
down_revision = "e7f5f46cc429"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message",
        sa.Column("ident", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("ident", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_person"), ["person"], unique=False)
        batch_op.create_index("ix_message_state", ["state", "due_at"], unique=False)

    op.create_table(
        "one_time_code",
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_one_time_code")),
    )
    with op.batch_alter_table("one_time_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_one_time_code_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "one_time_send",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_send")),
    )
    with op.batch_alter_table("one_time_send", schema=None) as batch_op:
        batch_op.create_index("ix_one_time_send_address", ["address", "at"], unique=False)
        batch_op.create_index("ix_one_time_send_at", ["at"], unique=False)
        batch_op.create_index("ix_one_time_send_phone", ["phone", "at"], unique=False)

    op.create_table(
        "person_record",
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_person_record")),
    )
    with op.batch_alter_table("person_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_person_record_phone"), ["phone"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_record_seen_at"), ["seen_at"], unique=False)

    op.create_table(
        "spent_effort",
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_spent_effort")),
    )
    with op.batch_alter_table("spent_effort", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_spent_effort_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "visit",
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("secret_sha256", name=op.f("pk_visit")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_phone"), ["phone"], unique=False)

    op.create_table(
        "visit_person",
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["secret_sha256"], ["visit.secret_sha256"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("secret_sha256", "person", name=op.f("pk_visit_person")),
    )
    with op.batch_alter_table("visit_person", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_visit_person_person"), ["person"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("visit_person", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_person_person"))

    op.drop_table("visit_person")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_visit_phone"))
        batch_op.drop_index(batch_op.f("ix_visit_expires_at"))

    op.drop_table("visit")
    with op.batch_alter_table("spent_effort", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_spent_effort_expires_at"))

    op.drop_table("spent_effort")
    with op.batch_alter_table("person_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_record_seen_at"))
        batch_op.drop_index(batch_op.f("ix_person_record_phone"))

    op.drop_table("person_record")
    with op.batch_alter_table("one_time_send", schema=None) as batch_op:
        batch_op.drop_index("ix_one_time_send_phone")
        batch_op.drop_index("ix_one_time_send_at")
        batch_op.drop_index("ix_one_time_send_address")

    op.drop_table("one_time_send")
    with op.batch_alter_table("one_time_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_one_time_code_expires_at"))

    op.drop_table("one_time_code")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_state")
        batch_op.drop_index(batch_op.f("ix_message_person"))

    op.drop_table("message")
