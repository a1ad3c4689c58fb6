"""A live hall for tests: a real Mosquitto, a real database, the gateway on a loop of its own, and real agents."""

import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge.runtime import config, identity
from edge.runtime.agent import Agent
from edge.runtime.board_led import BoardLed
from edge.runtime.device import device_class
from edge.runtime.log_ring import LogRing
from halls.format import Hall
from hub.desk import Desk
from hub.enrolment.authority import Authority
from hub.enrolment.broker import write_knowledge
from hub.mqtt.gateway import Gateway
from hub.mqtt.keeping import Keeper
from hub.mqtt.observing import Observer
from hub.mqtt.settings_keeper import SettingsKeeper
from hub.pseudonyms import KEY_BYTES, Pseudonyms
from hub.roster import Bound, Roster
from hub.screens.files import Files
from hub.screens.screens import Screens
from hub.storage.audit import Audit
from hub.storage.content import Content
from hub.storage.database import open_database, open_log
from hub.storage.health import HealthHistory
from hub.storage.orders import OrderBook
from hub.storage.plays import Plays
from hub.storage.position_settings import PositionSettings
from hub.storage.registry import Registry
from provisioning.broker.process import Broker, free_port
from tests.support.boards import certified, enrolled
from tests.support.day import hall_at_noon


def until(fact: Callable[[], Any], what: str, patience_s: float = 60.0) -> Any:
    """Wait until `fact()` is true, and return it. Fails, saying `what` did not happen, when patience ends.

    Asked ever more seldom, up to ten times a second: to ask may cost as much as what is waited for.
    """
    deadline, pause_s = time.monotonic() + patience_s, 0.005
    while not (value := fact()):
        assert time.monotonic() < deadline, f"in {patience_s:g} s it did not happen that {what}"
        time.sleep(pause_s)
        pause_s = min(1.2 * pause_s, 0.1)
    return value


class LiveHall:
    """Everything of a hub but its HTTP; `agents` by position, each with the LED in the folder `leds`, if there is one.
    `close` ends it all."""

    def __init__(self, directory: Path, hall: Hall | None = None) -> None:
        self.directory = directory
        self.hall = hall or hall_at_noon()
        self.name = self.hall.hall.id
        self.agents: dict[str, Agent] = {}
        self.ring = LogRing()
        logging.getLogger("edge").addHandler(self.ring)
        logging.getLogger("edge").setLevel(logging.INFO)
        self._placed: dict[str, str] = {}  # device → position
        self.refusals: list[tuple[str, str]] = []
        self._authority = Authority.create(directory / "ca")
        self.port = free_port()
        write_knowledge(directory / "broker", self._authority, ["localhost", "127.0.0.1"], ["hub-1", "hub-2"])
        self.broker = Broker(directory / "broker", self.port)
        self.broker.start()
        self.engine = open_database(directory / "hub.db")
        self.registry, self.settings = Registry(self.engine), PositionSettings(self.engine)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.start_hub()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine on the hub's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def start_hub(self) -> None:
        self._log = open_log(self.directory / "hub.db")
        self.desk = Desk([self.hall], self._log)
        self.roster = Roster([self.hall], self._bound)
        self.book, self.history = OrderBook(self.engine), HealthHistory(self.engine)
        self.observer = Observer(self.history, Audit(self.engine), self.roster, self.desk.now)
        self.screens = self.new_screens()
        self.gateway = Gateway(
            self.desk,
            self.roster,
            lambda door, code: self.refusals.append((door, code)),
            pseudonym=Pseudonyms(bytes(KEY_BYTES)).of,
            done=lambda device, said: self.book.ended(
                said.to, device, at=self.desk.now(), ok=said.ok, text=said.text, picture=said.picture, log=said.log
            ),
            screens=self.screens,
            observer=self.observer,
            keepers=self.new_keepers(),
        )

        async def start() -> None:
            await self.desk.open()
            await self.gateway.start("127.0.0.1", self.port, self.client_tls("hub-1"))

        self.run(start())

    def new_screens(self) -> Screens:
        """As each process of the hub has its own."""
        files = Files(self.directory / "content")
        return Screens(Content(self.engine), Plays(self.engine), files, [self.hall])

    def new_keepers(self) -> list[Keeper]:
        """As each process of the hub has its own."""
        return [SettingsKeeper(self.settings, lambda: datetime.now(UTC))]

    def stop_hub(self) -> None:
        self.run(self.gateway.stop())
        self.run(self.desk.close())
        self._log.close()

    def client_tls(self, name: str) -> ssl.SSLContext:
        """A context with a client certificate for any common name: a device's, a hub's, an intruder's."""
        own = name.startswith("hub-")
        certificate, key = self._authority.issue_client(name) if own else certified(self._authority, name)
        place = self.directory / f"tls-{name}"
        place.mkdir(exist_ok=True)
        (place / "cert.pem").write_bytes(certificate)
        (place / "key.pem").write_bytes(key)
        context = ssl.create_default_context(cafile=str(self.directory / "broker" / "ca.pem"))
        context.load_cert_chain(place / "cert.pem", place / "key.pem")
        return context

    def identity(self, position: str) -> identity.Identity:
        """What enrolment leaves on a board at that position; enrolment itself has tests of its own."""
        kind = next(one for one in self.hall.position if one.id == position).device_class
        name = f"{kind}-{position}".replace("_", "-")
        self._placed[name] = position
        return enrolled(self.directory / "devices" / position, name, self._authority)

    def agent(self, position: str, **device: Any) -> Agent:
        """The position's agent with simulated hardware, running and shown as online."""
        who = self.identity(position)
        settings = config.Config(
            hub=config.Hub(est="https://127.0.0.1:1", ca_fingerprint="", broker=f"127.0.0.1:{self.port}"),
            agent=config.AgentSettings(state_dir=str(who.directory), health_s=5.0),
            device={"driver": "simulated", **device},
        )
        kind = next(one for one in self.hall.position if one.id == position).device_class
        agent = Agent(device_class(kind), settings, who, ring=self.ring, led=BoardLed(self.directory / "leds"))
        self.agents[position] = agent
        agent.start()
        until(lambda: (seat := self.roster.seat(who.device)) and seat.online, f"{position} comes online")
        return agent

    def close(self) -> None:
        logging.getLogger("edge").removeHandler(self.ring)
        logging.getLogger("edge").setLevel(logging.NOTSET)
        for agent in self.agents.values():
            agent.stop()
        self.stop_hub()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self.broker.stop()
        self.engine.dispose()

    def _bound(self) -> list[Bound]:
        return [Bound(device, self.name, position) for device, position in self._placed.items()]
