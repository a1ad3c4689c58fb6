"""A touch page that an agent serves to the browser on its own board: the newest state out, touches in.

It stands on loopback alone and needs no network. A browser that is slow, hung or many costs a bounded number of
threads and no queue: whoever is behind gets the newest state, and the oldest connection goes when there are too many.
"""

import contextlib
import hashlib
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from edge.runtime.device import Effect, Emit, Input
from edge.runtime.panel_request import NotATouchError, PanelRequest, TooManyTouchesError
from wire.base import Fact

HOST = "127.0.0.1"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
BEAT_S = 5.0  # a page that hears nothing for twice as long may say that its agent is gone
CLIENTS_MAX = 16
TOUCHES_PER_S = 20  # no finger is faster
_BACKOFF_S = (1.0, 2.0, 5.0, 10.0, 30.0)

log = logging.getLogger(__name__)


class Panel:
    """A driver's part. `shows`: the effect that is the page's whole state; `touch`: what a page may say (a struct, or
    a union of tagged ones); `heard` makes an input of it. `port` 0 takes any.

    `folder`: the page's files, index.html among them, flat. Raises FileNotFoundError without that one.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        *,
        shows: type[msgspec.Struct],
        touch: Any,
        heard: Callable[[Any, float], Input],
        beat_s: float = BEAT_S,
    ) -> None:
        self._files = {
            path.name: (TYPES[path.suffix], path.read_bytes()) for path in folder.iterdir() if path.suffix in TYPES
        }
        if "index.html" not in self._files:
            raise FileNotFoundError(f"{folder}: has no index.html to show")
        self.build = hashlib.blake2b(repr(sorted(self._files.items())).encode(), digest_size=6).hexdigest()
        self._shows, self._heard, self.beat_s = shows, heard, beat_s
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(touch)
        self._wanted_port = port
        self.port = 0  # once it is open
        self._emit: Emit = lambda _: None
        self._state = b""
        self._number = 0  # of the state: grows with each
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._door: socket.socket | None = None
        self._clients: list[socket.socket] = []  # the oldest first
        self._touches: deque[float] = deque(maxlen=TOUCHES_PER_S)
        self._thread = threading.Thread(target=self._run, name="panel", daemon=True)
        self._error = ""
        self.pages = 0  # that are shown what happens
        self.refused = 0

    # Driver.

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._thread.start()

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, self._shows):
            with self._changed:
                self._state = msgspec.json.encode(effect)
                self._number += 1
                self._changed.notify_all()

    def health(self) -> dict[str, Fact]:
        facts: dict[str, Fact] = {"panel_pages": self.pages, "panel_refused": self.refused}
        return {**facts, "panel_error": self._error} if self._error else facts

    def stop(self) -> None:
        self._stopping.set()
        with self._changed:
            self._changed.notify_all()
        self._close()
        if self._thread.is_alive():
            self._thread.join(5)

    # What a request may ask (edge.runtime.panel_request.Site).

    def file(self, name: str) -> tuple[str, bytes] | None:
        """(content type, content); None where the page has no such file."""
        return self._files.get(name or "index.html")

    @contextlib.contextmanager
    def one_more_page(self) -> Iterator[None]:
        with self._changed:
            self.pages += 1
        try:
            yield
        finally:
            with self._changed:
                self.pages -= 1

    def refuse(self) -> None:
        with self._changed:
            self.refused += 1

    def newest(self, seen: int) -> tuple[int, bytes] | None:
        """The state and its number as soon as that is not `seen`, else after a beat; None when there is no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._number != seen or self._stopping.is_set(), self.beat_s)
            return None if self._stopping.is_set() else (self._number, self._state)

    def touched(self, body: bytes) -> None:
        """Raises NotATouchError, TooManyTouchesError."""
        now = time.monotonic()
        if len(self._touches) == TOUCHES_PER_S and now - self._touches[0] < 1.0:
            raise TooManyTouchesError(f"more than {TOUCHES_PER_S} touches in a second: no finger does that")
        self._touches.append(now)
        try:
            touch = self._decoder.decode(body)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
            raise NotATouchError(str(error)) from error
        self._emit(lambda at: self._heard(touch, at))

    # The door.

    def _run(self) -> None:
        """Open the door, and again with growing pauses for as long as somebody else has the port."""
        failures = 0
        while not self._stopping.is_set():
            try:
                self._open()
                failures, self._error = 0, ""
                self._accept()
            except OSError as error:
                self._error = f"port {self._wanted_port}: {error.strerror or error}"
                if not self._stopping.is_set():
                    log.warning("the touch page cannot be served: %s", self._error)
            self._close()
            self._stopping.wait(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1

    def _open(self) -> None:
        door = socket.create_server((HOST, self._wanted_port), backlog=CLIENTS_MAX)
        self._door, self.port = door, door.getsockname()[1]

    def _accept(self) -> None:
        """Raises OSError when the door is shut."""
        door = self._door
        while door is not None and not self._stopping.is_set():
            client, _ = door.accept()
            with self._changed:
                self._clients.append(client)
                if len(self._clients) > CLIENTS_MAX:
                    _shut(self._clients.pop(0))
            threading.Thread(target=self._serve, args=(client,), name="panel client", daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """One connection, one request. What goes wrong with it is between it and its client."""
        try:
            PanelRequest(client, self)
        except OSError:
            pass
        except Exception:
            log.exception("a request to the touch page could not be answered")
        finally:
            with self._changed:
                if client in self._clients:
                    self._clients.remove(client)
                client.close()

    def _close(self) -> None:
        with self._changed:
            for client in self._clients:
                _shut(client)
            door, self._door, self.port = self._door, None, 0
        if door is not None:
            _shut(door)
            door.close()


def _shut(one: socket.socket) -> None:
    """Wakes whatever thread waits on it."""
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
