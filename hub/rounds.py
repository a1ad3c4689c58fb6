"""What waits for recipients, taken to them in rounds: one for each at a time, so that a slow one holds up no other."""

import asyncio
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Sequence
from datetime import datetime

LOOK_S = 5.0  # for what other processes left
_PAUSE_S_MIN = 0.05

log = logging.getLogger(__name__)


class Rounds(ABC):
    """`run` in the loop, one for each process. `what` waits, for the log. `due(at)`: whom something can be taken to
    now; `next_due(but)`: when to others than those; both block. `now`: the hub's clock."""

    def __init__(
        self,
        what: str,
        *,
        due: Callable[[datetime], Sequence[str]],
        next_due: Callable[[Collection[str]], datetime | None],
        now: Callable[[], datetime],
    ) -> None:
        self._what, self._due, self._next_due, self.now = what, due, next_due, now
        self._news = asyncio.Event()
        self._under_way: dict[str, asyncio.Task[int]] = {}

    @abstractmethod
    async def take_to(self, who: str) -> int:
        """What is due there, once; how much it was."""

    def wake(self) -> None:
        """Something is to be taken to somebody; from the loop."""
        self._news.set()

    async def run(self) -> None:
        try:
            while True:
                try:
                    await self._set_out()
                    due = await asyncio.to_thread(self._next_due, list(self._under_way))
                    await pause(self._news, due, self.now())
                except Exception:
                    log.exception("%s: what waits could not be looked at; trying again", self._what)
                    await asyncio.sleep(LOOK_S)
        finally:
            for task in self._under_way.values():
                task.cancel()

    async def deliver(self) -> int:
        """Tries what is due, once; how much it was."""
        due = await asyncio.to_thread(self._due, self.now())
        return sum(await asyncio.gather(*map(self.take_to, due)))

    async def _set_out(self) -> None:
        for who in await asyncio.to_thread(self._due, self.now()):
            if who not in self._under_way:
                self._under_way[who] = asyncio.create_task(self._guarded(who), name=f"{self._what} {who}")

    async def _guarded(self, who: str) -> int:
        try:
            return await self.take_to(who)
        except Exception:
            log.exception("%s: nothing could be taken to %s; trying again", self._what, who)
            await asyncio.sleep(LOOK_S)
            return 0
        finally:
            self._under_way.pop(who, None)
            self._news.set()


async def pause(news: asyncio.Event, due: datetime | None, at: datetime) -> None:
    """Until there is news, something is due, or it is time to look for what other processes left."""
    wait_s = LOOK_S if due is None else min(LOOK_S, max(_PAUSE_S_MIN, (due - at).total_seconds()))
    try:
        async with asyncio.timeout(wait_s):
            await news.wait()
    except TimeoutError:
        pass
    news.clear()


def retry_s(steps_s: Sequence[float], tries: int, asked_s: float | None, most_s: float) -> float:
    """Until the next try: by the steps, `tries` having come before the one that failed; scattered, so that not all come
    at once. `asked_s`: by whoever answered, of which `most_s` is granted."""
    wait_s = steps_s[min(tries, len(steps_s) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311
    return wait_s if asked_s is None else max(wait_s, min(asked_s, most_s))
