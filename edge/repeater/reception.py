"""Frames, with the strength of the signal where the radio module tells it by a byte behind each one."""

from typing import Literal, TypeAlias

from edge.protocols import ff68

Rssi: TypeAlias = Literal["none", "appended", "appended-half"]

_NO_STRENGTH = 0xFF  # nothing is received at -1 dBm; it is the first byte of the next frame


class Reception:
    """What comes from the port. `take(b"")`: the line fell silent.

    "appended": dBm = byte - 256 (E22-xxxT22S user manual, 2024, REG3 bit 7 and REG1 bit 5; E220 likewise);
    "appended-half": dBm = -byte / 2 (E22-400T30S user manual, 2018).
    """

    def __init__(self, rssi: Rssi) -> None:
        self._rssi = rssi
        self._parser = ff68.Parser()
        self._waiting: ff68.Frame | None = None  # for its byte
        self._strengths = 0

    @property
    def expecting(self) -> bool:
        return self._waiting is not None

    @property
    def bytes_dropped(self) -> int:
        return self._parser.bytes_dropped - self._strengths

    @property
    def frames_bad(self) -> int:
        return self._parser.frames_bad

    def take(self, data: bytes) -> list[tuple[ff68.Frame, int | None]]:
        """Frames and their strength in dBm, None where it is not known."""
        found = self._parser.find(data)
        if self._rssi == "none":
            return [(one.frame, None) for one in found]
        heard: list[tuple[ff68.Frame, int | None]] = []
        if self._waiting is not None:
            heard.append((self._waiting, self._dbm(data, 0)))
        ends_here = bool(found) and found[-1].end == len(data)
        self._waiting = found.pop().frame if ends_here else None
        return heard + [(one.frame, self._dbm(data, one.end)) for one in found]

    def forget(self) -> None:
        """The port went away: what it had begun to say will not be continued."""
        self._parser.cut()
        self._waiting = None

    def _dbm(self, data: bytes, at: int) -> int | None:
        if at >= len(data) or data[at] == _NO_STRENGTH:
            return None
        self._strengths += 1
        return data[at] - 256 if self._rssi == "appended" else -data[at] // 2
