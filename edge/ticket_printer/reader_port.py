"""A conversation with one identity card reader on an open serial port."""

import time

from edge.protocols import sam_v
from edge.runtime.bell import Bell
from edge.runtime.serial_port import SerialPort

_BAUD = 115200
_WRITE_S = 1.0
_SILENCE_S = 0.1  # bytes of one reply follow each other closely, and USB adapters add up to 16 ms


class MuteError(TimeoutError):
    """No reply, or no whole one. An OSError like the port's own, but one after which the port is worth keeping."""


class ReaderPort:
    """Raises OSError when the port fails. `answer_s`: how long a reply may take; reading a card takes longest."""

    def __init__(self, path: str, answer_s: float) -> None:
        self._port = SerialPort(path, _BAUD)
        self._answer_s = answer_s
        self._parser = sam_v.Parser()

    @property
    def frames_bad(self) -> int:
        return self._parser.frames_bad

    def close(self) -> None:
        self._port.close()

    def rest(self, patience_s: float, bell: Bell) -> None:
        """Readers say nothing unasked: whatever comes is noise, or an answer that came too late."""
        self._parser.feed(self._port.read(patience_s, bell=bell))

    def status(self) -> sam_v.Reply:
        return self._exchange(sam_v.STATUS)

    def find(self) -> bool:
        """Whether a card was put there; many readers find a card that stays only once."""
        return self._exchange(sam_v.FIND).sw == sam_v.FOUND

    def card(self) -> sam_v.Card:
        """Of the card that was found. Raises CardError."""
        for command in (sam_v.SELECT, sam_v.READ):
            reply = self._exchange(command)
            if reply.sw != sam_v.OK:
                raise sam_v.CardError(reply.trouble)
        try:
            return sam_v.card(reply.data)
        finally:
            reply.wipe()

    def _exchange(self, command: bytes) -> sam_v.Reply:
        """Raises MuteError."""
        self._parser.feed(self._port.read(0.0))
        self._parser.silence()
        self._port.write(command, _WRITE_S)
        until = time.monotonic() + self._answer_s
        while (left_s := until - time.monotonic()) > 0:
            data = self._port.read(min(left_s, _SILENCE_S) if self._parser.pending else left_s)
            replies = self._parser.feed(data) if data else self._parser.silence()
            if replies:
                return replies[0]
        raise MuteError(f"no answer in {self._answer_s:g} s")
