"""The rows of the vault, sealed; and that of a row which is gone nothing is left in the files."""

from contextlib import closing, suppress
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, insert, select, text, union, update
from sqlalchemy.exc import IntegrityError

from hub.storage import audit
from hub.storage.schema_appointments import appointment
from hub.storage.schema_people import message, one_time_code, person_record, visit
from hub.storage.schema_queue import fact

_CHECK = "vault-check"  # fact: made with the key that the rows are sealed under
_PATIENCE_MS = 50  # while a checkpoint waits for readers nobody can write: better to come again


class PersonRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`phone`: its HMAC, or "". `wrapped`, `sealed`: as hub.people.sealing has them."""

    person: str
    phone: str
    wrapped: bytes
    sealed: bytes
    seen_at: datetime


class PersonRecords:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, one: PersonRecord) -> None:
        """In place of what was there."""
        try:
            with self._engine.begin() as connection:
                _put(connection, one)
        except IntegrityError:  # another process was as fast; now it is there
            with self._engine.begin() as connection:
                _put(connection, one)

    def get(self, person: str) -> PersonRecord | None:
        with self._engine.connect() as connection:
            return _of(connection.execute(select(person_record).where(person_record.c.person == person)).first())

    def of_phone(self, phone: str) -> tuple[str, ...]:
        """Persons, by the HMAC of their phone."""
        asked = select(person_record.c.person).where(person_record.c.phone == phone).order_by(person_record.c.person)
        with self._engine.connect() as connection:
            return tuple(connection.execute(asked).scalars()) if phone else ()

    def seen(self, person: str, at: datetime) -> None:
        later = (person_record.c.person == person) & (person_record.c.seen_at < at)
        with self._engine.begin() as connection:
            connection.execute(update(person_record).where(later).values(seen_at=at))

    def note_revealed(self, person: str, *, by: str, why: str, at: datetime) -> bool:
        """False when they are not there: then nothing was shown."""
        with self._engine.begin() as connection:
            found = connection.execute(select(person_record.c.person).where(person_record.c.person == person)).first()
            if found is not None:
                detail = audit.told(person, why)
                audit.note(connection, hall="", who=by, what="person-revealed", detail=detail, at=at)
            return found is not None

    def erase(self, person: str, *, by: str | None, at: datetime) -> bool:
        """With what is about to be sent to them, and visits of their phone. `by` None: nobody's deed, so no note."""
        with self._engine.begin() as connection:
            phone = select(person_record.c.phone).where(person_record.c.person == person).scalar_subquery()
            connection.execute(delete(visit).where(visit.c.phone == phone))
            connection.execute(delete(one_time_code).where(one_time_code.c.phone == phone))
            connection.execute(delete(message).where(message.c.person == person))
            gone = connection.execute(delete(person_record).where(person_record.c.person == person)).rowcount == 1
            if gone and by is not None:
                audit.note(connection, hall="", who=by, what="person-erased", detail=person, at=at)
        return gone

    def silent(self, since: datetime, most: int = 500) -> list[str]:
        """Persons of whom nothing is known since then, in the vault or among the appointments of any hall."""
        late = appointment.c.slot_at >= since
        busy = union(select(appointment.c.person).where(late), select(appointment.c.principal).where(late))
        asked = select(person_record.c.person).where(
            person_record.c.seen_at < since, person_record.c.person.not_in(busy.scalar_subquery())
        )
        with self._engine.connect() as connection:
            return list(connection.execute(asked.order_by(person_record.c.seen_at).limit(most)).scalars())

    def check(self, proof: str) -> bool:
        """Whether `proof`, made with the vault's key, is that of the key which was there first."""
        kept = select(fact.c.value).where(fact.c.name == _CHECK)
        with self._engine.begin() as connection:
            found = connection.execute(kept).scalar_one_or_none()
        if found is None:
            with suppress(IntegrityError), self._engine.begin() as connection:  # another was as fast
                connection.execute(insert(fact).values(name=_CHECK, value=proof))
            with self._engine.begin() as connection:
                found = connection.execute(kept).scalar_one()
        return bool(found == proof)

    def scrub(self) -> bool:
        """Out of the files with what was deleted: SQLite's log of writes is emptied into the database, whose own
        deleted rows are overwritten already; PostgreSQL takes dead rows out of the pages. False: readers are in the
        way, try again."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("VACUUM person_record, message, visit"))
                return True
            with closing(connection.connection.cursor()) as cursor:
                try:
                    cursor.execute(f"PRAGMA busy_timeout={_PATIENCE_MS}")
                    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    busy, *_ = cursor.fetchone() or (1,)
                    return bool(busy == 0)
                finally:
                    cursor.execute("PRAGMA busy_timeout=15000")


def _put(connection: Connection, one: PersonRecord) -> None:
    fields = msgspec.structs.asdict(one)
    if not connection.execute(
        update(person_record).where(person_record.c.person == one.person).values(fields)
    ).rowcount:
        connection.execute(insert(person_record).values(fields))


def _of(row: Row[tuple[object, ...]] | None) -> PersonRecord | None:
    return None if row is None else PersonRecord(**row._asdict())
