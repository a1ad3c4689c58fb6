"""A point, and the time that makes it one of its own."""

from datetime import UTC, datetime
from typing import TypeAlias

import msgspec

Value: TypeAlias = float | int | bool | str

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = 1_000_000  # ns


class Point(msgspec.Struct, frozen=True):
    """`at_ns`: nanoseconds since 1970. Same measurement, tags and time: the same point, whose fields are replaced."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, Value]
    at_ns: int


def nanoseconds(at: datetime, position: int) -> int:
    """The event's millisecond, and in it the place that its position in the log gives it.

    Two events never meet, also of two days' streams; what a repeat writes lies exactly upon what is there.
    """
    since = at - _EPOCH
    milliseconds = since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000
    return milliseconds * _MS + position % _MS
