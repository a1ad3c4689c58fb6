"""A bar code scanner without hardware: what is held before it comes out of a serial port, with a CR."""

from pathlib import Path

from edge.ticket_printer.fake_port import FakePort


class FakeScanner:
    def __init__(self, port: Path) -> None:
        self.line = FakePort(port, lambda data: None)

    def start(self) -> None:
        self.line.start()

    def stop(self) -> None:
        self.line.stop()

    def scan(self, code: str) -> None:
        self.line.say(code.encode() + b"\r")
