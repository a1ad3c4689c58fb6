"""Wireless keypads and evaluators as on the market, simulated: they wait for an answer, and repeat when none comes."""

import threading
from collections import deque
from collections.abc import Callable

import msgspec

from edge.protocols import ff68, ff68_keys
from wire.messages import Verb

_REPEAT_S = 0.2
_TRIES_MAX = 4  # once, and three repeats

_KEYS: dict[Verb, bytes] = {verb: keys for keys, verb in ff68_keys.VERBS.items()} | {"resume": b"\x12"}
_LEVEL_KEYS = {level: key for key, level in ff68_keys.LEVELS.items()}


class Display(msgspec.Struct, frozen=True):
    """A keypad's digits as shown, blanks as spaces; `beeps` since it was switched on."""

    waiting: str = "   "
    number: str = "   "
    beeps: int = 0


class Transmission:
    """One press on its way. `answer`: "" while it waits, then "ack", "beep" or "none"."""

    def __init__(self, frame: ff68.Frame) -> None:
        self.frame = frame
        self.tries = 0
        self.answer = ""
        self._answered = threading.Event()

    @property
    def acked(self) -> bool:
        return self.answer == "ack"

    def wait(self, timeout_s: float = 30.0) -> bool:
        """Whether it was acknowledged, as soon as that is known."""
        self._answered.wait(timeout_s)
        return self.acked

    def finish(self, answer: str) -> None:
        self.answer = answer
        self._answered.set()


class Handheld:
    """What both kinds do on the air. All but `send` runs on the radio's thread, under its lock."""

    def __init__(self, address: int, wake: Callable[[], None]) -> None:
        self.address = address
        self.mute = False  # its battery is out: neither hears nor answers
        self.beeps = 0
        self._wake = wake
        self._queue: deque[Transmission] = deque()  # the first is on the air
        self._again_at = 0.0

    def send(self, command: int, data: bytes) -> Transmission:
        transmission = Transmission(ff68.Frame(self.address, command, data))
        self._queue.append(transmission)
        self._wake()
        return transmission

    def due(self, now: float) -> ff68.Frame | None:
        """The frame to send now, if there is one."""
        if self._queue and self._queue[0].tries >= _TRIES_MAX and now >= self._again_at:
            self._finish("none")
        if not self._queue or (self._queue[0].tries and now < self._again_at):
            return None
        self._queue[0].tries += 1
        self._again_at = now + _REPEAT_S
        return self._queue[0].frame

    def next_due(self) -> float:
        if not self._queue:
            return float("inf")
        return self._again_at if self._queue[0].tries else 0.0

    def hear(self, frame: ff68.Frame) -> ff68.Frame | None:
        """Take a frame of the host's; returns its echo, unless it is the answer to one of ours."""
        if self._queue and frame == ff68_keys.acknowledgement(self._queue[0].frame):
            self._finish("ack")
            return None
        if frame.command == ff68_keys.BEEP:
            self.beeps += 1
            if self._queue:
                self._finish("beep")
            return frame
        return frame if self.show(frame) else None

    def show(self, frame: ff68.Frame) -> bool:
        """Whether it is a frame for this kind of handheld."""
        raise NotImplementedError

    def _finish(self, answer: str) -> None:
        self._queue.popleft().finish(answer)


class Keypad(Handheld):
    """21 keys and six digits."""

    _digits = "      "

    @property
    def display(self) -> Display:
        return Display(self._digits[:3], self._digits[3:], self.beeps)

    def press(self, key: Verb, digits: str = "") -> Transmission:
        """`digits` are typed first: the counter for "transfer", the work number for "sign-on"."""
        typed = bytes(map(int, digits))
        if key == "transfer":
            return self.send(ff68_keys.KEY, typed + bytes((ff68_keys.TRANSFER,)))
        if key == "sign-on":
            return self.send(ff68_keys.KEY, typed + bytes((ff68_keys.OK,)))
        if key not in _KEYS:
            raise ValueError(f"no key for {key!r}; there are: transfer, sign-on, {', '.join(_KEYS)}")
        return self.send(ff68_keys.KEY, _KEYS[key])

    def show(self, frame: ff68.Frame) -> bool:
        if frame.command != ff68_keys.SHOW or len(frame.data) != 6:
            return False
        self._digits = "".join(" " if digit == ff68_keys.BLANK else str(digit) for digit in frame.data)
        return True


class Evaluator(Handheld):
    """Four keys and star lamps. `asking`: it was told to ask, and nobody has pressed since."""

    asking = False
    stars = 0

    def rate(self, level: int) -> Transmission:
        """Raises ValueError for a level that the four keys lack."""
        if level not in _LEVEL_KEYS:
            raise ValueError(f"a 4-key evaluator has no level {level}; it has {', '.join(map(str, _LEVEL_KEYS))}")
        self.asking = False
        return self.send(ff68_keys.RATING, bytes((_LEVEL_KEYS[level],)))

    def show(self, frame: ff68.Frame) -> bool:
        if frame.command == ff68_keys.SHOW and len(frame.data) == 1:
            self.asking, self.stars = False, frame.data[0]
            return True
        if frame == ff68_keys.start_rating(self.address):
            self.asking = True
            return True
        return False
