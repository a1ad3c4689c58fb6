"""All counters and machines press at the same moment, each by its board or by a program; and what came of it."""

import asyncio
import time
from collections import Counter as Tally
from collections.abc import Iterable

import msgspec

from benchmarks.load.board import Board
from benchmarks.load.hall import SERVICES, counter_id
from benchmarks.load.program import Program
from benchmarks.load.site import Site
from hub.domain import events as e
from wire.messages import Reply

_PATIENCE_S = 30.0
_LOST = "nobody-waiting"
_AT_ONCE = 50


class Found(msgspec.Struct):
    """What those who pressed were told. `numbers`: given; `called`: by whom a program was told; `seconds`: waited."""

    numbers: list[str] = []
    called: list[str] = []
    errors: list[str] = []
    seconds: list[float] = []
    losers: int = 0


class Place:
    """A counter or a machine, with a board and a program of its own: it presses by one of them."""

    def __init__(self, hall: str, board: Board, program: Program, found: Found) -> None:
        self._hall, self.board, self.program, self._found = hall, board, program, found
        self.by_board = True

    def _told(self, started: float, code: str, ok: bool) -> bool:
        """Whether it won; anything but that and a plain "nobody is waiting" is an error."""
        self._found.seconds.append(time.perf_counter() - started)
        if not ok and code == _LOST:
            self._found.losers += 1
        elif not ok:
            self._found.errors.append(code)
        return ok

    async def _heard(self, answer: "asyncio.Future[Reply]") -> Reply | None:
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await answer
        except TimeoutError:
            return None


class CounterPlace(Place):
    def __init__(self, hall: str, counter: str, board: Board, program: Program, found: Found) -> None:
        super().__init__(hall, board, program, found)
        self._path = f"/halls/{hall}/counters/{counter}"

    async def rush(self) -> None:
        """Call whoever is next; who won serves the ticket, so that the next call ends it."""
        started = time.perf_counter()
        if self.by_board:
            reply = await self._heard(self.board.send(self.board.action("call-next")))
            won = self._told(started, reply.code if reply else "no answer", reply is not None and reply.ok)
        else:
            won = await self._call_by_program(started)
        if won:
            await self.board.ask(self.board.action("serve"), _PATIENCE_S)

    async def _call_by_program(self, started: float) -> bool:
        try:
            answer = await self.program.post(f"{self._path}/call-next", {}, self.program.next_key())
        except (OSError, asyncio.IncompleteReadError) as error:
            return self._told(started, repr(error), False)
        if won := self._told(started, str(answer.body.get("code", answer.status)), answer.status == 200):
            self._found.called.append(answer.body["counter"]["number"])
        return won


class MachinePlace(Place):
    def __init__(self, hall: str, takes: int, board: Board, program: Program, found: Found) -> None:
        super().__init__(hall, board, program, found)
        self._takes, self._count = takes, 0

    async def rush(self) -> None:
        """One ticket after another."""
        for _ in range(self._takes):
            self._count += 1
            service = SERVICES[self._count % len(SERVICES)]
            await (self._take_by_board(service) if self.by_board else self._take_by_program(service))

    async def _take_by_board(self, service: str) -> None:
        started = time.perf_counter()
        reply = await self._heard(self.board.send(self.board.take(service)))
        slip = reply.slip if reply else None
        if self._told(started, reply.code if reply else "no answer", slip is not None) and slip:
            self._found.numbers.append(slip.number)
            await self.board.ask(self.board.printed(slip.number), _PATIENCE_S)

    async def _take_by_program(self, service: str) -> None:
        started = time.perf_counter()
        path = f"/halls/{self._hall}/tickets"
        try:
            answer = await self.program.post(path, {"service": service}, self.program.next_key())
        except (OSError, asyncio.IncompleteReadError) as error:
            self._told(started, repr(error), False)
            return
        if self._told(started, str(answer.body.get("code", answer.status)), answer.status == 201):
            self._found.numbers.append(answer.body["number"])


class Rush:
    """Places of a site; programs are spread over its hub processes, one after another."""

    def __init__(self, site: Site, counters: int, machines: int, takes: int) -> None:
        self.found = Found()
        self._site = site
        callers = [f"caller-{counter_id(n)}" for n in range(counters)]
        self._devices = site.enrol([*callers, *(f"machine-{n + 1}" for n in range(machines))])
        who, secret = site.token("rush")
        self.places: list[CounterPlace | MachinePlace] = []
        for n, device in enumerate(self._devices.values()):
            board, program = Board(device.name), Program(site.hubs[n % len(site.hubs)].http, who, secret)
            if n < counters:
                self.places.append(CounterPlace(site.name, counter_id(n), board, program, self.found))
            else:
                self.places.append(MachinePlace(site.name, takes, board, program, self.found))

    async def run(self, rounds: int) -> None:
        await self._open()
        for turn in range(rounds):
            for n, place in enumerate(self.places):
                place.by_board = (n + turn) % 2 == 0
            await asyncio.gather(*(place.rush() for place in self.places))
        for place in self.places:
            place.program.close()
            await place.board.close()

    async def _open(self) -> None:
        for start in range(0, len(self.places), _AT_ONCE):
            some = zip(self.places[start : start + _AT_ONCE], list(self._devices.values())[start:], strict=False)
            port = self._site.broker_port
            await asyncio.gather(*(p.board.connect(port, self._site.device_tls(d)) for p, d in some))
        for place in self.places:
            await place.program.get("/halls")  # its connection stands
            if isinstance(place, CounterPlace):
                await place.board.ask(place.board.action("sign-on"))


def doubled(found: Found, logged: Iterable[e.AnyEvent]) -> int:
    """Numbers given to two citizens, and tickets called at two counters: as told, and as logged."""
    happened = list(logged)
    reserved = [event.number for event in happened if isinstance(event, e.TicketReserved)]
    first_calls = [event.number for event in happened if isinstance(event, e.TicketCalled) and event.calls == 1]
    return sum(_twice(numbers) for numbers in (found.numbers, found.called, reserved, first_calls))


def untrue(found: Found, logged: Iterable[e.AnyEvent]) -> list[str]:
    """What somebody was told and the log does not know."""
    happened = list(logged)
    reserved = {event.number for event in happened if isinstance(event, e.TicketReserved)}
    called = {event.number for event in happened if isinstance(event, e.TicketCalled)}
    lost = [f"{number} was given and is unknown" for number in set(found.numbers) - reserved]
    return lost + [f"{number} was called and is not" for number in set(found.called) - called]


def _twice(numbers: list[str]) -> int:
    return sum(times - 1 for times in Tally(numbers).values())
