"""A caller's logic and a driver, joined as an agent joins them; what is waited for is a fact, not a time."""

import queue
import time
from collections.abc import Callable
from typing import Any

from edge.caller import logic
from edge.caller.settings import CallerSettings
from edge.runtime.device import Context, Input, LinkChanged, Send, Tick
from wire.messages import Action


def until(fact: Callable[[], bool]) -> None:
    patience = time.monotonic() + 10
    while not fact():
        assert time.monotonic() < patience, "this did not become true within 10 s"
        time.sleep(0.005)


class Loop:
    """Takes a driver's inputs and gives it the logic's effects, in turn. `sent`: verbs and arguments."""

    def __init__(self, driver: Any, settings: CallerSettings) -> None:
        self.driver, self.inbox = driver, queue.SimpleQueue[Callable[[float], Input]]()
        self.state: Any = logic.start(Context("dev-1", "b0"), settings)
        self.sent: list[tuple[str, str]] = []
        self.actions: list[Action] = []
        driver.start(self.inbox.put)
        self.take(lambda at: LinkChanged(at=at, up=True))

    def take(self, item: Callable[[float], Input]) -> None:
        self.state, effects = logic.react(self.state, item(time.time()))
        for effect in effects:
            if isinstance(effect, Send):
                self.actions.append(effect.message)
                self.sent.append((effect.message.verb, effect.message.argument))
            else:
                self.driver.perform(effect)

    def settle(self) -> None:
        while not self.inbox.empty():
            self.take(self.inbox.get())

    def until(self, fact: Callable[[], bool]) -> None:
        """With inputs taken as they come, and Ticks when they are due."""

        def came_true() -> bool:
            self.settle()
            wake = logic.wake_at(self.state)
            if wake is not None and wake <= time.time():
                self.take(lambda at: Tick(at=at))
            return fact()

        until(came_true)
