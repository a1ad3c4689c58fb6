"""Devices, and the tokens (claims) that let them in: what is at which position, what is revoked, what was refused."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from hub.storage import schema

IN_SERVICE, REVOKED = "in-service", "revoked"


class RefusedError(PermissionError):
    """A device is not let in. `code` is counted, the text is for whoever stands before the board.

    RefusedError
    ├── UnknownTokenError
    ├── ExpiredTokenError
    ├── UsedTokenError        used up by other devices
    ├── PositionTakenError    another device is in service there
    ├── RevokedDeviceError    this key was revoked and never comes back
    └── OtherClassError       this key is known as a device of another class
    """

    code: ClassVar[str] = "refused"


class UnknownTokenError(RefusedError):
    code = "unknown-token"


class ExpiredTokenError(RefusedError):
    code = "expired-token"


class UsedTokenError(RefusedError):
    code = "used-token"


class PositionTakenError(RefusedError):
    code = "position-taken"


class RevokedDeviceError(RefusedError):
    code = "revoked-device"


class OtherClassError(RefusedError):
    code = "other-class"


class Certified(msgspec.Struct, frozen=True):
    """A certificate as the registry keeps it. `serial`: hex; `certificate`: PEM."""

    serial: str
    certificate: str
    not_after: datetime


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a token allows. None: any position, whatever class the position needs."""

    id: str
    hall: str
    position: str | None
    device_class: str | None
    uses_left: int
    expires_at: datetime
    created_at: datetime
    created_by: str


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the common name of its certificate; `position` is None as long as it has no place."""

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


class Refusal(msgspec.Struct, frozen=True):
    """How often something was turned away at a door (mqtt, http, est), and when last."""

    door: str
    code: str
    count: int
    last_at: datetime


def device_id(device_class: str, key_sha256: str) -> str:
    """`caller-3f9a1b2c4d5e`: the class and the first 12 hex digits of the key's SHA-256; safe as a level of a topic."""
    return f"{device_class.replace('_', '-')}-{key_sha256[:12]}"


class Registry:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create_claim(
        self,
        *,
        hall: str,
        position: str | None = None,
        device_class: str | None = None,
        uses: int = 1,
        expires_at: datetime,
        now: datetime,
        by: str,
    ) -> str:
        """A new token, said here once; only its hash is kept. It names a position, a device class, or both."""
        if position is None and device_class is None:
            raise ValueError("a claim must name a position or a device class")
        if uses < 1 or (position is not None and uses > 1):
            raise ValueError(f"{uses} uses: at least 1, and no more than 1 for a single position")
        token = secrets.token_hex(20)
        row = {
            "id": secrets.token_hex(8),
            "token_sha256": _hash(token),
            "hall": hall,
            "position": position,
            "device_class": device_class,
            "uses_left": uses,
            "expires_at": expires_at,
            "created_at": now,
            "created_by": by,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(schema.claim).values(row))
        return token

    def claim(self, token: str) -> Claim:
        """What the token allows, used up and expired or not. Raises UnknownTokenError."""
        with self._engine.connect() as connection:
            return _claim(connection, token)

    def redeem(
        self,
        token: str,
        key_sha256: str,
        *,
        device_class: str,
        now: datetime,
        certify: Callable[[str], Certified],
    ) -> Device:
        """Let the device with this key in: `certify` is called with its id, within the transaction.

        The same token with the same key gets the same answer again, and burns nothing. Raises a RefusedError, and
        whatever `certify` raises; then nothing has changed.
        """
        try:
            with self._engine.begin() as connection:
                claim = _locked_claim(connection, token)
                known = _by_key(connection, key_sha256)
                return _admit(connection, claim, known, key_sha256, device_class, now, certify)
        except IntegrityError as error:  # two hub processes at the same moment; the constraints let one through
            raise PositionTakenError("another device has just taken this place; try again") from error

    def devices(self, hall: str) -> list[Device]:
        return self._devices(schema.device.c.hall == hall)

    def device(self, id: str) -> Device | None:
        return next(iter(self._devices(schema.device.c.id == id)), None)

    def device_at(self, hall: str, position: str) -> Device | None:
        """The one in service there."""
        where = (schema.device.c.hall == hall) & (schema.device.c.position == position)
        return next(iter(self._devices(where & (schema.device.c.state == IN_SERVICE))), None)

    def revoke(self, id: str) -> bool:
        """Its position is free from now on; the broker hears of it by the CRL. False: no such device."""
        with self._engine.begin() as connection:
            changed = connection.execute(
                update(schema.device).where(schema.device.c.id == id).values(state=REVOKED, position=None)
            )
            return changed.rowcount == 1

    def revoked_serials(self, now: datetime) -> list[str]:
        """Of certificates that would still be believed: what the CRL must name."""
        where = (schema.device.c.state == REVOKED) & (schema.device.c.not_after > now)
        return [device.serial for device in self._devices(where)]

    def count_refusal(self, door: str, code: str, at: datetime, times: int = 1) -> None:
        """So many more came in by `door` (mqtt, http, est) and were turned away."""
        try:
            self._count(door, code, at, times)
        except IntegrityError:  # two processes met at the first of its kind
            self._count(door, code, at, times)

    def refusals(self) -> list[Refusal]:
        table = schema.refusal
        with self._engine.connect() as connection:
            columns = (table.c.door, table.c.code, table.c.count, table.c.last_at)
            rows = connection.execute(select(*columns).order_by(table.c.door, table.c.code)).all()
        return [Refusal(door, code, count, datetime.fromtimestamp(last_at, UTC)) for door, code, count, last_at in rows]

    def _count(self, door: str, code: str, at: datetime, times: int) -> None:
        table, last_at = schema.refusal, at.timestamp()
        this = (table.c.door == door) & (table.c.code == code)
        with self._engine.begin() as connection:
            more = connection.execute(update(table).where(this).values(count=table.c.count + times, last_at=last_at))
            if more.rowcount == 0:
                connection.execute(insert(table).values(door=door, code=code, count=times, last_at=last_at))

    def _devices(self, where: ColumnElement[bool]) -> list[Device]:
        query = select(schema.device).where(where).order_by(schema.device.c.id)
        with self._engine.connect() as connection:
            return [_as(Device, row) for row in connection.execute(query)]


