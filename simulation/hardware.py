"""The drivers of simulated devices: keys that people press, lamps and displays that they look at, paper that comes out.

What a printer or a screen is survives its agent; a driver lives as long as its agent's process.
"""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec

from edge.caller import events as caller
from edge.caller.face import Display
from edge.evaluator import events as evaluator
from edge.led_window import scene as window
from edge.runtime.device import Effect, Emit
from edge.signage_player.logic import ShowBoard
from edge.ticket_printer.events import (
    ButtonMoved,
    Memory,
    PrintEnded,
    Printer,
    PrinterChanged,
    PrinterState,
    PrintSlip,
    Remember,
    Remembered,
    Restored,
)
from simulation.disk import SimulatedDisk
from simulation.loop import Process
from wire.base import Fact
from wire.messages import PrintOutcome, Slip

Condition: TypeAlias = Literal["ready", "paper out", "mute", "unplugged"]
_HELD_S, _BOUNCE_S = 0.12, 0.004
_SLIP_S, _SAVE_S, _NOTICE_S = (0.4, 1.5), (0.01, 0.1), (0.2, 5.0)
_SERIES = Path("series.json")


class Hardware:
    """What all drivers have; `process` is the agent's."""

    def __init__(self, process: Process, chance: random.Random) -> None:
        self._process, self._chance = process, chance
        self._emit: Emit = lambda _: None

    def start(self, emit: Emit) -> None:
        self._emit = emit

    def perform(self, effect: Effect) -> None: ...

    def health(self) -> dict[str, Fact]:
        return {}

    def stop(self) -> None: ...


class Keypad(Hardware):
    """`display`: what the clerk sees."""

    display = ""

    def press(self, *keys: str) -> None:
        """One after another."""
        for count, key in enumerate(keys):
            self._process.later(0.3 * count, self._down, key)
            self._process.later(0.3 * count + _HELD_S, self._up, key)

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, Display):
            self.display = effect.text

    def _down(self, key: str) -> None:
        self._emit(lambda at: caller.KeyDown(at=at, key=key))

    def _up(self, key: str) -> None:
        self._emit(lambda at: caller.KeyUp(at=at, key=key))


class Rater(Hardware):
    """`lamps`: what the citizen sees. `on_thanks(level)` when one blinks for a rating."""

    lamps = evaluator.Lamps()

    def __init__(self, process: Process, chance: random.Random, on_thanks: Callable[[int], None]) -> None:
        super().__init__(process, chance)
        self._on_thanks = on_thanks

    def press(self, level: int) -> None:
        self._emit(lambda at: evaluator.KeyDown(at=at, level=level))
        self._process.later(_HELD_S, self._emit, lambda at: evaluator.KeyUp(at=at, level=level))

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, evaluator.Lamps):
            self.lamps = effect
            for level in effect.blinking:
                self._on_thanks(level)


class Window(Hardware):
    """`text`: what stands there. `on_number(text)` when that changes to a ticket's number."""

    text = ""

    def __init__(self, process: Process, chance: random.Random, on_number: Callable[[str], None]) -> None:
        super().__init__(process, chance)
        self._on_number = on_number

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, window.Show) and effect.text != self.text:
            self.text = effect.text
            if effect.large:
                self._on_number(effect.text)


class Screen(Hardware):
    shown = ShowBoard()

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, ShowBoard):
            self.shown = effect


class Paper:
    """A machine's printer, through all starts of its agent. `on_slip(slip)`: it is in somebody's hand."""

    def __init__(self, chance: random.Random, on_slip: Callable[[Slip], None]) -> None:
        self._chance, self._on_slip = chance, on_slip
        self.condition: Condition = "ready"
        self.under_way: Slip | None = None

    def power_cut(self) -> None:
        """In the middle of a slip: it is out, or never will be."""
        slip, self.under_way = self.under_way, None
        if slip is not None and self.condition == "ready" and self._chance.random() < 0.5:
            self._on_slip(slip)

    def end(self) -> tuple[PrintOutcome, str]:
        """What becomes of the slip, and what the printer says of it."""
        slip, self.under_way = self.under_way, None
        if self.condition in ("paper out", "unplugged"):
            return "failed", self.condition
        if slip is not None and (self.condition == "ready" or self._chance.random() < 0.7):
            self._on_slip(slip)
        return ("printed", "") if self.condition == "ready" else ("unknown", "mute")


class Machine(Hardware):
    """A ticket machine's buttons, and the thread that prints and saves. `on_print(slip, outcome)` when one ended."""

    def __init__(
        self,
        process: Process,
        chance: random.Random,
        disk: SimulatedDisk,
        paper: Paper,
        on_print: Callable[[Slip, PrintOutcome], None],
    ) -> None:
        super().__init__(process, chance)
        self._disk, self._paper, self._on_print = disk, paper, on_print
        self._state: PrinterState = "starting"

    def start(self, emit: Emit) -> None:
        super().start(emit)
        saved = self._disk.read(_SERIES)
        memory = msgspec.json.decode(saved, type=Memory) if saved else Memory()
        emit(lambda at: Restored(at=at, memory=memory))
        self._look()

    def press(self, letter: str) -> None:
        """A finger; the contact bounces."""
        for delay_s, down in ((0.0, True), (_BOUNCE_S, False), (2 * _BOUNCE_S, True), (_HELD_S, False)):
            self._process.later(delay_s, self._moved, letter, down)

    def _moved(self, letter: str, down: bool) -> None:
        self._emit(lambda at: ButtonMoved(at=at, letter=letter, down=down))

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, PrintSlip):
            self._paper.under_way = effect.slip
            self._process.later(self._chance.uniform(*_SLIP_S), self._printed, effect.slip)
        elif isinstance(effect, Remember):
            self._process.later(self._chance.uniform(*_SAVE_S), self._save, effect.memory)

    def _printed(self, slip: Slip) -> None:
        outcome, reason = self._paper.end()
        self._on_print(slip, outcome)
        self._emit(lambda at: PrintEnded(at=at, number=slip.number, outcome=outcome, reason=reason))

    def _save(self, memory: Memory) -> None:
        try:
            self._disk.write_whole(_SERIES, msgspec.json.encode(memory))
            ok, reason = True, ""
        except OSError as error:
            ok, reason = False, str(error)
        self._emit(lambda at: Remembered(at=at, memory=memory, ok=ok, reason=reason))

    def _look(self) -> None:
        """Ask the printer how it is, again and again."""
        state: PrinterState = self._paper.condition
        if state != self._state:
            self._state = state
            self._emit(lambda at: PrinterChanged(at=at, printer=Printer(state)))
        self._process.later(self._chance.uniform(*_NOTICE_S), self._look)


AnyHardware: TypeAlias = Any
"""Keypad | Rater | Window | Screen | Machine: which one, follows from the device's class."""
