"""A reader of the event log that does something once for each event that matters to it, whoever reads and how often."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from hub.desk import Desk
from hub.storage.checkpoint import MovedOnError
from hub.storage.event_log import Recorded

_AGAIN_S = 5.0
UNWRITTEN_MAX = 1000  # events that matter to nobody, after which the position is written all the same

_Found = TypeVar("_Found")

log = logging.getLogger(__name__)


class Follower(ABC, Generic[_Found]):
    """Any number of processes may run one: whoever moves the position has done what came before it, and the others read
    on from there. It is written when there is something to do, so that an ordinary press costs no second commit; what
    was read in vain is read again after a restart. `work`: what it does, for the log."""

    def __init__(self, work: str, desk: Desk) -> None:
        self._work, self._desk = work, desk
        self._read = self._written = 0

    @abstractmethod
    def position(self) -> int:
        """Up to where the work is done. Blocks."""

    @abstractmethod
    async def find(self, recorded: Sequence[Recorded]) -> Sequence[_Found]:
        """What is to be done for these events."""

    @abstractmethod
    def store(self, before: int, after: int, found: Sequence[_Found]) -> Callable[[], None] | None:
        """Does it and moves the position, in one transaction; what is to be called then, in the loop. Blocks. Raises
        MovedOnError."""

    @property
    def reached(self) -> int:
        """Up to where this process has read."""
        return self._read

    async def run(self) -> None:
        await self._again(self.begin)
        while True:
            await self._again(self.step)

    async def begin(self) -> None:
        self._read = self._written = await asyncio.to_thread(self.position)

    async def step(self) -> None:
        """Waits for something to happen."""
        recorded = await self._desk.since(self._read)
        found, reached = await self.find(recorded), recorded[-1].position
        then = None
        if found or reached - self._written >= UNWRITTEN_MAX:
            try:
                then = await asyncio.to_thread(self.store, self._written, reached, found)
            except MovedOnError:
                await self.begin()
                return
            self._written = reached
        self._read = reached
        if then is not None:
            then()

    async def catch_up(self) -> None:
        """All that has happened by now."""
        while self._read < self._desk.position:
            await self.step()

    async def _again(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:
            log.exception("%s cannot go on now; trying again", self._work)
            await asyncio.sleep(_AGAIN_S)
