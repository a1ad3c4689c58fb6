"""One run: people at work, faults in an order that the seed gives, and the account at the end."""

import asyncio
import random
import time
from collections import Counter as Tally
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from benchmarks.crash import faults
from benchmarks.crash.audit import audit, logged
from benchmarks.crash.people import AtBoard, AtProgram, Keypad, Machine, Person, Reception, SoftCounter, Told
from benchmarks.load.board import Board
from benchmarks.load.hall import counter_id, write_hall
from benchmarks.load.program import Program
from benchmarks.load.site import Site

Fault: TypeAlias = Literal["kill", "broker", "disk", "lock", "long lock"]

_KEYPADS, _SOFT_COUNTERS, _MACHINES, _RECEPTIONS = 5, 3, 3, 2
_BETWEEN = (20, 80)  # answers between two faults
_ANSWERED_S, _DONE_S = 90.0, 120.0
_LOCK_S, _LONG_LOCK_S = 2.0, 17.0  # the log waits for a lock for 15
_ASKED_AGAIN = 20  # every so many-th wish


class Crash(msgspec.Struct, frozen=True):
    """What was done to the hub, what people did, and what is wrong (`violations`: nothing)."""

    seed: int
    faults: dict[str, int]
    disk: str
    wishes: int
    tickets_held: int
    repeats: int
    told_not_now: int
    asked_again: int
    events: int
    seconds: float
    violations: list[str]


