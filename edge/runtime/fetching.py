"""One file from the hub over mutual TLS, from where the last attempt ended (RFC 9110 §14). Memory stays flat."""

import http.client
import re
import time
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge.runtime import identity
from edge.runtime.download import Part

_CHUNK = 1 << 16
_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18}|\*)\Z")


class FetchError(OSError):
    """Nothing came, or not all: try again later, from where it stopped."""


class GoneError(FetchError):
    """The hub does not have it (any more)."""


class BusyError(FetchError):
    """The hub has enough to do: it says when to come again."""

    def __init__(self, retry_s: float) -> None:
        super().__init__("the hub is busy with other devices")
        self.retry_s = retry_s


class Fetcher:
    """`hub`: https://HOST:PORT of enrolment; `state_dir`: where this board's certificate is. `kb_s` 0: no limit.

    `silence_s`: how long no byte may come before the connection is given up.
    """

    def __init__(self, hub: str, state_dir: Path, kb_s: int = 0, silence_s: float = 15.0) -> None:
        self._hub, self._state_dir = urllib.parse.urlsplit(hub), state_dir
        self._kb_s, self._silence_s = kb_s, silence_s

    def fetch(self, part: Part[Any], go_on: Callable[[], bool]) -> None:
        """Until `part` has the item's size, or `go_on()` says no. Raises FetchError, OSError."""
        if part.size == part.item.size:
            return
        connection = self._connection()
        try:
            headers = {"Range": f"bytes={part.size}-"} if part.size else {}
            connection.request("GET", f"/content/{part.item.sha256}", headers=headers)
            answer = connection.getresponse()
            _accept(answer, part)
            self._take(answer, part, go_on)
        except http.client.HTTPException as error:
            raise FetchError(f"the hub answered with what is no HTTP: {error!r}") from error
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        who = identity.stored(self._state_dir)
        if who is None:
            raise FetchError(f"{self._state_dir}: no certificate there")
        host, port = self._hub.hostname or "", self._hub.port or 443
        return http.client.HTTPSConnection(host, port, timeout=self._silence_s, context=who.tls())

    def _take(self, answer: http.client.HTTPResponse, part: Part[Any], go_on: Callable[[], bool]) -> None:
        began, taken = time.monotonic(), 0
        while part.size < part.item.size and go_on():
            data = answer.read1(min(_CHUNK, part.item.size - part.size))
            if not data:
                raise FetchError(f"the connection ended after {part.size} of {part.item.size} bytes")
            part.write(data)
            taken += len(data)
            if self._kb_s:
                time.sleep(max(0.0, taken / (self._kb_s * 1000) - (time.monotonic() - began)))


def _accept(answer: http.client.HTTPResponse, part: Part[Any]) -> None:
    """What comes is what was asked for, or the part begins anew with it."""
    match answer.status:
        case 200:
            if part.size:
                part.drop()
        case 206:
            given = _RANGE.match(answer.getheader("Content-Range", ""))
            if given is None or int(given[1]) != part.size or given[2] not in ("*", str(part.item.size)):
                part.drop()
                raise FetchError("the hub sent another part than was asked for")
        case 416:
            part.drop()
            raise FetchError("the hub has fewer bytes than are here")
        case 404 | 410:
            raise GoneError(f"the hub does not have {part.item.name or part.item.sha256[:12]}")
        case 503:
            after = answer.getheader("Retry-After", "")
            raise BusyError(min(float(after), 300.0) if after.isdecimal() else 5.0)
        case status:
            raise FetchError(f"the hub refused ({status}): {_said(answer)}")


def _said(answer: http.client.HTTPResponse) -> str:
    return answer.read(300).decode("utf-8", "replace")
