"""The part "printer": an ESC/POS printer on a serial port. One thread prints, and asks the printer how it is.

A change is noticed well within a second: at once where the printer tells of it (ASB), else at the next of its
questions, of which an idle printer gets one every `poll_s`.
"""

import logging
import queue
import time
from collections.abc import Callable
from typing import Protocol, TypeAlias

from edge.runtime.bell import Bell
from edge.runtime.device import Effect
from edge.ticket_printer.events import OrderEnded, PrintEnded, Printer, PrinterChanged, PrintPairing, PrintSlip, RunTest
from edge.ticket_printer.mind import words
from edge.ticket_printer.printer_port import PrinterPort
from edge.ticket_printer.rendering import Renderer
from edge.ticket_printer.settings import Settings
from edge.ticket_printer.tending import PortDriver
from wire.base import Fact
from wire.messages import PrintOutcome

log = logging.getLogger(__name__)
_SELDOM_S = 10.0  # a printer that tells of changes is still asked, in case it fell silent
_RECOVER_S = 10.0  # how often an error is tried to be got over
_MENDABLE = ("cutter", "recoverable")
Job: TypeAlias = PrintSlip | RunTest | PrintPairing


class Conversation(Protocol):
    """What `PrinterPort` offers. `tells`: it has told of a change; some are only said to."""

    tells: bool

    def greet(self) -> None: ...
    def ask(self) -> Printer: ...
    def rest(self, patience_s: float, bell: Bell) -> Printer | None: ...
    def print(self, data: bytes) -> tuple[PrintOutcome, str]: ...
    def recover(self) -> None: ...
    def close(self) -> None: ...


class PrinterDriver(PortDriver[Conversation]):
    """`connect`, `clock`: the port and the time, for tests. Raises TemplateError for a bad template."""

    def __init__(
        self,
        settings: Settings,
        connect: Callable[[Settings], Conversation] = PrinterPort,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(f"printer {settings.port}")
        self._settings, self._open, self._clock = settings, connect, clock
        self._renderer = Renderer(settings)
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._printer = Printer()
        self._recovered_at = float("-inf")
        self._port_error = ""
        self._polls = self._told = self._opens = 0

    # Driver.

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, PrintSlip | PrintPairing) or (isinstance(effect, RunTest) and effect.test == "slip"):
            self._jobs.put(effect)
            self._bell.ring()

    def health(self) -> dict[str, Fact]:
        counts: dict[str, Fact] = {"port_opens": self._opens, "polls": self._polls, "told_changes": self._told}
        errors = {"port_error": self._port_error, "font_error": self._renderer.font_error}
        return counts | {name: error for name, error in errors.items() if error}

    # The driver's own thread.

    def connect(self) -> Conversation:
        return self._open(self._settings)

    def serve(self, port: Conversation) -> None:
        """Jobs as they come, and a look at the printer when there are none. Returns at stop."""
        self._port_error = ""
        self._opens += 1
        port.greet()
        self._look(port)
        asked_at = self._clock()
        while not self.stopping:
            job = self._next_job()
            if job is not None:
                self._do(port, job)
            else:
                every_s = _SELDOM_S if port.tells else self._settings.poll_s
                said = port.rest(max(0.0, asked_at + every_s - self._clock()), self._bell)
                self._bell.hush()
                if said is not None:
                    self._told += 1
                    self._changed(said)
                if self._clock() < asked_at + every_s:
                    continue
            self._look(port)
            asked_at = self._clock()

    def _look(self, port: Conversation) -> None:
        self._polls += 1
        printer = port.ask()
        self._changed(printer)
        if printer.detail in _MENDABLE and self._clock() >= self._recovered_at + _RECOVER_S:
            self._recovered_at = self._clock()
            port.recover()

    def _next_job(self) -> Job | None:
        try:
            return self._jobs.get_nowait()
        except queue.Empty:
            return None

    def between(self) -> None:
        """A slip fails at once."""
        job = self._next_job()
        if job is not None:
            self._ended(job, "failed", "unplugged")

    def _do(self, port: Conversation, job: Job) -> None:
        """Exactly one answer, whatever happens. A port that fails under a slip leaves its fate unknown."""
        outcome: PrintOutcome = "failed"
        reason = "unplugged"
        try:
            data = self._encode(job)
            if data is None:
                reason = "slip cannot be laid out"
                return
            before = port.ask()
            self._changed(before)
            if before.hopeless:
                reason = before.state
                return
            outcome = "unknown"
            outcome, reason = port.print(data)
            if before.state == "mute" and outcome == "printed":
                outcome, reason = "unknown", "no answer before"
        finally:
            self._ended(job, outcome, reason)

    def _encode(self, job: Job) -> bytes | None:
        """None, with the reason in the log, where this slip cannot be printed."""
        try:
            match job:
                case PrintSlip(slip):
                    return self._renderer.slip(slip)
                case PrintPairing(code_shown):
                    return self._renderer.pairing_slip(code_shown)
            return self._renderer.test_slip()
        except Exception:  # whatever is wrong with one slip must not end the printing
            log.exception("a slip cannot be laid out")
            return None

    def _ended(self, job: Job, outcome: PrintOutcome, reason: str) -> None:
        if isinstance(job, PrintSlip):
            number = job.slip.number
            self._emit(lambda at: PrintEnded(at=at, number=number, outcome=outcome, reason=reason))
        elif isinstance(job, RunTest):
            order, text = job.order, words.test_slip(outcome, reason, self._printer)
            self._emit(lambda at: OrderEnded(at=at, order=order, ok=outcome == "printed", text=text))

    def gone(self, error: Exception) -> None:
        self._port_error = f"{self._settings.port}: {error}"
        self._changed(Printer("unplugged"))

    def _changed(self, printer: Printer) -> None:
        if printer != self._printer:
            self._printer = printer
            self._emit(lambda at: PrinterChanged(at=at, printer=printer))
