"""An asset's life: 订购 ordered → 到货 delivered → 库存 in stock → 已安装 installed → 在用 in service → 故障 faulty →
送修 in repair → 报废 retired.

What happened to one piece of hardware (events), and what it is after all that (`evolve`). What may happen next is in
`hub.domain.asset_life`.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Literal, TypeAlias, get_args

import msgspec
from msgspec.structs import replace

from halls.items import Kind

AssetState: TypeAlias = Literal[
    "ordered", "delivered", "in-stock", "installed", "in-service", "faulty", "in-repair", "retired"
]
STATES: tuple[AssetState, ...] = get_args(AssetState)
IN_PLACE: tuple[AssetState, ...] = ("installed", "in-service")
UNPLACED: tuple[AssetState, ...] = ("ordered", "delivered", "in-stock")
"""Bought, and waiting for its place."""
_SERIAL = re.compile(r"[A-Z0-9][A-Z0-9._:+-]{0,63}\Z")


class Details(msgspec.Struct, frozen=True, kw_only=True):
    """What is written about it. `planned`: the position that it was bought for, or ""; `life_years` is counted from
    when it was first in service; None and "": not known."""

    kind: Kind
    model: str = ""
    supplier: str = ""
    price_fen: int | None = None
    bought_on: date | None = None
    warranty_until: date | None = None
    life_years: float | None = None
    planned: str = ""
    note: str = ""


def serial_of(text: str) -> str:
    """A hardware serial as the inventory writes it, whether typed, scanned or read from a board: full-width characters
    made plain, upper case. Raises ValueError for what cannot be one."""
    serial = unicodedata.normalize("NFKC", text).strip().upper()
    if not _SERIAL.match(serial):
        raise ValueError(
            f"{text[:64]!r} cannot be a serial: 1 to 64 of A-Z, 0-9 and . _ : + -, beginning with A-Z or 0-9"
        )
    return serial


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    at: datetime
    by: str
    why: str = ""


class Registered(Event, frozen=True, kw_only=True, tag="registered"):
    hall: str
    details: Details
    state: AssetState


class Amended(Event, frozen=True, kw_only=True, tag="amended"):
    """What is written about it has changed, whole."""

    details: Details


class Turned(Event, frozen=True, kw_only=True, tag="turned"):
    """A person says that it is so now."""

    state: AssetState


class Installed(Event, frozen=True, kw_only=True, tag="installed"):
    """`device`: id of the device that it is, or "" for a handheld without a computer."""

    hall: str
    position: str
    device: str


class Commissioned(Event, frozen=True, kw_only=True, tag="commissioned"):
    """It was online at its position for the first time."""

    position: str


class TakenOut(Event, frozen=True, kw_only=True, tag="taken-out"):
    position: str
    state: AssetState


AnyEvent: TypeAlias = Registered | Amended | Turned | Installed | Commissioned | TakenOut


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """`since`: in its state; `installed_at`, `commissioned_at`: the first time, None: never; `version`: how many events
    its history has."""

    serial: str
    hall: str
    details: Details
    state: AssetState
    since: datetime
    position: str = ""
    device: str = ""
    installed_at: datetime | None = None
    commissioned_at: datetime | None = None
    version: int = 0


def evolve(asset: Asset | None, serial: str, event: AnyEvent) -> Asset:
    """Never refuses: what is in the history has happened."""
    if isinstance(event, Registered):
        return Asset(
            serial=serial, hall=event.hall, details=event.details, state=event.state, since=event.at, version=1
        )
    assert asset is not None, "a history begins with being registered"
    after: Asset = _EFFECTS[type(event)](asset, event)
    return replace(after, version=asset.version + 1)


def evolve_all(serial: str, history: Iterable[AnyEvent]) -> Asset:
    """Raises ValueError for a history without a beginning."""
    asset = None
    for event in history:
        asset = evolve(asset, serial, event)
    if asset is None:
        raise ValueError(f"{serial} has no history")
    return asset


def _amended(asset: Asset, event: Amended) -> Asset:
    return replace(asset, details=event.details)


def _turned(asset: Asset, event: Turned) -> Asset:
    """A fault leaves it where it hangs; so does being mended there."""
    stays = event.state in (*IN_PLACE, "faulty")
    after = replace(asset, state=event.state, since=event.at)
    return after if stays else replace(after, position="", device="")


def _installed(asset: Asset, event: Installed) -> Asset:
    return replace(
        asset,
        hall=event.hall,
        state="installed",
        since=event.at,
        position=event.position,
        device=event.device,
        installed_at=asset.installed_at or event.at,
    )


def _commissioned(asset: Asset, event: Commissioned) -> Asset:
    return replace(asset, state="in-service", since=event.at, commissioned_at=asset.commissioned_at or event.at)


def _taken_out(asset: Asset, event: TakenOut) -> Asset:
    return replace(asset, state=event.state, since=event.at, position="", device="")


_EFFECTS: dict[type[Event], Callable[[Asset, Any], Asset]] = {
    Amended: _amended,
    Turned: _turned,
    Installed: _installed,
    Commissioned: _commissioned,
    TakenOut: _taken_out,
}
