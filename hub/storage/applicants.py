"""Boards that ask to be let in and wait for a person: who they say they are, and what was decided."""

from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, func, insert, or_, select, update

from hub.storage import audit
from hub.storage import schema_devices as schema
from hub.storage.refused import (
    OtherClassError,
    PositionTakenError,
    QueueFullError,
    TurnedDownError,
    UnknownApplicantError,
)
from wire import pairing

Reason: TypeAlias = Literal["no-token", "no-position", "expired"]
State: TypeAlias = Literal["waiting", "approved", "refused"]

WAITING_MAX, OF_ADDRESS_MAX = 1000, 300  # a whole hall may come from behind one address
_SILENT, _UNFETCHED, _REFUSED = timedelta(hours=1), timedelta(days=7), timedelta(days=30)  # and then forgotten
TOUCH = timedelta(seconds=20)  # how exactly it is known when one asked last: each time is a write to the disk


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """`code`: its pairing code (wire.pairing). `device_class` and `hardware_serial` are what the board says of itself,
    until a person has decided: hints, never believed.

    `device`: the id that its key is known by, when only its certificate has expired: it keeps that, and its position.
    """

    code: str
    key_sha256: str
    hall: str | None
    device_class: str | None
    hardware_serial: str | None
    address: str
    reason: Reason
    device: str | None
    state: State
    first_at: datetime
    last_at: datetime
    position: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    claim: str | None = None


class Applicants:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def waiting(self, hall: str | None) -> list[Applicant]:
        """Who waits for this hall, and who did not say for which; who came first is first. None: for any."""
        table = schema.applicant
        query = select(table).where(table.c.state == "waiting").order_by(table.c.first_at, table.c.code)
        if hall is not None:
            query = query.where(or_(table.c.hall == hall, table.c.hall.is_(None)))
        with self._engine.connect() as connection:
            return [_as_applicant(row) for row in connection.execute(query)]

    def approved(self, hall: str) -> list[Applicant]:
        """Who was let in to this hall and has not fetched its certificate; who was approved first is first."""
        table = schema.applicant
        promised = (table.c.state == "approved") & (table.c.hall == hall)
        query = select(table).where(promised).order_by(table.c.decided_at, table.c.code)
        with self._engine.connect() as connection:
            return [_as_applicant(row) for row in connection.execute(query)]

    def of(self, code: str) -> Applicant | None:
        with self._engine.connect() as connection:
            return _found(connection, schema.applicant.c.code == code)

    def approve(
        self, code: str, *, hall: str, position: str | None, device_class: str, by: str, at: datetime
    ) -> Applicant:
        """It gets its certificate when it asks next. Approving again, the same, changes nothing.

        `position`: None leaves a device whose certificate expired where it was. Raises UnknownApplicantError,
        PositionTakenError, OtherClassError, TurnedDownError.
        """
        with self._engine.begin() as connection:
            return approve(connection, code, hall=hall, position=position, device_class=device_class, by=by, at=at)

    def refuse(self, code: str, *, hall: str, by: str, at: datetime) -> Applicant:
        """`hall`: where that was decided, for a board that did not say for which it is. Refusing again changes nothing.
        Raises UnknownApplicantError."""
        with self._engine.begin() as connection:
            one = _locked(connection, code)
            if one.state == "refused":
                return one
            _note(connection, "applicant-refused", one, hall, one.position, by, at)
            return _decide(connection, one, "refused", by, at)

    def take_back(self, code: str, *, hall: str, by: str, at: datetime) -> None:
        """An approval is undone: the board is forgotten with it, and waits anew, by what it says of itself then, when
        it asks next. Raises UnknownApplicantError where there is no approval, or it was fetched already.
        """
        with self._engine.begin() as connection:
            one = _locked(connection, code)
            if one.state != "approved":
                raise UnknownApplicantError(f"{pairing.shown(code)} was not approved: it is {one.state}")
            _note(connection, "approval-taken-back", one, hall, one.position, by, at)
            remove(connection, one.key_sha256)


# What the registry does with them, within its own transactions.


