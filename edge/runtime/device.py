"""What a device class is: settings, pure logic, drivers. Its folder's `__init__` says so in `DEVICE`.

A class's `logic` module offers

    start(context, settings) -> state
    react(state, input) -> (state, effects)     pure: time arrives inside the input
    wake_at(state) -> float | None              when it wants a Tick, at the latest
    facts(state) -> dict                        its part of the health report
    busy(state) -> str                          why a restart would disturb somebody just now, for people; or ""
    here(state) -> str                          by what an Identify shows where it is, for people; or ""

and a driver turns hardware into inputs and effects into hardware. Inputs and effects of a class's own are its own
types; those here are the ones that the runtime understands.

A fact whose name ends in `_error` or `_fault` is there only while something is wrong; of others `DeviceClass.well` says
what they say while all is well. New settings, and a new release, are kept only if they put nothing more out of order.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

import msgspec

from wire.base import Fact
from wire.messages import BoardView, DeviceView, Reply, UpMessage
from wire.orders import Identify, PrintSlip, SelfTest


class Context(msgspec.Struct, frozen=True):
    """Who the agent is. Ids of messages are `{boot}-{n}`, n counted by the logic."""

    device: str
    boot: str


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """Anything that happens. `at`: seconds since 1970 by the hub's clock, as far as the agent knows it."""

    at: float


class LinkChanged(Input, frozen=True, kw_only=True):
    """`up`: the broker holds our session and the hub says that it listens."""

    up: bool


class Arrived(Input, frozen=True, kw_only=True):
    """A message came down. Views older than one that came before were dropped on the way; so were orders for tests
    that the class does not have or slips that it does not print, that come late, or a second time. An Identify is
    answered by the agent itself.
    """

    message: DeviceView | BoardView | Reply | SelfTest | Identify | PrintSlip


class Tick(Input, frozen=True, kw_only=True):
    """The moment that `wake_at` asked for has come."""


class NotTaken(Input, frozen=True, kw_only=True):
    """A durable Send could not be journaled: the disk is full, or gone.

    It was published once, in case the hub listens, and the effects after it were not performed. Answered by the same
    Send again, this would never end.
    """

    id: str


class Send(msgspec.Struct, frozen=True):
    """Publish; dropped while the link is down.

    Durable: journaled first, and sent until the hub has answered. What follows it in the list of effects (thanks, a
    slip) is performed only once it is on disk; if it cannot be, the logic gets a NotTaken at once.
    """

    message: UpMessage
    durable: bool = False


class Follow(msgspec.Struct, frozen=True):
    """Subscribe to a board's topic as well (screens)."""

    topic: str


class ReportHealth(msgspec.Struct, frozen=True):
    """Something worth telling changed: send a health report now."""


Effect: TypeAlias = Any  # Send | Follow | ReportHealth | whatever the class's driver performs
Emit: TypeAlias = Callable[[Callable[[float], Input]], None]


class Driver(Protocol):
    """Hardware. Everything here may fail: a driver reports it in `health` and keeps trying; it never raises out."""

    def start(self, emit: Emit) -> None:
        """Begin. `emit(lambda at: KeyPressed(at=at, key="call-next"))` may be called from any thread."""

    def perform(self, effect: Effect) -> None:
        """Carry out an effect of the class's own. On the agent's thread: slow work goes to a thread of the driver's."""

    def health(self) -> dict[str, Fact]: ...

    def stop(self) -> None: ...


class DeviceClass(msgspec.Struct, frozen=True):
    """`logic`: a module's name. `drivers`: name in the settings → "module:callable", called with the settings.

    `keeps_state`: its drivers keep something over a power cut, and get the path of the agent's state directory as well.
    `fetches`: they fetch from the hub by HTTPS too, and get its address (`[hub] est`) after that path.
    `tests`: self-tests that the hub may order: name → what it does, in both languages. The logic gets the order as an
    Arrived, and sends a Done when it knows.
    `prints`: slips of tickets, which the hub may order; answered by a Done, too.
    `pairing`: "module:callable" that says what a board which nobody knows shows (edge.runtime.pairing); "" for a class
    that has nothing of its own: the board's LED flashes in any case.
    `well`: facts of the health report that tell of a part of the hardware → what they say while it works.
    `local`: settings for the board's own file alone, such as which program is run; the hub may not set them.
    """

    name: str
    settings: type[msgspec.Struct]  # has a field `driver: str`
    logic: str
    drivers: dict[str, str]
    keeps_state: bool = False
    fetches: bool = False
    tests: dict[str, str] = {}
    prints: bool = False
    pairing: str = ""
    well: dict[str, tuple[Fact, ...]] = {}
    local: tuple[str, ...] = ()


class UnknownDeviceError(LookupError):
    """No folder of that name under `edge/`, or a driver that the class does not have."""


def classes() -> list[str]:
    """Names of all device classes: the packages beside this one that define DEVICE."""
    import edge

    found = []
    for module in pkgutil.iter_modules(edge.__path__):
        if module.ispkg and module.name not in ("runtime", "protocols"):
            found.append(module.name)
    return sorted(found)


def device_class(name: str) -> DeviceClass:
    if name not in classes():
        raise UnknownDeviceError(f"no device class {name!r}; there are: {', '.join(classes())}")
    device: DeviceClass = importlib.import_module(f"edge.{name}").DEVICE
    return device


def check_driver(device: DeviceClass, settings: Any) -> None:
    """Raises UnknownDeviceError, without importing any hardware."""
    if settings.driver not in device.drivers:
        raise UnknownDeviceError(
            f"{device.name}: no driver {settings.driver!r}; set [device] driver to one of: {', '.join(device.drivers)}"
        )


def make_driver(device: DeviceClass, settings: Any, state_dir: str = "", hub: str = "") -> Driver:
    """Import and build the driver that `settings.driver` names: nothing else of the class's hardware is imported.

    `state_dir` is needed only where the class keeps state, `hub` (https://HOST:PORT) where it fetches.
    """
    check_driver(device, settings)
    module, _, attribute = device.drivers[settings.driver].partition(":")
    make: Callable[..., Driver] = getattr(importlib.import_module(module), attribute)
    places = (state_dir, hub) if device.fetches else (state_dir,) if device.keeps_state else ()
    return make(settings, *places)
