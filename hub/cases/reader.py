"""The reader of the event log that opens a case for each negative rating: once, whoever reads it and how often."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TypeGuard

from hub.desk import Desk
from hub.domain.case_events import Opened
from hub.domain.cases import NEGATIVE, Case
from hub.domain.events import Rated
from hub.storage.cases import Cases, MovedOnError
from hub.storage.event_log import Recorded

_AGAIN_S = 5.0
_UNWRITTEN_MAX = 1000  # events without a negative rating, after which the position is written all the same

log = logging.getLogger(__name__)


class Reader:
    """Any number of processes may run one: whoever moves the position has opened what came before it, and the others
    read on from there. `due(hall, at)`: the day by whose end a case is to be closed that is opened then; blocks.
    `opened(cases)` hears of them, in that one process, as soon as they are stored."""

    def __init__(
        self,
        desk: Desk,
        cases: Cases,
        due: Callable[[str, datetime], str],
        opened: Callable[[Sequence[Case]], None] = lambda cases: None,
    ) -> None:
        self._desk, self._cases, self._due, self._opened = desk, cases, due, opened
        self._read = self._written = 0
        self._since = datetime.max.replace(tzinfo=UTC)

    @property
    def reached(self) -> int:
        """Up to where this process has read."""
        return self._read

    async def run(self) -> None:
        await self._again(self.begin)
        while True:
            await self._again(self.step)

    async def begin(self) -> None:
        position, self._since = await asyncio.to_thread(self._cases.position, self._desk.position, self._desk.now())
        self._read = self._written = position

    async def step(self) -> None:
        """Waits for something to happen."""
        await self.heard(await self._desk.since(self._read))

    async def heard(self, recorded: Sequence[Recorded]) -> None:
        """What follows what was read before. Writes when there is a case to open, so that an ordinary press costs no
        second commit; what was read in vain is read again after a restart."""
        bad = [one for one in recorded if self._opens(one)]
        reached = recorded[-1].position
        opened: list[Case] = []
        if bad or reached - self._written >= _UNWRITTEN_MAX:
            try:
                opened = await asyncio.to_thread(self._open, reached, bad)
            except MovedOnError:
                await self.begin()
                return
            self._written = reached
        self._read = reached
        if opened:
            self._tell(opened)

    def _opens(self, one: Recorded) -> bool:
        return _is_rated(one.event) and one.event.level <= NEGATIVE and one.event.at >= self._since

    def _open(self, reached: int, bad: Sequence[Recorded]) -> list[Case]:
        now = self._desk.now()
        due = {hall: self._due(hall, now) for hall in {one.hall for one in bad}}
        with self._cases.advance(self._written, reached) as opening:
            made = [opening.open(_opened(one, now, due[one.hall])) for one in bad]
        return [one for one in made if one is not None]

    def _tell(self, opened: Sequence[Case]) -> None:
        try:
            self._opened(opened)
        except Exception:
            log.exception("a new case could not be told of; it is open all the same")

    async def _again(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:
            log.exception("cases of negative ratings cannot be opened now; trying again")
            await asyncio.sleep(_AGAIN_S)


def _is_rated(event: object) -> TypeGuard[Rated]:
    return isinstance(event, Rated)


def _opened(one: Recorded, now: datetime, due: str) -> Opened:
    rated = one.event
    assert _is_rated(rated)
    return Opened(
        at=now,
        by="hub",
        hall=one.hall,
        ask=rated.ask,
        number=rated.number,
        service=rated.service,
        counter=rated.counter,
        clerk=rated.clerk,
        level=rated.level,
        rating=rated.command,
        late=rated.source == "phone",
        rated_at=rated.at,
        due=due,
    )
