"""The inventory: what was bought, where it is, what became of it; looked at and edited by people and programs."""

from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from anyio import to_thread
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from halls.format import Hall
from halls.items import Kind
from hub.desk import Desk
from hub.domain import asset_figures as figures
from hub.domain import asset_life as life
from hub.domain.asset_figures import Worry
from hub.domain.assets import AnyEvent, Asset, AssetState, Details, Installed, Registered, TakenOut, Turned, serial_of
from hub.http.identity import Gate
from hub.http.media import LINE
from hub.http.openapi import refusals
from hub.http.problems import ProblemError
from hub.roster import Roster
from hub.storage.accounts import Identity, Role
from hub.storage.assets import Assets, UnknownAssetError
from hub.storage.devices import IN_SERVICE
from hub.storage.registry import Registry

MAY_LOOK: tuple[Role, ...] = ("administrator", "manager", "technician")
QUARTERS = 12  # that a forecast looks ahead, unless told otherwise
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


class Share(BaseModel):
    """`kind` empty: of all. `rate`: installed / bought; `never`: bought and never installed, for `never_yuan`."""

    kind: str
    bought: int
    installed: int
    in_service: int
    online: int
    broken: int
    never: int
    never_yuan: float
    wasted: int
    rate: float | None
    online_rate: float | None

    @classmethod
    def of(cls, one: figures.Share) -> "Share":
        names = (
            "kind",
            "bought",
            "installed",
            "in_service",
            "online",
            "broken",
            "never",
            "wasted",
            "rate",
            "online_rate",
        )
        return cls(**{name: getattr(one, name) for name in names}, never_yuan=one.never_fen / 100)


class Alert(BaseModel):
    """`days`: for so long already, or until it ends (negative: since it ended)."""

    worry: Worry
    serial: str
    kind: Kind
    position: str
    days: int


class Quarter(BaseModel):
    """`name` like 2027Q3; empty: what is overdue. `unpriced`: of `lives`, those whose price is not known."""

    name: str
    warranties: int
    lives: int
    cost_yuan: float
    unpriced: int


class Unlisted(BaseModel):
    """A device in service whose hardware is not in the inventory."""

    position: str
    device: str
    hardware_serial: str


class Figures(BaseModel):
    formula: str = (
        "installed = installed + in service + faulty or in repair after having been installed; "
        "bought = all but retired; rate = installed / bought"
    )
    shares: list[Share]
    alerts: list[Alert]
    quarters: list[Quarter]
    unlisted: list[Unlisted]


class Books:
    """What pages and API read alike; blocks, so it is called in threads."""

    def __init__(self, desk: Desk, roster: Roster, registry: Registry, assets: Assets) -> None:
        self._desk, self._roster, self._registry, self.assets = desk, roster, registry, assets

    def now(self, hall: str) -> list[AssetNow]:
        here, seen = self._desk.today(hall).hall, self.assets.seen(hall)
        return [AssetNow.of(one, seen.get(one.serial), here) for one in self.assets.all(hall)]

    def story(self, hall: str, serial: str) -> AssetStory:
        """Raises UnknownAssetError."""
        here = self._desk.today(hall).hall
        try:
            serial = serial_of(serial)
        except ValueError as error:
            raise UnknownAssetError(str(error)) from error
        now = AssetNow.of(self.assets.asset(hall, serial), self.assets.seen(hall).get(serial), here)
        history = [Happened.of(event) for event in self.assets.history(serial)]
        return AssetStory(**dict(now), history=history)

    def figures(self, hall: str, quarters: int = QUARTERS) -> Figures:
        here, now = self._desk.today(hall).hall, self._desk.now()
        zone, limits = ZoneInfo(here.hall.timezone), here.inventory
        every, seen = self.assets.all(hall), self.assets.seen(hall)
        coming = figures.forecast(every, limits, now, zone, quarters)
        return Figures(
            shares=[Share.of(one) for one in figures.shares(every, self._is_online)],
            alerts=[
                Alert(worry=one.worry, serial=one.serial, kind=one.kind, position=one.position, days=one.days)
                for one in figures.alerts(every, seen, limits, now, zone)
            ],
            quarters=[
                Quarter(
                    name=one.name,
                    warranties=one.warranties,
                    lives=one.lives,
                    cost_yuan=one.cost_fen / 100,
                    unpriced=one.unpriced,
                )
                for one in coming
            ],
            unlisted=self._unlisted(hall, every),
        )

    def _is_online(self, one: Asset) -> bool:
        seat = self._roster.at(one.hall, one.position)
        return seat is not None and seat.online

    def _unlisted(self, hall: str, every: list[Asset]) -> list[Unlisted]:
        listed = {one.device for one in every if one.device}
        return [
            Unlisted(position=one.position or "", device=one.id, hardware_serial=one.hardware_serial or "")
            for one in self._registry.devices(hall)
            if one.state == IN_SERVICE and one.id not in listed
        ]


