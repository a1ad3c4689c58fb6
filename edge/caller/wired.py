"""An FF68 keypad on a serial port: its presses in, its digits and beeps out. Mute or unplugged, health says so."""

import threading
import time

from edge.caller.events import Acknowledge, Beep, Heard, PartChanged
from edge.caller.face import Display
from edge.caller.wiring import Wired
from edge.protocols import ff68, ff68_keys
from edge.runtime.device import Effect, Emit
from edge.runtime.serial_line import SerialLine
from wire.base import Fact

_TEST_DIGITS = bytes((8,)) * 6  # every segment
_UNKNOWN = bytes((ff68_keys.BLANK,)) * 3
_RETRY_S, _RETRIES = 0.5, 2  # what it does not answer is sent again
_STOP_S = 5.0


class WiredKeypad:
    """Shown its digits anew every `poll_s`, which also asks whether it is there."""

    def __init__(self, settings: Wired) -> None:
        self._settings = settings
        self._emit: Emit = lambda _: None
        self._line = SerialLine(settings.port, settings.baud, self._hear, self._opened, flow=settings.flow)
        self._parser = ff68.Parser()
        self._news = threading.Condition()
        self._shown = ff68.Frame(settings.address, ff68_keys.SHOW, _UNKNOWN * 2)
        self._due_at = 0.0  # when it is to be sent
        self._answered, self._tries = True, 0
        self._is_open = self._stopped = False
        self.error = "not started"
        self.heard = self.strangers = 0
        self._thread = threading.Thread(target=self._run, name="keypad", daemon=True)

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._line.start()
        self._thread.start()

    def perform(self, effect: Effect) -> None:
        match effect:
            case Acknowledge(frame):
                self._line.send(ff68.encode(ff68_keys.acknowledgement(frame)), urgent=True)
            case Beep():
                self._line.send(ff68.encode(ff68_keys.beep(self._settings.address)), urgent=True)
            case Display():
                self._show(effect)

    def health(self) -> dict[str, Fact]:
        line = self._line.health()
        return {
            "keypad": self.error or "ok",
            "port": line["port"],
            "port_opens": line["port_opens"],
            "frames_sent": line["sent"],
            "frames_unsent": line["unsent"],
            "frames_heard": self.heard,
            "strangers": self.strangers,
            "bytes_dropped": self._parser.bytes_dropped,
            "frames_bad": self._parser.frames_bad,
        }

    def stop(self) -> None:
        with self._news:
            self._stopped = True
            self._news.notify()
        if self._thread.is_alive():
            self._thread.join(_STOP_S)
        self._line.stop()

    # What it says: on the line's thread.

    def _opened(self, is_open: bool) -> None:
        with self._news:
            self._is_open, self._answered, self._due_at = is_open, True, 0.0
            self._news.notify()

    def _hear(self, data: bytes) -> None:
        for frame in self._parser.feed(data):
            if frame.address != self._settings.address:
                self.strangers += 1
                continue
            self.heard += 1
            with self._news:
                if frame == self._shown:
                    self._due_at = time.monotonic() + self._settings.poll_s
                elif self._tries:  # it is back, and what it missed is shown at once
                    self._due_at = 0.0
                self._answered, self._tries = True, 0
                self._news.notify()
            if not ff68_keys.is_echo(frame):
                self._said(frame)

    def _said(self, frame: ff68.Frame) -> None:
        self._emit(lambda at: Heard(at=at, frame=frame))

    # What it is shown: on a thread of its own, again until it answers.

    def _show(self, display: Display) -> None:
        """Six digits know nothing of refusals and waiting: what they show stays, and a beep says the rest."""
        address = self._settings.address
        if display.mode == "test" and display.test == "display":
            frame = ff68.Frame(address, ff68_keys.SHOW, _TEST_DIGITS)
        elif display.mode == "rest":
            frame = ff68_keys.display(address, display.waiting or 0, display.number)
            if display.waiting is None:
                frame = ff68.Frame(address, frame.command, _UNKNOWN + frame.data[3:])
        elif display.mode == "pairing":
            frame = ff68_keys.display(address, int(display.code[:3]), display.code[3:])
        else:
            return
        with self._news:
            if frame != self._shown:
                self._shown, self._answered, self._tries, self._due_at = frame, True, 0, 0.0
                self._news.notify()

    def _run(self) -> None:
        with self._news:
            while not self._stopped:
                if self._is_open and time.monotonic() >= self._due_at:
                    self._send()
                self._tell(self._trouble())
                self._news.wait(self._due_at - time.monotonic() if self._is_open else None)
        self.error = "stopped"

    def _send(self) -> None:
        """Again soon while it does not answer, but not for ever: one that is gone is only asked now and then."""
        self._tries = 0 if self._answered else self._tries + 1
        pause_s = _RETRY_S if self._tries <= _RETRIES else self._settings.poll_s
        self._answered, self._due_at = False, time.monotonic() + pause_s
        self._line.send(ff68.encode(self._shown))

    def _trouble(self) -> str:
        if not self._is_open:
            return f"{self._settings.port}: {self._line.health()['port']}"
        if self._tries > _RETRIES:
            return "不应答，查接线、电源和地址 it does not answer: look at its cable, supply and address"
        return ""

    def _tell(self, error: str) -> None:
        if error == self.error:
            return
        self.error = error
        self._emit(lambda at: PartChanged(at=at, part="keypad", trouble=error))
