"""A conversation with one printer on an open serial port: ask how it is, print and find out what became of it."""

import time

from edge.runtime.serial_port import SerialPort
from edge.ticket_printer import escpos
from edge.ticket_printer.events import Printer
from edge.ticket_printer.settings import Settings
from wire.messages import PrintOutcome

_ASK_EVERY_S = 0.5
_WRITE_S = 2.0
_STOPPED = ("paper out", "cover open", "error")  # a clone that is only "offline" may just be busy


class PrinterPort:
    """Raises OSError when the port fails, or takes no more bytes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._port = SerialPort(settings.port, settings.baud, settings.flow)
        self._done = False  # an answer to GS r came in

    def close(self) -> None:
        self._port.close()

    def ask(self) -> Printer:
        """DLE EOT 1 to 4, one after the other: an answer does not say what it answers."""
        self._drain()
        answers = {}
        for kind in escpos.STATUS_KINDS:
            self._port.write(escpos.status_request(kind), _WRITE_S)
            answer = self._read_status()
            if answer is None:
                return Printer("mute")
            answers[kind] = answer
        return _printer(escpos.parse_status(answers))

    def print(self, data: bytes) -> tuple[PrintOutcome, str]:
        """Send a slip and wait for its end: what became of it, and why when it was not printed."""
        self._drain()
        self._done = False
        started = time.monotonic()
        transfer_s = len(data) * 10 / self._settings.baud
        end = escpos.IN_ORDER_REQUEST if self._settings.answers_in_order else b""
        self._port.write(data + end, _WRITE_S + 2 * transfer_s)
        self._listen(transfer_s)
        outcome = self._wait(started + transfer_s + self._settings.print_s)
        if outcome[0] == "failed":
            self._port.write(escpos.CLEAR, _WRITE_S)
        return outcome

    def _wait(self, until: float) -> tuple[PrintOutcome, str]:
        while True:
            printer = self.ask()
            if self._done and printer.state != "mute":
                return "printed", ""
            if printer.state in _STOPPED and self.ask() == printer:
                return "failed", printer.state
            if time.monotonic() >= until:
                break
            self._listen(min(_ASK_EVERY_S, until - time.monotonic()))
        if printer.state == "ready" and not self._settings.answers_in_order:
            return "printed", ""
        return "unknown", "no answer" if printer.state == "mute" else f"not finished in time ({printer.state})"

    def _listen(self, wait_s: float) -> None:
        """Until the printer says something on its own account, or the time is over."""
        self._note(self._port.read(wait_s, 1))

    def _read_status(self) -> int | None:
        """The next byte that can be an answer to DLE EOT. None: none in time, or only noise."""
        until = time.monotonic() + self._settings.answer_s
        while (left_s := until - time.monotonic()) > 0:
            byte = self._port.read(left_s, 1)
            if byte and escpos.is_status(byte[0]):
                return int(byte[0])
            if byte and not escpos.is_in_order(byte[0]):
                return None
            self._note(byte)
        return None

    def _drain(self) -> None:
        """Late answers, which would be taken for those to the next request."""
        for byte in self._port.read(0.0):
            self._note(bytes([byte]))

    def _note(self, byte: bytes) -> None:
        if byte and escpos.is_in_order(byte[0]):
            self._done = True


def _printer(status: escpos.Status) -> Printer:
    low = status.paper != "ok"
    if status.paper == "out":
        return Printer("paper out", low)
    if status.cover_open:
        return Printer("cover open", low)
    if status.error:
        return Printer("error", low)
    return Printer("ready" if status.online else "offline", low)
