"""Driver and logic on a thread of their own, without a network: what an agent would send is kept in `sent`."""

import queue
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from edge.evaluator import DEVICE, logic
from edge.evaluator.settings import EvaluatorSettings
from edge.runtime.device import Arrived, Context, Input, LinkChanged, Send, Tick, make_driver
from wire.messages import Ask, EvaluatorView, Rating, RatingReasons, UpMessage
from wire.orders import Done, SelfTest


class Running:
    """From the start of `with` to its end."""

    def __init__(self, settings: EvaluatorSettings) -> None:
        self.driver: Any = make_driver(DEVICE, settings)
        self.state = logic.start(Context("dev-1", "b0"), settings)
        self.sent: list[UpMessage] = []
        self._inbox: queue.SimpleQueue[Callable[[float], Input] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Running":
        self.driver.start(self._inbox.put)
        self._thread.start()
        self.link(True)
        return self

    def __exit__(self, *_: object) -> None:
        self._inbox.put(None)
        self._thread.join(10)
        self.driver.stop()

    def give(self, make: Callable[[float], Input]) -> None:
        self._inbox.put(make)

    def link(self, up: bool) -> None:
        self.give(lambda at: LinkChanged(at=at, up=up))

    def ask(self, ident: str | None, seconds: float = 30.0, number: str = "A012", **view: Any) -> None:
        until = datetime.fromtimestamp(time.time() + seconds, UTC)
        shown = {"counter_name": "1号窗口", "phase": "serving", "clerk": "1001", "clerk_name": "工号1001", **view}
        message = EvaluatorView(
            epoch=1,
            version=1,
            counter="1",
            ask=None if ident is None else Ask(id=ident, number=number, until=until),
            **shown,
        )
        self.give(lambda at: Arrived(at=at, message=message))

    def order(self, test: str) -> None:
        message = SelfTest(id="o1", test=test, at=datetime.now(UTC))
        self.give(lambda at: Arrived(at=at, message=message))

    @property
    def rated(self) -> list[tuple[str, int]]:
        return [(one.ask, one.level) for one in self.sent if isinstance(one, Rating)]

    @property
    def explained(self) -> list[tuple[str, ...]]:
        return [one.reasons for one in self.sent if isinstance(one, RatingReasons)]

    @property
    def tested(self) -> list[Done]:
        return [one for one in self.sent if isinstance(one, Done)]

    def _run(self) -> None:
        while True:
            wake = logic.wake_at(self.state)
            try:
                item = self._inbox.get(timeout=None if wake is None else max(0.0, wake - time.time()))
            except queue.Empty:
                item = _tick
            if item is None:
                return
            self.state, effects = logic.react(self.state, item(time.time()))
            for effect in effects:
                if isinstance(effect, Send):
                    self.sent.append(effect.message)
                else:
                    self.driver.perform(effect)


def _tick(at: float) -> Input:
    return Tick(at=at)
