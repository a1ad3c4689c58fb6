"""Devices: which may come in and by what, what is at which position, what is revoked."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from hub.storage import admission, applicants, claims, devices, issued
from hub.storage import schema_devices as schema
from hub.storage.admission import Certify
from hub.storage.applicants import OF_ADDRESS_MAX, WAITING_MAX, Applicant, Applicants
from hub.storage.claims import Claim, NewClaim
from hub.storage.device_changes import Change, DeviceChanged, Follower, revoke
from hub.storage.devices import IN_SERVICE, REVOKED, Device, device_id
from hub.storage.issued import Issued
from hub.storage.refused import PositionTakenError
from wire import pairing


class Registry:
    """Synchronous, safe to call from any thread: every call is one transaction of its own.

    `followers` hear of every change to a device within its transaction; what one raises undoes the change.
    """

    def __init__(self, engine: Engine, followers: Sequence[Follower] = ()) -> None:
        self._engine, self._followers = engine, tuple(followers)
        self.applicants = Applicants(engine)

    # Claims.

    def create_claim(self, *, now: datetime, by: str, **asked: Any) -> str:
        """One new token. `asked`: as in NewClaim."""
        ((token, _),) = self.create_claims([NewClaim(created_at=now, created_by=by, **asked)])
        return token

    def create_claims(self, asked: Sequence[NewClaim]) -> list[tuple[str, Claim]]:
        """(token, claim) of each. A token is said here once; only its hash is kept.

        One that names neither position nor class lets boards into the queue of its hall, where a person decides. With
        `replaces`, redeeming it revokes that device first.
        """
        with self._engine.begin() as connection:
            return [claims.create(connection, one) for one in asked]

    def claim(self, token: str) -> Claim:
        """What the token allows, used up and expired or not. Raises UnknownTokenError."""
        with self._engine.connect() as connection:
            return claims.by_token(connection, token)

    def claims(self, hall: str) -> list[Claim]:
        with self._engine.connect() as connection:
            return claims.of_hall(connection, hall)

    def withdraw_claim(self, hall: str, id: str, *, by: str, at: datetime) -> bool:
        """False: this hall has no such claim."""
        with self._engine.begin() as connection:
            return claims.withdraw(connection, hall, id, by=by, at=at)

    # Coming in.

    def redeem(
        self,
        token: str,
        key_sha256: str,
        *,
        device_class: str,
        now: datetime,
        certify: Certify,
        position: str | None = None,
        hardware_serial: str | None = None,
    ) -> Device:
        """Let the device with this key in: `certify` is called with its id, within the transaction.

        `position`: where the plan puts it, for a token that names none. The same token with the same key gets the same
        answer again, and burns nothing. Raises a RefusedError, and whatever `certify` raises; then nothing has changed.
        """
        try:
            with self._engine.begin() as connection:
                claim = claims.locked(connection, token)
                known = devices.by_key(connection, key_sha256)
                if known is not None:
                    devices.check_known(known, device_class)
                    if known.claim == claim.id and known.not_after > now:
                        return known  # the answer to its first request was lost on the way
                claims.check_usable(claim, now)
                if claim.replaces is not None:
                    admission.replace(connection, claim, known, now, device_id(device_class, key_sha256), self._tell)
                at, by = claim.position or position, claim.created_by
                place = admission.Place(claim.hall, at, device_class, claim.id, by, hardware_serial)
                claims.burn(connection, claim.id)
                return admission.admit(connection, place, known, key_sha256, now, certify, self._tell)
        except IntegrityError as error:  # two hub processes at the same moment; the constraints let one through
            raise PositionTakenError("another device has just taken this place; try again") from error

    def knock(
        self,
        key_sha256: str,
        *,
        address: str,
        now: datetime,
        certify: Certify,
        claim: Claim | None = None,
        device_class: str | None = None,
        hardware_serial: str | None = None,
        waiting_max: int = WAITING_MAX,
        of_address_max: int = OF_ADDRESS_MAX,
    ) -> Device | Applicant:
        """Somebody asks to be let in by a person, for the first time or again.

        An Applicant has to wait; a Device was let in, now or before, and gets its certificate. Raises a RefusedError.
        """
        with self._engine.connect() as connection:  # most polls: nothing to write
            known, one = devices.by_key(connection, key_sha256), applicants.by_key(connection, key_sha256)
        if known is not None and known.state == IN_SERVICE and known.not_after > now:
            return known
        if one is not None and one.state == "waiting" and now - one.last_at < applicants.TOUCH:
            return one
        fresh = Applicant(
            code=pairing.code(key_sha256),
            key_sha256=key_sha256,
            hall=claim.hall if claim else None,
            device_class=device_class,
            hardware_serial=hardware_serial,
            address=address,
            reason="no-position" if claim else "no-token",
            device=None,
            state="waiting",
            first_at=now,
            last_at=now,
            claim=claim.id if claim else None,
        )
        for attempt in (1, 2):
            try:
                with self._engine.begin() as connection:
                    most = waiting_max, of_address_max
                    return admission.knock(connection, fresh, claim, certify, most, self._tell)
            except IntegrityError as error:
                if attempt == 2:
                    raise PositionTakenError(
                        "another device has taken this place; have somebody choose anew"
                    ) from error
        raise AssertionError

    def renew(self, id: str, serial: str, key_sha256: str, *, now: datetime, certify: Certify) -> Device:
        """A new certificate for a new key, for the device `id` that showed the certificate `serial`.

        Until the new one is seen the old one counts too: a board that lost its power before it wrote the answer down
        asks again, and with the same key gets the same answer. Raises a RefusedError.
        """
        with self._engine.begin() as connection:
            return admission.renew(connection, id, serial, key_sha256, now, certify, self._tell)

    def saw(self, id: str, serial: str, now: datetime) -> bool:
        """The device `id` showed this certificate: those before it have had their time. False: it is none of its."""
        with self._engine.connect() as connection:
            one = issued.of_serial(connection, serial)
        if one is None or one.device != id:
            return False
        if one.seen_at is None:
            with self._engine.begin() as connection:
                issued.saw(connection, one, now)
        return True

    # What there is.

    def devices(self, hall: str) -> list[Device]:
        return self._devices(schema.device.c.hall == hall)

    def device(self, id: str) -> Device | None:
        return next(iter(self._devices(schema.device.c.id == id)), None)

    def device_at(self, hall: str, position: str) -> Device | None:
        """The one in service there."""
        where = (schema.device.c.hall == hall) & (schema.device.c.position == position)
        return next(iter(self._devices(where & (schema.device.c.state == IN_SERVICE))), None)

    def certificates(self, id: str) -> list[Issued]:
        """All that the device was ever given, the newest first."""
        with self._engine.connect() as connection:
            return issued.of_device(connection, id)

    # What becomes of them.

    def move(self, id: str, *, hall: str, position: str | None, at: datetime, by: str, why: str = "") -> Device:
        """To another place, or to none; its certificate stays. Raises PositionTakenError, NotCurrentError when there is
        no such device in service."""
        try:
            with self._engine.begin() as connection:
                device = devices.locked(connection, id)
                fresh = msgspec.structs.replace(device, hall=hall, position=position)
                if (device.hall, device.position) == (hall, position):
                    return device
                devices.check_free(connection, fresh)
                devices.store(connection, fresh)
                what: Change = "moved" if position else "removed"
                self._tell(connection, DeviceChanged(what=what, device=fresh, at=at, by=by, why=why, before=device))
                return fresh
        except IntegrityError as error:
            raise PositionTakenError(f"another device has just taken {position}; try again") from error

    def revoke(self, id: str, *, at: datetime | None = None, by: str = "", why: str = "") -> bool:
        """Its position is free from now on; the broker hears of it by the CRL. False: no such device."""
        with self._engine.begin() as connection:
            device = devices.by_id(connection, id, lock=True)
            if device is not None and device.state != REVOKED:
                revoke(connection, device, at or datetime.now(UTC), by, why, self._tell)
            return device is not None

    def replace(
        self,
        hall: str,
        position: str,
        *,
        at: datetime,
        by: str,
        why: str,
        code: str | None = None,
        device_class: str = "",
        also: Callable[[Connection, Device | None], None] = lambda connection, old: None,
    ) -> Device | None:
        """In one step: the device there is revoked, the board with this pairing code is let in in its place, and `also`
        is done with what was there. Without a code the position is free for whichever comes. Raises a RefusedError."""
        with self._engine.begin() as connection:
            table = schema.device
            there = (table.c.hall == hall) & (table.c.position == position) & (table.c.state == IN_SERVICE)
            id = connection.execute(select(table.c.id).where(there)).scalar_one_or_none()
            old = None if id is None else devices.by_id(connection, id, lock=True)
            if old is not None and old.state == IN_SERVICE:
                revoke(connection, old, at, by, why, self._tell)
            if code is not None:
                applicants.approve(
                    connection, code, hall=hall, position=position, device_class=device_class, by=by, at=at
                )
            also(connection, old)
            return old

    def retire(self, issuer: str, now: datetime) -> None:
        """What this authority (its key's identifier, hex) has signed is believed no more."""
        with self._engine.begin() as connection:
            issued.retire(connection, issuer, now)

    def left_behind(self, issuer: str, now: datetime) -> list[Device]:
        """Devices in service whose newest certificate is still by this authority."""
        ours = select(schema.certificate.c.serial).where(schema.certificate.c.issuer == issuer)
        device = schema.device
        return self._devices((device.c.state == IN_SERVICE) & (device.c.not_after > now) & device.c.serial.in_(ours))

    def revoked_serials(self, now: datetime) -> list[str]:
        """Of certificates that would still be believed: what the CRL must name."""
        with self._engine.connect() as connection:
            return issued.revoked(connection, now)

    def superseded_serials(self, now: datetime) -> list[str]:
        """Of certificates that their devices have replaced: the CRL may name them when it is written anyway."""
        with self._engine.connect() as connection:
            return issued.superseded(connection, now)

    def revoked_devices(self, now: datetime) -> list[str]:
        """Ids of those whose certificates would still be believed."""
        table, device = schema.certificate, schema.device
        still = select(table.c.device).where(table.c.revoked_at.is_not(None), table.c.not_after > now)
        return [one.id for one in self._devices((device.c.state == REVOKED) & device.c.id.in_(still))]

    def _devices(self, where: ColumnElement[bool]) -> list[Device]:
        query = select(schema.device).where(where).order_by(schema.device.c.id)
        with self._engine.connect() as connection:
            return [devices.as_device(row) for row in connection.execute(query)]

    def _tell(self, connection: Connection, change: DeviceChanged) -> None:
        for follower in self._followers:
            follower(connection, change)
