"""One request to a touch page: only from a page of our own on this board, only small, only what there is to ask."""

import io
import socket
import time
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

REQUEST_BYTES_MAX = 16 * 1024
TOUCH_BYTES_MAX = 2 * 1024
_PATIENCE_S = 10.0  # for a whole request, and for one piece of an answer to be taken
_RETRY_MS = 1000  # after which a page whose stream broke asks again
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class NotATouchError(ValueError):
    """A body that is not what a page of this class says; the text tells why."""


class TooManyTouchesError(ValueError):
    """More than a person would."""


class Site(Protocol):
    """What stands behind the door."""

    port: int
    build: str  # another with every change of the page's files

    def one_more_page(self) -> AbstractContextManager[None]: ...

    def refuse(self) -> None: ...

    def file(self, name: str) -> tuple[str, bytes] | None: ...

    def newest(self, seen: int) -> tuple[int, bytes] | None: ...

    def touched(self, body: bytes) -> None: ...


class PanelRequest(BaseHTTPRequestHandler):
    """Answers while it is being made, and then the connection is done with. Raises OSError when the client is gone."""

    protocol_version = default_request_version = "HTTP/1.1"  # also for who does not say: answers have headers

    def __init__(self, client: socket.socket, site: Site) -> None:
        self.site = site
        super().__init__(client, client.getpeername(), None)  # type: ignore[arg-type]

    def setup(self) -> None:
        super().setup()
        self.rfile = io.BufferedReader(_Bounded(self.connection), 4096)

    def handle(self) -> None:
        self.handle_one_request()

    def parse_request(self) -> bool:
        """Also refuses whoever is not a page of ours: another site's page, or a name that was made to point here."""
        if not super().parse_request():
            return False
        if words := self._foreign():
            self.send_error(403, words)
        return not words

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].removeprefix("/")
        if name == "state":
            self._stream()
        elif (found := self.site.file(name)) is None:
            self.send_error(404, f"there is no {self.path[:80]!r} here")
        else:
            self._answer(200, *found)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        if self.path != "/touch":
            return self.send_error(404, "touches go to /touch")
        body = self._body()
        if body is None:
            return None
        try:
            self.site.touched(body)
        except NotATouchError as error:
            return self.send_error(400, str(error))
        except TooManyTouchesError as error:
            return self.send_error(429, str(error))
        return self._answer(204, "", b"")

    def _body(self) -> bytes | None:
        """None when it was refused."""
        length = self.headers.get("Content-Length", "")
        if self.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            self.send_error(415, "a touch is application/json")
        elif "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            self.send_error(411, "a touch says its Content-Length")
        elif len(length) > 9 or int(length) > TOUCH_BYTES_MAX:
            self.send_error(413, f"a touch has no more than {TOUCH_BYTES_MAX} bytes")
        else:
            body = self.rfile.read(int(length))
            if len(body) == int(length):
                return body
            self.send_error(400, "less came than Content-Length says")
        return None

    def _foreign(self) -> str:
        """Why this did not come from our own page; "" if it may have."""
        names = {f"{name}:{self.site.port}" for name in ("127.0.0.1", "localhost")}
        if self.headers.get_all("Host", []) not in [[name] for name in names]:
            return "this page is called 127.0.0.1 or localhost, with its port"
        if any(origin.removeprefix("http://") not in names for origin in self.headers.get_all("Origin", [])):
            return "only this page's own scripts may ask"
        if self.headers.get("Sec-Fetch-Site", "none") not in ("same-origin", "none"):
            return "only this page's own scripts may ask"
        return ""

    def _stream(self) -> None:
        """Server-sent events: the page's build, the state at once and whenever it changed, a beat when it did not."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.end_headers()
        if self.command == "HEAD":
            return
        with self.site.one_more_page():
            self._send_events()

    def _send_events(self) -> None:
        self.wfile.write(f"retry: {_RETRY_MS}\n\nevent: page\ndata: {self.site.build}\n\n".encode())
        seen = 0
        while (found := self.site.newest(seen)) is not None:
            number, state = found
            event = b"event: beat\ndata:\n\n"
            if number != seen:
                event = b"event: state\nid: %d\ndata: %b\n\n" % (number, state)
            self.wfile.write(event)
            seen = number

    def _answer(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    # What http.server would do otherwise.

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Words, as plain text. Also called for whatever http.server itself refuses."""
        self.site.refuse()
        self.command = self.command or ""
        body = f"{message or self.responses[code][1]}\n".encode()
        self._answer(code, "text/plain; charset=utf-8", body)

    def end_headers(self) -> None:
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.connection.settimeout(_PATIENCE_S)
        super().end_headers()

    def version_string(self) -> str:
        return "tingxu"

    def log_message(self, format: str, *args: Any) -> None:
        """A touch is the citizen's, not the log's."""


class _Bounded(io.RawIOBase):
    """What a client sends: no more than a request may have, and all of it in time. Raises TimeoutError."""

    def __init__(self, client: socket.socket) -> None:
        self._client = client
        self._left = REQUEST_BYTES_MAX
        self._until = time.monotonic() + _PATIENCE_S

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        wait_s = self._until - time.monotonic()
        if wait_s <= 0 or self._left <= 0:
            raise TimeoutError("a request that does not end")
        self._client.settimeout(wait_s)
        count = self._client.recv_into(memoryview(buffer)[: self._left])
        self._left -= count
        return count
