"""Who did what to devices, and when. Written by every part that changes something there; never changed afterwards."""

from datetime import datetime

import msgspec
from sqlalchemy import Connection, Engine, Row, insert, select

from hub.storage.registry import DeviceChanged
from hub.storage.schema import audit


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """`what`: a word with dashes, such as "restart", "approved", "revoked", "settings-changed". `detail`: in words."""

    hall: str
    position: str
    device: str
    who: str
    what: str
    detail: str
    at: datetime


class Audit:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(
        self, *, hall: str, position: str = "", device: str = "", who: str, what: str, detail: str = "", at: datetime
    ) -> None:
        """`position` empty: it is about the whole hall."""
        with self._engine.begin() as connection:
            note(connection, hall=hall, position=position, device=device, who=who, what=what, detail=detail, at=at)

    def of(self, hall: str, position: str | None = None, most: int = 200) -> list[Noted]:
        """Newest first; `position` None: of all the hall."""
        asked = select(audit).where(audit.c.hall == hall)
        if position is not None:
            asked = asked.where(audit.c.position == position)
        with self._engine.connect() as connection:
            return [_noted(row) for row in connection.execute(asked.order_by(audit.c.id.desc()).limit(most))]


def note(
    connection: Connection,
    *,
    hall: str,
    position: str = "",
    device: str = "",
    who: str,
    what: str,
    detail: str = "",
    at: datetime,
) -> None:
    """Within a transaction of the caller's: what was done and its note are stored together, or neither is."""
    noted = Noted(hall=hall, position=position, device=device, who=who, what=what, detail=detail, at=at)
    connection.execute(insert(audit).values(msgspec.structs.asdict(noted)))


def of_registry(connection: Connection, change: DeviceChanged) -> None:
    """Follows the registry: admitted, moved, renewed, revoked, removed."""
    device = change.device
    note(
        connection,
        hall=device.hall,
        position=device.position or "",
        device=device.id,
        who=change.by[:80],
        what=change.what,
        detail=change.why,
        at=change.at,
    )


def _noted(row: Row[tuple[object, ...]]) -> Noted:
    fields = row._asdict()
    del fields["id"]
    return Noted(**fields)
