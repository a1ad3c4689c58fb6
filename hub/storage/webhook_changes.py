"""How far the log has been read for webhooks. What is found is noted in the transaction in which the position moves."""

import contextlib
from collections.abc import Collection, Iterator
from datetime import datetime

import msgspec
from sqlalchemy import Connection, Engine, delete, exists, insert, select, update

from hub.storage.checkpoint import Checkpoint
from hub.storage.schema_appointments import appointment
from hub.storage.schema_platform_hooks import webhook, webhook_delivery, webhook_position, webhook_series

_NAME = "read"
_LINKS_MAX = 1000  # of moves over days; no chain is so long


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Of an appointment that a program booked. `series`: DAY/CODE of the first of its chain; the rest as it is now."""

    client: str
    series: str
    service: str
    slot_at: datetime
    minutes: int


class Noting:
    """Within `ChangeBook.advance`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def series(self, hall: str, series: str) -> bytes | None:
        here = (webhook_series.c.hall == hall) & (webhook_series.c.series == series)
        found: bytes | None = self._connection.scalar(select(webhook_series.c.body).where(here))
        return found

    def keep(self, hall: str, series: str, body: bytes, at: datetime) -> None:
        here = (webhook_series.c.hall == hall) & (webhook_series.c.series == series)
        changed = update(webhook_series).where(here).values(body=body, changed_at=at)
        if not self._connection.execute(changed).rowcount:
            row = {"hall": hall, "series": series, "body": body, "changed_at": at}
            self._connection.execute(insert(webhook_series), row)

    def listeners(self, hall: str, client: str, position: int) -> list[str]:
        """Webhooks that hear of an event there; those that are disabled hear of it later."""
        theirs = (webhook.c.hall == hall) & (webhook.c.client == client) & (webhook.c.after < position)
        return list(self._connection.scalars(select(webhook.c.id).where(theirs).order_by(webhook.c.id)))

    def add(self, ident: str, position: int, *, series: str, type: str, body: bytes, at: datetime) -> None:
        row = {
            "webhook": ident, "position": position, "series": series, "type": type, "body": body, "state": "waiting",
            "tries": 0, "due_at": at, "error": "", "made_at": at,
        }  # fmt: skip
        self._connection.execute(insert(webhook_delivery), row)


class ChangeBook:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._read = Checkpoint(engine, webhook_position, name=_NAME)

    def position(self, latest: int) -> int:
        """Up to where everything is noted. `latest`: where the log is now, at least; the first who asks begins there,
        unless programs have booked before."""
        with self._engine.begin() as connection:
            found = self._read.position(connection)
            if found is None:
                booked = connection.scalar(select(exists().where(appointment.c.client != "")))
                found = self._read.begin(connection, 0 if booked else latest)
        return found

    def origins(self, places: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], Origin]:
        """(hall, day, code) → of those that a program booked."""
        found: dict[tuple[str, str, str], Origin] = {}
        with self._engine.connect() as connection:
            for place in places:
                if (origin := _origin(connection, *place)) is not None:
                    found[place] = origin
        return found

    @contextlib.contextmanager
    def advance(self, before: int, after: int) -> Iterator[Noting]:
        """The position moves, with all that is noted, when the block ends well. Raises MovedOnError."""
        with self._read.advance(before, after) as connection:
            yield Noting(connection)

    def forget(self, before: datetime) -> None:
        """What was told of appointments that have not changed since."""
        with self._engine.begin() as connection:
            connection.execute(delete(webhook_series).where(webhook_series.c.changed_at < before))


def _origin(connection: Connection, hall: str, day: str, code: str) -> Origin | None:
    one = appointment.c
    columns = one.client, one.service, one.slot_at, one.minutes, one.instead_of
    first = connection.execute(select(*columns).where(one.hall == hall, one.day == day, one.code == code)).one_or_none()
    if first is None or not first.client:
        return None
    series, instead_of = f"{day}/{code}", first.instead_of
    for _ in range(_LINKS_MAX):
        if not instead_of:
            break
        series = instead_of
        day, _, code = series.partition("/")
        before = select(one.instead_of).where(one.hall == hall, one.day == day, one.code == code)
        instead_of = connection.scalar(before) or ""
    return Origin(
        client=first.client, series=series, service=first.service, slot_at=first.slot_at, minutes=first.minutes
    )
