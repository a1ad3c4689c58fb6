"""Counters at work: a keypad and an LED window each, with a connection of their own; machines that give tickets."""

import asyncio
import time
from collections import deque

from benchmarks.load.board import Board
from benchmarks.load.hall import SERVICES, counter_id
from benchmarks.load.site import Site
from wire.messages import DeviceView, Verb, WindowView

_SHOWN_S = 30.0
_AT_ONCE = 50  # wishes of a machine that fills the hall


class Counter:
    """Presses in turn what a clerk presses: call next, serve, call next, serve …"""

    def __init__(self, keypad: str, window: str) -> None:
        self.keypad = Board(keypad)
        self.window = Board(window, self._shown)
        self._wanted = ""
        self._seen: asyncio.Future[float] | None = None
        self._serves = False

    def next_press(self) -> tuple[Verb, str]:
        """(the key, the phase that the window then shows)."""
        self._serves = not self._serves
        return ("call-next", "called") if self._serves else ("serve", "serving")

    async def press_s(self) -> float:
        """From the key to the window's view, seconds."""
        verb, phase = self.next_press()
        self._wanted, self._seen = phase, asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        answer = self.keypad.send(self.keypad.action(verb))
        async with asyncio.timeout(_SHOWN_S):
            seen = await self._seen
            reply = await answer
        if not reply.ok:
            raise RuntimeError(f"{verb} was refused: {reply.code}")
        return seen - started

    async def answered_s(self) -> float:
        """From the key to the keypad's answer, seconds."""
        started = time.perf_counter()
        verb, _ = self.next_press()
        async with asyncio.timeout(_SHOWN_S):
            reply = await self.keypad.send(self.keypad.action(verb))
        if not reply.ok:
            raise RuntimeError(f"{verb} was refused: {reply.code}")
        return time.perf_counter() - started

    def _shown(self, view: DeviceView) -> None:
        if self._seen is None or self._seen.done():
            return
        if isinstance(view, WindowView) and view.phase == self._wanted:
            self._seen.set_result(time.perf_counter())


class Floor:
    """All counters of a site, connected and signed on, with a machine that keeps people waiting."""

    def __init__(self, site: Site, counters: int) -> None:
        self._site = site
        ids = [counter_id(n) for n in range(counters)]
        self._devices = site.enrol([*(f"caller-{one}" for one in ids), *(f"window-{one}" for one in ids), "machine-1"])
        named = {position: device.name for position, device in self._devices.items()}
        self.counters = [Counter(named[f"caller-{one}"], named[f"window-{one}"]) for one in ids]
        self.machine = Board(named["machine-1"])
        self._turns = deque(self.counters)

    async def open(self) -> None:
        by_name = {device.name: device for device in self._devices.values()}
        boards = [self.machine, *(board for one in self.counters for board in (one.keypad, one.window))]
        for start in range(0, len(boards), _AT_ONCE):
            some = boards[start : start + _AT_ONCE]
            tls = [self._site.device_tls(by_name[board.name]) for board in some]
            await asyncio.gather(*(b.connect(self._site.broker_port, t) for b, t in zip(some, tls, strict=True)))
        for one in self.counters:
            reply = await one.keypad.ask(one.keypad.action("sign-on"))
            if not reply.ok:
                raise RuntimeError(f"sign-on was refused: {reply.code}")

    async def close(self) -> None:
        for one in self.counters:
            await one.keypad.close()
            await one.window.close()
        await self.machine.close()

    async def fill(self, tickets: int) -> None:
        """So many more people wait, their slips printed."""
        for start in range(0, tickets, _AT_ONCE):
            some = range(start, min(start + _AT_ONCE, tickets))
            await asyncio.gather(*(self._take(SERVICES[n % len(SERVICES)]) for n in some))

    async def _take(self, service: str) -> None:
        reply = await self.machine.ask(self.machine.take(service))
        if reply.slip is None:
            raise RuntimeError(f"no ticket was given: {reply.code}")
        await self.machine.ask(self.machine.printed(reply.slip.number))

    def next(self) -> Counter:
        """One counter after another."""
        self._turns.rotate(-1)
        return self._turns[-1]
