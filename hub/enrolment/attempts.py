"""How often an address may be refused before it has to wait: bounded in time and in memory."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta
from threading import Lock

REFUSALS_MAX, WINDOW = 30, timedelta(minutes=1)
_ADDRESSES_MAX = 4096  # beyond, the address that was refused longest ago is forgotten


class Attempts:
    """Safe to use from any thread."""

    def __init__(self, refusals_max: int = REFUSALS_MAX, window: timedelta = WINDOW) -> None:
        self._max, self._window = refusals_max, window
        self._refused: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = Lock()

    def wait(self, address: str, now: datetime) -> timedelta:
        """How long this address has to wait before it is heard again; zero: not at all."""
        with self._lock:
            recent = self._refused.get(address)
            if recent is None or len(recent) < self._max:
                return timedelta(0)
            return max(recent[0] + self._window - now, timedelta(0))

    def refused(self, address: str, now: datetime) -> None:
        with self._lock:
            self._refused.setdefault(address, deque(maxlen=self._max)).append(now)
            self._refused.move_to_end(address)
            if len(self._refused) > _ADDRESSES_MAX:
                self._refused.popitem(last=False)
