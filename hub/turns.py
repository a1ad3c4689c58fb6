"""How a thread that has much to do leaves the interpreter to the event loop."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

_WORK_S, _PAUSE_S = 0.001, 0.000_05

_T = TypeVar("_T")


class Turns:
    """`give()` as often as there is a moment. Without it a press would wait for Python to take the interpreter from the
    thread, which is after 5 ms (`sys.getswitchinterval`), and several times before it is on the display."""

    def __init__(self) -> None:
        self._began = time.perf_counter()

    def give(self) -> None:
        """A short sleep, if there was none for a millisecond: after one of no length it would be taken back at once."""
        if time.perf_counter() - self._began >= _WORK_S:
            time.sleep(_PAUSE_S)
            self._began = time.perf_counter()

    def each(self, some: Iterable[_T]) -> Iterator[_T]:
        for one in some:
            self.give()
            yield one
