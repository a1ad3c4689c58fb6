"""Settings of devices, by position: what they are, who changed them, what became of them; and changing them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from itertools import zip_longest
from typing import Annotated, Any

import msgspec
from anyio import to_thread
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from hub.desk import Desk
from hub.device_settings import checks
from hub.device_settings.items import document, flat, items, nested
from hub.domain.speech import Words
from hub.http.identity import Gate
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.http.routes import Router
from hub.roster import Roster, Seat
from hub.storage.accounts import Identity, Role
from hub.storage.position_settings import LostRaceError, PositionSettings, Report, Revision, Wanted

MAY_LOOK: tuple[Role, ...] = ("administrator", "manager", "technician")
MAY_SET: tuple[Role, ...] = ("administrator", "technician")
_BYTES_MAX = 32 * 1024  # of one position's settings; a message to a board has 64 KiB
_HISTORY_MAX = 50
_REVISION_MAX = 2**31 - 2
_WHY = Field("", max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewSettings(_Asked):
    """`revision`: the one that was looked at; `device`: the whole table that is to lie over the board's own file.

    `unchecked`: also what this hub's description of the class does not know, for boards with newer software.
    """

    revision: int = Field(ge=0, le=_REVISION_MAX)
    device: dict[str, JsonValue] = Field(max_length=200)
    why: str = _WHY
    unchecked: bool = False


class Return(_Asked):
    """`to`: an earlier revision, whose values become the newest one; 0: nothing lies over the file any more."""

    revision: int = Field(ge=0, le=_REVISION_MAX)
    to: int = Field(ge=0, le=_REVISION_MAX)
    why: str = _WHY


class ManyChanges(_Asked):
    """The same changes at every position of a class: path → value, null: not set any more.

    `kind`, `positions`: only those. `preview`: only say what would change. `revisions`: those that the preview told,
    by position; without, whatever there is by now is changed.
    """

    device_class: str = Field(max_length=40)
    changes: dict[Annotated[str, Field(max_length=80)], JsonValue] = Field(min_length=1, max_length=100)
    kind: str = Field("", max_length=40)
    positions: list[Annotated[str, Field(max_length=64)]] | None = Field(None, max_length=1000)
    revisions: dict[str, int] | None = Field(None, max_length=1000)
    preview: bool = False
    why: str = _WHY


class RevisionNow(BaseModel):
    """`changes`: of this revision against the one before: path → value, null where it is not set any more."""

    revision: int
    device: dict[str, Any]
    changes: dict[str, Any]
    changed_at: datetime | None
    changed_by: str
    why: str


class ReportNow(BaseModel):
    device: str
    revision: int
    outcome: str
    in_force: int
    problems: dict[str, str]
    decided_at: datetime
    reported_at: datetime

    @classmethod
    def of(cls, one: Report) -> "ReportNow":
        return cls.model_validate(one, from_attributes=True)


class SettingsNow(BaseModel):
    """`state`: `unset` (the board's own file alone), `waiting` (the device has not said yet), or what it said of the
    newest revision: `applied`, `partly`, `refused`, `returned`. `in_force`: the revision whose values it has, as it
    said last; `problems`: item → what is wrong. `history`, `reports`: newest first."""

    position: str
    device_class: str
    revision: int
    device: dict[str, Any]
    state: str
    in_force: int | None
    problems: dict[str, str]
    history: list[RevisionNow]
    reports: list[ReportNow]


class PositionChange(BaseModel):
    """`changes`: path → [value before, value after], null where it is not set."""

    position: str
    revision: int
    changes: dict[str, list[Any]]


class ManyChanged(BaseModel):
    """`changed`: positions at which something changes, with the revision that they have by now."""

    preview: bool
    unchanged: list[str]
    changed: list[PositionChange]


class Settings:
    """What the API and the pages ask and do."""

    def __init__(
        self, desk: Desk, roster: Roster, stored: PositionSettings, told: Callable[[], Awaitable[None]]
    ) -> None:
        self._desk, self._roster, self._stored, self._told = desk, roster, stored, told

    def seat(self, hall: str, position: str) -> Seat:
        """Raises ProblemError where no device can be set."""
        self._desk.today(hall)
        found = self._roster.at(hall, position)
        if found is None:
            raise ProblemError("unknown-position", f"this hall has no position {position!r}")
        if found.position.wireless is not None:
            raise ProblemError("no-device", f"{position} is a wireless handheld: what can be set is at its repeater")
        return found

    async def now(self, seat: Seat) -> SettingsNow:
        hall, position = seat.hall, seat.position.id
        history = await to_thread.run_sync(self._stored.history, hall, position, _HISTORY_MAX + 1)
        reports = await to_thread.run_sync(self._stored.reports, hall, position)
        newest = history[0] if history else Revision(hall=hall, position=position)
        last = last_word(reports, seat)
        said = last if last is not None and last.revision == newest.revision else None
        return SettingsNow(
            position=position,
            device_class=seat.position.device_class,
            revision=newest.revision,
            device=newest.device,
            state=said.outcome if said else "waiting" if newest.revision else "unset",
            in_force=last.in_force if last else None,
            problems=said.problems if said else {},
            history=_told(seat.position.device_class, history),
            reports=[ReportNow.of(one) for one in reports],
        )

    async def put(self, seat: Seat, wanted: NewSettings, who: Identity) -> None:
        """Raises ProblemError."""
        if not wanted.unchecked:
            check(seat.position.device_class, wanted.device)
        one = Wanted(seat.position.id, wanted.revision, _kept(wanted.device))
        await self._store(seat.hall, [one], who, wanted.why)

    async def back(self, seat: Seat, wanted: Return, who: Identity) -> None:
        """Raises ProblemError."""
        hall, position = seat.hall, seat.position.id
        old = await to_thread.run_sync(self._stored.revision, hall, position, wanted.to) if wanted.to else None
        if wanted.to and old is None:
            raise ProblemError("unknown-revision", f"{position} never had a revision {wanted.to}")
        await self._store(
            hall, [Wanted(position, wanted.revision, old.device if old else {}, wanted.to)], who, wanted.why
        )

    async def many(self, hall: str, asked: ManyChanges, who: Identity) -> ManyChanged:
        """Raises ProblemError, then nothing has changed anywhere."""
        seats = self._chosen(hall, asked)
        newest = await to_thread.run_sync(self._stored.newest, hall)
        changed, unchanged, wanted = list[PositionChange](), list[str](), list[Wanted]()
        for seat in seats:
            name = seat.position.id
            before = newest.get((hall, name), Revision(hall=hall, position=name))
            old, new = _both(asked, before.device)
            differences = {path: [old.get(path), new.get(path)] for path in asked.changes if not _same(old, new, path)}
            if not differences:
                unchanged.append(name)
                continue
            expected = before.revision if asked.revisions is None else asked.revisions.get(name, before.revision)
            wanted.append(Wanted(name, expected, _kept(nested(new))))
            changed.append(PositionChange(position=name, revision=before.revision, changes=differences))
        if wanted and not asked.preview:
            stored = await self._store(hall, wanted, who, asked.why)
            now = {one.position: one.revision for one in stored}
            changed = [one.model_copy(update={"revision": now[one.position]}) for one in changed]
        return ManyChanged(preview=asked.preview, unchanged=unchanged, changed=changed)

    def _chosen(self, hall: str, asked: ManyChanges) -> list[Seat]:
        self._desk.today(hall)
        if not items(asked.device_class):
            raise ProblemError("unknown-class", f"no device class {asked.device_class!r}")
        known = items(asked.device_class)
        given = {path: value for path, value in asked.changes.items() if path in known and value is not None}
        unknown = {path: Words("没有此项", "there is no such item") for path in asked.changes if path not in known}
        _refuse(unknown | checks.problems(asked.device_class, nested(given)))
        here = [seat for seat in self._roster.seats(hall) if seat.position.device_class == asked.device_class]
        here = [seat for seat in here if seat.position.wireless is None and asked.kind in ("", seat.position.kind)]
        if asked.positions is None:
            return here
        for name in set(asked.positions) - {seat.position.id for seat in here}:
            raise ProblemError("unknown-position", f"no {asked.device_class} is at {name!r}")
        return [seat for seat in here if seat.position.id in asked.positions]

    async def _store(self, hall: str, wanted: list[Wanted], who: Identity, why: str) -> list[Revision]:
        def store() -> list[Revision]:
            return self._stored.put(hall, wanted, by=who.name, at=self._desk.now(), why=why)

        try:
            stored = await to_thread.run_sync(store)
        except LostRaceError as error:
            raise ProblemError("settings-changed", str(error), revision=error.revision) from error
        await self._told()
        return stored


def device_settings(settings: Settings, gate: Gate) -> APIRouter:
    router = Router(prefix="/api/v1", tags=["devices"])
    looks, sets = gate.need(*MAY_LOOK), gate.need(*MAY_SET)

    @router.get(
        "/device-classes/{device_class}/settings",
        operation_id="describeDeviceSettings",
        responses=refusals(401, 403, 404),
        dependencies=[Depends(looks)],
    )
    async def describe(device_class: str) -> dict[str, Any]:
        """What a device of that class may be set to, as JSON Schema. `x-unit`, `x-zh`: unit, description in Chinese."""
        if device_class not in document():
            raise ProblemError("unknown-class", f"no device class {device_class!r}; there are: {', '.join(document())}")
        return document()[device_class]

    @router.get(
        "/halls/{hall}/devices/{position}/settings",
        operation_id="getDeviceSettings",
        responses=refusals(401, 403, 404, 409, 422),
        dependencies=[Depends(looks)],
    )
    async def look(hall: str, position: str) -> SettingsNow:
        """What the device at a position should be set to, who changed it when, and what it says became of it."""
        return await settings.now(settings.seat(hall, position))

    @router.put(
        "/halls/{hall}/devices/{position}/settings",
        operation_id="putDeviceSettings",
        responses=refusals(401, 403, 404, 409, 422),
    )
    async def put(hall: str, position: str, body: NewSettings, who: Annotated[Identity, Depends(sets)]) -> SettingsNow:
        """A new revision. The device tries it, keeps what proves itself, and says so."""
        seat = settings.seat(hall, position)
        await settings.put(seat, body, who)
        return await settings.now(seat)

    @router.post(
        "/halls/{hall}/devices/{position}/settings/return",
        operation_id="returnDeviceSettings",
        responses=refusals(401, 403, 404, 409, 422),
    )
    async def back(hall: str, position: str, body: Return, who: Annotated[Identity, Depends(sets)]) -> SettingsNow:
        """A new revision with the values of an earlier one."""
        seat = settings.seat(hall, position)
        await settings.back(seat, body, who)
        return await settings.now(seat)

    @router.post(
        "/halls/{hall}/device-settings",
        operation_id="changeManyDeviceSettings",
        responses=refusals(401, 403, 404, 409, 422),
    )
    async def many(hall: str, body: ManyChanges, who: Annotated[Identity, Depends(sets)]) -> ManyChanged:
        """The same change at every position of a class, all of them or none; or only a preview of it."""
        return await settings.many(hall, body, who)

    return router


def check(device_class: str, device: Mapping[str, Any]) -> None:
    """Raises ProblemError that names every wrong item by its path."""
    _refuse(checks.problems(device_class, device))


def last_word(reports: list[Report], seat: Seat) -> Report | None:
    """What the device that is there now said last; `reports`: newest first."""
    return next((one for one in reports if not seat.device or one.device == seat.device), None)


def _refuse(wrong: Mapping[str, Words]) -> None:
    if wrong:
        errors = [{"where": path, "what": said.en, "what_zh": said.zh} for path, said in wrong.items()]
        detail = "; ".join(f"{path}: {said.en}" for path, said in wrong.items())
        raise ProblemError("bad-settings", detail, errors=errors)


def _kept(device: dict[str, Any]) -> dict[str, Any]:
    """As it will be read back. Raises ProblemError for what cannot be kept, or sent."""
    try:
        encoded = msgspec.json.encode(device)
        found: dict[str, Any] = msgspec.json.decode(encoded)
    except (ValueError, OverflowError, RecursionError) as error:
        raise ProblemError("invalid", f"a value cannot be kept: {error}") from error
    if len(encoded) > _BYTES_MAX:
        raise ProblemError("invalid", f"{len(encoded)} bytes of settings are more than {_BYTES_MAX}")
    return found


def _both(asked: ManyChanges, device: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Items before and after, by path."""
    old = flat(asked.device_class, device)
    new = {path: value for path, value in (old | asked.changes).items() if asked.changes.get(path, value) is not None}
    return old, new


def _same(old: dict[str, Any], new: dict[str, Any], path: str) -> bool:
    return (path in old) == (path in new) and old.get(path) == new.get(path)


def _told(device_class: str, history: list[Revision]) -> list[RevisionNow]:
    """`history`: newest first, with one more than is told."""
    told = []
    for one, before in zip_longest(history[:_HISTORY_MAX], history[1:]):
        new, old = flat(device_class, one.device), flat(device_class, before.device if before else {})
        paths = [*new, *(path for path in old if path not in new)]
        told.append(
            RevisionNow(
                revision=one.revision,
                device=one.device,
                changes={path: new.get(path) for path in paths if not _same(old, new, path)},
                changed_at=one.changed_at,
                changed_by=one.changed_by,
                why=one.why,
            )
        )
    return told
