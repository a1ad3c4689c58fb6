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
    """`strength` tells how well a radio and a handheld hear each other, `usual_dbm` how where nothing was told; None is
    out of reach. `loss` is the share of frames that get lost between any two. Radios overhear each other about the
    handhelds in the reach of both.

    `said`: the newest frames of the radios, lost ones too, each with its radio. Far from each other, two handhelds may
    have one address: then each has a `name`.
    """

    def __init__(self, seed: int = 0, usual_dbm: int | None = _USUAL_DBM) -> None:
        self.loss = 0.0
        self.said: deque[tuple[Radio, ff68.Frame]] = deque(maxlen=1000)
        self.lock = threading.RLock()
        self._usual_dbm = usual_dbm
        self._strengths: dict[tuple[int, str, int], int | None] = {}
        self._radios: list[Radio] = []
        self._handhelds: dict[tuple[int, str], Handheld] = {}
        self._chance = random.Random(seed)  # noqa: S311 - weather, not a secret
        self._news = threading.Condition(self.lock)
        self._stopped = False
        self._thread: threading.Thread | None = None

    def keypad(self, address: int, name: str = "") -> Keypad:
        """The keypad of that address; switched on when first asked for."""
        return self._handheld(address, name, Keypad)

    def evaluator(self, address: int, name: str = "") -> Evaluator:
        return self._handheld(address, name, Evaluator)

    def strength(self, address: int, radio: Radio, dbm: int | None, name: str = "") -> None:
        with self.lock:
            self._strengths[address, name, id(radio)] = dbm

    # Told by the radios.

    def join(self, radio: Radio) -> None:
        with self.lock:
            self._radios.append(radio)
            if self._thread is None or self._stopped:
                self._stopped = False
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
            for (address, name), handheld in tuple(self._handhelds.items()):
                if address != frame.address or self._dbm(address, name, radio) is None:
                    continue
                self._say(address, name, frame, but=radio)
                if not (handheld.mute or lost or self._is_lost()) and (echo := handheld.hear(frame)) is not None:
                    self._say(address, name, echo)

    def send_due(self) -> None:
        """Presses and their repeats."""
        now = time.monotonic()
        with self.lock:
            for (address, name), handheld in self._handhelds.items():
                frame = handheld.due(now)
                if frame is not None and not handheld.mute:
                    self._say(address, name, frame)

    def nudge(self) -> None:
        with self.lock:
            self._news.notify()

    def _handheld(self, address: int, name: str, kind: type[_H]) -> _H:
        with self.lock:
            found = self._handhelds.setdefault((address, name), kind(address, self.nudge))
        if not isinstance(found, kind):
            raise ValueError(f"handheld {address} is a {type(found).__name__.lower()}")
        return found

    def _say(self, address: int, name: str, frame: ff68.Frame, but: Radio | None = None) -> None:
        """To every radio in whose reach the handheld is."""
        for radio in self._radios:
            dbm = self._dbm(address, name, radio)
            if radio is not but and dbm is not None and not self._is_lost():
                radio.receive(frame, dbm)

    def _dbm(self, address: int, name: str, radio: Radio) -> int | None:
        return self._strengths.get((address, name, id(radio)), self._usual_dbm)

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
