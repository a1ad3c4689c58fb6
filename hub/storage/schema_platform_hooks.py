"""Tables of what platforms are told: their webhooks, what waits for them, and how far the log has been read for it."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from hub.storage.schema import Utc, metadata

webhook = Table(
    "webhook",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("client", String(64), nullable=False),  # whose appointments it hears of
    Column("hall", String(64), nullable=False, index=True),
    Column("url", String(500), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # JSON of its secrets
    Column("after", BigInteger, nullable=False),  # it hears of what came after that event
    Column("made_at", Utc, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("state", String(10), nullable=False),  # active, disabled
    Column("why", String(200), nullable=False),  # it is disabled
    Column("since", Utc, nullable=False),  # it is so
    Column("succeeded_at", Utc),  # its last delivery
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("webhook", String(32), ForeignKey("webhook.id", ondelete="CASCADE"), primary_key=True),
    Column("position", BigInteger, primary_key=True),  # of its event: the order in which things happened
    Column(
        "series", String(30), nullable=False
    ),  # DAY/CODE of the appointment that it is about, the first of its chain
    Column("type", String(40), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, done, given-up
    Column("tries", Integer, nullable=False),
    Column("due_at", Utc, nullable=False),  # not before; of one that is being sent: when another process may try
    Column("failing_since", Utc),
    Column("error", String(200), nullable=False),  # of the last try
    Column("made_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Index("ix_webhook_delivery_due", "webhook", "state", "due_at"),
    Index("ix_webhook_delivery_series", "webhook", "series", "position"),
)

webhook_series = Table(  # what was told of each appointment that a platform's program booked
    "webhook_series",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("series", String(30), primary_key=True),
    Column("body", LargeBinary, nullable=False),  # JSON
    Column("changed_at", Utc, nullable=False, index=True),
)

webhook_position = Table(  # one row
    "webhook_position",
    metadata,
    Column("name", String(10), primary_key=True),
    Column("position", BigInteger, nullable=False),
)
