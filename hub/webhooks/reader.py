"""The reader of the event log that notes what platforms are to be told."""

import asyncio
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

import msgspec

from hub.desk import Desk
from hub.follower import Follower
from hub.storage.event_log import Recorded
from hub.storage.webhook_changes import ChangeBook, Noting, Origin
from hub.webhooks.series import KINDS, AboutOne, Place, Series, body, follow, name_of

_UTC = ZoneInfo("UTC")


class Reader(Follower[tuple[Recorded, Origin]]):
    """`news()` when something was noted."""

    def __init__(self, desk: Desk, book: ChangeBook, news: Callable[[], None] = lambda: None) -> None:
        super().__init__("noting what platforms are to be told", desk)
        self._book, self._news = book, news

    def position(self) -> int:
        return self._book.position(self._desk.position)

    async def find(self, recorded: Sequence[Recorded]) -> list[tuple[Recorded, Origin]]:
        about = [one for one in recorded if isinstance(one.event, KINDS)]
        origins = await asyncio.to_thread(self._book.origins, {_place(one) for one in about}) if about else {}
        return [(one, origins[_place(one)]) for one in about if _place(one) in origins]

    def store(self, before: int, after: int, found: Sequence[tuple[Recorded, Origin]]) -> Callable[[], None] | None:
        with self._book.advance(before, after) as noting:
            for one, origin in found:
                self._note_one(noting, one, origin)
        return self._news if found else None

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


def _place(one: Recorded) -> tuple[str, str, str]:
    return one.hall, one.day, getattr(one.event, "code", "")


def _with_place(series: Series, day: str, event: AboutOne, origin: Origin) -> Series:
    """Of one that was booked before anybody read: as far as it is known now."""
    key = f"{day}/{event.code}"
    if key in series.places or "instead_of" in event.__struct_fields__:
        return series
    place = Place(slot_at=origin.slot_at, minutes=origin.minutes, state="booked", before=series.head)
    return msgspec.structs.replace(series, head=key, places={**series.places, key: place})
