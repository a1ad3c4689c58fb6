"""Every certificate that devices were ever given: which is in use, which gave way to a newer one, which is revoked."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from hub.storage import schema_devices as schema


class Certified(msgspec.Struct, frozen=True):
    """A fresh certificate. `serial`: hex; `certificate`: PEM; `issuer`: its issuer's key identifier, hex."""

    serial: str
    certificate: str
    not_after: datetime
    issuer: str = ""


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """`seen_at`: when its device first showed it; `superseded_at`: when a newer one of the device's was seen."""

    serial: str
    device: str
    key_sha256: str
    issuer: str
    issued_at: datetime
    not_after: datetime
    certificate: str
    seen_at: datetime | None = None
    superseded_at: datetime | None = None
    revoked_at: datetime | None = None


def note(connection: Connection, device: str, key_sha256: str, certified: Certified, now: datetime) -> None:
    row = {**msgspec.structs.asdict(certified), "device": device, "key_sha256": key_sha256, "issued_at": now}
    connection.execute(insert(schema.certificate).values(row))


def of_serial(connection: Connection, serial: str) -> Issued | None:
    return _first(connection, schema.certificate.c.serial == serial)


def device_of_key(connection: Connection, key_sha256: str) -> str | None:
    """The device that has, or once had, this key."""
    one = _first(connection, schema.certificate.c.key_sha256 == key_sha256)
    return None if one is None else one.device


def of_device(connection: Connection, device: str) -> list[Issued]:
    """The newest first."""
    table = schema.certificate
    query = select(table).where(table.c.device == device).order_by(table.c.issued_at.desc(), table.c.serial)
    return [_as_issued(row) for row in connection.execute(query)]


def count_since(connection: Connection, device: str, since: datetime) -> int:
    table = schema.certificate
    query = select(func.count()).select_from(table).where(table.c.device == device, table.c.issued_at > since)
    return connection.execute(query).scalar_one()


def saw(connection: Connection, one: Issued, now: datetime) -> None:
    """Its device has it and uses it: all that were issued before it have had their time."""
    table = schema.certificate
    if one.seen_at is None:
        connection.execute(update(table).where(table.c.serial == one.serial).values(seen_at=now))
    before = (table.c.device == one.device) & (table.c.issued_at <= one.issued_at) & (table.c.serial != one.serial)
    connection.execute(update(table).where(before, table.c.superseded_at.is_(None)).values(superseded_at=now))


def drop_unseen(connection: Connection, device: str, now: datetime) -> None:
    """Issued, and asked for again with another key before it was ever shown."""
    table = schema.certificate
    unseen = (table.c.device == device) & table.c.seen_at.is_(None) & table.c.superseded_at.is_(None)
    connection.execute(update(table).where(unseen).values(superseded_at=now))


def revoke(connection: Connection, device: str, now: datetime) -> None:
    table = schema.certificate
    connection.execute(
        update(table).where(table.c.device == device, table.c.revoked_at.is_(None)).values(revoked_at=now)
    )


def retire(connection: Connection, issuer: str, now: datetime) -> None:
    """Of this issuer's certificates none is believed any more: they end now."""
    table = schema.certificate
    connection.execute(update(table).where(table.c.issuer == issuer, table.c.not_after > now).values(not_after=now))
    device, ended = schema.device, select(table.c.serial).where(table.c.issuer == issuer)
    connection.execute(update(device).where(device.c.serial.in_(ended), device.c.not_after > now).values(not_after=now))


def revoked(connection: Connection, now: datetime) -> list[str]:
    """Serials of those that would still be believed."""
    return _serials(connection, now, schema.certificate.c.revoked_at.is_not(None))


def superseded(connection: Connection, now: datetime) -> list[str]:
    return _serials(connection, now, schema.certificate.c.superseded_at.is_not(None))


def _serials(connection: Connection, now: datetime, where: ColumnElement[bool]) -> list[str]:
    table = schema.certificate
    query = select(table.c.serial).where(where, table.c.not_after > now).order_by(table.c.serial)
    return list(connection.execute(query).scalars())


def _first(connection: Connection, where: ColumnElement[bool]) -> Issued | None:
    row = connection.execute(select(schema.certificate).where(where)).first()
    return None if row is None else _as_issued(row)


def _as_issued(row: Row[Any]) -> Issued:
    return Issued(**{name: row._mapping[name] for name in Issued.__struct_fields__})
