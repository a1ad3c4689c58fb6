"""The agent's clock: monotonic, set by the hub. A board without a battery may believe that it is 1970."""

import time
from collections.abc import Callable

_JUMP_S = 1.0  # smaller corrections never run backwards


class Clock:
    """Seconds since 1970 by the hub's clock; never runs backwards, whatever is done to the board's own clock.

    `monotonic`, `wall`: the board's own two, in seconds.
    """

    _SETTLE_S = 600.0  # an offset measured with a short round trip is believed this long before a worse one replaces it

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time) -> None:
        self.monotonic, self._wall = monotonic, wall
        self._base = wall() - monotonic()
        self._floor = 0.0
        self._best_rtt: float | None = None
        self._measured = 0.0
        self.offset_ms: float | None = None

    def now(self) -> float:
        self._floor = max(self._floor, self.monotonic() + self._base)
        return self._floor

    def measure(self, sent: float, hub: float, received: float) -> bool:
        """Take an offset from one exchange: `sent` and `received` by `now()`, `hub` the hub's stamp between (s).

        The hub's stamp is taken to lie in the middle of the round trip, as in NTP (RFC 5905 §8); a long round trip says
        little, so it only counts when nothing better is recent. True when the clock was plainly wrong, and jumped.
        """
        rtt = received - sent
        stale = self.monotonic() - self._measured > self._SETTLE_S
        if rtt < 0 or (self._best_rtt is not None and rtt > self._best_rtt and not stale):
            return False
        offset = hub - (sent + received) / 2
        self._best_rtt, self._measured = rtt, self.monotonic()
        self._base += offset
        self.offset_ms = round((self._base + self.monotonic() - self._wall()) * 1000, 1)
        if abs(offset) <= _JUMP_S:
            return False
        self._floor = 0.0  # put right at once, backwards too
        return True
