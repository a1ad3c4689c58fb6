"""Tables of the cases that negative ratings open, and how far the log has been read for them."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, Index, Integer, String, Table, Text

from hub.storage.schema import Utc, metadata

rating_case = Table(  # what its history evolves to; one for each rating, whoever reads the log and how often
    "rating_case",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("ask", String(20), primary_key=True),  # DAY.NUMBER
    Column("day", String(10), nullable=False),  # of the service
    Column("number", String(8), nullable=False),
    Column("service", String(1), nullable=False),
    Column("counter", String(8), nullable=False),
    Column("clerk", String(16), nullable=False),
    Column("level", Integer, nullable=False),
    Column("rating", String(200), nullable=False),  # the command that rated
    Column("late", Boolean, nullable=False),  # by phone
    Column("rated_at", Utc, nullable=False),
    Column("opened_at", Utc, nullable=False),
    Column("due", String(10), nullable=False),
    Column("state", String(10), nullable=False),
    Column("since", Utc, nullable=False),
    Column("assignee", String(80), nullable=False),
    Column("outcome", String(12), nullable=False),
    Column("ground", String(12), nullable=False),
    Column("answer", Text, nullable=False),
    Column("answered_at", Utc),
    Column("satisfaction", Integer, nullable=False),  # 0: not rated
    Column("closed_at", Utc),
    Column("closed_day", String(10), nullable=False),
    Column("appeal_until", String(10), nullable=False),
    Column("overran", Boolean, nullable=False),
    Column("clerk_appeal", String(10), nullable=False),
    Column("citizen_appealed", Boolean, nullable=False),
    Column("rounds", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Index("ix_rating_case_hall_day", "hall", "day"),
    Index("ix_rating_case_hall_state", "hall", "state", "due"),
)

rating_case_event = Table(
    "rating_case_event",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("ask", String(20), primary_key=True),
    Column("ordinal", Integer, primary_key=True),  # 1, 2 … without a gap
    Column("body", Text, nullable=False),  # JSON, tagged
    ForeignKeyConstraint(["hall", "ask"], ["rating_case.hall", "rating_case.ask"], ondelete="CASCADE"),
)

rating_case_position = Table(  # one row
    "rating_case_position",
    metadata,
    Column("name", String(10), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("since", Utc, nullable=False),  # ratings before then open no case
)
