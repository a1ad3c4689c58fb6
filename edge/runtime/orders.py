"""Which orders of the hub are carried out: those for tests that the class has, in time, and once. Pure."""

from collections import deque
from datetime import UTC, datetime

from wire.messages import SelfTest, SelfTested

_REMEMBERED = 16  # orders: QoS 1 may bring one twice
_AHEAD_S = 5.0  # the hub's clock may be ahead of what we know of it


class Orders:
    """`tests`: what the class offers. `boot`: of the agent, for the ids of what it answers by itself."""

    def __init__(self, tests: dict[str, str], boot: str) -> None:
        self._tests, self._boot = tests, boot
        self._seen: deque[str] = deque(maxlen=_REMEMBERED)
        self._count = 0

    def refused(self, order: SelfTest, at: float) -> SelfTested | None:
        """Why it is not carried out, or None: then the logic has to."""
        text = ""
        if order.test not in self._tests:
            offered = "、".join(self._tests) or "无 none"
            text = f"没有名为{order.test}的自检；有 no such test, there are: {offered}"
        elif not -_AHEAD_S <= at - order.at.timestamp() <= order.expires_s:
            text = "指令到得太晚，未执行 The order came too late and was not carried out"
        if not text:
            return None
        self._count += 1
        moment = datetime.fromtimestamp(at, UTC)
        return SelfTested(id=f"{self._boot}-o{self._count}", to=order.id, ok=False, text=text, at=moment)

    def is_new(self, order: SelfTest) -> bool:
        if order.id in self._seen:
            return False
        self._seen.append(order.id)
        return True
