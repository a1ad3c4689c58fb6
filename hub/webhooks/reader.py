"""The reader of the event log that notes what platforms are to be told: each change once, whoever reads it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from zoneinfo import ZoneInfo

import msgspec

from hub.desk import Desk
from hub.storage.event_log import Recorded
from hub.storage.webhook_changes import ChangeBook, MovedOnError, Noting, Origin
from hub.webhooks.series import KINDS, AboutOne, Place, Series, body, follow, name_of

_AGAIN_S = 5.0
_UNWRITTEN_MAX = 1000  # events without anything to note, after which the position is written all the same
_UTC = ZoneInfo("UTC")

log = logging.getLogger(__name__)


class Reader:
    """Any number of processes may run one: whoever moves the position has noted what came before it, and the others
    read on from there. `news()` when something was noted."""

    def __init__(self, desk: Desk, book: ChangeBook, news: Callable[[], None] = lambda: None) -> None:
        self._desk, self._book, self._news = desk, book, news
        self._read = self._written = 0

    async def run(self) -> None:
        await self._again(self.begin)
        while True:
            await self._again(self.step)

    async def begin(self) -> None:
        self._read = self._written = await asyncio.to_thread(self._book.position, self._desk.position)

    async def step(self) -> None:
        """Waits for something to happen."""
        await self.heard(await self._desk.since(self._read))

    async def heard(self, recorded: Sequence[Recorded]) -> None:
        """What follows what was read before. Writes when there is something to note, so that an ordinary press costs
        no second commit; what was read in vain is read again after a restart."""
        about = [one for one in recorded if isinstance(one.event, KINDS)]
        origins = await asyncio.to_thread(self._book.origins, {_place(one) for one in about}) if about else {}
        theirs = [one for one in about if _place(one) in origins]
        reached = recorded[-1].position
        if theirs or reached - self._written >= _UNWRITTEN_MAX:
            try:
                await asyncio.to_thread(self._note, reached, theirs, origins)
            except MovedOnError:
                await self.begin()
                return
            self._written = reached
        self._read = reached
        if theirs:
            self._news()

    def _note(self, reached: int, theirs: Sequence[Recorded], origins: dict[tuple[str, str, str], Origin]) -> None:
        with self._book.advance(self._written, reached) as noting:
            for one in theirs:
                self._note_one(noting, one, origins[_place(one)])

    def _note_one(self, noting: Noting, one: Recorded, origin: Origin) -> None:
        assert isinstance(one.event, KINDS)
        at = self._desk.now()
        kept = noting.series(one.hall, origin.series)
        before = msgspec.json.decode(kept, type=Series) if kept else Series(service=origin.service)
        series, what = follow(_with_place(before, one.day, one.event, origin), one.day, one.event)
        noting.keep(one.hall, origin.series, msgspec.json.encode(series), at)
        for ident in noting.listeners(one.hall, origin.client, one.position) if what else ():
            told = body(series, name_of(origin.series), one.hall, what, one.event.at, self._zone(one.hall))
            noting.add(ident, one.position, series=origin.series, type=f"appointment.{what}", body=told, at=at)

    def _zone(self, hall: str) -> ZoneInfo:
        """A hall that this process does not serve is told of in UTC."""
        return self._desk.zone(hall) if hall in self._desk.halls() else _UTC

    async def _again(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception:
            log.exception("what platforms are to be told cannot be noted now; trying again")
            await asyncio.sleep(_AGAIN_S)


def _place(one: Recorded) -> tuple[str, str, str]:
    return one.hall, one.day, getattr(one.event, "code", "")


def _with_place(series: Series, day: str, event: AboutOne, origin: Origin) -> Series:
    """Of one that was booked before anybody read: as far as it is known now."""
    key = f"{day}/{event.code}"
    if key in series.places or "instead_of" in event.__struct_fields__:
        return series
    place = Place(slot_at=origin.slot_at, minutes=origin.minutes, state="booked", before=series.head)
    return msgspec.structs.replace(series, head=key, places={**series.places, key: place})
