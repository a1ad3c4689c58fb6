"""What an agent stands on: its board's clock and disk, a link to the hub, and a queue of what comes in."""

import queue
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from edge.runtime.clock import Clock
from edge.runtime.config import Config
from edge.runtime.device import Input
from edge.runtime.identity import Identity
from edge.runtime.link import Link
from edge.runtime.outbox import Outbox
from wire.messages import Presence

Item: TypeAlias = Callable[[float], Input] | tuple[str, bytes] | bool | None
"""From a driver; a message with its topic; whether the hub listens; the end."""


class Inbox(Protocol):
    def put(self, item: Item, /) -> None: ...

    def get(self, block: bool = True, timeout: float | None = None) -> Item:
        """Raises queue.Empty."""


class AnyLink(Protocol):
    """What an agent asks of `edge.runtime.link.Link`."""

    connects: int
    error: str

    def is_running(self) -> bool: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def follow(self, topic: str) -> None: ...

    def publish(self, kind: str, payload: bytes, expires_s: float | None = None) -> bool: ...


class Board:
    """A real one; a simulation gives an agent another, whose time and power it rules. `boot`: new with every start."""

    def __init__(self, config: Config, identity: Identity) -> None:
        self._config, self._identity = config, identity
        self.boot = secrets.token_hex(4)
        self.clock = Clock()
        self.outbox = Outbox(Path(config.agent.state_dir) / "outbox.journal")
        self.inbox: Inbox = queue.SimpleQueue[Any]()

    def link(self, presence: Callable[[bool], Presence], arrived: Callable[[str, bytes], None]) -> AnyLink:
        return Link(self._identity, self._config.hub.broker, presence, self.inbox.put, arrived)
