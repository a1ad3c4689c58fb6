"""Commands that wait to be decided, and what becomes of each."""

import asyncio
import logging

import msgspec

from hub.domain import commands as c
from hub.domain.events import AnyEvent, Refused

_BATCH = 256
_WAITING_MAX = 10_000  # about a second's work

log = logging.getLogger(__name__)


class UnavailableError(RuntimeError):
    """Nothing can be taken now (disk full, database locked, too much at once). Nothing happened; try again."""


class Outcome(msgspec.Struct, frozen=True):
    """What a command led to, now or the first time it came. `refused`: the rules said no, for good."""

    events: tuple[AnyEvent, ...]
    position: int

    @property
    def refused(self) -> Refused | None:
        last = self.events[-1] if self.events else None
        return last if isinstance(last, Refused) else None


class Wish(msgspec.Struct, frozen=True):
    hall: str
    day: str
    command: c.Command
    answer: "asyncio.Future[Outcome]"

    def succeed(self, outcome: Outcome) -> None:
        if not self.answer.done():
            self.answer.set_result(outcome)

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def refuse_faulty(self, error: Exception) -> None:
        """A fault of ours, not of the log: whoever asked hears that nothing happened, and we hear of it by the log."""
        log.error("%r could not be done", self.command, exc_info=error)
        self.fail(UnavailableError(f"this command cannot be stored: {error}"))


class Waiting:
    """In the order in which they came, for the one task that decides."""

    def __init__(self) -> None:
        self._wishes: asyncio.Queue[Wish | None] = asyncio.Queue()  # None: nothing more comes
        self._closing = False

    async def ask(self, hall: str, day: str, command: c.Command) -> Outcome:
        """Raises UnavailableError."""
        if self._closing or self._wishes.qsize() >= _WAITING_MAX:
            raise UnavailableError("the hub is closing" if self._closing else "too much is waiting to be done")
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._wishes.put_nowait(Wish(hall, day, command, answer))
        return await answer

    async def batch(self) -> list[Wish]:
        """What waits, as soon as something does; nothing once all is done after `close`."""
        batch: list[Wish] = []
        wish = await self._wishes.get()
        while wish is not None:
            batch.append(wish)
            if len(batch) == _BATCH or self._wishes.empty():
                return batch
            wish = self._wishes.get_nowait()
        if batch:
            self._wishes.put_nowait(None)
        return batch

    def close(self) -> None:
        """What waits is still done."""
        self._closing = True
        self._wishes.put_nowait(None)
