"""A window display with everything but the bus: logic and driver run in virtual time, the chips are a model."""

from collections.abc import Callable
from typing import Any

import pytest

from edge.led_window import logic
from edge.led_window.settings import Settings
from edge.led_window.simulated import SimulatedWindow
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, Tick
from wire.messages import WindowView

T0 = 1_800_000_000.0


class Window:
    """Does what the agent's loop does: inputs to the logic, effects to the driver, Ticks when they are asked for."""

    def __init__(self, **settings: Any) -> None:
        chosen = Settings(driver="simulated", **settings)
        self.now = T0
        self.state = logic.start(Context("window-01", "b0"), chosen)
        self.effects: list[Effect] = []
        self.driver = SimulatedWindow(chosen)
        self._waiting: list[Callable[[float], Input]] = []
        self.driver.start(self._waiting.append)
        self.until(T0)

    def take(self, event: Callable[[float], Input]) -> list[Effect]:
        """One input now, and what the driver says to it; returns all the effects."""
        self._waiting.append(event)
        done: list[Effect] = []
        while self._waiting:
            self.state, effects = logic.react(self.state, self._waiting.pop(0)(self.now))
            for effect in effects:
                self.driver.perform(effect)
            done += effects
        self.effects += done
        return done

    def until(self, at: float) -> list[Effect]:
        """Let time pass, with a Tick at every moment that the logic asks for."""
        done: list[Effect] = []
        while (wake := logic.wake_at(self.state)) is not None and wake <= at:
            self.now = max(self.now, wake)
            done += self.take(lambda now: Tick(at=now))
        self.now = at
        return done

    def wait(self, seconds: float) -> list[Effect]:
        return self.until(self.now + seconds)

    def link(self, up: bool) -> None:
        self.take(lambda at: LinkChanged(at=at, up=up))

    def view(self, phase: str, number: str = "", calls: int = 0, **more: Any) -> list[Effect]:
        fields = {"counter": "03", "counter_name": "03号窗口", **more}
        view = WindowView(epoch=1, version=1, phase=phase, number=number, calls=calls, **fields)  # type: ignore[arg-type]
        return self.take(lambda at: Arrived(at=at, message=view))

    @property
    def text(self) -> str:
        assert self.state.show is not None
        return self.state.show.text

    def lit(self) -> tuple[str, ...]:
        return self.driver.model.lit()


@pytest.fixture
def new_window() -> type[Window]:
    return Window


@pytest.fixture
def window() -> Window:
    """One that is connected and has no view yet."""
    made = Window()
    made.link(True)
    return made
