"""What becomes of a device, and who is told of it within the same transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from sqlalchemy import Connection

from hub.storage import devices, issued
from hub.storage.devices import REVOKED, Device

Change: TypeAlias = Literal["admitted", "moved", "renewed", "revoked", "removed"]


class DeviceChanged(msgspec.Struct, frozen=True, kw_only=True):
    """`device` is as it is now; of one that was revoked, as it was before. "removed": taken from its position.
    `before`: of one that was moved or removed, as it was."""

    what: Change
    device: Device
    at: datetime
    by: str
    why: str = ""
    before: Device | None = None


Follower: TypeAlias = Callable[[Connection, DeviceChanged], None]
"""Is told within the registry's transaction; what it raises undoes the change."""


def revoke(connection: Connection, device: Device, at: datetime, by: str, why: str, follow: Follower) -> None:
    issued.revoke(connection, device.id, at)
    devices.store(connection, msgspec.structs.replace(device, state=REVOKED, position=None))
    follow(connection, DeviceChanged(what="revoked", device=device, at=at, by=by, why=why))
