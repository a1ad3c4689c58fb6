"""Repeaters, handhelds and hub in virtual time, all of them the real code; the air between them is half duplex, frames
take the time that they take at 9600 Bd, meet each other, and get lost."""

import heapq
import random
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import count

from msgspec.structs import replace

from edge.protocols import ff68
from edge.protocols.fake_handhelds import Handheld, Keypad, Transmission
from edge.repeater import logic
from edge.repeater.events import Heard, PortChanged, Transmit
from edge.repeater.settings import Settings
from edge.runtime.device import Arrived, Context, Input, LinkChanged, ReportHealth, Send, Tick
from halls.format import Position, Wireless
from hub.domain import commands as c
from hub.domain import events as e
from hub.domain.evolve import evolve_all
from hub.domain.queue import decide
from hub.domain.state import new_day
from hub.mqtt import paths, translation, views
from hub.roster import Bound, Roster
from tests.support.day import MORNING, small_hall
from wire.messages import Health, Presence, Relayed, RepeaterView, Reply

BYTE_S = 10 / 9600
SWITCH_S = 0.005  # from hearing to talking, on both sides
NETWORK_S = 0.02
HEALTH_S = 30.0
START_S = MORNING.timestamp()


class World:
    """`repeaters` around the handhelds `addresses`, all at counter 1. `strength`: dBm by repeater and address; None out
    of reach. `loss`: share of frames that any receiver misses for no reason."""

    def __init__(self, seed: int, repeaters: int = 3, addresses: Iterable[int] = (7,), loss: float = 0.0) -> None:
        self.chance = random.Random(seed)
        self.loss = loss
        self.now = START_S
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        names = [f"r{number}" for number in range(repeaters)]
        self.handhelds: dict[int, Handheld] = {}
        self.strength = {(name, address): -60.0 for name in names for address in addresses}
        self.on_air: list[tuple[float, float, object]] = []
        self.repeaters = {name: Repeater(self, name) for name in names}
        self.hub = SimulatedHub(self, names, addresses)
        for address in addresses:
            self.handhelds[address] = Keypad(address, lambda address=address: self.soon(lambda: self._due(address)))
        for name in names:
            self.hub.present(name, True)
            self.repeaters[name].switch_on()

    # Time.

    def at(self, moment: float, work: Callable[[], None]) -> None:
        heapq.heappush(self._later, (max(moment, self.now), next(self._order), work))

    def soon(self, work: Callable[[], None]) -> None:
        self.at(self.now, work)

    def run(self, seconds: float) -> None:
        end = self.now + seconds
        while self._later and self._later[0][0] <= end:
            self.now, _, work = heapq.heappop(self._later)
            work()
        self.now = end

    # Air.

    def transmit(self, sender: object, frame: ff68.Frame) -> float:
        """When it is over. Whoever is in reach hears it then, unless he was talking or somebody else was."""
        begin = self.now
        end = begin + len(ff68.encode(frame)) * BYTE_S
        self.on_air = [one for one in self.on_air if one[1] > begin - 1] + [(begin, end, sender)]
        self.at(end, lambda: self._received(sender, frame, begin, end))
        return end

    def _received(self, sender: object, frame: ff68.Frame, begin: float, end: float) -> None:
        for receiver in (*self.repeaters.values(), *self.handhelds.values()):
            dbm = self._dbm(sender, receiver)
            if receiver is sender or dbm is None or self.chance.random() < self.loss:
                continue
            if not any(self._dbm(who, receiver) is not None for who in self._others(sender, begin, end)):
                receiver_hears = self._repeater_hears if isinstance(receiver, Repeater) else self._handheld_hears
                receiver_hears(receiver, frame, round(dbm))

    def _others(self, sender: object, begin: float, end: float) -> list[object]:
        return [who for start, stop, who in self.on_air if who is not sender and start < end and stop > begin]

    def _dbm(self, one: object, other: object) -> float | None:
        """Repeaters hear each other well; handhelds do not hear handhelds. One hears himself: he cannot listen then."""
        if one is other or (isinstance(one, Repeater) and isinstance(other, Repeater)):
            return -40.0
        if isinstance(one, Handheld) and isinstance(other, Handheld):
            return None
        repeater, handheld = (one, other) if isinstance(one, Repeater) else (other, one)
        return self.strength[repeater.name, handheld.address]

    def _repeater_hears(self, repeater: "Repeater", frame: ff68.Frame, dbm: int) -> None:
        if repeater.alive and not repeater.deaf:
            noisy = dbm + round(self.chance.gauss(0, 4))
            repeater.take(lambda at: Heard(at=at, frame=frame, rssi_dbm=noisy))

    def _handheld_hears(self, handheld: Handheld, frame: ff68.Frame, dbm: int) -> None:
        if frame.address == handheld.address and not handheld.mute:
            echo = handheld.hear(frame)
            if echo is not None:
                self.at(self.now + SWITCH_S, lambda: self.transmit(handheld, echo) and None)

    def _due(self, address: int) -> None:
        handheld = self.handhelds[address]
        frame = handheld.due(self.now)
        if frame is not None and not handheld.mute:
            self.transmit(handheld, frame)
        if (next_due := handheld.next_due()) != float("inf"):
            self.at(max(next_due, self.now + 0.001), lambda: self._due(address))

    def press(self, address: int, key: str = "recall") -> Transmission:
        return self.handhelds[address].press(key)


