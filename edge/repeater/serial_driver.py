"""The radio module or RS-485 base station on a serial port: bytes to frames, and back."""

import time
from collections import deque
from collections.abc import Callable

from edge.protocols import ff68
from edge.repeater.events import Heard, PortChanged, Transmit
from edge.repeater.reception import Reception
from edge.repeater.settings import Settings
from edge.runtime.device import Effect, Emit
from edge.runtime.serial_line import SerialLine
from wire.base import Fact

_OWN_S = 1.0  # our own frame comes back sooner, or not at all


class SerialDriver:
    def __init__(self, settings: Settings) -> None:
        self._local_echo = settings.local_echo
        self._emit: Emit = lambda _: None
        self._reception = Reception(settings.rssi)
        self._own: deque[tuple[float, ff68.Frame]] = deque(maxlen=256)  # sent, and not come back yet
        self._line = SerialLine(
            settings.port,
            settings.baud,
            self._hear,
            self._changed,
            flow="rs485" if settings.direction == "rts" else "none",
            pause_s=settings.turnaround_s,
        )

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._line.start()

    def perform(self, effect: Effect) -> None:
        match effect:
            case Transmit(frame=frame, urgent=urgent):
                if self._local_echo:
                    self._own.append((time.monotonic(), frame))
                self._line.send(ff68.encode(frame), urgent=urgent)

    def health(self) -> dict[str, Fact]:
        heard = self._reception
        return {**self._line.health(), "bytes_dropped": heard.bytes_dropped, "frames_bad": heard.frames_bad}

    def stop(self) -> None:
        self._line.stop()

    # The line's reading thread.

    def _hear(self, data: bytes) -> bool:
        for frame, rssi_dbm in self._reception.take(data):
            if not (self._local_echo and self._is_own(frame)):
                self._emit(_heard(frame, rssi_dbm))
        return self._reception.expecting

    def _changed(self, is_open: bool) -> None:
        if not is_open:
            self._reception.forget()
        self._emit(lambda at: PortChanged(at=at, open=is_open))

    def _is_own(self, frame: ff68.Frame) -> bool:
        """Each frame of ours comes back once; the second time it is the handheld's echo."""
        oldest = time.monotonic() - _OWN_S
        own = next((one for one in tuple(self._own) if one[1] == frame and one[0] > oldest), None)
        if own is not None:
            self._own.remove(own)
        return own is not None


def _heard(frame: ff68.Frame, rssi_dbm: int | None) -> Callable[[float], Heard]:
    return lambda at: Heard(at=at, frame=frame, rssi_dbm=rssi_dbm)
