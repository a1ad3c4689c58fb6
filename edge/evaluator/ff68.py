"""A wired evaluator of the market on a serial port: bytes to frames, and back."""

from functools import partial

from edge.evaluator.events import Heard, PortChanged, Transmit
from edge.evaluator.fitted import with_page
from edge.evaluator.settings import EvaluatorSettings
from edge.protocols import ff68
from edge.runtime.device import Driver, Effect, Emit, Input
from edge.runtime.serial_line import SerialLine
from wire.base import Fact

_TURNAROUND_S = 0.05  # half duplex on RS-485: the echo must not meet the next frame


def fitted(settings: EvaluatorSettings) -> Driver:
    return with_page(Ff68Driver(settings), settings)


class Ff68Driver:
    def __init__(self, settings: EvaluatorSettings) -> None:
        self._emit: Emit = lambda _: None
        self._parser = ff68.Parser()
        self._line = SerialLine(
            settings.ff68.port, settings.ff68.baud, self._hear, self._changed, pause_s=_TURNAROUND_S
        )

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._line.start()

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, Transmit):
            self._line.send(ff68.encode(effect.frame), urgent=effect.urgent)

    def health(self) -> dict[str, Fact]:
        parser = self._parser
        return {**self._line.health(), "bytes_dropped": parser.bytes_dropped, "frames_bad": parser.frames_bad}

    def stop(self) -> None:
        self._line.stop()

    # The line's reading thread.

    def _hear(self, data: bytes) -> None:
        for frame in self._parser.feed(data):
            self._emit(partial(_heard, frame))

    def _changed(self, is_open: bool) -> None:
        self._emit(lambda at: PortChanged(at=at, is_open=is_open))


def _heard(frame: ff68.Frame, at: float) -> Input:
    return Heard(at=at, frame=frame)
