"""What the event log told lately, for those who read on from some position."""

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import takewhile

from hub.storage.event_log import Recorded

_KEPT = 1000  # recorded events, some seconds of a rush; those further behind read the log


class Recent:
    """`position`: of the last event that was published here."""

    def __init__(self) -> None:
        self.position = 0
        self._held: deque[Recorded] = deque(maxlen=_KEPT)  # up to `position`, none left out
        self._others: deque[int] = deque(maxlen=_KEPT)  # positions of what other processes appended, rising
        self._moved = asyncio.Event()

    def publish(self, recorded: Sequence[Recorded], others: Iterable[int] = ()) -> None:
        """What follows the last one. `others`: positions of those that other processes appended."""
        self._others.extend(others)
        if recorded:
            self._held.extend(recorded)
            self.position = recorded[-1].position
            self._moved.set()

    async def after(self, position: int) -> list[Recorded] | None:
        """Waits until there are some. None: they are not held any more."""
        while self.position <= position:
            self._moved.clear()
            await self._moved.wait()
        if not self._held or self._held[0].position > position + 1:
            return None
        newest_first = takewhile(lambda recorded: recorded.position > position, reversed(self._held))
        return list(newest_first)[::-1]

    def is_others(self, position: int) -> bool:
        """Whether another process appended that, a while ago at the most."""
        index = bisect_left(self._others, position)
        return index < len(self._others) and self._others[index] == position
