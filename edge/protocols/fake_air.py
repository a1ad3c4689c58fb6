"""The air of a hall that is not there: handhelds, and the radios that hear them, each as well as a test wants."""

import random
import threading
import time
from collections import deque
from typing import Protocol, TypeVar

from edge.protocols import ff68
from edge.protocols.fake_handhelds import Evaluator, Handheld, Keypad

_H = TypeVar("_H", bound=Handheld)
_USUAL_DBM = -60


class Radio(Protocol):
    """What the air knows of a base station."""

    def receive(self, frame: ff68.Frame, dbm: int) -> None: ...


class FakeAir:
    """`strength` tells how well a radio and a handheld hear each other; `loss` is the share of frames that get lost
    between any two. Radios overhear each other, unless they are `apart`.

    `said`: the newest frames of the radios, lost ones too, each with its radio.
    """

    def __init__(self, seed: int = 0) -> None:
        self.loss = 0.0
        self.apart = False
        self.said: deque[tuple[Radio, ff68.Frame]] = deque(maxlen=1000)
        self.lock = threading.RLock()
        self._strengths: dict[tuple[int, int], int | None] = {}
        self._radios: list[Radio] = []
        self._handhelds: dict[int, Handheld] = {}
        self._chance = random.Random(seed)  # noqa: S311 - weather, not a secret
        self._news = threading.Condition(self.lock)
        self._stopped = False
        self._thread: threading.Thread | None = None

    def keypad(self, address: int) -> Keypad:
        """The keypad of that address; switched on when first asked for."""
        return self._handheld(address, Keypad)

    def evaluator(self, address: int) -> Evaluator:
        return self._handheld(address, Evaluator)

    def strength(self, address: int, radio: Radio, dbm: int | None) -> None:
        """None: out of each other's reach. Not said: everybody hears everybody well."""
        with self.lock:
            self._strengths[address, id(radio)] = dbm

    # Told by the radios.

    def join(self, radio: Radio) -> None:
        with self.lock:
            self._radios.append(radio)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="air", daemon=True)
                self._thread.start()

    def leave(self, radio: Radio) -> None:
        """The last one closes the air."""
        with self.lock:
            self._radios.remove(radio)
            self._stopped = not self._radios
        if self._stopped and self._thread is not None:
            self.nudge()
            self._thread.join(5)

    def transmit(self, radio: Radio, frame: ff68.Frame, *, lost: bool = False) -> None:
        """A radio says `frame`; `lost`: no handheld hears it."""
        with self.lock:
            self.said.append((radio, frame))
            for other in self._radios:
                if other is not radio and not self.apart and not self._is_lost():
                    other.receive(frame, _USUAL_DBM)
            handheld = self._handhelds.get(frame.address)
            if handheld is None or handheld.mute or lost or self._dbm(frame.address, radio) is None or self._is_lost():
                return
            echo = handheld.hear(frame)
            if echo is not None:
                self._say(frame.address, echo)

    def send_due(self) -> None:
        """Presses and their repeats."""
        now = time.monotonic()
        with self.lock:
            for address, handheld in self._handhelds.items():
                frame = handheld.due(now)
                if frame is not None and not handheld.mute:
                    self._say(address, frame)

    def nudge(self) -> None:
        with self.lock:
            self._news.notify()

    def _handheld(self, address: int, kind: type[_H]) -> _H:
        with self.lock:
            found = self._handhelds.setdefault(address, kind(address, self.nudge))
        if not isinstance(found, kind):
            raise ValueError(f"handheld {address} is a {type(found).__name__.lower()}")
        return found

    def _say(self, address: int, frame: ff68.Frame) -> None:
        for radio in self._radios:
            dbm = self._dbm(address, radio)
            if dbm is not None and not self._is_lost():
                radio.receive(frame, dbm)

    def _dbm(self, address: int, radio: Radio) -> int | None:
        return self._strengths.get((address, id(radio)), _USUAL_DBM)

    def _is_lost(self) -> bool:
        return self.loss > 0 and self._chance.random() < self.loss

    def _run(self) -> None:
        """Sleeps until a key is pressed, or a repeat is due."""
        with self.lock:
            while not self._stopped:
                self.send_due()
                due = min((handheld.next_due() for handheld in self._handhelds.values()), default=float("inf"))
                patience_s = max(0.0, due - time.monotonic())
                self._news.wait(None if patience_s == float("inf") else patience_s)
