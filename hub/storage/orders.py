"""Orders to devices: who gave which one when, and what became of it."""

import secrets
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from sqlalchemy import Engine, Row, delete, func, insert, select, update

from hub.storage import audit
from hub.storage.schema_care import device_order

Kind: TypeAlias = Literal["self-test", "identify", "restart", "send-log", "print-slip"]

KEPT = 20  # of each position


class KnownOrderError(Exception):
    """That order was given before."""


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """`ok` is None until the device has answered. `picture`: JPEG or PNG in base64, or ""; `log`: lines, or ""."""

    id: str
    hall: str
    position: str
    device: str
    what: str  # the order's tag
    detail: str
    ordered_by: str
    ordered_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    ok: bool | None = None
    text: str = ""
    picture: str = ""
    log: str = ""


class OrderBook:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def order(
        self,
        *,
        hall: str,
        position: str,
        device: str,
        what: Kind,
        detail: str = "",
        by: str,
        at: datetime,
        expires_at: datetime,
        ident: str = "",
    ) -> Ordered:
        """Of older ones at that position, the newest `KEPT` stay; that they were given stays in the audit. `ident`: its
        id where it has one already; raises KnownOrderError where there is an order with it."""
        one = Ordered(
            id=ident or secrets.token_hex(8),
            hall=hall,
            position=position,
            device=device,
            what=what,
            detail=detail,
            ordered_by=by,
            ordered_at=at,
            expires_at=expires_at,
        )
        with self._engine.begin() as connection:
            if ident and connection.execute(select(device_order.c.id).where(device_order.c.id == ident)).first():
                raise KnownOrderError(ident)
            connection.execute(insert(device_order).values(msgspec.structs.asdict(one)))
            there = (device_order.c.hall == hall) & (device_order.c.position == position)
            newest = select(device_order.c.id).where(there).order_by(device_order.c.ordered_at.desc()).limit(KEPT)
            connection.execute(delete(device_order).where(there, device_order.c.id.not_in(newest)))
            audit.note(connection, hall=hall, position=position, device=device, who=by, what=what, detail=detail, at=at)
        return one

    def lately(self, hall: str, position: str, what: str, since: datetime) -> int:
        """How many of a kind were given there since then: at most `KEPT` are known."""
        table = device_order.c
        those = (table.hall == hall) & (table.position == position) & (table.what == what) & (table.ordered_at > since)
        with self._engine.connect() as connection:
            return int(connection.execute(select(func.count()).where(those)).scalar_one())

    def ended(
        self, ident: str, device: str, *, at: datetime, ok: bool, text: str, picture: str = "", log: str = ""
    ) -> bool:
        """The first answer of the device that was asked counts. False for any other."""
        table = device_order.c
        with self._engine.begin() as connection:
            open_one = (table.id == ident) & (table.device == device) & table.ended_at.is_(None)
            said = {"ended_at": at, "ok": ok, "text": text, "picture": picture, "log": log}
            done = connection.execute(update(device_order).where(open_one).values(said))
        return bool(done.rowcount)

    def one(self, ident: str) -> Ordered | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(device_order).where(device_order.c.id == ident)).first()
        return _ordered(row) if row else None

    def at(self, hall: str, position: str) -> list[Ordered]:
        """Newest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(device_order)
                .where(device_order.c.hall == hall, device_order.c.position == position)
                .order_by(device_order.c.ordered_at.desc())
            )
            return [_ordered(row) for row in rows]


def _ordered(row: Row[tuple[object, ...]]) -> Ordered:
    return Ordered(**row._asdict())
