"""One-time codes as HMACs, and how often they were asked for: limits that outlive a restart, for all processes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from hub.storage.schema_people import one_time_code, one_time_send
from hub.storage.turns import take_turn


class Limit(msgspec.Struct, frozen=True):
    """At most `most` of that kind within `span`. `of`: phone, address, or "" for all there are."""

    of: str
    most: int
    span: timedelta


class Tried(msgspec.Struct, frozen=True):
    """`tries`: with this one, since the code was sent. `code`: HMAC of what would be right; None: nothing."""

    code: str | None
    tries: int
    expires_at: datetime


class OneTime:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(
        self, phone: str, address: str, code: str, *, at: datetime, expires_at: datetime, limits: Sequence[Limit]
    ) -> datetime | None:
        """A new code in place of one before, unless a limit is reached: then when to ask again, and nothing changed."""
        with self._engine.begin() as connection:
            take_turn(connection)
            waits = [_free_at(connection, limit, phone, address, at) for limit in limits]
            if until := max((one for one in waits if one is not None), default=None):
                return until
            connection.execute(insert(one_time_send).values(phone=phone, address=address, at=at))
            connection.execute(delete(one_time_code).where(one_time_code.c.phone == phone))
            row = {"phone": phone, "code": code, "tries": 0, "expires_at": expires_at}
            connection.execute(insert(one_time_code).values(row))
        return None

    def tried(self, phone: str, *, at: datetime, until: datetime) -> Tried:
        """Counts a try, also at a phone that was sent nothing: those count until `until`."""
        with self._engine.begin() as connection:
            take_turn(connection)
            mine = one_time_code.c.phone == phone
            connection.execute(delete(one_time_code).where(mine, one_time_code.c.expires_at <= at))
            known = connection.execute(update(one_time_code).where(mine).values(tries=one_time_code.c.tries + 1))
            if not known.rowcount:
                row = {"phone": phone, "code": None, "tries": 1, "expires_at": until}
                connection.execute(insert(one_time_code).values(row))
            code, tries, expires_at = connection.execute(
                select(one_time_code.c.code, one_time_code.c.tries, one_time_code.c.expires_at).where(mine)
            ).one()
        return Tried(code, tries, expires_at)

    def use_up(self, phone: str, code: str) -> bool:
        """False: somebody else was faster with the same one."""
        with self._engine.begin() as connection:
            right = (one_time_code.c.phone == phone) & (one_time_code.c.code == code)
            return connection.execute(delete(one_time_code).where(right)).rowcount == 1

    def sweep(self, at: datetime, sent_before: datetime) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(one_time_code).where(one_time_code.c.expires_at <= at))
            connection.execute(delete(one_time_send).where(one_time_send.c.at < sent_before))


def _free_at(connection: Connection, limit: Limit, phone: str, address: str, at: datetime) -> datetime | None:
    """None: at once. Else when the oldest of the last `most` leaves the span."""
    asked = select(one_time_send.c.at).where(one_time_send.c.at > at - limit.span)
    if limit.of == "phone":
        asked = asked.where(one_time_send.c.phone == phone)
    elif limit.of == "address":
        asked = asked.where(one_time_send.c.address == address)
    if (connection.execute(select(func.count()).select_from(asked.subquery())).scalar_one()) < limit.most:
        return None
    oldest = asked.order_by(one_time_send.c.at.desc()).offset(limit.most - 1).limit(1)
    sent_at: datetime = connection.execute(oldest).scalar_one()
    return sent_at + limit.span
