"""What the API says and hears of one asset."""

from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from halls.format import Hall
from halls.items import Kind
from hub.domain import asset_figures as figures
from hub.domain import asset_life as life
from hub.domain.assets import AnyEvent, Asset, AssetState, Details, Installed, Registered, TakenOut, Turned
from hub.http.media import LINE

SERIAL = r"^[0-9A-Za-z][0-9A-Za-z._:+-]{0,63}$"

Serial = Annotated[str, Path(pattern=SERIAL)]
Line = Annotated[str, Field(max_length=120, pattern=LINE)]
Why = Annotated[str, Field(max_length=200, pattern=LINE)]


class AssetDetails(BaseModel):
    """`price`: yuan; `life_years`: counted from when it was first in service; `planned`: the position it is for."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    model: Line = ""
    supplier: Line = ""
    price: float | None = Field(None, ge=0, le=100_000_000)
    bought_on: date | None = None
    warranty_until: date | None = None
    life_years: float | None = Field(None, gt=0, le=50)
    planned: Annotated[str, Field(max_length=64)] = ""
    note: Line = ""

    def as_details(self) -> Details:
        fields = self.model_dump(exclude={"price"})
        return Details(price_fen=None if self.price is None else round(self.price * 100), **fields)

    @classmethod
    def values(cls, details: Details) -> dict[str, Any]:
        price = None if details.price_fen is None else details.price_fen / 100
        return {name: getattr(details, name) for name in cls.model_fields if name != "price"} | {"price": price}


class NewAsset(AssetDetails):
    serial: str = Field(pattern=SERIAL)
    state: AssetState = "in-stock"


class AssetNow(AssetDetails):
    """`position`, `device`: empty at none; `seen_at`: last online at its position, to the hour; `life_ends`: by its
    expected life; `next_states`: what a person may say of it now."""

    serial: str
    state: AssetState
    since: datetime
    position: str
    device: str
    installed_at: datetime | None
    commissioned_at: datetime | None
    seen_at: datetime | None
    life_ends: date | None
    next_states: list[AssetState]

    @classmethod
    def of(cls, one: Asset, seen_at: datetime | None, hall: Hall) -> "AssetNow":
        zone = ZoneInfo(hall.hall.timezone)
        names = ("serial", "state", "since", "position", "device", "installed_at", "commissioned_at")
        return cls(
            **AssetDetails.values(one.details),
            **{name: getattr(one, name) for name in names},
            seen_at=seen_at,
            life_ends=figures.life_ends(one, hall.inventory, zone),
            next_states=list(life.next_states(one)),
        )


class Happened(BaseModel):
    """One line of an asset's history. `position`, `state`: where it says something of them."""

    event: str
    at: datetime
    by: str
    why: str
    position: str
    state: str

    @classmethod
    def of(cls, event: AnyEvent) -> "Happened":
        position = event.position if isinstance(event, Installed | TakenOut) else ""
        state = event.state if isinstance(event, Registered | Turned | TakenOut) else ""
        tag = str(event.__struct_config__.tag)
        return cls(event=tag, at=event.at, by=event.by, why=event.why, position=position, state=state)


class AssetStory(AssetNow):
    history: list[Happened]


class NewState(BaseModel):
    """`mended`: it works again in the place where it hangs."""

    model_config = ConfigDict(extra="forbid")

    state: AssetState | None = None
    mended: bool = False
    why: Why = ""
