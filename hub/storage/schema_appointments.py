"""Tables of appointments, the view of what the event log has of them, and of the days on which a hall works."""

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, text

from hub.storage.schema import Utc, metadata

appointment = Table(  # a view as well; who it is, is in `person` alone
    "appointment",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("code", String(16), primary_key=True),
    Column("service", String(1), nullable=False),
    Column("slot_at", Utc, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("state", String(10), nullable=False),
    Column("person", String(32), nullable=False),  # pseudonym of who comes
    Column("principal", String(32), nullable=False),  # of whom it is for; empty: themselves
    Column("via", String(10), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("number", String(8)),  # the ticket that it became
    Column("reason", String(40), nullable=False),
    Column("instead_of", String(30), nullable=False, server_default=""),  # DAY/CODE of the one given up for it
    Column("client", String(64), nullable=False, server_default=""),  # whose program booked it
)
Index(None, appointment.c.person)
Index(None, appointment.c.principal)
Index(None, appointment.c.code)
Index(
    "ix_appointment_instead_of",
    appointment.c.instead_of,
    sqlite_where=appointment.c.instead_of != "",
    postgresql_where=appointment.c.instead_of != "",
)
Index(
    "uq_appointment_open",
    appointment.c.hall,
    appointment.c.day,
    appointment.c.service,
    appointment.c.person,
    appointment.c.principal,
    unique=True,
    sqlite_where=text("state IN ('waiting', 'booked')"),
    postgresql_where=text("state IN ('waiting', 'booked')"),
)

forgiven_miss = Table(  # an appointment that was missed, and counts against nobody
    "forgiven_miss",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("code", String(16), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("by", String(80), nullable=False),
    Column("why", String(200), nullable=False),
)

hall_day = Table(  # days that a hall works or not, whatever the calendar says; the audit is its history
    "hall_day",
    metadata,
    Column("hall", String(64), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("open", Boolean, nullable=False),
    Column("reason", String(200), nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("changed_by", String(80), nullable=False),
)
