"""Tables of devices: how they are let in, what certificates they have."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, text

from hub.storage.schema import Utc, metadata

claim = Table(  # enrolment tokens
    "claim",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("hall", String(64), nullable=False),
    Column("position", String(64)),  # NULL: any
    Column("device_class", String(40)),  # NULL: any
    Column("uses_left", Integer, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("uses", Integer, nullable=False, server_default=text("1")),  # at first
    Column("replaces", String(64)),  # the device that is revoked when this is redeemed
    Column("withdrawn_at", Utc),
)

device = Table(
    "device",
    metadata,
    Column("id", String(64), primary_key=True),  # common name of its certificate
    Column("key_sha256", String(64), nullable=False, unique=True),  # of SubjectPublicKeyInfo
    Column("device_class", String(40), nullable=False),
    Column("hardware_serial", String(64)),  # as the board says; NULL: it does not
    Column("hall", String(64), nullable=False),
    Column("position", String(64)),  # NULL: not placed yet
    Column("claim", String(40), nullable=False),  # the token that it came with
    Column("state", String(12), nullable=False),  # in-service, revoked
    Column("serial", String(40), nullable=False),  # of its certificate, hex
    Column("certificate", Text, nullable=False),  # PEM
    Column("not_after", Utc, nullable=False),
    Column("enrolled_at", Utc, nullable=False),
)
Index(
    "uq_device_position",
    device.c.hall,
    device.c.position,
    unique=True,
    sqlite_where=text("state = 'in-service' AND position IS NOT NULL"),
    postgresql_where=text("state = 'in-service' AND position IS NOT NULL"),
)

certificate = Table(  # every one that a device was ever given
    "certificate",
    metadata,
    Column("serial", String(40), primary_key=True),  # hex
    Column("device", String(64), nullable=False, index=True),
    Column("key_sha256", String(64), nullable=False, index=True),
    Column("issuer", String(64), nullable=False),  # its key, SHA-1 as in the extension, hex
    Column("issued_at", Utc, nullable=False),
    Column("not_after", Utc, nullable=False),
    Column("certificate", Text, nullable=False),  # PEM
    Column("seen_at", Utc),  # NULL: its device has not shown it yet
    Column("superseded_at", Utc),  # a newer one of the device's was seen
    Column("revoked_at", Utc),
)

applicant = Table(  # boards that ask to be let in, and wait for a person
    "applicant",
    metadata,
    Column("code", String(8), primary_key=True),  # wire.pairing
    Column("key_sha256", String(64), nullable=False, unique=True),
    Column("hall", String(64)),  # NULL: it did not say
    Column("device_class", String(40)),
    Column("hardware_serial", String(64)),
    Column("address", String(64), nullable=False),
    Column("reason", String(12), nullable=False),  # no-token, no-position, expired
    Column("device", String(64)),  # that its key is known as
    Column("claim", String(40)),  # that it came with
    Column("state", String(10), nullable=False),  # waiting, approved, refused
    Column("first_at", Utc, nullable=False),
    Column("last_at", Utc, nullable=False),
    Column("position", String(64)),
    Column("decided_by", String(80)),
    Column("decided_at", Utc),
)
