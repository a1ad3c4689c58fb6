"""Everything of one run, put together from a seed: time, wire, broker, storage, hubs, devices, and their observer."""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from halls.format import Position, parse
from simulation import hardware, invariants
from simulation.books import Books
from simulation.broker import Broker
from simulation.clocks import HubClock, TrueTime
from simulation.device import Device
from simulation.hub import Hub
from simulation.loop import VirtualLoop
from simulation.network import Network
from simulation.storage import Storage
from simulation.trace import Trace
from wire.messages import PrintOutcome, Slip

_SHOWN = 70  # bytes of a message in the trace: what follows in a health report is the machine's own
HALL = Path(__file__).parent / "hall.toml"


class World:
    """`on_slip(machine, slip)`, `on_number(counter, number)`: told to the people."""

    def __init__(self, seed: str, hubs: int = 1, show: Callable[[str], None] | None = None) -> None:
        self._seed = seed
        self.loop = VirtualLoop()  # type: ignore[abstract]  # sockets and signals are none of its business
        self.true = TrueTime(self.loop.time)
        self.trace = Trace(self.true, show=show)
        self.hall = parse(HALL.read_text("utf-8"), str(HALL))
        self.zone = ZoneInfo(self.hall.hall.timezone)
        self.books = Books(self.hall, self.true, self.true.wall, self.trace)
        self.books.on_seen += invariants.ON_EVENT
        self.books.on_answer += invariants.ON_ANSWER
        self.books.on_slip += invariants.ON_SLIP
        self.network = Network(self.loop, self.chance("network"))
        self.broker = Broker(self.loop, self.network, self.trace, self.chance("broker"))
        self.storage = Storage(self.books.committed)
        self.on_slip: Callable[[str, Slip], None] = lambda machine, slip: None
        self.on_number: Callable[[str, str], None] = lambda counter, number: None
        self.papers: dict[str, hardware.Paper] = {}
        self.devices = {position.id: self._device(position) for position in self.hall.position}
        self.hubs = [self._hub(f"hub-{number + 1}") for number in range(hubs)]

    def chance(self, of: str) -> random.Random:
        """A stream of its own for everybody, so that one more draw here changes nothing there."""
        return random.Random(f"{self._seed}/{of}")  # noqa: S311 - repeatable on purpose

    def start(self) -> None:
        for hub in self.hubs:
            hub.start()
        for device in self.devices.values():
            device.power_on()

    def close(self) -> None:
        for process in [*(hub.process for hub in self.hubs), *(device.process for device in self.devices.values())]:
            process.kill()
        self.loop.close()
        self.storage.close()

    def run(self, seconds: float, wanted: Callable[[], bool] | None = None) -> None:
        """Raises ViolationError at the first step after which an invariant does not hold."""
        self.loop.run(self.loop.time() + seconds, self._judge, wanted)

    def local_day(self) -> str:
        return self.true.wall().astimezone(self.zone).strftime("%Y-%m-%d")

    def skip_to(self, hour: int, minute: int) -> None:
        """On the hall's clock, today or tomorrow; in a moment in which nothing is on the wire."""
        self.run(10.0, lambda: self.network.under_way == 0)
        local = self.true.wall().astimezone(self.zone)
        moment = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.true.skip_to(moment if moment > local else moment + timedelta(days=1))
        self.trace.note("world", f"it is {self.true.wall().astimezone(self.zone):%Y-%m-%d %H:%M}")

    def _judge(self) -> None:
        if self.books.violation is not None:
            raise self.books.violation

    # Building.

    def _hub(self, name: str) -> Hub:
        clock = HubClock(self.true, self.chance(f"{name} clock").uniform(-0.5, 0.5))
        return Hub(
            name, self.hall, self.loop, self.broker, self.storage, clock, self.trace, self.chance(name), self._published
        )

    def _device(self, position: Position) -> Device:
        chance = self.chance(position.id)
        device = Device(
            position, self.loop, self.broker, self.true, self.trace, chance, self._hardware, self._sent, self._heard,
            self._taken,
        )  # fmt: skip
        if position.device_class == "ticket_printer":
            paper = self.papers[position.id] = hardware.Paper(chance, partial(self._slip, position.id))
            device.on_power_cut = paper.power_cut
        return device

    def _hardware(self, device: Device) -> hardware.AnyHardware:
        process, chance = device.process, device.chance
        match device.position.device_class:
            case "caller":
                return hardware.Keypad(process, chance)
            case "evaluator":
                return hardware.Rater(process, chance, partial(self._thanks, device))
            case "led_window":
                return hardware.Window(process, chance, partial(self._number, device))
            case "signage_player":
                return hardware.Screen(process, chance)
        return hardware.Machine(process, chance, device.disk, self.papers[device.name], partial(self._printed, device))

    # What is observed.

    def _sent(self, device: Device, kind: str, payload: bytes) -> None:
        self.books.sent(device.name, kind, payload, device.has_journaled)

    def _heard(self, device: Device, topic: str, payload: bytes) -> None:
        self.trace.note(device.name, f"hears {topic.rsplit('/', 1)[-1]} {payload[:_SHOWN].decode(errors='replace')}")

    def _taken(self, device: Device) -> None:
        """What is shown never goes back to an earlier version, as long as the device has not started anew."""
        assert device.agent is not None
        for shown in ("view", "board"):
            view = getattr(device.agent.state, shown, None)
            if view is not None:
                self.books.showing(device.process, f"{device.name} {shown}", (view.epoch, view.version))

    def _slip(self, machine: str, slip: Slip) -> None:
        self.books.slip(machine, slip)
        self.on_slip(machine, slip)

    def _printed(self, device: Device, slip: Slip, outcome: PrintOutcome) -> None:
        self.trace.note(device.name, f"print of {slip.number}: {outcome}")

    def _thanks(self, device: Device, level: int) -> None:
        given = device.agent.state.given if device.agent else None
        if given is not None:
            self.books.thanks(f"{device.name}/{given.id}")

    def _number(self, device: Device, number: str) -> None:
        self.on_number(device.position.counter, number)

    def _published(self, topic: str, payload: bytes) -> None:
        if topic.endswith("/reply"):
            self.books.replied(topic.split("/")[3], payload)
