"""Rows of the table of devices: what every step of admission, renewal and revocation reads, checks and writes."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select, update

from hub.storage import issued
from hub.storage import schema_devices as schema
from hub.storage.refused import NotCurrentError, OtherClassError, PositionTakenError, RevokedDeviceError

IN_SERVICE, REVOKED = "in-service", "revoked"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the common name of its certificate; `position` is None as long as it has no place.

    Key and certificate are the newest that were issued to it. `hardware_serial` is what the board said: for the
    inventory, never for a right.
    """

    id: str
    key_sha256: str
    device_class: str
    hall: str
    position: str | None
    claim: str
    state: str
    serial: str
    certificate: str
    not_after: datetime
    enrolled_at: datetime
    hardware_serial: str | None = None


def device_id(device_class: str, key_sha256: str) -> str:
    """`caller-3f9a1b2c4d5e`: the class and the first 12 hex digits of the key's SHA-256; safe as a level of a topic."""
    return f"{device_class.replace('_', '-')}-{key_sha256[:12]}"


def by_id(connection: Connection, id: str, *, lock: bool = False) -> Device | None:
    table = schema.device
    if lock:
        connection.execute(update(table).where(table.c.id == id).values(state=table.c.state))
    row = connection.execute(select(table).where(table.c.id == id)).one_or_none()
    return None if row is None else as_device(row)


def by_key(connection: Connection, key_sha256: str) -> Device | None:
    """The device that has this key, or had it before it renewed."""
    id = issued.device_of_key(connection, key_sha256)
    return None if id is None else by_id(connection, id)


def locked(connection: Connection, id: str) -> Device:
    device = by_id(connection, id, lock=True)
    if device is None:
        raise NotCurrentError(f"{id} is no device here")
    if device.state == REVOKED:
        raise RevokedDeviceError(f"{id} was revoked; let the board make a new key")
    return device


def store(connection: Connection, device: Device) -> None:
    table = schema.device
    connection.execute(update(table).where(table.c.id == device.id).values(msgspec.structs.asdict(device)))


def check_known(known: Device, device_class: str) -> None:
    if known.state == REVOKED:
        raise RevokedDeviceError(f"{known.id} was revoked; let the board make a new key")
    if known.device_class != device_class:
        raise OtherClassError(f"{known.id} is known already, and is no {device_class}; let the board make a new key")


def check_free(connection: Connection, device: Device) -> None:
    check_place(connection, device.hall, device.position, device.id)


def check_place(connection: Connection, hall: str, position: str | None, id: str) -> None:
    if position is None:
        return
    table = schema.device
    there = (table.c.hall == hall) & (table.c.position == position) & (table.c.state == IN_SERVICE)
    other = connection.execute(select(table.c.id).where(there, table.c.id != id)).scalar_one_or_none()
    if other is not None:
        raise PositionTakenError(f"{other} is in service at {position}; revoke it first")


def as_device(row: Row[Any]) -> Device:
    return Device(**{name: row._mapping[name] for name in Device.__struct_fields__})
