"""certificates and applicants."""

import sqlalchemy as sa
from alembic import op
from cryptography import x509

from hub.storage.schema import Utc

revision = "81ab25469c91"
down_revision = "abc1c93a5c21"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "applicant",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("key_sha256", sa.String(length=64), nullable=False),
        sa.Column("hall", sa.String(length=64), nullable=True),
        sa.Column("device_class", sa.String(length=40), nullable=True),
        sa.Column("hardware_serial", sa.String(length=64), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=True),
        sa.Column("claim", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("first_at", Utc(), nullable=False),
        sa.Column("last_at", Utc(), nullable=False),
        sa.Column("position", sa.String(length=64), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("decided_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_applicant")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_applicant_key_sha256")),
    )
    certificate = op.create_table(
        "certificate",
        sa.Column("serial", sa.String(length=40), nullable=False),
        sa.Column("device", sa.String(length=64), nullable=False),
        sa.Column("key_sha256", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=64), nullable=False),
        sa.Column("issued_at", Utc(), nullable=False),
        sa.Column("not_after", Utc(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=True),
        sa.Column("superseded_at", Utc(), nullable=True),
        sa.Column("revoked_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_certificate")),
    )
    op.create_index(op.f("ix_certificate_device"), "certificate", ["device"])
    op.create_index(op.f("ix_certificate_key_sha256"), "certificate", ["key_sha256"])
    op.add_column("claim", sa.Column("uses", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.add_column("claim", sa.Column("replaces", sa.String(length=64), nullable=True))
    op.add_column("claim", sa.Column("withdrawn_at", Utc(), nullable=True))
    _keep_those_issued_before(certificate)


def _keep_those_issued_before(certificate: sa.Table) -> None:
    """Each device had one; what was issued before it had run out."""
    names = ("id", "key_sha256", "state", "serial", "certificate", "not_after", "enrolled_at")
    times = ("not_after", "enrolled_at")
    device = sa.table("device", *(sa.column(name, Utc() if name in times else sa.String()) for name in names))
    rows = [
        {
            "serial": one.serial,
            "device": one.id,
            "key_sha256": one.key_sha256,
            "issuer": _issuer(one.certificate),
            "issued_at": one.enrolled_at,
            "not_after": one.not_after,
            "certificate": one.certificate,
            "revoked_at": one.enrolled_at if one.state == "revoked" else None,
        }
        for one in op.get_bind().execute(sa.select(device)).all()
    ]
    if rows:
        op.bulk_insert(certificate, rows)


def _issuer(pem: str) -> str:
    try:
        one = x509.load_pem_x509_certificate(pem.encode())
        found = one.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except (ValueError, x509.ExtensionNotFound):
        return ""
    return (found or b"").hex()


def downgrade() -> None:
    for name in ("withdrawn_at", "replaces", "uses"):
        op.drop_column("claim", name)
    op.drop_table("certificate")
    op.drop_table("applicant")
