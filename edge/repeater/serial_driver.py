"""The radio module or RS-485 base station on a serial port: bytes to frames, and back."""

from collections.abc import Callable

from edge.protocols import ff68
from edge.repeater.logic import Heard, PortChanged, Transmit
from edge.repeater.settings import Settings
from edge.runtime.device import Effect, Emit
from edge.runtime.serial_line import SerialLine
from wire.messages import Fact


class SerialDriver:
    def __init__(self, settings: Settings) -> None:
        self._emit: Emit = lambda _: None
        self._parser = ff68.Parser()
        self._line = SerialLine(settings.port, settings.baud, self._hear, self._changed, pause_s=settings.turnaround_s)

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._line.start()

    def perform(self, effect: Effect) -> None:
        match effect:
            case Transmit(frame=frame, urgent=urgent):
                self._line.send(ff68.encode(frame), urgent=urgent)

    def health(self) -> dict[str, Fact]:
        parser = self._parser
        return {**self._line.health(), "bytes_dropped": parser.bytes_dropped, "frames_bad": parser.frames_bad}

    def stop(self) -> None:
        self._line.stop()

    # The line's reading thread.

    def _hear(self, data: bytes) -> None:
        for frame in self._parser.feed(data):
            self._emit(_heard(frame))

    def _changed(self, is_open: bool) -> None:
        self._emit(lambda at: PortChanged(at=at, open=is_open))


def _heard(frame: ff68.Frame) -> Callable[[float], Heard]:
    return lambda at: Heard(at=at, frame=frame)
