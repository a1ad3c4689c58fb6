"""How a card is reached: RS-485 or RS-232, TCP, UDP. All of it raises OSError when the line fails or is gone."""

import socket
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from edge.runtime.serial_port import SerialPort

_WRITE_S = 5.0
_READ_BYTES = 4096


class Line(Protocol):
    """`name`: for people who have to find it."""

    name: str

    def open(self) -> None: ...

    def send(self, data: bytes) -> None: ...

    def receive(self, patience_s: float) -> bytes:
        """What is there as soon as anything is; b"" when nothing came in time."""

    def close(self) -> None: ...


class SerialLine:
    def __init__(self, path: str, baud: int) -> None:
        self.name = path
        self._baud = baud
        self._port: SerialPort | None = None

    def open(self) -> None:
        from edge.runtime.serial_port import SerialPort  # a card on the network needs no serial library

        self._port = SerialPort(self.name, self._baud)

    def send(self, data: bytes) -> None:
        assert self._port is not None
        self._port.write(data, _WRITE_S)

    def receive(self, patience_s: float) -> bytes:
        assert self._port is not None
        return self._port.read(patience_s)

    def close(self) -> None:
        if self._port is not None:
            self._port.close()
        self._port = None


class SocketLine:
    """`kind`: socket.SOCK_STREAM or SOCK_DGRAM."""

    def __init__(self, host: str, port: int, kind: socket.SocketKind, patience_s: float) -> None:
        self.name = f"{host}:{port}"
        self._address, self._kind, self._patience_s = (host, port), kind, patience_s
        self._socket: socket.socket | None = None

    def open(self) -> None:
        self._socket = socket.socket(socket.AF_INET, self._kind)
        self._socket.settimeout(self._patience_s)
        self._socket.connect(self._address)

    def send(self, data: bytes) -> None:
        assert self._socket is not None
        self._socket.settimeout(_WRITE_S)
        self._socket.sendall(data)

    def receive(self, patience_s: float) -> bytes:
        assert self._socket is not None
        self._socket.settimeout(max(0.001, patience_s))
        try:
            data = self._socket.recv(_READ_BYTES)
        except TimeoutError:
            return b""
        if not data and self._kind == socket.SOCK_STREAM:
            raise ConnectionResetError("the card closed the connection")
        return data

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None


def drain(line: Line) -> bytes:
    """What came unasked, to be thrown away before a question."""
    heard = b""
    until = time.monotonic() + 0.1
    while time.monotonic() < until and (more := line.receive(0.0)):
        heard += more
    return heard
