"""The inventory: a row for each asset and its history, changed together, and in one transaction with the registry."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from halls.items import CLASS_OF
from hub.domain import asset_life as life
from hub.domain.assets import UNPLACED, AnyEvent, Asset, Details, evolve, evolve_all, serial_of
from hub.storage import asset_notes, audit
from hub.storage.device_changes import DeviceChanged
from hub.storage.devices import IN_SERVICE
from hub.storage.schema_assets import asset, asset_event
from hub.storage.schema_devices import device

_SEEN_EVERY = timedelta(hours=1)
_AT_ONCE, _IN_MAX = 20, 500  # rows of one transaction; values of one IN
_COLUMNS = [column for column in asset.c if column.name not in ("details", "seen_at")]


class Planned(msgspec.Struct, frozen=True):
    """Where a piece of hardware is to go."""

    hall: str
    position: str
    device_class: str


class UnknownAssetError(LookupError):
    """There is no asset with that serial in that hall."""

    code = "unknown-asset"


class AssetConflictError(Exception):
    """Somebody else changed the same asset, or put another one at the same position, at this very moment."""

    code = "asset-changed"


class Assets:
    """Synchronous, safe to call from any thread: every call is one transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, hall: str) -> list[Asset]:
        """By serial."""
        with self._engine.connect() as connection:
            query = select(asset).where(asset.c.hall == hall).order_by(asset.c.serial)
            return [_as_asset(row) for row in connection.execute(query)]

    def seen(self, hall: str) -> dict[str, datetime]:
        """When each was last online at its position, to the hour; those that never were are left out."""
        query = select(asset.c.serial, asset.c.seen_at).where(asset.c.hall == hall, asset.c.seen_at.is_not(None))
        with self._engine.connect() as connection:
            return {row.serial: row.seen_at for row in connection.execute(query)}

    def asset(self, hall: str, serial: str) -> Asset:
        """Raises UnknownAssetError."""
        with self._engine.connect() as connection:
            return _known(connection, hall, serial)

    def find(self, serial: str) -> Asset | None:
        """In whichever hall it is."""
        with self._engine.connect() as connection:
            return load(connection, serial)

    def at(self, hall: str, position: str) -> Asset | None:
        """The one that the books have there."""
        with self._engine.connect() as connection:
            there = (asset.c.hall == hall) & (asset.c.position == position)
            row = connection.execute(select(asset).where(there)).one_or_none()
            return None if row is None else _as_asset(row)

    def history(self, serial: str) -> list[AnyEvent]:
        """Oldest first."""
        query = select(asset_event.c.body).where(asset_event.c.serial == serial).order_by(asset_event.c.ordinal)
        with self._engine.connect() as connection:
            return [msgspec.json.decode(body, type=AnyEvent) for body in connection.execute(query).scalars()]

    def do(self, hall: str, serial: str, command: life.Command) -> Asset:
        """Raises UnknownAssetError, AssetRefusedError, AssetConflictError."""
        self.do_all(hall, [(serial, command)])
        return self.asset(hall, serial)

    def do_all(self, hall: str, commands: Iterable[tuple[str, life.Command]]) -> None:
        """All of them or none; new ones first. Raises as `do`."""
        new: list[tuple[str, life.Register]] = []
        others: list[tuple[str, life.Command]] = []
        for serial, command in commands:
            if isinstance(command, life.Register):
                new.append((serial, command))
            else:
                others.append((serial, command))
        try:
            with self._engine.begin() as connection:
                _register(connection, new)
                for serial, command in others:
                    _known(connection, hall, serial)
                    apply(connection, serial, command)
        except IntegrityError as error:
            raise AssetConflictError("the inventory was changed at the same moment; look again, and repeat") from error

    def online(self, hall: str, seen: Iterable[tuple[str, str]], at: datetime) -> int:
        """What is online now, as (position, device): `device` "" for handhelds. How many came into service by it."""
        with self._engine.connect() as connection:
            query = select(asset).where(asset.c.hall == hall, asset.c.position.is_not(None))
            there = {(row.position, row.device or ""): row for row in connection.execute(query)}
        due = [row for one in seen if (row := there.get(one)) is not None and _is_due(row, at)]
        fresh = 0
        for first in range(0, len(due), _AT_ONCE):  # a hall that is switched on must not hold up a press
            some = due[first : first + _AT_ONCE]
            with self._engine.begin() as connection:
                serials = [row.serial for row in some]
                connection.execute(update(asset).where(asset.c.serial.in_(serials)).values(seen_at=at))
                for row in some:
                    if row.state == "installed":
                        fresh += len(apply(connection, row.serial, life.See(at=at, by="hub")))
        return fresh

    def planned(self, hall: str | None, hardware_serial: str) -> Planned | None:
        """Where a board with this serial belongs by the inventory: bought, not yet placed, and its place is free."""
        serial = _canonical(hardware_serial)
        if serial is None:
            return None
        with self._engine.connect() as connection:
            found = load(connection, serial)
            if found is None or found.state not in UNPLACED or hall not in (None, found.hall):
                return None
            place = found.details.planned
            if not place or _filled(connection, found.hall, place):
                return None
        return Planned(found.hall, place, CLASS_OF[found.details.kind])


