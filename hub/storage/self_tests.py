"""Self-tests of devices: who ordered which one when, and what became of it."""

import secrets
from datetime import datetime

import msgspec
from sqlalchemy import Engine, Row, delete, insert, select, update

from hub.storage.schema import self_test

KEPT = 20  # of each position


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """`ok` is None until the device has answered. `picture`: JPEG or PNG in base64, or ""."""

    id: str
    hall: str
    position: str
    device: str
    test: str
    ordered_by: str
    ordered_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ok: bool | None
    text: str
    picture: str


class SelfTests:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def order(
        self, *, hall: str, position: str, device: str, test: str, by: str, at: datetime, expires_at: datetime
    ) -> Ordered:
        """Of older ones at that position, the newest `KEPT` stay."""
        one = Ordered(
            id=secrets.token_hex(8),
            hall=hall,
            position=position,
            device=device,
            test=test,
            ordered_by=by,
            ordered_at=at,
            expires_at=expires_at,
            ended_at=None,
            ok=None,
            text="",
            picture="",
        )
        with self._engine.begin() as connection:
            connection.execute(insert(self_test).values(msgspec.structs.asdict(one)))
            there = (self_test.c.hall == hall) & (self_test.c.position == position)
            newest = select(self_test.c.id).where(there).order_by(self_test.c.ordered_at.desc()).limit(KEPT)
            connection.execute(delete(self_test).where(there, self_test.c.id.not_in(newest)))
        return one

    def ended(self, ident: str, device: str, *, at: datetime, ok: bool, text: str, picture: str = "") -> bool:
        """The first answer of the device that was asked counts. False for any other."""
        with self._engine.begin() as connection:
            open_one = (self_test.c.id == ident) & (self_test.c.device == device) & self_test.c.ended_at.is_(None)
            done = connection.execute(
                update(self_test).where(open_one).values(ended_at=at, ok=ok, text=text, picture=picture)
            )
        return bool(done.rowcount)

    def at(self, hall: str, position: str) -> list[Ordered]:
        """Newest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(self_test)
                .where(self_test.c.hall == hall, self_test.c.position == position)
                .order_by(self_test.c.ordered_at.desc())
            )
            return [_ordered(row) for row in rows]


def _ordered(row: Row[tuple[object, ...]]) -> Ordered:
    return Ordered(**row._asdict())
