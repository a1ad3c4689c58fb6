"""Which orders of the hub are carried out: in time, once, and tests only those that the class has. Pure."""

from collections import deque
from datetime import UTC, datetime

from wire.orders import Done, Order, PrintSlip, SelfTest

_REMEMBERED = 16  # orders: QoS 1 may bring one twice
_AHEAD_S = 5.0  # the hub's clock may be ahead of what we know of it
NO_SLIPS = "本设备不出票 This device prints no tickets"
LATE = "指令到得太晚，未执行 The order came too late and was not carried out"


class Orders:
    """`tests`: what the class offers; `prints`: it prints slips. `boot`: of the agent, for ids of what it answers."""

    def __init__(self, tests: dict[str, str], boot: str, *, prints: bool = False) -> None:
        self._tests, self._boot, self._prints = tests, boot, prints
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)
        self._count = 0

    def is_new(self, order: Order) -> bool:
        if order.id in self._seen:
            return False
        self._seen.append(order.id)
        return True

    def refused(self, order: Order, at: float) -> Done | None:
        """Why it is not carried out, or None: then somebody has to."""
        text = self._objection(order, at)
        return self.done(order.id, at, ok=False, text=text) if text else None

    def done(self, to: str, at: float, *, ok: bool, text: str, log: str = "") -> Done:
        """What the agent itself answers; a class has ids of its own."""
        self._count += 1
        moment = datetime.fromtimestamp(at, UTC)
        return Done(id=f"{self._boot}-o{self._count}", to=to, ok=ok, text=text, log=log, at=moment)

    def _objection(self, order: Order, at: float) -> str:
        if isinstance(order, SelfTest) and order.test not in self._tests:
            offered = "、".join(self._tests) or "无 none"
            return f"没有名为{order.test}的自检；有 no such test, there are: {offered}"
        if isinstance(order, PrintSlip) and not self._prints:
            return NO_SLIPS
        return "" if -_AHEAD_S <= at - order.at.timestamp() <= order.expires_s else LATE
