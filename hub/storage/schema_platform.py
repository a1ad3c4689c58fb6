"""Tables of platforms' programs."""

from sqlalchemy import Boolean, Column, ForeignKey, String, Table

from hub.storage.schema import Utc, metadata

client = Table(
    "client",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("halls", String(2000), nullable=False),  # ids, with spaces between them
    Column("secret_sha256", String(64), nullable=False),
    Column("old_sha256", String(64), nullable=False),  # of the secret before, which is good for a while; or empty
    Column("old_until", Utc),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("created_by", String(80), nullable=False),
)

client_token = Table(
    "client_token",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("client", String(64), ForeignKey("client.id"), nullable=False, index=True),
    Column("expires_at", Utc, nullable=False, index=True),
)
