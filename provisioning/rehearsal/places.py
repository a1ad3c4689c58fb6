"""The hall as people meet it: ticket machines, counters with keypad, window display and evaluators."""

import asyncio
import itertools
import re
import time
from collections.abc import Callable
from typing import Any

from edge.runtime.lives import Lives
from edge.ticket_printer.events import PanelState
from edge.ticket_printer.fake_reader import FakeCard
from edge.ticket_printer.mind import words
from halls.format import Counter, Hall, Position

_NUMBER = re.compile(r"[VY]?[A-Z]{1,2}\d{2,4}\Z")
_TOLD = re.compile(r"Y[A-Z]\d{3,4}")  # in what the page says to who has checked in before
_SAME_WISH_S = 1.1  # two taps on a service within a second are one wish to the machine
_people = itertools.count()  # each with a card of their own
_AGAIN_S = 6.0  # who sees nothing happen taps again; the machine itself needs 3 s to know that the hub is silent


class Machine:
    """A ticket machine: one citizen at a time in front of it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, position: Position, agent: Lives) -> None:
        self.position = position
        self.free = asyncio.Lock()
        self.taps = 0
        self.slips: list[str] = []
        self._loop = loop
        self._driver: Any = None
        self._next: asyncio.Future[str] | None = None
        self._last_tap = ("", 0.0)  # service, when
        self._said = 0  # the page's count of words
        self._words: asyncio.Future[str] | None = None
        agent.attach(self._attach)

    def _attach(self, driver: Any) -> None:
        self._driver = driver
        driver.printer.on_slip = self._cut
        driver.on_panel = self._look

    async def take(self, letter: str, patience_s: float, more: tuple[str, ...] = (), priority: str = "") -> str | None:
        """Tap a service, again when nothing comes of it, and wait for the slip: its number, or None when none came."""
        slip = self._next = self._loop.create_future()
        last, when = self._last_tap
        if letter == last:
            await asyncio.sleep(when + _SAME_WISH_S - self._loop.time())
        deadline = self._loop.time() + patience_s
        while not slip.done() and self._loop.time() < deadline:
            self.taps += 1
            self._last_tap = letter, self._loop.time()
            if more or priority:  # more than a button can say
                self._driver.choose(letter, more=more, priority=priority)
            else:
                self._driver.press(letter)
            await asyncio.wait([slip], timeout=_AGAIN_S)
        return slip.result() if slip.done() else None

    async def scan(self, code: str, patience_s: float) -> tuple[str | None, str]:
        """Hold a code before the scanner, again when nothing comes of it: the number, or None and what the page said.

        Who is told that they have a number already takes that.
        """
        slip = self._next = self._loop.create_future()
        deadline, said = self._loop.time() + patience_s, ""
        while self._loop.time() < deadline:
            told = self._words = self._loop.create_future()
            self.taps += 1
            self._driver.scanner.scan(code)
            await asyncio.wait([slip, told], timeout=_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)
            if slip.done():
                return slip.result(), ""
            if told.done():
                said = told.result()
                if number := _TOLD.search(said):
                    return number[0], said
                if said != words.NO_CHECK_IN:
                    break
                await asyncio.sleep(_SAME_WISH_S)
        return None, said

    def _tell(self, said: str) -> None:
        if self._words is not None and not self._words.done():
            self._words.set_result(said)

    def _look(self, panel: PanelState) -> None:
        """On the agent's thread: put one's card on the reader when asked, and take it away again."""
        if panel.said != self._said:
            self._said = panel.said
            if panel.words and panel.doing == "idle":
                self._loop.call_soon_threadsafe(self._tell, panel.words)
        reader = self._driver.reader
        if panel.doing == "card":
            reader.put(FakeCard.of(next(_people)))
        else:
            reader.lift()

    def _cut(self, slip: Any) -> None:
        """On the printer's thread. The record itself is let go: a day of slips would fill the memory."""
        number = slip.number
        self._loop.call_soon_threadsafe(self._dropped, number)

    def _dropped(self, number: str) -> None:
        self.slips.append(number)
        self._driver.printer.slips.clear()
        if self._next is not None and not self._next.done():
            self._next.set_result(number)


