"""What looks after the board and its agent beside the class's own work: certificate, settings, releases.

Each is a `Keeper`. The agent's loop calls it, on the agent's thread; slow work goes to a thread of the keeper's own,
which wakes the loop with `Site.wake`.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from wire.base import Fact
from wire.messages import UpMessage


class Site(msgspec.Struct, frozen=True):
    """What an agent gives its keepers.

    `ident()` is a fresh id for a message; `send(message)` journals it and sends it until the hub has answered: False
    when it could not be journaled. `report()` sends a health report now, and returns its id. `ailing()`: what of the
    hardware is out of order, and what it says. `wake()` may be called from any thread, and has `tick` called soon.
    `renew()` ends the agent's loop so that it starts anew, with what is on the disk by then. `busy()`: why that would
    disturb somebody just now, for people; or "".
    """

    ident: Callable[[], str]
    send: Callable[[UpMessage], bool]
    report: Callable[[], str]
    wake: Callable[[], None]
    renew: Callable[[], None]
    ailing: Callable[[], dict[str, str]] = dict
    busy: Callable[[], str] = str


class Keeper(Protocol):
    """`kind`: of the down topic whose messages it takes (`config`, `release` …); "" when it takes none."""

    kind: str

    def begin(self, site: Site, at: float) -> None:
        """The agent's loop starts. `at` here and below: seconds since 1970 by the hub's clock, as far as known."""

    def take(self, at: float, payload: bytes) -> None:
        """A message came down on its topic. Raises wire.codec.BadMessageError."""

    def linked(self, at: float, up: bool) -> None:
        """The hub listens, or does not any more."""

    def answered(self, at: float, to: str) -> None:
        """The hub answered a message, or a health report: for whoever waits for a sign that all is well."""

    def wake_at(self) -> float | None:
        """When it wants a `tick`, at the latest."""

    def tick(self, at: float) -> None:
        """That moment has come, or something has."""

    def facts(self) -> dict[str, Fact]:
        """Its part of the health report."""

    def stop(self) -> None: ...


class Quiet:
    """A keeper to whom all is nothing, as far as who derives from it does not say otherwise."""

    kind = ""

    def begin(self, site: Site, at: float) -> None: ...

    def take(self, at: float, payload: bytes) -> None: ...

    def linked(self, at: float, up: bool) -> None: ...

    def answered(self, at: float, to: str) -> None: ...

    def wake_at(self) -> float | None:
        return None

    def tick(self, at: float) -> None: ...

    def facts(self) -> dict[str, Fact]:
        return {}

    def stop(self) -> None: ...
