"""The part "printer": an ESC/POS printer on a serial port. One thread prints, and asks the printer how it is."""

import logging
import queue
import threading
from pathlib import Path

from edge.runtime.device import Effect, Emit
from edge.ticket_printer import escpos, layout
from edge.ticket_printer.events import PrintEnded, Printer, PrinterChanged, PrintSlip
from edge.ticket_printer.printer_port import PrinterPort
from edge.ticket_printer.settings import Settings
from wire.messages import Fact, PrintOutcome, Slip

log = logging.getLogger(__name__)
_BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)


class PrinterDriver:
    """Raises TemplateError for a bad template."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._template = layout.load(Path(settings.template) if settings.template else layout.OWN)
        self._jobs: queue.SimpleQueue[PrintSlip | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"printer {settings.port}", daemon=True)
        self._stopping = False
        self._emit: Emit = lambda _: None
        self._printer = Printer()
        self._port_error = self._font_error = ""

    # Driver.

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._thread.start()

    def perform(self, effect: Effect) -> None:
        if isinstance(effect, PrintSlip):
            self._jobs.put(effect)

    def health(self) -> dict[str, Fact]:
        errors = {"port_error": self._port_error, "font_error": self._font_error}
        return {name: error for name, error in errors.items() if error}

    def stop(self) -> None:
        self._stopping = True
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(5)

    # The driver's own thread.

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            try:
                port = PrinterPort(self._settings)
            except (OSError, ValueError) as error:
                self._gone(error)
                self._pause(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
                failures += 1
                continue
            failures = 0
            try:
                self._serve(port)
            except OSError as error:
                self._gone(error)
                self._pause(_BACKOFF_S[0])
            finally:
                port.close()

    def _serve(self, port: PrinterPort) -> None:
        """Jobs as they come, and a look at the printer when there are none. Returns at stop."""
        self._port_error = ""
        self._changed(port.ask())
        while not self._stopping:
            try:
                job = self._jobs.get(timeout=self._settings.poll_s)
            except queue.Empty:
                job = None
            if job is not None:
                self._print(port, job.slip)
            self._changed(port.ask())

    def _pause(self, wait_s: float) -> None:
        """Before the port is tried again; a job cuts it short, and a slip fails at once."""
        try:
            job = self._jobs.get(timeout=wait_s)
        except queue.Empty:
            return
        if job is not None:
            self._ended(job.slip, "failed", "unplugged")

    def _print(self, port: PrinterPort, slip: Slip) -> None:
        """Exactly one PrintEnded, whatever happens. A port that fails under a slip leaves its fate unknown."""
        outcome: PrintOutcome = "failed"
        reason = "unplugged"
        try:
            data = self._encode(slip)
            if data is None:
                reason = "slip cannot be laid out"
                return
            before = port.ask()
            if before.hopeless:
                reason = before.state
                return
            outcome = "unknown"
            outcome, reason = port.print(data)
            if before.state == "mute" and outcome == "printed":
                outcome, reason = "unknown", "no answer before"
        finally:
            self._ended(slip, outcome, reason)

    def _encode(self, slip: Slip) -> bytes | None:
        """None, with the reason in the log, where this slip cannot be printed; a missing font only costs glyphs."""
        try:
            lines = layout.lines(slip, self._template, self._settings.line_columns)
            try:
                return escpos.encode(lines, self._settings.encoding, self._raster)
            except OSError as error:
                self._font_error = str(error)
                return escpos.encode(lines, self._settings.encoding, None)
        except Exception:  # whatever is wrong with one slip must not end the printing
            log.exception("slip %s cannot be laid out", slip.number)
            return None

    def _raster(self, line: escpos.Text) -> escpos.Bitmap:
        """Imported when first needed: most slips need no picture, and Pillow costs memory."""
        from edge.ticket_printer import glyphs

        return glyphs.raster(line, self._settings.dots, self._settings.fonts)

    def _ended(self, slip: Slip, outcome: PrintOutcome, reason: str) -> None:
        self._emit(lambda at: PrintEnded(at=at, number=slip.number, outcome=outcome, reason=reason))

    def _gone(self, error: Exception) -> None:
        self._port_error = f"{self._settings.port}: {error}"
        self._changed(Printer("unplugged"))

    def _changed(self, printer: Printer) -> None:
        if printer != self._printer:
            self._printer = printer
            self._emit(lambda at: PrinterChanged(at=at, printer=printer))