def follow(connection: Connection, change: DeviceChanged) -> None:
    """For the registry: what becomes of a device becomes of the hardware that it is, in the same transaction. Hardware
    that is not in the inventory stays out of it: it would be in no one's accounts."""
    one = change.device
    serial = _serial_of_device(connection, one.id, one.hardware_serial)
    if serial is None or change.what == "renewed":
        return
    about: dict[str, Any] = {"at": change.at, "by": change.by or "hub", "why": change.why}
    if change.what == "revoked":
        apply(connection, serial, life.TakeOut(state="faulty", fact=True, **about))
    elif one.position is None:
        apply(connection, serial, life.TakeOut(state="in-stock", fact=True, **about))
    else:
        apply(connection, serial, life.Install(hall=one.hall, position=one.position, device=one.id, **about))


def load(connection: Connection, serial: str) -> Asset | None:
    row = connection.execute(select(asset).where(asset.c.serial == serial)).one_or_none()
    return None if row is None else _as_asset(row)


def apply(connection: Connection, serial: str, command: life.Command) -> Sequence[AnyEvent]:
    """Within the caller's transaction, to an asset that there is. A fact that puts it where another one still is on the
    books takes that one out. Raises AssetRefusedError; IntegrityError where somebody else was quicker."""
    connection.execute(
        update(asset).where(asset.c.serial == serial).values(version=asset.c.version)
    )  # ours till the end
    before = load(connection, serial)
    events = life.decide(before, command)
    if before is None or not events:
        return events
    if isinstance(command, life.Install):
        _make_room(connection, serial, command)
    after = before
    for event in events:
        after = evolve(after, serial, event)
    _store(connection, before, after, events)
    audit.note_all(connection, asset_notes.of(before, after, command))
    return events


def _register(connection: Connection, new: Sequence[tuple[str, life.Register]]) -> None:
    """In as few statements as it takes: the write lock is everybody's."""
    known: dict[str, Asset] = {}
    for first in range(0, len(new), _IN_MAX):
        serials = [serial for serial, _ in new[first : first + _IN_MAX]]
        for row in connection.execute(select(asset).where(asset.c.serial.in_(serials))):
            known[row.serial] = _as_asset(row)
    rows: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    notes: list[audit.Noted] = []
    for serial, command in new:
        events = life.decide(known.get(serial), command)
        known[serial] = evolve_all(serial, events)
        rows.append(_row(known[serial]))
        history += _lines(serial, 0, events)
        notes += asset_notes.of(None, known[serial], command)
    if rows:
        connection.execute(insert(asset), rows)
        connection.execute(insert(asset_event), history)
        audit.note_all(connection, notes)


def _make_room(connection: Connection, serial: str, command: life.Install) -> None:
    there = (asset.c.hall == command.hall) & (asset.c.position == command.position) & (asset.c.serial != serial)
    other = connection.execute(select(asset.c.serial).where(there)).scalar_one_or_none()
    if other is None:
        return
    if not command.device:
        raise life.AssetRefusedError("asset-position", f"{other} is at {command.position}: take it out first")
    out = life.TakeOut(at=command.at, by=command.by, why=f"{serial} came in its place", fact=True)
    apply(connection, other, out)


def _store(connection: Connection, before: Asset, after: Asset, events: Sequence[AnyEvent]) -> None:
    connection.execute(update(asset).where(asset.c.serial == after.serial).values(_row(after)))
    connection.execute(insert(asset_event), _lines(after.serial, before.version, events))


def _row(one: Asset) -> dict[str, Any]:
    row = {column.name: getattr(one, column.name) for column in _COLUMNS}
    row |= {"details": msgspec.json.encode(one.details).decode()}
    return row | {"position": one.position or None, "device": one.device or None}


def _lines(serial: str, version: int, events: Sequence[AnyEvent]) -> list[dict[str, Any]]:
    return [
        {"serial": serial, "ordinal": ordinal, "body": msgspec.json.encode(event).decode()}
        for ordinal, event in enumerate(events, version + 1)
    ]


def _known(connection: Connection, hall: str, serial: str) -> Asset:
    found = load(connection, serial)
    if found is None or found.hall != hall:
        raise UnknownAssetError(f"hall {hall} has no asset {serial[:64]!r}")
    return found


def _canonical(hardware_serial: str | None) -> str | None:
    try:
        return serial_of(hardware_serial or "")
    except ValueError:
        return None


def _serial_of_device(connection: Connection, id: str, hardware_serial: str | None) -> str | None:
    """In the inventory: by what the books say is that device, or else by what the board says of itself."""
    serial = connection.execute(select(asset.c.serial).where(asset.c.device == id)).scalar_one_or_none()
    if serial is None and (said := _canonical(hardware_serial)) is not None:
        serial = connection.execute(select(asset.c.serial).where(asset.c.serial == said)).scalar_one_or_none()
    return serial


def _filled(connection: Connection, hall: str, position: str) -> bool:
    by_asset = select(asset.c.serial).where(asset.c.hall == hall, asset.c.position == position)
    there = (device.c.hall == hall) & (device.c.position == position) & (device.c.state == IN_SERVICE)
    by_device = select(device.c.id).where(there)
    return any(connection.execute(query).first() is not None for query in (by_asset, by_device))


def _is_due(row: Row[Any], at: datetime) -> bool:
    return row.state == "installed" or row.seen_at is None or at - row.seen_at >= _SEEN_EVERY


def _as_asset(row: Row[Any]) -> Asset:
    values = {column.name: row._mapping[column.name] for column in _COLUMNS}
    values |= {"position": row.position or "", "device": row.device or ""}
    return Asset(details=msgspec.json.decode(row.details, type=Details), **values)