class Window:
    """A window display: `text` is what can be read on it; `watch` is told of every new text and when it appeared."""

    def __init__(self, loop: asyncio.AbstractEventLoop, agent: Lives, watch: Callable[[str], None]) -> None:
        self.text = ""
        self.since = 0.0
        self._loop, self._watch = loop, watch
        self._driver: Any = None
        self._seen = ""
        self._waiters: list[asyncio.Future[None]] = []
        agent.attach(self._attach)

    def _attach(self, driver: Any) -> None:
        self._driver = driver
        driver.on_frame = self._latched

    @property
    def number(self) -> str:
        return self.text if _NUMBER.match(self.text) else ""

    async def until(self, wanted: Callable[[str], bool], patience_s: float) -> bool:
        """Whether the text became what is wanted in time."""
        deadline = self._loop.time() + patience_s
        while not wanted(self.text):
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            try:
                await asyncio.wait_for(waiter, deadline - self._loop.time())
            except TimeoutError:
                return wanted(self.text)
        return True

    def _latched(self) -> None:
        """On the agent's thread, after the chips latched a frame; blinking shows the same text again."""
        at, text = time.perf_counter(), self._driver.shown
        if text != self._seen:
            self._seen = text
            self._loop.call_soon_threadsafe(self._see, text, at)

    def _see(self, text: str, at: float) -> None:
        self.text, self.since = text, at
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()
        self._watch(text)


class Keypad:
    """A caller, wired or wireless, under a clerk's fingers."""

    def __init__(self, agent: Lives | None, handheld: Any = None) -> None:
        self._agent, self._handheld = agent, handheld

    @property
    def wired(self) -> bool:
        return self._agent is not None

    @property
    def display(self) -> str:
        return str(self._agent.driver.display) if self._agent is not None else ""  # type: ignore[attr-defined]

    def press(self, *keys: str) -> None:
        """Blocks for the time that a finger takes: call it in a thread. Every repeater in reach hears a handheld."""
        if self._agent is not None:
            self._agent.driver.press(*keys)  # type: ignore[attr-defined]
        else:
            self._handheld.press(keys[-1])


class Evaluator:
    """`levels`: the keys that it has."""

    def __init__(self, agent: Lives | None, handheld: Any = None) -> None:
        self._agent, self._handheld = agent, handheld
        self.levels = (5, 4, 3, 2, 1) if agent is not None else (5, 4, 2)

    @property
    def asking(self) -> bool:
        if self._agent is not None:
            return len(self._agent.driver.lamps.lit) > 1  # type: ignore[attr-defined]
        return bool(self._handheld.asking)

    @property
    def ticket(self) -> str:
        """Which ticket the device asks for, as far as it can be told: for the books, a citizen does not see it."""
        asking = getattr(self._agent.state, "asking", None) if self._agent is not None else None
        return "" if asking is None else str(asking.ask.number)

    def press(self, level: int) -> Callable[[], bool]:
        """Blocks for a finger's time. The answer tells, later, whether the device took the rating."""
        if self._agent is not None:
            driver: Any = self._agent.driver
            driver.press(level)
            return lambda: level in driver.lamps.blinking
        sent = self._handheld.rate(level)
        return lambda: bool(sent.acked)


class Booth:
    """A counter and who stands before it."""

    def __init__(self, about: Counter, keypads: list[Keypad], evaluators: list[Evaluator]) -> None:
        self.about = about
        self.keypads, self.evaluators = keypads, evaluators
        self.window: Window | None = None
        self.arrived: asyncio.Event = asyncio.Event()
        self.left: asyncio.Event = asyncio.Event()
        self.standing = ""  # the number of who stands here
        self.again = False  # who leaves is to come again: sent elsewhere, or to fetch something


class Places:
    """Everything in the hall, by what it is for. `summons`: number → the counter whose window calls it."""

    def __init__(self, hall: Hall, agents: dict[str, Lives]) -> None:
        loop = asyncio.get_running_loop()
        self.hall = hall
        self.summons: dict[str, asyncio.Future[Booth]] = {}
        self.machines = [
            Machine(loop, position, agents[position.id])
            for position in hall.position
            if position.kind in ("ticket-machine", "guide-terminal") and position.series
        ]
        self.counters = [self._counter(loop, counter, agents) for counter in hall.counter]

    def _counter(self, loop: asyncio.AbstractEventLoop, about: Counter, agents: dict[str, Lives]) -> Booth:
        here = [position for position in self.hall.position if position.counter == about.id]
        windows = [position for position in here if position.kind == "window-card"]
        counter = Booth(
            about,
            [Keypad(*_reach(position, agents)) for position in here if position.kind == "caller"],
            [Evaluator(*_reach(position, agents)) for position in here if position.kind == "evaluator"],
        )
        if windows:
            counter.window = Window(loop, agents[windows[0].id], lambda text: self._called(text, counter))
        return counter

    def _called(self, text: str, counter: Booth) -> None:
        waiting = self.summons.get(text)
        if waiting is not None and not waiting.done():
            waiting.set_result(counter)


def _reach(position: Position, agents: dict[str, Lives]) -> tuple[Lives | None, Any]:
    """The device's own agent, or the handheld in the air of the repeaters that hear it."""
    if position.wireless is None:
        return agents[position.id], None
    air = agents[position.wireless.repeaters[0]].driver.radio.air  # type: ignore[attr-defined]
    switch_on = air.keypad if position.kind == "caller" else air.evaluator
    return None, switch_on(position.wireless.address, position.id)