def approve(
    connection: Connection, code: str, *, hall: str, position: str | None, device_class: str, by: str, at: datetime
) -> Applicant:
    """As `Applicants.approve`."""
    one = _locked(connection, code)
    if one.state == "refused":
        raise TurnedDownError(f"{pairing.shown(code)} was turned down already")
    if one.device_class not in (None, device_class):
        raise OtherClassError(f"{position} needs a {device_class}, and {pairing.shown(code)} is a {one.device_class}")
    if position is not None:
        _check_free(connection, one, hall, position)
    if (one.state, one.hall, one.position, one.device_class) == ("approved", hall, position, device_class):
        return one
    _note(connection, "applicant-approved", one, hall, position, by, at)
    return _decide(connection, one, "approved", by, at, hall=hall, position=position, device_class=device_class)


def by_key(connection: Connection, key_sha256: str) -> Applicant | None:
    return _found(connection, schema.applicant.c.key_sha256 == key_sha256)


def taken(connection: Connection, key_sha256: str, now: datetime) -> Applicant | None:
    """The row is taken for writing first: what follows is one step, in SQLite and in PostgreSQL alike."""
    table = schema.applicant
    connection.execute(update(table).where(table.c.key_sha256 == key_sha256).values(last_at=now))
    return by_key(connection, key_sha256)


def add(connection: Connection, one: Applicant, waiting_max: int, of_address_max: int) -> Applicant:
    """Those who ask no more make room first. Raises QueueFullError; IntegrityError for a code that another has."""
    table = schema.applicant
    _sweep(connection, one.first_at)
    count = select(func.count()).select_from(table).where(table.c.state != "refused")
    if connection.execute(count).scalar_one() >= waiting_max:
        raise QueueFullError(f"{waiting_max} boards wait already; have somebody decide about them")
    if connection.execute(count.where(table.c.address == one.address)).scalar_one() >= of_address_max:
        raise QueueFullError(f"{of_address_max} boards from {one.address} wait already")
    connection.execute(insert(table).values(msgspec.structs.asdict(one)))
    return one


def remove(connection: Connection, key_sha256: str) -> None:
    connection.execute(delete(schema.applicant).where(schema.applicant.c.key_sha256 == key_sha256))


def _sweep(connection: Connection, now: datetime) -> None:
    table = schema.applicant
    for state, kept in (("waiting", _SILENT), ("approved", _UNFETCHED), ("refused", _REFUSED)):
        connection.execute(delete(table).where(table.c.state == state, table.c.last_at < now - kept))


def _locked(connection: Connection, code: str) -> Applicant:
    """The row is taken for writing first, so that two who decide do so in turn."""
    table = schema.applicant
    connection.execute(update(table).where(table.c.code == code).values(state=table.c.state))
    one = _found(connection, table.c.code == code)
    if one is None:
        raise UnknownApplicantError(f"no board with the code {pairing.shown(code)} waits (any more)")
    return one


def _decide(
    connection: Connection, one: Applicant, state: State, by: str, at: datetime, **decided: str | None
) -> Applicant:
    fresh = msgspec.structs.replace(one, state=state, decided_by=by, decided_at=at, **decided)
    table = schema.applicant
    connection.execute(update(table).where(table.c.code == one.code).values(msgspec.structs.asdict(fresh)))
    return fresh


def _note(
    connection: Connection, what: audit.What, one: Applicant, hall: str, position: str | None, by: str, at: datetime
) -> None:
    audit.note(
        connection,
        hall=hall,
        position=position or one.position or "",
        device=one.device or "",
        who=by,
        what=what,
        detail=audit.told(pairing.shown(one.code), one.device_class or "", one.hardware_serial or ""),
        at=at,
    )


def _check_free(connection: Connection, one: Applicant, hall: str, position: str) -> None:
    device, waiting = schema.device, schema.applicant
    there = (device.c.hall == hall) & (device.c.position == position) & (device.c.state == "in-service")
    other = connection.execute(select(device.c.id).where(there, device.c.id != (one.device or ""))).scalar()
    if other is not None:
        raise PositionTakenError(f"{other} is in service at {position}; revoke it first")
    promised = (waiting.c.hall == hall) & (waiting.c.position == position) & (waiting.c.state == "approved")
    code = connection.execute(select(waiting.c.code).where(promised, waiting.c.code != one.code)).scalar()
    if code is not None:
        raise PositionTakenError(f"{position} was promised to {pairing.shown(code)}, which has yet to fetch it")


def _found(connection: Connection, where: Any) -> Applicant | None:
    row = connection.execute(select(schema.applicant).where(where)).one_or_none()
    return None if row is None else _as_applicant(row)


def _as_applicant(row: Row[Any]) -> Applicant:
    return Applicant(**{name: row._mapping[name] for name in Applicant.__struct_fields__})
