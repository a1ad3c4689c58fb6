"""Visits of phones that were proved by a code: hashes, and the phone sealed."""

from datetime import datetime

import msgspec
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage.schema_people import visit, visit_person


class Visited(msgspec.Struct, frozen=True):
    sealed: bytes
    expires_at: datetime


class VisitRows:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, secret_sha256: str, phone: str, sealed: bytes, expires_at: datetime) -> None:
        row = {"secret_sha256": secret_sha256, "phone": phone, "sealed": sealed, "expires_at": expires_at}
        with self._engine.begin() as connection:
            connection.execute(insert(visit).values(row))

    def get(self, secret_sha256: str, at: datetime) -> Visited | None:
        """None: there is none, or it is over."""
        asked = select(visit.c.sealed, visit.c.expires_at).where(
            visit.c.secret_sha256 == secret_sha256, visit.c.expires_at > at
        )
        with self._engine.connect() as connection:
            row = connection.execute(asked).first()
        return None if row is None else Visited(*row)

    def extend(self, secret_sha256: str, until: datetime) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(visit).where(visit.c.secret_sha256 == secret_sha256).values(expires_at=until))

    def bind(self, secret_sha256: str, person: str) -> None:
        """Once is enough; a visit that is not there (any more) binds nobody."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(visit_person).values(secret_sha256=secret_sha256, person=person))
        except IntegrityError:
            return

    def persons(self, secret_sha256: str) -> tuple[str, ...]:
        asked = select(visit_person.c.person).where(visit_person.c.secret_sha256 == secret_sha256)
        with self._engine.connect() as connection:
            return tuple(connection.execute(asked.order_by(visit_person.c.person)).scalars())

    def end(self, secret_sha256: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(visit).where(visit.c.secret_sha256 == secret_sha256))

    def sweep(self, at: datetime) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(visit).where(visit.c.expires_at <= at))
