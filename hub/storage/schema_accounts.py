"""Tables of who may log in, and of what was turned away at every door."""

from sqlalchemy import Boolean, Column, Float, Integer, String, Table, Text, false

from hub.storage.schema import Utc, metadata

account = Table(
    "account",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),  # administrator, manager, clerk, technician
    Column("password", Text, nullable=False),  # argon2id
    Column("clerk", String(16)),  # work number, for clerks
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("created_at", Utc, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("account", String(64), nullable=False),
    Column("expires_at", Utc, nullable=False),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("expires_at", Utc),
    Column("created_at", Utc, nullable=False),
    Column("created_by", String(64), nullable=False),
)

refusal = Table(  # what came in and was turned away, counted: never its content
    "refusal",
    metadata,
    Column("door", String(16), primary_key=True),  # mqtt, http, est
    Column("code", String(64), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last_at", Float, nullable=False),
)
