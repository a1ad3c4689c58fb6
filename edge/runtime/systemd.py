"""What the agent tells systemd: that it works, how it is, and, again and again, that it is not stuck.

sd_notify(3): datagrams of `KEY=VALUE` lines to the socket that $NOTIFY_SOCKET names; an `@` at its start stands for the
zero byte of an abstract address (unix(7)). Without that variable nothing is said.
"""

import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping


class Supervisor:
    """Of this process, as `environment` tells. `alive_s`: how often `alive` is to be called; infinite if never.

    `monotonic`: seconds.
    """

    def __init__(self, environment: Mapping[str, str], monotonic: Callable[[], float] = time.monotonic) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._monotonic = monotonic
        self._status, self._alive_at = "", float("-inf")
        self.alive_s = _watchdog_s(environment) / 3 if self._address else float("inf")

    def ready(self) -> None:
        """The hardware is started, and inputs are taken: with a hub or without one."""
        self._say("READY=1")

    def alive(self) -> None:
        """May be called as often as one likes."""
        now = self._monotonic()
        if now - self._alive_at >= self.alive_s / 2:
            self._alive_at = now
            self._say("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        if text != self._status:
            self._status = text
            self._say(f"STATUS={text}")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def _say(self, line: str) -> None:
        """Never in the way of the work: a supervisor that is gone, or does not listen, hears nothing."""
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
            door.setblocking(False)
            door.sendto(line.encode(), self._address)


def _watchdog_s(environment: Mapping[str, str]) -> float:
    """sd_watchdog_enabled(3): microseconds in $WATCHDOG_USEC, and for which process in $WATCHDOG_PID, if for one."""
    told, process = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
    if not told.isdecimal() or int(told) == 0 or (process and process != str(os.getpid())):
        return float("inf")
    return int(told) / 1e6
