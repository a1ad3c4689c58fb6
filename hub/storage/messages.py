"""Messages that wait to be sent, sealed; and of those that do not wait any more, that they were there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from sqlalchemy import Engine, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage.schema_people import message

End: TypeAlias = Literal["sent", "refused", "expired"]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """`tries`: before this one."""

    ident: str
    wrapped: bytes
    sealed: bytes
    tries: int
    expires_at: datetime


class Messages:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, *, ident: str, person: str, wrapped: bytes, sealed: bytes, due_at: datetime, expires_at: datetime
    ) -> bool:
        """False: that one was there before, whatever became of it."""
        row = {
            "ident": ident, "person": person, "wrapped": wrapped, "sealed": sealed, "state": "waiting", "tries": 0,
            "due_at": due_at, "expires_at": expires_at,
        }  # fmt: skip
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(message).values(row))
        except IntegrityError:
            return False
        return True

    def claim(self, at: datetime, until: datetime, most: int) -> list[Waiting]:
        """What is due, for this process alone until then; those that are over first are first."""
        due = (message.c.state == "waiting") & (message.c.due_at <= at)
        asked = select(message).where(due).order_by(message.c.expires_at).limit(most)
        claimed = []
        with self._engine.connect() as connection:
            rows = connection.execute(asked).all()
        for row in rows:
            with self._engine.begin() as connection:
                mine = update(message).where(due, message.c.ident == row.ident)
                if connection.execute(mine.values(due_at=until, tries=message.c.tries + 1)).rowcount:
                    claimed.append(
                        Waiting(
                            ident=row.ident,
                            wrapped=row.wrapped,
                            sealed=row.sealed,
                            tries=row.tries,
                            expires_at=row.expires_at,
                        )
                    )
        return claimed

    def end(self, ident: str, how: End) -> None:
        """Its content goes."""
        with self._engine.begin() as connection:
            done = update(message).where(message.c.ident == ident, message.c.state == "waiting")
            connection.execute(done.values(state=how, wrapped=None, sealed=None))

    def again(self, ident: str, due_at: datetime) -> None:
        with self._engine.begin() as connection:
            later = update(message).where(message.c.ident == ident, message.c.state == "waiting")
            connection.execute(later.values(due_at=due_at))

    def next_due(self) -> datetime | None:
        asked = select(func.min(message.c.due_at)).where(message.c.state == "waiting")
        with self._engine.connect() as connection:
            found: datetime | None = connection.execute(asked).scalar_one()
        return found

    def states(self, idents: Sequence[str]) -> dict[str, str]:
        asked = select(message.c.ident, message.c.state).where(message.c.ident.in_(idents))
        with self._engine.connect() as connection:
            return {row.ident: row.state for row in connection.execute(asked)}

    def forget(self, expired_before: datetime) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(message).where(message.c.expires_at < expired_before))
