"""Programs of platforms."""

import sqlalchemy as sa
from alembic import op

revision = "731530faf035"
down_revision = "54f47549756f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("halls", sa.String(length=2000), nullable=False),
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("old_sha256", sa.String(length=64), nullable=False),
        sa.Column("old_until", sa.DateTime(), nullable=True),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("created_by", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
    )
    op.create_table(
        "client_token",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("client", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client"], ["client.id"]),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_client_token")),
    )
    with op.batch_alter_table("client_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_client_token_client"), ["client"], unique=False)
        batch_op.create_index(batch_op.f("ix_client_token_expires_at"), ["expires_at"], unique=False)
    moved = sa.text("instead_of != ''")
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_appointment_instead_of", ["instead_of"], unique=False, sqlite_where=moved, postgresql_where=moved
        )


def downgrade() -> None:
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index("ix_appointment_instead_of")
    op.drop_table("client_token")
    op.drop_table("client")
