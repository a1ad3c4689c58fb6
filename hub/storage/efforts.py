"""Challenges that were solved once and count no more."""

from datetime import datetime

from sqlalchemy import Engine, delete, insert
from sqlalchemy.exc import IntegrityError

from hub.storage.schema_people import spent_effort


class Efforts:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def spend(self, nonce: str, expires_at: datetime) -> bool:
        """False: it was spent before, at whichever process."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(spent_effort).values(nonce=nonce, expires_at=expires_at))
        except IntegrityError:
            return False
        return True

    def sweep(self, at: datetime) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(spent_effort).where(spent_effort.c.expires_at <= at))
