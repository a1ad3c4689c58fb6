"""Keeps one mpv in step with the clock: asks where it is, and corrects it as `pace` says."""

import time

from edge.signage_player import pace
from edge.signage_player.mpv import Mpv, MpvRefusedError
from edge.signage_player.pace import Jump, Place, Seek, Speed
from edge.signage_player.projection import Projection

_LOOK_S = 1.0
_SETTLE_S = 2.0  # after a jump or a seek mpv needs a moment, and is not corrected again
_TOO_LATE_S = 0.06  # after an item's turn begins: mpv may have changed over by itself


class Pacer:
    """Belongs to the player's thread and to one mpv. Raises MpvGoneError.

    `error_ms`: how far ahead (+) or behind (-) it was when last asked; None: not in step, and `why` says why not.
    """

    def __init__(self, mpv: Mpv, projection: Projection) -> None:
        self._mpv, self._projection = mpv, projection
        self._speed = 1.0
        self._look_at = self._settled_at = 0.0
        self.error_ms: int | None = None
        self.why = "the hub's time is not known yet"

    def patience_s(self) -> float:
        return max(0.0, self._look_at - time.monotonic())

    def check(self, at: float) -> None:
        """`at`: the time by the hub's clock."""
        if self.patience_s() > 0:
            return
        lengths_s = self._projection.lengths_s()
        self._look_at = time.monotonic() + _LOOK_S
        if not lengths_s:
            self.error_ms, self.why = None, "the lengths of the films are not known yet, or an item is there twice"
            self._run(1.0)
            return
        self._look_at = min(self._look_at, time.monotonic() + pace.next_change_s(lengths_s, at) + _TOO_LATE_S)
        place = self._projection.place()
        if place is not None:
            self.error_ms, self.why = round(pace.error_s(lengths_s, place, at) * 1000), ""
            if time.monotonic() >= self._settled_at:
                self._correct(lengths_s, place, at)

    def _correct(self, lengths_s: list[float], place: Place, at: float) -> None:
        still = self._projection.is_still
        match pace.correction(lengths_s, place, self._speed, at, still=still):
            case Speed(factor):
                self._run(factor)
            case Seek(at_s):
                self._run(1.0)
                self._order("seek", at_s, "absolute+exact")
            case Jump(index):
                self._run(1.0)
                self._projection.jump(index)
                self._settled_at = time.monotonic() + _SETTLE_S / 4

    def _run(self, factor: float) -> None:
        if factor != self._speed:
            self._speed = factor
            self._order("set_property", "speed", factor)
            self._settled_at = 0.0

    def _order(self, *words: object) -> None:
        try:
            self._mpv.command(*words)
        except MpvRefusedError:
            return
        if words[0] == "seek":
            self._settled_at = time.monotonic() + _SETTLE_S
