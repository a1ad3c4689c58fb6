"""How an event log is read, whatever database it is in."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from hub.domain import events
from hub.storage.event_log import Recorded, hall_and_day, stream_of

SELECT = "SELECT position, stream, version, body FROM event"
LAST = "SELECT coalesce(max(position), 0) FROM event"


class LogReading(ABC):
    """The reading half of hub.storage.event_log.EventLog. A database gives `_rows`."""

    _latest: str  # the body of the newest event whose stream lies between two others

    @abstractmethod
    def _rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        """`values`: one for each `?`. Raises LogError."""

    def stream(self, hall: str, day: str, after: int = 0) -> list[Recorded]:
        rows = self._rows(f"{SELECT} WHERE stream = ? AND version > ? ORDER BY version", (stream_of(hall, day), after))
        return [Recorded(position, hall, day, version, events.decode(body)) for position, _, version, body in rows]

    def of_command(self, command: str) -> list[Recorded]:
        return self._read(f"{SELECT} WHERE command_id = ? ORDER BY ordinal", command)

    def after(self, position: int, most: int = 1000) -> list[Recorded]:
        return self._read(f"{SELECT} WHERE position > ? ORDER BY position LIMIT ?", position, most)

    def last_position(self) -> int:
        return int(self._rows(LAST)[0][0])

    def has_day(self, hall: str, day: str) -> bool:
        return bool(self._rows("SELECT EXISTS (SELECT 1 FROM event WHERE stream = ?)", (stream_of(hall, day),))[0][0])

    def last_day(self, hall: str, before: str = "9999") -> str | None:
        query = "SELECT max(stream) FROM event WHERE stream > ? AND stream < ?"
        stream = self._rows(query, (stream_of(hall, ""), stream_of(hall, before)))[0][0]
        return None if stream is None else hall_and_day(stream)[1]

    def end(self, hall: str, day: str) -> tuple[int, int]:
        query = "SELECT version, position FROM event WHERE stream = ? ORDER BY version DESC LIMIT 1"
        rows = self._rows(query, (stream_of(hall, day),))
        return (int(rows[0][0]), int(rows[0][1])) if rows else (0, 0)

    def latest_at(self, hall: str) -> datetime | None:
        rows = self._rows(self._latest, (stream_of(hall, ""), stream_of(hall, "9999")))
        return events.decode(rows[0][0]).at if rows else None

    def _read(self, query: str, *values: object) -> list[Recorded]:
        return recorded_of(self._rows(query, values))


def recorded_of(rows: Iterable[Any]) -> list[Recorded]:
    """Of what SELECT found."""
    return [
        Recorded(position, *hall_and_day(stream), version, events.decode(body))
        for position, stream, version, body in rows
    ]
