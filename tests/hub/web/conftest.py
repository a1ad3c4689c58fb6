"""A hub's pages, served by a real uvicorn on a loop of its own: a browser and httpx reach them over loopback."""

import asyncio
import contextlib
import itertools
import threading
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from halls.format import Hall
from hub.assembly import Parts, Ways, application
from hub.desk import Desk
from hub.domain import commands as c
from hub.history.history import history_of
from hub.people.messages import MemoryMessenger
from hub.pseudonyms import Pseudonyms
from hub.roster import Bound
from hub.storage.accounts import Role
from hub.storage.database import open_database, open_log
from hub.waiting import Outcome
from tests.support.day import hall_at_noon
from tests.support.live import until
from wire.orders import Order

PASSWORD = "a long password"
CLERKS = {"clerk1": "1001"}
ROLES: dict[str, Role] = {"clerk1": "clerk", "boss": "manager", "root": "administrator", "tech": "technician"}
DEVICES = {"caller-00aa": "caller-1", "window-00bb": "window-1"}


class Loop:
    """An asyncio loop in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def begin(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def call(self, work: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(work)

    def close(self) -> None:
        self.run(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _cancel_all(self) -> None:
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


class _Server(uvicorn.Server):
    """Ends when it is told to, and not up to a tenth of a second later: hundreds of tests end one."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told = asyncio.Event()

    async def main_loop(self) -> None:
        ticks = itertools.count()
        while not await self.on_tick(next(ticks)):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.told.wait(), 0.1)


class Served:
    """An app under uvicorn. `stop` waits until it has ended, as the hub's shutdown does."""

    def __init__(self, loop: Loop, app: Any) -> None:
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=2)
        self._loop, self._server = loop, _Server(config)
        self._running = loop.begin(self._server._serve())
        until(lambda: self._server.started, "the server starts")
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._loop.call(self._server.told.set)
        self._running.result(20)


class _Parts(Parts):
    """Two devices are there from the beginning, and those that the registry lets in."""

    def bound(self) -> Iterator[Bound]:
        yield from (Bound(name, "small", at) for name, at in DEVICES.items())
        yield from super().bound()


class Pages:
    """The small hall's hub with pages and API; `do` acts through the desk as a keypad would."""

    def __init__(self, directory: Path, hall: Hall | None = None) -> None:
        hall = hall or hall_at_noon()
        self.loop = Loop()
        self._engine = open_database(directory / "hub.db")
        self._log = open_log(directory / "hub.db")
        self.desk = Desk([hall], self._log)
        self.loop.run(self.desk.open())
        self.publisher = Ed25519PrivateKey.generate()
        self._read = open_log(directory / "hub.db")
        self.past = history_of([hall], self._read, directory / "history", self.desk.now, fresh_s=0)
        self.parts = parts = _Parts(
            self._engine,
            self.desk,
            [hall],
            Pseudonyms(bytes(32)),
            content=directory / "content",
            releases=directory / "releases",
            release_keys=[self.publisher.public_key()],
            vault_key=bytes(32),
            messenger=MemoryMessenger(),
            past=self.past,
        )
        self.registry, self.assets, self.roster, self.screens = (
            parts.registry,
            parts.assets,
            parts.roster,
            parts.screens,
        )
        self.rollouts, self.of_devices, self.book, self.history = (
            parts.rollouts,
            parts.of_devices,
            parts.book,
            parts.history,
        )
        self.roster.seat_all(self.roster.bound())
        parts.counts.count("mqtt", "bad-message", datetime.now(UTC), 3)
        self._accounts = parts.accounts
        self.ordered, self.reloads = list[Order](), 0
        self.answer: Callable[[str, Order], bool] = lambda device, order: True
        self.app = app = application(parts, Ways(order=self._order, reload=self._reload))
        self._count, self._made = itertools.count(), set[str]()
        self.served = Served(self.loop, app)
        self.url = self.served.url

    @property
    def counted(self) -> list[tuple[str, str]]:
        """(door, code) of everything that was turned away."""
        self.parts.refusals.flush()
        return [(one.door, one.code) for one in self.parts.counts.all()]

    def do(self, kind: type[c.Command], **fields: Any) -> Outcome:
        command = kind(id=f"t{next(self._count)}", at=datetime.now(UTC), by="test", **fields)
        return self.loop.run(self.desk.handle("small", command))

    def take(self, service: str = "A") -> str:
        return self.do(c.TakeTicket, service=service).events[0].number

    def account(self, name: str) -> None:
        """It takes a while to make one, so a test has those it asks for."""
        if name not in self._made:
            self._accounts.create(name, ROLES[name], PASSWORD, datetime.now(UTC), CLERKS.get(name, ""))
            self._made.add(name)

    def visitor(self, name: str = "") -> httpx.Client:
        """Somebody with a browser's habits, logged in under that name, or not at all."""
        cookies = httpx.Cookies()
        if name:
            self.account(name)
            answer = httpx.post(f"{self.url}/login", data={"name": name, "password": PASSWORD})
            assert answer.status_code == 303
            cookies = answer.cookies
        return httpx.Client(base_url=self.url, headers={"accept": "text/html"}, cookies=cookies, timeout=20)

    def _order(self, device: str, order: Order) -> bool:
        self.ordered.append(order)
        return self.answer(device, order)

    async def _reload(self) -> None:
        self.reloads += 1

    def close(self) -> None:
        self.served.stop()
        self.loop.run(self.past.close())
        self.loop.run(self.desk.close())
        self.loop.close()
        self._read.close()
        self._log.close()
        self._engine.dispose()


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    pages = Pages(tmp_path)
    yield pages
    pages.close()


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def serve(loop: Loop) -> Iterator[Callable[[Any], Served]]:
    running: list[Served] = []

    def start(app: Any) -> Served:
        running.append(Served(loop, app))
        return running[-1]

    yield start
    for served in running:
        served.stop()
