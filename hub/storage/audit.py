"""Who did what to devices and to people's data, and when. Written by every part that changes something there, in the
same transaction; nothing is ever changed, and what is too old is forgotten."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, TypeAlias

import msgspec
from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select

from hub.storage.device_changes import DeviceChanged
from hub.storage.schema_care import audit

What: TypeAlias = Literal[
    # Of the registry (hub.storage.device_changes): also what a device does by itself, and what follows an approval.
    "admitted", "moved", "renewed", "revoked", "removed",
    # Orders.
    "self-test", "identify", "restart", "send-log", "print-slip",
    "claim-issued", "claim-withdrawn", "applicant-approved", "applicant-refused",
    "approval-taken-back",
    "settings-changed", "settings-returned",
    "release-added", "release-removed",
    "rollout-started", "rollout-paused", "rollout-resumed", "rollout-retried", "rollout-aborted", "rollout-back",
    # Of the inventory; hardware that is a device is in the registry's words.
    "asset-planned", "asset-unplanned", "asset-installed", "asset-taken-out", "asset-turned",
    # Of people (hub.people): by their pseudonym, of no single position.
    "person-revealed", "person-erased",
    # Of platforms' programs (hub.storage.clients): by their id, of no single hall.
    "client-added", "client-changed", "client-disabled", "client-secret",
    # Of the hall itself.
    "day-closed", "day-opened", "day-by-calendar", "miss-forgiven",
    # Of what platforms are told.
    "webhook-made", "webhook-secret", "webhook-enabled", "webhook-disabled", "webhook-removed",
    # Of alerts.
    "alert-acknowledged", "alert-silenced", "alert-unsilenced", "alert-target-made", "alert-target-removed",
    "overbooking-accepted", "overbooking-kept", "overbooking-withdrawn",
    # Of negative ratings (hub.storage.case_audit): day and number, of no single position.
    "case-assigned", "case-noted", "case-verified", "case-rectified", "case-answered", "case-closed", "case-sent-back",
    "case-reopened", "case-appealed", "case-appeal-upheld", "case-appeal-rejected", "case-taken-back",
    # Of figures.
    "report-exported",
]  # fmt: skip
"""All that is ever noted. Each has its words on the page as `device.did_…`."""

_WHO_MAX, _DETAIL_MAX = 80, 400  # characters


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """`what`: one of `What`, or a word of an older hub's. `detail`: from `told`.

    `hall` empty: of no hall, so of all; `position` empty: of no single one; `device` empty: none is known there.
    """

    hall: str
    position: str
    device: str
    who: str
    what: str
    detail: str
    at: datetime


class Audit:
    """Synchronous, safe to call from any thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, hall: str, position: str | None = None, most: int = 200) -> list[Noted]:
        """Newest first; `position` None: of all the hall, and what is of no hall."""
        asked = select(audit)
        if position is None:
            asked = asked.where(or_(audit.c.hall == hall, audit.c.hall == ""))
        else:
            asked = asked.where(audit.c.hall == hall, audit.c.position == position)
        with self._engine.connect() as connection:
            return [_noted(row) for row in connection.execute(asked.order_by(audit.c.id.desc()).limit(most))]

    def between(self, hall: str, since: datetime, until: datetime, what: Iterable[What]) -> list[Noted]:
        """Of these kinds, by time; of the hall, and what is of no hall."""
        table = audit.c
        asked = select(audit).where(or_(table.hall == hall, table.hall == ""), table.at >= since, table.at < until)
        with self._engine.connect() as connection:
            return [_noted(row) for row in connection.execute(asked.where(table.what.in_(what)).order_by(table.at))]

    def forget(self, before: datetime) -> None:
        """What was done before then."""
        with self._engine.begin() as connection:
            connection.execute(delete(audit).where(audit.c.at < before))


def note(
    connection: Connection,
    *,
    hall: str,
    position: str = "",
    device: str = "",
    who: str,
    what: What,
    detail: str = "",
    at: datetime,
) -> None:
    """Within a transaction of the caller's: what was done and its note are stored together, or neither is."""
    note_all(connection, [noted(hall=hall, position=position, device=device, who=who, what=what, detail=detail, at=at)])


def note_all(connection: Connection, notes: Iterable[Noted]) -> None:
    """As `note`, many in one statement: an entry for each position, so that each device's page has its own."""
    rows = [msgspec.structs.asdict(one) for one in notes]
    if rows:
        connection.execute(insert(audit), rows)


def noted(
    *, hall: str, position: str = "", device: str = "", who: str, what: What, detail: str = "", at: datetime
) -> Noted:
    """One for `note_all`."""
    who, detail = who[:_WHO_MAX], detail[:_DETAIL_MAX]
    return Noted(hall=hall, position=position, device=device, who=who, what=what, detail=detail, at=at)


def told(*parts: str) -> str:
    """A `detail` of names, numbers and people's own words, so that it needs no language; empty parts are left out."""
    return " · ".join(part for part in parts if part)


def of_registry(connection: Connection, change: DeviceChanged) -> None:
    """Follows the registry: admitted, moved, renewed, revoked, removed. A move is a removal at the position before."""
    device, before = change.device, change.before
    about: dict[str, Any] = {"device": device.id, "who": change.by, "at": change.at}
    if before is not None and before.position is not None:
        to = f"→ {device.position}" if device.position else ""
        there, detail = before.position, told(to, change.why)
        note(connection, hall=before.hall, position=there, what="removed", detail=detail, **about)
    if change.what != "removed":
        at = device.position or ""
        note(connection, hall=device.hall, position=at, what=change.what, detail=change.why, **about)


def _noted(row: Row[tuple[object, ...]]) -> Noted:
    fields = row._asdict()
    del fields["id"]
    return Noted(**fields)
