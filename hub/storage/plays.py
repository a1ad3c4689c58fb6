"""Proof of play: what screens have shown, as they told it, kept for a year."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Engine, Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from hub.storage.schema_screens import media, play
from wire.messages import Played

RETENTION = timedelta(days=366)
_AT_ONCE = 1000  # rows read at a time


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """One play. `name` is empty for media that the hub does not have any more."""

    position: str
    device: str
    began_at: datetime
    played_s: float
    outcome: str
    sha256: str
    name: str


class Plays:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._forgot_at: datetime | None = None

    def keep(self, hall: str, position: str, device: str, batch: Played, now: datetime) -> bool:
        """On disk when it returns. False: this batch is here already."""
        who = {"hall": hall, "position": position, "device": device, "batch": batch.id}
        rows = [
            {
                **who,
                "ordinal": ordinal,
                "sha256": one.sha256,
                "began_at": one.at,
                "played_s": min(max(one.played_s, 0.0), 1e6),
                "outcome": one.outcome,
            }
            for ordinal, one in enumerate(batch.plays)
        ]
        try:
            with self._engine.begin() as connection:
                if rows:
                    connection.execute(insert(play), rows)
        except IntegrityError:
            return False
        self._forget(now)
        return True

    def read(self, hall: str, begin: datetime, end: datetime) -> Iterator[Proof]:
        """In the order in which they began, a thousand at a time. `end` is not within."""
        query = (
            select(play, media.c.name)
            .outerjoin(media, media.c.sha256 == play.c.sha256)
            .where(play.c.hall == hall, play.c.began_at >= begin, play.c.began_at < end)
            .order_by(play.c.began_at, play.c.device, play.c.batch, play.c.ordinal)
        )
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=_AT_ONCE).execute(query):
                yield _as_proof(row)

    def _forget(self, now: datetime) -> None:
        """Once a day: what is older than is kept."""
        if self._forgot_at is not None and now - self._forgot_at < timedelta(days=1):
            return
        with self._engine.begin() as connection:
            connection.execute(delete(play).where(play.c.began_at < now - RETENTION))
        self._forgot_at = now


def _as_proof(row: Row[Any]) -> Proof:
    return Proof(
        position=row.position,
        device=row.device,
        began_at=row.began_at,
        played_s=row.played_s,
        outcome=row.outcome,
        sha256=row.sha256,
        name=row.name or "",
    )
