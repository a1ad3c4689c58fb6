"""Who works on while the hub dies: keypads, machines, software callers, a reception; each wish until it is decided."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import msgspec

from benchmarks.load.board import Board
from benchmarks.load.hall import SERVICES
from benchmarks.load.program import Answer, Program
from wire import codec
from wire.messages import Action, UpMessage, Verb

_AGAIN_S = 0.3
_THINK_S = 0.03
_NOBODY_S = 0.1


class Told(msgspec.Struct, frozen=True):
    """The hub's word on one wish. `command`: its id in the log; `number`: the ticket that a citizen now holds."""

    command: str
    what: str
    ok: bool
    code: str = ""
    number: str = ""
    events: list[dict[str, Any]] | None = None  # a program is told all of them


class Person:
    """`told`: everything that was answered, in order. `again(n)`: asks the n-th once more."""

    def __init__(self, seed: str) -> None:
        self.told: list[Told] = []
        self._asked: list[Callable[[], Any]] = []
        self.chance = random.Random(seed)  # noqa: S311 - a seeded run wants a seeded chance

    async def work(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            await self.turn()
            await asyncio.sleep(self.chance.uniform(0, _THINK_S))

    async def turn(self) -> None:
        raise NotImplementedError

    async def again(self, n: int) -> Told:
        told: Told = await self._asked[n]()
        return told

    async def _ask(self, wish: Callable[[], Any]) -> Told:
        told: Told = await wish()
        self.told.append(told)
        self._asked.append(wish)
        return told


class AtBoard(Person):
    def __init__(self, seed: str, board: Board) -> None:
        super().__init__(seed)
        self.board = board

    async def press(self, message: UpMessage) -> Told:
        async def wish() -> Told:
            reply = await self.board.ask(message, _AGAIN_S)
            what = message.verb if isinstance(message, Action) else codec.kind_of(message)
            number = reply.slip.number if reply.slip else ""
            return Told(f"{self.board.name}/{message.id}", what, reply.ok, reply.code, number)

        return await self._ask(wish)


class AtProgram(Person):
    def __init__(self, seed: str, hall: str, program: Program) -> None:
        super().__init__(seed)
        self.program, self._hall = program, hall

    async def post(self, path: str, body: dict[str, Any], what: str) -> Told:
        key = self.program.next_key()

        async def wish() -> Told:
            answer: Answer = await self.program.ask(f"/halls/{self._hall}{path}", body, key)
            found = answer.body
            ok, code = answer.status < 300, str(found.get("code", "" if answer.status < 300 else answer.status))
            number = str(found.get("number", "")) if ok else ""
            return Told(self.program.command(key), what, ok, code, number, found.get("events"))

        return await self._ask(wish)


class Keypad(AtBoard):
    """Signs on, then calls, serves, and now and then ends or calls again."""

    async def turn(self) -> None:
        await _work_a_counter(self, lambda verb: self.press(self.board.action(verb)))


class Machine(AtBoard):
    """Gives tickets, and says what became of the slips."""

    async def turn(self) -> None:
        told = await self.press(self.board.take(self.chance.choice(SERVICES)))
        if told.number:
            await self.press(self.board.printed(told.number))


class SoftCounter(AtProgram):
    def __init__(self, seed: str, hall: str, counter: str, program: Program) -> None:
        super().__init__(seed, hall, program)
        self._counter = counter

    async def turn(self) -> None:
        await _work_a_counter(self, lambda verb: self.post(f"/counters/{self._counter}/{verb}", {}, verb))


class Reception(AtProgram):
    async def turn(self) -> None:
        await self.post("/tickets", {"service": self.chance.choice(SERVICES)}, "take")


async def _work_a_counter(person: Person, press: Callable[[Verb], Any]) -> None:
    """One ticket, from its call to its end; whatever the counter's state was before."""
    told = await press("call-next")
    if told.code == "counter-closed":
        await press("sign-on")
    elif told.code == "nobody-waiting":
        await asyncio.sleep(_NOBODY_S)
    else:
        if person.chance.random() < 0.2:
            await press("recall")
        await press("no-show" if person.chance.random() < 0.1 else "serve")
        if person.chance.random() < 0.3:
            await press("end")
