"""A bar code scanner without hardware: what is held before it comes out of a serial port, with a CR."""

from pathlib import Path

from edge.ticket_printer.fake_port import FakePort


class FakeScanner:
    def __init__(self, port: Path) -> None:
        self._line = FakePort(port, lambda data: None)
        self.cable = self._line.cable

    def start(self) -> None:
        self._line.start()

    def stop(self) -> None:
        self._line.stop()

    def scan(self, code: str) -> None:
        self._line.say(code.encode() + b"\r")
