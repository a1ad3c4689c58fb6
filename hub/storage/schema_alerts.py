"""Tables of alerts: those that were raised and their log, what is silenced, who is told, and what waits to be sent."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

from hub.storage.schema import Utc, metadata

_Ordinal = BigInteger().with_variant(Integer, "sqlite")

alert = Table(
    "alert",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hall", String(64), nullable=False),
    Column("rule", String(64), nullable=False),
    Column("subject", String(120), nullable=False),
    # Rule and subject as long as it is open, for ever of what happens once; its own id afterwards: no two may be open.
    Column("place", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("raised_at", Utc, nullable=False),
    Column("figure", Float, nullable=False),
    Column("body", Text, nullable=False),  # JSON: the rule as it was, the evidence
    Column("told_at", Utc),  # those of its routes; NULL: not yet, or it was silenced
    Column("escalated_at", Utc),
    Column("acknowledged_at", Utc),
    Column("acknowledged_by", String(80), nullable=False),
    Column("note", String(400), nullable=False),
    Column("cleared_at", Utc),
    Index("uq_alert_place", "hall", "place", unique=True),
    Index("ix_alert_raised", "hall", "raised_at"),
    Index("ix_alert_cleared", "hall", "cleared_at"),
)

alert_note = Table(  # what became of each, and who did it
    "alert_note",
    metadata,
    Column("id", _Ordinal, primary_key=True, autoincrement=True),
    Column("alert", String(32), ForeignKey("alert.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("who", String(80), nullable=False),
    Column("what", String(20), nullable=False),
    Column("detail", String(400), nullable=False),
    sqlite_autoincrement=True,
)

alert_silence = Table(
    "alert_silence",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hall", String(64), nullable=False, index=True),
    Column("rule", String(64), nullable=False),
    Column("subject", String(120), nullable=False),  # empty: all of that rule
    Column("since", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("by", String(80), nullable=False),
    Column("why", String(200), nullable=False),
)

alert_target = Table(  # where a route leads
    "alert_target",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("hall", String(64), nullable=False, index=True),
    Column("route", String(32), nullable=False),
    Column("kind", String(10), nullable=False),  # mail, webhook
    Column("address", String(500), nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Column("sealed", LargeBinary, nullable=False),  # JSON of a webhook's secrets
    Column("made_at", Utc, nullable=False),
    Column("made_by", String(80), nullable=False),
    Column("succeeded_at", Utc),
    Column("failing_since", Utc),
    Column("error", String(200), nullable=False),
)

alert_delivery = Table(
    "alert_delivery",
    metadata,
    Column("id", String(80), primary_key=True),  # alert, what is told of it, to whom: once
    Column("target", String(32), ForeignKey("alert_target.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("alert", String(32), ForeignKey("alert.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("what", String(10), nullable=False),  # raised, escalated, cleared
    Column("body", LargeBinary, nullable=False),  # JSON
    Column("state", String(10), nullable=False),  # waiting, done, given-up
    Column("tries", Integer, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("error", String(200), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Index("ix_alert_delivery_due", "state", "due_at"),
)

alert_watch = Table(  # which process looks after a hall's rules, and how far it has read the log for them
    "alert_watch",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Utc, nullable=False),
    Column("position", BigInteger, nullable=False),
)

alert_since = Table(  # since when figures have been too much, or well again: what may be raised, or cleared, one day
    "alert_since",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("rule", String(64), primary_key=True),
    Column("subject", String(120), primary_key=True),
    Column("calm", Boolean, nullable=False),
    Column("since", Utc, nullable=False),
)