_Kept = TypeVar("_Kept", Claim, Device)


def _as(kind: type[_Kept], row: Row[Any]) -> _Kept:
    return kind(**{name: row._mapping[name] for name in kind.__struct_fields__})


def _hash(token: str) -> str:
    """160 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _claim(connection: Connection, token: str) -> Claim:
    table = schema.claim
    row = connection.execute(select(table).where(table.c.token_sha256 == _hash(token))).one_or_none()
    if row is None:
        raise UnknownTokenError("this token is not one of ours; is the card meant for another hub?")
    return _as(Claim, row)


def _locked_claim(connection: Connection, token: str) -> Claim:
    """Taking the row for writing first makes everything that follows one step, in SQLite and in PostgreSQL alike."""
    table = schema.claim
    same = update(table).where(table.c.token_sha256 == _hash(token)).values(uses_left=table.c.uses_left)
    connection.execute(same)
    return _claim(connection, token)


def _by_key(connection: Connection, key_sha256: str) -> Device | None:
    row = connection.execute(select(schema.device).where(schema.device.c.key_sha256 == key_sha256)).one_or_none()
    return None if row is None else _as(Device, row)


def _admit(
    connection: Connection,
    claim: Claim,
    known: Device | None,
    key_sha256: str,
    device_class: str,
    now: datetime,
    certify: Callable[[str], Certified],
) -> Device:
    if known is not None:
        _check_known(known, device_class)
        if known.claim == claim.id and known.not_after > now:
            return known  # the answer to its first request was lost on the way
    _check_usable(claim, now)
    _check_free(connection, claim, key_sha256)
    device = _placed(claim, known, key_sha256, device_class, now, certify)
    _store(connection, claim, known, device)
    return device


def _placed(
    claim: Claim,
    known: Device | None,
    key_sha256: str,
    device_class: str,
    now: datetime,
    certify: Callable[[str], Certified],
) -> Device:
    """The device as it will be. One that is known keeps its certificate: there is never a second one to revoke."""
    if known is not None and known.not_after > now:
        position = claim.position or (known.position if known.hall == claim.hall else None)
        return msgspec.structs.replace(known, hall=claim.hall, position=position, claim=claim.id)
    id = device_id(device_class, key_sha256)
    certified = certify(id)
    return Device(
        id=id,
        key_sha256=key_sha256,
        device_class=device_class,
        hall=claim.hall,
        position=claim.position,
        claim=claim.id,
        state=IN_SERVICE,
        serial=certified.serial,
        certificate=certified.certificate,
        not_after=certified.not_after,
        enrolled_at=now,
    )


def _store(connection: Connection, claim: Claim, known: Device | None, device: Device) -> None:
    table, row = schema.device, msgspec.structs.asdict(device)
    if known is None:
        connection.execute(insert(table).values(row))
    else:
        connection.execute(update(table).where(table.c.id == known.id).values(row))
    burnt = update(schema.claim).where(schema.claim.c.id == claim.id).values(uses_left=schema.claim.c.uses_left - 1)
    connection.execute(burnt)


def _check_known(known: Device, device_class: str) -> None:
    if known.state == REVOKED:
        raise RevokedDeviceError(f"{known.id} was revoked; let the board make a new key")
    if known.device_class != device_class:
        raise OtherClassError(f"{known.id} is known already, and is no {device_class}; let the board make a new key")


def _check_usable(claim: Claim, now: datetime) -> None:
    if now >= claim.expires_at:
        raise ExpiredTokenError(f"this token expired at {claim.expires_at:%Y-%m-%d %H:%M} UTC; ask for a new one")
    if claim.uses_left < 1:
        raise UsedTokenError("this token was used up by another device; ask for a new one")


def _check_free(connection: Connection, claim: Claim, key_sha256: str) -> None:
    if claim.position is None:
        return
    table = schema.device
    there = (table.c.hall == claim.hall) & (table.c.position == claim.position) & (table.c.state == IN_SERVICE)
    other = connection.execute(select(table.c.id).where(there, table.c.key_sha256 != key_sha256)).scalar_one_or_none()
    if other is not None:
        raise PositionTakenError(f"{other} is in service at {claim.position}; revoke it first")
