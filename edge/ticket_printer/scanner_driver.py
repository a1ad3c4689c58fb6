"""The part "scanner": a bar code and QR code scanner on a serial port, UART or USB (CDC). Codes end with CR or LF."""

from collections.abc import Callable

from edge.protocols.code_lines import CodeLines
from edge.runtime.device import Effect, Emit, Input
from edge.runtime.serial_line import SerialLine
from edge.ticket_printer.events import CodeScanned, ScannerChanged
from edge.ticket_printer.settings import Settings
from wire.base import Fact


class ScannerDriver:
    def __init__(self, settings: Settings) -> None:
        self._lines = CodeLines()
        self._line = SerialLine(settings.scanner, settings.scanner_baud, self._hear, self._changed)
        self._emit: Emit = lambda _: None

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._line.start()

    def perform(self, effect: Effect) -> None:
        """A scanner is told nothing: it beeps by itself."""

    def health(self) -> dict[str, Fact]:
        line = self._line.health()
        return {"scanner_port": line["port"], "scanner_dropped": self._lines.dropped}

    def stop(self) -> None:
        self._line.stop()

    def _hear(self, data: bytes) -> bool:
        if not data:
            self._lines.silence()
        for code in self._lines.feed(data):
            self._emit(_scanned(code))
        return self._lines.pending

    def _changed(self, is_open: bool) -> None:
        self._emit(lambda at: ScannerChanged(at=at, state="ready" if is_open else "unplugged"))


def _scanned(code: str) -> Callable[[float], Input]:
    return lambda at: CodeScanned(at=at, code=code)
