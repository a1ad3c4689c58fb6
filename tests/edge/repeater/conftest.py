"""A repeater on a board without a hub: real logic, real serial driver, real pty; what it would send is kept."""

import queue
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from edge.repeater import logic
from edge.repeater.settings import Settings
from edge.repeater.simulated import SimulatedDriver
from edge.runtime.device import Arrived, Context, Input, LinkChanged, ReportHealth, Send, Tick
from wire.messages import RepeaterView


class Board:
    def __init__(self, **settings: object) -> None:
        chosen = Settings(driver="simulated", **settings)
        self.driver = SimulatedDriver(chosen)
        self.radio = self.driver.radio
        self.state = logic.start(Context("repeater-1", "b007"), chosen)
        self.sent: list[Send] = []
        self.reports = 0
        self._inbox: queue.SimpleQueue[Callable[[float], Input] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self.driver.start(self._inbox.put)
        self._thread.start()

    def stop(self) -> None:
        self._inbox.put(None)
        self._thread.join(10)
        self.driver.stop()

    def link(self, up: bool) -> None:
        self._inbox.put(lambda at: LinkChanged(at=at, up=up))
        self.until(lambda: self.state.link_up == up)

    def show(self, view: RepeaterView) -> None:
        self._inbox.put(lambda at: Arrived(at=at, message=view))
        self.until(lambda: set(self.state.handsets) == {handheld.address for handheld in view.handhelds})

    def until(self, fact: Callable[[], bool], timeout_s: float = 30.0) -> None:
        end = time.monotonic() + timeout_s
        while not fact():
            assert time.monotonic() < end, f"not within {timeout_s} s; {self.facts()}"
            time.sleep(0.01)

    def facts(self) -> dict[str, object]:
        return {**logic.facts(self.state), **self.driver.health()}

    def _run(self) -> None:
        while True:
            wake = logic.wake_at(self.state)
            patience = None if wake is None else max(0.0, wake - time.time())
            try:
                item = self._inbox.get(timeout=patience)
            except queue.Empty:
                item = lambda at: Tick(at=at)  # noqa: E731
            if item is None:
                return
            self.state, effects = logic.react(self.state, item(time.time()))
            for effect in effects:
                if isinstance(effect, Send):
                    self.sent.append(effect)
                elif isinstance(effect, ReportHealth):
                    self.reports += 1
                else:
                    self.driver.perform(effect)


@pytest.fixture
def board_with() -> Iterator[Callable[..., Board]]:
    """A board with other settings, its port open."""
    made: list[Board] = []

    def make(**settings: object) -> Board:
        board = Board(**{"repeat_s": 5.0, "frames_per_s_max": 100.0, **settings})
        made.append(board)
        board.start()
        board.until(lambda: board.facts()["port"] == "open")
        return board

    yield make
    for board in made:
        board.stop()


@pytest.fixture
def board() -> Iterator[Board]:
    """Slow retries and a long memory for repeats, so that a busy test machine changes nothing."""
    made = Board(repeat_s=5.0, frames_per_s_max=100.0)
    made.start()
    made.until(lambda: made.facts()["port"] == "open")
    yield made
    made.stop()