def assets(desk: Desk, books: Books, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/v1/halls/{hall}/assets", tags=["inventory"])
    looks = gate.need(*MAY_LOOK)
    stored = books.assets

    @router.get("", operation_id="listAssets", responses=refusals(401, 403, 404, 422), dependencies=[Depends(looks)])
    async def list_assets(hall: str, kind: Kind | None = None, state: AssetState | None = None) -> list[AssetNow]:
        """Everything in the hall's inventory, by serial."""
        desk.today(hall)
        found = await to_thread.run_sync(books.now, hall)
        return [one for one in found if kind in (None, one.kind) and state in (None, one.state)]

    @router.post("", operation_id="addAsset", status_code=201, responses=refusals(401, 403, 404, 409, 422))
    async def add_asset(hall: str, body: NewAsset, who: Annotated[Identity, Depends(looks)]) -> AssetStory:
        """A single one; many come by a file."""
        here = desk.today(hall).hall
        check_planned(here, body.kind, body.planned)
        details = AssetDetails(**body.model_dump(exclude={"serial", "state"})).as_details()
        new = life.Register(at=desk.now(), by=who.name, hall=hall, details=details, state=body.state)
        await to_thread.run_sync(stored.do, hall, serial_of(body.serial), new)
        return await to_thread.run_sync(books.story, hall, body.serial)

    @router.get(
        "/{serial}", operation_id="getAsset", responses=refusals(401, 403, 404, 422), dependencies=[Depends(looks)]
    )
    async def get_asset(hall: str, serial: Serial) -> AssetStory:
        """One asset with its whole history, the oldest first."""
        desk.today(hall)
        return await to_thread.run_sync(books.story, hall, serial)

    @router.put("/{serial}", operation_id="changeAsset", responses=refusals(401, 403, 404, 409, 422))
    async def change_asset(
        hall: str, serial: Serial, body: AssetDetails, who: Annotated[Identity, Depends(looks)]
    ) -> AssetStory:
        """What is written about it, whole: what is left out is emptied."""
        here = desk.today(hall).hall
        before = await to_thread.run_sync(stored.asset, hall, serial_of(serial))
        if body.planned != before.details.planned or body.kind != before.details.kind:
            check_planned(here, body.kind, body.planned)
        if before.position and body.kind != before.details.kind:
            raise ProblemError("asset-bound", f"{before.serial} hangs at {before.position} as a {before.details.kind}")
        change = life.Amend(at=desk.now(), by=who.name, details=body.as_details())
        await to_thread.run_sync(stored.do, hall, before.serial, change)
        return await to_thread.run_sync(books.story, hall, serial)

    @router.post("/{serial}/state", operation_id="turnAsset", responses=refusals(401, 403, 404, 409, 422))
    async def turn_asset(
        hall: str, serial: Serial, body: NewState, who: Annotated[Identity, Depends(looks)]
    ) -> AssetStory:
        """What a person knows: delivered, in stock, faulty, in repair, retired; or mended where it hangs."""
        desk.today(hall)
        about: dict[str, Any] = {"at": desk.now(), "by": who.name, "why": body.why.strip()}
        if body.mended == (body.state is not None):
            raise ProblemError("invalid", "give either a state, or mended")
        wish = life.Mend(**about) if body.state is None else life.Turn(state=body.state, **about)
        await to_thread.run_sync(stored.do, hall, serial_of(serial), wish)
        return await to_thread.run_sync(books.story, hall, serial)

    return router


def inventory_figures(desk: Desk, books: Books, gate: Gate) -> APIRouter:
    router = APIRouter(prefix="/api/v1/halls/{hall}/inventory", tags=["inventory"])

    @router.get(
        "/figures",
        operation_id="getInventoryFigures",
        responses=refusals(401, 403, 404, 422),
        dependencies=[Depends(gate.need(*MAY_LOOK))],
    )
    async def get_figures(hall: str, quarters: Annotated[int, Query(ge=1, le=80)] = QUARTERS) -> Figures:
        """Install rate per kind and of all, what lies idle, what ends when, and what is in service but on no books."""
        desk.today(hall)
        return await to_thread.run_sync(books.figures, hall, quarters)

    return router


def check_planned(hall: Hall, kind: str, planned: str) -> None:
    """Raises ProblemError for a position that the hall does not have, or that needs something else."""
    if not planned:
        return
    position = next((one for one in hall.position if one.id == planned), None)
    if position is None:
        raise ProblemError("unknown-position", f"this hall has no position {planned!r}")
    if position.kind != kind:
        raise ProblemError("other-kind", f"{planned} needs a {position.kind}, and this is a {kind}")
