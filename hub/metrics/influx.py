"""Writing points to an InfluxDB 2 (or whatever answers `/api/v2/write`), by its own client.

The client takes a quarter of a second to load, and most hubs have no InfluxDB: it is loaded by the first who has one.
"""

import logging
from collections.abc import Sequence
from typing import Any

import msgspec
import urllib3

from hub.metrics.points import Point, Value
from hub.turns import Turns

_BAD = (400, 413, 422)  # the points are at fault, and no repeat would help
_TIMEOUT_MS = 10_000

log = logging.getLogger(__name__)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """`url`: such as http://127.0.0.1:8086."""

    url: str
    org: str
    bucket: str
    token: str

    @property
    def name(self) -> str:
        """Under which it is remembered how far it has been written: another bucket gets everything."""
        return f"{self.url.rstrip('/')}/{self.org}/{self.bucket}"


class AwayError(Exception):
    """Nothing can be written there now; the text says what was heard. Try again later."""


class Influx:
    """Synchronous: belongs into a thread of its own."""

    def __init__(self, target: Target) -> None:
        from influxdb_client.client.influxdb_client import InfluxDBClient
        from influxdb_client.client.write_api import SYNCHRONOUS

        self._target = target
        self._client = InfluxDBClient(
            url=target.url, token=target.token, org=target.org, timeout=_TIMEOUT_MS, enable_gzip=True, retries=False
        )
        self._writing = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, points: Sequence[Point]) -> int:
        """Written when it returns. How many points were refused, or cannot be expressed, and are passed over: each of
        them is named in the log.

        Raises AwayError: then some may have been written, and all are to be written again.
        """
        lines, turns = list[bytes](), Turns()
        for one in points:
            if text := _expressed(one):
                lines.append(text)
            turns.give()
        return len(points) - len(lines) + self._write(lines)

    def close(self) -> None:
        self._client.close()  # type: ignore[no-untyped-call]

    def _write(self, lines: Sequence[bytes]) -> int:
        from influxdb_client.rest import ApiException

        if not lines:
            return 0
        try:
            self._writing.write(self._target.bucket, record=b"\n".join(lines))
        except ApiException as error:
            if error.status not in _BAD:
                raise AwayError(f"{self._target.url} answered {error.status} {error.reason}") from error
            return self._halves(lines, error)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise AwayError(f"{self._target.url} does not answer: {type(error).__name__}") from error
        return 0

    def _halves(self, lines: Sequence[bytes], error: Any) -> int:
        """Look for the bad ones; the good ones lie upon themselves when they are written twice."""
        if len(lines) > 1:
            middle = len(lines) // 2
            return self._write(lines[:middle]) + self._write(lines[middle:])
        log.warning("a point was refused and is passed over: %r (%s)", lines[0].decode(), error.reason)
        return 1


def _expressed(point: Point) -> bytes:
    """Empty where line protocol has no words for it. A figure that is none is left out, and the others are written."""
    try:
        if text := line(point).encode():
            return text
        why = "nothing in it is a figure"
    except Exception as error:
        why = repr(error)
    log.warning("a point cannot be written and is passed over: %r (%s)", point, why)
    return b""


def line(point: Point) -> str:
    """In line protocol. Raises ValueError for a whole number of more than 64 bits: InfluxDB has none."""
    from influxdb_client.client.write.point import Point as Line

    made = Line(point.measurement).time(point.at_ns)  # type: ignore[no-untyped-call]
    for tag, text in point.tags.items():
        made = made.tag(tag, text)
    for field, value in point.fields.items():
        made = made.field(field, _held(value))
    return str(made.to_line_protocol())


def _held(value: Value) -> Value:
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError(f"{value} has more than 64 bits")
    return value
