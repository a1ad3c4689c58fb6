"""Who accepted more places than capacity has, when, and who looked again: a view that the event log writes, so that it
is so whichever door a setting was changed by. Each is in the audit as well, in the same transaction."""

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from hub.domain.events import SettingsChanged
from hub.storage.audit import Noted, What, note, noted, told
from hub.storage.event_log import Append
from hub.storage.schema_overbooking import overbooking

_PATH = re.compile(r"service\.([A-Z])\.overbook\Z")
_CARRIED = "hub"  # over from the day before, by nobody


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """`more`: places in each slot; None: as many as the hall's file says."""

    hall: str
    service: str
    ident: str
    more: int | None
    who: str
    at: datetime

    def noted(self, what: What | None = None) -> Noted:
        detail = told(self.service, "" if self.more is None else f"+{self.more}")
        what = what or ("overbooking-accepted" if self.more else "overbooking-withdrawn")
        return noted(hall=self.hall, who=self.who, what=what, detail=detail, at=self.at)


def accepted_in(append: Append) -> Iterator[Accepted]:
    for event in append.events:
        if not isinstance(event, SettingsChanged) or event.by == _CARRIED:
            continue
        for path, more in event.changes.items():
            if found := _PATH.match(path):
                yield Accepted(
                    hall=append.hall, service=found[1], ident=append.command, more=more, who=event.by[:80], at=event.at
                )


class Overbookings:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(self, hall: str) -> dict[str, Accepted]:
        """By service; also those that were taken back since."""
        query = select(overbooking).where(overbooking.c.hall == hall).order_by(overbooking.c.at)
        with self._engine.connect() as connection:
            return {row.service: Accepted(**row._asdict()) for row in connection.execute(query)}

    def keep(self, one: Accepted) -> None:
        """Somebody looked, and it stays. Once for each `ident`."""
        told_of = one.noted("overbooking-kept")
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(overbooking), msgspec.structs.asdict(one))
                note(connection, **msgspec.structs.asdict(told_of))
        except IntegrityError:
            return
