"""Coming in and being renewed, step by step: what the registry does within its transactions.

Every step is told of what it makes of a device by `follow`, and raises a RefusedError where it is not to be.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec
from sqlalchemy import Connection, insert

from hub.storage import applicants, claims, devices, issued
from hub.storage import schema_devices as schema
from hub.storage.applicants import Applicant, Reason
from hub.storage.claims import Claim
from hub.storage.device_changes import DeviceChanged, Follower, revoke
from hub.storage.devices import IN_SERVICE, REVOKED, Device, device_id
from hub.storage.issued import Certified, Issued
from hub.storage.refused import (
    KeyTakenError,
    NotCurrentError,
    PositionTakenError,
    RenewedTooOftenError,
    RevokedDeviceError,
    SameKeyError,
    TurnedDownError,
)
from wire import pairing

_RENEWALS_MAX, _RENEWALS_WITHIN = 10, timedelta(days=1)

Certify: TypeAlias = Callable[[str], Certified]
"""The id of a device → its certificate; what it raises undoes the transaction."""


class Place(msgspec.Struct, frozen=True):
    """Where somebody has let a board in, and by what."""

    hall: str
    position: str | None
    device_class: str
    claim: str
    by: str
    hardware_serial: str | None


def knock(
    connection: Connection,
    fresh: Applicant,
    claim: Claim | None,
    certify: Certify,
    most: tuple[int, int],
    follow: Follower,
) -> Device | Applicant:
    """`fresh`: as whom it waits if it is new; `most`: how many may wait, of all and of one address."""
    one = applicants.taken(connection, fresh.key_sha256, fresh.last_at)
    known, now = devices.by_key(connection, fresh.key_sha256), fresh.last_at
    if known is not None and known.state == REVOKED:
        raise RevokedDeviceError(f"{known.id} was revoked; let the board make a new key")
    if known is not None and known.not_after > now:
        return known
    if one is None:
        if claim is not None:
            claims.check_usable(claim, now)
        return applicants.add(connection, fresh if known is None else _of_known(fresh, known), *most)
    if one.state == "refused":
        raise TurnedDownError(f"{one.decided_by} turned {pairing.shown(one.code)} down; ask there")
    if one.state == "waiting":
        return one
    assert one.hall is not None
    assert one.device_class is not None
    by = one.decided_by or ""
    place = Place(one.hall, one.position, one.device_class, f"code/{one.code}", by, one.hardware_serial)
    if one.claim is not None:
        claims.burn(connection, one.claim)
    applicants.remove(connection, one.key_sha256)
    return admit(connection, place, known, one.key_sha256, now, certify, follow)


def admit(
    connection: Connection,
    place: Place,
    known: Device | None,
    key_sha256: str,
    now: datetime,
    certify: Certify,
    follow: Follower,
) -> Device:
    """One that is known and whose certificate is good keeps it: there is never a second one to revoke."""
    applicants.remove(connection, key_sha256)
    if known is None:
        return _admit_new(connection, place, key_sha256, now, certify, follow)
    position = place.position or (known.position if known.hall == place.hall else None)
    placed = msgspec.structs.replace(
        known,
        hall=place.hall,
        position=position,
        claim=place.claim,
        hardware_serial=place.hardware_serial or known.hardware_serial,
    )
    devices.check_free(connection, placed)
    if known.not_after > now:
        devices.store(connection, placed)
    else:
        placed = _recertify(connection, placed, key_sha256, now, certify, place.by, follow)
    if (known.hall, known.position) != (placed.hall, placed.position):
        follow(connection, DeviceChanged(what="moved", device=placed, at=now, by=place.by, before=known))
    return placed


def replace(
    connection: Connection, claim: Claim, known: Device | None, now: datetime, by_whom: str, follow: Follower
) -> None:
    """What the claim replaces is revoked; `known`: the device that came with it, if it was here before."""
    assert claim.replaces is not None
    if known is not None and known.id == claim.replaces:
        raise PositionTakenError(f"{known.id} is the board that this token replaces: use it in the new one")
    old = devices.by_id(connection, claim.replaces, lock=True)
    if old is not None and old.state == IN_SERVICE:
        revoke(connection, old, now, claim.created_by, f"replaced by {by_whom}", follow)


def renew(
    connection: Connection, id: str, serial: str, key_sha256: str, now: datetime, certify: Certify, follow: Follower
) -> Device:
    """As `Registry.renew`."""
    device = devices.locked(connection, id)
    shown = _check_shown(connection, device, serial, now)
    if device.key_sha256 == key_sha256 and device.serial != serial:
        return device
    _check_new_key(connection, shown, key_sha256)
    if issued.count_since(connection, id, now - _RENEWALS_WITHIN) > _RENEWALS_MAX:
        raise RenewedTooOftenError(f"{id} has had {_RENEWALS_MAX} certificates within a day; wait")
    issued.saw(connection, shown, now)
    return _recertify(connection, device, key_sha256, now, certify, id, follow)


def _admit_new(
    connection: Connection, place: Place, key_sha256: str, now: datetime, certify: Certify, follow: Follower
) -> Device:
    id = device_id(place.device_class, key_sha256)
    devices.check_place(connection, place.hall, place.position, id)
    certified = certify(id)
    device = Device(
        id=id,
        key_sha256=key_sha256,
        device_class=place.device_class,
        hall=place.hall,
        position=place.position,
        claim=place.claim,
        state=IN_SERVICE,
        serial=certified.serial,
        certificate=certified.certificate,
        not_after=certified.not_after,
        enrolled_at=now,
        hardware_serial=place.hardware_serial,
    )
    connection.execute(insert(schema.device).values(msgspec.structs.asdict(device)))
    issued.note(connection, id, key_sha256, certified, now)
    follow(connection, DeviceChanged(what="admitted", device=device, at=now, by=place.by))
    return device


def _recertify(
    connection: Connection,
    device: Device,
    key_sha256: str,
    now: datetime,
    certify: Certify,
    by: str,
    follow: Follower,
) -> Device:
    issued.drop_unseen(connection, device.id, now)
    certified = certify(device.id)
    fresh = msgspec.structs.replace(
        device,
        key_sha256=key_sha256,
        serial=certified.serial,
        certificate=certified.certificate,
        not_after=certified.not_after,
    )
    devices.store(connection, fresh)
    issued.note(connection, device.id, key_sha256, certified, now)
    follow(connection, DeviceChanged(what="renewed", device=fresh, at=now, by=by))
    return fresh


def _of_known(fresh: Applicant, known: Device) -> Applicant:
    reason: Reason = "expired"
    return msgspec.structs.replace(
        fresh,
        reason=reason,
        device=known.id,
        hall=known.hall,
        position=known.position,
        device_class=known.device_class,
    )


def _check_shown(connection: Connection, device: Device, serial: str, now: datetime) -> Issued:
    shown = issued.of_serial(connection, serial)
    if shown is None or shown.device != device.id:
        raise NotCurrentError(f"this certificate was never given to {device.id}")
    if shown.superseded_at is not None or shown.not_after <= now:
        raise NotCurrentError(f"{device.id} has a newer certificate than the one shown, or this one has run out")
    return shown


def _check_new_key(connection: Connection, shown: Issued, key_sha256: str) -> None:
    if key_sha256 == shown.key_sha256:
        raise SameKeyError("a renewal needs a new key, and the request has that of the certificate shown")
    if issued.device_of_key(connection, key_sha256) is not None:
        raise KeyTakenError("the key of the request was used before; let the board make a new one")
