"""Orders that concern the agent and not what its class does: to start anew, to send its log."""

import threading
from collections import deque
from collections.abc import Callable

import msgspec

from edge.runtime import board_journal
from edge.runtime.elapsed import is_over
from edge.runtime.log_ring import LogRing, fitted
from edge.runtime.orders import Orders
from wire.orders import Done, Restart, SendLog

_LOOK_S = 0.5  # how often it is asked whether a restart would disturb somebody
_GOING = "正在重启 Starting anew"
_ANOTHER = "已在等待重启 A restart is waiting already"
_NO_LOG = "没有日志 There is no log"


class _Waiting(msgspec.Struct, frozen=True):
    order: Restart
    since: float


class Care:
    """Belongs to the agent's loop. `busy()`: why a restart would disturb somebody just now, or "". `wake` may be called
    from any thread, and has `tick` called soon."""

    def __init__(
        self, orders: Orders, busy: Callable[[], str], wake: Callable[[], None], ring: LogRing | None = None
    ) -> None:
        self._orders, self._busy, self._wake, self._ring = orders, busy, wake, ring
        self._waiting: _Waiting | None = None
        self._look_at = 0.0
        self._logs: deque[tuple[str, list[str], str]] = deque()  # order, lines, where they are from
        self.restarts = False  # the agent is to end its loop now, and start anew

    def take(self, order: Restart | SendLog, at: float) -> list[Done]:
        if isinstance(order, SendLog):
            threading.Thread(target=self._collect, args=(order,), name="log", daemon=True).start()
            return []
        if self._waiting is not None:
            return [self._orders.done(order.id, at, ok=False, text=_ANOTHER)]
        self._waiting, self._look_at = _Waiting(order, at), at
        return []

    def wake_at(self) -> float | None:
        return None if self._waiting is None else self._look_at

    def tick(self, at: float) -> list[Done]:
        """What can be answered now."""
        done = []
        while self._logs:
            to, lines, where = self._logs.popleft()
            log = fitted(lines)
            told = f"{where} {log.count(chr(10)) + 1} lines" if log else _NO_LOG
            done.append(self._orders.done(to, at, ok=bool(log), text=told, log=log))
        return done + self._restarted(at)

    def _restarted(self, at: float) -> list[Done]:
        waiting = self._waiting
        if waiting is None:
            return []
        why = self._busy()
        if not why:
            self._waiting, self.restarts = None, True
            return [self._orders.done(waiting.order.id, at, ok=True, text=_GOING)]
        if is_over(waiting.since, waiting.order.wait_s, at):
            self._waiting = None
            return [self._orders.done(waiting.order.id, at, ok=False, text=why)]
        self._look_at = at + _LOOK_S
        return []

    def _collect(self, order: SendLog) -> None:
        """On a thread of its own: the journal may take its time."""
        lines, where = board_journal.lines(order.lines), "系统日志 From the journal:"
        if not lines:
            lines, where = (self._ring.last(order.lines) if self._ring else []), "程序日志 From memory:"
        self._logs.append((order.id, lines, where))
        self._wake()
