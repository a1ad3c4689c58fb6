"""Tables of people: nothing here is readable without DATA/vault.key; a phone is found by its HMAC, never by itself."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from hub.storage.schema import Position, Utc, metadata

person_record = Table(  # the vault: who is behind a pseudonym
    "person_record",
    metadata,
    Column("person", String(32), primary_key=True),  # pseudonym
    Column("phone", String(64), nullable=False, index=True),  # HMAC; empty: they have none
    Column("wrapped", LargeBinary, nullable=False),  # the row's own key, under the vault's: else the rest is noise
    Column("sealed", LargeBinary, nullable=False),  # name, number, phone, kind
    Column("seen_at", Utc, nullable=False, index=True),  # by this they are forgotten
)

one_time_code = Table(  # a row for each phone that tried, whether it was ever sent a code or not
    "one_time_code",
    metadata,
    Column("phone", String(64), primary_key=True),  # HMAC
    Column("code", String(64)),  # HMAC; NULL: none
    Column("tries", Integer, nullable=False),
    Column("expires_at", Utc, nullable=False, index=True),
)

one_time_send = Table(  # codes that were asked for, for the limits
    "one_time_send",
    metadata,
    Column("id", Position, primary_key=True, autoincrement=True),
    Column("phone", String(64), nullable=False),  # HMAC
    Column("address", String(64), nullable=False),  # HMAC
    Column("at", Utc, nullable=False),
    Index("ix_one_time_send_phone", "phone", "at"),
    Index("ix_one_time_send_address", "address", "at"),
    Index("ix_one_time_send_at", "at"),
)

visit = Table(  # who proved by a code that a phone is theirs
    "visit",
    metadata,
    Column("secret_sha256", String(64), primary_key=True),
    Column("phone", String(64), nullable=False, index=True),  # HMAC
    Column("sealed", LargeBinary, nullable=False),  # the phone, under a key made of the secret
    Column("expires_at", Utc, nullable=False, index=True),
)

visit_person = Table(
    "visit_person",
    metadata,
    Column("secret_sha256", String(64), ForeignKey("visit.secret_sha256", ondelete="CASCADE"), primary_key=True),
    Column("person", String(32), primary_key=True, index=True),
)

message = Table(  # to phones: those that wait, and of those that do not, that they were there
    "message",
    metadata,
    Column("ident", String(200), primary_key=True),
    Column("person", String(32), nullable=False, index=True),  # empty: nobody whom the vault knows, as with a code
    Column("wrapped", LargeBinary),  # NULL: no longer waiting, and its content is gone
    Column("sealed", LargeBinary),  # phone and text
    Column("state", String(10), nullable=False),  # waiting, sent, refused, expired
    Column("tries", Integer, nullable=False),
    Column("due_at", Utc, nullable=False),  # not before; of one that is being sent: when another process may try
    Column("expires_at", Utc, nullable=False),
    Index("ix_message_state", "state", "due_at"),
)

spent_effort = Table(  # challenges that were solved, until they would be over anyhow
    "spent_effort",
    metadata,
    Column("nonce", String(32), primary_key=True),
    Column("expires_at", Utc, nullable=False, index=True),
)
