"""Events of days that are over, or that last, for readers beside the log: never the writer's connection."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine, func, or_, select

from hub.domain import events as e
from hub.storage.event_log import hall_and_day, stream_of
from hub.storage.schema_queue import event

_AT_ONCE = 1000


class PastEvents:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def counts(self, hall: str, days: Sequence[str]) -> dict[str, int]:
        """How many events each of these days has; those with none are left out."""
        table = event.c
        asked = select(table.stream, func.max(table.version)).where(
            table.stream.in_([stream_of(hall, day) for day in days])
        )
        with self._engine.connect() as connection:
            found = connection.execute(asked.group_by(table.stream)).all()
        return {hall_and_day(stream)[1]: int(count) for stream, count in found}

    def of(self, hall: str, day: str, *kinds: type[e.Event]) -> Iterator[e.AnyEvent]:
        """In order, of these kinds alone where some are named; read a little at a time."""
        table, after = event.c, 0
        asked = select(table.version, table.body).where(table.stream == stream_of(hall, day))
        if kinds:
            begins = [f'{{"kind":"{kind.__struct_config__.tag}",'.encode() for kind in kinds]
            asked = asked.where(or_(*(func.substr(table.body, 1, len(one)) == one for one in begins)))
        while True:
            with self._engine.connect() as connection:
                page = asked.where(table.version > after).order_by(table.version).limit(_AT_ONCE)
                rows = connection.execute(page).all()
            for _, body in rows:
                yield e.decode(bytes(body))
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1][0]
