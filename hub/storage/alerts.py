"""Alerts that were raised, and what became of each. No two are open for one rule and subject, whoever raises them.

What is raised, its note and what is to be sent of it are stored in one transaction.
"""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, Engine, and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from halls.alerts import Alert as Rule
from hub.domain.alerts.words import Proof
from hub.storage.audit import note as audit_note
from hub.storage.audit import told
from hub.storage.checkpoint import Checkpoint
from hub.storage.schema_alerts import alert, alert_note, alert_watch

NoteWord: TypeAlias = Literal[
    "raised", "told", "escalated", "acknowledged", "cleared", "silenced", "sent", "failed", "given-up"
]
NOTE_MAX = 400  # characters
_HUB = "hub"


class RuleThen(Rule, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """A rule as it was, also when a newer release wrote it."""


class Body(msgspec.Struct, frozen=True):
    rule: RuleThen
    proofs: tuple[Proof, ...]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """`figure`: at its raising; `told_at`: its routes were told; `note`: of who acknowledged it."""

    id: str
    hall: str
    rule: str
    subject: str
    kind: str
    severity: str
    raised_at: datetime
    figure: float
    body: Body
    told_at: datetime | None = None
    escalated_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    note: str = ""
    cleared_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.rule, self.subject


class Note(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    who: str
    what: str
    detail: str


def fresh(hall: str, rule: Rule, subject: str, figure: float, proofs: tuple[Proof, ...], at: datetime) -> Alert:
    """One that is not stored yet."""
    return Alert(
        id=secrets.token_hex(12),
        hall=hall,
        rule=rule.id,
        subject=subject,
        kind=rule.kind,
        severity=rule.severity,
        raised_at=at,
        figure=figure,
        body=Body(RuleThen(**msgspec.structs.asdict(rule)), proofs),
    )


class AlertBook:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kind = {"sqlite": sqlite, "postgresql": postgresql}[engine.dialect.name]

    # One process looks after the rules of a hall at a time.

    def hold(self, hall: str, holder: str, now: datetime, for_s: float, latest: int) -> bool:
        """False: another process does. `latest`: where the log is now; who asks first of all begins there."""
        until = now + timedelta(seconds=for_s)
        free = or_(alert_watch.c.holder == holder, alert_watch.c.until <= now)
        with self._engine.begin() as connection:
            row = {"hall": hall, "holder": holder, "until": until, "position": latest}
            connection.execute(self._kind.insert(alert_watch).values(row).on_conflict_do_nothing())
            mine = update(alert_watch).where(alert_watch.c.hall == hall, free).values(holder=holder, until=until)
            return bool(connection.execute(mine).rowcount)

    def let_go(self, holder: str, now: datetime) -> None:
        """Not on SQLite, which one process has alone: a database that is locked must not keep it from its end."""
        if self._engine.dialect.name == "sqlite":
            return
        with self._engine.begin() as connection:
            connection.execute(update(alert_watch).where(alert_watch.c.holder == holder).values(until=now))

    # What was raised.

    def opened(self, hall: str) -> list[Alert]:
        return self._read(and_(alert.c.hall == hall, alert.c.cleared_at.is_(None)), 10_000)

    def of(self, hall: str, most: int = 200) -> list[Alert]:
        """Open and over, newest first."""
        return self._read(alert.c.hall == hall, most)

    def over(self, hall: str, most: int) -> list[Alert]:
        return self._read(and_(alert.c.hall == hall, alert.c.cleared_at.is_not(None)), most)

    def between(self, hall: str, since: datetime, until: datetime, most: int) -> list[Alert]:
        """Raised then, the newest first."""
        return self._read((alert.c.hall == hall) & (alert.c.raised_at >= since) & (alert.c.raised_at < until), most)

    def one(self, hall: str, ident: str) -> Alert | None:
        found = self._read(and_(alert.c.hall == hall, alert.c.id == ident), 1)
        return found[0] if found else None

    def notes(self, ident: str) -> list[Note]:
        """In order."""
        query = select(alert_note).where(alert_note.c.alert == ident).order_by(alert_note.c.id)
        with self._engine.connect() as connection:
            return [Note(at=row.at, who=row.who, what=row.what, detail=row.detail) for row in connection.execute(query)]

    def count_open(self, hall: str) -> int:
        waiting = and_(alert.c.hall == hall, alert.c.cleared_at.is_(None))
        with self._engine.connect() as connection:
            return int(connection.scalar(select(func.count()).select_from(alert).where(waiting)) or 0)

    def raise_all(self, these: Sequence[Alert]) -> list[Alert]:
        """Those that were not open already."""
        with self._engine.begin() as connection:
            return [one for one in these if self._raised(connection, one)]

    def reached(self, hall: str) -> int:
        """Up to where the log was read for it."""
        with self._engine.connect() as connection:
            return Checkpoint(self._engine, alert_watch, hall=hall).position(connection) or 0

    def raise_once(self, hall: str, these: Sequence[Alert], before: int, after: int) -> None:
        """What the log told from one position to the other. Raises MovedOnError."""
        with Checkpoint(self._engine, alert_watch, hall=hall).advance(before, after) as connection:
            for one in these:
                self._raised(connection, one)

    def clear(self, one: Alert, at: datetime, why: str = "", also: Callable[[Connection], None] | None = None) -> bool:
        """False: it was over already. `also`: in the same transaction, where it was not."""
        still = and_(alert.c.id == one.id, alert.c.cleared_at.is_(None))
        with self._engine.begin() as connection:
            gone = update(alert).where(still).values(cleared_at=at, place=one.id)
            changed = bool(connection.execute(gone).rowcount)
            if changed:
                add_note(connection, one.id, at, _HUB, "cleared", why)
                if also is not None:
                    also(connection)
        return changed

    def acknowledge(self, one: Alert, *, by: str, note: str, at: datetime, ends: bool) -> bool:
        """False: somebody did before. `ends`: it is over with that."""
        still = and_(alert.c.id == one.id, alert.c.acknowledged_at.is_(None))
        done = {"acknowledged_at": at, "acknowledged_by": by[:80], "note": note}
        with self._engine.begin() as connection:
            if not connection.execute(update(alert).where(still).values(done)).rowcount:
                return False
            add_note(connection, one.id, at, by, "acknowledged", note)
            if ends:
                over = and_(alert.c.id == one.id, alert.c.cleared_at.is_(None))
                if connection.execute(update(alert).where(over).values(cleared_at=at)).rowcount:
                    add_note(connection, one.id, at, by, "cleared")
            detail = told(one.rule, one.subject, note)
            audit_note(connection, hall=one.hall, who=by, what="alert-acknowledged", detail=detail, at=at)
        return True

    def forget(self, before: datetime) -> int:
        """What is over since then, and with it its notes and deliveries; ratings that nobody looked at as well."""
        old = or_(alert.c.cleared_at < before, and_(alert.c.kind == "rating", alert.c.raised_at < before))
        with self._engine.begin() as connection:
            return int(connection.execute(delete(alert).where(old)).rowcount)

    def _raised(self, connection: Connection, one: Alert) -> bool:
        row = msgspec.structs.asdict(one)
        row |= {"body": msgspec.json.encode(one.body).decode(), "place": f"{one.rule}/{one.subject}"}
        stored = self._kind.insert(alert).values(row).on_conflict_do_nothing().returning(alert.c.id)
        if connection.scalar(stored) is None:
            return False
        add_note(connection, one.id, one.raised_at, _HUB, "raised", f"{one.figure:g}")
        return True

    def _read(self, where: object, most: int) -> list[Alert]:
        query = select(alert).where(where).order_by(alert.c.raised_at.desc(), alert.c.id)  # type: ignore[arg-type]
        with self._engine.connect() as connection:
            rows = [row._asdict() for row in connection.execute(query.limit(most))]
        return [one for row in rows if (one := _alert(row)) is not None]


def _alert(row: dict[str, Any]) -> Alert | None:
    """None: of a kind that this release does not know; it stays as it is for the one that does."""
    del row["place"]
    try:
        return Alert(**{**row, "body": msgspec.json.decode(row["body"], type=Body)})
    except msgspec.ValidationError:
        return None


def add_note(connection: Connection, ident: str, at: datetime, who: str, what: NoteWord, detail: str = "") -> None:
    """Within a transaction of the caller's."""
    row = {"alert": ident, "at": at, "who": who[:80], "what": what, "detail": detail[:NOTE_MAX]}
    connection.execute(insert(alert_note), row)
