"""The reader of the event log that opens a case for each negative rating."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeGuard

from hub.desk import Desk
from hub.domain.case_events import Opened
from hub.domain.cases import NEGATIVE, Case
from hub.domain.events import Rated
from hub.follower import Follower
from hub.storage.cases import Cases
from hub.storage.event_log import Recorded

log = logging.getLogger(__name__)


class Reader(Follower[Recorded]):
    """`due(hall, at)`: the day by whose end a case is to be closed that is opened then; blocks. `opened(cases)` hears
    of them, in the one process that opened them, as soon as they are stored."""

    def __init__(
        self,
        desk: Desk,
        cases: Cases,
        due: Callable[[str, datetime], str],
        opened: Callable[[Sequence[Case]], None] = lambda cases: None,
    ) -> None:
        super().__init__("opening cases of negative ratings", desk)
        self._cases, self._due, self._opened = cases, due, opened
        self._since = datetime.max.replace(tzinfo=UTC)

    def position(self) -> int:
        position, self._since = self._cases.position(self._desk.position, self._desk.now())
        return position

    async def find(self, recorded: Sequence[Recorded]) -> list[Recorded]:
        return [one for one in recorded if self._opens(one)]

    def store(self, before: int, after: int, found: Sequence[Recorded]) -> Callable[[], None] | None:
        now = self._desk.now()
        due = {hall: self._due(hall, now) for hall in {one.hall for one in found}}
        with self._cases.advance(before, after) as opening:
            made = [opening.open(_opened(one, now, due[one.hall])) for one in found]
        opened = [one for one in made if one is not None]
        return partial(self._tell, opened) if opened else None

    def _opens(self, one: Recorded) -> bool:
        return _is_rated(one.event) and one.event.level <= NEGATIVE and one.event.at >= self._since

    def _tell(self, opened: Sequence[Case]) -> None:
        try:
            self._opened(opened)
        except Exception:
            log.exception("a new case could not be told of; it is open all the same")


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
