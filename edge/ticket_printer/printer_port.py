"""A conversation with one printer on an open serial port: ask how it is, print and find out what became of it."""

import time

from edge.runtime.bell import Bell
from edge.runtime.serial_port import SerialPort
from edge.ticket_printer import status
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
        self._answers = status.Answers()
        self._done = False  # an answer to GS r came in
        self._noisy = False  # and nonsense, which may look like one
        self._told: Printer | None = None  # what the printer last said unasked
        self.tells = False  # it has, so it will again

    def close(self) -> None:
        self._port.close()

    def greet(self) -> None:
        """Have it tell of changes, where it can."""
        if self._settings.tells_changes:
            self._port.write(status.CHANGES_REQUEST, _WRITE_S)

    def ask(self) -> Printer:
        """DLE EOT 1 to 4, one after the other: an answer does not say what it answers.

        What it tells unasked meanwhile counts more: that is of one moment.
        """
        self._drain()
        self._told = None
        answers = {}
        for kind in status.KINDS:
            self._port.write(status.request(kind), _WRITE_S)
            answer = self._read_answer()
            if answer is None:
                return Printer("mute")
            answers[kind] = answer
        return self._told or condition(status.parse(answers))

    def rest(self, patience_s: float, bell: Bell) -> Printer | None:
        """Wait, but not when the bell rings. What the printer said of itself meanwhile, if it did."""
        self._told = None
        self._take(self._port.read(patience_s, bell=bell))
        while self._told is None and self._answers.is_open:
            data = self._port.read(self._settings.answer_s)
            if not data:
                self._answers.silence()
            self._take(data)
        return self._told

    def print(self, data: bytes) -> tuple[PrintOutcome, str]:
        """Send a slip and wait for its end: what became of it, and why when it was not printed."""
        self._drain()
        self._done = self._noisy = False
        started = time.monotonic()
        transfer_s = len(data) * 10 / self._settings.baud
        self._port.write(data, _WRITE_S + 2 * transfer_s)
        self._take(self._port.read(transfer_s))
        outcome = self._wait(started + transfer_s + self._settings.print_s)
        if outcome[0] == "failed":
            self._port.write(status.CLEAR, _WRITE_S)
        return outcome

    def recover(self) -> None:
        """After an error that somebody may have mended."""
        self._port.write(status.RECOVER, _WRITE_S)

    def _wait(self, until: float) -> tuple[PrintOutcome, str]:
        while True:
            printer = self.ask()
            if self._done and printer.state != "mute":
                return ("unknown", "nonsense on the line") if self._noisy else ("printed", "")
            if printer.state in _STOPPED and self.ask() == printer:
                return "failed", printer.state
            if time.monotonic() >= until:
                break
            self._take(self._port.read(min(_ASK_EVERY_S, until - time.monotonic())))
        if printer.state == "ready" and not self._settings.answers_in_order:
            return "printed", ""
        return "unknown", "no answer" if printer.state == "mute" else f"not finished in time ({printer.state})"

    def _read_answer(self) -> int | None:
        """The next answer to DLE EOT. None: none in time, or noise."""
        until = time.monotonic() + self._settings.answer_s
        while (left_s := until - time.monotonic()) > 0:
            for answer in self._take(self._port.read(left_s, 1)):
                if isinstance(answer, status.RealTime):
                    return answer.byte
                if isinstance(answer, status.Noise):
                    return None
        self._answers.silence()
        return None

    def _drain(self) -> None:
        """Late answers, which would be taken for those to the next request."""
        self._take(self._port.read(0.0))

    def _take(self, data: bytes) -> list[status.Answer]:
        answers = self._answers.feed(data)
        for answer in answers:
            if isinstance(answer, status.InOrder):
                self._done = True
            elif isinstance(answer, status.Noise):
                self._noisy = True
            elif isinstance(answer, status.Changed):
                self._told, self.tells = condition(answer.status), True
        return answers


def condition(said: status.Status) -> Printer:
    low = said.paper != "ok"
    if said.paper == "out":
        return Printer("paper out", low)
    if said.cover_open:
        return Printer("cover open", low)
    if said.fault:
        return Printer("error", low, said.fault)
    if not said.online:
        return Printer("offline", low, "feed" if said.feeding else "")
    return Printer("ready", low)
