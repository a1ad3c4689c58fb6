"""How often somebody may try to log in."""

import math
from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from threading import Lock

from hub.storage.account_errors import ThrottledError


class Attempts:
    """Failed attempts to log in, per account and address, and per address alone: bounded in memory.

    Beyond 5 at one account or 30 at all of them each has to wait twice as long as the last, five minutes at the most.
    """

    _WAIT_MAX = timedelta(minutes=5)
    _KEYS_MAX = 8192  # beyond, the key that was used longest ago is forgotten

    def __init__(self) -> None:
        self._failed: OrderedDict[tuple[str, ...], tuple[int, datetime]] = OrderedDict()  # how many, when the last
        self._lock = Lock()

    def begin(self, name: str, address: str, now: datetime) -> None:
        """Counts as failed until `succeeded`, so that many at once count as many. Raises ThrottledError."""
        keys = ((name, address), (address,))
        with self._lock:
            left = max(self._left(key, now) for key in keys)
            if left > timedelta(0):
                raise ThrottledError(math.ceil(left.total_seconds()))
            for key in keys:
                count, last = self._failed.get(key, (0, now))
                forgiven = now - last > 2 * self._WAIT_MAX
                self._failed[key] = (1 if forgiven else count + 1, now)
                self._failed.move_to_end(key)
            while len(self._failed) > self._KEYS_MAX:
                self._failed.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forgives this account; the address only this attempt, or one good account would open all others."""
        with self._lock:
            self._failed.pop((name, address), None)
            count, last = self._failed.get((address,), (0, None))
            if last is not None:
                self._failed[(address,)] = (max(0, count - 1), last)

    def _left(self, key: tuple[str, ...], now: datetime) -> timedelta:
        count, last = self._failed.get(key, (0, now))
        beyond = count - (5 if len(key) == 2 else 30)
        if beyond < 0:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(beyond, 12)), self._WAIT_MAX) - (now - last)


def network(address: str) -> str:
    """IPv6 hands out 2⁶⁴ addresses to everybody: they count as one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) and not parsed.ipv4_mapped else address
