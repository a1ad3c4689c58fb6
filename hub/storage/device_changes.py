"""What the registry tells its followers: something has become of a device."""

from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec
from sqlalchemy import Connection

from hub.storage.devices import Device

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