def plan(kills: int, seed: int) -> list[Fault]:
    """So many kills; for each ten of them the broker goes, for each 25 the disk and the lock; in any order."""
    order: list[Fault] = [*["kill"] * kills, *["broker"] * max(1, kills // 10)]  # type: ignore[list-item]
    order += [*["disk"] * max(1, kills // 25), *["lock"] * max(1, kills // 25)]  # type: ignore[list-item]
    order += ["long lock"] if kills >= 25 else []
    random.Random(seed).shuffle(order)  # noqa: S311
    return order


class Run:
    """`tell(line)`: how far it is."""

    def __init__(self, directory: Path, seed: int, order: list[Fault], own_disk: bool, tell: Callable[[str], None]):
        self._seed, self._order, self._own_disk, self._tell = seed, order, own_disk, tell
        hall_file = directory / "hall.toml"
        counters = _KEYPADS + _SOFT_COUNTERS
        hall = write_hall(hall_file, counters, _MACHINES)
        self.site = Site(directory, hall_file, hall, data=directory / "disk" / "hub")
        positions = [f"caller-{counter_id(n)}" for n in range(_KEYPADS)]
        self._devices = self.site.enrol([*positions, *(f"machine-{n + 1}" for n in range(_MACHINES))])
        self._database = self.site.data / "hub.db"
        self._people: list[Person] = []
        self._violations: list[str] = []
        self._chance = random.Random(seed)  # noqa: S311

    async def run(self) -> Crash:
        started, enough = time.monotonic(), asyncio.Event()
        self._people = await self._gathered()
        working = [asyncio.create_task(person.work(enough)) for person in self._people]
        try:
            for n, fault in enumerate(self._order, 1):
                await self._some_more()
                self._tell(f"{n}/{len(self._order)} {fault}: {self._answers} answers so far")
                await self._happens(fault)
            await self._some_more()
        finally:
            enough.set()
            done, left = await asyncio.wait(working, timeout=_DONE_S)
        self._violations += [f"{len(left)} were never answered"] if left else []
        self._violations += [f"somebody could not go on: {task.exception()!r}" for task in done if task.exception()]
        asked_again = await self._ask_again()
        await self._look_up()
        await self._leave()
        self.site.hubs[0].kill()
        return self._account(asked_again, time.monotonic() - started)

    async def _gathered(self) -> list[Person]:
        """Everybody at their place, with a connection of their own."""
        people: list[Person] = []
        for position, device in self._devices.items():
            board = Board(device.name)
            await board.connect(self.site.broker_port, self.site.device_tls(device))
            kind = Keypad if position.startswith("caller") else Machine
            people.append(kind(f"{self._seed} {position}", board))
        who, secret = self.site.token("crash")
        http, hall = self.site.hubs[0].http, self.site.name
        for n in range(_KEYPADS, _KEYPADS + _SOFT_COUNTERS):
            people.append(SoftCounter(f"{self._seed} soft {n}", hall, counter_id(n), Program(http, who, secret)))
        for n in range(_RECEPTIONS):
            people.append(Reception(f"{self._seed} reception {n}", hall, Program(http, who, secret)))
        return people

    @property
    def told(self) -> list[Told]:
        """Everything that anybody was told."""
        return [one for person in self._people for one in person.told]

    @property
    def _answers(self) -> int:
        return sum(len(person.told) for person in self._people)

    def _not_now(self) -> int:
        return sum(_tool(person).told_not_now for person in self._people)

    async def _some_more(self) -> None:
        """Some more answers, and then a moment between two of them."""
        aim, deadline = self._answers + self._chance.randint(*_BETWEEN), time.monotonic() + _ANSWERED_S
        while self._answers < aim:
            if time.monotonic() > deadline:
                raise TimeoutError(f"in {_ANSWERED_S:g} s nobody was answered any more; see {self.site.hubs[0].log}")
            await asyncio.sleep(0.005)
        await asyncio.sleep(self._chance.uniform(0, 0.03))

    async def _happens(self, fault: Fault) -> None:
        hub, site = self.site.hubs[0], self.site
        if not hub.runs:
            self._violations.append("the hub ended by itself")
            await asyncio.to_thread(hub.start)
        happens: dict[Fault, Callable[[], Awaitable[None]]] = {
            "kill": lambda: asyncio.to_thread(faults.kill_hub, hub),
            "broker": lambda: asyncio.to_thread(faults.restart_broker, site, self._chance.uniform(0, 1)),
            "disk": lambda: self._held(faults.full_disk(site, self._own_disk), 1.0, "disk full"),
            "lock": lambda: self._held(faults.locked_database(site), _LOCK_S),
            "long lock": lambda: self._held(faults.locked_database(site), _LONG_LOCK_S, "database locked"),
        }
        await happens[fault]()

    async def _held(self, fault: AbstractContextManager[None], seconds: float, noticed_as: str = "") -> None:
        def hold() -> None:
            with fault:
                time.sleep(seconds)
                if noticed_as:
                    faults.until_noticed(noticed_as, self._not_now, 3)

        try:
            await asyncio.to_thread(hold)
        except faults.NotNoticedError as error:
            self._violations.append(str(error))

    async def _ask_again(self) -> int:
        """The same wish again, long after: it still has the answer that it had."""
        count = 0
        for person in self._people:
            for n in range(0, len(person.told), _ASKED_AGAIN):
                before, now = person.told[n], await person.again(n)
                if _meaning(now) != _meaning(before):
                    self._violations.append(f"asked again, {before.command} is {now}, and was {before}")
                count += 1
        return count

    async def _look_up(self) -> None:
        """Every ticket that a citizen holds is known at the counter, by its number."""
        reception = next(person for person in self._people if isinstance(person, Reception))
        for number in self._held_numbers():
            found = await reception.program.get(f"/halls/{self.site.name}/tickets/{number}")
            if found.status != 200:
                self._violations.append(f"{number} is unknown at the counter: {found.status}")

    async def _leave(self) -> None:
        for person in self._people:
            if isinstance(person, AtBoard):
                await person.board.close()
            elif isinstance(person, AtProgram):
                person.program.close()

    def _held_numbers(self) -> list[str]:
        return [one.number for one in self.told if one.number]

    def _account(self, asked_again: int, seconds: float) -> Crash:
        told = self.told
        return Crash(
            seed=self._seed,
            faults=dict(Tally(self._order)),
            disk="a small disk of its own" if self._own_disk else "no file may grow (RLIMIT_FSIZE)",
            wishes=len(told),
            tickets_held=len(self._held_numbers()),
            repeats=sum(_tool(person).repeats for person in self._people),
            told_not_now=self._not_now(),
            asked_again=asked_again,
            events=logged(self._database),
            seconds=round(seconds, 1),
            violations=[*self._violations, *audit(self.site.hall, self._database, told)],
        )


def _tool(person: Person) -> Any:
    return person.board if isinstance(person, AtBoard) else person.program  # type: ignore[attr-defined]


def _meaning(told: Told) -> tuple[object, ...]:
    return told.ok, told.code, told.number, told.events