class Repeater:
    """The agent's real logic with a radio that says one thing at a time, answers first."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.alive = self.link = False
        self.deaf = False
        self.acknowledged: list[tuple[float, ff68.Frame]] = []
        self._boots = 0

    def switch_on(self) -> None:
        self._boots += 1
        self.alive = self.link = True
        self.settings = Settings()
        self.state = logic.start(Context(f"dev-{self.name}", f"b{self._boots}"), self.settings)
        self._queue: list[tuple[int, int, ff68.Frame]] = []
        self._free_at = 0.0
        self.take(lambda at: PortChanged(at=at, open=True))
        self.take(lambda at: LinkChanged(at=at, up=True))
        self.world.hub.tell(self)
        self._report(self._boots)

    def switch_off(self, *, will_s: float = 0.0) -> None:
        """Power cut; the broker notices `will_s` later."""
        self.alive = False
        self.world.at(self.world.now + will_s, lambda: self.alive or self.world.hub.present(self.name, False))

    def lose_link(self) -> None:
        """Its cable is cut; it knows, the hub does not yet."""
        self.link = False
        self.take(lambda at: LinkChanged(at=at, up=False))

    def take(self, make: Callable[[float], Input]) -> None:
        if not self.alive:
            return
        self.state, effects = logic.react(self.state, make(self.world.now))
        for effect in effects:
            if isinstance(effect, Transmit):
                heapq.heappush(self._queue, (0 if effect.urgent else 1, next(self.world._order), effect.frame))
                self.world.soon(self._speak)
            elif isinstance(effect, Send):
                self._send(effect)
            elif isinstance(effect, ReportHealth):
                self.world.soon(self._say_health)
        if (wake := logic.wake_at(self.state)) is not None:
            self.world.at(max(wake, self.world.now + 0.001), lambda: self.take(lambda at: Tick(at=at)))

    def _speak(self) -> None:
        if not self._queue or self.world.now < self._free_at or not self.alive:
            return
        urgency, _, frame = heapq.heappop(self._queue)
        end = self.world.now if self.deaf else self.world.transmit(self, frame)
        if frame.command == 1:
            self.acknowledged.append((self.world.now, frame))
        self._free_at = end + (self.settings.turnaround_s if urgency else SWITCH_S)
        self.world.at(self._free_at, self._speak)

    def _send(self, effect: Send) -> None:
        message = effect.message
        if self.link and isinstance(message, Relayed):
            delay = NETWORK_S * self.world.chance.uniform(0.5, 2)
            self.world.at(self.world.now + delay, lambda: self.world.hub.relayed(self, message))

    def _report(self, boot: int) -> None:
        if self.alive and boot == self._boots:
            self._say_health()
            self.world.at(self.world.now + HEALTH_S, lambda: self._report(boot))

    def _say_health(self) -> None:
        if self.alive and self.link:
            facts = logic.facts(replace(self.state, at=self.world.now))
            self.world.at(self.world.now + NETWORK_S, lambda: self.world.hub.healthy(self, facts))


class SimulatedHub:
    """The domain, the roster, the views and the choice of paths, without broker and disk."""

    def __init__(self, world: World, names: list[str], addresses: Iterable[int]) -> None:
        self.world = world
        small = small_hall()
        wireless = {address: Wireless(address=address, repeaters=tuple(names)) for address in addresses}
        keypads = [
            Position(id=f"h{address}", kind="caller", area="lobby", counter="1", wireless=one)
            for address, one in wireless.items()
        ]
        repeaters = [Position(id=name, kind="repeater", area="lobby") for name in names]
        hall = replace(small, position=(*small.position, *repeaters, *keypads))
        self.roster = Roster([hall], list)
        self.roster.seat_all([Bound(f"dev-{name}", "small", name) for name in names])
        self.day = new_day(hall, "2026-01-05")
        self.events: list[e.AnyEvent] = []
        self._count = count()
        self._shown: dict[str, RepeaterView] = {}

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.world.now, UTC)

    def do(self, command: c.Command) -> tuple[e.AnyEvent, ...]:
        happened = decide(self.day, command)
        self.day = evolve_all(self.day, happened)
        self.events += happened
        if happened:
            for repeater in self.world.repeaters.values():
                self.tell(repeater)
        return happened

    def act(self, kind: type[c.Command], **fields: object) -> tuple[e.AnyEvent, ...]:
        return self.do(kind(id=f"t{next(self._count)}", at=self.at, by="test", **fields))

    def relayed(self, repeater: Repeater, message: Relayed) -> None:
        device = f"dev-{repeater.name}"
        seat, said = translation.speaker(self.roster, self.roster.seat(device), message)
        happened = self.do(translation.command(seat, device, message.id, said, self.at, lambda number: ""))
        ok = not any(isinstance(event, e.Refused) for event in happened)
        reply = Reply(to=message.id, ok=ok, at=self.at)
        self.world.at(self.world.now + NETWORK_S, lambda: repeater.take(lambda at: Arrived(at=at, message=reply)))

    def present(self, name: str, online: bool) -> None:
        self.roster.present(f"dev-{name}", Presence(online=online, boot="b"), self.at)
        self._choose(name)

    def healthy(self, repeater: Repeater, facts: dict) -> None:
        handhelds = facts.pop("handhelds")
        report = Health(id="h", at=self.at, uptime_s=1.0, agent="0", device=facts, handhelds=handhelds)
        self.roster.healthy(f"dev-{repeater.name}", report, self.at)
        self._choose(repeater.name)

    def tell(self, repeater: Repeater) -> None:
        """Its view, if it is another one than before; after a restart it comes again, retained as it is."""
        seat = self.roster.at("small", repeater.name)
        view = views.view(self.day, self.roster, seat, self.at)
        if not repeater.alive or not repeater.link:
            self._shown.pop(repeater.name, None)
        elif self._shown.get(repeater.name) != view or not repeater.state.handsets:
            self._shown[repeater.name] = view
            self.world.at(self.world.now + NETWORK_S, lambda: repeater.take(lambda at: Arrived(at=at, message=view)))

    def _choose(self, name: str) -> None:
        for _, handheld in self.roster.handhelds(self.roster.at("small", name)):
            command = paths.command(self.day, self.roster, handheld, self.at, f"hub-{next(self._count)}")
            if command is not None:
                self.do(command)

    def speaker(self, address: int) -> str:
        path = self.day.paths.get(f"h{address}")
        return path.repeater if path else "r0"

    def of(self, kind: type[e.Event]) -> list:
        return [event for event in self.events if isinstance(event, kind)]

    def acted(self, since: datetime) -> int:
        """Presses that were taken for presses, and not for echoes."""
        return sum(not event.echo for event in self.of(e.HandheldHeard) if event.at >= since - timedelta(seconds=0.001))
