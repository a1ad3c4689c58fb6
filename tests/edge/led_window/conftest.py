"""A window display with everything but the bus: logic and panel run in virtual time, the chips are a model."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from edge.led_window import logic
from edge.led_window.fake_panel import FakePanel
from edge.led_window.logic import DisplayChanged
from edge.led_window.max7219 import Panel
from edge.led_window.scene import Brightness, Refresh, Show
from edge.led_window.settings import Settings
from edge.led_window.simulated import SimulatedPanel
from edge.runtime.device import Arrived, Context, Effect, Input, LinkChanged, Send, Tick
from wire.messages import WindowView
from wire.orders import Done, SelfTest

T0 = 1_800_000_000.0


class Window:
    """Does what the agent's loop and the display's thread do: inputs to the logic, effects and time to the panel."""

    def __init__(self, panel: FakePanel | None = None, **settings: Any) -> None:
        chosen = Settings(driver="simulated", **settings)
        self.now = T0
        self.state = logic.start(Context("window-01", "b0"), chosen)
        self.effects: list[Effect] = []
        self.panel: Panel = Panel(chosen, panel) if panel else SimulatedPanel(chosen, lambda: None)
        self.model: FakePanel = panel or self.panel.model  # type: ignore[attr-defined]
        self._waiting: list[Callable[[float], Input]] = []
        self._due = math.inf
        self._error = ""
        self.panel.open(self._report)
        self.until(T0)

    def take(self, event: Callable[[float], Input]) -> list[Effect]:
        """One input now, and what the panel says to it; returns all the effects."""
        self._waiting.append(event)
        done: list[Effect] = []
        while self._waiting:
            self.state, effects = logic.react(self.state, self._waiting.pop(0)(self.now))
            for effect in effects:
                if isinstance(effect, Show | Refresh | Brightness):
                    self.panel.take(effect, self.now)
            done += effects
            self._due = self.panel.frame(self.now)
        self.effects += done
        return done

    def until(self, at: float) -> list[Effect]:
        """Let time pass, with a Tick whenever the logic asks for one, and a frame whenever the panel does."""
        done: list[Effect] = []
        while (due := min(self.state.wake_at, self._due)) <= at:
            self.now = max(self.now, due)
            self._due = self.panel.frame(self.now)
            if self.state.wake_at <= self.now or self._waiting:
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

    def order(self, test: str, ident: str = "o1") -> list[Effect]:
        order = SelfTest(id=ident, test=test, at=datetime.fromtimestamp(self.now, UTC))
        return self.take(lambda at: Arrived(at=at, message=order))

    def answers(self) -> list[tuple[str, bool, str]]:
        """What the hub heard of tests: order, whether it went well, words."""
        sent = [effect.message for effect in self.effects if isinstance(effect, Send)]
        return [(one.to, one.ok, one.text) for one in sent if isinstance(one, Done)]

    @property
    def text(self) -> str:
        assert self.state.show is not None
        return self.state.show.text

    def lit(self) -> tuple[str, ...]:
        return self.model.lit()

    def _report(self, error: str) -> None:
        if error or self._error:
            self._waiting.append(lambda at: DisplayChanged(at=at, error=error))
        self._error = error


@pytest.fixture
def new_window() -> type[Window]:
    return Window


@pytest.fixture
def window() -> Window:
    """One that is connected and has no view yet."""
    made = Window()
    made.link(True)
    return made
