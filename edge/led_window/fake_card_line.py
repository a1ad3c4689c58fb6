"""A fake card at the end of a real line: a pseudo-terminal, or TCP and UDP on the loopback."""

import contextlib
import os
import select
import socket
import threading
import time
import tty
from pathlib import Path
from types import TracebackType

from edge.led_window import fake_card
from edge.led_window.fake_card import FakeCard

_HOST = "127.0.0.1"


class CardOnALine:
    """Answers on a thread of its own until it is closed. `unplug()` and `plug()` are what people do to the cable."""

    def __init__(self, card: FakeCard) -> None:
        self.card = card
        self._wake, self._woken = os.pipe()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "CardOnALine":
        self.plug()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()
        os.close(self._wake)
        os.close(self._woken)

    def plug(self) -> None:
        self._open()
        self._thread = threading.Thread(target=self._serve, name="fake card", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        if self._thread is not None:
            os.write(self._woken, b"x")
            self._thread.join()
            os.read(self._wake, 1)
            self._thread = None
            self._close()

    def power_cut(self) -> None:
        """It is off for a moment, and has forgotten everything."""
        self.unplug()
        self.card.power_cut()
        self.plug()

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        while True:
            for number in self._numbers():
                poll.register(number, select.POLLIN)
            ready = [number for number, _ in poll.poll()]
            if self._wake in ready:
                return
            for number in ready:
                if not self._ready(number):
                    poll.unregister(number)

    def _said(self, heard: bytes) -> bytes:
        if self.card.mood == "slow":
            time.sleep(fake_card.SLOW_S)
        return self.card.hear(heard)

    def _open(self) -> None:
        raise NotImplementedError

    def _close(self) -> None:
        raise NotImplementedError

    def _numbers(self) -> list[int]:
        """File descriptors to listen to."""
        raise NotImplementedError

    def _ready(self, number: int) -> bool:
        """False when this one has ended."""
        raise NotImplementedError


class SerialCard(CardOnALine):
    """`path`: where the port is; a link, so that it is the same after it was plugged in again."""

    def __init__(self, card: FakeCard, path: str) -> None:
        super().__init__(card)
        self.path = path

    def _open(self) -> None:
        self._card_end, self._port = os.openpty()
        tty.setraw(self._card_end)
        tty.setraw(self._port)
        Path(self.path).symlink_to(os.ttyname(self._port))

    def _close(self) -> None:
        Path(self.path).unlink()
        os.close(self._card_end)
        os.close(self._port)

    def _numbers(self) -> list[int]:
        return [self._card_end]

    def _ready(self, number: int) -> bool:
        os.write(number, self._said(os.read(number, 4096)))
        return True


class TcpCard(CardOnALine):
    """`port` stays the same when it is plugged in again."""

    def __init__(self, card: FakeCard) -> None:
        super().__init__(card)
        self.port = 0
        self._agents: dict[int, socket.socket] = {}

    def hang_up(self) -> None:
        """End connections and go on listening, as a card does that was idle for long."""
        for agent in list(self._agents.values()):
            agent.shutdown(socket.SHUT_RDWR)  # whoever serves it finds its end

    def _open(self) -> None:
        self._listener = socket.create_server((_HOST, self.port))
        self.port = self._listener.getsockname()[1]

    def _close(self) -> None:
        for agent in (*self._agents.values(), self._listener):
            agent.close()
        self._agents.clear()

    def _numbers(self) -> list[int]:
        return [self._listener.fileno(), *self._agents]

    def _ready(self, number: int) -> bool:
        if number == self._listener.fileno():
            agent, _ = self._listener.accept()
            self._agents[agent.fileno()] = agent
            return True
        agent = self._agents[number]
        with contextlib.suppress(OSError):
            if heard := agent.recv(4096):
                agent.sendall(self._said(heard))
                return True
        del self._agents[number]
        agent.close()
        return False


class UdpCard(CardOnALine):
    """`port` stays the same when it is plugged in again."""

    def __init__(self, card: FakeCard) -> None:
        super().__init__(card)
        self.port = 0

    def _open(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((_HOST, self.port))
        self.port = self._socket.getsockname()[1]

    def _close(self) -> None:
        self._socket.close()

    def _numbers(self) -> list[int]:
        return [self._socket.fileno()]

    def _ready(self, number: int) -> bool:
        heard, agent = self._socket.recvfrom(4096)
        if said := self._said(heard):
            self._socket.sendto(said, agent)
        return True
